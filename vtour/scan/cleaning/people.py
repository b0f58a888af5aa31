"""What moved between two scans: points that another station looked through. Arrays only.

A person stood where station B has points. Station A, which scanned at another time, has returns
from behind them: its rays passed there, so there was nothing when A looked.

Safe against what only looks like it. A thing thinner than A's rays are apart is missed by A, and
is there all the same: what A looked through must be three of its cells wide. The edge of a
surface, and ground at a grazing angle: none of the cells around may hold anything as near. Errors
of registration: the return must lie behind by a margin and three sigmas. And whatever a third
station found at the same place stays.

Tried before: points drawn as wide as they are apart in A's view, in place of closing the gaps
between them: a single point is then three cells wide. Looking only at the cells beside a point: the
finer A's scan, the less it takes until a floor seen at a grazing angle is looked through; 17 points
of the full synthetic site were, with true poses. Now a surface 2 cm beside the point is seen: none.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.scan.range_image import place_of

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
UInt8Array = NDArray[np.uint8]

ACROSS_M = 0.02  # a surface may lie beside a point by its errors: at a grazing angle, far behind it
MOST_CELLS = 3  # to each side
FEWEST_RETURNS = 0.4  # of the cells around a point: with less, nothing is known
MOST_GAP = 4  # half of the widest gap that is closed, in cells
UNKNOWN, THROUGH, THERE = 0, 1, 2


@dataclass(frozen=True)
class Witness:
    """A station as seen from the points of another.

    station_from_points : (3, 4) rigid.
    image    : its ranges (look_image).
    margin_m : how much farther than a point its return must be, at the station itself.
    across_m : so far around a point nothing may be as near.
    angle    : and by so much more for a metre of range, radians: of its own direction.
    """

    station_from_points: FloatArray
    image: Float32Array
    margin_m: float
    across_m: float
    angle: float

    def verdicts(self, points: Float32Array) -> UInt8Array:
        """UNKNOWN, THROUGH or THERE for each of (n, 3) points."""
        verdict: UInt8Array = verdicts_of(
            points, self.station_from_points, self.image, self.margin_m, self.across_m, self.angle
        )
        return verdict


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def moved(m: FloatArray, point: Float32Array) -> tuple[float, float, float, float]:
    """A point (3,) moved by (3, 4), and its distance from the origin there."""
    a, b, c = np.float64(point[0]), np.float64(point[1]), np.float64(point[2])
    x = m[0, 0] * a + m[0, 1] * b + m[0, 2] * c + m[0, 3]
    y = m[1, 0] * a + m[1, 1] * b + m[1, 2] * c + m[1, 3]
    z = m[2, 0] * a + m[2, 1] * b + m[2, 2] * c + m[2, 3]
    return x, y, z, np.sqrt(x * x + y * y + z * z)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def verdicts_of(
    points: Float32Array,
    station_from_points: FloatArray,
    image: Float32Array,
    margin_m: float,
    across_m: float,
    angle: float,
) -> UInt8Array:
    """See Witness."""
    height, width = image.shape
    cell = 2 * np.pi / width
    result = np.zeros(len(points), np.uint8)
    for i in range(len(points)):
        x, y, z, r = moved(station_from_points, points[i])
        if r <= margin_m:
            continue
        margin = margin_m + angle * r
        row, column = place_of(x, y, z, r, width)
        half = int(np.ceil((across_m / r + angle) / cell))
        half = max(1, min(MOST_CELLS, half))
        behind, cells = 0, (2 * half + 1) ** 2
        for v in range(max(0, row - half), min(height, row + half + 1)):
            for h in range(-half, half + 1):
                there = np.float64(image[v, (column + h) % width])
                if there == np.inf:
                    continue
                if there > r + margin:
                    behind += 1
                elif there >= r - margin:
                    result[i] = THERE
                else:
                    behind -= cells
        if result[i] != THERE and behind >= FEWEST_RETURNS * cells:
            result[i] = THROUGH
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def mark_cells(
    mask: BoolArray,
    points: Float32Array,
    verdict: UInt8Array,
    station_from_points: FloatArray,
    step: float,
) -> tuple[int, float]:
    """Mark the cells of a station's image that hold points which it looked through.

    mask : of the size of that image, changed in place.
    step : angle between the rays that the points are of.

    Returns how many points there are, and the sum of how many cells they are apart.
    """
    width = mask.shape[1]
    cell = 2 * np.pi / width
    count, total = 0, 0.0
    for i in range(len(points)):
        if verdict[i] != THROUGH:
            continue
        x, y, z, r = moved(station_from_points, points[i])
        row, column = place_of(x, y, z, r, width)
        mask[row, column] = True
        count += 1
        total += step * np.sqrt((points[i].astype(np.float64) ** 2).sum()) / (cell * r)
    return count, total


def wide_parts(mask: BoolArray, apart: float, cells: int) -> BoolArray:
    """The parts of a mask over the sphere that are at least so many cells wide.

    apart : cells between neighbouring points of a surface: gaps of that size are closed before.
    """
    from scipy.ndimage import binary_closing, binary_opening

    gap = 1 + 2 * min(MOST_GAP, int(np.ceil(apart / 2)))
    rim = cells + gap
    around = np.concatenate([mask[:, -rim:], mask, mask[:, :rim]], axis=1)
    around = np.pad(around, ((rim, rim), (0, 0)))
    closed = binary_closing(around, np.ones((gap, gap), bool))
    opened: BoolArray = binary_opening(closed, np.ones((cells, cells), bool))
    return opened[rim:-rim, rim:-rim]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def inside_mask(
    mask: BoolArray, points: Float32Array, station_from_points: FloatArray
) -> BoolArray:
    """Which of (n, 3) points fall on marked cells of a station's image."""
    width = mask.shape[1]
    result = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        x, y, z, r = moved(station_from_points, points[i])
        if r > 0:
            row, column = place_of(x, y, z, r, width)
            result[i] = mask[row, column]
    return result


def looked_at(
    points: Float32Array, witnesses: list[Witness], masks: list[BoolArray]
) -> tuple[BoolArray, BoolArray]:
    """Which points a station looked through over a wide part of its view, and which one found.

    masks : the wide parts of each witness's view that it looked through.
    """
    through = np.zeros(len(points), np.bool_)
    there = np.zeros(len(points), np.bool_)
    for witness, mask in zip(witnesses, masks, strict=True):
        verdict = witness.verdicts(points)
        there |= verdict == THERE
        if mask.any():
            seen = inside_mask(mask, points, witness.station_from_points)
            through |= seen & (verdict == THROUGH)
    return through, there
