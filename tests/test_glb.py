"""Writing and reading GLB: round trips, an independent reader, and files that are broken."""

import base64
import io
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vtour import __version__
from vtour.errors import InputError
from vtour.glb import ImageFormat, TexturedMesh, read_glb, write_glb
from vtour.glb.container import glb_from_parts, parts_from_glb

RED, GREEN, BLUE, YELLOW = (250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10)


def quad():
    """A square in the plane z = 0 that faces +Z; its texture's rows from the top are
    red green / blue yellow, so the corner at (0, 1) is red and the one at (1, 0) yellow."""
    return TexturedMesh(
        positions=np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32),
        normals=np.array([[0, 0, 1]] * 4, np.float32),
        uvs=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        texture=np.array([[RED, GREEN], [BLUE, YELLOW]], np.uint8),
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mesh.glb"


def test_what_is_written_is_read_back(path):
    mesh = quad()
    write_glb(path, mesh)

    back = read_glb(path)
    for name in ("positions", "normals", "uvs", "faces", "texture"):
        np.testing.assert_array_equal(getattr(back, name), getattr(mesh, name))


@pytest.mark.parametrize("image_format", ImageFormat)
def test_every_image_format_keeps_the_picture_upright(path, image_format):
    texture = quad().texture.repeat(32, axis=0).repeat(32, axis=1)
    write_glb(path, replace(quad(), texture=texture), image_format=image_format)

    np.testing.assert_allclose(read_glb(path).texture[8::48, 8::48], quad().texture, atol=12)


def test_another_program_reads_the_same(path):
    import trimesh

    write_glb(path, quad())

    scene = trimesh.load(path, process=False)
    (mesh,) = scene.geometry.values()
    np.testing.assert_array_equal(mesh.vertices, quad().positions)
    np.testing.assert_array_equal(mesh.faces, quad().faces)
    # trimesh counts v from below, and gives the colour at each vertex of the image
    np.testing.assert_allclose(mesh.visual.uv, [[0, 0], [1, 0], [1, 1], [0, 1]])
    picture = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB"))
    np.testing.assert_array_equal(picture, quad().texture)


def test_asset_says_who_made_it_and_whose_it_is(path):
    write_glb(path, quad(), copyright="Province of Lạng Sơn, CC-BY-4.0")

    asset = parts_from_glb(path)[0]["asset"]
    assert asset["generator"] == f"vtour {__version__}"
    assert asset["copyright"] == "Province of Lạng Sơn, CC-BY-4.0"


def test_same_mesh_same_bytes(tmp_path):
    for name in ("a.glb", "b.glb"):
        write_glb(tmp_path / name, quad(), image_format=ImageFormat.webp)

    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_mesh_without_texture(path):
    write_glb(path, replace(quad(), texture=None))

    back = read_glb(path)
    assert back.texture is None
    np.testing.assert_array_equal(back.positions, quad().positions)


def test_index_65535_needs_32_bits(path):
    count = 65536
    positions = np.zeros((count, 3), np.float32)
    positions[:, 0] = np.arange(count)
    faces = np.array([[0, 1, count - 1]], np.uint32)
    mesh = TexturedMesh(positions, None, np.zeros((count, 2), np.float32), faces, None)
    write_glb(path, mesh)

    document, _ = parts_from_glb(path)
    assert document["accessors"][-1]["componentType"] == 5125
    np.testing.assert_array_equal(read_glb(path).faces, faces)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"faces": np.zeros((0, 3), np.uint32)}, "0 faces"),
        ({"faces": np.array([[0, 1, 4]], np.uint32)}, "vertex 4 of 4"),
        ({"positions": np.full((4, 3), np.nan, np.float32)}, "not a finite number"),
        ({"uvs": np.zeros((3, 2), np.float32)}, "3 texture coordinates, expected 4"),
    ],
)
def test_unusable_meshes_are_not_written(path, change, message):
    with pytest.raises(InputError, match=message):
        write_glb(path, replace(quad(), **change))
    assert not path.exists()


def changed(path, change):
    """Write the quad, then let ``change`` edit its JSON."""
    write_glb(path, quad())
    document, blob = parts_from_glb(path)
    change(document)
    path.write_bytes(glb_from_parts(document, blob))
    return path


def test_nodes_place_their_meshes(path):
    def place(document):
        half = 0.5**0.5
        document["nodes"] = [
            {"children": [1], "translation": [10, 0, 0]},
            # a quarter turn about +Y takes +X to -Z and +Z to +X
            {"mesh": 0, "rotation": [0, half, 0, half], "scale": [2, 2, 2]},
        ]

    mesh = read_glb(changed(path, place))
    expected = [[10, 0, 0], [10, 0, -2], [10, 2, -2], [10, 2, 0]]
    np.testing.assert_allclose(mesh.positions, expected, atol=1e-6)
    np.testing.assert_allclose(mesh.normals, [[1, 0, 0]] * 4, atol=1e-6)


