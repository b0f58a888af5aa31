"""Points from rays, worked by hand."""

import numpy as np
import pycolmap
import pytest

from vtour.control_files import Mark
from vtour.world.triangulate import View, nearest_to_rays, triangulate

CAMERA = pycolmap.Camera.create_from_model_name(1, "SIMPLE_PINHOLE", 1000.0, 1000, 1000)


def view(centre, towards):
    """A photo at ``centre`` that looks at ``towards`` and marks its middle."""
    forward = np.array(towards, float) - centre
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    mark = Mark("A", str(centre), 500.0, 500.0)
    return View(mark, np.array(centre, float), forward, rotation, CAMERA, 5.0)


def test_crossing_rays_meet_in_their_point():
    views = [view((0, -10, 0), (1, 2, 3)), view((10, 0, 0), (1, 2, 3)), view((0, 9, 5), (1, 2, 3))]
    found = triangulate(views)
    assert found.in_sfm == pytest.approx([1, 2, 3])
    assert found.error_px == pytest.approx(0, abs=1e-6)
    assert (len(found.used), found.wrong) == (3, [])


def test_skew_rays_meet_half_way():
    """Along x at z = 0 and along y at z = 1: nearest at (0, 0, 0.5) when both count the same."""
    views = [view((-10, 0, 0), (0, 0, 0)), view((0, -10, 1), (0, 0, 1))]
    assert nearest_to_rays(views, np.ones(2)) == pytest.approx([0, 0, 0.5])
    assert nearest_to_rays(views, np.array([3.0, 1.0])) == pytest.approx([0, 0, 0.25])


def test_a_near_photo_counts_by_its_pixels():
    """Ranges 2 and 10: a pixel is 5 times finer in the near one, weights 25 to 1."""
    views = [view((-2, 0, 0), (0, 0, 0)), view((0, -10, 0.026), (0, 0, 0.026))]
    found = triangulate(views)
    assert found.in_sfm == pytest.approx([0, 0, 0.001], abs=1e-6)
    # 0.001 / 2 and 0.025 / 10 of 1000 px
    assert found.error_px == pytest.approx(np.sqrt((0.5**2 + 2.5**2) / 2), rel=1e-3)


def test_the_sigma_is_that_of_one_pixel():
    """Rays along x, y and z, each from 10 units: each coordinate is fixed by two of them."""
    upward = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
    third = View(
        Mark("A", "c", 500, 500),
        np.array([0, 0, -10.0]),
        np.array([0, 0, 1.0]),
        upward,
        CAMERA,
        5.0,
    )
    found = triangulate([view((-10, 0, 0), (0, 0, 0)), view((0, -10, 0), (0, 0, 0)), third])
    assert found.sigma_in_sfm == pytest.approx(0.01 * np.sqrt(3 / 2))  # a pixel is 0.01 there


def test_one_wrong_mark_is_left_out():
    good = [view(c, (0, 0, 0)) for c in [(0, -10, 1), (10, 0, 2), (-10, 0, 0)]]
    found = triangulate([*good, view((0, 10, 0), (0.5, 0, 0.5))])
    assert found.in_sfm == pytest.approx([0, 0, 0], abs=1e-9)
    assert [mark.photo for mark in found.wrong] == ["(0, 10, 0)"]


def test_rays_that_hardly_cross_or_do_not_meet_give_nothing():
    assert triangulate([view((0, -10, 0), (0, 0, 0)), view((0.1, -10, 0), (0, 0, 0))]) is None
    assert triangulate([view((0, -10, 0), (0, 0, 0)), view((10, 0, 0), (0, 0, 3))]) is None
