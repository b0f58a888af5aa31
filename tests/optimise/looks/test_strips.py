"""The picture for the report."""

import io

import numpy as np
from PIL import Image

from vtour.optimise.looks.likeness import frame_of
from vtour.optimise.looks.pictures import Picture
from vtour.optimise.looks.strips import GAP_PX, MARGIN_PX, strip_of, strip_webp


def frame(value):
    pixels = np.full((100, 200, 3), 128, np.float32)
    cover = np.zeros((100, 200), np.float32)
    cover[30:70, 50:150] = 1
    pixels[30:70, 50:150] = value
    return frame_of(Picture(pixels, cover))


def test_master_derivative_and_four_times_the_difference():
    strip = strip_of(frame(100), frame(110))

    wide, tall = 100 + 2 * MARGIN_PX, 40 + 2 * MARGIN_PX
    assert strip.shape == (tall, 3 * wide + 2 * GAP_PX, 3)
    middles = [wide // 2 + k * (wide + GAP_PX) for k in range(3)]
    assert [strip[tall // 2, middle, 0] for middle in middles] == [100, 110, 255 - 40]
    assert strip[1, middles[2], 0] == 255  # no difference behind


def test_the_file_is_small():
    data = strip_webp(frame(100), frame(200))
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "WEBP"
    assert len(data) < 20_000
    assert data == strip_webp(frame(100), frame(200))


def test_a_strip_of_nothing():
    empty = frame_of(Picture(np.zeros((50, 50, 3), np.float32), np.zeros((50, 50), np.float32)))
    assert strip_of(empty, empty).shape == (50, 3 * 50 + 2 * GAP_PX, 3)
