import hashlib

import numpy as np
import open3d as o3d
import pytest

from vtour.clouds.store import write_store
from vtour.errors import CaptureError
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.reconstruct.cloud import Cloud
from vtour.reconstruct.mesh import (
    Mesh,
    MeshOptions,
    build_mesh,
    camera_centres,
    octree_depth,
    report_of,
)
from vtour.reconstruct.region import Region
from vtour.schema.scans import PlacedStation, PlacedStations
from vtour.schema.world import World
from vtour.workspace import Workspace

DOME_FACES = 4000


def write_cloud(work, points, normals, colours=None):
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    if normals is not None:
        cloud.normals = o3d.utility.Vector3dVector(normals)
    if colours is not None:
        cloud.colors = o3d.utility.Vector3dVector(colours)
    work.fused.parent.mkdir(parents=True, exist_ok=True)
    o3d.io.write_point_cloud(work.fused, cloud)


def world_of(**more):
    """A metric world."""
    identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    return World(
        scale="metric", scale_source="gps", north="true", up="measured",
        world_from_sfm=identity, **more,
    )  # fmt: skip


def dome(rng, count=12_000):
    """Points on the upper half of a unit sphere: (n, 3), which are their own normals too."""
    points = rng.normal(size=(2 * count, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    return points[points[:, 1] > 0]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A dome among far outliers, meshed; with the report."""
    rng = np.random.default_rng(1)
    points = dome(rng)
    noise, directions = rng.uniform(-300, 300, (60, 3)), rng.normal(size=(60, 3))
    work = Workspace(tmp_path_factory.mktemp("mesh"))
    colours = np.vstack([np.clip(points * 0.5 + 0.5, 0, 1), np.ones((60, 3))])
    write_cloud(work, np.vstack([points, noise]), np.vstack([points, directions]), colours)
    report = build_mesh(work, work, MeshOptions(max_faces=DOME_FACES))
    return work, report, o3d.io.read_triangle_mesh(work.mesh)


def test_the_surface_lies_on_the_points_and_nowhere_else(built):
    _, _, mesh = built
    positions = np.asarray(mesh.vertices)

    radius = np.linalg.norm(positions[positions[:, 1] > 0.05], axis=1)
    np.testing.assert_allclose(radius, 1, atol=0.02)
    assert positions[:, 1].min() > -0.15  # Poisson closes the dome from below: that is cut away
    assert positions[:, 1].max() > 0.98


def test_the_mesh_is_manifold_and_within_its_budget(built):
    _, report, mesh = built

    assert DOME_FACES * 0.9 <= len(mesh.triangles) <= DOME_FACES
    assert mesh.is_edge_manifold()
    assert mesh.is_vertex_manifold()
    assert report.measures["faces"].value == len(mesh.triangles)
    assert report.measures["vertices"].value == len(mesh.vertices)
    assert report.measures["holes"].value == 1  # the open base


def test_a_mesh_that_is_not_manifold_is_not_called_so(built):
    work, report, _ = built
    assert report.details["edge_manifold"] is True
    assert report.details["vertex_manifold"] is True

    corner = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [3, 2, 1]])
    two_at_one_corner = np.vstack([corner, np.where(corner, corner + 3, 0)])
    points = np.random.default_rng(0).random((7, 3))
    bad = report_of(Mesh(positions=points, colours=points, faces=two_at_one_corner), work)
    assert bad.details["edge_manifold"] is True
    assert bad.details["vertex_manifold"] is False


def test_faces_look_outwards(built):
    _, _, mesh = built
    positions, faces = np.asarray(mesh.vertices), np.asarray(mesh.triangles)
    a, b, c = (positions[faces[:, k]] for k in range(3))

    outwards = (np.cross(b - a, c - a) * (a + b + c)).sum(axis=1) > 0

    assert outwards.mean() > 0.999
    assert ((np.asarray(mesh.vertex_normals) * positions).sum(axis=1) > 0.8).mean() > 0.95


def test_colours_come_from_the_points(built):
    _, _, mesh = built
    expected = np.clip(np.asarray(mesh.vertices) * 0.5 + 0.5, 0, 1)

    assert np.abs(np.asarray(mesh.vertex_colors) - expected).mean() < 0.03


def test_the_area_is_measured_only_in_metres(built, tmp_path):
    work, report, _ = built
    half_sphere = 2 * np.pi
    assert "mesh_area" not in report.measures
    found = report.details["mesh_area_in_squared_world_units"]
    assert found == pytest.approx(half_sphere, rel=0.1)

    metric = Workspace(tmp_path)
    write_json(metric.world, world_of().model_dump(mode="json"))
    metric.fused.parent.mkdir()
    metric.fused.write_bytes(work.fused.read_bytes())
    again = build_mesh(metric, metric, MeshOptions(max_faces=DOME_FACES))

    assert again.measures["mesh_area"].value == pytest.approx(found)
    assert digest(metric.mesh) == digest(work.mesh)  # same points, same bytes


def test_what_lies_far_from_control_points_is_left_out(tmp_path):
    """Of a plan of half a metre, widened by a quarter, 0.75 m stay."""
    rng = np.random.default_rng(2)
    points = dome(rng)
    work = Workspace(tmp_path)
    write_cloud(work, points, points)
    control = [[x, 0.5, z] for x in (-0.25, 0.25) for z in (-0.25, 0.25)]
    write_json(work.world, world_of(control_points=control).model_dump(mode="json"))

    build_mesh(work, work, MeshOptions(max_faces=DOME_FACES, region=Region.control))

    positions = np.asarray(o3d.io.read_triangle_mesh(work.mesh).vertices)
    assert np.abs(positions[:, [0, 2]]).max() == pytest.approx(0.375, abs=0.06)


def test_a_region_of_control_points_needs_some(tmp_path):
    points = dome(np.random.default_rng(2), 2000)
    work = Workspace(tmp_path)
    write_cloud(work, points, points)
    write_json(work.world, world_of().model_dump(mode="json"))

    with pytest.raises(CaptureError, match=r"region control, found no control points.*expected"):
        build_mesh(work, work, MeshOptions(region=Region.control))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_too_few_points(tmp_path):
    work = Workspace(tmp_path)
    points = dome(np.random.default_rng(0), 50)
    write_cloud(work, points, points)

    with pytest.raises(CaptureError, match=r"fused.ply: .* points, expected at least 1,000"):
        build_mesh(work, work)
    assert not work.mesh.exists()


def test_no_normals(tmp_path):
    work = Workspace(tmp_path)
    write_cloud(work, dome(np.random.default_rng(0)), None)

    with pytest.raises(CaptureError, match="without normals"):
        build_mesh(work, work)


def test_no_cloud(tmp_path):
    with pytest.raises(CaptureError, match=r"fused.ply: not found"):
        build_mesh(Workspace(tmp_path), Workspace(tmp_path))


def test_a_small_gap_is_bridged_and_a_large_one_is_not(tmp_path):
    """Two round gaps in a dome, of 0.12 and 0.8 across; the base is open too."""
    points = dome(np.random.default_rng(2))
    small = np.linalg.norm(points - np.array([0.6, 0.8, 0]), axis=1) < 0.06
    large = np.linalg.norm(points - np.array([-0.6, 0.8, 0]), axis=1) < 0.4
    points = points[~small & ~large]
    work = Workspace(tmp_path)
    write_cloud(work, points, points)

    report = build_mesh(work, work, MeshOptions(max_faces=DOME_FACES, hole_share=0.1))

    assert report.measures["holes"].value == 2


def test_the_octree_is_no_deeper_than_the_faces_wanted_need():
    """A sheet of 1 x 1 m, a point every 1 mm: at depth 8 a cell is 4.3 mm wide, 54,289 cells."""
    step = np.linspace(0, 1, 1001)
    x, z = (grid.ravel() for grid in np.meshgrid(step, step))
    points = np.stack([x, np.zeros_like(x), z], axis=1)
    same = np.zeros_like(points)
    cloud = Cloud(points=points, normals=same, colours=same, spacing=np.full(len(points), 0.001))

    assert octree_depth(cloud, 10_000_000) == 11  # a cell of 0.54 mm
    # At depth 8 the surface has 163,000 faces: 2.25 times 72,385.
    assert octree_depth(cloud, 73_000) == 9
    assert octree_depth(cloud, 72_000) == 8


def test_a_mesh_beside_a_scan_that_is_not_tied_says_so(tmp_path):
    rng = np.random.default_rng(1)
    work, points = Workspace(tmp_path), dome(rng, 4000)
    write_cloud(work, points, points)
    beside = np.add(points, [0.7, 0, 0]).astype(np.float32)
    write_store(work.scan_cloud, {"xyz": beside, "normal": (127 * points).astype(np.int8)})
    write_json(work.world, world_of(scan_tied=False).to_json())
    report = build_mesh(work, work, MeshOptions(max_faces=2000))
    assert report.details["points_by_source"] == {"photos": len(points)}
    assert report.warnings[0].startswith("the scan is not tied to the photos")


def test_the_region_of_cameras_counts_the_stations_of_scans(tmp_path):
    """Two stations in a room without photos."""
    poses = {"a": np.eye(4), "b": np.eye(4)}
    poses["b"][:3, 3] = (6.0, 1.5, -2.0)
    placed = [
        PlacedStation(id=name, file="a.e57", scan=0, world_from_station=columns_from_matrix(pose))
        for name, pose in poses.items()
    ]
    work = Workspace(tmp_path)
    write_json(work.stations, PlacedStations(stations=placed).to_json())
    assert camera_centres(work) == pytest.approx(np.array([[0, 0, 0], [6.0, 1.5, -2.0]]))
