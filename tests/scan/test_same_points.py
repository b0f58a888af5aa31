"""A copy of a station with other bytes: thinned, or in another frame."""

import numpy as np
import pytest

from tests.scan.scanned_rooms import HALL, pose, read_registration, scan, work_of
from vtour.scan.register import register_stations
from vtour.scan.registration.same_station import holds_points
from vtour.station_files import read_station_list
from vtour.workspace import Workspace

HERE = pose(2.0, 2.0, 1.6, 20.0, (0.4, -0.3))
MOVED = pose(30.0, 20.0, 1.0, 37.0)
BACK = np.linalg.inv(MOVED)


@pytest.fixture(scope="module")
def cloud():
    return scan(HALL, HERE)


def copied(cloud, a_from_b=BACK):
    """Every other point, in another frame."""
    there = np.linalg.inv(a_from_b)
    return (cloud[::2] @ there[:3, :3].T + there[:3, 3]).astype(np.float32)


def test_points_of_another_scan_of_the_place_are_others(tmp_path, cloud) -> None:
    again = scan(HALL, HERE, seed=5)
    work = work_of(tmp_path, [cloud, copied(cloud), again])
    first, copy, other = read_station_list(work.scan_list)
    assert holds_points(work, first, copy, BACK)
    assert not holds_points(work, first, other, np.eye(4))


@pytest.mark.parametrize("has_mirror", [True, False])
def test_a_thinned_copy_is_left_out_or_said(tmp_path, cloud, has_mirror) -> None:
    a_from_b = pose(0, 0, 0, 37.0) if has_mirror else BACK
    told = [HERE, HERE @ a_from_b]
    work = work_of(tmp_path / "work", [cloud, copied(cloud, a_from_b)], told, has_mirror=has_mirror)
    out = Workspace(tmp_path / "out")
    report = register_stations(work, out)
    registration = read_registration(out)
    if has_mirror:
        (left_out,) = registration.left_out
        assert left_out.id == "s2"
        assert left_out.reason == "the same points as s1 (scans/hall.e57, scan 0), from one place"
        assert [station.id for station in registration.stations] == ["s1"]
    else:
        assert len(registration.stations) == 2
        assert report.warnings == [
            "s1 (scans/hall.e57, scan 0) holds the points of s2 (scans/hall.e57, scan 1): "
            "they count twice"
        ]
