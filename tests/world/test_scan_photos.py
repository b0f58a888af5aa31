import numpy as np
import pytest

from tests.world.textured_room import Room, photographed, scanned
from vtour.schema.report import StageReport
from vtour.workspace import Workspace
from vtour.world.scan_frame import SeenTarget
from vtour.world.scan_photos import guess_from_targets, report_tie, tie_to_scans
from vtour.world.triangulate import MarkedPoint

TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


def marked(place):
    return MarkedPoint(np.array(place, float), 0.001, 0.3, [], [])


def test_a_guess_from_targets_in_photos_and_scans():
    places = {"a": [0, 0, 0], "b": [1, 0, 0], "c": [0, 2, 0], "d": [0, 0, 1.5]}
    seen = [
        SeenTarget(label, "s", 3.0 * TURN @ np.array(p, float) + [1, 1, 1])
        for label, p in places.items()
    ]

    marks = {label: marked(place) for label, place in places.items()}
    guess = guess_from_targets([*seen, SeenTarget("d", "other", np.zeros(3))], marks)

    assert guess.scan_from_sfm.scale == pytest.approx(3.0)
    np.testing.assert_allclose(guess.scan_from_sfm.translation, [1, 1, 1], atol=1e-9)
    assert guess_from_targets(seen, {"a": marked([0, 0, 0]), "b": marked([1, 0, 0])}) is None


def test_photos_of_the_captures_are_tied_and_measured(tmp_path, monkeypatch):
    site, report = photographed(Room(1)), StageReport(stage="world")
    scans = scanned(Room(1), tmp_path / "made")
    monkeypatch.setattr("vtour.world.scan_photos.image_reader", lambda *_: site.read)

    tie = tie_to_scans(Workspace(tmp_path), site.model, {}, scans, [], report)

    report_tie(tie, report)
    assert tie.scan_from_sfm.scale == pytest.approx(site.room_from_sfm.scale, rel=1e-3)
    assert report.measures["scan_to_photos"].value < 0.005
    assert report.details["scan_tie"]["by"] == "pictures"
    assert report.warnings == []


def test_scans_of_another_room_leave_a_warning(tmp_path, monkeypatch):
    site, report = photographed(Room(1)), StageReport(stage="world")
    scans = scanned(Room(2), tmp_path / "made")
    monkeypatch.setattr("vtour.world.scan_photos.image_reader", lambda *_: site.read)

    assert tie_to_scans(Workspace(tmp_path), site.model, {}, scans, [], report) is None
    assert "scan_to_photos" not in report.measures
    assert report.warnings[0].startswith("scans and photos are not tied to each other: ")
