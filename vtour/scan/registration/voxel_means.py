"""Thin a cloud to one mean point a voxel, in one pass over chunks and in bounded memory.

The density of a scan falls with the range squared: without this a registration would be decided by
the floor at the scanner's feet. Voxels are steps of two from the least one, so that clouds of
different stations meet at the same size.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.scan.cells import NOWHERE, cell_keys

SUM_ROWS = 4  # x, y, z and how many points


class VoxelMeans:
    """Sums of points by voxel; the voxel doubles whenever more than ``max_points`` are filled."""

    def __init__(self, voxel_m: float, max_points: int) -> None:
        self.voxel_m = voxel_m
        self.max_points = max_points
        self._keys = np.zeros(0, np.int64)
        self._sums = np.zeros((0, SUM_ROWS))

    def add(self, points: NDArray[Any]) -> None:
        """Add points (n, 3), metres; those beyond a million voxels from the origin are left out."""
        points = points.astype(np.float64)
        keys = cell_keys(points, self.voxel_m)
        points, keys = points[keys != NOWHERE], keys[keys != NOWHERE]
        self._merge(keys, np.column_stack([points, np.ones(len(points))]))
        while self.count > self.max_points:
            self.double()

    @property
    def count(self) -> int:
        """How many voxels are filled."""
        return len(self._keys)

    def double(self) -> None:
        """Voxels twice as wide."""
        self.voxel_m *= 2
        sums = self._sums
        keys = cell_keys(self.points(), self.voxel_m)
        self._sums, self._keys = np.zeros((0, SUM_ROWS)), np.zeros(0, np.int64)
        self._merge(keys, sums)

    def _merge(self, keys: NDArray[np.int64], sums: FloatArray) -> None:
        keys = np.concatenate([self._keys, keys])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else order
        self._keys = keys[starts]
        sums = np.concatenate([self._sums, sums])[order]
        self._sums = np.add.reduceat(sums, starts) if len(starts) else sums

    def points(self) -> FloatArray:
        """The mean point of each voxel (m, 3), in the order of the voxels."""
        means: FloatArray = self._sums[:, :3] / self._sums[:, 3:]
        return means


def thinned(points: FloatArray, voxel_m: float) -> FloatArray:
    """The mean point of each voxel (m, 3)."""
    means = VoxelMeans(voxel_m, len(points) + 1)
    means.add(points)
    return means.points()
