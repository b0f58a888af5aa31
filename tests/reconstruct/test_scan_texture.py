"""A model textured from the scan's own colours, without photos."""

import numpy as np
import open3d as o3d
import pytest

from vtour.atlas.packing import pack
from vtour.atlas.surface_charts import charts_of_surface, facing_axes, hidden_faces
from vtour.atlas.texels import owners
from vtour.clouds.store import write_store
from vtour.errors import CaptureError
from vtour.files import remove, write_json
from vtour.glb import read_glb
from vtour.reconstruct.scan_colours import ScanColours, shades_of
from vtour.reconstruct.texture import ColourSource, TextureOptions, texture_mesh
from vtour.schema.world import World
from vtour.workspace import Workspace

SMALL = TextureOptions(texture_px=512)


def colour_at(points):
    """A smooth colour (n, 3) of a place, 0 to 255."""
    return np.clip(127 + 100 * np.sin(points * [1.5, 2.0, 2.5]), 0, 255)


def box(divisions=10):
    mesh = o3d.geometry.TriangleMesh.create_box(2.0, 1.0, 1.5)
    mesh = mesh.subdivide_midpoint(3)
    return mesh, np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)


def site(tmp_path, columns=("rgb",)):
    """A work folder with a mesh of a box and a scan of it."""
    work = Workspace(tmp_path)
    mesh, _, _ = box()
    work.mesh.parent.mkdir(parents=True)
    o3d.io.write_triangle_mesh(str(work.mesh), mesh)
    points = np.asarray(mesh.sample_points_uniformly(40_000).points)
    rgb = np.rint(colour_at(points)).astype(np.uint8)
    known = {"rgb": rgb, "intensity": (rgb[:, 0].astype(np.uint16) * 257)}
    chosen = {name: known[name] for name in columns}
    normal = np.tile(np.array([0, 127, 0], np.int8), (len(points), 1))
    write_store(work.scan_cloud, {"xyz": points.astype(np.float32), "normal": normal, **chosen})
    identity = list(np.eye(4).reshape(-1))
    world = World(
        scale="metric", scale_source="scan", north="unknown", up="measured", world_from_sfm=identity
    )
    write_json(work.world, world.to_json())
    return work


def sampled(model):
    """Places (n, 3) and texture colours (n, 3) amid every face of a model."""
    places = model.positions[model.faces].mean(axis=1)
    uv = model.uvs[model.faces].mean(axis=1) * len(model.texture)
    return places, model.texture[uv[:, 1].astype(int), uv[:, 0].astype(int)].astype(float)


def test_the_colours_of_the_scan_lie_where_they_belong(tmp_path):
    work = site(tmp_path)
    report = texture_mesh(work, work, SMALL)
    places, colours = sampled(read_glb(work.master_model))
    assert np.abs(colours - colour_at(places)).max() < 12
    assert report.measures["faces_textured"].value == 1.0
    assert report.measures["texture_density"].value > 50  # points lie 1 to 2 cm apart


def test_intensity_is_grey(tmp_path):
    work = site(tmp_path, ("intensity",))
    texture_mesh(work, work, SMALL)
    places, colours = sampled(read_glb(work.master_model))
    assert np.ptp(colours, axis=1).max() == 0
    assert np.abs(colours[:, 0] - colour_at(places)[:, 0]).max() < 12


def test_photos_do_not_paint_a_scan_that_they_are_not_tied_to(tmp_path):
    work = site(tmp_path)
    world = work.read_world()
    world.scan_tied = False
    write_json(work.world, world.to_json())
    work.sparse.mkdir()  # and no dense/: the mesh is of the scan alone
    texture_mesh(work, work, SMALL)
    places, colours = sampled(read_glb(work.master_model))
    assert np.abs(colours - colour_at(places)).max() < 12


