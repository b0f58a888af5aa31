"""Plain GLB of a scene, its materials and pictures, and what it says of itself."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from optimise.scenes import four_fields, rich_scene, square
from PIL import Image

from vtour.errors import InputError
from vtour.glb.container import parts_from_glb
from vtour.glb.pictures import (
    MapKind,
    PictureFormat,
    encode_map,
    encode_maps,
    encode_pixels,
    maps_of,
)
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture
from vtour.glb.write import unit_vectors, write_scene
from vtour.glb.xmp import Credits, packet_of
from vtour.optimise.writing.validate import validate_glb

CREDITS = Credits(
    title={"vi": "Cổng thành", "en": "City gate"},
    creators=("Nguyễn Văn A", "B"),
    rights={"en": "CC-BY-4.0"},
    identifier="urn:site:12",
    date="2026-05-01",
)


def written(tmp_path, scene, **more):
    write_scene(tmp_path / "scene.glb", scene, **more)
    return parts_from_glb(tmp_path / "scene.glb")


def test_khronos_finds_nothing(tmp_path):
    write_scene(tmp_path / "scene.glb", rich_scene(), credits=CREDITS)

    report = validate_glb(tmp_path / "scene.glb")
    assert (report.errors, report.warnings) == ([], [])


def test_another_program_reads_the_same(tmp_path):
    import trimesh

    scene = rich_scene()
    write_scene(tmp_path / "scene.glb", scene)

    loaded = trimesh.load(tmp_path / "scene.glb", process=False)
    assert list(loaded.geometry) == ["wall", "stone", "paint", "leaf"]
    for part, mesh in zip(scene.parts, loaded.geometry.values(), strict=True):
        np.testing.assert_array_equal(mesh.vertices, part.positions)
        np.testing.assert_array_equal(mesh.faces, part.faces)
    stone = loaded.geometry["stone"].visual.material
    assert stone.metallicFactor == 0.25
    assert stone.roughnessFactor == 0.75
    picture = np.asarray(stone.baseColorTexture.convert("RGB"))
    np.testing.assert_array_equal(picture, four_fields())


def test_materials_by_hand(tmp_path):
    document, _ = written(tmp_path, rich_scene())
    wall, stone, paint, leaf = document["materials"]

    assert wall["extensions"] == {"KHR_materials_unlit": {}}
    assert wall["doubleSided"]
    assert "doubleSided" not in stone
    assert stone["normalTexture"]["scale"] == 0.5
    assert stone["occlusionTexture"]["strength"] == 0.5
    assert stone["emissiveFactor"] == [0.1, 0.2, 0.3]
    assert {"metallicRoughnessTexture", "baseColorTexture"} < set(stone["pbrMetallicRoughness"])
    assert paint["pbrMetallicRoughness"]["baseColorFactor"] == [0.5, 1, 1, 1]
    assert (leaf["alphaMode"], leaf["alphaCutoff"]) == ("MASK", 0.3)
    texture = document["textures"][leaf["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    assert document["samplers"][texture["sampler"]]["wrapS"] == 10497  # REPEAT


def test_a_picture_that_is_shown_twice_is_stored_once(tmp_path):
    texture = Texture(four_fields())
    positions, uvs, faces = square()
    materials = [Material("a", base=texture), Material("b", base=Texture(texture.pixels))]
    parts = [Part(positions, faces, index, uvs=uvs) for index in range(2)]

    document, _ = written(tmp_path, Scene(parts, materials))
    assert len(document["images"]) == len(document["textures"]) == 1


def test_an_unlit_material_stores_its_base_alone():
    scene = rich_scene()
    scene = replace(scene, materials=[replace(m, unlit=True) for m in scene.materials])

    assert {each.kind for each in maps_of(scene).values()} == {MapKind.colour}


def test_the_most_delicate_use_decides():
    both = Texture(four_fields())
    material = Material(metallic_roughness=both, occlusion=both)

    (each,) = maps_of(Scene([], [material])).values()
    assert each.kind is MapKind.surface


def test_jpeg_keeps_holes_by_becoming_png():
    leaf = rich_scene().materials[3]
    (each,) = maps_of(Scene([], [leaf])).values()
    (opaque,) = maps_of(Scene([], [replace(leaf, alpha_mode=AlphaMode.opaque)])).values()

    assert encode_map(each, PictureFormat.jpg, 80).mime_type == "image/png"
    assert encode_map(opaque, PictureFormat.jpg, 80).mime_type == "image/jpeg"


@pytest.mark.parametrize("form", ["webp", "avif", "jpg", "png"])
def test_every_format_keeps_the_picture_upright(form):
    data = encode_pixels(four_fields(), PictureFormat(form), 90)

    seen = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_allclose(seen[8::48, 8::48], four_fields()[8::48, 8::48], atol=14)


@pytest.mark.parametrize("form", ["webp", "avif", "jpg", "png"])
def test_same_pictures_same_bytes_at_any_number_of_threads(form, monkeypatch):
    scene, quality = rich_scene(), dict.fromkeys(MapKind, 80)
    found = []
    for threads in (1, 2):
        monkeypatch.setattr("vtour.threads.worker_count", lambda threads=threads: threads)
        found.append(list(encode_maps(scene, PictureFormat(form), quality).values()))

    assert found[0] == found[1]


def test_a_picture_too_large_for_webp():
    wide = np.zeros((2, 16384, 3), np.uint8)

    with pytest.raises(InputError, match="16384 x 2 px, expected at most 16383 in WebP"):
        encode_pixels(wide, PictureFormat.webp, 80)


def test_normals_that_are_none_are_made_valid(tmp_path):
    positions, _, faces = square()
    normals = np.zeros_like(positions)
    normals[1:] = (0, 0, 3)
    normals[5] = np.nan
    scene = Scene([Part(positions, faces, normals=normals)], [Material()])
    write_scene(tmp_path / "scene.glb", scene)

    assert validate_glb(tmp_path / "scene.glb").errors == []
    exact = np.float32([[0.6, 0, 0.8]])
    np.testing.assert_array_equal(unit_vectors(exact), exact)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"faces": np.zeros((0, 3), np.uint32)}, "0 faces"),
        ({"faces": np.uint32([[0, 1, 99]])}, "vertex 99 of 81"),
        ({"material": 1}, "material 1 of 1"),
        ({"colours": np.ones((3, 4), np.float32)}, "3 colours, expected 81"),
        ({"tangents": np.ones((3, 4), np.float32)}, "3 tangents, expected 81"),
    ],
)
def test_unusable_scenes_are_not_written(tmp_path, change, message):
    positions, _, faces = square()
    part = replace(Part(positions, faces), **change)

    with pytest.raises(InputError, match=message):
        write_scene(tmp_path / "scene.glb", Scene([part], [Material()]))
    assert list(tmp_path.iterdir()) == []


def test_a_scene_without_parts(tmp_path):
    with pytest.raises(InputError, match="no parts"):
        write_scene(tmp_path / "scene.glb", Scene([], []))


def test_what_a_file_says_of_itself(tmp_path):
    document, _ = written(tmp_path, rich_scene(), credits=CREDITS)

    assert document["asset"]["copyright"] == "Province of Lạng Sơn, CC-BY-4.0"
    assert document["asset"]["extensions"]["KHR_xmp_json_ld"] == {"packet": 0}
    assert "KHR_xmp_json_ld" in document["extensionsUsed"]
    assert "KHR_xmp_json_ld" not in document.get("extensionsRequired", [])
    (packet,) = document["extensions"]["KHR_xmp_json_ld"]["packets"]
    assert packet["@context"]["dc"] == "http://purl.org/dc/elements/1.1/"
    assert packet["dc:title"] == {
        "@type": "rdf:Alt",
        "rdf:_1": {"@language": "vi", "@value": "Cổng thành"},
        "rdf:_2": {"@language": "en", "@value": "City gate"},
    }
    assert packet["dc:creator"] == {"@list": ["Nguyễn Văn A", "B"]}
    assert packet["dc:rights"]["rdf:_1"]["@value"] == "CC-BY-4.0"
    assert packet["dc:identifier"] == "urn:site:12"
    assert packet["dc:date"] == {"@list": ["2026-05-01"]}


def test_without_credits_nothing_is_said(tmp_path):
    assert packet_of(Credits()) == {}
    document, _ = written(tmp_path, rich_scene(), credits=Credits())
    assert "KHR_xmp_json_ld" not in json.dumps(document)
