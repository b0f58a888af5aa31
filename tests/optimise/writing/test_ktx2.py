"""KTX2: kept by content, in blocks of four pixels, each kind of map in its own codec."""

import struct

import numpy as np
import pytest
from optimise.scenes import four_fields, rich_scene

from vtour.errors import InputError, ResourceError
from vtour.glb.container import parts_from_glb
from vtour.glb.pictures import Map, MapKind, PictureFormat
from vtour.glb.scene import Texture
from vtour.node import SCRIPTS
from vtour.optimise.writing import ktx2
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_web import WebOptions, write_web

needs_encoder = pytest.mark.skipif(
    not (SCRIPTS / "node_modules" / ktx2.PACKAGE).is_dir(), reason="npm ci was not run"
)
MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
BASIS_LZ, ZSTANDARD = 1, 2


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "vtour" / "ktx2"


def field(kind=MapKind.colour, edge_px=8):
    return Map(Texture(four_fields(edge_px)), kind, False)


def head_of(data):
    """Width, height, levels and supercompression (KTX 2.0, section 3)."""
    assert data[:12] == MAGIC
    words = struct.unpack_from("<9I", data, 12)
    return words[2], words[3], words[7], words[8]


@needs_encoder
def test_colours_are_etc1s_and_numbers_uastc():
    assert head_of(ktx2.encode_map(field(), 80)) == (16, 16, 5, BASIS_LZ)
    assert head_of(ktx2.encode_map(field(MapKind.normal), 80)) == (16, 16, 5, ZSTANDARD)


@needs_encoder
def test_what_was_encoded_is_kept(cache, monkeypatch):
    first = ktx2.encode_map(field(), 80)
    assert len(list(cache.iterdir())) == 1

    def never(*_):
        raise AssertionError("encoded again")

    monkeypatch.setattr(ktx2, "_encode", never)
    assert ktx2.encode_map(field(), 80) == first
    with pytest.raises(AssertionError):
        ktx2.encode_map(field(), 81)


@needs_encoder
def test_a_written_scene_is_valid(tmp_path):
    options = WebOptions(pictures=PictureFormat.ktx2)
    for name in ("a.glb", "b.glb"):
        write_web(tmp_path / name, rich_scene(edge_px=8), options)

    report = validate_glb(tmp_path / "a.glb")
    assert (report.errors, report.warnings) == ([], [])
    document, _ = parts_from_glb(tmp_path / "a.glb")
    assert "KHR_texture_basisu" in document["extensionsRequired"]
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_sides_become_multiples_of_four():
    assert ktx2.in_blocks(np.zeros((9, 6, 3), np.uint8)).shape == (8, 8, 4)
    assert ktx2.in_blocks(np.zeros((1, 2, 3), np.uint8)).shape == (4, 4, 4)


def test_a_picture_too_large():
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (4096, 4096, 3))

    with pytest.raises(InputError, match=r"4096 x 4096 px, expected at most 12,582,912"):
        ktx2.in_blocks(huge)


def test_without_the_encoder_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(ktx2, "SCRIPTS", tmp_path)

    with pytest.raises(ResourceError, match="ktx2-encoder: not installed"):
        ktx2.encode_map(field(), 80)
