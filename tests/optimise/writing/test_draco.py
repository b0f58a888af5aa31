"""Draco in GLB: what it needs of a file, and files that lie."""

import numpy as np
import pytest
from optimise.scenes import rich_scene, square

from vtour.errors import InputError
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.scene import Material, Part, Scene
from vtour.optimise.writing.draco import EXTENSION
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.geometry import Compression
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_web import WebOptions, write_web

DRACO = WebOptions(compression=Compression.draco)


@pytest.fixture
def packed(tmp_path):
    write_web(tmp_path / "draco.glb", rich_scene(), DRACO)
    return tmp_path / "draco.glb"


def test_accessors_say_what_the_decoder_gives(packed):
    """Khronos: count and bounds are those after decoding; accessors name no view."""
    document, _ = parts_from_glb(packed)

    assert EXTENSION in document["extensionsRequired"]
    for mesh in document["meshes"]:
        (primitive,) = mesh["primitives"]
        assert "bufferView" not in document["accessors"][primitive["indices"]]
        names = set(primitive["extensions"][EXTENSION]["attributes"])
        assert names == set(primitive["attributes"])
        assert "TANGENT" not in names


def test_bounds_hold_after_decoding(tmp_path):
    rng = np.random.default_rng(5)
    positions, _, faces = square(cells=30)
    rough = positions + rng.normal(scale=0.01, size=positions.shape).astype(np.float32)
    write_web(tmp_path / "a.glb", Scene([Part(rough, faces)], [Material()]), DRACO)

    assert validate_glb(tmp_path / "a.glb").errors == []


def changed(path, change):
    document, blob = parts_from_glb(path)
    data = bytearray(blob)
    change(document, data)
    path.write_bytes(glb_from_parts(document, bytes(data)))


def noise(document, blob):
    view = document["bufferViews"][0]
    blob[view["byteOffset"] + 11 : view["byteOffset"] + view["byteLength"]] = bytes(
        view["byteLength"] - 11
    )


def another_count(document, _):
    document["accessors"][document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]][
        "count"
    ] += 1


def another_number(document, _):
    packed = document["meshes"][0]["primitives"][0]["extensions"][EXTENSION]
    packed["attributes"]["POSITION"] = 77


@pytest.mark.parametrize("damage", [noise, another_count, another_number])
def test_what_does_not_decode_is_a_finding(packed, damage):
    changed(packed, damage)

    errors = validate_glb(packed).errors
    assert errors
    if damage is not another_count:  # that one Khronos sees without decoding
        assert all(line.startswith("DRACO_DECODE") for line in errors)
    with pytest.raises(InputError):
        expand_web_glb(packed, packed.with_name("twin.glb"))
    assert not packed.with_name("twin.glb").exists()


def test_coordinates_that_are_no_numbers_are_made_some(tmp_path):
    positions, uvs, faces = square()
    uvs[3] = np.nan
    scene = rich_scene()
    part = Part(positions, faces, 1, uvs=uvs)
    write_web(tmp_path / "a.glb", Scene([part], scene.materials), DRACO)

    assert validate_glb(tmp_path / "a.glb").errors == []
