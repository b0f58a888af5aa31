import numpy as np
import pytest
from scipy.spatial import cKDTree

from vtour.errors import InputError
from vtour.reconstruct.points import (
    Cells,
    OrientedPoints,
    cell_keys,
    joined,
    one_a_cell,
    thinned,
)


def cloud(positions, normals=None):
    positions = np.array(positions, np.float32)
    normals = np.tile([0, 0, 1], (len(positions), 1)) if normals is None else normals
    colours = np.full((len(positions), 3), 100, np.uint8)
    return OrientedPoints(positions, np.array(normals, np.float32), colours)


def test_a_dense_plane_is_thinned_evenly():
    x, y = np.meshgrid(np.arange(200) / 100, np.arange(100) / 100)
    points = cloud(np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3))

    fewer = thinned(points, 2000)

    assert 1500 < len(fewer) <= 2000
    # each cell of 1 / sqrt(1000) = 0.032 gives one point: none is farther than two cells
    gap, _ = cKDTree(fewer.positions).query(points.positions)
    assert gap.max() < 0.064
    np.testing.assert_allclose(fewer.positions[:, 2], 0)


def test_few_points_stay_as_they_are():
    points = cloud([[0, 0, 0], [1, 0, 0]])

    assert thinned(points, 2) is points


def test_a_cell_gives_the_point_nearest_to_the_mean_of_its_points():
    positions = np.array([[0.1, 0, 0], [2.5, 0, 0], [0.9, 0, 0], [0.4, 0, 0]])

    # the mean of 0.1, 0.9 and 0.4 is 0.47
    assert one_a_cell(positions, cell_keys(positions, 1.0)).tolist() == [3, 1]


def test_means_of_cells_by_hand():
    cells = Cells(np.array([7, 5, 7]))

    np.testing.assert_allclose(cells.mean(np.array([[1.0, 2], [9, 9], [3, 4]])), [[9, 9], [2, 3]])
    units = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(cells.mean_directions(units), [[1, 0, 0], [0, half, half]])


def test_both_sides_of_a_thin_plate_do_not_cancel():
    cells = Cells(np.array([1, 1]))

    assert cells.mean_directions(np.array([[0.0, 0, 1], [0, 0, -1]])).tolist() == [[0, 0, 1]]


def test_cells_too_small_to_be_numbered():
    with pytest.raises(InputError, match="too small for the extent"):
        cell_keys(np.array([[0, 0, 0], [1, 0, 0]], np.float32), 1e-9)


def test_one_stray_point_far_away_does_not_end_the_thinning():
    near = np.random.default_rng(0).uniform(0, 20, (3000, 3))
    fewer = thinned(cloud(np.vstack([near, [[1e9, 0, 0]]])), 2000)

    # the smallest cells are 477 m wide: the site is one of them, the stray point another
    assert sorted(fewer.positions[:, 0] > 1e8) == [False, True]
    assert len(thinned(cloud(np.zeros((10, 3))), 5)) == 1


def test_nothing_joined_is_nothing():
    assert len(joined([])) == 0
    assert len(joined([cloud([[0, 0, 0]]), cloud([[1, 1, 1]])])) == 2
