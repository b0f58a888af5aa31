import json
from types import SimpleNamespace

import laspy
import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.scan.scan_scenes import (
    HIGH,
    LOW,
    pose,
    room_distance,
    scan_room,
    scanned_work,
    world_of,
)
from vtour.clouds.store import PointStore
from vtour.errors import CaptureError, InputError
from vtour.files import tree_digest, write_json
from vtour.scan.clean import merge_scans
from vtour.scan.cleaning.options import CLEAN_DEFAULTS, CleanOptions, Region, Thinning
from vtour.scan.cleaning.views import Views
from vtour.workspace import Workspace

POSES = [pose((-2.5, 1.6, 0.5), 20), pose((2.5, 1.5, -1.0), 250), pose((0.5, 1.7, 2.8), 100)]
PERSON = (0.2, 1.0, 0.25)
WHOLE = CleanOptions(thinning=Thinning.none, region=Region.none)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Three clean scans; a person and lone points in a copy of the first."""
    folder = tmp_path_factory.mktemp("room")
    clean = [scan_room(p, columns=360, seed=n)[0] for n, p in enumerate(POSES)]
    dirty, label = scan_room(POSES[0], columns=360, cylinders=[PERSON])
    rng = np.random.default_rng(5)
    lone = rng.choice(np.flatnonzero(label == 0), 150, replace=False)
    dirty[lone] *= rng.uniform(0.2, 0.8, 150)[:, None].astype(np.float32)
    label[lone] = 2
    rgb = np.full((len(dirty), 3), 200, np.uint8)
    grey = np.linspace(1000, 60000, len(dirty)).astype(np.uint16)
    scans = [{"xyz": dirty, "rgb": rgb, "intensity": grey}]
    scans += [{"xyz": points, "intensity": grey[: len(points)]} for points in clean[1:]]
    return {
        "clean": scanned_work(
            folder / "clean", [({"xyz": p}, w) for p, w in zip(clean, POSES, strict=True)]
        ),
        "dirty": scanned_work(folder / "dirty", list(zip(scans, POSES, strict=True))),
        "label": label,
        "first": world_of(dirty, POSES[0]),
    }


def merged(work, folder, options=CLEAN_DEFAULTS):
    out = Workspace(folder)
    report = merge_scans(work, out, options)
    return report, PointStore.open(out.scan_cloud)


def is_kept(points, store):
    """Which points are in a cloud that was not thinned."""
    return cKDTree(store.column("xyz")).query(points)[0] < 1e-6


def test_nothing_is_taken_out_of_a_clean_room(room, tmp_path):
    report, store = merged(room["clean"], tmp_path, WHOLE)
    removed = {name: n for name, n in report.details["removed"].items() if n}
    assert sum(removed.values()) <= 0.001 * report.details["points_in"]
    assert removed.get("moving", 0) == 0
    assert store.count + sum(removed.values()) == report.details["points_in"]


def test_noise_and_the_person_go_and_the_room_stays(room, tmp_path):
    report, store = merged(room["dirty"], tmp_path, WHOLE)
    kept, label = is_kept(room["first"], store), room["label"]
    off = room_distance(room["first"]) > 0.1
    assert kept[(label == 1) & off].mean() < 0.1
    assert kept[(label == 2) & off].mean() < 0.05
    assert kept[label == 0].mean() > 0.997
    assert report.measures["cloud_points_removed"].value > 0
    assert report.details["removed"]["moving"] > 300


def test_normals_are_those_of_the_walls_and_face_the_scanners(room, tmp_path):
    _, store = merged(room["clean"], tmp_path)
    points, normals = store.column("xyz"), store.column("normal") / 127
    faces = np.concatenate([points - LOW, HIGH - points], axis=1)
    inner = np.sort(faces, axis=1)[:, 1] > 0.3  # away from the corners
    expected = np.concatenate([np.eye(3), -np.eye(3)])[faces.argmin(axis=1)]
    cosine = np.einsum("ij,ij->i", expected, normals)[inner]
    assert np.degrees(np.arccos(np.clip(np.median(cosine), -1, 1))) < 3
    assert (cosine > 0.9).mean() > 0.99


def test_a_voxel_keeps_the_point_of_the_nearer_station(room, tmp_path):
    _, store = merged(room["clean"], tmp_path, CleanOptions(spacing_m=0.1))
    points, station = store.column("xyz"), store.column("station")
    floor = points[:, 1] < 0.05
    ways = np.linalg.norm(points[:, None] - np.array([p[:3, 3] for p in POSES]), axis=2)
    sure = floor & (np.sort(ways, axis=1)[:, 1] > 1.6 * ways.min(axis=1))
    # below a scanner it sees nothing, and farther off its rows are wider apart than a voxel
    sure &= (ways.min(axis=1) > 2.2) & (ways.min(axis=1) < 2.8)
    assert sure.sum() > 300
    assert (station[sure] == ways[sure].argmin(axis=1)).mean() > 0.99
    assert len(np.unique(np.floor(points.astype(float) / 0.1), axis=0)) == store.count


def test_poisson_discs_are_apart_over_the_whole_cloud(room, tmp_path, monkeypatch):
    monkeypatch.setattr("vtour.scan.clean.BLOCK_POINTS", 5000)
    options = CleanOptions(spacing_m=0.1, thinning=Thinning.poisson)
    report, store = merged(room["clean"], tmp_path, options)
    nearest = cKDTree(store.column("xyz")).query(store.column("xyz"), k=2)[0][:, 1]
    assert nearest.min() >= 0.1 - 1e-6
    assert report.measures["cloud_spacing"].value == pytest.approx(np.median(nearest), rel=0.01)


def test_the_budget_widens_the_spacing(room, tmp_path):
    report, store = merged(room["clean"], tmp_path, CleanOptions(max_points=5000))
    assert 2500 < store.count <= 5000
    assert report.details["thinned_to_m"] > 0.1


def test_blocks_leave_no_trace_and_threads_none(room, tmp_path, monkeypatch):
    _, store = merged(room["dirty"], tmp_path / "a")
    _, again = merged(room["dirty"], tmp_path / "b")
    assert tree_digest(tmp_path / "a" / "scan") == tree_digest(tmp_path / "b" / "scan")
    monkeypatch.setattr("vtour.threads.worker_count", lambda: 1)
    merged(room["dirty"], tmp_path / "one")
    assert tree_digest(tmp_path / "a" / "scan") == tree_digest(tmp_path / "one" / "scan")
    monkeypatch.setattr("vtour.scan.clean.BLOCK_POINTS", 7000)
    _, small = merged(room["dirty"], tmp_path / "c")
    assert small.count == pytest.approx(store.count, abs=0.001 * store.count)
    both = [np.sort(s.column("xyz").copy().view("V12"), axis=0) for s in (store, again)]
    assert (both[0] == both[1]).all()


def test_columns_colours_and_what_is_said(room, tmp_path):
    report, store = merged(room["dirty"], tmp_path)
    assert store.columns == ("xyz", "rgb", "intensity", "normal", "station")
    rgb, station = store.column("rgb"), store.column("station")
    assert (rgb[station == 0] == 200).all()
    grey = rgb[station == 1]
    assert (grey == grey[:, :1]).all() and grey.min() == 0 and grey.max() == 255
    assert "no colours in s1, s2: shown in grey" in report.warnings[0]
    assert report.details["removed"]["thinned"] > 0
    las = laspy.read(tmp_path / "scan" / "merged.laz")
    assert las.header.point_count == store.count
    assert las.header.parse_crs().to_epsg() == 32648
    assert sorted(p.name for p in (tmp_path / "scan").iterdir()) == ["cloud", "merged.laz"]


def test_without_true_north_the_laz_is_local(room, tmp_path):
    work = scanned_work(
        tmp_path / "w", [({"xyz": scan_room(POSES[0], 120)[0]}, POSES[0])],
        world={"north": "unknown"},
    )  # fmt: skip
    report, store = merged(work, tmp_path / "out")
    las = laspy.read(tmp_path / "out" / "scan" / "merged.laz")
    assert las.header.parse_crs() is None
    assert "Local" in report.details["laz"]
    east, up, south = store.column("xyz").T
    assert las.xyz == pytest.approx(np.stack([east, -south, up], -1), abs=6e-4)
    assert report.warnings == []  # a single station has no other to be judged by


def test_stations_that_are_not_placed_are_left_out_and_told(room, tmp_path):
    work = scanned_work(tmp_path / "w", [({"xyz": scan_room(p, 120)[0]}, p) for p in POSES])
    placed = json.loads(work.stations.read_text())
    del placed["stations"][1]
    write_json(work.stations, placed)
    report, store = merged(work, tmp_path / "out")
    assert report.details["stations_not_placed"] == ["s1"]
    assert np.unique(store.column("station")).tolist() == [0, 1]


def test_scans_without_a_mirror_are_merged_with_a_warning(tmp_path):
    points = world_of(scan_room(POSES[0], 360)[0], POSES[0])
    work = scanned_work(tmp_path / "w", [({"xyz": points}, np.eye(4))], has_mirror=False)
    report, store = merged(work, tmp_path / "out")
    assert report.warnings == []
    floor = (np.abs(store.column("xyz")[:, 1]) < 0.02) & (store.column("xyz")[:, 0] < 4)
    assert (store.column("normal")[floor, 1] > 120).mean() > 0.95
    assert store.count > 0.2 * len(points)


def test_of_several_scans_those_without_a_mirror_are_named_once(tmp_path):
    scans = [({"xyz": world_of(scan_room(p, 240)[0], p)}, np.eye(4)) for p in POSES[:2]]
    work = scanned_work(tmp_path / "w", scans, has_mirror=False)
    (told,) = merged(work, tmp_path / "out")[0].warnings
    assert told.startswith("place of the scanner not known in s0, s1: normals there point up")


def test_witnesses_allow_for_what_is_not_known_of_the_poses(tmp_path):
    views = Views(tmp_path)
    stations = []
    for number, (metres, degrees) in enumerate([(0.03, 0.3), (0.04, 0.4), (None, None)]):
        placed = SimpleNamespace(sigma_m=metres, sigma_deg=degrees)
        matrix = POSES[number % 2]
        stations.append(SimpleNamespace(number=number, placed=placed, world_from_station=matrix))
        np.save(tmp_path / f"{number}.look.npy", np.zeros((3, 4), np.float32))
    witness = views.witness(stations[0], stations[1], 0.1)
    sure = views.witness(stations[2], stations[2], 0.1)
    # 3 sigmas of hypot(0.03, 0.04) m and hypot(0.3, 0.4) degrees
    assert witness.margin_m == pytest.approx(0.1 + 3 * 0.05)
    assert witness.across_m - sure.across_m == pytest.approx(3 * 0.05)
    assert (witness.angle, sure.angle) == (pytest.approx(np.radians(3 * 0.5)), 0)


def test_limits_of_range_angle_and_region(room, tmp_path):
    options = CleanOptions(max_range_m=4.0, min_range_m=1.8, max_incidence_deg=60)
    report, store = merged(room["clean"], tmp_path / "a", options)
    ways = np.linalg.norm(
        store.column("xyz") - np.array([POSES[s][:3, 3] for s in store.column("station")]), axis=1
    )
    assert ways.min() >= 1.8 - 1e-4 and ways.max() <= 4.0 + 1e-4
    assert report.details["removed"]["grazing"] > 1000
    with pytest.raises(CaptureError, match="region control, found no control points"):
        merged(room["clean"], tmp_path / "b", CleanOptions(region=Region.control))


def test_control_points_set_the_region(tmp_path):
    scan = {"xyz": scan_room(POSES[0], 240)[0]}
    corners = [[-1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]
    work = scanned_work(tmp_path / "w", [(scan, POSES[0])], world={"control_points": corners})
    _, store = merged(work, tmp_path / "out", CleanOptions(region=Region.control))
    assert np.abs(store.column("xyz")[:, [0, 2]]).max() <= 1.5


def test_a_stray_point_a_kilometre_off_is_not_kept(tmp_path):
    points = scan_room(POSES[0], 240)[0]
    points[100] = (0, 900, 0)
    points[200] = (1e30, 0, 0)
    work = scanned_work(tmp_path / "w", [({"xyz": points}, POSES[0])])
    report, store = merged(work, tmp_path / "out", CleanOptions(min_neighbours=0))
    assert np.abs(store.column("xyz")).max() < 6
    assert report.details["removed"]["out_of_region"] == 2


def test_a_thin_mast_is_no_stray_and_what_lies_far_off_is_told(tmp_path):
    rng = np.random.default_rng(0)
    ground = np.column_stack([rng.uniform(-60, 60, (100_000, 2)), rng.normal(0, 0.02, 100_000)])
    along, turn = np.linspace(0, 30, 60), rng.uniform(0, 2 * np.pi, 60)
    mast = np.column_stack([0.4 * np.cos(turn), 0.4 * np.sin(turn), along])
    strays = np.array([[0, 0, 400.0]]) + rng.normal(0, 1, (11, 3))
    xyz = np.concatenate([ground, mast, strays]).astype(np.float32)
    work = scanned_work(tmp_path / "w", [({"xyz": xyz}, pose([0, 0, 0]))], has_mirror=False)
    options = CleanOptions(thinning=Thinning.none, outlier_factor=0)
    report, store = merged(work, tmp_path / "out", options)
    assert np.count_nonzero(store.column("xyz")[:, 1] > 0.5) == np.count_nonzero(along > 0.5)
    assert report.details["removed"]["out_of_region"] == 11
    told = "11 points lie far from all others and are left out: cloud.region=none keeps them"
    assert told in report.warnings


def test_nothing_left_is_one_line(room, tmp_path):
    with pytest.raises(CaptureError, match=r"none of .* points is left, most were out of range"):
        merged(room["clean"], tmp_path, CleanOptions(min_range_m=100.0))


def test_no_placed_station_and_missing_files_are_one_line(room, tmp_path):
    empty = scanned_work(tmp_path / "w", [])
    with pytest.raises(CaptureError, match="found 0 placed stations"):
        merged(empty, tmp_path / "out")
    empty.stations.unlink()
    with pytest.raises(InputError, match="not found, expected the stages of scans"):
        merged(empty, tmp_path / "out")
    unknown = scanned_work(tmp_path / "u", [({"xyz": scan_room(POSES[0], 60)[0]}, POSES[0])])
    write_json(unknown.scan_list, {"stations": []})
    with pytest.raises(InputError, match=r"station 's0', expected one of scan/raw.json"):
        merged(unknown, tmp_path / "out")
