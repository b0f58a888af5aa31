import numpy as np

from vtour.scan.cleaning.neighbours import (
    facing,
    lone_points,
    neighbours_of,
    outranked,
    plane_normals,
    up_and_outward,
)

RNG = np.random.default_rng(0)


def sheet(step, size, height=0.0):
    """Level points, world."""
    x, z = np.meshgrid(np.arange(0, size, step), np.arange(0, size, step))
    points = np.stack([x, np.full_like(x, height), z], -1).reshape(-1, 3)
    return (points + RNG.normal(0, step / 10, points.shape)).astype(np.float32)


def test_neighbours_are_nearest_first_without_the_point_itself():
    points = np.float32([[0, 0, 0], [1, 0, 0], [3, 0, 0]])
    found = neighbours_of(points, 5)
    assert found.index.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert found.distance.tolist() == [[1, 3], [1, 2], [2, 3]]
    assert neighbours_of(points[:1], 5).distance.tolist() == [[np.inf]]


def test_lone_points_are_told_whatever_the_density():
    sparse = sheet(0.1, 4) + np.float32([100, 0, 0])
    points = np.concatenate([sheet(0.01, 0.5), sparse, np.float32([[0.2, 0.2, 0.2], [102, 2, 2]])])
    lone = lone_points(neighbours_of(points, 8), 4.0, 0.01)
    assert np.flatnonzero(lone).tolist() == [len(points) - 2, len(points) - 1]


def test_a_worse_scan_goes_where_a_better_one_lies_beside_it():
    near, far = sheet(0.01, 0.3), sheet(0.04, 0.6, height=0.008)
    points = np.concatenate([near, far])
    station = np.repeat(np.uint16([0, 1]), [len(near), len(far)])
    cost = np.where(station == 0, 2, 12).astype(np.float32)
    behind = outranked(neighbours_of(points, 8), cost, station, 0.025)
    covered = (far[:, 0] < 0.28) & (far[:, 2] < 0.28)
    assert not behind[station == 0].any()
    assert behind[station == 1][covered].all()
    assert not behind[station == 1][(far[:, 0] > 0.36) | (far[:, 2] > 0.36)].any()
    assert not outranked(neighbours_of(points, 8), cost, station * 0, 0.015).any()


def test_dropped_points_are_nobodys_neighbours():
    points = np.float32([[0, 0, 0], [1, 0, 0], [3, 0, 0], [4, 0, 3]])
    left = neighbours_of(points, 3).without(np.array([False, True, False, False]))
    assert left.index[0].tolist() == [-1, 2, 3]
    assert left.nearest(np.array([True, False, True, False])).tolist() == [3, 3]
    outlier = np.concatenate([sheet(0.05, 1), np.float32([[0.5, 0.3, 0.5]])])
    gone = np.arange(len(outlier)) == len(outlier) - 1
    found = neighbours_of(outlier, 30).without(gone)
    normals = plane_normals(outlier, np.flatnonzero(~gone), found.index)
    assert np.abs(normals[:, 1]).min() > 0.98


def test_normals_of_a_slope():
    points = sheet(0.05, 2)
    points[:, 1] = 0.5 * points[:, 0] + RNG.normal(0, 1e-4, len(points))
    normals = plane_normals(points, np.arange(len(points)), neighbours_of(points, 12).index)
    expected = np.array([-0.5, 1, 0]) / np.sqrt(1.25)
    assert np.abs(normals @ expected).min() > 0.999


def test_normals_face_the_scanner_and_lines_take_its_direction():
    normals = np.float32([[0, 1, 0], [0, 1, 0], [0, 0, 0]])
    towards = np.float32([[1, 2, 0], [1, -2, 0], [0, 0, 5]])
    assert facing(normals, towards).tolist() == [[0, 1, 0], [0, -1, 0], [0, 0, 1]]


def test_without_a_scanner_floors_look_up_and_walls_outward():
    points = np.float32([[0, 0, 0], [4, 1, 0]])
    normals = np.float32([[0, -1, 0], [-1, 0, 0]])
    turned = facing(normals, up_and_outward(normals, points, np.zeros(3)))
    assert turned.tolist() == [[0, 1, 0], [1, 0, 0]]
