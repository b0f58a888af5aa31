"""glTF that lies: each lie is one line, and costs neither memory nor time."""

import base64
import json
import os
import tracemalloc
import zlib

import numpy as np
import pytest
from model_files import CORNERS, UVS, Gltf, picture, square

from vtour.errors import InputError
from vtour.models import is_animated, model_format, read_scene

MB = 1 << 20


def refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        read_scene(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    return str(caught.value)


def changed(change):
    """A GLB of the square, its document changed."""

    def make(folder):
        gltf = square()
        change(gltf.document)
        return gltf.glb(folder / "a.glb")

    return make


def attribute(document, name):
    index = document["meshes"][0]["primitives"][0]["attributes"][name]
    return document["accessors"][index]


def view_of(document, name):
    return document["bufferViews"][attribute(document, name)["bufferView"]]


def sparse(**changes):
    """The square with a sparse accessor whose parts are changed."""

    def make(folder):
        gltf = square()
        places = np.array(changes.pop("places", [1, 2]), np.uint16)
        told = {
            "count": len(places),
            "indices": {"bufferView": gltf.view(places.tobytes()), "componentType": 5123},
            "values": {"bufferView": gltf.view(bytes(12 * len(places)))},
        }
        attribute(gltf.document, "POSITION")["sparse"] = told | changes
        return gltf.glb(folder / "a.glb")

    return make


def positions(values):
    def make(folder):
        gltf = Gltf()
        gltf.primitive({"POSITION": np.array(values, np.float32), "NORMAL": None})
        return gltf.glb(folder / "a.glb")

    return make


def picture_bytes(data):
    def make(folder):
        gltf = square()
        gltf.document["images"] = [{"bufferView": gltf.view(data)}]
        return gltf.glb(folder / "a.glb")

    return make


def big_png(width, height):
    """A PNG of a few bytes whose header tells of many pixels."""

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def far_child(depth):
    nodes = [{"children": [i + 1]} for i in range(depth)]
    return [*nodes, {"mesh": 0}]


def huge_nodes(document):
    document["nodes"][0]["scale"] = [1e200] * 3
    document["nodes"] = [{"scale": [1e200] * 3, "children": [1]}, document["nodes"][0]]


WRONG = {
    "view beyond": (
        changed(lambda d: view_of(d, "POSITION").update(byteLength=10**9)), "buffer view"),
    "negative offset": (
        changed(lambda d: view_of(d, "POSITION").update(byteOffset=-8)), "buffer view"),
    "negative length": (
        changed(lambda d: view_of(d, "POSITION").update(byteLength=-8)), "buffer view"),
    "another buffer": (changed(lambda d: view_of(d, "POSITION").update(buffer=3)), "buffer view"),
    "minus one": (changed(lambda d: view_of(d, "POSITION").update(buffer=-1)), "buffer view"),
    "2^31 elements": (changed(lambda d: attribute(d, "POSITION").update(count=2**31)), "2,147"),
    "beyond its view": (
        changed(lambda d: attribute(d, "POSITION").update(count=5)), "accessor 0 of 5 elements"),
    "2^31 zeros": (
        changed(lambda d: attribute(d, "POSITION").pop("bufferView") and
                attribute(d, "POSITION").update(count=400_000_000)), "without a buffer view"),
    "negative byteOffset": (
        changed(lambda d: attribute(d, "POSITION").update(byteOffset=-12)), "accessor 0"),
    "count of half": (changed(lambda d: attribute(d, "POSITION").update(count=3.5)), "broken"),
    "true count": (changed(lambda d: attribute(d, "POSITION").update(count=True)), "broken"),
    "stride 0": (changed(lambda d: view_of(d, "POSITION").update(byteStride=0)), "accessor 0"),
    "stride of text": (changed(lambda d: view_of(d, "POSITION").update(byteStride="4")), "broken"),
    "stride beyond": (changed(lambda d: view_of(d, "POSITION").update(byteStride=2**40)), "acce"),
    "minus one accessor": (
        changed(lambda d: d["meshes"][0]["primitives"][0].update(indices=-1)), "accessors -1 of"),
    "minus one mesh": (changed(lambda d: d["nodes"][0].update(mesh=-1)), "meshes -1 of 1"),
    "indices as floats": (
        changed(lambda d: d["accessors"][d["meshes"][0]["primitives"][0]["indices"]]
                .update(componentType=5126)), "component type 5126"),
    "index beyond": (
        changed(lambda d: [attribute(d, n).update(count=3) for n in
                           ("POSITION", "NORMAL", "TEXCOORD_0")]), "index 3 of 3 vertices"),
    "two indices": (
        changed(lambda d: d["accessors"][d["meshes"][0]["primitives"][0]["indices"]]
                .update(count=2)), "2 indices, expected three"),
    "normals too few": (changed(lambda d: attribute(d, "NORMAL").update(count=3)), "3 values of"),
    "mode 9": (changed(lambda d: d["meshes"][0]["primitives"][0].update(mode=9)), "drawing mode 9"),
    "no positions": (
        changed(lambda d: d["meshes"][0]["primitives"][0]["attributes"].pop("POSITION")), "broken"),
    "sparse beyond": (sparse(places=[1, 4]), "elements up to 4"),
    "sparse not ascending": (sparse(places=[2, 1]), "expected to ascend"),
    "sparse twice": (sparse(places=[2, 2]), "expected to ascend"),
    "sparse of more": (sparse(count=5), "sparse in 5 elements, expected 1 to 4"),
    "sparse of none": (sparse(count=0), "sparse in 0 elements"),
    "sparse of many": (sparse(count=2**31), "sparse in 2,147,483,648"),
    "sparse without values": (sparse(values=None), "broken"),
    "sparse by floats": (
        sparse(indices={"bufferView": 0, "componentType": 5126}), "sparse by component type"),
    "sparse values beyond": (
        sparse(values={"bufferView": 0, "byteOffset": 2**40}), "sparse values"),
    "NaN": (positions([[0, 0, 0], [np.nan, 0, 0], [0, 1, 0], [1, 1, 0]]), "1 positions are no fin"),
    "infinite": (positions([[0, 0, 0], [np.inf, 0, 0], [0, -np.inf, 0], [1, 1, 0]]), "2 positions"),
    "overflow": (changed(huge_nodes), "placed by no finite number"),
    "large by a node": (
        changed(lambda d: d["nodes"][0].update(scale=[1e39] * 3)), "numbers in its scene"),
    "NaN in a matrix": (
        changed(lambda d: d["nodes"][0].update(translation=[0, 0, "NaN"])), "placed by no finite"),
    "matrix of 15": (changed(lambda d: d["nodes"][0].update(matrix=[1] * 15)), "broken"),
    "circle": (changed(lambda d: d["nodes"][0].update(children=[0])), "in a circle"),
    "circle of two": (
        changed(lambda d: d.update(nodes=[{"children": [1], "mesh": 0}, {"children": [0]}])),
        "in a circle"),
    "circle without scenes": (
        changed(lambda d: d.pop("scenes") and d.update(nodes=[{"children": [0], "mesh": 0}])),
        "in a circle"),
    "two parents": (
        changed(lambda d: d.update(nodes=[{"children": [1, 1]}, {"mesh": 0}])), "hangs on two"),
    "too deep": (changed(lambda d: d.update(nodes=far_child(5000))), "deeper than 256"),
    "many nodes": (
        changed(lambda d: d.update(nodes=[{"mesh": 0}] * 150_000)), "150,000 nodes, expected"),
    "no node": (changed(lambda d: d["scenes"][0].update(nodes=[])), "no faces"),
    "no primitives": (changed(lambda d: d["meshes"][0].update(primitives=[])), "no faces"),
    "only lines": (
        changed(lambda d: d["meshes"][0]["primitives"][0].update(mode=1)), "no faces"),
    "not a picture": (picture_bytes(b"no picture at all"), "texture is damaged .expected PNG"),
    "a TIFF": (picture_bytes(picture(form="TIFF")), "texture is damaged .expected PNG"),
    "half a picture": (picture_bytes(picture()[:-30]), "texture is damaged"),
    "empty picture": (picture_bytes(b""), "texture is damaged"),
    "a bomb": (picture_bytes(big_png(30_000, 30_000)), "30000 x 30000 px, expected at most"),
    "a long bomb": (picture_bytes(big_png(2**30, 1)), "1073741824 x 1 px"),
    "10^5 materials": (
        changed(lambda d: d.update(materials=[{}] * 100_000)), "100,000 materials, expected"),
    "10^6 accessors": (changed(lambda d: d.update(accessors=[{}] * 300_000)), "300,000 accessors"),
    "needs the unknown": (
        changed(lambda d: d.update(extensionsRequired=["KHR_texture_basisu", "X\nY"])),
        "needs KHR_texture_basisu, X Y, expected"),
    "glTF 1": (changed(lambda d: d["asset"].update(version="1.0")), "glTF version 1.0, expected 2"),
    "a list of texts": (changed(lambda d: d.update(meshes=["a"])), "meshes is no list of objects"),
    "nodes as object": (changed(lambda d: d.update(nodes={})), "nodes is no list"),
    "moves": (changed(lambda d: d.update(animations=[{}])), "has 1 animation, expected a model"),
    "has bones": (changed(lambda d: d.update(skins=[{}, {}])), "has 2 skins, expected a model"),
    "morphs": (
        changed(lambda d: d["meshes"][0]["primitives"][0].update(targets=[{"POSITION": 0}])),
        "has 1 mesh with morph targets"),
    "unknown alpha": (changed(lambda d: d["materials"][0].update(alphaMode="GLASS")), "broken"),
    "NaN colour": (
        changed(lambda d: d["materials"][0]["pbrMetallicRoughness"].update(metallicFactor="NaN")),
        "broken"),
    "transform of words": (
        changed(lambda d: d["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"].update(
            extensions={"KHR_texture_transform": {"scale": ["a", "b"]}})), "broken"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_lies_are_one_line(tmp_path, case):
    make, message = WRONG[case]
    path = make(tmp_path)
    tracemalloc.start()
    try:
        refused(path, message)
        assert tracemalloc.get_traced_memory()[1] < 60 * MB
    finally:
        tracemalloc.stop()


OUTSIDE = [
    "../mesh.bin", "/etc/passwd", "file:///etc/passwd", "http://host/mesh.bin", "https:mesh.bin",
    "//host/mesh.bin", "..%2Fmesh.bin", "%2e%2e/mesh.bin", "%2Fetc%2Fpasswd", "..\\mesh.bin",
    "%2e%2e%5Cmesh.bin", "sub\\..\\..\\mesh.bin", "C:\\mesh.bin", "C:/mesh.bin", "mesh.bin%00.png",
    "sub/../../mesh.bin", "ftp:mesh.bin", "", ".", "%ff.bin", "a" * 5000, "javascript:alert(1)",
    "data:text", "data:application/octet-stream,plain", "data:application/octet-stream;base64,@@",
    ["mesh.bin"], 7,
]  # fmt: skip


@pytest.mark.parametrize("uri", OUTSIDE, ids=str)
@pytest.mark.parametrize("what", ["buffer", "picture"])
def test_uris_that_leave_the_folder(tmp_path, uri, what):
    folder = tmp_path / "model"
    folder.mkdir()
    gltf = square()
    (tmp_path / "mesh.bin").write_bytes(gltf.blob)
    path = gltf.gltf(folder / "a.gltf")
    document = json.loads(path.read_text())
    if what == "buffer":
        document["buffers"][0]["uri"] = uri
    else:
        document["images"] = [{"uri": uri}]
    path.write_text(json.dumps(document))

    said = refused(path, "a.gltf: a? ?(buffer|picture)")
    assert "No such file" not in said


@pytest.mark.parametrize("what", ["buffer", "picture"])
def test_links_and_pipes_are_not_followed(tmp_path, what):
    folder = tmp_path / "model"
    folder.mkdir()
    gltf = square()
    (tmp_path / "secret").write_bytes(gltf.blob)
    path = gltf.gltf(folder / "a.gltf")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    for uri in ("link", "up/secret", "loop", "pipe", "mesh.bin/x"):
        document = json.loads(path.read_text())
        if what == "buffer":
            document["buffers"][0]["uri"] = uri
        else:
            document["images"] = [{"uri": uri}]
        path.write_text(json.dumps(document))
        refused(path, f"{what} '{uri}' (leads elsewhere|not found)")


def test_buffers_that_are_shorter_than_told(tmp_path):
    gltf = square()
    path = gltf.gltf(tmp_path / "a.gltf")
    (tmp_path / "mesh.bin").write_bytes(gltf.blob[:-1])
    refused(path, "buffer 0 of .* expected at most")
    (tmp_path / "mesh.bin").unlink()
    refused(path, "buffer 'mesh.bin' not found")


def test_a_small_file_that_draws_itself_often(tmp_path, monkeypatch):
    monkeypatch.setattr("vtour.models.gltf.MAX_REPEATED_VERTICES", 30)
    gltf = square()
    gltf.document["nodes"] = [{"mesh": 0}] * 9
    gltf.document["scenes"] = [{"nodes": list(range(9))}]

    refused(gltf.glb(tmp_path / "a.glb"), "more than 30 vertices that are used again")


def test_limits_of_all_together(tmp_path, monkeypatch):
    path = square().glb(tmp_path / "a.glb")
    for name, most in (("MAX_VERTICES", 3), ("MAX_FACES", 1), ("MAX_PARTS", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(f"vtour.models.gltf.{name}", most)
            refused(path, f"more than {most} ")
    monkeypatch.setattr("vtour.models.textures.MAX_PIXELS_IN_ALL", 3)
    refused(path, "textures of too many pixels")


def test_texts_that_are_no_gltf(tmp_path):
    path = tmp_path / "a.gltf"
    for text, match in (
        ("{", "JSON cannot be read"),
        ("[" * 100_000, "JSON cannot be read"),
        ("[]", "no 'asset'"),
        ('{"asset": 1}', "no 'asset'"),
        ('{"asset": {"version": "2.0"}}', "no faces"),
        ('{"asset": {"version": "2.0"}, "buffers": [1]}', "JSON cannot be read"),
        ('{"asset": {"version": "2.0"}, "buffers": [{"uri": "data:9"}]}', "broken|cannot be read"),
        ('{"asset": {"version": "2.0"}, "nodes": [' + "9" * 5000 + "]}", "JSON cannot be read"),
    ):
        path.write_text(text)
        refused(path, match)


def test_json_has_a_limit_and_data_uris_another(tmp_path, monkeypatch):
    monkeypatch.setattr("vtour.models.document.MAX_JSON_BYTES", 4000)
    path = square().gltf(tmp_path / "a.gltf", None)
    text = path.read_text()
    read_scene(path)
    long = base64.b64encode(bytes(9000)).decode()
    path.write_text(text.replace('"nodes"', f'"extras": "data:;base64,{long}", "nodes"'))
    read_scene(path)
    path.write_text(text.replace('"nodes"', f'"extras": "{long}", "nodes"'))
    refused(path, "JSON of 2.,... bytes, expected at most 4,000")


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "a.obj", "a.ply", "a.stl"])
@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"PK\3\4" + bytes(50), b"\x89PNG\r\n"])
def test_what_is_no_model(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    refused(tmp_path / name, "expected GLB, glTF, OBJ or PLY")


def test_content_decides_before_the_name(tmp_path):
    path = square().glb(tmp_path / "a.obj")
    assert model_format(path) == "GLB"
    assert read_scene(path).faces == 2
    with pytest.raises(InputError, match="cannot be read"):
        read_scene(tmp_path / "none.glb")
    with pytest.raises(InputError, match="broken"):
        path = changed(lambda d: d["meshes"][0].update(primitives=[1]))(tmp_path)
        is_animated(path)


def test_scaled_to_nothing_is_still_a_mesh(tmp_path):
    gltf = square()
    gltf.document["nodes"][0]["scale"] = [1, 0, 1]

    part = read_scene(gltf.glb(tmp_path / "a.glb")).parts[0]
    np.testing.assert_array_equal(part.positions[:, 1], [0] * 4)
    assert np.isfinite(part.normals).all()
    assert (CORNERS.shape, UVS.shape) == ((4, 3), (4, 2))
