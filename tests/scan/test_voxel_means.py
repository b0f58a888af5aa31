import numpy as np
import pytest

from vtour.scan.registration.free_space import RangeBounds, in_free_space
from vtour.scan.registration.start_poses import pose_from_targets
from vtour.scan.registration.voxel_means import VoxelMeans, thinned


def test_mean_point_of_each_voxel() -> None:
    points = np.array([[0.01, 0.02, 0.03], [0.03, 0.02, 0.05], [-0.05, 0.0, 0.0]])
    assert thinned(points, 0.1) == pytest.approx(np.array([[-0.05, 0, 0], [0.02, 0.02, 0.04]]))


def test_chunks_give_the_same_and_the_voxel_doubles() -> None:
    points = np.random.default_rng(3).random((5000, 3))
    means = VoxelMeans(0.05, 600)
    for start in range(0, 5000, 700):
        means.add(points[start : start + 700])
    assert means.voxel_m == pytest.approx(0.2)
    assert means.count == 125
    assert means.points() == pytest.approx(thinned(points, 0.2))


def test_far_and_broken_points_are_left_out() -> None:
    means = VoxelMeans(0.01, 100)
    means.add(np.array([[1e30, 0, 0], [np.nan, 0, 0], [1.0, 2.0, 3.0]]))
    assert means.points() == pytest.approx(np.array([[1.0, 2.0, 3.0]]))


def test_a_point_before_a_wall_lies_in_free_space() -> None:
    side = np.linspace(-2, 2, 400)
    y, z = (grid.reshape(-1) for grid in np.meshgrid(side, side))
    image = RangeBounds.empty()
    image.add(np.stack([np.full(len(y), 5.0), y, z], -1))
    points = np.array([[3.0, 0.1, 0.1], [5.0, 0.1, 0.1], [7.0, 0.1, 0.1], [-3.0, 0, 0]])
    crossing, in_view = in_free_space(image.widened(), points, 0.1)
    assert crossing.tolist() == [True, False, False, False]
    assert in_view.tolist() == [True, True, False, False]


def test_targets_leave_out_the_wrong_one() -> None:
    in_b = np.array([[0.0, 0, 0], [4, 0, 0], [0, 3, 0], [1, 1, 2], [5, 5, 1]])
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    in_a = in_b @ turn.T + [1, 2, 3]
    in_a[3] += [0, 0.3, 0]
    pose, off, used = pose_from_targets(in_a, in_b, 0.01)
    assert pose[:3, :3] == pytest.approx(turn, abs=1e-9)
    assert used.tolist() == [True, True, True, False, True]
    assert off[3] == pytest.approx(0.3)


def test_targets_on_a_line_or_too_few_tell_nothing() -> None:
    line = np.outer(np.arange(4.0), [1, 2, 3])
    assert pose_from_targets(line, line, 0.01) is None
    assert pose_from_targets(line[:2], line[:2], 0.01) is None
