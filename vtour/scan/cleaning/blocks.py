"""Cut space into blocks that fit in memory: cells of a coarse grid, counted and grouped.

Blocks consist of whole cells, so that finer cells which divide a coarse one are never cut.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.scan.cells import NOWHERE, cell_keys, indices_of, keys_of

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

HALF_OF_NEIGHBOURS = np.stack(np.meshgrid(*[[-1, 0, 1]] * 3, indexing="ij"), -1).reshape(-1, 3)[:13]


@dataclass(frozen=True)
class Counts:
    """How many points lie in each occupied cell: sorted keys (m,), counts (m,)."""

    keys: IntArray
    counts: IntArray

    @staticmethod
    def none() -> "Counts":
        """No cells."""
        return Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def with_points(self, points: Float32Array, cell_m: float) -> "Counts":
        """The same with (n, 3) points added; those that are nowhere are not counted."""
        keys, counts = np.unique(cell_keys(points, cell_m), return_counts=True)
        there = keys != NOWHERE
        merged, where = np.unique(np.concatenate([self.keys, keys[there]]), return_inverse=True)
        total = np.zeros(len(merged), np.int64)
        np.add.at(total, where, np.concatenate([self.counts, counts[there]]))
        return Counts(merged, total)

    def quantiles(self, share: float, cell_m: float) -> tuple[FloatArray, FloatArray]:
        """Corners (3,) of the box of cells that leaves out at most so many at each end."""
        indices = indices_of(self.keys)
        low, high = np.zeros(3), np.zeros(3)
        for axis in range(3):
            order = np.argsort(indices[:, axis], kind="stable")
            along = np.cumsum(self.counts[order]) / self.counts.sum()
            low[axis] = indices[order[np.searchsorted(along, share, "right")], axis]
            last = min(int(np.searchsorted(along, 1 - share, "left")), len(order) - 1)
            high[axis] = indices[order[last], axis] + 1
        return low * cell_m, high * cell_m

    def box_with(
        self, low: FloatArray, high: FloatArray, cell_m: float, gap_cells: int
    ) -> tuple[FloatArray, FloatArray]:
        """A box (3,), (3,) grown around all cells that hang together with some that it holds.

        gap_cells : cells so far apart, and up to twice as far, hang together.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        indices = indices_of(self.keys)
        coarse, part = np.unique(keys_of(indices // gap_cells), return_inverse=True)
        places = indices_of(coarse)
        rows, columns = [], []
        for step in HALF_OF_NEIGHBOURS:
            keys = keys_of(places + step)
            at = np.minimum(np.searchsorted(coarse, keys), len(coarse) - 1)
            found = np.flatnonzero(coarse[at] == keys)
            rows.append(found)
            columns.append(at[found])
        row, column = np.concatenate(rows), np.concatenate(columns)
        shape = (len(coarse), len(coarse))
        graph = coo_array((np.ones(len(row), np.int8), (row, column)), shape)
        body = connected_components(graph, directed=False)[1][part]
        least, most = indices * cell_m, (indices + 1) * cell_m
        inside = ((most > low) & (least < high)).all(axis=1)
        kept = np.isin(body, body[inside])
        if not kept.any():
            return low, high
        return np.minimum(low, least[kept].min(axis=0)), np.maximum(high, most[kept].max(axis=0))


@dataclass(frozen=True)
class Blocks:
    """Which block each cell belongs to.

    keys   : (m,) sorted cells.
    block  : (m,) their blocks.
    low, high : (b, 3) corners of the boxes around each block, metres.
    """

    cell_m: float
    keys: IntArray
    block: Int32Array
    low: FloatArray
    high: FloatArray

    def __len__(self) -> int:
        return len(self.low)

    def of_points(self, points: Float32Array) -> Int32Array:
        """Block of each of (n, 3) points; NOWHERE in cells that have none."""
        keys = cell_keys(points, self.cell_m)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: Int32Array = np.where(self.keys[at] == keys, self.block[at], NOWHERE).astype(
            np.int32
        )
        return found

    def beside(self, block: int, distance_m: float) -> list[int]:
        """The other blocks that may have points within a distance of this one, ascending."""
        low, high = self.low[block] - distance_m, self.high[block] + distance_m
        near = ((self.low <= high) & (self.high >= low)).all(axis=1)
        return [int(other) for other in np.flatnonzero(near) if other != block]


def grouped(counts: Counts, cell_m: float, most: int) -> Blocks:
    """Blocks of at most ``most`` points each, or of one cell that has more.

    Boxes are halved along their longest side where the points are halved.
    """
    indices = indices_of(counts.keys)
    block = np.zeros(len(indices), np.int32)
    parts = [np.arange(len(indices))]
    done: list[IntArray] = []
    while parts:
        part = parts.pop()
        total = int(counts.counts[part].sum())
        extent = np.ptp(indices[part], axis=0)
        if total <= most or extent.max() == 0:
            done.append(part)
            continue
        along = indices[part, int(extent.argmax())]
        order = np.argsort(along, kind="stable")
        half = np.searchsorted(np.cumsum(counts.counts[part][order]), total / 2)
        cut = along[order[min(int(half), len(part) - 1)]]
        first = along < cut if (along < cut).any() else along <= cut
        parts += [part[~first], part[first]]
    low, high = np.zeros((len(done), 3)), np.zeros((len(done), 3))
    for number, part in enumerate(done):
        block[part] = number
        low[number], high[number] = indices[part].min(axis=0), indices[part].max(axis=0) + 1
    return Blocks(cell_m, counts.keys, block, low * cell_m, high * cell_m)
