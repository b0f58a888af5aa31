import numpy as np
import pytest

from tests.scan.tile_files import read_tile
from vtour.glb.container import parts_from_glb
from vtour.optimise.writing.expand import expand_web_glb
from vtour.optimise.writing.validate import validate_glb
from vtour.scan.tiling.point_glb import point_glb, rgba_from_srgb

RNG = np.random.default_rng(4)
LOW, STEP = (10.0, -2.0, 30.0), 0.001


def sample(count=3000, width=5000):
    places = RNG.integers(0, width, (count, 3)).astype(np.int32) + 700
    rgb = RNG.integers(0, 256, (count, 3)).astype(np.uint8)
    normals = RNG.normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    return places, rgb, np.rint(normals * 127).astype(np.int8)


def written(path, *columns):
    path.write_bytes(point_glb(*columns, LOW, STEP))
    return path


@pytest.mark.parametrize("width", [5000, 400_000])
def test_points_colours_and_normals_come_back(tmp_path, width):
    places, rgb, normals = sample(width=width)
    found = read_tile(written(tmp_path / "a.glb", places, rgb, normals))
    np.testing.assert_allclose(found["POSITION"], LOW + (places + 0.5) * STEP, atol=1e-9)
    assert np.array_equal(found["COLOR_0"], rgba_from_srgb(rgb))
    assert np.array_equal(found["NORMAL"], normals)


@pytest.mark.parametrize("width", [5000, 400_000])
def test_the_library_decodes_the_same_and_the_khronos_validator_finds_no_error(tmp_path, width):
    places, rgb, normals = sample(width=width)
    path = written(tmp_path / "a.glb", places, rgb, normals)
    report = validate_glb(path)
    assert (report.errors, report.warnings) == ([], [])
    expand_web_glb(path, tmp_path / "b.glb")
    document, blob = parts_from_glb(tmp_path / "b.glb")
    kind, columns = ("<u2", 4) if width < 65536 else ("<f4", 3)
    start = document["bufferViews"][0].get("byteOffset", 0)
    stored = np.frombuffer(blob, kind, len(places) * columns, start).reshape(-1, columns)
    assert np.array_equal(stored[:, :3], places - places.min(0))


def test_points_without_colours_or_normals_have_neither(tmp_path):
    found = read_tile(written(tmp_path / "a.glb", sample()[0], None, None))
    assert list(found) == ["POSITION"]


def test_a_point_without_a_normal_faces_up(tmp_path):
    places = np.array([[1, 2, 3]], np.int32)
    found = read_tile(written(tmp_path / "a.glb", places, None, np.zeros((1, 3), np.int8)))
    assert found["NORMAL"].tolist() == [[0, 127, 0]]


def test_a_shade_is_linear_and_right_on_average():
    # sRGB 128 is 0.21586 of full light (IEC 61966-2-1), 55.04 of 255
    found = rgba_from_srgb(np.full((1000, 3), 128, np.uint8))
    assert set(found[:, 0].tolist()) == {55, 56}
    assert found[:, 0].mean() == pytest.approx(55.04, abs=0.01)
    assert np.array_equal(found[:, 0], found[:, 2])


def test_black_and_white_stay_what_they_are():
    found = rgba_from_srgb(np.repeat(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), 500, axis=0))
    assert np.unique(found, axis=0).tolist() == [[0, 0, 0, 255], [255, 255, 255, 255]]
