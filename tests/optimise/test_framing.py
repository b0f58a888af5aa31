"""What of a scene a picture frames: nearly all, but neither scraps nor strays."""

import numpy as np
import pytest

from vtour.optimise.framing import centre_of


def strip(start: float, end: float, area: float, axis: int = 0, count: int = 1000):
    """Points of a strip along an axis, (n, 3), and the area of each, (n,)."""
    points = np.zeros((count, 3))
    points[:, axis] = np.linspace(start, end, count)
    return points, np.full(count, area / count)


def centre(*strips):
    points, areas = (np.concatenate(values) for values in zip(*strips, strict=True))
    return centre_of(points, areas)


def test_a_stray_far_away_is_left_out():
    body, stray = strip(-1, 1, 10.0), strip(49.9, 50.1, 0.08, count=3)
    assert centre(body, stray)[0] == pytest.approx(0.0, abs=0.01)


def test_scraps_are_left_out_however_near():
    body, scrap = strip(-1, 1, 10.0), strip(1.4, 1.5, 0.009, count=3)
    assert centre(body, scrap)[0] == pytest.approx(0.0, abs=0.01)


def test_a_thin_pole_on_a_wide_square_is_framed():
    square, pole = strip(-10, 10, 400.0), strip(0, 12, 3.0, axis=1)
    assert centre(square, pole)[1] == pytest.approx(6.0, abs=1.0)


def test_what_is_far_but_large_is_framed():
    near, far = strip(-1, 1, 10.0), strip(49, 51, 0.5)
    assert centre(near, far)[0] == pytest.approx(25.0, abs=0.5)
