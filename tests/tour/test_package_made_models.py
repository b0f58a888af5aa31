"""Models made elsewhere in a package: copied, placed, valid, each with its picture."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.sample_packages import BOX_HIGH, BOX_LOW, write_models
from vtour.errors import InputError
from vtour.files import file_digest, write_json
from vtour.frames import columns_from_matrix, matrix_from_columns
from vtour.schema.models import MadeModel, MadeModels
from vtour.schema.tour import Tour
from vtour.tour.package import build_package
from vtour.tour.package_models import pack_models
from vtour.tour.validate import validate_package
from vtour.workspace import Workspace

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
WORLD = {"scale": "metric", "scale_source": "manual", "north": "true", "up": "assumed"}
TURNED = np.array([[0.0, 0, -1, 10], [0, 1, 0, 5], [1, 0, 0, -20], [0, 0, 0, 1]])
"""A quarter turn clockwise, and a place 10 m east, 5 m up, 20 m north."""


def write_made(work, name, matrix, **more):
    """A made model around the box of ``sample_packages``, with a picture."""
    write_models(work.root)
    folder = work.made_model(name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(work.root / "model", folder)
    derivatives = []
    for quality, faces in (("Thumb", 12), ("Medium", 12), ("High", 12)):
        path = folder / f"site.{quality.lower()}.glb"
        derivatives.append(
            {
                "quality": quality, "uri": f"models/{name}/{path.name}", "faces": faces,
                "bytes": path.stat().st_size, "sha256": file_digest(path),
            }
        )  # fmt: skip
    Image.new("RGB", (60, 45), (90, 120, 60)).save(folder / "poster.webp")
    return MadeModel(
        id=name, file=f"models/{name}.glb", placed_by="position",
        world_from_model=columns_from_matrix(matrix), bounds_min=list(BOX_LOW),
        bounds_max=list(BOX_HIGH), derivatives=derivatives,
        poster={"uri": f"models/{name}/poster.webp", "width": 60, "height": 45}, **more,
    )  # fmt: skip


@pytest.fixture
def work(tmp_path):
    """A work folder of a site of two models made elsewhere and nothing else."""
    work = Workspace(tmp_path / "work")
    made = [
        write_made(work, "gate", TURNED, title={"vi": "Cổng"}, credit="Lan", license="CC0-1.0"),
        write_made(work, "stele", np.eye(4)),
    ]
    write_json(work.made_models, MadeModels(models=made).to_json())
    write_json(work.world, {**WORLD, "world_from_sfm": IDENTITY})
    write_json(
        work.inventory,
        {"version": "1.0", "site_id": "den", "folder": "Đền", "layout": "standard", "files": []},
    )
    return work


def test_all_corners_of_a_turned_box_are_checked(work):
    """Turned by 45 degrees, two opposite corners of the box lie 0.71 m from its own middle in x,
    the others 2.12 m: bounds that hold the former alone are wrong.
    """
    half = np.sqrt(0.5)
    turned = np.array([[half, 0, half, 0], [0, 1, 0, 0], [-half, 0, half, 0], [0, 0, 0, 1.0]])
    write_json(work.made_models, MadeModels(models=[write_made(work, "gate", turned)]).to_json())
    build_package(work, work)
    assert validate_package(work.root).errors == []
    path = work.package / "tour.json"
    told = json.loads(path.read_text())
    reach = 3 * half  # of corners (1, 2) and (-1, -2); of the others half
    np.testing.assert_allclose(told["models"][0]["bounds_max"], [reach, 2, reach], atol=1e-3)
    told["models"][0] |= {"bounds_min": [-reach, 0, -half], "bounds_max": [reach, 2, half]}
    path.write_text(json.dumps(told))
    assert any("reaches outside" in text for text in validate_package(work.root).errors)


def test_a_site_of_models_alone_is_a_valid_package(work):
    report = build_package(work, work)
    assert validate_package(work.root).errors == []
    tour = Tour.model_validate_json((work.package / "tour.json").read_text())
    gate, stele = tour.models
    assert (gate.id, gate.title, gate.credit, gate.license) == (
        "gate", {"vi": "Cổng"}, "Lan", "CC0-1.0",
    )  # fmt: skip
    assert tour.poster.uri == gate.poster.uri == "models/gate/poster.webp"
    assert tour.start is not None
    assert set(tour.files) >= {"models/gate/site.thumb.glb", stele.poster.uri}
    assert not any("not processed" in text for text in report.warnings)


def test_bounds_are_in_the_world(work, tmp_path):
    """The box from -1, 0, -2 to 1, 2, 2: x goes to z, z to -x; then it is moved."""
    gate, stele = pack_models(work, tmp_path / "package").models
    np.testing.assert_allclose(gate.bounds_min, [8, 5, -21])
    np.testing.assert_allclose(gate.bounds_max, [12, 7, -19])
    np.testing.assert_allclose(stele.bounds_min, BOX_LOW)
    assert matrix_from_columns(gate.world_from_model).tolist() == TURNED.tolist()


def test_tiles_are_placed_as_their_model(work, tmp_path):
    """What is north in the tileset (y) is east in the world after the quarter turn."""
    made = MadeModels.model_validate_json(work.made_models.read_text())
    folder = work.made_model("gate") / "tiles"
    (folder / "0").mkdir(parents=True)
    shutil.copy(work.made_model("gate") / "site.thumb.glb", folder / "0" / "0.glb")
    tileset = {
        "asset": {"version": "1.1"}, "geometricError": 1.0, "extras": {"faces": 12},
        "root": {"geometricError": 1.0, "content": {"uri": "0/0.glb"}},
    }  # fmt: skip
    write_json(folder / "tileset.json", tileset)
    made.models[0].has_tiles = True
    write_json(work.made_models, made.to_json())
    packed = pack_models(work, tmp_path / "package")
    tiles = packed.models[0].tiles
    assert tiles.uri == "models/gate/tiles/tileset.json" and tiles.uri in packed.files
    world_from_tileset = matrix_from_columns(tiles.world_from_tileset)
    np.testing.assert_allclose(world_from_tileset @ [0, 1, 0, 1], [11, 5, -20, 1], atol=1e-12)
    np.testing.assert_allclose(world_from_tileset @ [0, 0, 1, 1], [10, 6, -20, 1], atol=1e-12)
    assert tiles.has_tile("models/gate/tiles/0/0.glb")
    assert packed.models[1].tiles is None


def test_the_own_model_of_a_site_comes_first(work, tmp_path):
    write_json(work.derivatives_list, write_models(work.root))
    models = pack_models(work, tmp_path / "package").models
    assert [model.id for model in models] == ["site", "gate", "stele"]


def test_a_changed_file_is_refused(work, tmp_path):
    with (work.made_model("gate") / "site.high.glb").open("ab") as stream:
        stream.write(b"\0\0\0\0")
    with pytest.raises(InputError, match=r"site.high.glb: SHA-256 .*, expected .* as listed"):
        pack_models(work, tmp_path / "package")


def test_a_damaged_list_is_refused(work, tmp_path):
    work.made_models.write_text(json.dumps({"models": [{"id": "a"}]}))
    with pytest.raises(InputError, match=r"models.json: damaged \(.*\), build again"):
        pack_models(work, tmp_path / "package")


def test_bounds_that_are_not_the_model_s_are_an_error(work):
    build_package(work, work)
    path = work.package / "tour.json"
    tour = json.loads(path.read_text())
    tour["models"][0]["world_from_model"] = IDENTITY
    path.write_text(json.dumps(tour))
    assert any(
        "reaches outside the bounds of model 'gate'" in e
        for e in validate_package(work.root).errors
    )


def _rename(tour):
    tour["models"][1]["title"] = {"vi": "Bia\u202e"}


def _lose(tour):
    del tour["files"]["models/stele/poster.webp"]


def _stretch(tour):
    tour["models"][1]["poster"]["width"] = 61


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_rename, "model 'stele' title (vi): control characters"),
        (_lose, "models/stele/poster.webp: named, but not in files"),
        (_stretch, "models/stele/poster.webp: 60 x 45 px, expected 61 x 45 as the poster says"),
    ],
)
def test_what_is_wrong_with_one_of_the_models_is_an_error(work, change, said):
    build_package(work, work)
    path = work.package / "tour.json"
    tour = json.loads(path.read_text())
    change(tour)
    path.write_text(json.dumps(tour))
    assert any(said in text for text in validate_package(work.root).errors)
