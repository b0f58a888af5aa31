"""Where the part that photos cover comes to lie; the photos' directions are known exactly."""

import numpy as np
import pytest
from PIL import Image

from tests.panorama.rooms import LENS, pano_from_cam, photo_of, texture_sphere
from vtour.gpano import SphereArea
from vtour.panorama.blending import fill_gaps
from vtour.panorama.drawing import draw_sphere
from vtour.panorama.projecting import View

WIDTH = 768


@pytest.fixture(scope="module")
def sphere():
    return texture_sphere()


@pytest.mark.parametrize(
    ("yaws_deg", "middle_deg", "ahead_deg"),
    [
        ((-80, -40, 0, 40, 80), 0, 0),  # stays as it is
        ((-20, 20, 60), 20, 0),
        ((0, 40, 80, 120, 160, 200), 0, 100),  # 200 + 43.5 degrees cross the edge: turned
        ((180,), 0, 180),
        ((-120, -160, -200), 0, -160),
    ],
)
def test_a_part_lies_inside_the_sphere(sphere, yaws_deg, middle_deg, ahead_deg):
    turns = [pano_from_cam(yaw, 0) for yaw in yaws_deg]
    pictures = [photo_of(sphere, LENS, turn) for turn in turns]
    views = [View(turn.T, LENS) for turn in turns]

    drawn = draw_sphere(views, lambda number: pictures[number], WIDTH)

    height, width = drawn.colours.shape[:2]
    assert drawn.left >= 0 and drawn.left + width <= WIDTH
    middle = (drawn.left + width / 2) / WIDTH * 360 - 180
    assert middle == pytest.approx(middle_deg, abs=1.5)
    true = Image.fromarray(sphere).resize((WIDTH, WIDTH // 2), Image.Resampling.BOX)
    inner = slice(height // 4, -height // 4), slice(width // 8, -width // 8)

    def off(columns):
        shifted = np.roll(np.asarray(true).astype(float), columns, axis=1)
        part = shifted[drawn.top :, drawn.left :][:height, :width]
        return np.median(np.abs(drawn.colours[inner] - part[inner]))

    turned = round(-ahead_deg / 360 * WIDTH)
    assert min(off(turned + columns) for columns in (-1, 0, 1)) < 8
    assert min(off(turned + columns) for columns in (-4, 4)) > 15


@pytest.mark.parametrize("crop", [(0, 256, 0, 512), (32, 200, 100, 400)])
def test_gaps_go_on_with_the_colours_beside_them(crop):
    """Left half red, right half blue, and nothing shown from 40 degrees down to the nadir."""
    top, bottom, left, right = crop
    colours = np.zeros((256, 512, 3), np.uint8)
    colours[:, :256], colours[:, 256:] = (200, 40, 40), (40, 40, 200)
    covered = np.ones((256, 512), bool)
    covered[185:] = False
    true, shown = colours[top:bottom, left:right].copy(), covered[top:bottom, left:right]
    area = SphereArea(full_width=512, left=left, top=top, width=right - left, height=bottom - top)

    filled = fill_gaps(np.where(shown[..., None], true, 0).astype(np.uint8), shown, area)

    np.testing.assert_array_equal(filled[shown], true[shown])
    below = 186 - top
    assert np.abs(filled[below, 10:80].astype(int) - true[below, 10:80]).max() < 40
    assert np.abs(filled[below, -80:-10].astype(int) - true[below, -80:-10]).max() < 40
    assert filled[~shown].min() > 25  # never black
