"""Rotations between photos of one standpoint."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.panorama.rotations import angle_of, chain_rotations, find_rotation

TURN = Rotation.from_euler("YXZ", [40, 10, -5], degrees=True).as_matrix()


def rays_ahead(count, seed):
    rays = np.random.default_rng(seed).normal(0, [0.5, 0.5, 0.01], (count, 3)) + np.array([0, 0, 1])
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)


def test_a_rotation_is_found_among_more_wrong_matches_than_right_ones():
    rays = rays_ahead(100, 0)
    seen = rays @ TURN.T
    seen[:60] = rays_ahead(60, 1)
    b_from_a, agrees = find_rotation(rays, seen, 0.01)
    assert agrees[60:].all()
    assert agrees[:60].sum() < 5
    assert angle_of(b_from_a.T @ TURN) < 1e-3


def test_no_matches_agree_on_nothing():
    _, agrees = find_rotation(np.zeros((0, 3)), np.zeros((0, 3)), 0.01)
    assert len(agrees) == 0


def test_the_angle_of_a_turn():
    assert angle_of(Rotation.from_euler("Z", 30, degrees=True).as_matrix()) == pytest.approx(
        np.pi / 6
    )


def test_rotations_are_chained_along_the_strongest_pairs_of_the_largest_group():
    turn = Rotation.from_euler("Y", 30, degrees=True).as_matrix()
    wrong = Rotation.from_euler("X", 70, degrees=True).as_matrix()
    edges = [(0, 1, 50.0, turn), (1, 2, 50.0, turn), (0, 2, 3.0, wrong), (3, 4, 99.0, turn)]
    world_from_cam, order = chain_rotations(5, edges)
    assert sorted(order) == [0, 1, 2]
    two_from_zero = world_from_cam[2].T @ world_from_cam[0]
    np.testing.assert_allclose(two_from_zero, turn @ turn, atol=1e-12)
