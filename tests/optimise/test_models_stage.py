"""The stage ``models`` on boxes: where their files stand, what is kept, what is left out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.model_captures import corners, taken, write_obj, write_ply
from tests.models.model_files import square
from vtour.errors import CaptureError, OptionError
from vtour.files import tree_digest, write_json
from vtour.frames import matrix_from_columns, transform_points
from vtour.glb.container import parts_from_glb
from vtour.glb.scene import Material, Part, Scene
from vtour.model_files import models_of_site, read_made_models
from vtour.model_places import place_model
from vtour.models import read_scene
from vtour.optimise import models as stage
from vtour.optimise.choosing.versions import STEPS
from vtour.optimise.derivatives import Budgets
from vtour.optimise.models import ModelsOptions, make_models, scene_in_world
from vtour.optimise.writing.validate import validate_glb
from vtour.schema.tour import Usage
from vtour.schema.world import World
from vtour.workspace import Workspace

SMALL = ModelsOptions(views=1, view_px=128, poster_px=160, ar=False, highest=False)
IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
UTM = np.array([680_500.0, 2_417_850, 265])  # EPSG:32648, 1 km from the anchor
WORLD = World.model_validate(
    {
        "scale": "metric", "scale_source": "gps", "north": "true", "up": "measured",
        "anchor": {"lat": 21.85, "lon": 106.75, "height_m": 260.0}, "world_from_sfm": IDENTITY,
    }
)  # fmt: skip


@pytest.fixture(autouse=True)
def _only_thumbs(monkeypatch):
    """One version of each model is enough here: how they are made is tested elsewhere."""
    monkeypatch.setattr(stage, "steps_of", lambda _: STEPS[:1])


def made(tmp_path, yaml=None, options=SMALL, out=None):
    """Run the stage on the captures in ``tmp_path``; returns its models, warnings, workspace."""
    work = taken(tmp_path, yaml)
    write_json(work.world, WORLD.to_json())
    out = out or Workspace(tmp_path / "out", work.captures)
    report = make_models(work, out, options)
    return read_made_models(out.made_models), report, out


def in_world(out, model):
    """Corners of the finest derivative, in the world, from least to greatest."""
    finest = [one for one in model.derivatives if one.usage is Usage.web3d][-1]
    scene = read_scene(out.root / finest.uri)
    points = np.concatenate([part.positions for part in scene.parts])
    found = transform_points(matrix_from_columns(model.world_from_model), points)
    return found.min(axis=0), found.max(axis=0)


def test_files_and_place_together_put_a_model_where_it_stands(tmp_path):
    """A box of 100 x 200 x 300 cm, z up, turned clockwise by 90 degrees: upright it reaches to
    (1, 3, -2), turned to (2, 3, 1), and from the position at (10, 5, -20) to (12, 8, -19).
    """
    write_obj(tmp_path / "captures/models/a.obj", high=(100, 200, 300))
    yaml = (
        "models:\n- {file: a.obj, title: {vi: Cổng}, license: CC0-1.0, credit: Lan, units: cm, "
        "position: {enu_m: [10, 20, 5]}, heading_deg: 90}\n"
    )
    (model,), report, out = made(tmp_path, yaml)
    low, high = in_world(out, model)
    np.testing.assert_allclose(low, [10, 5, -20], atol=1e-3)
    np.testing.assert_allclose(high, [12, 8, -19], atol=1e-3)
    # the files themselves are about the foot of the box: for phones, and for float32
    np.testing.assert_allclose(model.bounds_min, [-1, 0, -0.5], atol=1e-3)
    assert (model.id, model.title, model.placed_by) == ("a", {"vi": "Cổng"}, "position")
    assert (model.faces, model.poster.uri) == (12, "models/a/poster.webp")
    assert report.measures["models_placed"].value == 1
    document, _ = parts_from_glb(out.root / model.derivatives[0].uri)
    assert document["asset"]["copyright"] == "Lan, CC0-1.0"
    (packet,) = document["extensions"]["KHR_xmp_json_ld"]["packets"]
    assert "Cổng" in json.dumps(packet, ensure_ascii=False)
    assert all(validate_glb(out.root / one.uri).errors == [] for one in model.derivatives)


def test_a_model_in_utm_stands_within_a_millimetre(tmp_path):
    """Before its coordinates are quantised: to 14 bits of 40 m, 2.4 mm, in the file."""
    high = np.add(UTM, [40, 30, 20])
    path = write_obj(tmp_path / "captures/models/a.obj", UTM, high)
    (model,), _, out = made(tmp_path, "models:\n- {file: a.obj, crs: 'EPSG:32648'}\n")
    (found,) = models_of_site(Workspace(tmp_path / "work", tmp_path / "captures"))
    placing = place_model(found, WORLD, alone=True)
    expected = placing.to_world(corners(UTM, high))
    moved, foot = scene_in_world(read_scene(path), placing)
    bounds = np.add(moved.bounds, foot)
    np.testing.assert_allclose(bounds, [expected.min(axis=0), expected.max(axis=0)], atol=1e-4)
    np.testing.assert_allclose(in_world(out, model), bounds, atol=0.0025)


def test_directions_turn_with_the_model(tmp_path):
    """A wall that faces south (+z) and is turned clockwise by 90 degrees faces west (-x)."""
    folder = tmp_path / "captures/models"
    folder.mkdir(parents=True)
    square().glb(folder / "a.glb")
    yaml = "models:\n- {file: a.glb, position: {enu_m: [0, 0, 0]}, heading_deg: 90}\n"
    (model,) = models_of_site(taken(tmp_path, yaml))
    scene = read_scene(folder / "a.glb")
    part = scene.parts[0]
    tangents = np.tile(np.float32([1, 0, 0, -1]), (len(part.positions), 1))
    told = Part(part.positions, part.faces, normals=part.normals, tangents=tangents, uvs=part.uvs)
    moved, foot = scene_in_world(
        Scene([told], [Material()]), place_model(model, WORLD, alone=False)
    )
    np.testing.assert_allclose(moved.parts[0].normals, np.tile([-1, 0, 0], (4, 1)), atol=1e-6)
    np.testing.assert_allclose(moved.parts[0].tangents, np.tile([0, 0, 1, -1], (4, 1)), atol=1e-6)
    np.testing.assert_allclose(foot, [0, 0, 0.5], atol=1e-6)  # it went from x 0..1 to z 0..1


def test_a_model_without_a_place_stands_at_the_origin_and_is_told(tmp_path):
    write_obj(tmp_path / "captures/models/a.obj")
    write_ply(tmp_path / "captures/models/b.ply", high=(1, 1, 2))
    models, report, _ = made(tmp_path)
    assert [model.placed_by for model in models] == ["unknown", "unknown"]
    assert report.measures["models_placed"].value == 0
    assert any("models/b.ply: models.yaml does not say where" in text for text in report.warnings)


def test_what_a_killed_run_had_made_is_kept_with_its_warnings(tmp_path, monkeypatch):
    write_obj(tmp_path / "captures/models/a.obj")
    write_ply(tmp_path / "captures/models/b.ply", high=(1, 1, 2))
    real, seen = stage.derive, []

    def killed(master, place, *arguments, **more):
        seen.append(place.name)
        if place.name == "b" and seen.count("b") == 1:
            raise KeyboardInterrupt
        return real(master, place, *arguments, **more)

    monkeypatch.setattr(stage, "derive", killed)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path)
    models, report, _ = made(tmp_path)
    assert seen == ["a", "b", "b"]
    assert [model.id for model in models] == ["a", "b"]
    assert any(text.startswith("models/a.obj") for text in report.warnings)


def test_only_what_changed_is_made_again(tmp_path, monkeypatch):
    real, seen = stage.derive, []

    def watched(master, place, *arguments, **more):
        seen.append(place.name)
        return real(master, place, *arguments, **more)

    monkeypatch.setattr(stage, "derive", watched)
    folder = tmp_path / "captures/models"
    write_obj(folder / "gate/a.obj")
    write_ply(folder / "b.ply", high=(1, 1, 2))
    write_ply(folder / "c.ply", high=(1, 1, 3))
    _, before, out = made(tmp_path)
    assert seen == ["b", "c", "gate"]
    seen.clear()
    (folder / "c.ply").unlink()
    models, report, _ = made(tmp_path, "models:\n- {file: b.ply, credit: Lan}\n")
    assert seen == ["b"] and [model.id for model in models] == ["b", "gate"]
    assert models[0].credit == "Lan" and not out.made_model("c").exists()
    told = [text for text in before.warnings if "a.obj" in text]
    assert told and told == [text for text in report.warnings if "a.obj" in text]
    seen.clear()
    (folder / "gate/a.mtl").write_text("newmtl skin\nKd 0.2 0.4 0.6\n")
    made(tmp_path)
    assert seen == ["b", "gate"]  # b lost its credit
    seen.clear()
    (out.made_model("b") / "poster.webp").write_bytes(b"touched")
    made(tmp_path)
    assert seen == ["b"]
    seen.clear()
    made(tmp_path, options=replace(SMALL, poster_px=200))
    assert seen == ["b", "gate"]


def test_a_model_that_turns_out_bad_is_left_out(tmp_path):
    """A part of zero area is read, and nothing is left of it when it is cleaned."""
    write_obj(tmp_path / "captures/models/flat.obj", high=(0, 0, 1))
    with pytest.raises(CaptureError):
        made(tmp_path)
    write_ply(tmp_path / "captures/models/b.ply")
    models, report, out = made(tmp_path)
    assert [model.id for model in models] == ["b"]
    assert any("left out, the build goes on without it" in text for text in report.warnings)
    assert not out.made_model("flat").exists()


def test_a_budget_that_is_an_error_ends_the_stage(tmp_path, monkeypatch):
    write_obj(tmp_path / "captures/models/a.obj")
    write_ply(tmp_path / "captures/models/b.ply", high=(1, 1, 2))
    tiny = replace(STEPS[0], bytes=100)
    monkeypatch.setattr(stage, "steps_of", lambda _: [tiny])
    strict = replace(SMALL, budgets=Budgets.errors)
    with pytest.raises(OptionError, match=r"a\.thumb\.glb.*: allow more bytes"):
        made(tmp_path, options=strict)


def test_what_was_lost_in_reading_is_told(tmp_path):
    path = write_obj(tmp_path / "captures/models/a.obj")
    (path.parent / "skin.png").unlink()
    _, report, _ = made(tmp_path)
    (told,) = [text for text in report.warnings if "skin.png" in text]
    assert told.startswith("models/a.obj: ") and "not found" in told


def animated(folder, gltf):
    """The square rises by its height in a second."""
    folder.mkdir(parents=True)
    times = gltf.accessor(np.float32([0, 1]), min=[0], max=[1])
    moves = gltf.accessor(np.float32([[0, 0, 0], [0, 1, 0]]))
    gltf.document["animations"] = [
        {
            "channels": [{"sampler": 0, "target": {"node": 0, "path": "translation"}}],
            "samplers": [{"input": times, "output": moves}],
        }
    ]
    position = gltf.document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    gltf.document["accessors"][position] |= {"min": [0, 0, 0], "max": [1, 1, 0]}
    return gltf.glb(folder / "a.glb")


def test_an_animated_model_keeps_its_animation(tmp_path):
    animated(tmp_path / "captures/models", square())
    yaml = "models:\n- {file: a.glb, units: cm, position: {enu_m: [7, 0, 0]}}\n"
    (model,), report, out = made(tmp_path, yaml)
    (one,) = model.derivatives
    document, _ = parts_from_glb(out.root / one.uri)
    assert len(document["animations"]) == 1 and one.faces == 2
    assert (one.texture_px, one.textures) == (2, 1)
    with Image.open(out.root / model.poster.uri) as poster:
        assert poster.size == (model.poster.width, model.poster.height) == (160, 120)
        assert len(poster.convert("RGB").quantize(8).getcolors()) > 2
    low, high = (model.bounds_min, model.bounds_max)
    there = transform_points(matrix_from_columns(model.world_from_model), [low, high])
    np.testing.assert_allclose(there, [[7, 0, 0], [7.01, 0.01, 0]], atol=1e-9)
    assert any("kept as it is" in text for text in report.warnings)


def test_a_model_with_a_skin_gets_no_poster(tmp_path):
    gltf = square()
    gltf.document["nodes"].append({"name": "bone"})
    gltf.document["skins"] = [{"joints": [1]}]
    animated(tmp_path / "captures/models", gltf)
    (model,), _, out = made(tmp_path)
    assert model.poster is None
    assert not (out.made_model("a") / "poster.webp").exists()


def test_the_same_model_gives_the_same_bytes(tmp_path):
    write_obj(tmp_path / "captures/models/a.obj")
    _, _, first = made(tmp_path, out=Workspace(tmp_path / "1", tmp_path / "captures"))
    _, _, second = made(tmp_path, out=Workspace(tmp_path / "2", tmp_path / "captures"))
    assert tree_digest(first.root) == tree_digest(second.root)
