"""An arcade has many places where it fits itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.world.scan_fit import fit_to_scan, moved_by
from vtour.world.scan_search import Guess, away_of_rival, only_fit_near
from vtour.world.scan_start import Matches
from vtour.world.scan_surface import Surface
from vtour.world.similarity import Similarity

TRUE = Similarity(
    2.0, Rotation.from_euler("xyz", (0.3, 1.0, -0.5)).as_matrix(), np.array([4.0, 1.0, -2.0])
)


def arcade(count, noise, seed):
    """Points (n, 3) of 16 m of wall and floor with a pier of half a metre every 2 m."""
    rects = [((0, 0, 0), (16, 0, 0), (0, 4, 0)), ((0, 4, 0), (16, 0, 0), (0, 0, 4))]
    for x in np.arange(0.0, 16.0, 2.0):
        rects += [((x, y, 0), (0.5, 0, 0), (0, 0, 3)) for y in (0, 0.5)]
        rects += [((x + w, 0, 0), (0, 0.5, 0), (0, 0, 3)) for w in (0, 0.5)]
    rng = np.random.default_rng(seed)
    area = np.array([np.linalg.norm(np.cross(u, v)) for _, u, v in rects])
    chosen = rng.choice(len(rects), count, p=area / area.sum())
    corner, u, v = (np.array([one[k] for one in rects], float)[chosen] for k in range(3))
    a, b = rng.uniform(0, 1, (2, count, 1))
    return corner + a * u + b * v + rng.normal(0, noise, (count, 3))


@pytest.fixture(scope="module")
def surface():
    return Surface(arcade(60_000, 0.002, 0), 0.02)


def in_sfm(points):
    return (points - TRUE.translation) @ TRUE.rotation / TRUE.scale


def test_a_bay_further_on_fits_as_well_and_is_no_proof(surface):
    points = arcade(1200, 0.004, 1)
    off = moved_by(TRUE, np.array([0, 0, 0.02, 0.01, 1.1, -0.3, 0.1]), points.mean(axis=0))

    fit, doubt = only_fit_near(in_sfm(points), surface, Guess(off, 2.0, 0.05, 0.1))

    assert fit is None
    assert doubt.startswith("photos fit the scan at places")


def test_a_place_nearly_as_good_is_a_rival_when_it_is_another_one(surface):
    points = in_sfm(arcade(800, 0.004, 1))
    fit = fit_to_scan(TRUE, points, surface, Matches.joined([]), 0.1)
    shifts = {away: moved_by(TRUE, np.array([0, 0, 0, 0, away, 0, 0]), 0) for away in (0.01, 2.0)}
    same, other = (replace(fit, scan_from_sfm=one) for one in shifts.values())

    assert away_of_rival((0.9, fit), [(0.9, fit), (0.9, same), (0.7, other)], points) == 0
    assert away_of_rival((0.9, fit), [(0.8, other), (0.9, fit)], points) == pytest.approx(
        2.0, abs=0.01
    )
