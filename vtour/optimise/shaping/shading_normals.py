"""Normals of vertices, and the frames in which tangent-space normal maps are read.

Faces count by their angle at the vertex (Thürmer and Wüthrich 1998), so the triangulation of a
flat wall does not tilt it.

Frames: a viewer that gets tangents uses them; glTF says MikkTSpace when there are none, but
three.js, hence our viewer and model-viewer, derives a frame from the gradients of u and v over
the face and the interpolated normal. Maps baked here are for that frame, which needs no bytes.
On charts without shear (xatlas) both frames are the same but for smoothing across faces.
"""

import math

import numpy as np
from numba import njit

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.vertices import equal_rows

CREASE = math.radians(60.0)
TINY = 1e-30


def face_normals(positions: Float32Array, faces: UInt32Array) -> Float32Array:
    """Unit normals (m, 3) of faces; zero for a face without area."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    vectors = np.cross(b - a, c - a)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float32Array = (vectors / np.maximum(lengths, TINY)).astype(np.float32)
    return result


def corner_angles(positions: Float32Array, faces: UInt32Array) -> Float32Array:
    """Angle (m, 3) of each face at each corner, radians."""
    corners = positions[faces].astype(np.float64)
    result = np.empty(faces.shape, np.float32)
    for k in range(3):
        one, two = corners[:, (k + 1) % 3] - corners[:, k], corners[:, (k + 2) % 3] - corners[:, k]
        across = np.linalg.norm(np.cross(one, two), axis=1)
        result[:, k] = np.arctan2(across, (one * two).sum(axis=1))
    return result


def places_of(positions: Float32Array) -> UInt32Array:
    """A number (n,) for each vertex, the same for vertices at exactly the same place."""
    rows = np.ascontiguousarray(positions, np.float32) + np.float32(0)  # -0 and 0 are one place
    return equal_rows(rows)[1].astype(np.uint32)


def smooth_normals(
    positions: Float32Array, faces: UInt32Array, crease: float = CREASE
) -> Float32Array:
    """Unit normals (n, 3): a vertex is smooth with all faces at its place within the crease.

    Vertices stay as they are cut: those of one place get different normals only where their
    own faces differ by more than ``crease`` (radians). +Y where there is no face.
    """
    normals = face_normals(positions, faces)
    angles = corner_angles(positions, faces)
    own = _summed(len(positions), faces, normals, angles)
    place = places_of(positions)
    order = np.argsort(place[faces.reshape(-1)], kind="stable")
    starts = np.searchsorted(
        place[faces.reshape(-1)][order], np.arange(int(place.max(initial=0)) + 2)
    )
    least = math.cos(crease)
    result: Float32Array = _smoothed(own, place, order, starts, normals, angles.reshape(-1), least)
    return result


def cut_at_creases(
    positions: Float32Array, faces: UInt32Array, crease: float = CREASE
) -> tuple[UInt32Array, UInt32Array, Float32Array]:
    """Normals for a mesh without any: each corner is smooth with its neighbours within the crease.

    Returns the vertex (k,) that each new vertex comes from, faces (m, 3) and normals (k, 3).
    """
    apart = np.arange(faces.size, dtype=np.uint32).reshape(-1, 3)
    corners = faces.reshape(-1)
    normals = smooth_normals(positions[corners], apart, crease)
    rows = np.concatenate([corners[:, None].view(np.float32), normals], axis=1)
    first, place = equal_rows(rows)
    keys = np.ascontiguousarray(rows[first]).view(np.dtype((np.void, 16))).reshape(-1)
    order = np.argsort(keys)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return corners[first[order]], rank[place].reshape(-1, 3), normals[first[order]]


def _summed(
    count: int, faces: UInt32Array, normals: Float32Array, angles: Float32Array
) -> Float32Array:
    """Sums (count, 3) of the normals of the faces of each vertex, by angle."""
    total = np.zeros((count, 3))
    for axis in range(3):
        weights = (normals[:, axis : axis + 1] * angles).reshape(-1)
        total[:, axis] = np.bincount(faces.reshape(-1), weights, minlength=count)
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    result: Float32Array = (total / np.maximum(lengths, TINY)).astype(np.float32)
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _smoothed(
    own: Float32Array,
    place: UInt32Array,
    order: np.ndarray,
    starts: np.ndarray,
    normals: Float32Array,
    angles: Float32Array,
    least: float,
) -> Float32Array:
    result = np.empty_like(own)
    for vertex in range(len(own)):
        x, y, z = 0.0, 0.0, 0.0
        ox, oy, oz = own[vertex]
        for k in range(starts[place[vertex]], starts[place[vertex] + 1]):
            nx, ny, nz = normals[order[k] // 3]
            if nx * ox + ny * oy + nz * oz >= least:
                x += nx * angles[order[k]]
                y += ny * angles[order[k]]
                z += nz * angles[order[k]]
        length = np.sqrt(x * x + y * y + z * z)
        if length < 1e-12:
            x, y, z = ox, oy, oz
            length = np.sqrt(x * x + y * y + z * z)
        if length < 1e-12:
            x, y, z, length = 0.0, 1.0, 0.0, 1.0
        result[vertex, 0], result[vertex, 1], result[vertex, 2] = x / length, y / length, z / length
    return result


def uv_frames(
    positions: Float32Array, uvs: Float32Array, faces: UInt32Array
) -> tuple[Float32Array, Float32Array]:
    """What three.js makes frames of, for each face: two rows (m, 2, 3) of vectors.

    With a normal N the tangent is cross(first, N) and the bitangent, along v, cross(second, N),
    both divided by the length of the longer one (three.js, normalmap_pars_fragment.glsl). First
    is e2 du1 - e1 du2 for edges e1, e2 of the face and the steps of u along them.
    """
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    ta, tb, tc = (uvs[faces[:, k]].astype(np.float64) for k in range(3))
    e1, e2, d1, d2 = b - a, c - a, tb - ta, tc - ta
    scale = np.maximum(np.abs(d1), np.abs(d2)).max(axis=1) * np.abs(e1).max(axis=1)
    scale = np.maximum(scale, TINY)[:, None]
    along_u = (e2 * d1[:, :1] - e1 * d2[:, :1]) / scale
    along_v = (e2 * d1[:, 1:] - e1 * d2[:, 1:]) / scale
    return along_u.astype(np.float32), along_v.astype(np.float32)


def frame_at(
    along_u: Float32Array, along_v: Float32Array, normals: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Tangents and bitangents (k, 3) of ``uv_frames`` at points with unit normals (k, 3)."""
    tangent, bitangent = np.cross(along_u, normals), np.cross(along_v, normals)
    squares = np.maximum((tangent**2).sum(axis=1), (bitangent**2).sum(axis=1))
    scale = 1 / np.sqrt(np.maximum(squares, TINY))[:, None]
    return (tangent * scale).astype(np.float32), (bitangent * scale).astype(np.float32)


def unit(vectors: Float32Array) -> Float32Array:
    """Vectors (k, 3) of length one; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Float32Array = (vectors / np.maximum(lengths, TINY)).astype(np.float32)
    return result
