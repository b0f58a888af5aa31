"""The Khronos validator sees defects in the file and, through its twin, in compressed views."""

import pytest
from optimise.textured_meshes import wavy_square

from vtour.errors import InputError
from vtour.glb import ImageFormat, write_glb
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.write import encode_image
from vtour.optimise.compress import write_web_glb
from vtour.optimise.validate import validate_glb


@pytest.fixture
def web(tmp_path):
    mesh = wavy_square(cells=10)
    write_web_glb(tmp_path / "web.glb", mesh, encode_image(mesh.texture, ImageFormat.webp, 80))
    return tmp_path / "web.glb"


@pytest.mark.parametrize("image_format", ImageFormat)
def test_masters_are_valid(tmp_path, image_format):
    write_glb(tmp_path / "master.glb", wavy_square(cells=10), image_format=image_format)

    report = validate_glb(tmp_path / "master.glb")
    assert (report.errors, report.warnings) == ([], [])


def test_a_defect_in_the_document_is_found(web):
    document, blob = parts_from_glb(web)
    document["materials"][0]["alphaMode"] = "SEMI"
    document["nodes"][0]["scale"] = [1, 1]
    web.write_bytes(glb_from_parts(document, blob))

    assert any("/nodes/0/scale" in line for line in validate_glb(web).errors)


def test_a_defect_inside_compressed_views_is_found(web):
    """Bounds that the vertices do not keep: only the decoded twin can tell."""
    document, blob = parts_from_glb(web)
    position = document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    document["accessors"][position]["max"] = [9, 9, 9]
    web.write_bytes(glb_from_parts(document, blob))

    errors = validate_glb(web).errors
    assert errors
    assert all(line.startswith("plain twin: ACCESSOR_") for line in errors)


def test_damaged_compressed_bytes_are_found(web):
    document, blob = parts_from_glb(web)
    packed = document["bufferViews"][0]["extensions"]["EXT_meshopt_compression"]
    damaged = bytearray(blob)
    start = packed["byteOffset"]
    damaged[start : start + packed["byteLength"]] = bytes(packed["byteLength"])
    web.write_bytes(glb_from_parts(document, bytes(damaged)))

    assert any("MESHOPT_DECODE" in line for line in validate_glb(web).errors)


def test_not_a_glb(tmp_path):
    (tmp_path / "x.glb").write_text("hello, I am a text")

    with pytest.raises(InputError, match=r"x\.glb: not a GLB file"):
        validate_glb(tmp_path / "x.glb")
