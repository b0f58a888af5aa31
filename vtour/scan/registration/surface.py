"""The surface that a thinned cloud samples: points, normals, and how flat it is around each."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.scan.registration.voxel_means import thinned

NEIGHBOURS = 16
EIGEN_ROWS = 50_000
FLAT = 0.15  # thickness over width of a neighbourhood that counts as flat
STRIP = 0.2  # width over length below which a neighbourhood is a strip, its normal unknown
REACH = 12.0  # voxels that a neighbourhood may reach


@dataclass(frozen=True)
class Surface:
    """points (n, 3), unit normals (n, 3), is_flat (n,): where the normal can be trusted.

    Normals look to the mirror when there is one, else their sign means nothing.
    """

    points: FloatArray
    normals: FloatArray
    is_flat: NDArray[np.bool_]
    voxel_m: float
    is_oriented: bool

    @classmethod
    def of(cls, points: FloatArray, voxel_m: float, *, has_mirror: bool) -> "Surface":
        """Estimate normals of thinned points by the planes of their nearest neighbours."""
        if len(points) < NEIGHBOURS:
            return cls(points, np.zeros_like(points), np.zeros(len(points), bool), voxel_m, False)
        from scipy.spatial import cKDTree

        distances, neighbours = cKDTree(points).query(points, NEIGHBOURS, workers=-1)
        normals, is_flat = np.empty_like(points), np.zeros(len(points), bool)
        for start in range(0, len(points), EIGEN_ROWS):
            rows = slice(start, start + EIGEN_ROWS)
            around = points[neighbours[rows]]
            around = around - around.mean(1, keepdims=True)
            values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
            normals[rows] = vectors[:, :, 0]
            thick, wide, long = np.sqrt(np.maximum(values, 0)).T
            is_flat[rows] = (thick < FLAT * wide) & (wide > STRIP * long)
        is_flat &= distances[:, -1] < REACH * voxel_m
        if has_mirror:
            normals[np.einsum("ij,ij->i", normals, points) > 0] *= -1
        return cls(points, normals, is_flat, voxel_m, has_mirror)

    @cached_property
    def tree(self) -> Any:
        """Scipy's KD tree of the points."""
        from scipy.spatial import cKDTree

        return cKDTree(self.points)


def levels_of(
    points: FloatArray, voxel_m: float, *, coarsest: int, has_mirror: bool
) -> list[Surface]:
    """Surfaces fine to coarse, each voxel twice the last, until at most ``coarsest`` points."""
    levels = [Surface.of(points, voxel_m, has_mirror=has_mirror)]
    while len(levels[-1].points) > coarsest:
        voxel_m *= 2
        levels.append(Surface.of(thinned(points, voxel_m), voxel_m, has_mirror=has_mirror))
    return levels
