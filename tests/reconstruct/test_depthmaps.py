import numpy as np
import pytest

from vtour.errors import InputError
from vtour.reconstruct.depthmaps import is_map_whole, read_map, without_speckles, write_map
from vtour.reconstruct.flat import flat_pixels


def test_map_file_is_planar_with_a_text_header(tmp_path):
    path = tmp_path / "a" / "map.bin"
    values = np.arange(12, dtype=np.float32).reshape(2, 2, 3)  # (h, w, c)
    write_map(path, values)

    data = path.read_bytes()
    assert data.startswith(b"2&2&3&")
    assert np.frombuffer(data[6:], "<f4").tolist() == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]
    np.testing.assert_array_equal(read_map(path), values)


def test_colmap_reads_our_maps(tmp_path):
    import pycolmap

    values = np.arange(6, dtype=np.float32).reshape(2, 3) + 1
    write_map(tmp_path / "map.bin", values)
    theirs = pycolmap.DepthMap()
    theirs.read(str(tmp_path / "map.bin"))

    np.testing.assert_array_equal(theirs.to_array(), values)


@pytest.mark.parametrize("data", [b"", b"3&2&1&", b"3&2&1&" + bytes(23), b"x" * 100])
def test_damaged_map_is_an_error_and_not_whole(tmp_path, data):
    path = tmp_path / "map.bin"
    path.write_bytes(data)

    assert not is_map_whole(path, (3, 2))
    with pytest.raises(InputError, match=r"map\.bin"):
        read_map(path)


def test_map_of_another_size_is_not_whole(tmp_path):
    write_map(tmp_path / "map.bin", np.zeros((2, 3), np.float32))

    assert is_map_whole(tmp_path / "map.bin", (3, 2))
    assert not is_map_whole(tmp_path / "map.bin", (2, 3))


def test_small_patches_go_and_large_ones_stay():
    depth = np.zeros((20, 30), np.float32)
    depth[:, :10] = np.linspace(5, 6, 20)[:, None]  # 200 px, steps of 1 %
    depth[5:8, 20:23] = 7  # 9 px
    depth[12:15, 3:6] = 9  # 9 px, cut off by its depth

    kept = without_speckles(depth, min_pixels=12, max_difference=0.02)

    assert np.all(kept[5:8, 20:23] == 0)
    assert np.all(kept[12:15, 3:6] == 0)
    assert np.count_nonzero(kept) == 200 - 9
    assert np.all(kept[kept > 0] == depth[kept > 0])


def test_sky_is_flat_up_to_the_roof_and_the_roof_is_not():
    rng = np.random.default_rng(0)
    image = np.empty((100, 120, 3), np.uint8)
    image[:50] = (150, 170, 200)
    image[:50] += rng.integers(0, 3, (50, 120, 3), dtype=np.uint8)
    image[50:] = rng.integers(30, 120, (50, 120, 3), dtype=np.uint8)
    flat = flat_pixels(image)

    assert flat[:49].mean() > 0.99
    assert not flat[50:].any()


def test_small_flat_patches_are_left_to_matching():
    image = np.random.default_rng(0).integers(30, 120, (300, 300, 3), dtype=np.uint8)
    image[100:120, 100:120] = 200  # its core is 10 x 10 of 90 000 px, below 0.5 %

    assert not flat_pixels(image).any()
