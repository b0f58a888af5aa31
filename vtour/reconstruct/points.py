"""Point clouds with normals and colours: arrays, and their PLY files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import replacing

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

RECORD = np.dtype(
    [(axis, "<f4") for axis in ("x", "y", "z", "nx", "ny", "nz")]
    + [(colour, "u1") for colour in ("red", "green", "blue")]
)
HEADER = (
    "ply\nformat binary_little_endian 1.0\nelement vertex {count}\n"
    + "".join(f"property float {axis}\n" for axis in ("x", "y", "z", "nx", "ny", "nz"))
    + "".join(f"property uchar {colour}\n" for colour in ("red", "green", "blue"))
    + "end_header\n"
)


@dataclass(frozen=True)
class OrientedPoints:
    """Points of a surface.

    positions : (n, 3) float32, world.
    normals   : (n, 3) float32, unit, away from the surface.
    colours   : (n, 3) uint8, sRGB.
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.positions)

    def kept(self, which: BoolArray | NDArray[np.int64]) -> "OrientedPoints":
        """The points where a mask is true, in the same order, or those of the indices."""
        return OrientedPoints(self.positions[which], self.normals[which], self.colours[which])


def write_points(path: Path, points: OrientedPoints) -> None:
    """Write a binary PLY, all or nothing; same points, same bytes."""
    records = np.empty(len(points), dtype=RECORD)
    for names, values in (
        (("x", "y", "z"), points.positions),
        (("nx", "ny", "nz"), points.normals),
        (("red", "green", "blue"), points.colours),
    ):
        for column, name in enumerate(names):
            records[name] = values[:, column]
    with replacing(path) as temporary, temporary.open("wb") as stream:
        stream.write(HEADER.format(count=len(points)).encode("ascii"))
        stream.write(records.tobytes())


def read_points(path: Path) -> OrientedPoints:
    """Read a PLY as write_points and COLMAP's fusion write it.

    Raises InputError when the properties are others, or the file is shorter than it says.
    """
    data = path.read_bytes()
    end = data.find(b"end_header\n")
    lines = data[: max(end, 0)].decode("ascii", errors="replace").splitlines()
    count = next((int(line.split()[2]) for line in lines if line.startswith("element vertex")), -1)
    if end < 0 or "\n".join(lines) + "\nend_header\n" != HEADER.format(count=count):
        raise InputError(f"{path.name}: found another header, expected float x to nz, uchar rgb")
    body = data[end + len(b"end_header\n") :]
    if len(body) != count * RECORD.itemsize:
        raise InputError(f"{path.name}: {len(body)} bytes, expected {count} points")
    records = np.frombuffer(body, dtype=RECORD)
    return OrientedPoints(
        np.stack([records[name] for name in ("x", "y", "z")], axis=1).astype(np.float32),
        np.stack([records[name] for name in ("nx", "ny", "nz")], axis=1).astype(np.float32),
        np.stack([records[name] for name in ("red", "green", "blue")], axis=1),
    )


def joined(parts: list[OrientedPoints]) -> OrientedPoints:
    """All points of several clouds, one after the other."""
    if not parts:
        empty = np.empty((0, 3), np.float32)
        return OrientedPoints(empty, empty, np.empty((0, 3), np.uint8))
    return OrientedPoints(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colours for part in parts]),
    )


def thinned(points: OrientedPoints, most: int) -> OrientedPoints:
    """About ``most`` points, one for each of as large cells as that takes; fewer stay as is.

    A point of each cell, not the mean of its points, which would round edges.
    """
    if len(points) <= most:
        return points
    extent = float(np.ptp(points.positions, axis=0).max())
    smallest = max(1.01 * extent, 1e-9) / 2**CELL_BITS  # one stray point far away must not end it
    cell = max(extent / (2 * np.sqrt(most)), smallest)
    keys = cell_keys(points.positions, cell)
    for _ in range(THINNING_STEPS):
        count = len(np.unique(keys))
        if 0.9 * most <= count <= most:
            break
        # cells of a surface: as many as its area
        cell = max(cell * float(np.sqrt(count / (0.95 * most))), smallest)
        keys = cell_keys(points.positions, cell)
    return points.kept(one_a_cell(points.positions, keys))


THINNING_STEPS = 8
CELL_BITS = 21
CANCELLED = 0.1  # length of a mean of unit vectors that point every way


def cell_keys(positions: NDArray[Any], cell: float) -> NDArray[np.int64]:
    """A number (n,) for the cube of edge ``cell`` that each point lies in.

    Raises InputError when more than 2**21 cells lie along an axis.
    """
    low = positions.min(axis=0)
    if float((positions.max(axis=0) - low).max()) >= cell * 2**CELL_BITS:
        raise InputError(f"cells of {cell:g}: too small for the extent of the points")
    x, y, z = ((positions - low) / cell).astype(np.int64).T
    keys: NDArray[np.int64] = (x << 2 * CELL_BITS) | (y << CELL_BITS) | z
    return keys


class Cells:
    """Points gathered by the number of the cell that they lie in."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        """Gather (n,) points by the numbers of their cells."""
        self.order = np.argsort(keys, kind="stable")
        self.starts = np.flatnonzero(np.diff(keys[self.order], prepend=keys.min() - 1))
        self.count = np.diff(self.starts, append=len(keys))

    def mean(self, values: NDArray[Any]) -> FloatArray:
        """Mean (c, k) of (n, k) values in each of the cells."""
        columns = [self._sum(values[:, k]) for k in range(values.shape[1])]
        result: FloatArray = np.stack(columns, axis=1) / self.count[:, None]
        return result

    def mean_directions(self, units: NDArray[Any]) -> FloatArray:
        """Mean (c, 3) of (n, 3) unit vectors, of unit length.

        Opposite sides of something thin cancel out: the first vector stands for them.
        """
        mean = self.mean(units)
        length = np.linalg.norm(mean, axis=1, keepdims=True)
        first = units[self.order[self.starts]]
        return np.where(length > CANCELLED, mean / np.maximum(length, CANCELLED), first)

    def _sum(self, values: NDArray[Any]) -> FloatArray:
        sums: FloatArray = np.add.reduceat(values[self.order].astype(np.float64), self.starts)
        return sums


def one_a_cell(positions: NDArray[Any], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the point of each cell that lies nearest to the mean of its points."""
    cells = Cells(keys)
    cell = np.repeat(np.arange(len(cells.starts)), cells.count)
    means = cells.mean(positions)
    distance = np.linalg.norm(positions[cells.order] - means[cell], axis=1)
    nearest = np.lexsort((distance, cell))[cells.starts]
    result: NDArray[np.int64] = cells.order[nearest]
    return result


def isolated(positions: NDArray[np.float32], factor: float, neighbours: int = 8) -> BoolArray:
    """Which points lie ``factor`` times farther from their neighbours than those do from theirs.

    A ratio to the neighbours' own spacing, because far surfaces are sampled more thinly.
    """
    from scipy.spatial import cKDTree

    if len(positions) <= neighbours:
        return np.zeros(len(positions), dtype=bool)
    distance, index = cKDTree(positions).query(positions, k=neighbours + 1, workers=-1)
    spacing = distance[:, 1:].mean(axis=1)
    usual = np.median(spacing[index[:, 1:]], axis=1)
    lonely: BoolArray = spacing > factor * np.maximum(usual, 1e-12)
    return lonely
