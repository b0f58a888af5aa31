import numpy as np

from vtour.scan.cells import keys_of
from vtour.scan.cleaning.bodies import connected, grown_bodies

VOXEL = 0.05


def block(x, y, z):
    """Keys of all voxels of a box of index ranges."""
    grid = np.stack(np.meshgrid(range(*x), range(*y), range(*z), indexing="ij"), -1)
    return np.sort(keys_of(grid.reshape(-1, 3)))


def test_a_body_grows_up_and_down_over_what_hangs_together():
    seeds, legs, head = block((0, 4), (10, 20), (0, 2)), block((0, 4), (0, 10), (0, 2)), None
    head = block((1, 3), (20, 25), (0, 2))
    bodies = grown_bodies(seeds, np.union1d(legs, head), VOXEL)
    assert np.array_equal(bodies.keys, np.union1d(seeds, np.union1d(legs, head)))


def test_it_does_not_grow_sideways_nor_over_a_gap_nor_far_up():
    seeds = block((0, 4), (10, 20), (0, 2))
    floor = block((-40, 40), (9, 10), (-40, 40))
    apart = block((0, 4), (22, 25), (0, 2))
    mast = block((0, 1), (20, 100), (0, 1))
    grown = grown_bodies(seeds, floor, VOXEL).keys
    assert len(grown) - len(seeds) == (4 + 4) * (2 + 4)  # two voxels, 0.1 m, all around
    assert np.array_equal(grown_bodies(seeds, apart, VOXEL).keys, seeds)
    assert len(grown_bodies(seeds, mast, VOXEL).keys) - len(seeds) == 20  # a metre


def test_few_seeds_are_no_body():
    assert (
        len(grown_bodies(block((0, 7), (0, 1), (0, 1)), block((0, 7), (1, 9), (0, 1)), 0.1).keys)
        == 0
    )
    assert len(grown_bodies(np.zeros(0, np.int64), block((0, 7), (1, 9), (0, 1)), 0.1).keys) == 0


def test_corners_connect():
    two = np.sort(keys_of(np.array([[0, 0, 0], [1, 1, 1], [3, 1, 1]])))
    assert connected(two).tolist() == [0, 0, 1]


def test_points_in_a_body_are_told():
    bodies = grown_bodies(block((0, 4), (10, 20), (0, 2)), np.zeros(0, np.int64), VOXEL)
    points = np.float32([[0.02, 0.6, 0.02], [0.3, 0.6, 0.02], [1e9, 0, 0]])
    assert bodies.holds(points).tolist() == [True, False, False]
