"""The world without measurements, and where origins and anchors go."""

import json

import numpy as np
import pytest

from tests.world.solved_photos import ANCHOR, SFM_FROM_ENU, ring_centres, write_work
from vtour.files import tree_digest, write_json
from vtour.frames import enu_from_geodetic
from vtour.schema.inventory import CaptureFile, Inventory
from vtour.workspace import Workspace
from vtour.world.gauge import VIEWING_DISTANCE, ground_centre
from vtour.world.model import SparseModel
from vtour.world.similarity import Similarity
from vtour.world.solution import about_other_anchor
from vtour.world.solve import read_site_of, solve_world

CENTRES = ring_centres(7)


def solve(tmp_path, texts=None, name="out"):
    folder = tmp_path / name
    work = write_work(folder, CENTRES, texts=texts)
    out = Workspace(folder / "done", work.captures)
    return json.loads((solve_world(work, out), out.world.read_text())[1]), out


def test_without_measurements_nothing_is_claimed(tmp_path):
    world, _ = solve(tmp_path)
    assert [world[key] for key in ("scale", "scale_source", "north", "up")] == [
        "unknown",
        "none",
        "unknown",
        "assumed",
    ]
    assert "anchor" not in world


def test_the_gauge_is_upright_and_of_a_handy_size(tmp_path):
    _, out = solve(tmp_path)
    model = SparseModel.read(out.sparse)
    up_of_cameras = -model.cam_from_sfm[:, 1].mean(axis=0)
    assert up_of_cameras[1] > 0.9  # +Y
    depths, _ = model.depths_and_pixel_sizes()
    assert np.median(depths) == pytest.approx(VIEWING_DISTANCE)
    assert model.points_in_sfm[:, [0, 2]].mean(axis=0) == pytest.approx(0, abs=0.5)


def test_an_anchor_of_the_site_is_kept_without_a_scale(tmp_path):
    text = "id: ring\nanchor: {lat: 21.85, lon: 106.75, height_m: 260.0}\n"
    world, _ = solve(tmp_path, {"site.yaml": text})
    assert world["anchor"]["lat"] == 21.85
    assert world["scale"] == "unknown"


def test_the_site_is_the_one_of_the_inventory(tmp_path):
    """Whatever the case of its name; a link that the inventory refused is not followed."""
    text = "id: ring\nanchor: {lat: 21.85, lon: 106.75, height_m: 260.0}\n"
    files = [CaptureFile(path="Site.yaml", kind="site", status="used", bytes=1, sha256="")]
    work = Workspace(tmp_path / "work", tmp_path)
    write_json(work.inventory, Inventory(site_id="a", layout="standard", files=files).to_json())
    (tmp_path / "Site.yaml").write_text(text)
    assert read_site_of(work).anchor.lat == 21.85

    files = [CaptureFile(path="site.yaml", kind="other", status="ignored", bytes=1, sha256="")]
    write_json(work.inventory, Inventory(site_id="a", layout="standard", files=files).to_json())
    (tmp_path / "site.yaml").symlink_to(tmp_path / "Site.yaml")
    assert read_site_of(Workspace(work.root, tmp_path)) is None


def test_the_same_bytes_again(tmp_path):
    _, first = solve(tmp_path, name="first")
    _, second = solve(tmp_path, name="second")
    assert tree_digest(first.root) == tree_digest(second.root)


def test_the_ground_centre_is_amid_the_points_and_low():
    points = np.array([[x, 5.0, z] for x in range(11) for z in (0.0, 2.0, 9.0)])
    assert ground_centre(points) == pytest.approx([5, 5, 0])


def test_another_anchor_moves_the_frame():
    new = (ANCHOR[0] + 0.001, ANCHOR[1], ANCHOR[2] + 10)
    old_in_new = enu_from_geodetic(*ANCHOR, new)
    assert old_in_new == pytest.approx([0, -110.7, -10], abs=0.2)
    unit = Similarity(1.0, np.eye(3), np.zeros(3))
    assert about_other_anchor(unit, ANCHOR, new).apply(np.zeros(3)) == pytest.approx(old_in_new)
    there = about_other_anchor(SFM_FROM_ENU, ANCHOR, new)
    back = about_other_anchor(there, new, ANCHOR)
    assert back.matrix == pytest.approx(SFM_FROM_ENU.matrix, abs=1e-6)
