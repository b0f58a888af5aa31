"""Files for augmented reality on Android: what Scene Viewer reads, standing on the floor."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.scenes import rich_scene, square

from vtour.errors import InputError
from vtour.glb.container import parts_from_glb
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_ar import on_floor, ready_for_ar, write_ar_glb

SCENE_VIEWER_READS = {"KHR_materials_unlit", "KHR_texture_transform"}


def textured(edge_px, count=1):
    positions, uvs, faces = square()
    pixels = [np.zeros((edge_px, edge_px, 3), np.uint8) for _ in range(count)]
    materials = [Material(base=Texture(each)) for each in pixels]
    return Scene([Part(positions, faces, uvs=uvs)], materials)


def test_it_asks_for_nothing_that_scene_viewer_lacks(tmp_path):
    write_ar_glb(tmp_path / "ar.glb", rich_scene())

    document, _ = parts_from_glb(tmp_path / "ar.glb")
    assert set(document["extensionsUsed"]) <= SCENE_VIEWER_READS
    assert "extensionsRequired" not in document
    assert {image["mimeType"] for image in document["images"]} <= {"image/jpeg", "image/png"}
    report = validate_glb(tmp_path / "ar.glb")
    assert (report.errors, report.warnings) == ([], [])


def test_it_stands_on_the_middle_of_its_base():
    positions, _, faces = square(z=7, x=3)
    low, high = on_floor(Scene([Part(positions + 5, faces)], [Material()])).bounds

    np.testing.assert_allclose(low, [-1, 0, 0])
    np.testing.assert_allclose(high, [1, 2, 0])


def test_same_scene_same_bytes(tmp_path):
    for name in ("a.glb", "b.glb"):
        write_ar_glb(tmp_path / name, rich_scene())

    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_too_many_faces(tmp_path):
    positions, _, faces = square(cells=224)  # 100,352 faces

    with pytest.raises(InputError, match=r"100,352 faces, expected at most 100,000"):
        write_ar_glb(tmp_path / "ar.glb", Scene([Part(positions, faces)], [Material()]))
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_texture():
    with pytest.raises(InputError, match=r"2049 x 2049 px, expected at most 2048"):
        ready_for_ar(textured(2049))


def test_one_set_of_textures():
    ready_for_ar(textured(1024, count=4))
    with pytest.raises(InputError, match=r"8,388,608 px of colour maps, expected one set"):
        ready_for_ar(textured(2048, count=2))


def test_what_is_not_looked_at_is_left_out():
    wall, stone, _, _ = ready_for_ar(rich_scene()).parts

    assert wall.normals is None
    assert stone.tangents is not None
    bare = replace(rich_scene().materials[1], normal=None)
    scene = rich_scene()
    scene.materials[1] = bare
    assert ready_for_ar(scene).parts[1].tangents is None
