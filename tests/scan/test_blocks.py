import numpy as np
import pytest

from vtour.scan.cells import NOWHERE, cell_keys, indices_of, keys_of
from vtour.scan.cleaning.blocks import Counts, grouped

RNG = np.random.default_rng(0)
POINTS = (RNG.uniform(-20, 20, (30_000, 3)) * [1, 0.1, 1]).astype(np.float32)


def test_cells_are_numbered_both_ways():
    points = np.float32([[0.1, -0.1, 2.6], [-3.2, 0, 0]])
    assert indices_of(cell_keys(points, 0.5)).tolist() == [[0, -1, 5], [-7, 0, 0]]
    assert keys_of(indices_of(cell_keys(points, 0.5))).tolist() == cell_keys(points, 0.5).tolist()
    assert cell_keys(np.float32([[1e9, 0, 0], [0, -1e30, 0]]), 0.5).tolist() == [NOWHERE, NOWHERE]


def test_counts_add_up_whatever_the_chunks():
    whole = Counts.none().with_points(POINTS, 1.0)
    parts = Counts.none()
    for start in range(0, len(POINTS), 7000):
        parts = parts.with_points(POINTS[start : start + 7000], 1.0)
    assert np.array_equal(whole.keys, parts.keys)
    assert np.array_equal(whole.counts, parts.counts)
    assert whole.counts.sum() == len(POINTS)
    assert Counts.none().with_points(np.full((3, 3), 1e20, np.float32), 1.0).counts.sum() == 0


def test_blocks_hold_all_points_and_none_too_many():
    blocks = grouped(Counts.none().with_points(POINTS, 1.0), 1.0, 2000)
    found = blocks.of_points(POINTS)
    assert found.min() == 0
    assert np.bincount(found).max() <= 2000
    assert len(blocks) < 40
    for block in range(len(blocks)):
        own = POINTS[found == block]
        assert (own >= blocks.low[block]).all() and (own <= blocks.high[block]).all()
    assert blocks.of_points(np.float32([[99, 0, 0]])).tolist() == [NOWHERE]


def test_a_cell_is_never_cut():
    many = np.full((5000, 3), 0.3, np.float32)
    blocks = grouped(Counts.none().with_points(many, 1.0), 1.0, 100)
    assert len(blocks) == 1


def test_neighbouring_blocks_are_those_within_reach():
    blocks = grouped(Counts.none().with_points(POINTS, 1.0), 1.0, 2000)
    found = blocks.of_points(POINTS)
    for block in range(0, len(blocks), 5):
        near = set(blocks.beside(block, 0.5))
        own = POINTS[found == block]
        for other in set(range(len(blocks))) - near - {block}:
            apart = np.abs(POINTS[found == other][:, None, :] - own[None, ::50]).max(-1).min()
            assert apart > 0.5


def test_quantiles_leave_out_strays():
    strays = np.concatenate([POINTS, np.float32([[900, 900, 900], [-900, 0, 0]])])
    low, high = Counts.none().with_points(strays, 1.0).quantiles(0.001, 1.0)
    assert low == pytest.approx([-20, -2, -20], abs=1.01)
    assert high == pytest.approx([20, 2, 20], abs=1.01)
