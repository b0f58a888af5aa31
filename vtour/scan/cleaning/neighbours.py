"""Points and their neighbours: lone points, doubled surfaces, normals. Arrays only, any frame."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.scan.range_image import smallest_axis

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

BATCH = 100_000
GONE = -1
FLAT = 0.34  # upward part of a unit normal: less is a wall
MUCH = 3.0  # times the range over the cosine of incidence


@dataclass(frozen=True)
class Neighbours:
    """The nearest neighbours of each point.

    index    : (n, k) int32, nearest first, the point itself left out; GONE where one was dropped.
    distance : (n, k) float32, metres, infinite there.
    """

    index: Int32Array
    distance: Float32Array

    @property
    def spacing(self) -> Float32Array:
        """Mean distance (n,) of the nearest eight."""
        mean: Float32Array = self.distance[:, :8].mean(axis=1)
        return mean

    def without(self, dropped: BoolArray) -> "Neighbours":
        """The same less the neighbours that are dropped (n,)."""
        gone = dropped[self.index]
        index = np.where(gone, GONE, self.index).astype(np.int32)
        return Neighbours(index, np.where(gone, np.float32(np.inf), self.distance))

    def nearest(self, wanted: BoolArray) -> Float32Array:
        """Distance to the next point of some of the points."""
        least: Float32Array = self.distance[wanted].min(axis=1)
        return least


def neighbours_of(points: Float32Array, count: int) -> Neighbours:
    """Find the ``count`` nearest of (n, 3) points to each of them; fewer where there are fewer."""
    from scipy.spatial import cKDTree

    count = max(1, min(count, len(points) - 1))
    index = np.zeros((len(points), count), np.int32)
    distance = np.full((len(points), count), np.inf, np.float32)
    if len(points) < 2:
        return Neighbours(index, distance)
    tree = cKDTree(points)
    for start in range(0, len(points), BATCH):
        batch = slice(start, start + BATCH)
        far, which = tree.query(points[batch], k=count + 1, workers=-1)
        index[batch], distance[batch] = which[:, 1:], far[:, 1:]
    return Neighbours(index, distance)


def lone_points(neighbours: Neighbours, factor: float, least_m: float) -> BoolArray:
    """Which points lie ``factor`` times farther from their neighbours than those do from theirs.

    A ratio to the neighbours' own spacing, because a scan is thinner where it is farther.
    least_m : neighbours that near are never too far.
    """
    spacing = neighbours.spacing
    usual = np.median(spacing[neighbours.index[:, :8]], axis=1)
    lone: BoolArray = spacing > factor * np.maximum(usual, least_m)
    return lone


def outranked(
    neighbours: Neighbours, cost: Float32Array, station: NDArray[np.uint16], distance_m: float
) -> BoolArray:
    """Which points have one of another station within ``distance_m`` that is MUCH cheaper.

    Two scans of one surface lie side by side by their errors: the worse one goes where the better
    one covers it, which best_of_voxels can only tell within a voxel.
    """
    index = neighbours.index[:, :8]
    near = neighbours.distance[:, :8] <= distance_m
    other = station[index] != station[:, None]
    cheaper = cost[index] * np.float32(MUCH) < cost[:, None]
    behind: BoolArray = (near & other & cheaper).any(axis=1)
    return behind


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def plane_normals(
    points: Float32Array, wanted: NDArray[np.int64], index: Int32Array
) -> Float32Array:
    """Normals (m, 3) of the planes through some points and their neighbours, either way round.

    wanted : (m,) which points.
    index  : (n, k) the neighbours of all, GONE where there is none.

    Zeros where they lie on a line.
    """
    result = np.zeros((len(wanted), 3), np.float32)
    spread = np.zeros(6)
    for n in range(len(wanted)):
        i = wanted[n]
        count = 1
        sx, sy, sz = 0.0, 0.0, 0.0
        xx, xy, xz, yy, yz, zz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for k in range(index.shape[1]):
            j = index[i, k]
            if j < 0:
                continue
            count += 1
            dx = np.float64(points[j, 0]) - np.float64(points[i, 0])
            dy = np.float64(points[j, 1]) - np.float64(points[i, 1])
            dz = np.float64(points[j, 2]) - np.float64(points[i, 2])
            sx += dx
            sy += dy
            sz += dz
            xx += dx * dx
            xy += dx * dy
            xz += dx * dz
            yy += dy * dy
            yz += dy * dz
            zz += dz * dz
        mx, my, mz = sx / count, sy / count, sz / count
        spread[0] = xx / count - mx * mx
        spread[1] = xy / count - mx * my
        spread[2] = xz / count - mx * mz
        spread[3] = yy / count - my * my
        spread[4] = yz / count - my * mz
        spread[5] = zz / count - mz * mz
        a, b, c = smallest_axis(spread)
        result[n, 0], result[n, 1], result[n, 2] = a, b, c
    return result


def facing(normals: Float32Array, towards: Float32Array) -> Float32Array:
    """Normals (n, 3) turned to the side of ``towards`` (n, 3); that direction where they are 0."""
    length = np.linalg.norm(towards, axis=1, keepdims=True)
    away = towards / np.maximum(length, np.float32(1e-12))
    undefined = ~normals.any(axis=1, keepdims=True)
    sign = np.where(np.einsum("ij,ij->i", normals, away) < 0, np.float32(-1), np.float32(1))
    turned: Float32Array = np.where(undefined, away, normals * sign[:, None])
    return turned.astype(np.float32)


def up_and_outward(normals: Float32Array, points: Float32Array, middle: FloatArray) -> Float32Array:
    """Directions (n, 3) that normals may be turned to where no scanner's place is known, world.

    Up where a surface is less than about 70 degrees steep, else level and away from ``middle``.
    """
    away = (points - middle).astype(np.float32)
    away[:, 1] = 0
    flat = np.greater(np.abs(normals[:, 1:2]), FLAT)
    towards: Float32Array = np.where(flat, np.array([0, 1, 0], np.float32), away)
    return towards.astype(np.float32)
