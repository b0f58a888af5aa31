"""What report.html says of laser scans: stations, pairs, and a map of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from vtour.clouds.store import PointStore
from vtour.errors import InputError
from vtour.frames import FloatArray, matrix_from_columns
from vtour.report.maps import MOST_DOTS, Sheet, dots, furniture, sheet_around, svg_of
from vtour.schema.scans import Pair, PairStatus, PlacedStation, Registration, Station
from vtour.station_files import (
    read_placed_stations,
    read_registration,
    read_station_list,
)
from vtour.workspace import Workspace


@dataclass(frozen=True)
class StationRow:
    """A scan: what was read of it, and how it fits to the others; None where not registered."""

    station: Station
    placed: PlacedStation | None
    reason: str = ""


@dataclass(frozen=True)
class ScanParts:
    """Tables and the map of a site's scans."""

    rows: list[StationRow]
    pairs: list[Pair]
    map: str | None


def scan_parts(work: Workspace, *, north: bool) -> ScanParts | None:
    """None without scans; what cannot be read is said where it is used, not where it is shown."""
    try:
        listed = read_station_list(work.scan_list)
        placed = {one.id: one for one in read_placed_stations(work.stations)}
        registration = read_registration(work.registration)
        drawing = station_map(work, placed, registration, north=north)
    except InputError:
        return None
    if not listed:
        return None
    reasons = {one.id: one.reason for one in registration.left_out}
    rows = [StationRow(one, placed.get(one.id), reasons.get(one.id, "")) for one in listed]
    return ScanParts(rows, registration.pairs, drawing)


def station_map(
    work: Workspace, placed: dict[str, PlacedStation], registration: Registration, *, north: bool
) -> str | None:
    """Stations over the merged scan from above, lines between those that were laid onto each other.

    Full lines were used, dashed ones rejected.
    """
    if not placed or not work.scan_cloud.is_dir():
        return None
    xyz = PointStore.open(work.scan_cloud).column("xyz")
    points = np.asarray(xyz[:: max(1, len(xyz) // MOST_DOTS)], np.float64)
    mirrors = {
        name: matrix_from_columns(one.world_from_station)[:3, 3] for name, one in placed.items()
    }
    stands = np.array(list(mirrors.values()))
    sheet = sheet_around(stands, points)
    lines = [
        _line(sheet, pair, mirrors)
        for pair in registration.pairs
        if pair.a in mirrors and pair.b in mirrors
    ]
    discs = [_disc(sheet, name, place) for name, place in mirrors.items()]
    label = f"{len(mirrors)} stations over the points of the scan, from above"
    parts: Sequence[str] = [
        dots(sheet, points),
        *lines,
        *discs,
        *furniture(sheet, metric=True, north=north),
    ]
    return svg_of(sheet, label, parts)


def _line(sheet: Sheet, pair: Pair, mirrors: dict[str, FloatArray]) -> str:
    (x0, y0), (x1, y1) = sheet.pixel(mirrors[pair.a]), sheet.pixel(mirrors[pair.b])
    kind = "tie" if pair.status is PairStatus.used else "tie rejected"
    title = f"{pair.a} and {pair.b}: {1000 * pair.rmse_m:.1f} mm, overlap {pair.overlap:.0%}"
    line = f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"/>'
    return f'<g class="{kind}"><title>{escape(title)}</title>{line}</g>'


def _disc(sheet: Sheet, name: str, place: FloatArray) -> str:
    x, y = sheet.pixel(place)
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    text = f'<text x="{x + 7:.1f}" y="{y + 4:.1f}">{escape(name)}</text>'
    return f'<g class="station"><title>{escape(name)}</title>{shape}{text}</g>'
