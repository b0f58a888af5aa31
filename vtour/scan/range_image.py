"""What a scanner saw, as an image of ranges over azimuth and elevation. Arrays only.

Frame ``station``: metres, z up, origin in the mirror. A cell is ``2 pi / width`` in azimuth and in
elevation, because that is how scanners turn; column 0 begins at azimuth -180 degrees, row 0 at the
zenith. Cells that nothing was returned from hold infinity.

The grid is made from the points, since no file has to tell its rows and columns. It is a little
finer than the scanner's own: in a grid as fine or coarser, two rows of the scanner fall into one
here and there, and the farther one is lost (0.19 % of true points had no neighbours then, 0.10 %
now, of 2.5 M on the full synthetic site).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

MAX_WIDTH = 9_996  # 200 MB an image; finer scanners have several points in a cell
FINER = 1.2
WINDOW = 4  # cells to each side in which neighbours are looked for
WIDE = 4.0  # times the reach: how far neighbours count for the direction of the surface
FEWEST_FOR_NORMAL = 6
EMPTY = np.float32(np.inf)


def blank(width: int) -> Float32Array:
    """An image of so many columns in which nothing was seen."""
    return np.full(((width + 1) // 2 + 1, width), EMPTY, np.float32)


def width_of(points: Float32Array, count: int) -> int:
    """Columns of a grid that is FINER than one in which a cell holds one of ``count`` points.

    points : (n, 3) float32, station: an even share of them.

    Cells that hold many points are counted to see how much of the sphere the scan covers.
    """
    coarse = int(np.clip(np.sqrt(2 * len(points) / 16), 8, 360))
    image = blank(coarse)
    fill_ranges(image, points)
    seen = np.isfinite(image).mean() * 2 * np.pi**2  # radians^2 of azimuth times elevation
    step = np.sqrt(max(seen, 1e-6) / max(count, 1))
    return int(np.clip(np.ceil(FINER * 2 * np.pi / step), 12, MAX_WIDTH)) // 12 * 12


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def place_of(x: float, y: float, z: float, r: float, width: int) -> tuple[int, int]:
    """Row and column of a direction."""
    step = 2 * np.pi / width
    column = int((np.arctan2(y, x) + np.pi) / step)
    row = int((0.5 * np.pi - np.arcsin(min(1.0, max(-1.0, z / r)))) / step)
    return row, min(column, width - 1)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def fill_ranges(image: Float32Array, points: Float32Array) -> None:
    """Write the nearest range of each cell. points (n, 3) float32, station."""
    width = image.shape[1]
    for i in range(len(points)):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        r = np.sqrt(x * x + y * y + z * z)
        if r > 0:
            row, column = place_of(x, y, z, r, width)
            image[row, column] = min(image[row, column], np.float32(r))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def smallest_axis(c: FloatArray) -> tuple[float, float, float]:
    """Unit eigenvector of the least eigenvalue of a symmetric 3x3 matrix; zeros where undefined.

    c : xx, xy, xz, yy, yz, zz.

    Trigonometric solution of the characteristic equation (O. K. Smith, Communications of the ACM
    4 (1961), 168); the vector is the longest cross product of two rows of the shifted matrix.
    """
    mean = (c[0] + c[3] + c[5]) / 3
    off = c[1] * c[1] + c[2] * c[2] + c[4] * c[4]
    a, b, d = c[0] - mean, c[3] - mean, c[5] - mean
    p = np.sqrt((a * a + b * b + d * d + 2 * off) / 6)
    if p <= 1e-30:
        return 0.0, 0.0, 0.0
    det = a * (b * d - c[4] * c[4]) - c[1] * (c[1] * d - c[4] * c[2])
    det += c[2] * (c[1] * c[4] - b * c[2])
    half = min(1.0, max(-1.0, det / (2 * p * p * p)))
    least = mean + 2 * p * np.cos(np.arccos(half) / 3 + 2 * np.pi / 3)
    r0 = (c[0] - least, c[1], c[2])
    r1 = (c[1], c[3] - least, c[4])
    r2 = (c[2], c[4], c[5] - least)
    best, bx, by, bz = 0.0, 0.0, 0.0, 0.0
    for u, v in ((r0, r1), (r0, r2), (r1, r2)):
        x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
        length = x * x + y * y + z * z
        if length > best:
            best, bx, by, bz = length, x, y, z
    if best <= 1e-24 * p**4:
        return 0.0, 0.0, 0.0
    length = np.sqrt(best)
    return bx / length, by / length, bz / length


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def look_around(
    image: Float32Array, points: Float32Array, reach: float, floor_m: float
) -> tuple[NDArray[np.int16], Float32Array]:
    """How many neighbours each point has in its own scan, and how it faces the scanner.

    image  : the ranges of the scan that the points are of.
    points : (n, 3) float32, station.
    reach  : neighbours lie within so many cells of the point; in depth too, so that points on the
             line of sight between a near and a far surface have none.
    floor_m: but at least within this, for the noise of ranges.

    Returns neighbours (n,) and the cosine of incidence (n,), NaN where too few lie around.
    """
    height, width = image.shape
    step = 2 * np.pi / width
    count = np.zeros(len(points), np.int16)
    cosine = np.full(len(points), np.nan, np.float32)
    column_cos = np.cos((np.arange(width) + 0.5) * step - np.pi)
    column_sin = np.sin((np.arange(width) + 0.5) * step - np.pi)
    row_cos = np.cos(0.5 * np.pi - (np.arange(height) + 0.5) * step)
    row_sin = np.sin(0.5 * np.pi - (np.arange(height) + 0.5) * step)
    moments = np.zeros(9)
    spread = np.zeros(6)
    for i in range(len(points)):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        r = np.sqrt(x * x + y * y + z * z)
        if r <= 0:
            continue
        row, column = place_of(x, y, z, r, width)
        limit = np.sqrt((reach * step * r) ** 2 + floor_m**2)
        wide = WIDE * limit
        near, around = 0, 1
        moments[:] = 0
        for v in range(max(0, row - WINDOW), min(height, row + WINDOW + 1)):
            for h in range(-WINDOW, WINDOW + 1):
                u = (column + h) % width
                there = np.float64(image[v, u])
                if abs(there - r) > wide or (v == row and h == 0):
                    continue
                dx = there * row_cos[v] * column_cos[u] - x
                dy = there * row_cos[v] * column_sin[u] - y
                dz = there * row_sin[v] - z
                square = dx * dx + dy * dy + dz * dz
                if square <= limit * limit:
                    near += 1
                if square <= wide * wide:
                    around += 1
                    moments[0] += dx
                    moments[1] += dy
                    moments[2] += dz
                    moments[3] += dx * dx
                    moments[4] += dx * dy
                    moments[5] += dx * dz
                    moments[6] += dy * dy
                    moments[7] += dy * dz
                    moments[8] += dz * dz
        count[i] = near
        if around >= FEWEST_FOR_NORMAL:
            a, b, c = moments[0] / around, moments[1] / around, moments[2] / around
            spread[0] = moments[3] / around - a * a
            spread[1] = moments[4] / around - a * b
            spread[2] = moments[5] / around - a * c
            spread[3] = moments[6] / around - b * b
            spread[4] = moments[7] / around - b * c
            spread[5] = moments[8] / around - c * c
            nx, ny, nz = smallest_axis(spread)
            if nx * nx + ny * ny + nz * nz > 0:
                cosine[i] = abs(nx * x + ny * y + nz * z) / r
    return count, cosine


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def cell_neighbours(
    image: Float32Array, first: int, end: int, reach: float, floor_m: float
) -> NDArray[np.int16]:
    """``look_around`` for the cells of some rows in place of points: (end - first, width)."""
    height, width = image.shape
    step = 2 * np.pi / width
    count = np.zeros((end - first, width), np.int16)
    for row in range(first, end):
        level = np.cos(0.5 * np.pi - (row + 0.5) * step)
        for column in range(width):
            r = np.float64(image[row, column])
            if r == np.inf:
                continue
            limit = (reach * step * r) ** 2 + floor_m**2
            for v in range(max(0, row - WINDOW), min(height, row + WINDOW + 1)):
                for h in range(-WINDOW, WINDOW + 1):
                    there = np.float64(image[v, (column + h) % width])
                    if there == np.inf or (v == row and h == 0):
                        continue
                    across = r * r * step * step * ((v - row) ** 2 + (h * level) ** 2)
                    if across + (there - r) ** 2 <= limit:
                        count[row - first, column] += 1
    return count


def look_image(
    image: Float32Array, fewest: int, reach: float, floor_m: float, width: int
) -> Float32Array:
    """The image less its lone cells, and coarser by a whole factor: at most ``width`` columns.

    A coarse cell holds the nearest range: what is left is never farther than what was seen.
    """
    factor = next(f for f in range(1, image.shape[1] + 1) if image.shape[1] / f <= width)
    while image.shape[1] % factor:
        factor += 1
    rows = -(-image.shape[0] // factor)
    result = np.full((rows, image.shape[1] // factor), EMPTY, np.float32)
    for row in range(rows):
        first, end = row * factor, min(image.shape[0], (row + 1) * factor)
        lone = cell_neighbours(image, first, end, reach, floor_m) < fewest
        band = np.where(lone, EMPTY, image[first:end]).min(axis=0)
        result[row] = band.reshape(-1, factor).min(axis=1)
    return result
