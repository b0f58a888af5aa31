"""Photos and registered scans of one site through ``solve_world``; the tie itself is given."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.world.solved_photos import ANCHOR, SFM_FROM_ENU, write_work
from tests.world.test_control import CENTRES, POINTS, SITE, control_text, marks_text
from tests.world.test_scale_bars import bars_text
from vtour.clouds.store import write_store
from vtour.files import write_json
from vtour.frames import (
    columns_from_matrix,
    geodetic_from_enu,
    matrix_from_columns,
    transform_points,
    world_from_enu,
)
from vtour.schema.scans import RegisteredStation, Registration, Station, StationList
from vtour.workspace import Workspace
from vtour.world import solve as stage
from vtour.world.model import SparseModel
from vtour.world.scan_tie import ScanTie
from vtour.world.scans import chained, inverse
from vtour.world.similarity import Similarity

ENU_FROM_A = Similarity(
    1.0, Rotation.from_euler("ZYX", [40, 2, -1], degrees=True).as_matrix(), np.array([3.0, 4, 1.5])
)
A_FROM_B = Similarity(
    1.0, Rotation.from_euler("Z", 100, degrees=True).as_matrix(), np.array([6.0, -2, 0.1])
)
SCAN_FROM_SFM = chained(inverse(ENU_FROM_A), inverse(SFM_FROM_ENU))
FIXES = {number: geodetic_from_enu(one, ANCHOR) for number, one in enumerate(CENTRES, start=1)}


def add_scans(work, **told):
    """Two stations over flat ground, of which the first names what is ``told``."""
    ground = np.random.default_rng(4).uniform(-10, 10, (400, 3)) * [1, 1, 0]
    listed, registered = [], []
    for name, scan_from_station in (("a", np.eye(4)), ("b", A_FROM_B.matrix)):
        points = transform_points(np.linalg.inv(ENU_FROM_A.matrix @ scan_from_station), ground)
        write_store(work.raw_scan(name), {"xyz": points.astype(np.float32)})
        file = f"scans/{name}.e57"
        box = {"bounds_min": points.min(0).tolist(), "bounds_max": points.max(0).tolist()}
        more = {"has_mirror": True} | (told if name == "a" else {})
        listed.append(Station(id=name, file=file, scan=0, points=400, **box, **more))
        pose = columns_from_matrix(scan_from_station)
        registered.append(RegisteredStation(id=name, file=file, scan=0, scan_from_station=pose))
    write_json(work.scan_list, StationList(stations=listed).to_json())
    write_json(work.registration, Registration(stations=registered).to_json())


def solve(tmp_path, monkeypatch, texts, fixes=None, scale=1.0, tied=True, **told):
    """The world, its report and folder, when the tie says ``scale`` times the true size."""
    work = write_work(tmp_path, CENTRES, fixes, texts)
    add_scans(work, **told)
    fit = Similarity(
        scale * SCAN_FROM_SFM.scale, SCAN_FROM_SFM.rotation, scale * SCAN_FROM_SFM.translation
    )
    tie = ScanTie(fit, 1e-4, 1e-4, 0.002, 0.004, 60, 100, 80, 0.9, 0.1, 0.0)
    monkeypatch.setattr(stage, "tie_to_scans", lambda *_: tie if tied else None)
    out = Workspace(tmp_path / "out", work.captures)
    report = stage.solve_world(work, out)
    return json.loads(out.world.read_text()), report, out


def poses_of(out):
    stations = json.loads(out.stations.read_text())["stations"]
    return {one["id"]: matrix_from_columns(one["world_from_station"]) for one in stations}


def surveyed(control=None, **more):
    texts = {"control.csv": control or control_text(), "marks.csv": marks_text()}
    return texts | {"site.yaml": SITE} | more


def test_stations_stand_in_the_world_of_the_photos(tmp_path, monkeypatch):
    world, report, out = solve(tmp_path, monkeypatch, surveyed())

    assert (world["scale_source"], world["north"]) == ("scan", "true")
    assert world["scan_tied"] is True
    poses = poses_of(out)
    mirror_b = ENU_FROM_A.apply(A_FROM_B.translation)
    np.testing.assert_allclose(poses["a"][:3, 3], world_from_enu(ENU_FROM_A.translation), atol=1e-4)
    np.testing.assert_allclose(poses["b"][:3, 3], world_from_enu(mirror_b), atol=1e-4)
    np.testing.assert_allclose(matrix_from_columns(world["world_from_scan"]), poses["a"], atol=1e-9)
    centres = SparseModel.read(out.sparse).centres_in_sfm
    np.testing.assert_allclose(centres, world_from_enu(CENTRES), atol=1e-3)
    assert report.measures["scan_to_photos"].value == 0.004


def test_a_scan_in_feet_gives_way_to_control_points(tmp_path, monkeypatch):
    world, report, out = solve(tmp_path, monkeypatch, surveyed(), scale=1 / 0.3048)

    assert world["scale_source"] == "control"
    assert "world_from_scan" not in world
    assert not out.stations.exists()
    said = "scans: left out, they are 3.281 times as large as by control points"
    assert any(text.startswith(said) for text in report.warnings)
    assert "scan_to_photos" not in report.measures


def test_a_scan_in_feet_gives_way_to_scale_bars(tmp_path, monkeypatch):
    texts = {"scalebars.csv": bars_text(("A", "B", 0), ("C", "D", 0)), "marks.csv": marks_text()}
    world, report, _ = solve(tmp_path, monkeypatch, texts, scale=1 / 0.3048)

    assert world["scale_source"] == "scale_bars"
    assert any("3.281 times as large as by scale bars" in text for text in report.warnings)


def test_residuals_are_those_of_the_final_world(tmp_path, monkeypatch):
    """Half a per cent of the distance from the middle of A to D, which stays."""
    bars = {"scalebars.csv": bars_text(("A", "B", 0))}
    _, report, _ = solve(tmp_path, monkeypatch, surveyed(**bars), scale=1.005)

    places = {label: np.array(POINTS[label]) for label in "ABCDE"}
    middle = np.mean([places[label] for label in "ABCD"], axis=0)
    off = {label: 0.005 * np.linalg.norm(place - middle) for label, place in places.items()}
    rms = np.sqrt(np.mean([off[label] ** 2 for label in "ABCD"]))
    assert report.measures["control_residual"].value == pytest.approx(rms, rel=1e-2)
    assert report.measures["check_residual"].value == pytest.approx(off["E"], rel=1e-2)
    length = np.linalg.norm(places["A"] - places["B"])
    assert report.measures["scale_bar_residual"].value == pytest.approx(0.005 * length, rel=1e-2)
    east = report.details["control"]["E"]["east_north_up_m"][0]
    assert east == pytest.approx(0.005 * (places["E"] - middle)[0], abs=2e-4)


def test_residuals_in_a_crs_are_those_of_the_final_world(tmp_path, monkeypatch):
    places = {}
    for label, point in POINTS.items():
        lat, lon, height = geodetic_from_enu(np.array(point), ANCHOR)
        places[label] = (lon, lat, height)
    control = control_text(places, "# crs: EPSG:4326, height: ellipsoidal")
    _, report, _ = solve(tmp_path, monkeypatch, surveyed(control), scale=1.005)

    point = {label: np.array(POINTS[label]) for label in "ABCDE"}
    middle = np.mean([point[label] for label in "ABCD"], axis=0)
    off = 0.005 * np.linalg.norm(point["E"] - middle)
    assert report.measures["check_residual"].value == pytest.approx(off, rel=2e-2)


def test_positions_are_measured_in_the_final_world(tmp_path, monkeypatch):
    _, report, _ = solve(tmp_path, monkeypatch, {"site.yaml": SITE}, FIXES, scale=1.005)

    off = 0.005 * np.linalg.norm(CENTRES - CENTRES.mean(axis=0), axis=1)
    rms = float(np.sqrt((off**2).mean()))
    assert report.measures["gps_residual"].value == pytest.approx(rms, rel=0.02)
    told = report.details["gps_positions"]["photos/01.jpg"]["off_m"]
    assert told == pytest.approx(off[0], abs=2e-3)


def crs(shift=(0.0, 0, 0)):
    """What a file with a CRS tells of station a, so far off."""
    pose = ENU_FROM_A.matrix.copy()
    pose[:3, 3] += shift
    anchor = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": ANCHOR[2]}
    return {"file_from_station": columns_from_matrix(pose), "enu_anchor": anchor}


def test_a_place_of_the_scans_is_compared_with_positions(tmp_path, monkeypatch):
    told = crs((300.0, 0, 0))
    _, report, _ = solve(tmp_path, monkeypatch, {"site.yaml": SITE}, FIXES, **told)

    assert "gps_residual" not in report.measures
    assert any("puts the photos 300 m from their GPS" in text for text in report.warnings)


def test_what_nothing_ties_is_placed_by_its_coordinates(tmp_path, monkeypatch):
    world, report, out = solve(
        tmp_path, monkeypatch, {"site.yaml": SITE}, FIXES, tied=False, **crs((0.7, 0, 0))
    )

    assert (world["scale_source"], world["scan_tied"]) == ("gps", False)
    there = world_from_enu(np.add(ENU_FROM_A.translation, [0.7, 0, 0]))
    np.testing.assert_allclose(poses_of(out)["a"][:3, 3], there, atol=1e-6)
    assert any("not by what both show" in text for text in report.warnings)


def test_without_a_place_of_both_nothing_is_guessed(tmp_path, monkeypatch):
    world, report, out = solve(tmp_path, monkeypatch, {"site.yaml": SITE}, tied=False, **crs())

    assert "world_from_scan" not in world
    assert not out.stations.exists()
    assert any(text.startswith("scans: left out") for text in report.warnings)
