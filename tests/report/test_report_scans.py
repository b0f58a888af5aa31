"""The scans' part of report.html: who was registered, the pairs, the map."""

import re

import numpy as np
import pytest

from vtour.clouds.store import write_store
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.report.maps import MARGIN, WIDTH
from vtour.report.scans import scan_parts
from vtour.schema.scans import (
    LeftOut,
    Pair,
    PlacedStation,
    PlacedStations,
    RegisteredStation,
    Registration,
    Station,
    StationList,
)
from vtour.workspace import Workspace

PLACES = {"gate": [0.0, 1.5, 0.0], "hall": [10.0, 1.5, 10.0]}
IDENTITY = columns_from_matrix(np.eye(4))


def pose(place):
    matrix = np.eye(4)
    matrix[:3, 3] = place
    return columns_from_matrix(matrix)


@pytest.fixture
def work(tmp_path):
    """Two stations at the corners of a square of 10 m, a third that overlaps nothing."""
    work = Workspace(tmp_path)
    names = [*PLACES, "lost"]
    box = {"bounds_min": [0, 0, 0], "bounds_max": [1, 1, 1], "has_mirror": True, "points": 9}
    stations = [Station(id=name, file=f"scans/{name}.e57", scan=0, **box) for name in names]
    write_json(work.scan_list, StationList(stations=stations).to_json())
    placed = [
        PlacedStation(id=name, file=f"scans/{name}.e57", scan=0, world_from_station=pose(place))
        for name, place in PLACES.items()
    ]
    write_json(work.stations, PlacedStations(stations=placed).to_json())
    tie = {"a_from_b": IDENTITY, "rmse_m": 0.002, "overlap": 0.4}
    pairs = [
        Pair(a="gate", b="hall", **tie),
        Pair(a="gate", b="lost", status="rejected", reason="seen through", **tie),
    ]
    registered = [
        RegisteredStation(id=n, file=f"scans/{n}.e57", scan=0, scan_from_station=IDENTITY)
        for n in PLACES
    ]
    out = [LeftOut(id="lost", reason="overlaps no other station")]
    value = Registration(stations=registered, pairs=pairs, left_out=out)
    write_json(work.registration, value.to_json())
    corners = np.array([[0, 0, 0], [10, 0, 0], [0, 0, 10], [10, 0, 10]], np.float32)
    write_store(work.scan_cloud, {"xyz": corners})
    return work


def test_every_station_has_a_row_and_those_left_out_their_reason(work):
    parts = scan_parts(work, north=True)
    told = [(row.station.id, row.placed is not None, row.reason) for row in parts.rows]
    expected = [
        ("gate", True, ""),
        ("hall", True, ""),
        ("lost", False, "overlaps no other station"),
    ]
    assert told == expected
    assert [pair.b for pair in parts.pairs] == ["hall", "lost"]


def test_the_map_shows_stations_where_they_stand_and_the_pairs_between(work):
    drawing = scan_parts(work, north=True).map
    discs = re.findall(r"<title>(\w+)</title><circle cx=\"([\d.]+)\" cy=\"([\d.]+)\"", drawing)
    places = {name: (float(x), float(y)) for name, x, y in discs}
    low, high = MARGIN, WIDTH - MARGIN
    assert places["gate"] == pytest.approx((low, low), abs=12)  # the outermost points count less
    assert places["hall"] == pytest.approx((high, high), abs=12)
    assert "gate and hall: 2.0 mm, overlap 40%" in drawing
    assert "lost" not in drawing


def test_without_scans_there_is_no_part(tmp_path):
    assert scan_parts(Workspace(tmp_path), north=True) is None


@pytest.mark.parametrize("name", ["scan/registration.json", "scan/raw.json", "scan/cloud/xyz.npy"])
def test_a_damaged_file_is_not_shown(work, name):
    (work.root / name).write_text("{")
    assert scan_parts(work, north=True) is None
