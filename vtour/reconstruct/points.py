"""Point clouds with normals and colours: arrays, and their PLY files."""

from dataclasses import dataclass
from pathlib import Path

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

    def kept(self, mask: BoolArray) -> "OrientedPoints":
        """The points where the mask is true, in the same order."""
        return OrientedPoints(self.positions[mask], self.normals[mask], self.colours[mask])


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


def isolated(positions: NDArray[np.float32], factor: float, neighbours: int = 8) -> BoolArray:
    """Which points lie ``factor`` times farther from their neighbours than those do from theirs.

    A ratio to the neighbours' own spacing, because far surfaces are sampled more thinly.
    """
    from scipy.spatial import cKDTree

    if len(positions) <= neighbours:
        return np.zeros(len(positions), dtype=bool)
    distance, index = cKDTree(positions).query(positions, k=neighbours + 1)
    spacing = distance[:, 1:].mean(axis=1)
    usual = np.median(spacing[index[:, 1:]], axis=1)
    lonely: BoolArray = spacing > factor * np.maximum(usual, 1e-12)
    return lonely
