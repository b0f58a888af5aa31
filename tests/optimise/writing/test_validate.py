"""The Khronos validator sees defects in the file and, through its twin, in compressed views."""

import pytest
from optimise.textured_meshes import wavy_square
from web_meshes import write_web_mesh

from vtour.errors import InputError
from vtour.glb import ImageFormat, write_glb
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.pictures import encode_image
from vtour.node import ScriptError
from vtour.optimise.writing.validate import validate_glb


@pytest.fixture
def web(tmp_path):
    mesh = wavy_square(cells=10)
    write_web_mesh(tmp_path / "web.glb", mesh, encode_image(mesh.texture, ImageFormat.webp, 80))
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


def with_extensions_as_object(path):
    document, blob = parts_from_glb(path)
    document["extensionsUsed"] = {}
    path.write_bytes(glb_from_parts(document, blob))


def with_more_after_its_end(path):
    path.write_bytes(path.read_bytes() + b"\xff" * 100)


def with_views_of_another_type(path):
    document, blob = parts_from_glb(path)
    document["bufferViews"] = 7
    path.write_bytes(glb_from_parts(document, blob))


def with_a_second_length(path):
    """A binary chunk longer than the file, in a file that says to be so short."""
    data = bytearray(path.read_bytes())
    start = 20 + int.from_bytes(data[12:16], "little")
    data[start : start + 4] = b"\xff\xff\xff\x0f"
    data[8:12] = start.to_bytes(4, "little")
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "damage",
    [
        with_extensions_as_object,
        with_more_after_its_end,
        with_views_of_another_type,
        with_a_second_length,
    ],
)
def test_whatever_is_wrong_with_a_file_is_a_finding(web, damage):
    damage(web)

    report = validate_glb(web)
    assert report.errors or report.warnings


def test_a_validator_that_fails_is_a_finding(web, monkeypatch):
    def fail(*_):
        raise ScriptError("Node script validate ended with 134: out of memory")

    monkeypatch.setattr("vtour.optimise.writing.validate.run_script", fail)

    assert validate_glb(web).errors == [
        "VALIDATOR : Node script validate ended with 134: out of memory"
    ]
