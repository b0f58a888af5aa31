import numpy as np
import pytest

from vtour.scan.tiling.octree import (
    count_cells,
    keys_from_points,
    levels_of,
    order_by_bin,
    places_from_keys,
    sorted_order,
)

# Nine points in a cube of 32 places an edge; worked out by hand for cells of half a node.
#  octant 0: 0 in its middle; 1 and 2 in the lower half of it, 2 nearer to that half's middle;
#            3 in the same half as 0
#  octant 1: 4 in the middle, 5 in a corner        octant 7: 6 in the middle, 7 and 8 in corners
NINE = [
    (8, 8, 8), (0, 0, 0), (2, 2, 2), (15, 15, 15),
    (24, 8, 8), (31, 0, 0),
    (24, 24, 24), (31, 31, 31), (16, 16, 16),
]  # fmt: skip
LEVELS = [0, 2, 1, 2, 0, 1, 0, 1, 1]


def keys_of(places, depth):
    return keys_from_points(np.array(places) + 0.5, np.zeros(3), 2.0**depth, depth)


def levels(places, depth, top=0, grid_bits=1, most=2, fewest=0):
    keys = keys_of(places, depth)
    order = sorted_order(keys)
    found = np.empty(len(keys), int)
    found[order] = levels_of(keys[order], top, depth, grid_bits, most, fewest)
    return found.tolist()


def test_a_key_has_the_bits_of_the_place_in_turns_x_lowest():
    assert keys_of([(1, 0, 0), (0, 1, 0), (0, 0, 1), (3, 0, 2)], 2).tolist() == [1, 2, 4, 41]


def test_places_come_back_from_keys_of_any_depth():
    places = np.random.default_rng(1).integers(0, 2**21, (1000, 3))
    assert np.array_equal(places_from_keys(keys_of(places, 21)), places)


def test_points_on_the_cubes_far_side_are_in_its_last_cells():
    keys = keys_from_points(np.array([[4.0, 4, 4]]), np.zeros(3), 4.0, 2)
    assert places_from_keys(keys).tolist() == [[3, 3, 3]]


@pytest.mark.parametrize("bits", [1, 11, 12, 33, 63])
def test_keys_are_sorted_and_equal_ones_keep_their_order(bits):
    keys = np.random.default_rng(bits).integers(0, 2**bits, 5000, dtype=np.uint64)
    assert np.array_equal(sorted_order(keys), np.argsort(keys, kind="stable"))


def test_digits_that_all_keys_share_do_not_disturb_the_order():
    keys = np.array([3, 1, 2], np.uint64) + np.uint64(2**62)
    assert sorted_order(keys).tolist() == [1, 2, 0]


def test_nine_points_get_the_levels_worked_out_by_hand():
    assert levels(NINE, 5) == LEVELS


def test_a_node_with_few_points_left_gives_them_to_the_level_above():
    # one left: 5 below octant 1's level 1, 1 and 3 at level 2
    assert levels(NINE, 5, fewest=1) == [0, 1, 1, 1, 0, 0, 0, 1, 1]


def test_a_leaf_keeps_all_its_points():
    assert levels(NINE, 5, most=9) == [0] * 9


def test_levels_above_a_part_get_their_points_and_leave_it_whole():
    # the part is octant 0, a node of level 1: of its four points the middle one goes up
    assert levels(NINE[:4], 5, top=1, most=9) == [0, 1, 1, 1]


def test_points_at_one_place_end_in_one_leaf():
    found = levels([(5, 5, 5)] * 6, 3, most=2)
    assert sorted(found) == [0, 3, 3, 3, 3, 3]


def test_all_levels_down_to_one_have_a_point_in_each_cell_and_no_more():
    places = np.random.default_rng(5).integers(0, 256, (20_000, 3))
    found = np.array(levels(places, 8, grid_bits=2, most=100))
    for level in range(3):
        cells, sampled = (
            len(np.unique(some >> 8 - level - 2, axis=0))
            for some in (places, places[found <= level])
        )
        assert cells == sampled == np.count_nonzero(found <= level)


def test_cells_are_counted_below_their_parents():
    counts = np.zeros((2, 8), np.int64)
    count_cells(np.array([0o10, 0o17, 0o17, 0o23, 0o30], np.uint64), np.array([1, 3], np.uint64),
                3, 0, counts)  # fmt: skip
    assert counts.tolist() == [[1, 0, 0, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 0, 0, 0]]


def test_keys_are_grouped_by_range_in_their_order():
    order, sizes = order_by_bin(np.array([9, 0, 5, 4, 8], np.uint64), np.array([0, 5], np.uint64))
    assert (order.tolist(), sizes.tolist()) == ([1, 3, 0, 2, 4], [2, 3])
