"""Where the part that photos cover comes to lie; the photos' directions are known exactly."""

import numpy as np
import pytest
from PIL import Image

from tests.panorama.rooms import LENS, pano_from_cam, photo_of, texture_sphere
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
