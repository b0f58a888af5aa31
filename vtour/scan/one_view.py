"""Whether a cloud was seen from one place: then it has one range in each direction.

Programs keep a pose, or rows and columns, with clouds that were merged from several scans. Seen
from the origin of such a cloud, many directions hold a near surface and a far one behind it.

Measured: share of directions that hold two ranges, and share that hold several points at all:
    scans of the synthetic site                       0.000   0.00
    scan of an object, libE57's bunny                 0.002   0.20
    CAD model of a pump, with a pose                  0.003   0.81
    empty room, two scans merged, seen from amid it   0.016   0.40
    the same, seen from its floor                     0.039   0.30
    the same, seen from 110 m off                     0.43    0.90
"""

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import PointStore
from vtour.scan.range_image import width_of

SAMPLE = 200_000
MOST_POINTS = 2_000_000
SECTOR = 16  # columns of a sector, of which some are looked at
TWO_RANGES, SEVERAL_POINTS, FEW_TWO_RANGES = 0.03, 0.2, 0.01
APART_M, APART_SHARE = 0.1, 0.03
STEEPEST_RAD = np.radians(60)  # nearer to the zenith the cells are crowded
FEWEST = 1000

Float32Array = NDArray[np.float32]


def is_one_view(store: PointStore) -> bool:
    """Whether a station may have been seen from its origin; of few points nobody can tell."""
    if store.count < FEWEST:
        return True
    step = max(1, store.count // SAMPLE)
    some = np.array(store.column("xyz")[::step])
    width = 4 * width_of(some, max(1, store.count // 16))  # width_of has an upper limit
    every = -(-store.count // MOST_POINTS)
    parts = [_directions(columns["xyz"], width, every) for columns in store.chunks()]
    cells = np.concatenate([cell for cell, _ in parts])
    ranges = np.concatenate([far for _, far in parts])
    if len(cells) < FEWEST:
        return True
    order = np.lexsort((ranges, cells))
    cells, ranges = cells[order], ranges[order]
    first = np.flatnonzero(np.diff(cells, prepend=-1))
    last = np.append(first[1:], len(cells)) - 1
    two = (ranges[last] > ranges[first] * (1 + APART_SHARE) + APART_M).mean()
    several = (last > first).mean()
    return not (two > TWO_RANGES or (two > FEW_TWO_RANGES and several > SEVERAL_POINTS))


def _directions(
    points: Float32Array, width: int, every: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Number of the direction's cell, and range, of points (n, 3) in each ``every``-th sector."""
    x, y, z = points.astype(np.float64).T
    ranges = np.sqrt(x * x + y * y + z * z)
    step = 2 * np.pi / width
    column = ((np.arctan2(y, x) + np.pi) / step).astype(np.int64)
    up = np.arcsin(np.clip(z / np.maximum(ranges, 1e-12), -1, 1))
    row = ((up + np.pi / 2) / step).astype(np.int64)
    kept = (np.abs(up) < STEEPEST_RAD) & (column // SECTOR % every == 0)
    return (column * width + row)[kept], ranges[kept]
