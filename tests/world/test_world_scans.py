"""The world of scans: alone, by targets, by a CRS, and together with photos."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.clouds.store import write_store
from vtour.errors import CaptureError
from vtour.files import write_json
from vtour.frames import (
    columns_from_matrix,
    enu_from_geodetic,
    geodetic_from_enu,
    matrix_from_columns,
    transform_points,
    world_from_enu,
)
from vtour.schema.inventory import CaptureFile, Inventory
from vtour.schema.scans import RegisteredStation, Registration, Station, StationList
from vtour.schema.world import Anchor, North, ScaleSource, Up
from vtour.workspace import Workspace
from vtour.world.scan_frame import ScanFrame
from vtour.world.scans import chained, inverse, solution_with_scans
from vtour.world.similarity import Similarity
from vtour.world.solution import Solution
from vtour.world.solve import solve_world

ANCHOR = (21.85, 106.75, 260.0)
ENU_FROM_SCAN = Similarity(
    1.0, Rotation.from_euler("ZYX", [40, 2, -1], degrees=True).as_matrix(), np.array([3.0, 4, 1.5])
)
SCAN_FROM_B = Similarity(
    1.0, Rotation.from_euler("Z", 100, degrees=True).as_matrix(), np.array([6.0, -2, 0.1])
)
TARGETS = {
    "A": ([1.0, 2, 0], "control"),
    "B": ([8.0, 1, 3], "control"),
    "C": ([4.0, 9, 2], "control"),
    "D": ([-3.0, 5, 4], "control"),
    "E": ([2.0, 3, 5], "check"),
}


def ground(rng, count=500):
    """Points (n, 3) of flat ground at height 0 about the ENU origin."""
    points = rng.uniform(-10, 10, (count, 3))
    points[:, 2] = 0
    return points


def station(ident, points, **more):
    low, high = points.min(0).tolist(), points.max(0).tolist()
    told = {"has_mirror": True, "points": len(points), "bounds_min": low, "bounds_max": high}
    return Station(id=ident, file=f"scans/{ident}.e57", scan=0, **(told | more))


def scanned(root, texts=None, more_of_b=None, **more):
    """A workspace of two registered stations over flat ground; ``more`` is told of the first."""
    rng = np.random.default_rng(4)
    captures = root / "captures"
    captures.mkdir(parents=True)
    kinds = {"control.csv": "control", "targets.csv": "targets", "site.yaml": "site"}
    files = []
    for name, text in (texts or {}).items():
        (captures / name).write_text(text)
        kind = kinds[name]
        files.append(CaptureFile(path=name, kind=kind, status="used", bytes=1, sha256=""))
    work = Workspace(root / "work", captures)
    write_json(work.inventory, Inventory(site_id="a", layout="standard", files=files).to_json())
    poses = {"a": np.eye(4), "b": SCAN_FROM_B.matrix}
    listed = []
    for name, pose in poses.items():
        enu_from_station = ENU_FROM_SCAN.matrix @ pose
        points = transform_points(np.linalg.inv(enu_from_station), ground(rng))
        write_store(work.raw_scan(name), {"xyz": points.astype(np.float32)})
        told = more if name == "a" else more_of_b or {}
        listed.append(station(name, points, **told))
    registered = [
        RegisteredStation(
            id=name, file=f"scans/{name}.e57", scan=0, scan_from_station=columns_from_matrix(pose)
        )
        for name, pose in poses.items()
    ]
    write_json(work.scan_list, StationList(stations=listed).to_json())
    write_json(work.registration, Registration(stations=registered).to_json())
    return work


def solve(work):
    out = Workspace(work.root / "done", work.captures)
    report = solve_world(work, out)
    stations = json.loads(out.stations.read_text())["stations"]
    poses = {one["id"]: matrix_from_columns(one["world_from_station"]) for one in stations}
    return json.loads(out.world.read_text()), poses, report


def placed(enu_m):
    return world_from_enu(np.asarray(enu_m, float))


def as_it_is(xyz):
    return xyz


def target_texts(wrong=None, off=1.0, told=as_it_is, places=TARGETS, head="# crs: enu"):
    """control.csv, and targets.csv as station b sees them; ``wrong`` is off in the latter.

    told : what control.csv says of east, north, up.
    """
    control = [head, "label,x,y,z,role,sigma_m"]
    targets = ["label,station,x,y,z"]
    b_from_enu = inverse(chained(ENU_FROM_SCAN, SCAN_FROM_B))
    for label, (xyz, role) in places.items():
        x, y, z = told(np.array(xyz))
        control.append(f"{label},{x},{y},{z},{role},0.002")
        there = b_from_enu.apply(np.array(xyz)) + off * (label == wrong)
        targets.append(f"{label},b,{there[0]:.6f},{there[1]:.6f},{there[2]:.6f}")
    return {"control.csv": "\n".join(control), "targets.csv": "\n".join(targets)}


def test_a_single_photo_is_no_site(tmp_path):
    photo = CaptureFile(path="photos/a.jpg", kind="photo", status="used", bytes=1, sha256="")
    work = Workspace(tmp_path / "work", tmp_path)
    inventory = Inventory(site_id="a", layout="standard", files=[photo])
    write_json(work.inventory, inventory.to_json())
    with pytest.raises(CaptureError, match="1 usable photos: expected at least 3 photos"):
        solve_world(work, work)
    assert not work.world.exists()


def test_scans_alone_are_metric_and_claim_no_north(tmp_path):
    world, poses, _ = solve(scanned(tmp_path))
    found = [world[key] for key in ("scale", "scale_source", "north", "up")]
    assert found == ["metric", "scan", "unknown", "assumed"]
    assert "anchor" not in world
    b_from_a = np.linalg.inv(poses["b"]) @ poses["a"]
    np.testing.assert_allclose(b_from_a, np.linalg.inv(SCAN_FROM_B.matrix), atol=1e-9)


def test_the_pose_of_a_scanner_tells_up_and_the_ground_is_at_0(tmp_path):
    pose = columns_from_matrix(ENU_FROM_SCAN.matrix)
    world, poses, _ = solve(scanned(tmp_path, file_from_station=pose))
    assert (world["up"], world["north"]) == ("measured", "unknown")
    enu = ENU_FROM_SCAN.matrix
    np.testing.assert_allclose(poses["a"][:3, :3], world_from_enu(enu[:3, :3].T).T, atol=1e-9)
    assert poses["a"][1, 3] == pytest.approx(1.5)  # the mirror is that high above the ground


def test_a_crs_places_the_site(tmp_path):
    east, north, up = 100.0, -50.0, 10.0
    anchor = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": ANCHOR[2]}
    pose = np.array(ENU_FROM_SCAN.matrix)
    pose[:3, 3] += (east, north, up)
    told = {"file_from_station": columns_from_matrix(pose), "enu_anchor": anchor}
    text = f"id: s\nanchor: {{lat: {ANCHOR[0]}, lon: {ANCHOR[1]}, height_m: {ANCHOR[2]}}}\n"
    world, poses, _ = solve(scanned(tmp_path, {"site.yaml": text}, crs="EPSG:32648", **told))
    assert (world["north"], world["up"], world["anchor"]["lat"]) == ("true", "measured", ANCHOR[0])
    mirror = placed(np.add(ENU_FROM_SCAN.translation, [east, north, up]))
    np.testing.assert_allclose(poses["a"][:3, 3], mirror, atol=1e-6)


def test_without_an_anchor_of_the_site_the_crs_gives_one_amid_the_ground(tmp_path):
    anchor = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": ANCHOR[2]}
    pose = columns_from_matrix(ENU_FROM_SCAN.matrix)
    world, _, _ = solve(scanned(tmp_path, file_from_station=pose, enu_anchor=anchor))
    found = world["anchor"]
    off = enu_from_geodetic(found["lat"], found["lon"], found["height_m"], ANCHOR)
    assert np.abs(off[:2]).max() < 2  # the ground spreads about the first anchor
    assert off[2] == pytest.approx(0, abs=1e-3)


def test_an_anchor_at_another_place_is_not_used(tmp_path):
    anchor = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": ANCHOR[2]}
    text = "id: s\nanchor: {lat: 10.0, lon: 106.75, height_m: 5}\n"
    work = scanned(tmp_path, {"site.yaml": text}, enu_anchor=anchor)
    world, _, report = solve(work)
    assert world["anchor"]["lat"] == pytest.approx(ANCHOR[0], abs=1e-3)
    assert "its anchor is 1,318 km from the CRS of scans/a.e57" in report.warnings[0]


def test_targets_place_the_site(tmp_path):
    world, poses, report = solve(scanned(tmp_path, target_texts()))
    assert (world["north"], world["up"]) == ("true", "measured")
    np.testing.assert_allclose(poses["a"][:3, 3], placed(ENU_FROM_SCAN.translation), atol=1e-5)
    assert report.measures["scan_control_residual"].value < 1e-4
    assert report.measures["scan_check_residual"].value < 1e-4
    assert report.measures["scan_check_residual"].n == 1


def test_a_wrong_target_is_named_and_left_out(tmp_path):
    _, poses, report = solve(scanned(tmp_path, target_texts(wrong="D")))
    np.testing.assert_allclose(poses["a"][:3, 3], placed(ENU_FROM_SCAN.translation), atol=1e-5)
    assert any(text.startswith("D: its target is 1.73 m off") for text in report.warnings)


def test_a_slip_in_one_station_costs_that_sighting_alone(tmp_path):
    texts = target_texts(wrong="D")
    a_from_enu = inverse(ENU_FROM_SCAN)
    for label, (xyz, _) in TARGETS.items():
        x, y, z = a_from_enu.apply(np.array(xyz))
        texts["targets.csv"] += f"\n{label},a,{x:.6f},{y:.6f},{z:.6f}"
    _, poses, report = solve(scanned(tmp_path, texts))
    np.testing.assert_allclose(poses["a"][:3, 3], placed(ENU_FROM_SCAN.translation), atol=1e-5)
    controls = sum(role == "control" for _, role in TARGETS.values())
    assert report.measures["scan_control_residual"].n == 2 * controls - 1
    wrong = [text for text in report.warnings if "its target" in text]
    assert wrong == ["D: its target of station b is 1.73 m off, left out"]


def test_a_target_15_cm_off_does_not_tilt_the_site(tmp_path):
    _, poses, report = solve(scanned(tmp_path, target_texts(wrong="D", off=0.15 / np.sqrt(3))))
    np.testing.assert_allclose(poses["a"][:3, 3], placed(ENU_FROM_SCAN.translation), atol=1e-5)
    assert any(text.startswith("D: its target is 0.15 m off") for text in report.warnings)


def test_targets_on_a_line_do_not_place_the_site(tmp_path):
    """A façade: 2 mm of noise would turn it by 41 degrees and more about the line."""
    rng = np.random.default_rng(3)
    line = {
        label: (np.array([east, 2 * east, 1.5]) + rng.normal(0, 0.002, 3), "control")
        for label, east in (("A", -4.0), ("B", 0.0), ("C", 3.0))
    }
    world, _, report = solve(scanned(tmp_path, target_texts(places=line)))
    assert (world["north"], world["up"]) == ("unknown", "assumed")
    assert "targets.csv: the targets that agree lie on one line" in report.warnings[0]
    assert "scan_control_residual" not in report.measures


def test_a_wrong_target_off_the_line_does_not_hide_the_line(tmp_path):
    line = {
        label: ([east, 2 * east, 1.5], "control")
        for label, east in zip("ABCD", (-4, 0, 2, 3), strict=True)
    }
    line["E"] = ([5.0, -5, 3], "control")
    world, _, report = solve(scanned(tmp_path, target_texts(wrong="E", places=line)))
    assert world["north"] == "unknown"
    assert "lie on one line" in report.warnings[0]


def test_control_points_in_feet_are_refused(tmp_path):
    world, _, report = solve(scanned(tmp_path, target_texts(told=lambda xyz: xyz / 0.3048)))
    assert world["north"] == "unknown"
    assert "control points are 3.281 times as far apart as targets (feet?)" in report.warnings[0]
    assert "scan_control_residual" not in report.measures


def test_targets_of_which_no_majority_agrees_are_refused(tmp_path):
    few = {label: TARGETS[label] for label in "ABC"}
    world, _, report = solve(scanned(tmp_path, target_texts(wrong="C", off=0.2, places=few)))
    assert world["north"] == "unknown"
    assert report.warnings[0].startswith("targets.csv: ")


def test_targets_of_a_station_that_is_not_there_are_named(tmp_path):
    texts = target_texts()
    texts["targets.csv"] = texts["targets.csv"].replace(",b,", ",c,")
    world, _, report = solve(scanned(tmp_path, texts))
    assert world["north"] == "unknown"
    assert "targets.csv: c: not a registered station" in report.warnings[0]


def test_a_station_can_be_named_as_its_file_names_it(tmp_path):
    texts = target_texts()
    texts["targets.csv"] = texts["targets.csv"].replace(",b,", ",Scan 2,")
    work = scanned(tmp_path, texts, {"name": "Scan 2"}, name="Scan 1")
    assert solve(work)[0]["north"] == "true"


def test_a_name_of_two_stations_is_refused(tmp_path):
    texts = target_texts()
    texts["targets.csv"] = texts["targets.csv"].replace(",b,", ",Scan 001,")
    work = scanned(tmp_path, texts, {"name": "Scan 001"}, name="Scan 001")
    world, _, report = solve(work)
    assert world["north"] == "unknown"
    assert report.warnings[0].startswith("targets.csv: Scan 001: several stations have this name")
    assert report.warnings[0].endswith("name the station by its id: a, b")
    assert not any("not a registered station" in text for text in report.warnings)


def in_crs(scan_from_station=None, shift=0.0):
    """What a file with a CRS tells of a station, off by ``shift`` to the east."""
    pose = ENU_FROM_SCAN.matrix @ (np.eye(4) if scan_from_station is None else scan_from_station)
    pose[0, 3] += shift
    anchor = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": ANCHOR[2]}
    return {"file_from_station": columns_from_matrix(pose), "enu_anchor": anchor}


@pytest.mark.parametrize(("shift", "said"), [(1.5, 1), (0.5, 0)])
def test_files_that_tell_other_places_are_named(tmp_path, shift, said):
    work = scanned(tmp_path, None, in_crs(SCAN_FROM_B.matrix, shift), **in_crs())
    _, _, report = solve(work)
    text = "scans/b.e57: its coordinates put the site 1.5 m from where scans/a.e57 puts it"
    assert sum(one.startswith(text) for one in report.warnings) == len(report.warnings) == said


GEOID_M = -25.0  # of the ellipsoid's height; the sea's is 25 m more


def above_the_sea(enu):
    lat, lon, height = geodetic_from_enu(enu, ANCHOR)
    return lon, lat, height - GEOID_M


def test_targets_above_the_sea_keep_the_ground_at_0(tmp_path):
    """The anchor of site.yaml counts from the ellipsoid: its height is none of control.csv."""
    texts = target_texts(told=above_the_sea, head="# crs: EPSG:4326, height: orthometric")
    site = f"id: s\nanchor: {{lat: {ANCHOR[0]}, lon: {ANCHOR[1]}, height_m: {ANCHOR[2]}}}\n"
    world, poses, report = solve(scanned(tmp_path, texts | {"site.yaml": site}))
    assert world["anchor"]["height_m"] == pytest.approx(ANCHOR[2] - GEOID_M, abs=0.01)
    assert world["anchor"]["datum"].startswith("orthometric height as in control.csv")
    assert poses["a"][1, 3] == pytest.approx(1.5, abs=0.01)  # the mirror is that high
    assert any("anchor's height is of another kind" in text for text in report.warnings)


def test_scan_files_above_the_sea_keep_the_ground_at_0(tmp_path):
    height = ANCHOR[2] - GEOID_M
    told = {"lat": ANCHOR[0], "lon": ANCHOR[1], "height_m": height, "datum": "orthometric (EGM)"}
    pose = columns_from_matrix(ENU_FROM_SCAN.matrix)
    site = f"id: s\nanchor: {{lat: {ANCHOR[0]}, lon: {ANCHOR[1]}, height_m: {ANCHOR[2]}}}\n"
    work = scanned(tmp_path, {"site.yaml": site}, file_from_station=pose, enu_anchor=told)
    world, poses, _ = solve(work)
    assert world["anchor"]["datum"] == "orthometric (EGM)"
    assert poses["a"][1, 3] == pytest.approx(1.5, abs=0.01)


# with photos --------------------------------------------------------------------
SCAN_FROM_SFM = Similarity(
    2.0, Rotation.from_euler("X", 90, degrees=True).as_matrix(), np.array([1.0, 2, 3])
)
CENTRES = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1]])
FRAME = ScanFrame(ENU_FROM_SCAN, North.unknown, Up.measured)


def of_photos(source, scale=2.0, **more):
    turn = (
        Rotation.from_euler("Z", 30, degrees=True).as_matrix()
        @ Rotation.from_euler("X", 95, degrees=True).as_matrix()
    )
    fit = Similarity(scale, turn, np.array([7.0, 8, 9]))
    return Solution(enu_from_sfm=fit, source=source, **more)


def joined(solution, frame=FRAME):
    found = solution_with_scans(solution, frame, SCAN_FROM_SFM, 1e-4, CENTRES)
    assert found.source is ScaleSource.scan
    assert found.enu_from_sfm.scale == pytest.approx(2.0)
    assert chained(found.enu_from_sfm, inverse(SCAN_FROM_SFM)).scale == pytest.approx(1.0)
    return found


def test_photos_that_know_nothing_take_the_frame_of_the_scan():
    found = joined(of_photos(ScaleSource.none, 1.0, north=North.unknown, up=Up.assumed))
    expected = chained(ENU_FROM_SCAN, SCAN_FROM_SFM)
    np.testing.assert_allclose(found.enu_from_sfm.matrix, expected.matrix, atol=1e-12)
    assert (found.north, found.up) == (North.unknown, Up.measured)


def test_control_points_keep_their_place_and_lend_the_scale_of_the_scan():
    points = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    told = of_photos(
        ScaleSource.control, 2.002, north=North.true, up=Up.measured, control_in_sfm=points
    )
    found = joined(told)
    middle = points.mean(axis=0)
    np.testing.assert_allclose(
        found.enu_from_sfm.apply(middle), told.enu_from_sfm.apply(middle), atol=1e-12
    )
    np.testing.assert_allclose(found.enu_from_sfm.rotation, told.enu_from_sfm.rotation)
    assert not found.report.warnings


def test_a_scale_that_contradicts_the_scan_is_told():
    told = of_photos(ScaleSource.gps, 2.2, north=North.true, up=Up.measured, scale_sigma=0.01)
    assert "the scale by gps differs by 9.5" in joined(told).report.warnings[0]


def test_positions_give_the_place_and_the_scanner_gives_up():
    told = of_photos(ScaleSource.gps, 2.1, north=North.true, up=Up.measured, scale_sigma=0.1)
    found = joined(told)
    middle = CENTRES.mean(axis=0)
    np.testing.assert_allclose(
        found.enu_from_sfm.apply(middle), told.enu_from_sfm.apply(middle), atol=1e-9
    )
    enu_from_scan = chained(found.enu_from_sfm, inverse(SCAN_FROM_SFM))
    up_of_scan = ENU_FROM_SCAN.rotation.T @ [0, 0, 1]
    np.testing.assert_allclose(enu_from_scan.rotation @ up_of_scan, [0, 0, 1], atol=1e-12)


def test_a_local_grid_does_not_take_the_place_of_gps():
    """The grid's origin is 5.4 km from its points: an anchor of the photos would move the site."""
    grid = Similarity(1.0, ENU_FROM_SCAN.rotation, np.array([5000.0, 2000, 0]))
    frame = ScanFrame(grid, North.true, Up.measured, None)
    anchor = Anchor(lat=ANCHOR[0], lon=ANCHOR[1], height_m=ANCHOR[2])
    told = of_photos(ScaleSource.gps, north=North.true, up=Up.measured, anchor=anchor)
    found = joined(told, frame)
    assert found.anchor is None
    assert "control.csv: its coordinates are local" in found.report.warnings[0]


