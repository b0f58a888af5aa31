import math

import numpy as np

from vtour.panorama import nadir
from vtour.panorama.nadir import filled_disk, nadir_view, put_view, with_picture
from vtour.sphere import rays_from_pixels

WIDTH = 512
RADIUS = math.radians(15)
GROUND = (150, 130, 90)


def rays():
    grid = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(WIDTH // 2) + 0.5), axis=-1)
    return rays_from_pixels(grid, WIDTH)


def away_from_nadir():
    return np.arccos(np.clip(-rays()[..., 1], -1, 1))


def ground_with_tripod():
    sphere = np.full((WIDTH // 2, WIDTH, 3), GROUND, np.uint8)
    sphere[away_from_nadir() < math.radians(12)] = (10, 10, 10)
    return sphere


def test_the_tripod_is_gone_and_the_rest_is_untouched():
    sphere = ground_with_tripod()
    before = sphere.copy()
    put_view(sphere, filled_disk(nadir_view(sphere, RADIUS)), RADIUS)
    assert np.abs(sphere.astype(int) - GROUND).max() <= 3
    outside = away_from_nadir() > RADIUS * 1.2
    np.testing.assert_array_equal(sphere[outside], before[outside])


def test_the_view_looks_down_with_the_middle_on_top():
    """Colours are directions: the top of the view leans forward (-Z), its right to +X."""
    sphere = np.rint((rays() + 1) * 127.5).astype(np.uint8)
    view = nadir_view(sphere, RADIUS).astype(float) / 127.5 - 1
    n = len(view)
    np.testing.assert_allclose(view[n // 2, n // 2], [0, -1, 0], atol=0.05)
    assert view[0, n // 2, 2] < -0.2
    assert view[n // 2, -1, 0] > 0.2


def test_a_picture_lies_upright_as_seen_from_the_middle():
    sphere = ground_with_tripod()
    picture = np.zeros((100, 100, 4), np.uint8)
    picture[..., 3] = 255
    picture[:50, :, 0] = 250  # its upper half is red
    view = with_picture(filled_disk(nadir_view(sphere, RADIUS)), picture)
    put_view(sphere, view, RADIUS)
    row = int(WIDTH / 2 * (1 - math.radians(5) / math.pi))  # 5 degrees from straight down
    assert sphere[row, WIDTH // 2, 0] > 200  # ahead: red
    assert sphere[row, 5, 0] < 50  # behind: black
    assert sphere[row, WIDTH // 4, 2] < 60


def test_bands_join(monkeypatch):
    """A sphere wider than one band, as those of 32768 px are, shows no border between bands."""
    whole, parts = ground_with_tripod(), ground_with_tripod()
    view = filled_disk(nadir_view(whole, RADIUS))
    put_view(whole, view, RADIUS)
    monkeypatch.setattr(nadir, "BAND_PX", (7, 100))
    put_view(parts, view, RADIUS)
    np.testing.assert_array_equal(parts, whole)
