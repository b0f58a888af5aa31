"""SSIM against scikit-image, PSNR and outlines by hand."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from vtour.optimise.looks.likeness import (
    NO_DIFFERENCE_DB,
    blurred,
    frame_of,
    outline_error,
    psnr_db,
    ssim,
    ssim_map,
)
from vtour.optimise.looks.pictures import Picture


def random_frame(seed, cover=None, shape=(90, 120)):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (shape[0] // 10, shape[1] // 10))
    grey = coarse.repeat(10, axis=0).repeat(10, axis=1) + rng.normal(0, 12, shape)
    pixels = np.clip(grey, 0, 255).astype(np.float32)[..., None].repeat(3, axis=2)
    return frame_of(Picture(pixels, np.ones(shape, np.float32) if cover is None else cover))


def changed(frame, by, seed=9):
    noise = np.random.default_rng(seed).normal(0, by, frame.luma.shape).astype(np.float32)
    pixels = np.clip(frame.luma + noise, 0, 255)[..., None].repeat(3, axis=2)
    return frame_of(Picture(pixels, frame.inside.astype(np.float32)))


@pytest.mark.parametrize("by", [2, 20, 80])
def test_ssim_is_that_of_scikit_image(by):
    one = random_frame(1)
    other = changed(one, by)
    _, expected = structural_similarity(
        one.luma.astype(np.float64),
        other.luma.astype(np.float64),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        full=True,
    )

    np.testing.assert_allclose(ssim_map(one, other), expected, atol=1e-4)
    assert ssim(one, other) == pytest.approx(expected.mean(), abs=1e-5)


def test_equal_pictures_are_equal():
    frame = random_frame(1)
    assert ssim(frame, frame) == 1
    assert psnr_db(frame, frame) == NO_DIFFERENCE_DB


def test_what_is_behind_does_not_count():
    cover = np.zeros((90, 120), np.float32)
    cover[30:60, 40:80] = 1
    one = random_frame(1, cover)
    other = changed(one, 20)
    far = np.ones((90, 120), bool)
    far[20:70, 30:90] = False  # further than the window reaches
    pixels = other.luma.copy()
    pixels[far] = np.random.default_rng(3).uniform(0, 255, int(far.sum()))
    elsewhere = frame_of(Picture(pixels[..., None].repeat(3, axis=2), cover))

    assert ssim(one, elsewhere) == pytest.approx(ssim(one, other), abs=1e-6)
    assert psnr_db(one, elsewhere) == pytest.approx(psnr_db(one, other), abs=1e-6)
    assert ssim(one, other) < 0.95


def test_psnr_by_hand():
    grey = np.full((40, 40, 3), 100, np.float32)
    cover = np.ones((40, 40), np.float32)
    one, other = frame_of(Picture(grey, cover)), frame_of(Picture(grey + 25.5, cover))

    assert psnr_db(one, other) == pytest.approx(20, abs=1e-4)  # a tenth of the range


def test_luma_weighs_colours():
    red = np.zeros((4, 4, 3), np.float32)
    red[..., 0] = 255
    frame = frame_of(Picture(red, np.ones((4, 4), np.float32)))
    np.testing.assert_allclose(frame.luma, 0.2126 * 255, rtol=1e-6)


def test_blur_keeps_means():
    assert blurred(np.full((20, 20), 7, np.float32)) == pytest.approx(7)


def test_outline_of_half_a_square():
    whole = np.zeros((100, 100), bool)
    whole[20:60, 30:70] = True
    half = whole.copy()
    half[:, 50:] = False

    assert outline_error(whole, whole) == (0, 0)
    share, pixels = outline_error(whole, half)
    assert share == 0.5
    assert pixels == 20
    share, pixels = outline_error(half, whole)
    assert (share, pixels) == (1, 20)


def test_nothing_left_is_as_far_as_the_picture_is_large():
    whole = np.zeros((30, 40), bool)
    whole[5:10, 5:10] = True

    assert outline_error(whole, np.zeros((30, 40), bool)) == (1, 50)


def test_nothing_compared_with_nothing():
    empty = frame_of(Picture(np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32)))
    assert ssim(empty, empty) == 1
    assert psnr_db(empty, empty) == NO_DIFFERENCE_DB
