"""Files that must stay as they are: the same document, fewer bytes."""

import io

import numpy as np
import pytest
from optimise.scenes import four_fields, rich_scene, square
from PIL import Image

from vtour.errors import InputError
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.document import Document
from vtour.glb.pictures import PictureFormat, encode_pixels
from vtour.glb.write import write_scene
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.geometry import Compression
from vtour.optimise.writing.recompress import element_bytes, recompress_glb
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_web import WebOptions

KEPT = ("nodes", "scenes", "meshes", "skins", "animations", "accessors", "materials", "samplers")


def moving_square(path, form=PictureFormat.png):
    """A square with a skin of two joints, a morph target and an animation of both."""
    document = Document("mover")
    positions, uvs, faces = square(cells=16)
    count = len(positions)
    joints = np.zeros((count, 4), np.uint8)
    joints[:, 1] = 1
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 0.25 + positions[:, 1] / 4
    weights[:, 1] = 1 - weights[:, 0]
    attributes = {
        "POSITION": document.add_vertices(positions, bounds=True),
        "TEXCOORD_0": document.add_vertices(uvs),
        "JOINTS_0": document.add_vertices(joints),
        "WEIGHTS_0": document.add_vertices(weights),
    }
    moved = np.zeros_like(positions)
    moved[:, 2] = np.sin(positions[:, 0])
    target = {"POSITION": document.add_vertices(moved, bounds=True)}
    primitive = {
        "attributes": attributes,
        "indices": document.add_indices(faces),
        "targets": [target],
        "material": 0,
    }
    document.meshes = [{"primitives": [primitive], "weights": [0.5], "name": "cloth"}]
    document.nodes = [
        {"name": "root", "children": [2], "extras": {"inventory": "12/7"}},
        {"mesh": 0, "skin": 0, "name": "cloth"},
        {"name": "hip", "children": [3]},
        {"name": "knee", "translation": [0, 1, 0]},
    ]
    matrices = np.tile(np.eye(4, dtype=np.float32).reshape(1, 16), (2, 1))
    view = document.add_view(matrices.tobytes())
    inverse = document.add_accessor(
        {"bufferView": view, "componentType": 5126, "count": 2, "type": "MAT4"}
    )
    times = np.linspace(0, 1, 64, dtype=np.float32)[:, None]
    start = document.add_view(times.tobytes())
    time = {"componentType": 5126, "count": 64, "type": "SCALAR", "min": [0], "max": [1]}
    clock = document.add_accessor({"bufferView": start, **time})
    heights = np.repeat(times, 3, axis=1)
    moves = document.add_view(heights.tobytes())
    out = document.add_accessor(
        {"bufferView": moves, "componentType": 5126, "count": 64, "type": "VEC3"}
    )
    picture = encode_pixels(four_fields(), form, 100)
    mime_type = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}[form]
    document.images = [{"mimeType": mime_type, "bufferView": document.add_view(picture)}]
    document.textures = [{"source": 0}]
    document.materials = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    whole = document.to_json()
    whole["skins"] = [{"joints": [2, 3], "inverseBindMatrices": inverse}]
    channel = {"sampler": 0, "target": {"node": 3, "path": "translation"}}
    sampler = {"input": clock, "output": out}
    whole["animations"] = [{"channels": [channel], "samplers": [sampler], "name": "wave"}]
    path.write_bytes(glb_from_parts(whole, bytes(document.blob)))
    return path


def views_of(path):
    document, blob = parts_from_glb(path)
    starts = [(view["byteOffset"], view["byteLength"]) for view in document["bufferViews"]]
    return document, [blob[start : start + length] for start, length in starts]


