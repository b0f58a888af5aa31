"""Surfaces of the courtyard as triangles: grids, boxes, lathes and tubes. Pure arrays.

Frame: world (+X east, +Y up, -Z north), metres. Triangles are counter-clockwise from outside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def moved(place: FloatArray, east_m: float, up_m: float, south_m: float) -> FloatArray:
    """A place some metres away from another, along the axes of the world."""
    result: FloatArray = place + np.array([east_m, up_m, south_m])
    return result


@dataclass(frozen=True)
class Part:
    """One surface of one material.

    vertices : (n, 3) metres, world
    faces    : (m, 3) indices
    uv       : (n, 2) metres along the surface, for the pattern of the material
    smooth   : whether shading normals are averaged over neighbouring faces
    """

    vertices: FloatArray
    faces: IntArray
    uv: FloatArray
    material: int
    smooth: bool


def grid_part(points: FloatArray, uv: FloatArray, material: int, *, smooth: bool) -> Part:
    """Part of a (rows, cols, 3) grid of points; its outside is along d/dcol x d/drow."""
    rows, cols = points.shape[:2]
    index = np.arange(rows * cols).reshape(rows, cols)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)
    return Part(points.reshape(-1, 3), faces, uv.reshape(-1, 2), material, smooth)


def rectangle(
    origin: ArrayLike, along: ArrayLike, across: ArrayLike, step_m: float, material: int
) -> Part:
    """Flat rectangle spanned by two edge vectors; its outside is along x across."""
    start = np.asarray(origin, float)
    edge_u, edge_v = np.asarray(along, float), np.asarray(across, float)
    length_u, length_v = np.linalg.norm(edge_u), np.linalg.norm(edge_v)
    u = np.linspace(0, 1, max(2, int(np.ceil(length_u / step_m)) + 1))
    v = np.linspace(0, 1, max(2, int(np.ceil(length_v / step_m)) + 1))
    grid_v, grid_u = np.meshgrid(v, u, indexing="ij")
    points = start + grid_u[..., None] * edge_u + grid_v[..., None] * edge_v
    # An offset by the place keeps the grain of two rectangles from being the same.
    offset = float(start @ np.array([1.0, 2.3, 1.7]))
    uv = np.stack([grid_u * length_u + offset, grid_v * length_v], -1)
    return grid_part(points, uv, material, smooth=False)


def box(low: ArrayLike, high: ArrayLike, step_m: float, material: int) -> list[Part]:
    """The five visible faces of an axis-aligned box that stands on something."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    dx, dy, dz = np.diag(b - a)
    return [
        rectangle([a[0], a[1], b[2]], dx, dy, step_m, material),  # south
        rectangle([b[0], a[1], a[2]], -dx, dy, step_m, material),  # north
        rectangle([b[0], a[1], b[2]], -dz, dy, step_m, material),  # east
        rectangle([a[0], a[1], a[2]], dz, dy, step_m, material),  # west
        rectangle([a[0], b[1], b[2]], dx, -dz, step_m, material),  # top
    ]


def hanging_box(low: ArrayLike, high: ArrayLike, step_m: float, material: int) -> list[Part]:
    """All six faces of an axis-aligned box."""
    a, b = np.asarray(low, float), np.asarray(high, float)
    size = np.diag(b - a)
    return [*box(low, high, step_m, material), rectangle(a, size[0], size[2], step_m, material)]


def lathe(
    centre: ArrayLike,
    heights_m: FloatArray,
    radii_m: FloatArray,
    segments: int,
    material: int,
) -> Part:
    """Surface of revolution about a vertical axis.

    heights_m : (k,) upwards from the centre
    radii_m   : (k,) or (k, segments + 1), so that the outline may vary with the angle
    """
    angle = np.linspace(0, -2 * np.pi, segments + 1)
    radius = np.broadcast_to(
        radii_m[:, None] if radii_m.ndim == 1 else radii_m, (len(heights_m), segments + 1)
    )
    x, z = radius * np.cos(angle), radius * np.sin(angle)
    y = np.broadcast_to(heights_m[:, None], radius.shape)
    points = np.stack([x, y, z], -1) + np.asarray(centre, float)
    around = np.broadcast_to(-angle * float(np.mean(radius)), radius.shape)
    steps = np.hypot(np.diff(heights_m), np.diff(radius.mean(1)))
    along = np.broadcast_to(np.concatenate([[0.0], np.cumsum(steps)])[:, None], radius.shape)
    return grid_part(points, np.stack([around, along], -1), material, smooth=True)


def tube(path: FloatArray, radii_m: FloatArray, segments: int, material: int) -> Part:
    """A round tube along (k, 3) points with one radius a point; open at its ends."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    helper = np.where(np.abs(tangent[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    side = np.cross(tangent, helper)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    points = path[:, None] + radii_m[:, None, None] * ring
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(angle[None] * float(radii_m.mean()), length[:, None]), -1)
    return grid_part(points[:, ::-1], uv, material, smooth=True)


def vertex_normals(vertices: FloatArray, faces: IntArray) -> FloatArray:
    """Area-weighted normals (n, 3); vertices at one place share theirs, so seams do not show."""
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, group = np.unique(np.round(vertices, 5), axis=0, return_inverse=True)
    total = np.zeros((int(group.max()) + 1, 3))
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(
                group[faces[:, corner]], weights=normals[:, axis], minlength=len(total)
            )
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    result: FloatArray = total[group]
    return result


def displaced(part: Part, along_m: FloatArray) -> Part:
    """Move every vertex along its normal by a length each: (n,) metres."""
    normals = vertex_normals(part.vertices, part.faces)
    return Part(
        part.vertices + along_m[:, None] * normals, part.faces, part.uv, part.material, part.smooth
    )
