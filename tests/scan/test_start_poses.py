"""Targets as a start: how far they may be off, and which stations they name."""

import numpy as np
import pytest

from tests.scan.scanned_rooms import pose, work_of
from vtour.files import write_json
from vtour.scan.register import REGISTER_DEFAULTS, read_station_targets, starts_of
from vtour.scan.registration.start_poses import pose_from_targets
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.station_files import read_station_list
from vtour.workspace import Workspace

A_FROM_B = pose(3.0, -2.0, 0.4, 35.0, (1.0, -2.0))
IN_B = np.array([[0.0, 0, 0], [8, 0, 1], [0, 6, 2], [7, 5, 0], [3, 9, 1]])


def seen_in_a(off_m=0.0):
    """The targets in a, the last one off by so much along x."""
    in_a = IN_B @ A_FROM_B[:3, :3].T + A_FROM_B[:3, 3]
    in_a[-1, 0] += off_m
    return in_a


def test_exact_targets_give_the_pose() -> None:
    found, off, used = pose_from_targets(seen_in_a(), IN_B, 0.02)
    assert found == pytest.approx(A_FROM_B, abs=1e-9)
    assert off.max() < 1e-9
    assert used.all()


def test_the_tolerance_tells_which_target_is_left_out() -> None:
    found, off, used = pose_from_targets(seen_in_a(0.1), IN_B, 0.02)
    assert used.tolist() == [True, True, True, True, False]
    assert found == pytest.approx(A_FROM_B, abs=1e-9)
    assert off[-1] == pytest.approx(0.1)
    _, _, used = pose_from_targets(seen_in_a(0.1), IN_B, 0.2)
    assert used.all()


def test_targets_that_do_not_fit_or_lie_on_a_line_are_no_start() -> None:
    far = seen_in_a()
    far[:3] += np.array([[0, 0, 0], [0, 0.5, 0], [0, 0, -0.7]])
    assert pose_from_targets(far[:3], IN_B[:3], 0.02) is None
    on_a_line = np.array([[0.0, 0, 0], [1, 0, 0], [5, 0, 0.01]])
    assert pose_from_targets(on_a_line, on_a_line, 0.02) is None
    assert pose_from_targets(seen_in_a()[:2], IN_B[:2], 0.02) is None


def test_the_stage_asks_its_own_tolerance_and_names_what_it_leaves_out(tmp_path) -> None:
    stations = read_station_list(work_of(tmp_path, [np.ones((9, 3))] * 2).scan_list)
    in_a = seen_in_a(0.1)
    targets = {
        "s1": {f"p{n}": in_a[n] for n in range(5)},
        "s2": {f"p{n}": IN_B[n] for n in range(5)},
    }
    report = StageReport(stage="register")
    (start,) = starts_of(stations, targets, REGISTER_DEFAULTS, report)[0, 1]
    assert start.how == "targets"
    assert start.reach_m == pytest.approx(0.04)
    assert report.warnings == ["target p4 is off by 100 mm between s1 and s2: left out"]


def test_stations_are_told_by_id_or_name_and_others_are_named(tmp_path) -> None:
    captures = tmp_path / "captures"
    captures.mkdir()
    (captures / "targets.csv").write_text(
        "label,station,x,y,z\np1,s1,1,2,3\np1,North hall,4,5,6\np1,s9,7,8,9\n"
    )
    work = work_of(tmp_path / "work", [np.ones((9, 3))] * 2)
    file = CaptureFile(
        path="targets.csv", kind=FileKind.targets, status=FileStatus.used, bytes=1, sha256=""
    )
    write_json(work.inventory, Inventory(site_id="hall", layout="standard", files=[file]).to_json())
    stations = read_station_list(work.scan_list)
    stations[1].name = "North hall"
    report = StageReport(stage="register")
    found = read_station_targets(Workspace(work.root, captures), stations, report)
    assert {name: places["p1"].tolist() for name, places in found.items()} == {
        "s1": [1, 2, 3],
        "s2": [4, 5, 6],
    }
    assert report.warnings == [
        "targets.csv: s9: no station has this id or name, its targets are left out"
    ]
