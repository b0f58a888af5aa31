import numpy as np
import pytest
from sample_photos import texture

from vtour.capture.duplicates import NEAR_BITS, picture_hash
from vtour.capture.quality import clipped_shares, is_fisheye_circle, noise_level, sharpness

BOUND = 0.65


def blurred(grey, sigma):
    import cv2

    return cv2.GaussianBlur(grey, (0, 0), sigma)


def dragged(grey, length):
    """Motion blur along x."""
    import cv2

    return cv2.filter2D(grey, -1, np.full((1, length), 1 / length, np.float32))


def noisy(grey, sigma):
    noise = np.random.default_rng(1).normal(0, sigma, grey.shape)
    return np.clip(np.rint(grey + noise), 0, 255).astype(np.uint8)


def test_blur_lowers_sharpness_step_by_step():
    grey = texture()
    steps = [sharpness(grey)] + [sharpness(blurred(grey, sigma)) for sigma in (0.7, 1.5, 3)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 0.8 > BOUND > steps[2]


def test_motion_blur_in_one_direction_counts():
    assert sharpness(dragged(texture(), 9)) < BOUND


@pytest.mark.parametrize("sigma", [1, 2])
def test_noise_is_not_taken_for_sharpness(sigma):
    assert sharpness(noisy(blurred(texture(), 2), sigma)) < BOUND
    assert sharpness(noisy(texture(), sigma)) > BOUND


def test_a_sky_over_a_sharp_wall_does_no_harm():
    grey = texture()
    grey[:320] = np.linspace(200, 240, 320).astype(np.uint8)[:, None]
    assert sharpness(grey) > 0.75


def test_a_plain_image_has_no_sharpness():
    assert sharpness(np.full((480, 640), 128, np.uint8)) is None


def test_noise_level_is_that_of_the_noise():
    plain = np.full((480, 640), 128, np.uint8)
    assert noise_level(noisy(plain, 4).astype(np.float32)) == pytest.approx(4, rel=0.05)


def test_clipped_shares_by_counting():
    grey = np.full((10, 10), 128, np.uint8)
    grey[:2], grey[9] = 0, 255
    assert clipped_shares(grey) == (0.2, 0.1)


def test_a_circular_fisheye():
    y, x = np.mgrid[:480, :500]
    inside = np.hypot(x - 250, y - 240) < 235
    assert is_fisheye_circle(np.where(inside, texture(500, 480), 15).astype(np.uint8))
    assert not is_fisheye_circle(texture(500, 480))
    assert not is_fisheye_circle(np.full((480, 500), 5, np.uint8))  # a night


def test_a_hash_survives_size_and_exposure_and_tells_pictures_apart():
    import cv2

    grey = blurred(texture(), 6)
    half = cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA)
    darker = (grey * 0.8).astype(np.uint8)
    for copy in (half, darker):
        assert np.bitwise_count(picture_hash(copy) ^ picture_hash(grey)).sum() <= NEAR_BITS
    other = picture_hash(blurred(texture(seed=1), 6))
    assert np.bitwise_count(other ^ picture_hash(grey)).sum() > 4 * NEAR_BITS