def test_mirroring_nodes_keep_faces_outside_out(path):
    mesh = read_glb(changed(path, lambda d: d["nodes"][0].update(scale=[-1, 1, 1])))

    a, b, c = mesh.positions[mesh.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0


def test_meshes_of_one_texture_are_joined(path):
    def twice(document):
        document["nodes"] = [{"mesh": 0}, {"mesh": 0, "translation": [5, 0, 0]}]
        document["scenes"][0]["nodes"] = [0, 1]

    mesh = read_glb(changed(path, twice))
    assert len(mesh.positions) == 8
    np.testing.assert_array_equal(mesh.faces[2:], quad().faces + 4)
    np.testing.assert_array_equal(mesh.positions[4:, 0], quad().positions[:, 0] + 5)


def test_pictures_may_be_data_uris(path):
    stream = io.BytesIO()
    Image.fromarray(quad().texture).save(stream, "PNG")
    text = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()

    mesh = read_glb(changed(path, lambda d: d.update(images=[{"uri": text}])))
    np.testing.assert_array_equal(mesh.texture, quad().texture)


def second_texture(document):
    document["textures"].append({"source": 0})
    document["textures"][1]["source"] = 1
    document["images"].append(dict(document["images"][0]))
    other = json.loads(json.dumps(document["materials"][0]))
    other["pbrMetallicRoughness"]["baseColorTexture"]["index"] = 1
    document["materials"].append(other)
    document["meshes"][0]["primitives"].append(
        {**document["meshes"][0]["primitives"][0], "material": 1}
    )


BROKEN = {
    "huge count": (lambda d: d["accessors"][0].update(count=10**15), "accessor 0"),
    "count not a number": (lambda d: d["accessors"][0].update(count="many"), "broken"),
    "no count": (lambda d: d["accessors"][0].pop("count"), "broken"),
    "negative count": (lambda d: d["accessors"][0].update(count=-4), "accessor 0"),
    "negative offset": (lambda d: d["bufferViews"][0].update(byteOffset=-8), "buffer view 0"),
    "view too long": (lambda d: d["bufferViews"][0].update(byteLength=10**9), "buffer view 0"),
    "unknown type": (lambda d: d["accessors"][0].update(componentType=1), "broken"),
    "vectors too short": (lambda d: d["accessors"][0].update(type="VEC2"), "VEC2"),
    "sparse": (lambda d: d["accessors"][0].update(sparse={}), "sparse"),
    "lines": (lambda d: d["meshes"][0]["primitives"][0].update(mode=1), "mode 1"),
    "no mesh": (lambda d: d["nodes"][0].pop("mesh"), "no triangles"),
    "mesh out of range": (lambda d: d["nodes"][0].update(mesh=7), "broken"),
    "circle": (lambda d: d["nodes"][0].update(children=[0]), "circle"),
    "buffer outside": (lambda d: d["buffers"][0].update(uri="../x"), "'../x'"),
    "buffer on a host": (lambda d: d["buffers"][0].update(uri="http://x/y"), "'http://x/y'"),
    "picture outside": (lambda d: d.update(images=[{"uri": "../x.png"}]), "'../x.png'"),
    "picture on a host": (lambda d: d.update(images=[{"uri": "http://x/y"}]), "'http://x/y'"),
    "picture of text": (lambda d: d.update(images=[{"uri": "data:text/html,x"}]), "outside"),
    "picture damaged": (lambda d: d["images"][0].update(bufferView=0), "damaged"),
    "two textures": (second_texture, "2 textures"),
    "compressed": (
        lambda d: d.update(extensionsRequired=["EXT_meshopt_compression"]),
        "EXT_meshopt_compression",
    ),
    "no asset": (lambda d: d.pop("asset"), "no 'asset'"),
    "indices out of range": (
        lambda d: d["meshes"][0]["primitives"][0]["attributes"].update(POSITION=2) or
        d["accessors"][2].update(type="VEC3", count=2),
        "index 3 of 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_documents_are_one_line_errors(path, case):
    change, message = BROKEN[case]
    with pytest.raises(InputError, match=message) as caught:
        read_glb(changed(path, change))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(path.name)


@pytest.mark.parametrize("size", [0, 3, 12, 19, 40, 500, -1])
def test_truncated_files(path, size):
    write_glb(path, quad())
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(InputError, match=path.name):
        read_glb(path)


def test_containers_that_lie(path):
    write_glb(path, quad())
    good = path.read_bytes()
    lies = {
        "version 1": good[:4] + struct.pack("<I", 1) + good[8:],
        "runs over the end": good[:12] + struct.pack("<I", 2**31) + good[16:],
        "not JSON": good[:16] + b"BIN\0" + good[20:],
        "cannot be read": good[:20] + b"[" * 200 + good[220:],
        "not a GLB": b"{}" + good[2:],
    }
    for message, data in lies.items():
        path.write_bytes(data)
        with pytest.raises(InputError, match=message):
            read_glb(path)


def test_picture_larger_than_its_bytes_can_be(path, monkeypatch):
    monkeypatch.setattr("vtour.glb.read.MAX_IMAGE_PIXELS", 3)
    write_glb(path, quad())

    with pytest.raises(InputError, match="2 x 2 px"):
        read_glb(path)
