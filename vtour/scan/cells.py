"""Numbers for the cells of a cubic grid, 21 bits an axis: to sort, count and look up places by.

A cell is the box from ``index * cell_m`` on along each axis; the origin is a corner.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

BITS = 21  # of a cell's number along an axis
HALF = 1 << (BITS - 1)
MASK = (1 << BITS) - 1
NOWHERE = -1


def cell_keys(points: NDArray[Any], cell_m: float) -> IntArray:
    """One number for the cell of each of (n, 3) points; NOWHERE beyond a million cells, and NaN."""
    index = np.floor(points.astype(np.float64) / cell_m) + HALF
    far: NDArray[np.bool_] = ~np.all((index >= 0) & (index <= MASK), axis=1)
    keys = keys_of(np.where(far[:, None], 0, index - HALF).astype(np.int64))
    keys[far] = NOWHERE
    return keys


def keys_of(indices: IntArray) -> IntArray:
    """The number of each of (n, 3) signed cell coordinates."""
    whole = indices + HALF
    keys: IntArray = (whole[:, 0] << (2 * BITS)) | (whole[:, 1] << BITS) | whole[:, 2]
    return keys


def indices_of(keys: IntArray) -> IntArray:
    """Cell coordinates (n, 3), signed, of such numbers."""
    split = np.stack([keys >> (2 * BITS), (keys >> BITS) & MASK, keys & MASK], axis=1)
    indices: IntArray = split - HALF
    return indices
