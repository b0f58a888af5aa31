import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.world.scan_fit import fit_to_scan, moved_by
from vtour.world.scan_start import Matches
from vtour.world.scan_surface import Surface
from vtour.world.similarity import Similarity

TRUE = Similarity(
    2.0, Rotation.from_euler("xyz", (0.3, 1.0, -0.5)).as_matrix(), np.array([4.0, 1.0, -2.0])
)
NOTHING = Matches.joined([])


def box(count, rng, noise=0.0):
    """Points (n, 3) on the walls of a room of 6 x 5 x 3 m."""
    points = rng.uniform(0, 1, (count, 3))
    wall = rng.integers(0, 6, count)
    points[np.arange(count), wall // 2] = wall % 2
    return points * [6, 5, 3] + rng.normal(0, noise, (count, 3))


def in_sfm(points):
    return (points - TRUE.translation) @ TRUE.rotation / TRUE.scale


@pytest.fixture(scope="module")
def surface():
    return Surface(box(60_000, np.random.default_rng(0), 0.002), 0.02)


def test_a_scale_two_per_cent_off_is_recovered(surface):
    points = in_sfm(box(1500, np.random.default_rng(1), 0.004))
    pivot = TRUE.apply(points).mean(axis=0)
    change = np.array([0.01, -0.015, 0.01, 0.02, 0.05, -0.04, 0.03])

    fit = fit_to_scan(moved_by(TRUE, change, pivot), points, surface, NOTHING, 0.15)

    found = fit.scan_from_sfm
    assert found.scale == pytest.approx(TRUE.scale, rel=3e-4)
    np.testing.assert_allclose(found.apply(points), TRUE.apply(points), atol=0.002)
    assert fit.plane_sigma_m == pytest.approx(0.004, rel=0.3)
    assert abs(found.scale / TRUE.scale - 1) < 3 * fit.scale_sigma
    assert fit.scale_sigma < 1e-3


def test_matches_hold_a_wall_that_planes_leave_free():
    rng = np.random.default_rng(0)
    wall = rng.uniform(0, 6, (40_000, 3)) * [1, 1, 0] + rng.normal(0, 0.002, (40_000, 3))
    surface = Surface(wall, 0.02)
    points = rng.uniform(1, 5, (600, 3)) * [1, 1, 0]
    seen = rng.uniform(1, 5, (300, 3)) * [1, 1, 0]
    centres = np.repeat([[1.0, 2.0, 3.0], [4.0, 3.0, 2.5], [3.0, 5.0, 3.0]], 100, axis=0)
    offsets = in_sfm(seen) - in_sfm(centres)
    away = np.linalg.norm(offsets, axis=1)
    image = np.repeat([0, 1, 2], 100)
    matches = Matches(
        image, 0 * image, in_sfm(centres), offsets / away[:, None], away, seen, np.ones(300)
    )
    start = moved_by(TRUE, np.array([0, 0, 0.02, 0.02, 0.1, -0.1, 0.02]), np.array([3.0, 3.0, 0]))

    fit = fit_to_scan(start, in_sfm(points), surface, matches, 0.2)

    np.testing.assert_allclose(fit.scan_from_sfm.apply(in_sfm(points)), points, atol=0.004)


def test_sigmas_grow_with_the_noise_of_the_photos(surface):
    calm, rough = (
        fit_to_scan(TRUE, in_sfm(box(1000, np.random.default_rng(2), s)), surface, NOTHING, 0.1)
        for s in (0.003, 0.012)
    )

    assert rough.scale_sigma > 2 * calm.scale_sigma
    assert rough.position_sigma_m > 2 * calm.position_sigma_m


def test_points_far_from_the_scan_give_nothing(surface):
    far = in_sfm(box(500, np.random.default_rng(3)) + np.array([100, 0, 0]))

    assert fit_to_scan(TRUE, far, surface, NOTHING, 0.1) is None


def test_a_small_change_turns_grows_and_shifts_about_the_pivot():
    pivot = TRUE.apply(np.array([1.0, 2.0, 3.0]))
    point = np.array([2.0, 2.0, 3.0])
    arm = TRUE.apply(point) - pivot

    moved = moved_by(TRUE, np.array([0, 0, 0, np.log(2), 1, 2, 3]), pivot)
    turned = moved_by(TRUE, np.array([0, 0, np.pi / 2, 0, 0, 0, 0]), pivot)

    np.testing.assert_allclose(moved.apply(point), pivot + 2 * arm + [1, 2, 3])
    np.testing.assert_allclose(turned.apply(point), pivot + np.array([-arm[1], arm[0], arm[2]]))