@pytest.mark.parametrize("compression", [Compression.meshopt, Compression.khr_meshopt])
def test_everything_but_pictures_comes_back_byte_for_byte(tmp_path, compression):
    source = moving_square(tmp_path / "in.glb")
    assert validate_glb(source).errors == []
    report = recompress_glb(source, tmp_path / "out.glb", WebOptions(compression=compression))
    expand_web_glb(tmp_path / "out.glb", tmp_path / "twin.glb")

    before, plain = views_of(source)
    after, back = views_of(tmp_path / "twin.glb")
    for key in KEPT:
        assert after.get(key) == before.get(key)
    faces = before["meshes"][0]["primitives"][0]["indices"]
    for index, (own, other) in enumerate(zip(plain, back, strict=True)):
        if index == before["images"][0]["bufferView"]:
            assert len(other) < len(own)
        elif index == before["accessors"][faces]["bufferView"]:
            assert_same_triangles(own, other)
        else:
            assert other == own
    assert report.after < 0.7 * report.before
    assert (report.pictures, report.after) == (1, (tmp_path / "out.glb").stat().st_size)
    found = validate_glb(tmp_path / "out.glb")
    assert (found.errors, found.warnings) == ([], [])


def assert_same_triangles(before, after):
    """The same corners in the same order, each triangle possibly turned."""
    own = np.frombuffer(before, "<u2").reshape(-1, 3)
    other = np.frombuffer(after, "<u2").reshape(-1, 3)
    turned = np.stack([np.roll(own, shift, axis=1) for shift in range(3)])
    assert (turned == other).all(axis=2).any(axis=0).all()


def test_the_texture_names_its_new_picture(tmp_path):
    recompress_glb(moving_square(tmp_path / "in.glb"), tmp_path / "out.glb", WebOptions())

    document, _ = parts_from_glb(tmp_path / "out.glb")
    assert document["images"][0]["mimeType"] == "image/webp"
    assert document["textures"] == [{"extensions": {"EXT_texture_webp": {"source": 0}}}]
    assert "EXT_texture_webp" in document["extensionsRequired"]
    assert document["nodes"][0]["extras"] == {"inventory": "12/7"}


def test_back_to_jpeg_the_extension_is_gone(tmp_path):
    source = moving_square(tmp_path / "in.glb", PictureFormat.png)
    recompress_glb(source, tmp_path / "webp.glb", WebOptions(colour_quality=100))
    jpeg = WebOptions(pictures=PictureFormat.jpg, colour_quality=1)
    recompress_glb(tmp_path / "webp.glb", tmp_path / "jpg.glb", jpeg)

    document, _ = parts_from_glb(tmp_path / "jpg.glb")
    if document["images"][0]["mimeType"] == "image/jpeg":
        assert document["textures"] == [{"source": 0}]
        assert "EXT_texture_webp" not in document["extensionsUsed"]
    assert validate_glb(tmp_path / "jpg.glb").errors == []


def test_a_picture_never_grows(tmp_path):
    """Four flat fields are smaller as PNG than as any JPEG of quality 100."""
    source = moving_square(tmp_path / "in.glb")
    options = WebOptions(pictures=PictureFormat.jpg, colour_quality=100)
    report = recompress_glb(source, tmp_path / "out.glb", options)

    document, _ = parts_from_glb(tmp_path / "out.glb")
    assert report.pictures == 0
    assert document["images"][0]["mimeType"] == "image/png"


def test_what_is_small_already_stays_the_same_file(tmp_path):
    source = moving_square(tmp_path / "in.glb")
    recompress_glb(source, tmp_path / "once.glb", WebOptions())
    report = recompress_glb(tmp_path / "once.glb", tmp_path / "twice.glb", WebOptions())

    assert (report.pictures, report.views) == (0, 0)
    assert (tmp_path / "once.glb").read_bytes() == (tmp_path / "twice.glb").read_bytes()


