"""Attributes as small integers: values by hand."""

import numpy as np
import pytest

from vtour.optimise.writing.quantise import (
    grid_of,
    on_grid,
    quantise_colours,
    quantise_directions,
    quantise_positions,
    quantise_tangents,
    quantise_uvs,
    welded,
)


def test_positions_by_hand():
    positions = np.array([[1, 2, 3], [5, 2, 4]], np.float32)
    places, offset, scale = quantise_positions(positions, 8)

    assert offset == [1, 2, 3]
    assert scale == 4 / 255
    np.testing.assert_array_equal(places, [[0, 0, 0], [255, 0, 64]])  # 1 / (4/255) = 63.75


def test_a_single_place_has_a_scale():
    assert quantise_positions(np.ones((3, 3), np.float32), 14)[2] == 1.0


def test_far_from_the_origin_the_grid_is_as_fine():
    """Kilometres away, float32 itself is coarser than the grid: no more than that is lost."""
    positions = (np.array([[0, 0, 0], [1, 1, 1], [0.25, 0.5, 0.75]]) + 4096).astype(np.float32)
    offset, scale = grid_of(positions[0], positions[1], 14)

    back = np.array(offset) + scale * on_grid(positions, offset, scale)
    np.testing.assert_allclose(back, positions, atol=scale)


def test_texture_coordinates_reach_both_ends():
    uvs = np.array([[0, 1], [0.5, 2], [-1, 0.25]], np.float32)

    np.testing.assert_allclose(
        quantise_uvs(uvs, 14) / 65535, [[0, 1], [0.5, 1], [0, 0.25]], atol=1 / 2**14
    )


@pytest.mark.parametrize(("bits", "kind"), [(8, np.int8), (10, np.int16), (16, np.int16)])
def test_directions_keep_their_direction(bits, kind):
    vectors = np.random.default_rng(3).normal(size=(500, 3)).astype(np.float32)
    found = quantise_directions(vectors, bits)

    assert found.dtype == kind
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(found / np.iinfo(kind).max, unit, atol=1.01 / 2**bits)


def test_axes_are_exact():
    found = quantise_directions(np.float32([[1, 0, 0], [0, -1, 0], [0, 0, 3]]), 8)

    np.testing.assert_array_equal(found, [[127, 0, 0], [0, -127, 0], [0, 0, 127]])


def test_what_is_no_direction_is_up():
    found = quantise_directions(np.float32([[0, 0, 0], [np.nan, 1, 0], [np.inf, 0, 0]]), 8)

    np.testing.assert_array_equal(found, [[0, 127, 0]] * 3)


def test_signs_of_tangents_are_exact():
    found = quantise_tangents(np.float32([[1, 0, 0, -1], [0, 0, 1, 1]]))

    np.testing.assert_array_equal(found, [[127, 0, 0, -127], [0, 0, 127, 127]])


def test_colours_by_hand():
    found = quantise_colours(np.float32([[0, 0.5, 1, 1], [2, -1, 0.2, 1]]))
    np.testing.assert_array_equal(found, [[0, 128, 255], [255, 0, 51]])
    assert quantise_colours(np.float32([[0, 0, 0, 0.5]])).shape == (1, 4)


def test_equal_vertices_become_one_and_flat_faces_go():
    places = np.uint16([[5, 0, 0], [1, 0, 0], [1, 0, 0], [0, 3, 0], [1, 0, 0]])
    uvs = np.uint16([[0, 0], [7, 7], [7, 7], [1, 1], [9, 9]])  # the last lies on another chart
    faces = np.uint32([[0, 1, 3], [0, 2, 3], [0, 1, 2], [0, 1, 4]])

    (places, uvs), found = welded([places, uvs], faces)

    np.testing.assert_array_equal(places, [[5, 0, 0], [1, 0, 0], [0, 3, 0], [1, 0, 0]])
    np.testing.assert_array_equal(uvs, [[0, 0], [7, 7], [1, 1], [9, 9]])
    np.testing.assert_array_equal(found, [[0, 1, 2], [0, 1, 2]])  # the last two were lines
