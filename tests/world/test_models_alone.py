"""The world of a site of which there is nothing but models."""

import json

import numpy as np
import pytest

from tests.model_captures import taken, write_obj
from tests.models.model_files import square
from vtour.errors import CaptureError
from vtour.model_files import models_of_site
from vtour.model_places import place_model
from vtour.workspace import Workspace
from vtour.world.solve import solve_world

UTM = np.array([680_500.0, 2_417_850, 265])


def solved(tmp_path, yaml=None, site=None, low=(0, 0, 0), high=(1, 1, 1), glb=False):
    folder = tmp_path / "captures" / "models"
    folder.mkdir(parents=True)
    if glb:
        square().glb(folder / "a.glb")
    else:
        write_obj(folder / "a.obj", low, high)
    if site:
        (tmp_path / "captures" / "site.yaml").write_text(f"id: gate\n{site}")
    work = taken(tmp_path, yaml)
    report = solve_world(work, work)
    return json.loads(work.world.read_text()), report.warnings, work


def test_gltf_is_in_metres(tmp_path):
    world, warnings, _ = solved(tmp_path, glb=True)
    assert (world["scale"], world["scale_source"]) == ("metric", "manual")
    assert (world["north"], world["up"], "anchor" in world) == ("unknown", "assumed", False)
    assert warnings == []


def test_without_units_an_obj_has_no_metres(tmp_path):
    world, warnings, _ = solved(tmp_path)
    assert (world["scale"], world["scale_source"]) == ("unknown", "none")
    assert "models/a.obj: neither models.yaml nor its format says its units" in warnings[0]


def test_units_make_metres(tmp_path):
    world, warnings, _ = solved(tmp_path, "models:\n  - {file: a.obj, units: cm}\n")
    assert world["scale"] == "metric" and warnings == []


def test_a_crs_gives_place_and_north(tmp_path):
    """The world's origin is amid the foot of the model: its box lies evenly around it."""
    yaml = "models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n"
    world, _, work = solved(tmp_path, yaml, low=UTM, high=np.add(UTM, [20, 40, 10]))
    assert (world["north"], world["up"], world["scale"]) == ("true", "measured", "metric")
    assert world["anchor"]["lat"] == pytest.approx(21.85, abs=0.01)
    assert world["anchor"]["height_m"] == pytest.approx(265, abs=0.3)
    assert "do not tell" in world["anchor"]["datum"] or "does not tell" in world["anchor"]["datum"]
    (model,) = models_of_site(work)
    points = place_model(model, work.read_world(), alone=True).to_world(
        np.add(UTM, [[10, 20, 0.0]])
    )
    np.testing.assert_allclose(points, [[0, 0, 0]], atol=0.3)


def test_the_anchor_of_the_site_is_the_origin(tmp_path):
    yaml = "models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n"
    site = "anchor: {lat: 21.85, lon: 106.75, height_m: 250}\n"
    world, warnings, _ = solved(tmp_path, yaml, site, low=UTM, high=UTM + 9)
    assert world["anchor"]["lat"] == 21.85 and world["anchor"]["height_m"] == 250
    assert warnings == []


def test_an_anchor_far_away_is_not_used(tmp_path):
    yaml = "models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n"
    site = "anchor: {lat: 10, lon: 106.75, height_m: 250}\n"
    world, warnings, _ = solved(tmp_path, yaml, site, low=UTM, high=UTM + 9)
    assert world["anchor"]["lat"] == pytest.approx(21.85, abs=0.01)
    assert "site.yaml: its anchor is 1,318 km from the crs of models/a.obj" in warnings[0]


def test_a_position_on_the_earth_is_the_origin(tmp_path):
    yaml = "models:\n  - {file: a.glb, position: {lat: 21.8, lon: 106.7, height: 30}}\n"
    world, _, _ = solved(tmp_path, yaml, glb=True)
    assert world["anchor"]["lat"] == 21.8 and world["north"] == "true"


def test_without_models_there_is_nothing(tmp_path):
    _, _, work = solved(tmp_path)
    path = work.inventory
    path.write_text(path.read_text().replace('"used"', '"ignored"'))
    with pytest.raises(CaptureError, match="0 usable photos"):
        solve_world(Workspace(work.root, work.captures), work)


def test_a_gltf_of_kilometres_is_not_in_metres(tmp_path):
    """A statue of 1.2 m whose file counts in millimetres."""
    folder = tmp_path / "captures" / "models"
    folder.mkdir(parents=True)
    gltf = square()
    gltf.document["nodes"][0]["scale"] = [1200, 1200, 1]
    gltf.glb(folder / "a.glb")
    work = taken(tmp_path)
    report = solve_world(work, work)
    assert json.loads(work.world.read_text())["scale"] == "unknown"
    assert "models/a.glb: 1,200 x 1,200 x 0 m, if its units are metres" in report.warnings[0]
    work = taken(tmp_path, "models:\n  - {file: a.glb, units: mm}\n")
    assert solve_world(work, work).warnings == []
    assert json.loads(work.world.read_text())["scale"] == "metric"


SAYS = {
    "crs": "{file: b.obj, crs: 'EPSG:32648'}",
    "units": "{file: b.obj, units: cm}",
    "position": "{file: c.glb, position: {lat: 21.8, lon: 106.7, height: 30}}",
}


@pytest.mark.parametrize("what", SAYS)
def test_a_model_without_units_does_not_spoil_what_others_say(tmp_path, what):
    folder = tmp_path / "captures" / "models"
    write_obj(folder / "a.obj")
    low = UTM if what == "crs" else np.zeros(3)
    write_obj(folder / "b.obj", low, low + 5)
    square().glb(folder / "c.glb")
    work = taken(tmp_path, f"models:\n- {SAYS[what]}\n")
    report = solve_world(work, work)
    assert json.loads(work.world.read_text())["scale"] == "metric"
    assert report.warnings == []
    by_path = {model.file.path: model for model in models_of_site(work)}
    placings = {
        path: place_model(model, work.read_world(), alone=False) for path, model in by_path.items()
    }
    assert any("metres are taken" in text for text in placings["models/a.obj"].warnings)
    told = placings["models/c.glb" if what == "position" else "models/b.obj"]
    assert told.placed_by == ("unknown" if what == "units" else what)


def test_a_gltf_of_which_nothing_is_said_makes_no_metres_for_an_obj(tmp_path):
    folder = tmp_path / "captures" / "models"
    write_obj(folder / "a.obj")
    square().glb(folder / "c.glb")
    work = taken(tmp_path)
    (told,) = solve_world(work, work).warnings
    assert "models/a.obj" in told
    assert json.loads(work.world.read_text())["scale"] == "unknown"
