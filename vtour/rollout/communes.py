"""The communes and wards of the province since 1 July 2025: codes, names, points, bounding boxes.

A bounding box is larger than its commune. Whether a place lies in the commune itself only an
outline says: see outlines.py. Where the data comes from stands in data/README.md.
"""

import csv
import difflib
import functools
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

DATA = Path(__file__).parent / "data" / "communes.csv"
PROVINCES = frozenset(("20",))
"""Whose communes are known."""
KM_PER_DEGREE = math.pi * 6371.0088 / 180
"""Of a sphere with the mean radius of the Earth: exact to half a per cent."""
KINDS = re.compile(r"^(thanh pho|thi tran|phuong|xa) | (ward|commune|township)$")


@dataclass(frozen=True)
class Commune:
    """One commune or ward.

    name        : in Vietnamese with its kind: Phường Tam Thanh.
    lat, lon    : a point in its middle, WGS 84 degrees.
    west..north : its bounding box, WGS 84 degrees.
    """

    code: str
    name: str
    name_en: str
    lat: float
    lon: float
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Position:
    """Where a place lies to a commune.

    area : what was compared: ``outline`` or ``box``, keys of words/.
    km   : how far outside of that it lies; 0 inside.
    """

    area: str
    km: float

    @property
    def inside(self) -> bool:
        """Whether it lies inside."""
        return self.km == 0.0


class Outline(Protocol):
    """The outline of a commune, as outlines.py reads it."""

    def km_outside(self, lat: float, lon: float) -> float:
        """How far outside a place lies, in kilometres; 0 inside."""


@functools.cache
def communes() -> Mapping[str, Commune]:
    """All communes by their code."""
    with DATA.open(encoding="utf-8", newline="") as stream:
        return {
            row["code"]: Commune(
                row["code"],
                row["name"],
                row["name_en"],
                *(float(row[key]) for key in ("lat", "lon", "west", "south", "east", "north")),
            )
            for row in csv.DictReader(stream)
        }


def commune(code: str) -> Commune | None:
    """The commune of a code; None when there is none."""
    return communes().get(code)


def plain_name(name: str) -> str:
    """A name without accents, case, kind and extra spaces: 'P. Tam  Thanh' and 'tam thanh' agree.

    Where the tone mark stands makes no difference: Hòa and Hoà.
    """
    bare = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter)).lower()
    bare = re.sub(r"^(tp|tt|p|x)\.\s*", "", bare.strip())
    bare = " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())
    return KINDS.sub("", bare)


def has_tones_of(name: str, of: Commune) -> bool:
    """Whether a name has the very accents of a commune's: Tân Thanh is not Tân Thành.

    Where in a syllable the tone mark stands makes no difference: Hòa and Hoà.
    """
    count = len(plain_name(of.name).split())
    return _syllables(name)[-count:] == _syllables(of.name)[-count:]


def has_no_tones(name: str) -> bool:
    """Whether a name was typed without any accent, its kind left aside: 'Xã Tan Thanh'."""
    count = len(plain_name(name).split())
    return all(not marks for _, marks in _syllables(name)[-count:])


def _syllables(name: str) -> list[tuple[str, str]]:
    """Bare letters and marks of each syllable."""
    found = []
    for syllable in re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold()):
        letters = unicodedata.normalize("NFD", syllable.replace("đ", "d\u0335"))
        marks = sorted(letter for letter in letters if unicodedata.combining(letter))
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        found.append((bare, "".join(marks)))
    return found


def is_name_of(name: str, of: Commune) -> bool:
    """Whether a name, however written, is that of a commune."""
    return plain_name(name) in (plain_name(of.name), plain_name(of.name_en))


@functools.cache
def _by_name() -> Mapping[str, list[Commune]]:
    found: dict[str, list[Commune]] = {}
    for each in communes().values():
        found.setdefault(plain_name(each.name), []).append(each)
    return found


def communes_like(name: str, most: int = 3) -> list[Commune]:
    """The communes of a name, else those with names like it, the most alike first."""
    names = _by_name()
    wanted = plain_name(name)
    alike = [wanted] if wanted in names else difflib.get_close_matches(wanted, names, most, 0.6)
    return [each for close in alike for each in names[close]][:most]


def codes_like(code: str, most: int = 3) -> list[Commune]:
    """The communes whose codes differ least from one that does not exist."""
    close = difflib.get_close_matches(code, communes(), most, 0.7)
    return [communes()[each] for each in close]


def position(lat: float, lon: float, of: Commune, outline: Outline | None = None) -> Position:
    """Where a place lies to a commune: to its outline where there is one, else to its box."""
    if outline is not None:
        return Position("outline", outline.km_outside(lat, lon))
    return Position("box", km_outside_box(lat, lon, of.west, of.south, of.east, of.north))


def is_in_province(lat: float, lon: float) -> bool:
    """Whether a place lies in the bounding box of all communes."""
    west, south, east, north = province_box()
    return south <= lat <= north and west <= lon <= east


@functools.cache
def province_box() -> tuple[float, float, float, float]:
    """West, south, east and north of all communes, WGS 84 degrees."""
    them = communes().values()
    return (
        min(each.west for each in them),
        min(each.south for each in them),
        max(each.east for each in them),
        max(each.north for each in them),
    )


def km_outside_box(
    lat: float, lon: float, west: float, south: float, east: float, north: float
) -> float:
    """How far a place lies outside a box of WGS 84 degrees, in kilometres; 0 inside."""
    north_km = max(south - lat, 0.0, lat - north) * KM_PER_DEGREE
    east_km = max(west - lon, 0.0, lon - east) * KM_PER_DEGREE * math.cos(math.radians(lat))
    return math.hypot(north_km, east_km)
