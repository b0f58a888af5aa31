"""What the header of a cloud file tells, and the chunks of points that it gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray

UInt8Array = NDArray[np.uint8]

CHUNK_POINTS = 500_000
MAX_POINTS = 2**32 - 1
FEET = re.compile(
    r"(?<![a-z])(us)?[-_]?(ft|feet|foot|survey[-_ ]?feet)(us)?(?![a-z])", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class CrsFacts:
    """The coordinate system that a file tells.

    text   : 'EPSG:32648 WGS 84 / UTM zone 48N', or its name alone.
    metres : metres in a unit east or north; up_metres: in a unit of height.
    heights: 'ellipsoidal', 'orthometric (<name>)' or 'unknown'.
    problem: why its coordinates cannot be used: 'latitude and longitude'; else empty.
    crs    : pyproj's CRS of east and north; None when only units are told.
    """

    text: str
    unit: str
    metres: float
    up_metres: float
    heights: str = "unknown"
    problem: str = ""
    crs: Any = None


@dataclass(frozen=True, kw_only=True)
class ScanHeader:
    """One scan of a file.

    points           : as many as the header promises, invalid ones counted.
    file_from_scan   : 4x4, metres, the pose that the file tells.
    bounds           : least and greatest corner, file units; absent when not told or absurd.
    is_structured    : measured from one point: a grid of directions, or spherical coordinates.
    """

    points: int
    fields: tuple[str, ...]
    name: str | None = None
    file_from_scan: FloatArray | None = None
    bounds: tuple[list[float], list[float]] | None = None
    is_structured: bool = False
    problem: str | None = None
    """Why an empty scan is no proper one; a scan with points that is not raises at once."""


@dataclass(frozen=True, kw_only=True)
class CloudHeaders:
    """All that is known of a file without its points.

    kind   : 'LAZ point cloud'.
    scans  : in the order of the file.
    crs    : None when the file tells neither CRS nor units.
    unit   : why coordinates are metres when no CRS says it: 'metre by E57'.
    images : a line for each picture inside.
    """

    kind: str
    scans: tuple[ScanHeader, ...]
    crs: CrsFacts | None = None
    is_metric_format: bool = False
    images: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    layout: Any = None
    """What the format's own reader wants to know again."""

    @property
    def points(self) -> int:
        """Points of all scans."""
        return sum(scan.points for scan in self.scans)


@dataclass(frozen=True)
class RawChunk:
    """Some points as the file has them.

    xyz       : (n, 3) float32 or float64, file units, frame of the scan.
    rgb       : (n, 3) uint8
    intensity : (n,) uint16
    normal    : (n, 3) float32
    invalid   : points of this part of the file that it marks as invalid, left out already.
    """

    xyz: NDArray[Any]
    rgb: UInt8Array | None = None
    intensity: NDArray[np.uint16] | None = None
    normal: NDArray[np.float32] | None = None
    invalid: int = 0


RawChunks = Iterator[RawChunk]


def unit_warnings(path: Path, headers: CloudHeaders) -> list[str]:
    """What is doubtful about the units: feet are the usual trap.

    Of a cloud without a CRS nobody can tell metres from feet by its extent: a hall of 30 m is a
    house of 100 ft. What is rarely wrong: the name speaks of feet where metres are told or
    nothing is, or the cloud is wider than any scanned site (5 km).
    """
    crs, told = headers.crs, []
    unit = crs.metres if crs else 1.0
    speaks_of_feet = FEET.search(path.stem) is not None
    if crs is None and not headers.is_metric_format:
        told.append("no CRS and no units in the file: taken as metres")
    if speaks_of_feet and unit == 1.0:
        told.append("its name speaks of feet, yet metres are told or assumed: check a length")
    if crs is None and not headers.is_metric_format:
        widest = max((_widest(scan) for scan in headers.scans), default=0.0)
        if widest > MAX_EXTENT:
            told.append(f"{widest:,.0f} across: hardly metres, check its units")
    if crs and unit != 1.0:
        told.append(f"its unit, {crs.unit}, becomes metres: 1 = {unit:.10g} m")
    if crs and crs.up_metres != crs.metres:
        told.append(f"heights: 1 = {crs.up_metres:.10g} m")
    return told


MAX_EXTENT = 5000.0


def _widest(scan: ScanHeader) -> float:
    if scan.bounds is None:
        return 0.0
    return max(high - low for low, high in zip(*scan.bounds, strict=True))


def sane_bounds(low: Any, high: Any) -> tuple[list[float], list[float]] | None:
    """Bounds as lists; None when they are not finite, turned over, or larger than the Earth."""
    a, b = [float(v) for v in low], [float(v) for v in high]
    fine = all(np.isfinite(v) and abs(v) < 1e9 for v in (*a, *b))
    return (a, b) if fine and all(x <= y for x, y in zip(a, b, strict=True)) else None


@dataclass
class Extent:
    """Least and greatest of the numbers seen, for colours and intensities of no told range."""

    low: float = np.inf
    high: float = -np.inf
    has_floats: bool = False
    is_certain: bool = True
    """Whether more numbers change nothing: there are none, or all are of eight bits."""

    def add(self, values: NDArray[Any]) -> None:
        """Take some numbers into account; those that are not finite tell nothing."""
        self.is_certain &= values.dtype == np.uint8
        if values.dtype == np.uint8:
            self.low, self.high = 0.0, 255.0
            return
        self.has_floats |= bool(np.issubdtype(values.dtype, np.floating))
        finite = values[np.isfinite(values)]
        if finite.size:
            self.low = min(self.low, float(finite.min()))
            self.high = max(self.high, float(finite.max()))

    @property
    def colour_range(self) -> float:
        """The greatest value that such colours can have: 1, 255 or 65535."""
        if self.has_floats and self.high <= 1:
            return 1.0
        return 255.0 if self.high <= 255 else 65535.0

    @property
    def intensity_scale(self) -> tuple[float, float]:
        """Offset and factor that take such intensities to 0..65535.

        Ranges in use: 0 to 1; 0 to 255; -2048 to 2047 (Leica's PTS); 0 to 65535. Else their own.
        """
        if self.low > self.high:
            return 0.0, 1.0
        for least, most in ((0.0, 1.0), (0.0, 255.0), (-2048.0, 2047.0), (0.0, 65535.0)):
            if self.low >= least and self.high <= most:
                return least, 65535.0 / (most - least)
        return self.low, 65535.0 / max(self.high - self.low, 1e-30)


def scaled_intensity(values: NDArray[Any], scale: tuple[float, float]) -> NDArray[np.uint16]:
    """Values as uint16; what is not finite becomes 0."""
    offset, factor = scale
    with np.errstate(invalid="ignore", over="ignore"):
        moved = (values.astype(np.float64) - offset) * factor
    clipped = np.clip(np.nan_to_num(moved, nan=0.0, posinf=65535.0, neginf=0.0), 0, 65535)
    return np.rint(clipped).astype(np.uint16)


def eight_bit_colours(values: NDArray[Any], most: float) -> UInt8Array:
    """Colours of a range 0 to ``most`` as uint8."""
    if values.dtype == np.uint8 and most == 255:
        return values
    if most == 65535 and values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    scaled = np.nan_to_num(values.astype(np.float64)) * (255.0 / most)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
