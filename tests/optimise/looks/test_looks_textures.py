"""Textures as graphics cards filter them: levels, taps, wrap modes, light before bytes."""

import numpy as np
import pytest

from vtour.glb.scene import Texture, Wrap
from vtour.optimise.looks.textures import encode, look_up, mips_of

STILL = np.zeros((1, 2), np.float32)


def grey(rows, **more):
    """A texture of these bytes."""
    pixels = np.repeat(np.array(rows, np.uint8)[..., None], 3, axis=2)
    return Texture(pixels, **more)


def value_at(texture, uv, across=(0, 0), down=(0, 0), srgb=False, taps=8):
    places = (np.array([pair], np.float32) for pair in (uv, across, down))
    return look_up(mips_of(texture, srgb=srgb), *places, taps)[0]


def test_middles_of_texels_and_between():
    texture = grey([[0, 255], [51, 102]])

    assert value_at(texture, (0.25, 0.25))[0] == 0
    assert value_at(texture, (0.75, 0.75))[0] == pytest.approx(0.4)
    assert value_at(texture, (0.5, 0.25))[0] == pytest.approx(0.5)
    assert value_at(texture, (0.5, 0.5))[0] == pytest.approx((0 + 1 + 0.2 + 0.4) / 4)
    assert value_at(texture, (0.5, 0.5))[3] == 1  # opaque


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [(Wrap.clamp, [1, 0, 1]), (Wrap.repeat, [0, 1, 0.2]), (Wrap.mirror, [1, 0, 0.2])],
)
def test_beyond_the_edges(wrap, expected):
    texture = grey([[0, 51, 102, 255]], wrap=(wrap, wrap))

    found = [value_at(texture, (u, 0.5))[0] for u in (1.125, -0.125, 2.375)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_small_pictures_have_the_mean_light_and_not_the_mean_byte():
    texture = grey([[0, 255] * 2, [255, 0] * 2] * 2)
    whole = value_at(texture, (0.5, 0.5), (1, 0), (0, 1), srgb=True)

    # half the light is byte 188 of sRGB: 255 * (1.055 * 0.5 ** (1 / 2.4) - 0.055) = 187.5
    np.testing.assert_allclose(encode(whole[None, :3]), 188, atol=0.6)


def test_alpha_is_no_light():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, :, 3] = 255
    whole = value_at(Texture(pixels), (0.5, 0.5), (1, 0), (0, 1), srgb=True)

    assert whole[3] == pytest.approx(0.5, abs=0.003)


def test_level_by_footprint():
    """Columns of 0 and 255: gone where a pixel holds two of them, half gone half a level before."""
    texture = grey([[0, 255] * 8] * 16)
    texel = 1 / 16

    def contrast(texels):
        step = texel * texels
        values = [
            value_at(texture, (x, 0.5 * texel), (step, 0), (0, step))[0]
            for x in (0.5 * texel, 1.5 * texel)
        ]
        return values[1] - values[0]

    assert contrast(0.5) == pytest.approx(1)
    assert contrast(1) == pytest.approx(1)
    assert contrast(2**0.5) == pytest.approx(0.5, abs=0.01)
    assert contrast(2) == pytest.approx(0, abs=0.01)


def test_at_a_slant_what_is_fine_across_stays():
    """Rows differ, and the surface is seen along them: eight texels of a row in a pixel."""
    texture = grey([[0] * 16, [255] * 16] * 8)
    across, down = (8 / 16, 0), (0, 1 / 16)

    assert value_at(texture, (0.5, 0.5 / 16), across, down)[0] == pytest.approx(0, abs=0.01)
    blurred = value_at(texture, (0.5, 0.5 / 16), across, down, taps=1)
    assert blurred[0] == pytest.approx(0.5, abs=0.01)


def test_odd_sizes_lose_nothing():
    mips = mips_of(grey([[10, 20, 90]]), srgb=False)

    np.testing.assert_array_equal(mips.levels, [[0, 3, 1], [3, 1, 1]])
    assert mips.texels[3, 0] == 20  # bilinear at the middle


def test_places_that_are_no_numbers_do_no_harm():
    texture = grey([[7]])
    bad = np.array([[np.nan, np.inf]], np.float32)

    assert np.isfinite(look_up(mips_of(texture, srgb=False), bad, bad, bad)).all()
    assert np.isfinite(look_up(mips_of(texture, srgb=False), STILL, bad, STILL)).all()


def test_encoding_is_exact_to_a_tenth_of_a_level():
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    colours = np.repeat(linear[:, None], 3, axis=1).astype(np.float32)

    np.testing.assert_allclose(encode(colours)[:, 0], np.arange(256), atol=0.12)
    np.testing.assert_array_equal(encode(np.array([[-1, 2, 0.0]], np.float32)), [[0, 255, 0]])
