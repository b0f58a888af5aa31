"""Cameras that see nearly all of a scene: what posters, turntables and comparisons share."""

import math

import numpy as np
from numpy.typing import NDArray

from vtour.glb.scene import Part, Scene
from vtour.optimise.looks.camera import View, view_axes

FloatArray = NDArray[np.float64]

FOV_DEG = 40.0
KEPT_OUT = 0.001  # share of the surface at each end: scraps do not shrink the rest
STRAY_SHARE = 0.01  # nor does this share at each end, where it lies a whole extent away
MAX_FACES = 200_000
MOST_POINTS = 100_000
MARGIN = 1.08
ELEVATION_DEG = (10.0, 38.0)  # lower shows only walls, higher only roofs
RISE_DEG = 6.0  # a little above where the photos were taken
DEFAULT_AZIMUTH_DEG = 35.0  # from south towards east, when no camera is known
DEFAULT_ELEVATION_DEG = 25.0


def side_of_cameras(centre: FloatArray, cameras: FloatArray | None) -> tuple[float, float]:
    """Azimuth (from +Z to +X) and elevation from which a model is best looked at, radians."""
    if cameras is None or not len(cameras):
        return math.radians(DEFAULT_AZIMUTH_DEG), math.radians(DEFAULT_ELEVATION_DEG)
    return _typical_direction(cameras - centre)


def backward_of(azimuth: float, elevation: float) -> FloatArray:
    """Unit vector from what is looked at to the camera."""
    flat = math.cos(elevation)
    return np.array([math.sin(azimuth) * flat, math.sin(elevation), math.cos(azimuth) * flat])


def centre_of(points: FloatArray, areas: FloatArray) -> FloatArray:
    """The middle of nearly all of a surface, (3,)."""
    low, high = _range(points, areas)
    middle: FloatArray = (low + high) / 2
    return middle


def spread_points(part: Part) -> tuple[FloatArray, FloatArray]:
    """Corners of the faces, (n, 3), each with a third of its face's area, (n,)."""
    step = -(-len(part.faces) // MAX_FACES)
    corners = part.positions[part.faces[::step]].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return corners.reshape(-1, 3), np.repeat(np.linalg.norm(normals, axis=1) / 6, 3)


def points_of(scene: Scene) -> tuple[FloatArray, FloatArray]:
    """Corners of the faces of all parts, (n, 3), and the area that each stands for, (n,)."""
    found = [spread_points(part) for part in scene.parts if len(part.faces)]
    points = np.concatenate([points for points, _ in found])
    areas = np.concatenate([areas for _, areas in found])
    step = max(1, len(points) // MOST_POINTS)
    points, areas = points[::step], areas[::step]
    return points, areas if areas.sum() > 0 else np.ones_like(areas)


def _range(points: FloatArray, areas: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Between which coordinates, on each axis, the surface lies but for scraps and strays."""
    wanted = np.array([KEPT_OUT, STRAY_SHARE, 1 - STRAY_SHARE, 1 - KEPT_OUT])
    bounds = np.empty((4, 3))
    for axis in range(3):
        order = np.argsort(points[:, axis], kind="stable")
        share = np.cumsum(areas[order])
        places = np.searchsorted(share, share[-1] * wanted)
        bounds[:, axis] = points[order[np.minimum(places, len(order) - 1)], axis]
    low, inner_low, inner_high, high = bounds
    extent = float((inner_high - inner_low).max())
    low, high = np.maximum(low, inner_low - extent), np.minimum(high, inner_high + extent)
    inside = (points >= low) & (points <= high)
    return (
        np.min(points, axis=0, where=inside, initial=np.inf),
        np.max(points, axis=0, where=inside, initial=-np.inf),
    )


def _typical_direction(offsets: FloatArray) -> tuple[float, float]:
    """Azimuth (from +Z to +X) and elevation of the camera that is most like all others."""
    lengths = np.linalg.norm(offsets, axis=1, keepdims=True)
    directions = offsets / np.where(lengths > 0, lengths, 1)
    likeness = directions @ directions.sum(axis=0)
    x, y, z = directions[int(np.argmax(np.round(likeness, 9)))]
    low, high = (math.radians(value) for value in ELEVATION_DEG)
    elevation = min(max(math.asin(max(-1.0, min(1.0, y))) + math.radians(RISE_DEG), low), high)
    return math.atan2(x, z), elevation


def fitting(offsets: FloatArray, areas: FloatArray, towards: View) -> tuple[float, FloatArray]:
    """Distance and sideways shift at which nearly all of the surface fits into the picture."""
    across, upwards, depth = _kept_axes(offsets, areas, towards)[0].T
    half = math.tan(math.radians(towards.fov_deg) / 2)
    wide, shift_right = _fitting_axis(across, depth, half * towards.width / towards.height)
    tall, shift_up = _fitting_axis(upwards, depth, half)
    right, up, _ = view_axes(towards)
    return max(wide, tall) * MARGIN, shift_right * right + shift_up * up


def kept_points(points: FloatArray, areas: FloatArray, view: View) -> FloatArray:
    """The points that a fitting view shows: all but scraps far away."""
    kept: FloatArray = points[_kept_axes(points, areas, view)[1]]
    return kept


def _kept_axes(
    points: FloatArray, areas: FloatArray, view: View
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Places to the right, up and forward of nearly all points (k, 3), and which these are."""
    axes = np.stack([points @ axis for axis in view_axes(view)], axis=1)
    low, high = _range(axes, areas)
    kept = np.all((axes >= low) & (axes <= high), axis=1)
    return axes[kept], kept


def _fitting_axis(offset: FloatArray, depth: FloatArray, half: float) -> tuple[float, float]:
    """Least distance d and shift s with |offset - s| <= half * (d + depth) for every point."""
    above, below = float((offset - half * depth).max()), float((-offset - half * depth).max())
    return (above + below) / (2 * half), (above - below) / 2


def triple(point: FloatArray) -> tuple[float, float, float]:
    """A place, (3,), as three numbers."""
    x, y, z = (float(value) for value in point)
    return x, y, z
