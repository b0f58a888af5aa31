"""Distances between surfaces, by hand."""

import numpy as np
import pytest
from optimise.known_scenes import grid

from vtour.optimise.shaping.deviation import measure_deviation, spread_over


def test_deviation_by_hand():
    """Two squares half a metre apart, one of them half as wide: 1 m of it has nothing above."""
    positions, faces = grid(4)
    narrow = positions * np.array([0.5, 1, 1], np.float32) + np.float32([-0.5, 0.5, 0])
    found = measure_deviation(positions, faces, narrow, faces)

    assert found.largest == pytest.approx(np.hypot(1, 0.5), abs=1e-6)
    # Mean from the wide one: half lies at 0.5, half at sqrt(x^2 + 0.25) for x from 0 to 1.
    tail = 0.5 * (np.hypot(1, 0.5) + 0.25 * np.arcsinh(1 / 0.5))
    assert found.mean == pytest.approx((0.5 + tail) / 2, abs=0.002)


def test_points_are_spread_by_area():
    positions = np.array([[0, 0, 0], [3, 0, 0], [0, 1, 0], [0, 0, 5], [1, 0, 5], [0, 1, 5]])
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.uint32)
    points = spread_over(positions.astype(np.float32), faces, 4000)

    assert (points[:, 2] < 1).sum() == pytest.approx(3000, abs=2)
    np.testing.assert_allclose(points[points[:, 2] < 1].mean(axis=0), [1, 1 / 3, 0], atol=0.01)
