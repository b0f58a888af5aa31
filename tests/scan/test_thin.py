import numpy as np
from scipy.spatial import cKDTree

from vtour.scan.cleaning.thin import apart, best_of_voxels

RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-1, 1, (20_000, 3)).astype(np.float32)


def test_a_voxel_keeps_its_cheapest_point():
    points = np.float32([[0.01, 0, 0], [0.02, 0, 0], [0.03, 0, 0], [0.11, 0, 0]])
    assert best_of_voxels(points, np.float32([3, 1, 2, 9]), 0.1).tolist() == [1, 3]
    assert best_of_voxels(points, np.float32([1, 1, 1, 1]), 0.1).tolist() == [0, 3]
    assert best_of_voxels(points[:0], np.zeros(0, np.float32), 0.1).tolist() == []


def test_every_voxel_with_points_keeps_one():
    kept = best_of_voxels(POINTS, np.zeros(len(POINTS), np.float32), 0.1)
    voxels = np.unique(np.floor(POINTS / np.float64(0.1)), axis=0)
    assert len(kept) == len(voxels)


def test_points_are_evenly_apart_and_leave_no_hole():
    cost = RNG.random(len(POINTS)).astype(np.float32)
    kept = apart(POINTS, cost, POINTS[:0], 0.1)
    tree = cKDTree(POINTS[kept])
    assert tree.query(POINTS[kept], k=2)[0][:, 1].min() >= 0.1
    assert tree.query(POINTS)[0].max() <= 0.1


def test_the_cheapest_come_first_and_those_kept_before_stay():
    points = np.float32([[0, 0, 0], [0.05, 0, 0], [0.3, 0, 0]])
    cost = np.float32([2, 1, 1])
    assert apart(points, cost, points[:0], 0.1).tolist() == [1, 2]
    assert apart(points, cost, np.float32([[0.33, 0, 0]]), 0.1).tolist() == [1]
    assert apart(points[:0], cost[:0], points, 0.1).tolist() == []
