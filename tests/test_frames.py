import numpy as np
import pytest

from vtour.frames import (
    ENU_FROM_WORLD,
    WORLD_FROM_ENU,
    box_corners,
    columns_from_matrix,
    ecef_from_geodetic,
    enu_from_geodetic,
    enu_from_world,
    geodetic_from_enu,
    matrix_from_columns,
    similarity_matrix,
    transform_points,
    world_from_enu,
)

ANCHOR = (21.85, 106.75, 260.0)


@pytest.mark.parametrize(
    ("enu", "world"),
    [
        ([1, 0, 0], [1, 0, 0]),  # east is +X
        ([0, 1, 0], [0, 0, -1]),  # north is -Z
        ([0, 0, 1], [0, 1, 0]),  # up is +Y
    ],
)
def test_world_axes(enu, world):
    np.testing.assert_array_equal(world_from_enu(enu), world)
    np.testing.assert_array_equal(enu_from_world(world), enu)


def test_world_is_a_rotation_of_enu():
    assert np.linalg.det(WORLD_FROM_ENU) == pytest.approx(1)
    np.testing.assert_array_equal(WORLD_FROM_ENU @ ENU_FROM_WORLD, np.eye(3))


def test_columns_are_those_of_gltf():
    matrix = similarity_matrix(1, np.eye(3), [7, 8, 9])
    assert columns_from_matrix(matrix)[12:] == [7, 8, 9, 1]
    np.testing.assert_array_equal(matrix_from_columns(columns_from_matrix(matrix)), matrix)


def test_a_similarity_scales_turns_and_moves():
    quarter_turn_about_up = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]
    a_from_b = similarity_matrix(2, quarter_turn_about_up, [10, 0, 0])
    np.testing.assert_allclose(transform_points(a_from_b, [[1, 1, 0]]), [[10, 2, -2]])


def test_earth_centred_coordinates_on_the_axes():
    np.testing.assert_allclose(ecef_from_geodetic(0, 0, 0), [6378137, 0, 0], atol=1e-6)
    np.testing.assert_allclose(ecef_from_geodetic(0, 90, 10), [0, 6378147, 0], atol=1e-6)
    np.testing.assert_allclose(ecef_from_geodetic(90, 0, 0), [0, 0, 6356752.314245], atol=1e-5)


def test_a_second_of_arc_north_and_east():
    # Radii of curvature at 21.85 deg: meridian 6 344 213 m, prime vertical 6 381 096 m, by hand.
    second = 1 / 3600
    north = enu_from_geodetic(ANCHOR[0] + second, ANCHOR[1], ANCHOR[2], ANCHOR)
    east = enu_from_geodetic(ANCHOR[0], ANCHOR[1] + second, ANCHOR[2], ANCHOR)
    np.testing.assert_allclose(north, [0, 30.759, 0], atol=2e-3)
    np.testing.assert_allclose(east, [28.716, 0, 0], atol=2e-3)


def test_geodetic_round_trip():
    enu = [123.0, -456.0, 78.0]
    place = geodetic_from_enu(enu, ANCHOR)
    np.testing.assert_allclose(enu_from_geodetic(*place, ANCHOR), enu, atol=1e-6)


def test_a_box_has_eight_corners():
    corners = box_corners([0, 1, 2], [3, 4, 5])
    assert {tuple(corner) for corner in corners} == {
        (0, 1, 2), (0, 1, 5), (0, 4, 2), (0, 4, 5), (3, 1, 2), (3, 1, 5), (3, 4, 2), (3, 4, 5),
    }  # fmt: skip