def test_same_file_same_bytes(tmp_path):
    source = moving_square(tmp_path / "in.glb")
    for name in ("a.glb", "b.glb"):
        recompress_glb(source, tmp_path / name, WebOptions())

    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_a_file_of_many_materials(tmp_path):
    write_scene(tmp_path / "in.glb", rich_scene())
    recompress_glb(tmp_path / "in.glb", tmp_path / "out.glb", WebOptions())

    found = validate_glb(tmp_path / "out.glb")
    assert (found.errors, found.warnings) == ([], [])
    document, blob = parts_from_glb(tmp_path / "out.glb")
    leaf = document["textures"][
        document["materials"][3]["pbrMetallicRoughness"]["baseColorTexture"]["index"]
    ]
    image = document["images"][leaf["extensions"]["EXT_texture_webp"]["source"]]
    view = document["bufferViews"][image["bufferView"]]
    data = blob[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    assert Image.open(io.BytesIO(data)).mode == "RGBA"  # its holes are kept


def test_pictures_with_a_fallback_are_left_alone(tmp_path):
    source = moving_square(tmp_path / "in.glb")
    document, blob = parts_from_glb(source)
    document["images"].append({**document["images"][0], "mimeType": "image/png"})
    document["textures"] = [{"source": 0, "extensions": {"EXT_texture_webp": {"source": 1}}}]
    document["extensionsUsed"] = ["EXT_texture_webp"]
    source.write_bytes(glb_from_parts(document, blob))
    report = recompress_glb(source, tmp_path / "out.glb", WebOptions())

    after, _ = parts_from_glb(tmp_path / "out.glb")
    assert report.pictures == 0
    assert after["textures"] == document["textures"]
    assert after["images"] == document["images"]


def test_draco_stays_draco(tmp_path):
    from vtour.optimise.writing.write_web import write_web

    options = WebOptions(compression=Compression.draco, pictures=PictureFormat.png)
    write_web(tmp_path / "in.glb", rich_scene(), options)
    recompress_glb(tmp_path / "in.glb", tmp_path / "out.glb", WebOptions())

    assert validate_glb(tmp_path / "out.glb").errors == []
    before, after = (parts_from_glb(tmp_path / name)[0] for name in ("in.glb", "out.glb"))
    assert before["meshes"] == after["meshes"]


def outside(document):
    document["buffers"][0]["uri"] = "../secret.bin"


def beyond_its_end(document):
    document["bufferViews"][0]["byteLength"] = 2**31


def no_views(document):
    document["bufferViews"] = 7


def unknown_component(document):
    document["accessors"][0]["componentType"] = 1


def image_of_nothing(document):
    document["images"][0]["bufferView"] = 99


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (outside, "secret.bin' lies outside"),
        (beyond_its_end, "its glTF is broken"),
        (no_views, "its glTF is broken"),
        (unknown_component, "its glTF is broken"),
        (image_of_nothing, "its glTF is broken"),
    ],
)
def test_broken_files_are_refused(tmp_path, damage, message):
    source = moving_square(tmp_path / "in.glb")
    document, blob = parts_from_glb(source)
    damage(document)
    source.write_bytes(glb_from_parts(document, blob))

    with pytest.raises(InputError, match=message):
        recompress_glb(source, tmp_path / "out.glb", WebOptions())
    assert [path.name for path in tmp_path.iterdir()] == ["in.glb"]


def test_a_damaged_picture_stays_as_it_is(tmp_path):
    source = moving_square(tmp_path / "in.glb")
    document, blob = parts_from_glb(source)
    start = document["bufferViews"][document["images"][0]["bufferView"]]["byteOffset"]
    source.write_bytes(glb_from_parts(document, blob[: start + 20] + bytes(len(blob) - start - 20)))
    report = recompress_glb(source, tmp_path / "out.glb", WebOptions())

    assert report.pictures == 0
    assert report.views > 0


def test_elements_by_hand():
    assert element_bytes({"componentType": 5126, "type": "MAT4"}) == 64
    assert element_bytes({"componentType": 5121, "type": "VEC4"}) == 4
