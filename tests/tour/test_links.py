"""The graph of ways, on layouts drawn by hand."""

import math

import numpy as np
import pytest

from vtour.tour.links import (
    BETWEEN,
    Forest,
    LinkRules,
    Wishes,
    angle_between,
    link_graph,
    near_pairs,
    node_spacing,
)


def rules(**changes):
    return LinkRules(**{"reach": 4.0, "max_links": 5, "separation": math.radians(20), **changes})


def graph(positions, barred=(), wishes=None, **changes):
    positions = np.array([(x, 0.0, z) for x, z in positions], dtype=float)
    wishes = wishes or Wishes()
    placed = [node for node in range(len(positions)) if node not in wishes.unplaced]
    pairs = near_pairs(positions, placed) if len(placed) > 1 else []
    return link_graph(positions, pairs, set(barred), rules(**changes), wishes)


GRID = [(x, z) for z in range(3) for x in range(3)]  # 0 1 2 / 3 4 5 / 6 7 8
GRID_SIDES = {(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8),
              (0, 3), (3, 6), (1, 4), (4, 7), (2, 5), (5, 8)}  # fmt: skip


def test_a_row_is_a_chain_and_no_arrow_passes_over_a_node():
    found = graph([(0, 0), (1, 0), (2, 0), (3, 0)])

    assert found.links == {(0, 1), (1, 2), (2, 3)}
    assert found.left_out[0, 2] == "the way leads by {1}"
    assert len(found.components) == len(found.islands) == 1


def test_a_grid_keeps_its_sides_and_not_its_diagonals():
    assert graph(GRID).links == GRID_SIDES


def test_the_scale_of_the_world_changes_nothing():
    small = [(x * 0.01, z * 0.01) for x, z in GRID]

    assert graph(small, reach=0.04).links == GRID_SIDES


def test_a_node_behind_a_wall_takes_nothing_from_a_way():
    # 1 lies between 0 and 2, a little aside, but neither sees it.
    nodes = [(0, 0), (1, 0.2), (2, 0)]
    found = graph(nodes, barred={(0, 1), (1, 2)})

    assert (0, 2) in found.links
    assert found.components == [{0, 2}, {1}]
    assert found.joined == {(0, 1)}  # the shorter one of two that are as long comes first
    assert found.left_out == {(1, 2): BETWEEN}


def test_components_are_joined_by_an_open_way_before_a_shorter_barred_one():
    # Two pairs, 6 apart: beyond reach. 1-2 is shortest, but barred; 0-3 is open.
    nodes = [(0, 0), (1, 0), (7, 0), (8, 0)]
    found = graph(nodes, barred={(1, 2), (0, 2), (1, 3)})

    assert found.joined == {(0, 3)}
    assert found.components == [{0, 1}, {2, 3}]
    assert found.islands == [{0, 1, 2, 3}]


def test_two_ways_in_nearly_the_same_direction_are_one():
    # From 0, 1 and 2 are 11 degrees apart and barred from each other: the nearer one is kept.
    nodes = [(0, 0), (1, 0), (2, 0.4), (2, 1.4), (0, 1)]
    found = graph(nodes, barred={(1, 2)}, reach=5.0)

    assert (0, 1) in found.links and (0, 2) not in found.links
    assert found.left_out[0, 2] == "11 degrees beside the way from {0} to {1}"


def test_a_handful_at_most_but_the_tree_stays_whole():
    star = [(0, 0), *((math.cos(a), math.sin(a)) for a in np.radians(range(0, 360, 45)))]
    walls = {(a, b) for a in range(1, 9) for b in range(a + 1, 9)}
    assert len(graph(star, barred=walls).links) == 8  # only the centre connects them

    near = graph(star, barred=walls - {(1, 2), (2, 3)}, max_links=2)
    assert len(near.islands) == 1
    assert all("links" in near.left_out.get(pair, "links") for pair in near.left_out if 0 in pair)


def test_people_win():
    wishes = Wishes(add=frozenset({(0, 3)}), remove=frozenset({(1, 2)}))
    found = graph([(0, 0), (1, 0), (2, 0), (3, 0)], wishes=wishes)

    assert found.links == {(0, 1), (2, 3), (0, 3)}
    assert found.left_out[1, 2] == "removed in site.yaml"


