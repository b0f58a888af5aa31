"""Scenes that leave a direction free: a pose along it comes from what was told, or from nothing."""

import numpy as np
import pytest

from tests.scan import scanned_rooms
from tests.scan.scanned_rooms import (
    CORRIDOR,
    errors,
    pose,
    read_registration,
    scan_within,
    work_of,
)
from vtour.frames import matrix_from_columns
from vtour.scan.register import register_stations
from vtour.scan.registration.fine import PlaneFit
from vtour.workspace import Workspace

POSES = [pose(0, 0, 1.6, 10.0, (0.3, -0.2)), pose(3.0, 0.4, 1.7, 120.0, (-0.2, 0.4))]


def registered(tmp_path, told):
    clouds = [scan_within(CORRIDOR, place, 15.0, seed) for seed, place in enumerate(POSES)]
    out = Workspace(tmp_path / "out")
    report = register_stations(work_of(tmp_path / "work", clouds, told), out)
    return read_registration(out), report


def test_along_a_corridor_a_station_is_held_where_its_file_puts_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(scanned_rooms, "ROWS", 200)
    monkeypatch.setattr(scanned_rooms, "COLUMNS", 480)
    # 0.7 m along the corridor, 0.1 m across, and a degree: all but the first is mended.
    told = [POSES[0], pose(3.7, 0.5, 1.7, 121.0, (-0.2, 0.4))]
    registration, report = registered(tmp_path, told)
    station = registration.stations[1]
    found = POSES[0] @ matrix_from_columns(station.scan_from_station)
    assert found[:3, 3] == pytest.approx([3.7, 0.4, 1.7], abs=0.01)
    assert errors(found, POSES[1])[1] < 0.02
    assert station.sigma_m == pytest.approx(1.0, abs=0.01)
    assert station.sigma_deg < 0.01
    (warning,) = report.warnings
    assert warning.startswith("s1 and s2: nothing that both see tells how far they are shifted")
    assert warning.endswith("held where their files' poses put them, to about 1 m")


def test_in_a_corridor_without_a_start_a_station_is_left_out(tmp_path) -> None:
    registration, _ = registered(tmp_path, None)
    (left_out,) = registration.left_out
    assert left_out.id == "s2"
    assert "how it lies to s1 is " in left_out.reason


def corridor_fit(shift_m, turn_rad=0.0):
    """Matches that hold everything about (1, 2, 3) but a shift along x, the start at no shift."""
    place = np.eye(4)
    place[:2, :2] = [
        [np.cos(turn_rad), -np.sin(turn_rad)],
        [np.sin(turn_rad), np.cos(turn_rad)],
    ]
    centre = np.array([1.0, 2.0, 3.0])
    place[:3, 3] = centre - place[:3, :3] @ centre + shift_m
    normal = np.diag([400.0, 400.0, 400.0, 0.001, 100.0, 100.0])
    return PlaneFit(place, 0.002, 200, normal, centre, 2.0)


def test_a_fit_is_held_along_what_it_leaves_free_only() -> None:
    found = corridor_fit([0.7, 0.1, -0.2], 0.02)
    held = found.held_at(np.eye(4))
    assert held == pytest.approx(corridor_fit([0.0, 0.1, -0.2], 0.02).a_from_b, abs=1e-12)
    assert found.is_free


def test_what_is_told_of_free_directions_is_the_reach_of_the_start() -> None:
    # 400 and 100 matches' worth of 0.01 m; the free one 0.5 m, or nothing.
    found = corridor_fit([0.0, 0.0, 0.0]).information(0.01, 0.5)
    assert np.diag(found) == pytest.approx([4e6, 4e6, 4e6, 4.0, 1e6, 1e6])
    assert corridor_fit([0.0, 0.0, 0.0]).information(0.01, np.inf)[3, 3] == 0
