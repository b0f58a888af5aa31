"""The pose benchmark's figures, on cameras placed by hand."""

import numpy as np
import pytest

from benchmarks.accuracy.relative import (
    LOST_DEG,
    angle_between_deg,
    angle_of_rotation_deg,
    area_under_curve,
    relative_errors_deg,
)


def about_y(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


THREE = {
    "a": (np.eye(3), np.array([0.0, 0, 0])),
    "b": (about_y(10), np.array([1.0, 0, 0])),
    "c": (about_y(20), np.array([2.0, 0, 0.5])),
}


def moved(poses, rotation, scale, shift):
    """The same cameras in another frame."""
    return {
        name: (turn @ rotation.T, scale * rotation @ centre + shift)
        for name, (turn, centre) in poses.items()
    }


def test_a_similarity_changes_nothing():
    there = moved(THREE, about_y(77), 3.5, np.array([4.0, -1, 9]))
    assert relative_errors_deg(there, THREE) == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_turned_camera_spoils_its_pairs():
    turned = {**THREE, "c": (about_y(2) @ about_y(20), THREE["c"][1])}
    assert relative_errors_deg(turned, THREE) == pytest.approx([0, 2, 2])  # a-b, a-c, b-c


def test_a_shifted_camera_spoils_directions():
    # b at (1, 0, 0) moved by 0.1 across: seen from a by atan 0.1
    shifted = {**THREE, "b": (THREE["b"][0], np.array([1.0, 0.1, 0]))}
    errors = relative_errors_deg(shifted, THREE)
    assert errors[0] == pytest.approx(np.degrees(np.arctan(0.1)))
    assert errors[1] == pytest.approx(0, abs=1e-9)
    assert errors[2] > 0


def test_a_missing_photo_counts():
    errors = relative_errors_deg({name: THREE[name] for name in "ab"}, THREE)
    assert errors.tolist() == [pytest.approx(0, abs=1e-9), LOST_DEG, LOST_DEG]


def test_two_photos_from_one_place_have_no_direction():
    turned = {**THREE, "b": (about_y(10), THREE["a"][1])}
    noisy = {**turned, "b": (about_y(10), np.array([0, 1e-9, 0]))}
    assert relative_errors_deg(noisy, turned)[0] == pytest.approx(0, abs=1e-9)


def test_area_under_the_curve_of_shares():
    # Shares below t: 0 up to 0.5, one half up to 0.75, then all: (0.25 * 0.5 + 0.25 * 1) / 1
    assert area_under_curve([0.5, 0.75], 1) == pytest.approx(37.5)
    assert area_under_curve([0, 0, 0], 1) == 100
    assert area_under_curve([LOST_DEG, 5.0], 5) == 0


def test_small_angles_are_exact():
    assert angle_of_rotation_deg(about_y(1e-6)) == pytest.approx(1e-6, rel=1e-6)
    assert angle_between_deg(np.array([1.0, 0, 0]), about_y(1e-6)[0]) == pytest.approx(1e-6)
