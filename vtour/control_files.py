"""Read control.csv, marks.csv, scalebars.csv and targets.csv: what surveyors measured, and where
photos and scans show it.
"""

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vtour.errors import InputError
from vtour.photo_names import PhotoNames
from vtour.schema.inventory import CaptureFile

ENU = "enu"
CRS_LINE = "# crs: EPSG:9215, height: orthometric|ellipsoidal, or # crs: enu"
CONTROL_COLUMNS = ("label", "x", "y", "z", "role")
MARK_COLUMNS = ("label", "file", "x_px", "y_px")
BAR_COLUMNS = ("from", "to", "length_m")
TARGET_COLUMNS = ("label", "station", "x", "y", "z")
USUAL_SIGMA_M = 0.02
USUAL_BAR_SIGMA_M = 0.001
MIN_SIGMA_M = 0.0001
MAX_TABLE_BYTES = 16 << 20


class Role(StrEnum):
    """Whether a point takes part in the fit or judges it."""

    control = "control"
    check = "check"


class Height(StrEnum):
    """What z counts from: the geoid (sea level), the ellipsoid, the local origin, or not told."""

    orthometric = "orthometric"
    ellipsoidal = "ellipsoidal"
    local = "local"
    unknown = "unknown"


@dataclass(frozen=True)
class ControlPoint:
    """One line of control.csv: easting or longitude, northing or latitude, height."""

    label: str
    xyz: tuple[float, float, float]
    role: Role
    sigma_m: float


@dataclass(frozen=True)
class Control:
    """control.csv. ``crs`` is 'enu', 'EPSG:<number>', or a PROJ string of gcp_list.txt.

    name : of the file, for what is said of it.
    """

    crs: str
    height: Height
    points: list[ControlPoint]
    name: str = "control.csv"


@dataclass(frozen=True)
class Mark:
    """One line of marks.csv; pixels of the full-size upright photo, pixel centres at +0.5."""

    label: str
    photo: str
    x_px: float
    y_px: float


@dataclass(frozen=True)
class ScaleBar:
    """One line of scalebars.csv: a distance between two points that photos show."""

    start: str
    end: str
    length_m: float
    sigma_m: float

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.start}-{self.end}"


@dataclass(frozen=True)
class ScanTarget:
    """One line of targets.csv: where a scan shows a surveyed point, metres, station.

    station : id of the station, or the name that its file gives it.
    """

    label: str
    station: str
    xyz: tuple[float, float, float]


def read_targets(path: Path) -> list[ScanTarget]:
    """Read targets.csv. Raises InputError, with the line, for what is not as expected."""
    targets: dict[tuple[str, str], ScanTarget] = {}
    for where, row in _rows(path, read_lines(path), TARGET_COLUMNS):
        label, station = row["label"], row["station"]
        for name, value in (("label", label), ("station", station)):
            if not value:
                raise InputError(f"{where}: no {name}, expected {','.join(TARGET_COLUMNS)}")
        if (label, station) in targets:
            raise InputError(f"{where}: {label} in {station} again, expected each target once")
        x, y, z = (number_of(where, axis, row[axis]) for axis in ("x", "y", "z"))
        targets[label, station] = ScanTarget(label, station, (x, y, z))
    return list(targets.values())


def read_control(path: Path) -> Control:
    """Read control.csv. Raises InputError, with the line, for what is not as expected."""
    lines = read_lines(path)
    crs, height = _crs_of(path, [text for _, text in lines if text.startswith("#")])
    points: dict[str, ControlPoint] = {}
    for where, row in _rows(path, lines, CONTROL_COLUMNS):
        label = row["label"]
        if label in points:
            raise InputError(f"{where}: label {label!r} again, expected each point once")
        if row["role"] not in tuple(Role):
            raise InputError(f"{where}: role {row['role']!r}, expected control or check")
        sigma = number_of(where, "sigma_m", row["sigma_m"]) if row.get("sigma_m") else USUAL_SIGMA_M
        if sigma <= 0:
            raise InputError(f"{where}: sigma_m {sigma:g}, expected more than 0")
        x, y, z = (number_of(where, axis, row[axis]) for axis in ("x", "y", "z"))
        points[label] = ControlPoint(label, (x, y, z), Role(row["role"]), max(sigma, MIN_SIGMA_M))
    return Control(crs, height, list(points.values()))


def read_marks(path: Path, photos: Iterable[CaptureFile]) -> list[Mark]:
    """Read marks.csv against the photos of the inventory.

    Raises InputError, with the line, for a photo that was not handed in, a pixel outside of
    its photo, or a point marked twice in one photo.
    """
    by_name = {photo.path: photo for photo in photos}
    names = PhotoNames(by_name)
    marks: dict[tuple[str, str], Mark] = {}
    for where, row in _rows(path, read_lines(path), MARK_COLUMNS):
        name = names.find(row["file"])
        if name is None:
            raise InputError(f"{where}: {names.not_found(row['file'])}")
        x, y = (number_of(where, axis, row[axis]) for axis in ("x_px", "y_px"))
        check_pixel(where, (x, y), (by_name[name].width_px, by_name[name].height_px))
        if (row["label"], name) in marks:
            raise InputError(f"{where}: {row['label']} in {name} again, expected one mark")
        marks[row["label"], name] = Mark(row["label"], name, x, y)
    return list(marks.values())