def test_a_scan_without_any_colour_is_shaded_by_its_shape(tmp_path):
    work = site(tmp_path, ())
    report = texture_mesh(work, work, SMALL)
    _, colours = sampled(read_glb(work.master_model))
    assert np.ptp(colours, axis=1).max() == 0
    assert colours.min() > 180  # all its normals look up, to the light
    assert "neither colour nor intensity" in report.warnings[0]


def test_shades_tell_up_from_down():
    up, down, side = shades_of(np.array([[0, 127, 0], [0, -127, 0], [127, 0, 0]], np.int8))[:, 0]
    assert up == pytest.approx(205) and down == pytest.approx(95) and side == pytest.approx(115)


def test_without_photos_and_scan_nothing_is_textured(tmp_path):
    work = site(tmp_path)
    remove(work.scan_cloud)
    with pytest.raises(CaptureError, match="neither photos nor a scan"):
        texture_mesh(work, work, SMALL)
    assert not work.master_model.exists()


def test_the_scan_can_be_asked_for(tmp_path):
    work = site(tmp_path)
    work.sparse.mkdir()  # photos were solved, and are not looked at
    texture_mesh(work, work, TextureOptions(texture_px=512, colours=ColourSource.scan))
    assert work.master_model.is_file()


def test_the_faces_of_a_box_look_along_their_axes():
    _, positions, faces = box()
    normals = np.cross(
        positions[faces[:, 1]] - positions[faces[:, 0]],
        positions[faces[:, 2]] - positions[faces[:, 0]],
    )
    kinds = facing_axes(positions, faces)
    axis = np.abs(normals).argmax(axis=1)
    sign = normals[np.arange(len(faces)), axis] < 0
    assert np.array_equal(kinds, 2 * axis + sign)
    assert charts_of_surface(positions, faces, 10.0).count == 6


def test_charts_are_not_mirrored():
    """Seen from outside, right and down in a chart turn like right and down on a page."""
    _, positions, faces = box()
    charts = charts_of_surface(positions, faces, 10.0)
    a, b, c = (charts.flat[charts.faces[:, k]] for k in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (turn < 0).all()  # anticlockwise from outside, with y down


def helix(turns=2, steps=48):
    """A ramp of two turns about y, 1 m wide: what lies above hides what lies below."""
    angle = np.linspace(0, turns * 2 * np.pi, turns * steps + 1)
    rise = angle / (2 * np.pi)
    inner = np.stack([np.cos(angle), rise, -np.sin(angle)], -1)
    outer = np.stack([2 * np.cos(angle), rise, -2 * np.sin(angle)], -1)
    positions = np.stack([inner, outer], 1).reshape(-1, 3)
    first = 2 * np.arange(len(angle) - 1)
    lower = np.stack([first, first + 1, first + 2], -1)
    upper = np.stack([first + 1, first + 3, first + 2], -1)
    return positions, np.vstack([lower, upper])


def test_a_ramp_above_itself_shares_no_texels():
    positions, faces = helix()
    charts = charts_of_surface(positions, faces, 40.0)
    assert charts.count > 1
    assert not hidden_faces(charts).any()
    packing = pack(charts, most_px=512, gutter_px=2)
    place = packing.texels(charts)
    owned = np.bincount(owners(place, charts.faces, packing.size_px).reshape(-1) + 1)[1:]
    assert owned.min() > 20


def test_between_two_points_colours_mix(tmp_path):
    xyz = np.array([[0, 0, 0], [1, 0, 0], [5, 0, 0], [6, 0, 0], [7, 0, 0]], np.float32)
    rgb = np.array([[0, 0, 0], [200, 200, 200], [0, 0, 0], [0, 0, 0], [0, 0, 0]], np.uint8)
    write_store(tmp_path / "cloud", {"xyz": xyz, "rgb": rgb})
    colours = ScanColours.read(tmp_path / "cloud")
    near, far = colours.at(np.array([[1.0, 0, 0], [0.0, 0, 0]]))[:, 0]
    assert near > 100 > far
