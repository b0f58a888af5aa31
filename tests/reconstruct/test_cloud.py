import numpy as np
import pytest

from vtour.clouds.store import write_store
from vtour.errors import CaptureError
from vtour.files import write_json
from vtour.reconstruct.cloud import CloudSource, read_scan_cloud, read_site_cloud
from vtour.reconstruct.points import OrientedPoints, write_points
from vtour.schema.world import World
from vtour.workspace import Workspace


def wall(width, height, step=0.1, x=0.0):
    """Points of a wall in the plane z = 0, from ``x`` on."""
    u, v = np.meshgrid(np.arange(0, width, step) + x, np.arange(0, height, step))
    return np.stack([u.ravel(), v.ravel(), np.zeros(u.size)], -1)


def scan(work, points, **more):
    normals = np.tile(np.array([0, 0, 127], np.int8), (len(points), 1))
    columns = {"xyz": points.astype(np.float32), "normal": normals}
    return write_store(work.scan_cloud, columns | more)


def photos(work, points):
    ones = np.ones((len(points), 3))
    normals = (ones * [0, 0, 1]).astype(np.float32)
    grey = (ones * 128).astype(np.uint8)
    write_points(work.fused, OrientedPoints(points.astype(np.float32), normals, grey))


def world(**more):
    identity = list(np.eye(4).reshape(-1))
    return World(
        scale="metric", scale_source="gps", north="true", up="measured",
        world_from_sfm=identity, **more,
    )  # fmt: skip


@pytest.fixture
def both(tmp_path):
    """A scan of 400 points of a wall, and photos 1 cm off it, of twice its width."""
    work = Workspace(tmp_path)
    scan(work, wall(2, 2))
    photos(work, np.add(wall(4, 2), [0, 0, 0.01]))
    return work


def test_photos_fill_only_where_the_scan_has_no_points(both):
    cloud, by_source = read_site_cloud(both, CloudSource.auto, 0.05, 10)
    assert by_source == {"scan": 400, "photos": 400}
    added = cloud.points[400:]
    assert added[:, 0].min() == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("source", "found"),
    [("auto", {"photos": 800}), ("scan", {"scan": 400}), ("photos", {"photos": 800})],
)
def test_a_scan_that_is_not_tied_does_not_double_the_walls(both, source, found):
    write_json(both.world, world(scan_tied=False).to_json())
    assert read_site_cloud(both, CloudSource(source), 0.05, 10)[1] == found


def test_a_scan_that_is_tied_joins_the_photos(both):
    write_json(both.world, world(scan_tied=True).to_json())
    assert read_site_cloud(both, CloudSource.auto, 0.05, 10)[1] == {"scan": 400, "photos": 400}


@pytest.mark.parametrize(("source", "count"), [("scan", 400), ("photos", 800)])
def test_one_source_alone(both, source, count):
    cloud, by_source = read_site_cloud(both, CloudSource(source), 0.05, 10)
    assert by_source == {source: count}
    assert len(cloud.points) == count


def test_a_scan_without_photos_is_the_cloud(tmp_path):
    work = Workspace(tmp_path)
    scan(work, wall(2, 2))
    assert read_site_cloud(work, CloudSource.auto, 0.05, 10)[1] == {"scan": 400}


def test_a_few_points_of_photos_do_not_stop_a_whole_scan(tmp_path):
    work = Workspace(tmp_path)
    scan(work, wall(2, 2))
    photos(work, wall(0.3, 0.3))
    assert read_site_cloud(work, CloudSource.auto, 0.05, 100)[1] == {"scan": 400}
    with pytest.raises(CaptureError, match="9 points"):
        read_site_cloud(work, CloudSource.photos, 0.05, 100)


def test_what_is_asked_for_must_be_there(tmp_path):
    with pytest.raises(CaptureError, match="merged scan"):
        read_site_cloud(Workspace(tmp_path), CloudSource.scan, 0.05, 10)


def test_normals_are_unit_and_points_without_one_are_left_out(tmp_path):
    work = Workspace(tmp_path)
    points = wall(2, 2)
    store = scan(work, points)
    normals = np.array(store.column("normal"))
    normals[7] = 0
    np.save(work.scan_cloud / "normal.npy", normals)
    cloud = read_scan_cloud(work.scan_cloud, 10)
    assert len(cloud.points) == 399
    assert np.linalg.norm(cloud.normals, axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("columns", "colour"),
    [
        ({"rgb": np.full((400, 3), 255, np.uint8)}, 1.0),
        ({"intensity": np.full(400, 65535, np.uint16)}, 1.0),
        ({}, 0.5),
    ],
)
def test_colour_else_intensity_else_grey(tmp_path, columns, colour):
    work = Workspace(tmp_path)
    scan(work, wall(2, 2), **columns)
    assert read_scan_cloud(work.scan_cloud, 10).colours == pytest.approx(colour)


def test_too_few_points_of_a_scan(tmp_path):
    work = Workspace(tmp_path)
    scan(work, wall(0.5, 0.5))
    with pytest.raises(CaptureError, match="the scan: 25 points, expected at least 100"):
        read_scan_cloud(work.scan_cloud, 100)