def check_pixel(
    where: str, pixel: tuple[float, float], size: tuple[int | None, int | None]
) -> None:
    """Raise InputError for a pixel outside of its photo; sizes that are not known allow any."""
    (x, y), (width, height) = pixel, size
    if width and height and not (0 <= x <= width and 0 <= y <= height):
        raise InputError(
            f"{where}: pixel {x:g}, {y:g}, expected one inside of {width} x {height} px"
        )


def read_scale_bars(path: Path) -> list[ScaleBar]:
    """Read scalebars.csv. Raises InputError, with the line, for what is not as expected."""
    bars: dict[frozenset[str], ScaleBar] = {}
    for where, row in _rows(path, read_lines(path), BAR_COLUMNS):
        start, end = row["from"], row["to"]
        if not start or not end or start == end:
            raise InputError(f"{where}: from {start!r} to {end!r}, expected two points")
        if frozenset((start, end)) in bars:
            raise InputError(f"{where}: {start} to {end} again, expected each distance once")
        length = number_of(where, "length_m", row["length_m"])
        given = row.get("sigma_m")
        sigma = number_of(where, "sigma_m", given) if given else USUAL_BAR_SIGMA_M
        for name, value in (("length_m", length), ("sigma_m", sigma)):
            if value <= 0:
                raise InputError(f"{where}: {name} {value:g}, expected more than 0")
        bar = ScaleBar(start, end, length, max(sigma, MIN_SIGMA_M))
        bars[frozenset((start, end))] = bar
    return list(bars.values())


def read_lines(path: Path) -> list[tuple[int, str]]:
    """Lines that hold something, with their numbers from 1."""
    check_table_size(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path.name}: cannot be read ({error}), expected UTF-8 text") from None
    numbered = enumerate(text.splitlines(), start=1)
    return [(number, _plain(line.strip())) for number, line in numbered if line.strip()]


def _plain(line: str) -> str:
    """A comment as it was written: spreadsheets put quotes around it, and commas behind."""
    return line.rstrip(",;").strip('"') if line.startswith('"#') else line


def check_table_size(path: Path) -> None:
    """Raise InputError for a table that is larger than any list of surveyed points."""
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise InputError(f"{path.name}: larger than {MAX_TABLE_BYTES:,} bytes, expected less")


def _crs_of(path: Path, comments: list[str]) -> tuple[str, Height]:
    said = next((line for line in comments if "crs" in line.lower()), None)
    if said is None:
        raise InputError(f"{path.name}: no crs, expected a first line {CRS_LINE}")
    pairs = (part.partition(":") for part in said.lstrip("# ").split(","))
    values = {key.strip().lower(): value.strip() for key, _, value in pairs}
    crs, height = values.get("crs", ""), values.get("height", "").lower()
    if crs.lower() == ENU:
        return ENU, Height.local
    authority, _, code = crs.upper().partition(":")
    if authority != "EPSG" or not code.isdigit():
        raise InputError(f"{path.name}: crs {crs!r}, expected {CRS_LINE}")
    check_crs(path.name, f"EPSG:{code}")
    if height not in (Height.orthometric, Height.ellipsoidal):
        found = f"height {height!r}" if height else "no height in the line of the crs"
        raise InputError(
            f"{path.name}: {found}, expected '# crs: {crs}, height: orthometric' (above sea level, "
            "as levelled benchmarks are) or 'ellipsoidal' (as GNSS receivers measure)"
        )
    return f"EPSG:{code}", Height(height)


def check_crs(where: str, crs: str) -> None:
    """Raise InputError for a crs that nobody knows: an EPSG code, or a PROJ string."""
    import pyproj
    from pyproj.exceptions import CRSError

    try:
        pyproj.CRS(crs)
    except CRSError:
        raise InputError(
            f"{where}: {crs:.60} is not a known coordinate system, expected its code at epsg.io, "
            "such as EPSG:9215 (VN-2000, zone 107-15)"
        ) from None


def _rows(
    path: Path, lines: list[tuple[int, str]], columns: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Where it stands, and its values by column, for each line below the header."""
    header: list[str] | None = None
    for number, line in lines:
        if line.startswith("#"):
            continue
        where = f"{path.name} line {number}"
        try:
            cells = [cell.strip() for cell in next(csv.reader([line]))]
        except csv.Error as error:
            raise InputError(f"{where}: {error}, expected {','.join(columns)}") from None
        if header is None:
            header = [cell.lower() for cell in cells]
            missing = [name for name in columns if name not in header]
            if missing and ";" in line:
                raise InputError(f"{where}: columns separated by ';', expected ','")
            if missing:
                raise InputError(f"{where}: no column {missing[0]}, expected {','.join(columns)}")
            continue
        if len(cells) != len(header):
            hint = " (write decimals with a point)" if len(cells) > len(header) else ""
            raise InputError(f"{where}: {len(cells)} values, expected {len(header)}{hint}")
        yield where, dict(zip(header, cells, strict=True))
    if header is None:
        raise InputError(f"{path.name}: empty, expected a header {','.join(columns)}")


def number_of(where: str, name: str, text: str) -> float:
    """A finite number as people write it. Raises InputError, a decimal comma told."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        hint = " with a decimal point" if "," in text else ""
        raise InputError(f"{where}: {name} {text!r}, expected a number{hint}")
    return value
