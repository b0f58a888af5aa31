"""Thin a cloud evenly, and of two points at one place keep that of the better scan. Arrays only.

What is kept are measured points, never means: where two stations lie a centimetre apart, a mean is
on neither surface, and its colour belongs to nothing.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def best_of_voxels(points: Float32Array, cost: Float32Array, voxel_m: float) -> IntArray:
    """Indices of the cheapest point of each voxel, ascending; the first of equals.

    points : (n, 3) metres; voxels begin at the origin.
    cost   : (n,) what is worse about a point.
    """
    keys, _ = _keys_and_strides(points, voxel_m)
    order = np.lexsort((cost, keys))
    first = np.ones(len(order), bool)
    first[1:] = keys[order[1:]] != keys[order[:-1]]
    kept: IntArray = np.sort(order[first])
    return kept


def _keys_and_strides(points: NDArray[Any], cell_m: float) -> tuple[IntArray, IntArray]:
    """A number for the cell of each point, unique among these points; steps (3,) to the next cells.

    However far points lie from the origin; a cell beside one of theirs has a number of its own.
    """
    index = np.floor(points.astype(np.float64) / cell_m).astype(np.int64)
    if not len(index):
        return np.zeros(0, np.int64), np.ones(3, np.int64)
    index -= index.min(axis=0) - 1
    sides = index.max(axis=0) + 2
    strides = np.array([sides[1] * sides[2], sides[2], 1])
    keys: IntArray = index @ strides
    return keys, strides


def apart(
    points: Float32Array, cost: Float32Array, kept_beside: Float32Array, distance_m: float
) -> IntArray:
    """Indices of points at least so far from each other and from ``kept_beside``, ascending.

    Cheapest first: a Poisson-disc sample by dart throwing (Cook, SIGGRAPH 1986) whose darts are
    the points in the order of their cost.
    """
    if not len(points):
        return np.zeros(0, np.int64)
    rows = np.concatenate([points, kept_beside]).astype(np.float64)
    keys, strides = _keys_and_strides(rows, distance_m)
    cells, cell = np.unique(keys, return_inverse=True)
    order = np.concatenate(
        [np.arange(len(points), len(rows)), np.argsort(cost, kind="stable")]
    ).astype(np.int64)
    taken = _darts(rows, order, cells, cell.astype(np.int64), strides, len(points), distance_m)
    kept: IntArray = np.flatnonzero(taken[: len(points)])
    return kept


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _darts(
    rows: NDArray[np.float64],
    order: IntArray,
    cells: IntArray,
    cell: IntArray,
    strides: IntArray,
    own: int,
    distance: float,
) -> BoolArray:
    """Which rows are taken, in the order given; rows from ``own`` on always are."""
    head = np.full(len(cells), -1, np.int64)  # lists of the taken points of each cell
    following = np.full(len(rows), -1, np.int64)
    taken = np.zeros(len(rows), np.bool_)
    for place in range(len(order)):
        i = order[place]
        free = True
        if i < own:
            for a in range(-1, 2):
                for b in range(-1, 2):
                    for c in range(-1, 2):
                        key = cells[cell[i]] + a * strides[0] + b * strides[1] + c * strides[2]
                        at = np.searchsorted(cells, key)
                        if at == len(cells) or cells[at] != key:
                            continue
                        j = head[at]
                        while j >= 0 and free:
                            d = 0.0
                            for axis in range(3):
                                d += (rows[i, axis] - rows[j, axis]) ** 2
                            if d < distance * distance:
                                free = False
                            j = following[j]
        if free:
            taken[i] = True
            following[i] = head[cell[i]]
            head[cell[i]] = i
    return taken
