"""Quantising and compressing: what comes out of the file is what went in."""

import json
import struct

import numpy as np
import pytest
from optimise.textured_meshes import wavy_square
from web_meshes import write_web_mesh

from vtour.glb import ImageFormat, TexturedMesh, read_glb
from vtour.glb.container import parts_from_glb
from vtour.glb.pictures import encode_image
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.quantise import quantise_positions
from vtour.optimise.writing.validate import validate_glb

COLOURS = {
    "red": (230, 30, 30),
    "green": (30, 200, 30),
    "blue": (30, 30, 230),
    "sand": (220, 200, 90),
}


def four_fields():
    """A 2 x 2 m wall in the plane z = 1 that faces +Z: red at its top left seen from the south,
    green at the top right, blue below the red, sand below the green."""
    rows = [[COLOURS["red"], COLOURS["green"]], [COLOURS["blue"], COLOURS["sand"]]]
    texture = np.array(rows, np.uint8).repeat(32, axis=0).repeat(32, axis=1)
    return TexturedMesh(
        positions=np.array([[-1, 0, 1], [1, 0, 1], [1, 2, 1], [-1, 2, 1]], np.float32),
        normals=None,
        uvs=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        texture=texture,
    )


def webp(mesh):
    return encode_image(mesh.texture, ImageFormat.webp, 90)


def corners_by_hand(path):
    """World position and texture coordinate of every vertex, decoded without our reader."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    gltf, blob = json.loads(data[20 : 20 + length]), data[28 + length :]
    attributes = gltf["meshes"][0]["primitives"][0]["attributes"]
    node = gltf["nodes"][0]
    rows = {}
    for name, accessor in attributes.items():
        accessor = gltf["accessors"][accessor]
        view = gltf["bufferViews"][accessor["bufferView"]]
        width = 3 if name == "POSITION" else 2
        rows[name] = [
            struct.unpack_from(f"<{width}H", blob, view["byteOffset"] + i * view["byteStride"])
            for i in range(accessor["count"])
        ]
    places = np.array(rows["POSITION"]) * node["scale"] + node["translation"]
    return places, np.array(rows["TEXCOORD_0"]) / 65535


def test_each_corner_keeps_its_colour(tmp_path):
    """Red is top left: from the mesh, through quantising, meshopt and back, by hand."""
    mesh = four_fields()
    write_web_mesh(tmp_path / "web.glb", mesh, webp(mesh))
    expand_web_glb(tmp_path / "web.glb", tmp_path / "twin.glb")

    places, uvs = corners_by_hand(tmp_path / "twin.glb")
    found = {tuple(np.round(place, 3)): uv for place, uv in zip(places, uvs, strict=True)}
    np.testing.assert_allclose(found[(-1, 2, 1)], [0, 0], atol=1e-4)  # top left is red
    np.testing.assert_allclose(found[(1, 2, 1)], [1, 0], atol=1e-4)
    np.testing.assert_allclose(found[(-1, 0, 1)], [0, 1], atol=1e-4)
    np.testing.assert_allclose(found[(1, 0, 1)], [1, 1], atol=1e-4)
    texture = read_glb(tmp_path / "twin.glb").texture
    np.testing.assert_allclose(texture[8, 8], COLOURS["red"], atol=12)
    np.testing.assert_allclose(texture[8, 56], COLOURS["green"], atol=12)
    np.testing.assert_allclose(texture[56, 8], COLOURS["blue"], atol=12)


def test_faces_still_look_outside(tmp_path):
    mesh = four_fields()
    write_web_mesh(tmp_path / "web.glb", mesh, webp(mesh))
    expand_web_glb(tmp_path / "web.glb", tmp_path / "twin.glb")

    twin = read_glb(tmp_path / "twin.glb")
    for a, b, c in twin.positions[twin.faces]:
        assert np.cross(b - a, c - a)[2] > 0


@pytest.mark.parametrize("textured", [True, False])
def test_all_faces_come_back(tmp_path, textured):
    mesh = wavy_square(cells=300)  # more than 65,535 vertices: 32-bit indices
    write_web_mesh(tmp_path / "web.glb", mesh, webp(mesh) if textured else None)
    expand_web_glb(tmp_path / "web.glb", tmp_path / "twin.glb")

    twin = read_glb(tmp_path / "twin.glb")
    _, offset, scale = quantise_positions(mesh.positions, 14)

    def faces_on_grid(mesh):
        places = np.rint((mesh.positions - offset) / scale).astype(np.int64)
        sums = places[mesh.faces].sum(axis=1)
        return sums[np.lexsort(sums.T)]

    np.testing.assert_array_equal(faces_on_grid(twin), faces_on_grid(mesh))
    assert (twin.texture is not None) == textured


def test_web_file_is_small_and_declares_what_it_needs(tmp_path):
    mesh = wavy_square(cells=100)
    write_web_mesh(tmp_path / "web.glb", mesh, webp(mesh), copyright="someone")

    document, _ = parts_from_glb(tmp_path / "web.glb")
    assert set(document["extensionsRequired"]) == {
        "EXT_meshopt_compression",
        "EXT_texture_webp",
        "KHR_mesh_quantization",
    }
    assert document["asset"]["copyright"] == "someone"
    assert document["asset"]["generator"].startswith("vtour ")
    plain_bytes = len(mesh.positions) * 20 + mesh.faces.size * 4
    assert (tmp_path / "web.glb").stat().st_size < plain_bytes / 4


def test_same_mesh_same_bytes(tmp_path):
    mesh = wavy_square()
    for name in ("a.glb", "b.glb"):
        write_web_mesh(tmp_path / name, mesh, webp(mesh))

    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


@pytest.mark.parametrize("textured", [True, False])
def test_khronos_finds_nothing(tmp_path, textured):
    mesh = four_fields()
    write_web_mesh(tmp_path / "web.glb", mesh, webp(mesh) if textured else None)

    report = validate_glb(tmp_path / "web.glb")
    assert (report.errors, report.warnings) == ([], [])
