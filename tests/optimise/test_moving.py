"""What is told of a model that moves: its pictures by their headers, its shape at rest."""

import struct

import pytest

from tests.models.model_files import Gltf, picture, square
from vtour.errors import InputError
from vtour.models import read_at_rest
from vtour.optimise.moving import KTX2, picture_edges


def test_pictures_are_measured_by_their_headers():
    """PNG of 8 x 4, KTX2 of 512 x 1024; the PNG of 16 x 16 stands in for the KTX2 alone."""
    gltf = Gltf()
    gltf.texture(picture([[(1, 2, 3)] * 8] * 4))
    gltf.texture(picture([[(1, 2, 3)] * 16] * 16))
    gltf.texture(KTX2 + struct.pack("<4I", 0, 1, 512, 1024) + bytes(64))
    gltf.texture(b"no picture")
    textures = gltf.document["textures"]
    textures[1]["extensions"] = {"KHR_texture_basisu": {"source": textures.pop(2)["source"]}}
    assert picture_edges(gltf.document, bytes(gltf.blob)) == [8, 1024]


def test_a_document_that_contradicts_itself_is_one_line():
    with pytest.raises(InputError, match="inconsistent"):
        picture_edges({"textures": [{"extensions": []}]}, b"")


def test_at_rest_nodes_stand_where_the_file_puts_them(tmp_path):
    gltf = square()
    gltf.document["nodes"][0]["translation"] = [0, 0, 3]
    gltf.document["animations"] = [{"channels": [], "samplers": []}]
    primitive = gltf.document["meshes"][0]["primitives"][0]
    primitive["targets"] = [{"POSITION": primitive["attributes"]["POSITION"]}]
    scene = read_at_rest(gltf.glb(tmp_path / "a.glb"))
    assert [tuple(map(float, corner)) for corner in scene.bounds] == [(0, 0, 3), (1, 1, 3)]


@pytest.mark.parametrize("owner", ["meshes", "nodes"])
def test_what_morph_targets_have_changed_at_rest_is_refused(tmp_path, owner):
    gltf = square()
    primitive = gltf.document["meshes"][0]["primitives"][0]
    primitive["targets"] = [{"POSITION": primitive["attributes"]["POSITION"]}]
    gltf.document[owner][0]["weights"] = [0.5]
    with pytest.raises(InputError, match="morph targets"):
        read_at_rest(gltf.glb(tmp_path / "a.glb"))
