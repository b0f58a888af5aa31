"""Geometry compressed with meshopt and Draco; damaged streams."""

import struct
import warnings

import DracoPy
import numpy as np
import pytest
from model_files import CORNERS, FACES, NORMALS, UVS, Gltf, square

from vtour.errors import InputError
from vtour.glb.meshopt import encode_attributes
from vtour.models import read_scene

MESHOPT = ["EXT_meshopt_compression", "KHR_meshopt_compression"]


def meshopt_square(extension=MESHOPT[0], **changes):
    """The square, its positions compressed; the fallback buffer is not there."""
    gltf = Gltf()
    rows = np.zeros((4, 4), np.float32)
    rows[:, :3] = CORNERS
    data = encode_attributes(rows)
    view = gltf.view(data, byteStride=16)
    packed = {
        "buffer": 0, "byteOffset": gltf.document["bufferViews"][view]["byteOffset"],
        "byteLength": len(data), "byteStride": 16, "count": 4, "mode": "ATTRIBUTES",
    } | changes  # fmt: skip
    gltf.document["bufferViews"][view] = {
        "buffer": 1, "byteLength": 64, "byteStride": 16, "extensions": {extension: packed}
    }  # fmt: skip
    gltf.document["buffers"].append(
        {"byteLength": 64, "extensions": {extension: {"fallback": True}}}
    )
    gltf.document["accessors"].append(
        {"bufferView": view, "componentType": 5126, "count": 4, "type": "VEC3"}
    )
    gltf.document["extensionsRequired"] = [extension]
    gltf.primitive({"POSITION": 0})
    return gltf


@pytest.mark.parametrize("extension", MESHOPT)
@pytest.mark.parametrize("suffix", ["glb", "gltf"])
def test_meshopt(tmp_path, extension, suffix):
    gltf = meshopt_square(extension)
    path = getattr(gltf, suffix)(tmp_path / f"a.{suffix}")

    (part,) = read_scene(path).parts
    np.testing.assert_array_equal(part.positions, CORNERS)
    np.testing.assert_array_equal(part.faces, FACES)


MESHOPT_LIES = {
    "count": ({"count": 2**31}, "expected the length of its view"),
    "stride": ({"byteStride": 3, "count": 4}, "stride of 3"),
    "mode": ({"mode": "ZIP"}, "mode 'ZIP'"),
    "filter": ({"filter": "BLUR"}, "filter 'BLUR'"),
    "beyond": ({"byteLength": 10**9}, "compressed view 0 of 1,000,000,000 bytes"),
    "before": ({"byteOffset": -1}, "compressed view 0"),
    "another mode": ({"mode": "INDICES", "byteStride": 4, "count": 16}, "meshopt data is damaged"),
    "cut": ({"byteLength": 20}, "meshopt data is damaged"),
}


@pytest.mark.parametrize("case", MESHOPT_LIES)
def test_meshopt_that_lies(tmp_path, case):
    changes, message = MESHOPT_LIES[case]
    with pytest.raises(InputError, match=message) as caught:
        read_scene(meshopt_square(**changes).glb(tmp_path / "a.glb"))
    assert "\n" not in str(caught.value)


def test_meshopt_that_promises_too_much(tmp_path):
    gltf = meshopt_square(count=2**24)
    gltf.document["bufferViews"][0]["byteLength"] = 2**28
    with pytest.raises(InputError, match="promises 268,435,456 bytes"):
        read_scene(gltf.glb(tmp_path / "a.glb"))


def draco_square(data=None, meshes=1, **ids):
    gltf = square()
    primitive = gltf.document["meshes"][0]["primitives"][0]
    if data is None:
        data = DracoPy.encode(
            CORNERS, FACES.astype(np.uint32), tex_coord=UVS.astype(np.float64),
            normals=NORMALS.astype(np.float64),
            quantization_bits=16, preserve_order=True,
        )  # fmt: skip
    found = {"TEXCOORD_0": 0, "NORMAL": 1, "POSITION": 2} | ids
    for index in [*primitive["attributes"].values(), primitive["indices"]]:
        del gltf.document["accessors"][index]["bufferView"]
    for name, index in primitive["attributes"].items():
        if name not in found:
            gltf.document["accessors"][index]["bufferView"] = gltf.view(bytes(64))
    for _ in range(meshes):
        gltf.document["meshes"][0]["primitives"].append(
            {
                **primitive,
                "extensions": {
                    "KHR_draco_mesh_compression": {
                        "bufferView": gltf.view(data), "attributes": found
                    }
                },
            }
        )  # fmt: skip
    del gltf.document["meshes"][0]["primitives"][0]
    gltf.document["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return gltf


def test_draco(tmp_path):
    first, second = read_scene(draco_square(meshes=2).glb(tmp_path / "a.glb")).parts

    for part in (first, second):
        corners = part.positions[part.faces]
        np.testing.assert_allclose(corners, CORNERS[FACES], atol=1e-4)
        np.testing.assert_allclose(part.uvs[part.faces], UVS[FACES], atol=1e-4)
        np.testing.assert_allclose(part.normals, NORMALS, atol=0.01)


def damaged(data):
    return bytes([*data[:30], *(byte ^ 0x5A for byte in data[30:40]), *data[40:]])


def test_draco_that_is_damaged(tmp_path):
    good = DracoPy.encode(CORNERS, FACES.astype(np.uint32))
    huge = bytearray(good)
    huge[11:16] = b"\xff\xff\xff\xff\x0f"
    for data, message in (
        (b"DRACO", "Draco data is damaged"),
        (good[: len(good) // 2], "Draco data is damaged"),
        (damaged(good), "Draco|broken|index|values"),
        (bytes(huge), "Draco data is damaged"),
        (struct.pack("<100B", *range(100)), "Draco data is damaged"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            read_scene(draco_square(data, POSITION=0).glb(tmp_path / "a.glb"))
        assert "\n" not in str(caught.value)


def test_draco_ids_that_are_not_there(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ids, message in (
            ({"POSITION": 9}, "broken"),
            ({"POSITION": 0}, "POSITION of 2 values"),
        ):
            with pytest.raises(InputError, match=message):
                read_scene(draco_square(**ids).glb(tmp_path / "a.glb"))
