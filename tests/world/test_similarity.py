"""Similarities by hand-worked numbers."""

import numpy as np
import pytest

from vtour.world.similarity import (
    Similarity,
    levelled_similarity,
    robust_similarity,
    rotation_between,
    samples_of,
    similarity_from_points,
)

QUARTER_ABOUT_Z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
TRUE = Similarity(2.0, QUARTER_ABOUT_Z, np.array([10.0, 20.0, 30.0]))
CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])


def test_a_similarity_turns_scales_and_moves():
    assert TRUE.apply(np.array([1.0, 0, 0])) == pytest.approx([10, 22, 30])
    assert TRUE.matrix @ [1, 0, 0, 1] == pytest.approx([10, 22, 30, 1])


def test_exact_points_give_their_similarity():
    found = similarity_from_points(TRUE.apply(CORNERS), CORNERS)
    assert found.matrix == pytest.approx(TRUE.matrix)


def test_a_mirrored_set_gives_a_rotation_all_the_same():
    found = similarity_from_points(CORNERS * [1, 1, -1], CORNERS)
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_points_without_weight_do_not_count():
    moved = TRUE.apply(CORNERS)
    moved[4] += 100
    found = similarity_from_points(moved, CORNERS, np.array([1.0, 1, 1, 1, 0]))
    assert found.matrix == pytest.approx(TRUE.matrix)


def test_one_wrong_point_of_five_is_found():
    moved = TRUE.apply(CORNERS)
    moved[2] += [0, 5, 0]
    found, inside = robust_similarity(moved, CORNERS, 0.1)
    assert list(inside) == [True, True, False, True, True]
    assert found.matrix == pytest.approx(TRUE.matrix)


def test_up_is_kept_where_two_points_leave_it_open():
    up_in_b = np.array([0.0, -1.0, 0.0])
    found = levelled_similarity(
        np.array([[0.0, 0, 5], [0, 3, 5]]), np.array([[0.0, 0, 0], [1.5, 0, 0]]), up_in_b
    )
    assert found.rotation @ up_in_b == pytest.approx([0, 0, 1])
    assert found.scale == pytest.approx(2)
    assert found.apply(np.array([1.5, 0, 0])) == pytest.approx([0, 3, 5])


@pytest.mark.parametrize("target", [[0, 0, 1.0], [0, 0, -1.0], [1.0, 1, 0], [0, -2.0, 1]])
def test_the_rotation_between_directions(target):
    rotation = rotation_between(np.array([0, 0, 3.0]), np.array(target))
    assert rotation @ [0, 0, 1] == pytest.approx(np.array(target) / np.linalg.norm(target))
    assert rotation @ rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_samples_are_all_subsets_or_a_fixed_choice():
    assert samples_of(4, 3) == [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]
    assert samples_of(1, 2) == []
    many = samples_of(200, 3)
    assert many == samples_of(200, 3)
    assert all(len(set(sample)) == 3 for sample in many)
