import math

import numpy as np
import pytest

from vtour.panorama.hide import CELLS, RIM, Placement, ellipse_around, hide
from vtour.sphere import rays_from_pixels


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def pixel_grid(height, width):
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x, y], axis=-1)


def hidden(image, box, placement=None):
    result = image.copy()
    hide(result, box, placement)
    return result


@pytest.mark.parametrize("placement", [None, Placement(400)])
def test_only_a_handful_of_means_is_left(placement):
    """Pixels that change places within their cell leave no trace: the inside cannot be known."""
    image, box = noise(200, 400), (150, 60, 60, 80)
    offsets = ellipse_around(box, placement).offsets(pixel_grid(200, 400))
    inside = np.linalg.norm(offsets, axis=-1) <= 1
    cell = np.floor((offsets + 1) / 2 * CELLS).astype(int) @ (1, CELLS)
    other, rng = image.copy(), np.random.default_rng(1)
    for number in range(CELLS * CELLS):
        there = np.argwhere(inside & (cell == number))
        moved = rng.permutation(there)
        other[there[:, 0], there[:, 1]] = image[moved[:, 0], moved[:, 1]]
    assert (other != image).any(axis=-1)[inside].mean() > 0.9

    first, second = hidden(image, box, placement), hidden(other, box, placement)

    np.testing.assert_array_equal(first[inside], second[inside])
    assert np.abs(np.diff(first[80:120, 170:190].astype(int), axis=0)).max() <= 3  # and smooth


def test_the_whole_box_is_hidden_and_nothing_beyond_the_rim():
    image, box = noise(120, 160), (50, 30, 40, 20)
    result = hidden(image, box)

    changed = (result != image).any(axis=-1)
    assert changed[30:50, 50:90].mean() > 0.99  # noise may hit the mean by chance
    distance = np.hypot((np.arange(160) + 0.5 - 70) / 40, (np.arange(120)[:, None] + 0.5 - 40) / 20)
    assert not changed[distance > RIM / math.sqrt(2)].any()
    corners = result[[30, 30, 49, 49], [50, 89, 50, 89]].astype(int)
    assert np.abs(corners - 127).max() < 25  # of noise only its mean is left, in the corners too


def test_a_box_beyond_the_image_is_hidden_as_far_as_it_reaches():
    image = noise(60, 80)
    for box in ((-10, -10, 20, 20), (70, 50, 40, 40), (0, 0, 80, 60)):
        assert (hidden(image, box) != image).any()
    np.testing.assert_array_equal(hidden(image, (500, 500, 10, 10)), image)


def test_the_seam_needs_no_care():
    image, full = noise(128, 256), Placement(256)
    at_seam = hidden(image, (240, 50, 32, 24), full)
    in_middle = hidden(np.roll(image, -128, axis=1), (112, 50, 32, 24), full)

    assert (at_seam[50:74, :16] != image[50:74, :16]).any(axis=-1).all()
    assert (at_seam[50:74, 240:] != image[50:74, 240:]).any(axis=-1).all()
    difference = np.roll(at_seam, -128, axis=1).astype(int) - in_middle
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(("pitch_deg", "room"), [(-80, 1.3), (-60, 1.1), (0, 1.01), (75, 1.3)])
def test_a_place_is_round_in_angles_wherever_it_is(pitch_deg, room):
    width = 512
    image, degree = noise(width // 2, width), width / 360
    y = (90 - pitch_deg) * degree
    across = 10 * degree / math.cos(math.radians(pitch_deg))  # ten degrees of a great circle
    result = hidden(
        image, (200 - across / 2, y - 5 * degree, across, 10 * degree), Placement(width)
    )

    rays = rays_from_pixels(pixel_grid(width // 2, width), width)
    centre = rays_from_pixels([200, y], width)
    apart_deg = np.degrees(np.arccos(np.clip(rays @ centre, -1, 1)))
    changed = (result != image).any(axis=-1)
    assert changed[apart_deg < 5].mean() > 0.99
    reach = 5 * math.sqrt(2) * RIM * room  # near a pole the box itself is no square
    assert not changed[apart_deg > reach].any()


def test_the_floor_is_hidden_all_around_and_no_more_of_it():
    image = noise(128, 256)
    for top, rows in ((118, np.s_[118:]), (0, np.s_[:10])):
        changed = (hidden(image, (0, top, 256, 10), Placement(256)) != image).any(axis=-1)
        assert changed[rows].mean() > 0.99
        beyond = 10 * RIM + 1  # rows from the pole
        assert not (changed[: int(128 - beyond)] if top else changed[int(beyond) :]).any()


def test_a_part_of_a_sphere_is_hidden_as_the_sphere_is():
    image = noise(128, 256)
    whole = hidden(image, (100, 50, 30, 30), Placement(256))[20:110, 60:200]
    part = hidden(
        np.ascontiguousarray(image[20:110, 60:200]), (40, 30, 30, 30), Placement(256, 60, 20)
    )
    assert np.abs(whole.astype(int) - part).max() <= 1
