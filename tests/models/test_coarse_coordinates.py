"""Coordinates that float32 has damaged before the file was written: said, with what to do."""

import numpy as np
import pytest
from model_files import CORNERS, FACES, Gltf
from test_read_ply import INDICES, TRIANGLES, ply

from vtour.models import read_scene

UTM = (681_000, 2_417_000, 264)
STEPS = "coordinates come in steps of {} m: export with a local origin, or PLY with double"


def steps_of(scene):
    return [note for note in scene.notes if "steps" in note]


def square_ply(path, form, kind, place, size=1):
    vertex = [(kind, name) for name in "xyz"]
    rows = (CORNERS * size + place).tolist()
    return ply(path, form, vertex, rows, INDICES, TRIANGLES)


def square_glb(path, positions, **node):
    gltf = Gltf()
    gltf.primitive({"POSITION": gltf.accessor(positions)}, faces=FACES.astype(np.uint16))
    gltf.document["nodes"] = [{"mesh": 0, **node}]
    return gltf.glb(path)


@pytest.mark.parametrize("form", ["binary_little_endian", "binary_big_endian"])
def test_ply_of_floats_in_map_coordinates(tmp_path, form):
    # float32 has 24 bits: 2^21 <= 2,417,000 < 2^22, so a step is 2^(21 - 23) m
    scene = read_scene(square_ply(tmp_path / "a.ply", form, "float", UTM))
    assert steps_of(scene) == [STEPS.format("0.25")]


@pytest.mark.parametrize(
    ("form", "kind", "place", "size"),
    [
        ("binary_little_endian", "double", UTM, 1),
        ("ascii", "float", UTM, 1),  # a text has all its digits
        ("binary_little_endian", "float", (8000, 0, 0), 1),  # steps of 0.0005
        ("binary_little_endian", "float", (-30_000, 0, 0), 60_000),  # large, around zero
    ],
)
def test_ply_that_is_fine(tmp_path, form, kind, place, size):
    scene = read_scene(square_ply(tmp_path / "a.ply", form, kind, place, size))
    assert steps_of(scene) == []


def test_ply_just_above_a_millimetre(tmp_path):
    place = (0, -20_000, 0)  # 2^14 <= 20,000 < 2^15: 2^-9 m
    scene = read_scene(square_ply(tmp_path / "a.ply", "binary_little_endian", "float", place))
    assert steps_of(scene) == [STEPS.format("0.002")]


def test_glb_whose_values_are_far(tmp_path):
    far = (CORNERS + UTM).astype(np.float32)
    scene = read_scene(square_glb(tmp_path / "a.glb", far))
    assert steps_of(scene) == [STEPS.format("0.25")]


def test_glb_whose_node_brings_them_back(tmp_path):
    far = (CORNERS + UTM).astype(np.float32)
    scene = read_scene(square_glb(tmp_path / "a.glb", far, translation=[-x for x in UTM]))
    assert scene.notes == [STEPS.format("0.25")]


def test_glb_in_millimetres_has_steps_of_its_scene(tmp_path):
    far = (CORNERS * 1000 + (0, 3e8, 0)).astype(np.float32)  # 300 km; 2^28 <= 3e8: steps of 32 mm
    scene = read_scene(square_glb(tmp_path / "a.glb", far, scale=[0.001] * 3))
    assert steps_of(scene) == [STEPS.format("0.032")]


def test_glb_whose_nodes_carry_the_large_part(tmp_path):
    scene = read_scene(square_glb(tmp_path / "a.glb", CORNERS, translation=list(UTM)))
    assert steps_of(scene) == []


def test_whole_numbers_are_exact(tmp_path):
    far = np.zeros((4, 4), np.uint16)  # rows of four, so that each begins at four bytes
    far[:, :3] = CORNERS + np.array([65_000, 0, 0])
    gltf = Gltf()
    view = gltf.view(far.tobytes(), byteStride=8)
    index = gltf.accessor(CORNERS)
    gltf.document["accessors"][index] |= {"bufferView": view, "componentType": 5123}
    gltf.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    gltf.primitive({"POSITION": index}, faces=FACES.astype(np.uint16))

    scene = read_scene(gltf.glb(tmp_path / "a.glb"))
    assert scene.origin == (65_000, 0, 0)  # 65000.5 to even
    assert steps_of(scene) == []
