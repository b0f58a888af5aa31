import numpy as np
import pytest
from scipy.spatial import cKDTree

from vtour.errors import InputError
from vtour.reconstruct.points import OrientedPoints, cell_keys, joined, means_of_cells, thinned


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


def test_a_cell_holds_the_mean_of_its_points():
    points = cloud([[0.1, 0, 0], [2.5, 0, 0], [0.3, 0, 0]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]])

    means = means_of_cells(points, cell_keys(points.positions, 1.0))

    np.testing.assert_allclose(means.positions, [[0.2, 0, 0], [2.5, 0, 0]], atol=1e-6)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(means.normals, [[0, half, half], [1, 0, 0]], atol=1e-6)


def test_both_sides_of_a_thin_plate_do_not_cancel():
    points = cloud([[0, 0, 0], [0, 0, 0]], [[0, 0, 1], [0, 0, -1]])

    means = means_of_cells(points, cell_keys(points.positions, 1.0))

    assert means.normals.tolist() == [[0, 0, 1]]


def test_cells_too_small_to_be_numbered():
    with pytest.raises(InputError, match="too small for the extent"):
        cell_keys(np.array([[0, 0, 0], [1, 0, 0]], np.float32), 1e-9)


def test_nothing_joined_is_nothing():
    assert len(joined([])) == 0
    assert len(joined([cloud([[0, 0, 0]]), cloud([[1, 1, 1]])])) == 2
