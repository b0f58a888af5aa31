import numpy as np
import pytest

from tests.scan.scanned_rooms import (
    HALL,
    OTHER_HALL,
    errors,
    pose,
    read_registration,
    scan,
    work_of,
)
from vtour.errors import CaptureError
from vtour.frames import matrix_from_columns
from vtour.scan.register import RegisterOptions, register_stations
from vtour.schema.scans import PairStatus
from vtour.workspace import Workspace

POSES = [
    pose(2.0, 2.0, 1.6, 20.0, (0.4, -0.3)),
    pose(6.2, 5.8, 1.7, 140.0, (-0.2, 0.5)),
    pose(10.0, 2.5, 1.5, 265.0, (0.3, 0.1)),
]


@pytest.fixture(scope="module")
def clouds():
    return [scan(HALL, place, seed) for seed, place in enumerate(POSES)]


def register(tmp_path, clouds, told=None, options=None, **fields):
    work = work_of(tmp_path / "work", clouds, told, **fields)
    out = Workspace(tmp_path / "out")
    report = register_stations(work, out, options or RegisterOptions())
    return read_registration(out), report


def check_poses(registration, truth, metres=0.003, degrees=0.02):
    for station in registration.stations:
        found = matrix_from_columns(station.scan_from_station)
        expected = np.linalg.inv(truth[0]) @ truth[station.scan]
        far, turn = errors(found, expected)
        assert far < metres, station.id
        assert turn < degrees, station.id


@pytest.fixture(scope="module")
def loop(tmp_path_factory, clouds):
    return register(tmp_path_factory.mktemp("loop"), clouds)


def test_three_stations_in_a_loop_without_a_start(loop) -> None:
    registration, report = loop
    assert [station.id for station in registration.stations] == ["s1", "s2", "s3"]
    assert registration.stations[0].scan_from_station == np.eye(4).reshape(-1).tolist()
    check_poses(registration, POSES)
    assert len(registration.pairs) == 3
    assert all(pair.status is PairStatus.used for pair in registration.pairs)
    assert all(pair.residual_m < 0.003 for pair in registration.pairs)
    assert report.measures["stations_registered"].value == 3
    assert report.measures["registration_rmse"].value == pytest.approx(0.002, abs=0.001)
    assert report.warnings == []


def test_sigma_is_about_the_error(loop) -> None:
    registration, _ = loop
    for station in registration.stations[1:]:
        found = matrix_from_columns(station.scan_from_station)
        far, turn = errors(found, np.linalg.inv(POSES[0]) @ POSES[station.scan])
        assert 0.00003 < station.sigma_m < 0.003
        assert far < 5 * station.sigma_m
        assert turn < 5 * station.sigma_deg


def test_from_told_poses_and_a_wrong_one_is_found_out(tmp_path, clouds) -> None:
    wrong = pose(1.0, 7.5, 2.6, 171.0, (0.0, 4.0))
    registration, report = register(tmp_path, clouds, [POSES[0], wrong, POSES[2]])
    check_poses(registration, POSES)
    assert len(report.warnings) == 1
    assert report.warnings[0].startswith("s2: scans/hall.e57 puts it ")
    assert "its pose is not used" in report.warnings[0]


def test_a_turned_station_is_found_by_its_features(tmp_path, clouds) -> None:
    # On its side, so that no ground plan helps; the scanner's frame is turned with it.
    lain = pose(0, 0, 0, 0, (0.0, 85.0))
    side = (clouds[1] @ lain[:3, :3].T).astype(np.float32)
    registration, _ = register(tmp_path, [clouds[0], side])
    check_poses(registration, [POSES[0], POSES[1] @ np.linalg.inv(lain)])


def test_stations_that_do_not_overlap_are_named(tmp_path, clouds) -> None:
    elsewhere = scan(OTHER_HALL, pose(3.0, 6.0, 1.6, 75.0), 9)
    registration, report = register(tmp_path, [*clouds[:2], elsewhere])
    assert [station.id for station in registration.stations] == ["s1", "s2"]
    (left_out,) = registration.left_out
    assert left_out.id == "s3"
    assert left_out.reason.startswith("overlaps no other station")
    assert any(warning.startswith("s3: left out: overlaps no") for warning in report.warnings)
    check_poses(registration, POSES)


def test_told_poses_do_not_make_another_place_overlap(tmp_path, clouds) -> None:
    elsewhere = scan(OTHER_HALL, pose(3.0, 6.0, 1.6, 75.0), 9)
    registration, _ = register(tmp_path, [clouds[0], elsewhere], [POSES[0], POSES[1]])
    assert [station.id for station in registration.stations] == ["s1"]
    assert [one.id for one in registration.left_out] == ["s2"]
    assert all(pair.status is PairStatus.rejected and pair.reason for pair in registration.pairs)


def test_the_same_station_twice(tmp_path, clouds) -> None:
    registration, _ = register(tmp_path, [clouds[0], clouds[1], clouds[0]], POSES)
    assert [station.id for station in registration.stations] == ["s1", "s2"]
    (left_out,) = registration.left_out
    assert left_out.reason == "the same points as s1 (scans/hall.e57, scan 0) with another pose"


def test_one_station_is_the_scan(tmp_path, clouds) -> None:
    registration, report = register(tmp_path, clouds[:1])
    (station,) = registration.stations
    assert station.scan_from_station == np.eye(4).reshape(-1).tolist()
    assert station.sigma_m is None
    assert registration.pairs == registration.left_out == []
    assert report.warnings == []


def test_empty_stations_are_left_out_or_an_error(tmp_path, clouds) -> None:
    nothing = np.zeros((0, 3), np.float32)
    registration, _ = register(tmp_path / "some", [clouds[0], nothing])
    assert registration.left_out[0].reason == "0 points, expected 1,000 or more"
    with pytest.raises(CaptureError, match="none of 1 scans holds 1,000 points"):
        register(tmp_path / "none", [nothing])


def test_clouds_without_mirrors(tmp_path, clouds) -> None:
    told = [POSES[0], pose(6.3, 5.9, 1.6, 143.0)]
    registration, _ = register(tmp_path, clouds[:2], told, has_mirror=False)
    check_poses(registration, POSES, metres=0.006, degrees=0.05)


def test_same_inputs_same_bytes_at_any_number_of_threads(tmp_path, clouds) -> None:
    import threadpoolctl

    written = []
    for threads in (1, 2):
        with threadpoolctl.threadpool_limits(threads):
            register(tmp_path / str(threads), clouds[:2])
        written.append(
            (tmp_path / str(threads) / "out" / "scan" / "registration.json").read_bytes()
        )
    assert written[0] == written[1]
