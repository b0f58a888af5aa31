import numpy as np
import pytest
from PIL import Image

from tests.tour.panorama_packages import direction_sphere, write_pyramid
from vtour.errors import InputError
from vtour.schema.tour import Panorama
from vtour.tour.package_sphere import package_sphere, tile_uri


def pyramid(folder, **changes):
    return Panorama.model_validate(
        write_pyramid(folder, "a", direction_sphere(1000), levels=(500, 1000), tile=256) | changes
    )


def test_sphere_is_put_together_from_the_finest_tiles(tmp_path):
    panorama = pyramid(tmp_path)

    with package_sphere(tmp_path, panorama) as sphere:
        np.testing.assert_array_equal(sphere, direction_sphere(1000))


def test_without_levels_the_base_is_the_sphere(tmp_path):
    with package_sphere(tmp_path, pyramid(tmp_path, levels=[])) as sphere:
        assert sphere.shape == (256, 512, 3)


def test_missing_tile_is_one_line(tmp_path):
    panorama = pyramid(tmp_path)
    (tmp_path / tile_uri(panorama, 1, 3, 1)).unlink()

    with (
        pytest.raises(InputError, match=r"panoramas/a/1/3_1\.webp: not found"),
        package_sphere(tmp_path, panorama),
    ):
        pass


def test_tile_of_another_size_is_one_line(tmp_path):
    panorama = pyramid(tmp_path)
    Image.new("RGB", (256, 256)).save(tmp_path / tile_uri(panorama, 1, 3, 1))

    with (
        pytest.raises(InputError, match=r"3_1\.webp: 256 x 256 px, expected 232 x 244 px"),
        package_sphere(tmp_path, panorama),
    ):
        pass


def test_damaged_tile_is_one_line(tmp_path):
    panorama = pyramid(tmp_path)
    path = tmp_path / tile_uri(panorama, 1, 0, 0)
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(InputError, match=r"0_0\.webp"), package_sphere(tmp_path, panorama):
        pass


def test_grid_that_does_not_cover_the_level_is_one_line(tmp_path):
    levels = [{"width": 1000, "cols": 3, "rows": 2}]

    with (
        pytest.raises(InputError, match="level of 1000 px has 3 x 2 tiles, expected 4 x 2"),
        package_sphere(tmp_path, pyramid(tmp_path, levels=levels)),
    ):
        pass


def test_template_holds_no_other_fields(tmp_path):
    panorama = pyramid(tmp_path, template="p/{level.__class__}/{level}/{col}_{row}.{ext}")

    assert tile_uri(panorama, 1, 2, 3) == "p/{level.__class__}/1/2_3.webp"
