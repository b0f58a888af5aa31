"""Bundle adjustment on the sphere, on matches computed from a known lens."""

import numpy as np
import pytest

from tests.panorama.rooms import pano_from_cam
from vtour.panorama.lens import PhotoLens
from vtour.panorama.rotations import angle_of
from vtour.panorama.sphere_adjust import (
    LENS_SIZE,
    Matches,
    Solution,
    _errors,
    _jacobian,
    _join,
    _moved,
    _rays,
    adjust,
    residuals_px,
)

TRUE_LENS = PhotoLens((800, 600), 420.0, (404.0, 297.0), (0.03, -0.01, 0.0))
TURNS = np.array([pano_from_cam(45 * n, 6 * (-1) ** n, n - 3) for n in range(8)])


def matches_of(seed=0, noise_px=0.0, wrong=0):
    rng = np.random.default_rng(seed)
    pairs = []
    for a in range(8):
        b = (a + 1) % 8
        pixels = rng.uniform([0, 0], [800, 600], (600, 2))
        rays = TRUE_LENS.rays_from_pixels(pixels) @ TURNS[a].T @ TURNS[b]
        there = TRUE_LENS.pixels_from_rays(rays)
        seen = ((there > 0) & (there < [800, 600])).all(axis=1)
        at_a, at_b = pixels[seen], there[seen] + rng.normal(0, noise_px, (seen.sum(), 2))
        at_b[:wrong] = rng.uniform([0, 0], [800, 600], (wrong, 2))
        pairs.append(Matches(a, b, at_a, at_b))
    return pairs


def disturbed():
    rng = np.random.default_rng(5)
    start = Solution(TURNS, [PhotoLens.centred((800, 600), 440.0)], [0] * 8)
    return _moved(start, np.concatenate([rng.normal(0, 0.03, 24), np.zeros(LENS_SIZE)]))


def turn_errors(solution):
    common = TURNS[0] @ solution.world_from_cam[0].T
    return [
        angle_of(true.T @ common @ found)
        for true, found in zip(TURNS, solution.world_from_cam, strict=True)
    ]


def test_exact_matches_give_the_rotations_and_the_lens_back():
    solution = adjust(disturbed(), matches_of())
    assert max(turn_errors(solution)) < 2e-4
    lens = solution.lenses[0]
    assert lens.focal_px == pytest.approx(420, abs=0.1)
    assert lens.centre_px == pytest.approx((404, 297), abs=0.2)
    assert lens.bend[0] == pytest.approx(0.03, abs=0.002)


def test_a_fifth_of_wrong_matches_hardly_moves_it():
    solution = adjust(disturbed(), matches_of(noise_px=0.4, wrong=40))
    assert max(turn_errors(solution)) < np.radians(0.06)


def test_what_is_not_free_stays():
    focal_only = (True, False, False, False, False, False)
    lens = adjust(disturbed(), matches_of(), free=focal_only).lenses[0]
    assert lens.focal_px != 440
    assert lens.bend == (0, 0, 0)
    centre = np.subtract(lens.centre_px, (400, 300))
    assert centre == pytest.approx(0, abs=1e-9)


def test_a_residual_is_the_distance_in_pixels():
    pair = matches_of()[0]
    true = Solution(TURNS, [PhotoLens((800, 600), 420.0, (404.0, 297.0))], [0] * 8)
    flat = PhotoLens((800, 600), 420.0, (404.0, 297.0))
    rays = flat.rays_from_pixels(pair.pixels_a) @ TURNS[0].T @ TURNS[1]
    moved = Matches(0, 1, pair.pixels_a, flat.pixels_from_rays(rays) + np.array([2.0, 0]))
    assert residuals_px(true, moved)[0] == pytest.approx(2.0, abs=2e-3)


def test_derivatives_are_those_of_the_errors():
    solution = disturbed()
    joined = _join(matches_of()[:2], solution)
    jacobian, error = _jacobian(solution, joined, np.ones(LENS_SIZE, bool))
    run = joined.runs[0]  # from photo 0 to photo 1
    for column, place in [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]:
        step = np.zeros(24 + LENS_SIZE)
        step[place] = 1e-6
        moved = _moved(solution, step)
        change = (_errors(moved, joined, _rays(moved, joined))[0] - error)[run] / 1e-6
        np.testing.assert_allclose(jacobian[run, :, column], change, rtol=1e-3, atol=0.2)
    for value in range(LENS_SIZE):
        step = np.zeros(24 + LENS_SIZE)
        step[24 + value] = 1e-6
        moved = _moved(solution, step)
        change = (_errors(moved, joined, _rays(moved, joined))[0] - error)[run] / 1e-6
        both = jacobian[run, :, 6 + value] + jacobian[run, :, 6 + LENS_SIZE + value]
        np.testing.assert_allclose(both, change, rtol=1e-3, atol=0.5)
