"""Points in an octree: Morton keys, their order, and the level that each point is drawn from.

Pure arrays, no files. A *place* is a point's cell in the finest grid, (n, 3) integers of up to
21 bits; its *key* has the bits of the place in turns, x lowest, so points in the order of keys
lie along a Z curve and every node of the octree is a range of them. A node of level 0 is the
whole cube; one of level n has an edge of 2**-n of it.

Levels are chosen from coarse to fine. A node has 2**grid_bits cells along an edge; each cell
that holds points, and none that a coarser level took, gives the one nearest to a target near its
centre: an eighth of the cell away at most, by a hash, lest flat walls show a lattice. So all
levels down to any one together have one point for each cell: as even as the grid.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import numpy as np
from numba import njit
from numpy.typing import NDArray

UInt64Array = NDArray[np.uint64]

MAX_DEPTH = 21
"""Levels that a 64-bit key has room for."""
FREE = 255
"""The level of a point that has none yet."""


@njit(cache=True, nogil=True)
def bounds_of(xyz, low, high):
    """Widen the box (3,) ``low`` to ``high`` by (n, 3) points; returns how many are finite."""
    finite = 0
    for i in range(len(xyz)):
        if np.isfinite(xyz[i, 0]) and np.isfinite(xyz[i, 1]) and np.isfinite(xyz[i, 2]):
            finite += 1
            for axis in range(3):
                low[axis] = min(low[axis], xyz[i, axis])
                high[axis] = max(high[axis], xyz[i, axis])
    return finite


@njit(cache=True, nogil=True)
def keys_from_points(xyz, low, edge, depth):
    """(n,) uint64 keys of (n, 3) points in a cube with its least corner at ``low``."""
    keys = np.empty(len(xyz), np.uint64)
    scale = 2.0**depth / edge
    last = (1 << depth) - 1
    for i in range(len(xyz)):
        key = np.uint64(0)
        for axis in range(3):
            cell = np.int64(np.floor((np.float64(xyz[i, axis]) - low[axis]) * scale))
            key |= _spread(np.uint64(min(max(cell, 0), last))) << np.uint64(axis)
        keys[i] = key
    return keys


@njit(cache=True, nogil=True)
def places_from_keys(keys):
    """(n, 3) int32 places of (n,) keys."""
    places = np.empty((len(keys), 3), np.int32)
    for i in range(len(keys)):
        for axis in range(3):
            places[i, axis] = _gather(keys[i] >> np.uint64(axis))
    return places


@njit(cache=True, nogil=True)
def _spread(value):
    """The 21 bits of a number with two zeros between them."""
    value &= np.uint64(0x1FFFFF)
    value = (value | (value << np.uint64(32))) & np.uint64(0x001F00000000FFFF)
    value = (value | (value << np.uint64(16))) & np.uint64(0x001F0000FF0000FF)
    value = (value | (value << np.uint64(8))) & np.uint64(0x100F00F00F00F00F)
    value = (value | (value << np.uint64(4))) & np.uint64(0x10C30C30C30C30C3)
    return (value | (value << np.uint64(2))) & np.uint64(0x1249249249249249)


@njit(cache=True, nogil=True)
def _gather(value):
    """Every third bit of a number, put together: undoes _spread."""
    value &= np.uint64(0x1249249249249249)
    value = (value ^ (value >> np.uint64(2))) & np.uint64(0x10C30C30C30C30C3)
    value = (value ^ (value >> np.uint64(4))) & np.uint64(0x100F00F00F00F00F)
    value = (value ^ (value >> np.uint64(8))) & np.uint64(0x001F0000FF0000FF)
    value = (value ^ (value >> np.uint64(16))) & np.uint64(0x001F00000000FFFF)
    return (value ^ (value >> np.uint64(32))) & np.uint64(0x1FFFFF)


@njit(cache=True, nogil=True)
def count_cells(keys, parents, parent_shift, child_shift, counts):
    """Add (n,) keys to (parents, children) ``counts``.

    A parent is a sorted ``key >> parent_shift``; a child its next bits, down to ``child_shift``.
    """
    mask = np.uint64(counts.shape[1] - 1)
    for i in range(len(keys)):
        parent = keys[i] >> np.uint64(parent_shift)
        row = np.searchsorted(parents, parent) if len(parents) > 1 else 0
        if row < len(parents) and parents[row] == parent:
            counts[row, (keys[i] >> np.uint64(child_shift)) & mask] += 1


@njit(cache=True, nogil=True)
def order_by_bin(keys, starts):
    """Points grouped by the range of keys they are in: (order, points of each range).

    starts : (bins,) sorted first keys of the ranges, the first 0.
    """
    bins = np.empty(len(keys), np.int32)
    ends = np.zeros(len(starts) + 1, np.int64)
    for i in range(len(keys)):
        bins[i] = np.searchsorted(starts, keys[i], side="right") - 1
        ends[bins[i] + 1] += 1
    sizes = ends[1:].copy()
    at = np.cumsum(ends)
    order = np.empty(len(keys), np.int64)
    for i in range(len(keys)):
        order[at[bins[i]]] = i
        at[bins[i]] += 1
    return order, sizes


@njit(cache=True, nogil=True)
def sorted_order(keys):
    """(n,) int64 order that sorts uint64 keys, equal ones as they came.

    A radix sort of 11-bit digits; those above the highest bit that differs are left out.
    """
    count = len(keys)
    order = np.arange(count)
    differing = np.uint64(0)
    for i in range(1, count):
        differing |= keys[i] ^ keys[0]
    other = np.empty(count, np.int64)
    now, then = keys.copy(), np.empty(count, np.uint64)
    shift = np.uint64(0)
    while differing >> shift:
        at = np.zeros((1 << 11) + 1, np.int64)
        for i in range(count):
            at[((now[i] >> shift) & np.uint64(0x7FF)) + np.uint64(1)] += 1
        at = np.cumsum(at)
        for i in range(count):
            digit = (now[i] >> shift) & np.uint64(0x7FF)
            then[at[digit]] = now[i]
            other[at[digit]] = order[i]
            at[digit] += 1
        now, then = then, now
        order, other = other, order
        shift += np.uint64(11)
        if shift > 63:
            break
    return order


@njit(cache=True, nogil=True)
def levels_of(keys, top, depth, grid_bits, most, fewest):
    """(n,) uint8 level of each point of one node, whose sorted keys these are.

    top     : the level of the node. Coarser ones get a point for each of their cells as well.
    most    : a node with no more points than that left keeps them all: a leaf.
    fewest  : one with no more than that left gives them to the level above.
    """
    places = places_from_keys(keys)
    levels = np.full(len(keys), FREE, np.uint8)
    for level in range(top):
        _take(keys, places, levels, 0, len(keys), level, depth, grid_bits)
    stack = [(top, 0, len(keys))]
    while stack:
        level, start, end = stack.pop()
        free = 0
        for i in range(start, end):
            free += levels[i] == FREE
        if free == 0:
            continue
        is_few = free <= fewest and level > 0
        if is_few or free <= most or level == depth:
            given = level - 1 if is_few else level
            for i in range(start, end):
                if levels[i] == FREE:
                    levels[i] = given
            continue
        _take(keys, places, levels, start, end, level, depth, grid_bits)
        shift = np.uint64(3 * (depth - level - 1))
        begin = start
        for i in range(start + 1, end + 1):
            if i == end or (keys[i] >> shift) != (keys[begin] >> shift):
                stack.append((level + 1, begin, i))
                begin = i
    return levels


@njit(cache=True, nogil=True)
def _take(keys, places, levels, start, end, level, depth, grid_bits):
    """Give ``level`` to one point of each cell of the level's grid that has none with a level."""
    cell_bits = max(depth - level - grid_bits, 0)
    shift = np.uint64(3 * cell_bits)
    size = 1 << cell_bits
    begin = start
    while begin < end:
        cell = keys[begin] >> shift
        hashed = (cell + np.uint64(level)) * np.uint64(0x9E3779B97F4A7C15)
        best, nearest = -1, np.inf
        i = begin
        is_taken = False
        while i < end and (keys[i] >> shift) == cell:
            if levels[i] != FREE:
                is_taken = True
            elif not is_taken:
                distance = 0.0
                for axis in range(3):
                    bits = (hashed >> np.uint64(40 + 8 * axis)) & np.uint64(0xFF)
                    target = (0.375 + 0.25 * np.float64(bits) / 255) * size
                    inside = places[i, axis] & (size - 1)
                    distance += (inside + 0.5 - target) ** 2
                if distance < nearest:
                    best, nearest = i, distance
            i += 1
        if not is_taken and best >= 0:
            levels[best] = level
        begin = i


@njit(cache=True, nogil=True)
def order_by_level(levels):
    """Points grouped by level, each group as it came: (order, points of each of 256 levels)."""
    at = np.zeros(257, np.int64)
    for i in range(len(levels)):
        at[levels[i] + 1] += 1
    sizes = at[1:].copy()
    at = np.cumsum(at)
    order = np.empty(len(levels), np.int64)
    for i in range(len(levels)):
        order[at[levels[i]]] = i
        at[levels[i]] += 1
    return order, sizes
