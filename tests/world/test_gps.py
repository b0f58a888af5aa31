"""Positions of cameras: right ones, wrong ones, and ones that carry no world."""

import json

import numpy as np
import pytest

from tests.world.solved_photos import ANCHOR, ring_centres, write_work
from vtour.frames import geodetic_from_enu, world_from_enu
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.solve import solve_world

CENTRES = ring_centres(12, radius=30.0)
SITE = {"site.yaml": "id: ring\nanchor: {lat: 21.85, lon: 106.75, height_m: 260.0}\n"}


def fixes_of(centres, noise_m=0.0):
    noise = np.random.default_rng(1).normal(0, 1, centres.shape) * noise_m
    places = [geodetic_from_enu(place, ANCHOR) for place in centres + noise]
    return dict(enumerate(places, start=1))


def solve(tmp_path, fixes, centres=CENTRES, texts=SITE):
    work = write_work(tmp_path, centres, fixes, texts)
    out = Workspace(tmp_path / "out", work.captures)
    report = solve_world(work, out)
    return json.loads(out.world.read_text()), report, SparseModel.read(out.sparse).centres_in_sfm


def test_exact_positions_give_the_world(tmp_path):
    world, report, centres = solve(tmp_path, fixes_of(CENTRES))
    assert (world["scale_source"], world["north"]) == ("gps", "true")
    assert centres == pytest.approx(world_from_enu(CENTRES), abs=1e-3)
    assert report.measures["gps_residual"].value < 1e-3


def test_noise_shows_in_the_residual_and_the_sigma(tmp_path):
    world, report, centres = solve(tmp_path, fixes_of(CENTRES, noise_m=1.0))
    # 36 normal numbers of sigma 1 m, 7 of them fitted: sqrt(29 / 12) = 1.55 m in 3D
    assert report.measures["gps_residual"].value == pytest.approx(1.55, abs=0.5)
    # noise 1 m over a spread of 30 m * sqrt(12) = 104 m
    assert world["scale_sigma"] == pytest.approx(0.0096, rel=0.5)
    assert np.linalg.norm(centres - world_from_enu(CENTRES), axis=1).max() < 2.0


def test_a_position_10_km_off_is_named_and_left_out(tmp_path):
    fixes = fixes_of(CENTRES)
    lat, lon, height = fixes[4]
    fixes[4] = (lat + 0.09, lon, height)
    _, report, centres = solve(tmp_path, fixes)
    assert [w for w in report.warnings if w.startswith("photos/04.jpg: its GPS position is off")]
    assert centres == pytest.approx(world_from_enu(CENTRES), abs=0.05)


def test_swapped_latitude_and_longitude_are_not_used(tmp_path):
    places = [geodetic_from_enu(c, (21.85, 66.75, 260.0)) for c in CENTRES]
    fixes = {n: (lon, lat, height) for n, (lat, lon, height) in enumerate(places, 1)}
    world, report, _ = solve(tmp_path, fixes, texts=None)
    assert world["scale"] == "unknown"
    assert report.warnings


def test_positions_on_a_line_leave_up_to_the_cameras(tmp_path):
    centres = np.stack([np.linspace(-30, 30, 9), np.full(9, -20.0), np.full(9, 1.6)], axis=1)
    world, _, found = solve(tmp_path, fixes_of(centres), centres)
    assert world["up"] == "assumed"
    assert found == pytest.approx(world_from_enu(centres), abs=0.05)


def test_identical_positions_carry_no_scale(tmp_path):
    place = geodetic_from_enu((0.0, 0.0, 0.0), ANCHOR)
    world, report, _ = solve(tmp_path, dict.fromkeys(range(1, 13), place))
    assert world["scale"] == "unknown"
    assert any(text.startswith("GPS: ") for text in report.warnings)
    assert not {"gps_residual", "scale_sigma"} & set(report.measures)
    assert report.details["gps_not_used"]["positions"] == 12


def test_heights_that_are_not_known_are_not_needed(tmp_path):
    fixes = {n: (lat, lon, None) for n, (lat, lon, _) in fixes_of(CENTRES).items()}
    world, _, centres = solve(tmp_path, fixes, texts=None)
    assert world["scale_source"] == "gps"
    assert "not measured" in world["anchor"]["datum"]
    pairs = world_from_enu(CENTRES)
    spread = np.linalg.norm(centres - centres.mean(axis=0), axis=1)
    assert spread == pytest.approx(np.linalg.norm(pairs - pairs.mean(axis=0), axis=1), rel=1e-3)


def test_two_positions_are_too_few(tmp_path):
    few = {n: fix for n, fix in fixes_of(CENTRES).items() if n < 3}
    world, report, _ = solve(tmp_path, few)
    assert world["scale"] == "unknown"
    assert report.warnings == ["GPS: 2 photos with a position, expected 3 or more: not used"]


def test_positions_worse_than_they_claim_are_not_outliers(tmp_path):
    """Sigma 1 m was written; noise is 2.5 m: its length goes beyond 4 m for every other fix."""
    centres = ring_centres(24, radius=30.0)
    world, report, _ = solve(tmp_path, fixes_of(centres, noise_m=2.5), centres)
    assert world["scale_source"] == "gps"
    assert report.measures["gps_residual"].n >= 22


def test_positions_that_have_nothing_to_do_with_the_cameras_are_not_used(tmp_path):
    rng = np.random.default_rng(3)
    fixes = fixes_of(rng.normal(0, 30, CENTRES.shape))
    world, report, _ = solve(tmp_path, fixes, texts=None)
    assert world["scale"] == "unknown"
    assert "positions agree with the cameras" in report.warnings[0]


def test_swapped_latitude_and_longitude_are_told_by_the_anchor(tmp_path):
    """A site at 40 east: both orders are places on Earth."""
    anchor = (21.85, 40.0, 260.0)
    places = [geodetic_from_enu(c, anchor) for c in CENTRES]
    fixes = {n: (lon, lat, height) for n, (lat, lon, height) in enumerate(places, 1)}
    site = {"site.yaml": SITE["site.yaml"].replace("106.75", "40.0")}
    world, report, _ = solve(tmp_path, fixes, texts=site)
    assert world["scale"] == "unknown"
    assert report.warnings == [
        "GPS: latitude and longitude are swapped in the photos, by the anchor of site.yaml: "
        "not used"
    ]


def test_an_anchor_far_from_the_photos_is_told_and_not_used(tmp_path):
    site = {"site.yaml": SITE["site.yaml"].replace("21.85", "12.85")}
    world, report, _ = solve(tmp_path, fixes_of(CENTRES), texts=site)
    assert world["anchor"]["lat"] == pytest.approx(21.85, abs=1e-3)
    told = "site.yaml: its anchor is 1,001 km from the GPS positions of the photos: not used"
    assert report.warnings == [told]


def test_every_position_is_in_the_details(tmp_path):
    fixes = fixes_of(CENTRES)
    lat, lon, height = fixes[4]
    fixes[4] = (lat + 0.09, lon, height)
    _, report, _ = solve(tmp_path, fixes)
    found = report.details["gps_positions"]
    assert found["photos/01.jpg"] == {"inside": True, "off_m": pytest.approx(0, abs=0.05)}
    assert found["photos/04.jpg"] == {"inside": False, "off_m": pytest.approx(9967, abs=20)}
