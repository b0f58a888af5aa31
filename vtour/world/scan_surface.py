"""The surfaces of registered scans around places: thinned points, local planes, sight lines."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import PointStore
from vtour.frames import WORLD_FROM_ENU, FloatArray, transform_points
from vtour.sphere import pixels_from_rays

BoolArray = NDArray[np.bool_]

MOST_CELLS = 2_500_000
CELLS_M = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
NEIGHBOURS = 8
SIGHT_WIDTH = 1024
AROUND = 0.02  # of the box around a scan
FLAT = 0.15  # most of the least over the second standard deviation of a plane's points
MAX_RADIUS_M = 0.6
MAX_RADIUS_CELLS = 10.0


@dataclass(frozen=True, eq=False)
class Planes:
    """The plane of the scan nearest to each of n places.

    points, normals : (n, 3), scan; spread: (n,) metres, of the scan's points across the plane;
    away : (n,) metres, from the place to the nearest scan point; good: (n,) bool.
    """

    points: FloatArray
    normals: FloatArray
    spread: FloatArray
    away: FloatArray
    good: BoolArray


class Surface:
    """All stations' points in ``scan``, one a cell, as many as memory may hold."""

    def __init__(self, points_in_scan: FloatArray, cell_m: float) -> None:
        from scipy.spatial import cKDTree

        self.points = points_in_scan
        self.cell_m = cell_m
        self._tree: Any = cKDTree(points_in_scan)

    @classmethod
    def of_stations(
        cls, stores: list[PointStore], scan_from_station: list[FloatArray]
    ) -> "Surface":
        """Thin the stations' points: the finest cells that keep fewer than MOST_CELLS."""
        level = 0
        kept = np.zeros((0, 3), np.float32)
        for store, pose in zip(stores, scan_from_station, strict=True):
            for chunk in store.chunks():
                placed = transform_points(pose, chunk["xyz"]).astype(np.float32)
                kept = thinned(np.concatenate([kept, placed]), CELLS_M[level])
                while len(kept) > MOST_CELLS and level + 1 < len(CELLS_M):
                    level += 1
                    kept = thinned(kept, CELLS_M[level])
        return cls(kept.astype(np.float64), CELLS_M[level])

    def amid(self, places: FloatArray) -> BoolArray:
        """Which of the places (n, 3) lie inside the box around the scan, but for its strays."""
        low, high = np.percentile(self.points[::10], (0.5, 99.5), axis=0)
        margin = AROUND * (high - low)
        inside: BoolArray = ((places > low - margin) & (places < high + margin)).all(axis=1)
        return inside

    def holds(self, places: FloatArray, tolerance_m: float) -> BoolArray:
        """Which of the places (n, 3) lie on a plane of the scan, within a tolerance across it."""
        planes = self.planes_at(places, max(MAX_RADIUS_M, MAX_RADIUS_CELLS * self.cell_m))
        across = np.einsum("ij,ij->i", places - planes.points, planes.normals)
        result: BoolArray = planes.good & (np.abs(across) < tolerance_m)
        return result

    def nearness(self, places: FloatArray, within_m: float) -> float:
        """How near places (n, 3) are to the scan: 1 on it, 0 when further than ``within_m``."""
        found = self._tree.query(places, distance_upper_bound=within_m)[0]
        return float(1 - np.minimum(found / within_m, 1.0).mean())

    def planes_at(self, places: FloatArray, within_m: float) -> Planes:
        """Planes through the scan's points around the one nearest to each place (n, 3)."""
        away, rows = self._tree.query(places, distance_upper_bound=within_m)
        near = np.isfinite(away)
        middles = self.points[np.where(near, rows, 0)]
        radii, around = self._tree.query(middles, k=NEIGHBOURS)
        points = self.points[np.minimum(around, len(self.points) - 1)]
        mean = points.mean(axis=1)
        offsets = points - mean[:, None]
        values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets) / NEIGHBOURS)
        deviations = np.sqrt(np.maximum(values, 0))
        good = near & (radii[:, -1] < max(MAX_RADIUS_M, MAX_RADIUS_CELLS * self.cell_m))
        good &= away < radii[:, -1]
        good &= (deviations[:, 1] > 0) & (deviations[:, 0] < FLAT * deviations[:, 1])
        return Planes(mean, vectors[:, :, 0], deviations[:, 0], away, good)


def thinned(points: NDArray[np.float32], cell_m: float) -> NDArray[np.float32]:
    """The first point of each cell of a grid, in their order."""
    if not len(points):
        return points
    cells = np.floor(points / np.float32(cell_m)).astype(np.int64)
    cells -= cells.min(axis=0)
    size = cells.max(axis=0) + 1
    if math.prod(int(one) for one in size) < 2**62:
        keys = (cells[:, 0] * size[1] + cells[:, 1]) * size[2] + cells[:, 2]
        _, first = np.unique(keys, return_index=True)
    else:
        _, first = np.unique(cells, axis=0, return_index=True)
    first.sort()
    return points[first]


@dataclass(frozen=True, eq=False)
class SightLines:
    """What a station's sight lines say of the space around it.

    ranges : (h, 2h) float32 metres to the nearest point, infinite where nothing was measured;
    """

    scan_from_station: FloatArray
    ranges: NDArray[np.float32]

    @staticmethod
    def of(ranges: NDArray[np.float32], scan_from_station: FloatArray) -> "SightLines":
        """Sight lines at no more than SIGHT_WIDTH columns: the nearest range of each block.

        ranges : (h, 2h) metres, of ``picture_of_station`` or ``ranges_of_station``.
        """
        height, width = ranges.shape
        step = -(-width // SIGHT_WIDTH)
        padded = np.full((-(-height // step) * step, -(-width // step) * step), np.inf, np.float32)
        padded[:height, :width] = ranges
        blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
        least = blocks.min(axis=(1, 3))
        return SightLines(scan_from_station, least)

    def ranges_to(self, places: FloatArray) -> FloatArray:
        """Metres (n,) from the mirror to places (n, 3), scan."""
        result: FloatArray = np.linalg.norm(places - self.scan_from_station[:3, 3], axis=1)
        return result

    def gaps_at(self, places: FloatArray) -> FloatArray:
        """Metres (n,) that the station saw past places (n, 3), scan.

        Positive where it saw a surface beyond: the place hangs in the air. Negative where it is
        hidden. NaN where the scanner measured nothing. The nearest range around is taken, so that
        an edge is no gap.
        """
        in_station = (places - self.scan_from_station[:3, 3]) @ self.scan_from_station[:3, :3]
        height, width = self.ranges.shape
        pixels = np.floor(pixels_from_rays(in_station @ WORLD_FROM_ENU.T, width)).astype(np.int64)
        least = np.full(len(places), np.inf)
        for x in (-1, 0, 1):
            for y in (-1, 0, 1):
                row = np.clip(pixels[:, 1] + y, 0, height - 1)
                least = np.minimum(least, self.ranges[row, (pixels[:, 0] + x) % width])
        gaps: FloatArray = np.where(np.isfinite(least), least - self.ranges_to(places), np.nan)
        return gaps
