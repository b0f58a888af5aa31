"""A model's tileset in a package: copied, described, served under one digest, checked."""

import json

import numpy as np
import pytest

from tests.sample_packages import change_manifest, write_models
from vtour.files import file_digest, write_json
from vtour.glb.scene import Material, Part, Scene
from vtour.optimise.mesh_tiles.cut import MeshTilesOptions, tile_mesh
from vtour.publish.read import read_package
from vtour.schema.tour import Asset, Tour
from vtour.tour.package_models import pack_models
from vtour.tour.validate import validate_package
from vtour.workspace import Workspace

TILESET = "model/tiles/tileset.json"
SIDE = 40  # squares along an edge of the cloth


@pytest.fixture(scope="module")
def modelled(tmp_path_factory):
    """A work folder with three derivatives of a box and the tiles of a cloth inside it."""
    work = Workspace(tmp_path_factory.mktemp("modelled"))
    write_json(work.derivatives_list, write_models(work.root))
    line = np.linspace(-1, 1, SIDE + 1)
    x, z = np.meshgrid(line, line, indexing="ij")
    positions = np.stack([x, 1 + 0.2 * np.sin(3 * x) * np.cos(2 * z), z], -1).reshape(-1, 3)
    number = np.arange((SIDE + 1) ** 2).reshape(SIDE + 1, SIDE + 1)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([b, d, c], -1)]).reshape(-1, 3)
    part = Part(positions.astype(np.float32), faces.astype(np.uint32))
    tile_mesh(
        Scene([part], [Material()]), work.model_tiles, MeshTilesOptions(tile_faces=900)
    )  # fmt: skip
    return work


@pytest.fixture
def package(modelled, tmp_path):
    packed = pack_models(modelled, tmp_path)
    world = {"scale": "metric", "scale_source": "gps", "north": "unknown", "up": "measured"}
    tour = Tour(
        asset=Asset(generator="test"),
        id="box",
        name={"en": "Box"},
        world=world,
        models=packed.models,
        files=packed.files,
    )
    write_json(tmp_path / "tour.json", tour.to_json())
    return tmp_path


def errors_of(package):
    return validate_package(package).errors


def change_tileset(package, change):
    path = package / TILESET
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))
    change_manifest(package, lambda tour: tour["files"].update({TILESET: file_digest(path)}))


def test_the_manifest_tells_what_the_tiles_cost(package):
    tiles = read_package(package).tour.models[0].tiles
    assert (tiles.uri, tiles.faces) == (TILESET, 2 * SIDE * SIDE)
    folder = package / "model/tiles"
    assert tiles.bytes == sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    root = (folder / "0/0.glb").stat().st_size
    assert tiles.first_bytes == root + (package / TILESET).stat().st_size
    assert 0 < tiles.error_m < 0.1


def test_a_package_with_tiles_is_valid_and_serves_them(package):
    report = validate_package(package)
    assert report.errors == []
    assert not [text for text in report.warnings if "not listed" in text]
    found = read_package(package)
    assert found.file("model/tiles/1/0.glb").digest == found.tour.models[0].tiles.tiles_sha256
    assert found.file("model/tiles/../../tour.json") is None


def test_a_model_without_tiles_says_nothing_of_them(tmp_path):
    work = Workspace(tmp_path / "work")
    write_json(work.derivatives_list, write_models(work.root))
    assert pack_models(work, tmp_path / "package").models[0].tiles is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["root"]["children"].pop(), "faces in its tiles, expected 3,200"),
        (lambda t: t["root"].update(refine="ADD"), "refines by 'ADD', expected 'REPLACE'"),
        (lambda t: t["root"]["content"].update(uri="../site.thumb.glb"), "leads outside"),
        (lambda t: t["root"]["children"][0].update(geometricError=9e9), "geometric error"),
        (lambda t: t["root"]["extras"].update(faces=-1), "-1 faces"),
    ],
)
def test_defects_of_the_tileset(package, change, said):
    change_tileset(package, change)
    assert any(said in text for text in errors_of(package)), errors_of(package)


def test_a_tile_that_is_not_there_or_another(package):
    path = package / "model/tiles/1/0.glb"
    data = path.read_bytes()
    path.unlink()  # it is a link to that of the work folder
    assert any("not found" in text for text in errors_of(package))
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert any("SHA-256 over its tiles" in text for text in errors_of(package))