def test_a_removal_may_cut_the_tour_and_that_is_seen():
    wishes = Wishes(remove=frozenset({(0, 1), (0, 2)}))
    found = graph([(0, 0), (1, 0), (2, 0)], wishes=wishes)

    assert found.links == {(1, 2)}
    assert found.islands == [{0}, {1, 2}]


def test_nodes_without_a_place_are_chained_in_the_order_as_far_as_needed():
    chain = ((0, 1), (1, 2), (2, 3))
    nowhere = {"unplaced": frozenset(range(4)), "chain": chain}
    nodes = [(0, 0)] * 4
    assert graph(nodes, wishes=Wishes(**nowhere)).links == set(chain)

    added = Wishes(add=frozenset({(0, 2)}), **nowhere)
    assert graph(nodes, wishes=added).links == {(0, 2), (0, 1), (2, 3)}


def test_a_placed_group_and_a_node_without_a_place():
    wishes = Wishes(unplaced=frozenset({2}), chain=((1, 2),))
    found = graph([(0, 0), (1, 0), (0.5, 0)], wishes=wishes)

    assert found.links == {(0, 1), (1, 2)}
    assert found.components == [{0, 1}]


def test_stairs_are_a_way_like_others():
    positions = np.array([[0.0, 0, 0], [3, 0, 0], [6, 3, 0], [9, 3, 0]])
    found = link_graph(positions, near_pairs(positions, range(4)), set(), rules(reach=12), Wishes())

    assert found.links == {(0, 1), (1, 2), (2, 3)}


def test_many_nodes_are_looked_at_nearby_only_and_stay_connected():
    rng = np.random.default_rng(1)
    positions = np.column_stack([rng.uniform(0, 100, 300), np.zeros(300), np.zeros(300)])
    pairs = near_pairs(positions, range(300))

    assert len(pairs) < 300 * 64
    assert len(link_graph(positions, pairs, set(), rules(), Wishes()).islands) == 1


def test_groups_of_many_nodes_are_bridged_where_they_are_nearest():
    # Three rows of 100 nodes, 1 apart, and 901 from row to row.
    xs = np.concatenate([np.arange(100) + start for start in (0, 1000, 2000)])
    positions = np.column_stack([xs, np.zeros(300), np.zeros(300)])
    pairs = near_pairs(positions, range(300))

    assert [pair for pair in pairs if xs[pair[1]] - xs[pair[0]] > 100] == [(99, 100), (199, 200)]
    assert all((node, node + 1) in pairs for node in range(299))
    assert max(b - a for a, b in pairs) == 64  # of the ends of a row: they have one side only


def test_thousands_of_nodes_are_looked_at_in_seconds():
    rng = np.random.default_rng(2)
    positions = rng.uniform(0, 100, (3000, 3))
    placed = [node for node in range(3000) if node % 3]
    pairs = near_pairs(positions, placed)

    assert len(pairs) < 2000 * 64
    assert {node for pair in pairs for node in pair} == set(placed)
    a = placed[7]
    nearest = sorted(placed, key=lambda b: math.dist(positions[a], positions[b]))[1:65]
    assert {(min(a, b), max(a, b)) for b in nearest} <= set(pairs)


def test_many_nodes_at_one_place_stay_connected():
    positions = np.repeat([[0.0, 0, 0], [5.0, 0, 0]], 150, axis=0)
    forest = Forest(300)
    for pair in near_pairs(positions, range(300)):
        forest.join(pair)

    assert len(forest.sets()) == 1


@pytest.mark.parametrize(
    ("xs", "spacing"), [([0, 1, 3, 6], 2.0), ([5], 0.0), ([], 0.0), ([2, 2, 2], 0.0)]
)
def test_spacing_is_the_median_edge_of_the_tree(xs, spacing):
    positions = np.array([[x, 0, 0] for x in xs], dtype=float).reshape(-1, 3)

    assert node_spacing(positions) == spacing


def test_nodes_at_one_place_are_linked_and_disturb_no_angle():
    assert graph([(0, 0), (0, 0), (1, 0)]).links >= {(0, 1)}
    assert angle_between(np.zeros(3), np.ones(3)) == math.pi
