"""Expected values come from the drawing in docs/conventions.md, not from the formulas."""

import math

import numpy as np
import pytest

from vtour import sphere

WIDTH = 400


@pytest.mark.parametrize(
    ("pixel", "ray"),
    [
        ((200, 100), (0, 0, -1)),  # the middle looks forward
        ((300, 100), (1, 0, 0)),  # a quarter to the right
        ((100, 100), (-1, 0, 0)),
        ((0, 100), (0, 0, 1)),  # the left edge looks back
        ((200, 0), (0, 1, 0)),  # the top edge is the zenith
        ((200, 200), (0, -1, 0)),
    ],
)
def test_pixels_and_rays(pixel, ray):
    assert sphere.rays_from_pixels(pixel, WIDTH) == pytest.approx(ray, abs=1e-12)
    if abs(ray[1]) < 1 and pixel[0]:
        assert sphere.pixels_from_rays(ray, WIDTH) == pytest.approx(pixel)


def test_heading_looks_east_at_ninety_degrees():
    assert sphere.turn_about_up(math.pi / 2) @ [0, 0, -1] == pytest.approx([1, 0, 0])


def test_pitch_looks_up_and_roll_lowers_the_right():
    assert sphere.rotation_from_angles(0, 0.1, 0)[1] @ [0, 0, -1] == pytest.approx(math.sin(0.1))
    # A camera turned clockwise, seen from behind: its right side points down.
    assert sphere.rotation_from_angles(0, 0, 0.1)[1] @ [1, 0, 0] == pytest.approx(-math.sin(0.1))


@pytest.mark.parametrize("angles", [(0.4, 0.1, -0.2), (-2.9, -0.4, 0.3), (3.0, 0, 0), (1, 0, 3.0)])
def test_heading_and_tilt_multiply_to_the_attitude(angles):
    attitude = sphere.rotation_from_angles(*angles)
    heading, tilt = sphere.heading_and_tilt(attitude)
    assert sphere.turn_about_up(heading) @ tilt == pytest.approx(attitude, abs=1e-12)
    assert np.linalg.det(tilt) == pytest.approx(1)
    # The shortest turn: its angle is the one between the panorama's up and +Y.
    assert np.trace(tilt) == pytest.approx(1 + 2 * attitude[1, 1])


def test_upside_down_has_a_heading():
    attitude = np.diag([-1.0, -1.0, 1.0])
    heading, tilt = sphere.heading_and_tilt(attitude)
    assert sphere.turn_about_up(heading) @ tilt == pytest.approx(attitude, abs=1e-12)


def directions(height):
    """A sphere whose colours are its own directions, -1..1 stored as 0..255."""
    x, y = np.meshgrid(np.arange(2 * height) + 0.5, np.arange(height) + 0.5)
    rays = sphere.rays_from_pixels(np.stack([x, y], -1), 2 * height)
    return np.rint((rays + 1) * 127.5).astype(np.uint8)


@pytest.mark.parametrize("heading", [0, math.pi / 2, math.pi])  # pi: across the seam
def test_a_view_shows_what_lies_there(heading):
    rotation = sphere.turn_about_up(heading)
    rays = sphere.view_rays(rotation, (64, 48), math.radians(70))
    seen = sphere.sample_sphere(directions(180), rays)
    unit = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    assert np.abs(seen / 127.5 - 1 - unit).max() < 0.02
    assert rays[24, 63] @ (rotation @ [1, 0, 0]) > 0  # the last column is on the right
