"""Point tilesets in a package: copied, described, served under one digest, checked."""

import json

import numpy as np
import pytest

from tests.sample_packages import change_manifest
from vtour.clouds.store import write_store
from vtour.files import file_digest, write_json
from vtour.publish.read import read_package
from vtour.scan.tiles import tile_points
from vtour.schema.report import StageReport
from vtour.schema.tour import Asset, Points, Tour
from vtour.schema.world import World
from vtour.tour.package_points import box_corners, pack_points
from vtour.tour.validate import validate_package
from vtour.workspace import Workspace

LOW, HIGH = np.array([-3.0, 0, -8]), np.array([5.0, 4, 2])
COUNT = 150_000


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """A work folder with a tileset of points on the floor and a wall of a box of the world."""
    work = Workspace(tmp_path_factory.mktemp("scanned"))
    rng = np.random.default_rng(5)
    xyz = rng.uniform(LOW, HIGH, (COUNT, 3)).astype(np.float32)
    xyz[::2, 1] = LOW[1]
    xyz[1::2, 0] = HIGH[0]
    rgb = rng.integers(0, 255, (COUNT, 3), dtype=np.uint8)
    write_store(work.scan_cloud, {"xyz": xyz, "rgb": rgb})
    identity = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    world = World(
        scale="metric", scale_source="scan", north="unknown", up="measured", world_from_sfm=identity
    )
    write_json(work.world, world.to_json())
    tile_points(work, work)
    report = StageReport(stage="cloud")
    report.measure("cloud_spacing", 0.012)
    write_json(work.report("cloud"), report.to_json())
    return work


@pytest.fixture
def package(scanned, tmp_path):
    """A package of that tileset alone."""
    packed = pack_points(scanned, tmp_path)
    world = {"scale": "metric", "scale_source": "scan", "north": "unknown", "up": "measured"}
    tour = Tour(
        asset=Asset(generator="test"),
        id="cloud",
        name={"en": "Cloud"},
        world=world,
        points=packed.points,
        files=packed.files,
    )
    write_json(tmp_path / "tour.json", tour.to_json())
    return tmp_path


def errors_of(package, **more):
    return validate_package(package, **more).errors


def change_tileset(package, change):
    """Change tileset.json and what the manifest says of it."""
    path = package / "points/tileset.json"
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    change_manifest(
        package, lambda tour: tour["files"].update({"points/tileset.json": file_digest(path)})
    )


def a_tile(package):
    """URI of some tile that is not the root's."""
    paths = sorted((package / "points").rglob("*.glb"))
    return paths[-1].relative_to(package).as_posix()


def test_the_manifest_tells_where_the_points_are(scanned, package):
    points = read_package(package).tour.points[0]
    np.testing.assert_allclose(points.bounds_min, LOW, atol=0.02)
    np.testing.assert_allclose(points.bounds_max, HIGH, atol=0.02)
    assert (points.count, points.spacing_m, points.has_colour) == (COUNT, 0.012, True)
    there = sum(path.stat().st_size for path in (package / "points").rglob("*.*"))
    assert points.bytes == there


def test_a_site_without_scans_has_no_points(tmp_path):
    assert pack_points(Workspace(tmp_path / "work"), tmp_path / "package").points == []


def test_a_whole_package_is_valid(package):
    checked = []
    report = validate_package(package, lambda path: (checked.append(path), ([], []))[1])
    assert report.errors == []
    assert not [text for text in report.warnings if "not listed" in text]
    assert checked, "the glTF validator sees some of the tiles"


def test_tiles_are_served_and_nothing_else_of_their_folder(package):
    found = read_package(package)
    (package / "points/notes.txt").write_text("private")
    tile = a_tile(package)
    assert found.file(tile).digest == found.tour.points[0].tiles_sha256
    assert found.file("points/tileset.json").digest == file_digest(package / "points/tileset.json")
    for name in ("points/notes.txt", "points/../tour.json", "points/.x.glb", "pointsx/a.glb"):
        assert found.file(name) is None, name


def test_a_tileset_at_the_root_covers_nothing():
    points = Points(uri="tileset.json", world_from_tileset=[1.0] * 16, tiles_sha256="0" * 64)
    assert not points.has_tile("model/site.glb")


def test_a_missing_tile(package):
    (package / a_tile(package)).unlink()
    assert any("not found" in text for text in errors_of(package))


def test_a_tile_that_was_changed(package):
    path = package / a_tile(package)
    data = path.read_bytes()
    path.unlink()  # it is a link to that of the work folder
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert any("SHA-256 over its tiles" in text for text in errors_of(package))


def test_what_the_validator_says_of_a_tile_is_an_error(package):
    said = errors_of(package, check_glb=lambda path: (["bad accessor"], []))
    assert any("bad accessor" in text for text in said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["root"]["content"].update(uri="../../model.glb"), "leads outside"),
        (lambda t: t["root"]["content"].update(uri="http://a/b.glb"), "leads outside"),
        (lambda t: t["root"]["content"].update(uri="%2e%2e/x.glb"), "leads outside"),
        (lambda t: t["root"]["content"].update(uri="tileset.json"), "refers to itself"),
        (lambda t: t["root"]["children"][0].update(geometricError=9e9), "geometric error"),
        (lambda t: t["root"]["children"][0]["boundingVolume"]["box"].__setitem__(0, 99), "outside"),
        (lambda t: t["root"]["children"].pop(), "points in its tiles"),
        (lambda t: t["asset"].update(version="0.0"), "expected 1.1"),
        (lambda t: t.pop("root"), "expected a 3D Tiles tileset"),
        (lambda t: t["root"].pop("boundingVolume"), "expected box and content"),
        (lambda t: t["root"].update(geometricError=float("nan")), "geometric error"),
        (lambda t: t["root"].update(geometricError=10**400), "expected box and content"),
        (lambda t: t["root"]["boundingVolume"]["box"].__setitem__(0, 10**400), "expected box"),
        (lambda t: t["root"]["extras"].update(points=float("inf")), "expected box and content"),
        (lambda t: t["root"]["extras"].update(points=-5), "-5 points"),
        (lambda t: t["root"].update(extras=[]), "expected box and content"),
        (lambda t: t["root"].update(contents=[{"uri": "http://a/b.glb"}]), "contents"),
        (lambda t: t["root"].update(implicitTiling={}), "implicitTiling"),
    ],
)
def test_defects_of_the_tileset(package, change, said):
    change_tileset(package, change)
    assert any(said in text for text in errors_of(package)), errors_of(package)


def nested(depth):
    """tileset.json whose tiles lie in each other, so many deep."""
    box = '{"boundingVolume": {"box": [0,0,0,1,0,0,0,1,0,0,0,1]}, "geometricError": 0, "content": '
    tile = box + '{"uri": "x.glb"}, "children": ['
    return '{"asset": {"version": "1.1"}, "root": ' + tile * depth + "]}" * depth + "}"


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_tree_without_end(package, depth):
    path = package / "points/tileset.json"
    path.write_text(nested(depth))
    change_manifest(
        package, lambda tour: tour["files"].update({"points/tileset.json": file_digest(path)})
    )
    assert errors_of(package)


def test_corners_of_a_box():
    corners = box_corners([1, 2, 3, 1, 0, 0, 0, 2, 0, 0, 0, 3])
    np.testing.assert_array_equal(corners.min(axis=0), [0, 0, 0])
    np.testing.assert_array_equal(corners.max(axis=0), [2, 4, 6])
