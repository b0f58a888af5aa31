import numpy as np
import pytest

from tests.world.textured_room import Room, photographed, scanned
from vtour.clouds.store import write_store
from vtour.errors import InputError
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.schema.report import StageReport
from vtour.schema.scans import RegisteredStation, Registration, Station, StationList
from vtour.schema.world import Anchor
from vtour.workspace import Workspace
from vtour.world.scans import (
    guess_from_targets,
    guess_from_world,
    read_scans,
    tie_to_scans,
)
from vtour.world.similarity import Similarity
from vtour.world.triangulate import MarkedPoint

ANCHOR = (21.8556, 106.7468, 265.0)
TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def station(name, **more):
    return Station(
        id=name, file="scans/a.e57", scan=0, points=5, has_mirror=True,
        bounds_min=(0, 0, 0), bounds_max=(1, 1, 1), **more,
    )  # fmt: skip


def pose_of(rotation, shift):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, shift
    return pose


def test_a_guess_from_the_crs_of_a_scan():
    """The model is ENU halved; the file's ENU is the same; the station stands 5 m east, turned."""
    enu_from_sfm = Similarity(2.0, np.eye(3), np.zeros(3))
    file_from_station = pose_of(TURN, [5.0, 0, 0])
    lat, lon, height = ANCHOR
    anchor = Anchor(lat=lat, lon=lon, height_m=height, datum="WGS 84 ellipsoid")
    placed = station(
        "a", file_from_station=columns_from_matrix(file_from_station), enu_anchor=anchor
    )

    guess = guess_from_world(enu_from_sfm, ANCHOR, placed, np.eye(4))

    np.testing.assert_allclose(guess.scan_from_sfm.apply(np.array([2.5, 0, 0])), 0, atol=1e-6)
    np.testing.assert_allclose(
        guess.scan_from_sfm.apply(np.array([3.5, 0, 0])), [0, -2, 0], atol=1e-6
    )
    assert guess_from_world(enu_from_sfm, ANCHOR, station("a"), np.eye(4)) is None


def marked(place):
    return MarkedPoint(np.array(place, float), 0.001, 0.3, [], [])


def test_a_guess_from_targets_in_photos_and_scans():
    places = {"a": [0, 0, 0], "b": [1, 0, 0], "c": [0, 2, 0], "d": [0, 0, 1.5]}
    in_scan = {label: 3.0 * TURN @ np.array(p, float) + [1, 1, 1] for label, p in places.items()}

    guess = guess_from_targets(in_scan, {label: marked(p) for label, p in places.items()})

    assert guess.scan_from_sfm.scale == pytest.approx(3.0)
    np.testing.assert_allclose(guess.scan_from_sfm.translation, [1, 1, 1], atol=1e-9)
    assert guess_from_targets(in_scan, {"a": marked([0, 0, 0]), "b": marked([1, 0, 0])}) is None


def test_a_missing_or_damaged_registration_is_named(tmp_path):
    work = Workspace(tmp_path)

    with pytest.raises(InputError, match=r"registration\.json: not found"):
        read_scans(work)
    work.registration.parent.mkdir()
    work.registration.write_text("{")
    with pytest.raises(InputError, match=r"registration\.json: damaged"):
        read_scans(work)


def written(work, scans):
    """Scans as the stages before the world leave them."""
    names = [f"s{number}" for number in range(len(scans.poses))]
    for name, store in zip(names, scans.stores, strict=True):
        write_store(work.raw_scan(name), {one: store.column(one) for one in store.columns})
    registered = [
        RegisteredStation(
            id=name, file="scans/a.e57", scan=n, scan_from_station=columns_from_matrix(pose)
        )
        for n, (name, pose) in enumerate(zip(names, scans.poses, strict=True))
    ]
    write_json(work.registration, Registration(stations=registered).to_json())
    write_json(work.scan_list, StationList(stations=[station(name) for name in names]).to_json())


def test_photos_of_the_captures_are_tied_and_measured(tmp_path, monkeypatch):
    work, site, report = Workspace(tmp_path), photographed(Room(1)), StageReport(stage="world")
    written(work, scanned(Room(1), tmp_path / "made"))
    monkeypatch.setattr("vtour.world.scans.image_reader", lambda *_: site.read)

    tie = tie_to_scans(work, site.model, {}, [], report)

    assert tie.scan_from_sfm.scale == pytest.approx(site.room_from_sfm.scale, rel=1e-3)
    assert report.measures["scan_to_photos"].value < 0.005
    assert report.details["scan_tie"]["by"] == "pictures"
    assert report.warnings == []


def test_scans_of_another_room_leave_a_warning(tmp_path, monkeypatch):
    work, site, report = Workspace(tmp_path), photographed(Room(1)), StageReport(stage="world")
    written(work, scanned(Room(2), tmp_path / "made"))
    monkeypatch.setattr("vtour.world.scans.image_reader", lambda *_: site.read)

    assert tie_to_scans(work, site.model, {}, [], report) is None
    assert "scan_to_photos" not in report.measures
    assert report.warnings[0].startswith("scans and photos are not tied to each other: ")
