"""Lenses of photos to stitch."""

import numpy as np
import pytest

from vtour.panorama.lens import PhotoLens


def test_a_ray_at_45_degrees_lies_one_focal_length_from_the_centre():
    lens = PhotoLens((800, 600), 300.0, (410.0, 290.0))
    pixels = lens.pixels_from_rays([[1.0, 0, 1], [0, 1.0, 1], [0, 0, 5]])
    np.testing.assert_allclose(pixels, [[710, 290], [410, 590], [410, 290]], atol=1e-3)


def test_a_fisheye_is_even_in_the_angle():
    lens = PhotoLens((800, 800), 400 / (np.pi / 2), (400.0, 400.0), is_fisheye=True)
    rays = [[1.0, 0, 0], [0, -np.sin(np.pi / 4), np.cos(np.pi / 4)]]
    np.testing.assert_allclose(lens.pixels_from_rays(rays), [[800, 400], [400, 200]], atol=1e-3)


@pytest.mark.parametrize("is_fisheye", [False, True])
def test_pixels_come_back_from_their_rays(is_fisheye):
    lens = PhotoLens((800, 600), 350.0, (395.0, 305.0), (0.03, -0.01, 0.002), is_fisheye)
    pixels = np.array([[0.5, 0.5], [799.5, 599.5], [400, 20], [395, 305], [123.4, 456.7]])
    back = lens.pixels_from_rays(3 * lens.rays_from_pixels(pixels))
    np.testing.assert_allclose(back, pixels, atol=1e-3)


def test_what_lies_behind_has_no_pixel():
    assert np.isnan(PhotoLens.centred((800, 600), 400).pixels_from_rays([[0.1, 0, -1]])).all()


def test_a_resized_photo_has_its_lens_resized():
    lens = PhotoLens((800, 600), 350.0, (395.0, 305.0), (0.03, 0, 0))
    ray = np.array([[0.3, -0.2, 1]])
    half = lens.scaled((400, 300)).pixels_from_rays(ray)
    np.testing.assert_allclose(2 * half, lens.pixels_from_rays(ray), atol=1e-6)
