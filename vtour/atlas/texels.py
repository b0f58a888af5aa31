"""Which face owns each texel of an atlas, and where in the face the texel lies.

Texel (column, row) has its centre at (column + 0.5, row + 0.5); row 0 is the top.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from vtour.atlas.topology import Float32Array, FloatArray, Int32Array, IntArray


@dataclass(frozen=True, kw_only=True)
class Texels:
    """k texels of some faces: flat index in the atlas, entry, and corner weights (k, 3)."""

    index: IntArray
    entry: IntArray
    corners: Float32Array


def owners(texels: FloatArray, faces: IntArray, size_px: int) -> Int32Array:
    """Face (size, size) that owns each texel of the atlas, -1 for none.

    texels (n, 2) are the corners' places in the atlas. Where faces overlap the first has it.
    A face too thin to hold a texel's centre gets the texel of its own centre, if that is free.
    """
    owner = np.full((size_px, size_px), -1, np.int32)
    _own(texels, faces, owner)
    return owner


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _own(texels: FloatArray, faces: IntArray, owner: Int32Array) -> None:
    size = len(owner)
    weights = np.empty(3)
    for face in range(len(faces)):
        left, right, up, down = _box(texels, faces[face], size)
        for row in range(up, down):
            for column in range(left, right):
                if owner[row, column] < 0:
                    _corner_weights(texels, faces[face], column + 0.5, row + 0.5, weights)
                    if weights.min() >= -1e-9:
                        owner[row, column] = face
    for face in range(len(faces)):
        x, y = 0.0, 0.0
        for k in range(3):
            x += texels[faces[face, k], 0] / 3
            y += texels[faces[face, k], 1] / 3
        if owner[int(y), int(x)] < 0:
            owner[int(y), int(x)] = face


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _box(texels: FloatArray, face: IntArray, size: int) -> tuple[int, int, int, int]:
    """Columns left:right and rows up:down of the texels that a face touches."""
    x0, x1, y0, y1 = np.inf, -np.inf, np.inf, -np.inf
    for k in range(3):
        x, y = texels[face[k]]
        x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
    return (
        max(0, int(np.floor(x0))),
        min(size, int(np.floor(x1)) + 1),
        max(0, int(np.floor(y0))),
        min(size, int(np.floor(y1)) + 1),
    )


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _corner_weights(
    texels: FloatArray, face: IntArray, x: float, y: float, weights: FloatArray
) -> None:
    """Barycentric coordinates of a place; a third each for a face without area."""
    ax, ay = texels[face[0]]
    bx, by = texels[face[1]]
    cx, cy = texels[face[2]]
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area == 0:
        weights[:] = 1 / 3
        return
    weights[1] = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
    weights[2] = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
    weights[0] = 1 - weights[1] - weights[2]


def texels_of(
    owner: Int32Array, texels: FloatArray, faces: IntArray, entry_face: IntArray
) -> Texels:
    """The texels that the given faces own, entry by entry."""
    count = _count_texels(owner, texels, faces, entry_face)
    index = np.empty(count, np.int64)
    entry = np.empty(count, np.int64)
    corners = np.empty((count, 3), np.float32)
    _list_texels(owner, texels, faces, entry_face, index, entry, corners)
    return Texels(index=index, entry=entry, corners=corners)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count_texels(
    owner: Int32Array, texels: FloatArray, faces: IntArray, entry_face: IntArray
) -> int:
    count = 0
    for face in entry_face:
        left, right, up, down = _box(texels, faces[face], len(owner))
        for row in range(up, down):
            for column in range(left, right):
                count += owner[row, column] == face
    return count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _list_texels(
    owner: Int32Array,
    texels: FloatArray,
    faces: IntArray,
    entry_face: IntArray,
    index: IntArray,
    entry: IntArray,
    corners: Float32Array,
) -> None:
    at = 0
    weights = np.empty(3)
    for number in range(len(entry_face)):
        face = entry_face[number]
        left, right, up, down = _box(texels, faces[face], len(owner))
        for row in range(up, down):
            for column in range(left, right):
                if owner[row, column] != face:
                    continue
                _corner_weights(texels, faces[face], column + 0.5, row + 0.5, weights)
                total = 0.0
                for k in range(3):  # a thin face's texel lies outside it: its nearest inside
                    weights[k] = min(max(weights[k], 0.0), 1.0)
                    total += weights[k]
                index[at], entry[at] = row * len(owner) + column, number
                for k in range(3):
                    corners[at, k] = weights[k] / total
                at += 1
