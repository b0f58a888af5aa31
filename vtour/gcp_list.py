"""Read ODM's gcp_list.txt: control points and their marks in one file.

The first line is the projection; below it each line is ``geo_x geo_y geo_z im_x im_y image_name
[gcp_name] [extras]``, separated by blanks or tabs (docs.opendronemap.org/gcp). Lines of ``#`` are
comments; ours may say ``# height: orthometric`` or ``ellipsoidal``, which ODM's list cannot.

Pixels: OpenSfM, which reads the list for ODM, has the centre of the first pixel at 0, 0
(features.py, normalized_image_coordinates adds 0.5) and counts in the photo as it is stored,
without EXIF's rotation (io.py, imread). Here it is at 0.5, 0.5 of the upright photo: both are
converted.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vtour.control_files import (
    USUAL_SIGMA_M,
    Control,
    ControlPoint,
    Height,
    Mark,
    Role,
    check_crs,
    check_pixel,
    number_of,
    read_lines,
)
from vtour.errors import InputError
from vtour.photo_names import PhotoNames
from vtour.schema.inventory import CaptureFile

COLUMNS = "geo_x geo_y geo_z im_x im_y image_name [gcp_name]"
UNNAMED = 6  # values of a line
PROJECTION = "'EPSG:32648', 'WGS84 UTM 48N' or '+proj=...'"
UTM = re.compile(r"WGS\s?84\s+UTM\s+(\d{1,2})\s*([NS]?)", re.IGNORECASE)
HEIGHT = re.compile(r"#\s*height:\s*(\w+)", re.IGNORECASE)
CHECK_NAMES = ("check", "chk")
CENTRE_PX = 0.5


@dataclass(frozen=True)
class GcpList:
    """What the list holds; ``notes`` is what the user ought to know of it."""

    control: Control
    marks: list[Mark]
    notes: list[str] = field(default_factory=list)


def read_gcp_list(path: Path, photos: Iterable[CaptureFile]) -> GcpList:
    """Read the list against the photos of the inventory.

    Points are those of one name, or of the same coordinates where lines have no name. All are
    control points but those whose name starts with "check" or "chk", or that have the word
    "check" among the extras.

    Raises InputError, with the line, for what is not as expected, such as a photo that was not
    handed in.
    """
    lines = read_lines(path)
    rows = [(number, text) for number, text in lines if not text.startswith("#")]
    if not rows:
        raise InputError(f"{path.name}: empty, expected a first line {PROJECTION}")
    first = f"{path.name} line {rows[0][0]}"
    crs = _crs_of(first, rows[0][1])
    check_crs(first, crs)
    height = _height_of(path.name, [text for _, text in lines if text.startswith("#")])
    found = _Points(path.name, list(photos))
    # Named lines first: those without a name take that of their place.
    for number, text in sorted(rows[1:], key=lambda row: len(row[1].split()) == UNNAMED):
        found.add(f"{path.name} line {number}", text)
    if not found.marks:
        raise InputError(f"{path.name}: no point below its projection, expected {COLUMNS}")
    control = Control(crs, height, list(found.points.values()), path.name)
    return GcpList(control, list(found.marks.values()), found.notes())


def _crs_of(where: str, text: str) -> str:
    utm = UTM.fullmatch(text)
    if utm and 1 <= int(utm[1]) <= 60:
        return f"EPSG:{'327' if utm[2].upper() == 'S' else '326'}{int(utm[1]):02d}"
    authority, _, code = text.upper().partition(":")
    if authority == "EPSG" and code.strip().isdigit():
        return f"EPSG:{code.strip()}"
    if "+proj" in text:
        return text.strip("'\"")
    if text.upper().replace(" ", "") == "WGS84":
        return "EPSG:4326"
    raise InputError(f"{where}: projection {text:.60}, expected {PROJECTION}")


def _height_of(name: str, comments: list[str]) -> Height:
    said = next((match[1].lower() for match in map(HEIGHT.match, comments) if match), None)
    if said is None:
        return Height.unknown
    if said not in (Height.orthometric, Height.ellipsoidal):
        raise InputError(f"{name}: height {said!r}, expected orthometric or ellipsoidal")
    return Height(said)


class _Points:
    """Points and marks, line by line."""

    def __init__(self, name: str, photos: list[CaptureFile]) -> None:
        self._name = name
        self._photos = {photo.path: photo for photo in photos}
        self._names = PhotoNames(self._photos)
        self._label_at: dict[tuple[str, ...], str] = {}
        self._unnamed = 0
        self._first: dict[str, tuple[tuple[str, ...], str]] = {}
        self._without_height: dict[str, None] = {}
        self._rotated: set[str] = set()
        self.points: dict[str, ControlPoint] = {}
        self.marks: dict[tuple[str, str], Mark] = {}

    def add(self, where: str, text: str) -> None:
        """Take one line."""
        words = text.split()
        if len(words) < UNNAMED:
            hint = " separated by blanks or tabs" if "," in text or ";" in text else ""
            raise InputError(f"{where}: {len(words)} values, expected {COLUMNS}{hint}")
        x, y = (number_of(where, f"geo_{axis}", words[i]) for i, axis in enumerate("xy"))
        z = math.nan if words[2].lower() == "nan" else number_of(where, "geo_z", words[2])
        label = self._label(where, (x, y, z), words[6:])
        self._take_mark(where, label, words)
        if math.isnan(z):
            self._without_height[label] = None
        elif label not in self.points:
            role = Role.check if _is_check(words[6:]) else Role.control
            self.points[label] = ControlPoint(label, (x, y, z), role, USUAL_SIGMA_M)

    def _label(self, where: str, place: tuple[float, float, float], extras: list[str]) -> str:
        at = tuple(map(repr, place))  # NaN equals NaN here
        if not extras:
            if at not in self._label_at:
                self._unnamed += 1
                self._label_at[at] = f"point {self._unnamed}"
            return self._label_at[at]
        label = extras[0]
        first, line = self._first.setdefault(label, (at, where))
        if first != at:
            raise InputError(f"{where}: {label} at other coordinates than in {line}")
        self._label_at[at] = label
        return label

    def _take_mark(self, where: str, label: str, words: list[str]) -> None:
        name = self._names.find(words[5])
        if name is None:
            raise InputError(f"{where}: {self._names.not_found(words[5])}")
        if (label, name) in self.marks:
            raise InputError(f"{where}: {label} in {name} again, expected one mark")
        photo = self._photos[name]
        orientation = photo.orientation or 1
        size = (photo.width_px, photo.height_px)
        if orientation > 4:
            size = size[::-1]
        x, y = (number_of(where, f"im_{axis}", words[i]) for i, axis in ((3, "x"), (4, "y")))
        pixel = (x + CENTRE_PX, y + CENTRE_PX)
        check_pixel(where, pixel, size)
        if orientation != 1:
            self._rotated.add(name)
            pixel = upright_pixel(pixel, orientation, size)
        self.marks[label, name] = Mark(label, name, *pixel)

    def notes(self) -> list[str]:
        """What the user ought to know of the list."""
        told = []
        if self._without_height:
            labels = ", ".join(self._without_height)
            told.append(f"{self._name}: {labels} without a height, left out")
        if self._rotated:
            told.append(
                f"{self._name}: {len(self._rotated)} photos are turned by EXIF: their pixels are "
                "read as ODM does, in the photo as it is stored"
            )
        return told


def _is_check(extras: list[str]) -> bool:
    named = bool(extras) and extras[0].lower().startswith(CHECK_NAMES)
    return named or "check" in (word.lower() for word in extras[1:])


def upright_pixel(
    pixel: tuple[float, float], orientation: int, size: tuple[int | None, int | None]
) -> tuple[float, float]:
    """A pixel of the stored photo in the upright one; EXIF orientations, CIPA DC-008 4.6.4.

    size : width and height of the stored photo.
    """
    x, y = pixel
    width, height = (side or 0 for side in size)
    return {
        2: (width - x, y),
        3: (width - x, height - y),
        4: (x, height - y),
        5: (y, x),
        6: (height - y, x),
        7: (height - y, width - x),
        8: (y, width - x),
    }.get(orientation, (x, y))