def up_of_photos(found):
    return found.enu_from_sfm.rotation.T @ [0, 0, 1]


def test_a_scan_on_its_side_does_not_tilt_the_photos():
    """A phone's PLY has y up, and does not say so."""
    side = Similarity(1.0, np.eye(3), np.zeros(3))
    turned = Similarity(2.0, np.eye(3), np.array([1.0, 2, 3]))
    told = of_photos(ScaleSource.none, 1.0, north=North.unknown, up=Up.assumed)
    found = solution_with_scans(
        told, ScanFrame(side, North.unknown, Up.assumed), turned, 1e-4, CENTRES
    )
    np.testing.assert_allclose(up_of_photos(found), up_of_photos(told), atol=1e-12)
    origin = inverse(told.enu_from_sfm).translation
    np.testing.assert_allclose(found.enu_from_sfm.apply(origin), np.zeros(3), atol=1e-9)
    assert (found.up, found.enu_from_sfm.scale) == (Up.assumed, 2.0)


def test_a_scan_that_photos_see_upright_keeps_its_z():
    """Levelled but without a pose that says so: better than the guess of photos, 5 degrees off."""
    frame = ScanFrame(Similarity(1.0, np.eye(3), np.zeros(3)), North.unknown, Up.assumed)
    told = of_photos(ScaleSource.none, 1.0, north=North.unknown, up=Up.assumed)
    found = joined(told, frame)
    np.testing.assert_allclose(found.enu_from_sfm.rotation, SCAN_FROM_SFM.rotation, atol=1e-12)
    measured = joined(replace(told, up=Up.measured), frame)
    np.testing.assert_allclose(up_of_photos(measured), up_of_photos(told), atol=1e-12)


def test_a_scan_with_a_place_goes_before_positions():
    frame = ScanFrame(ENU_FROM_SCAN, North.true, Up.measured)
    told = of_photos(ScaleSource.gps, 2.0, north=North.true, up=Up.measured, scale_sigma=0.1)
    found = joined(told, frame)
    expected = chained(ENU_FROM_SCAN, SCAN_FROM_SFM)
    np.testing.assert_allclose(found.enu_from_sfm.matrix, expected.matrix, atol=1e-12)
