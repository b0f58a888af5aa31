import numpy as np
import pytest

from vtour.reconstruct.fusion import compare_views

K = np.array([50.0, 50.0, 20.0, 15.0])  # 40 x 30 px
SHAPE = (30, 40)
LIMITS = np.array([2.0, 0.01, np.cos(np.radians(20)), 0.02])


def wall(distance):
    """Depths and normals of a wall across the view."""
    depth = np.full(SHAPE, distance, np.float32)
    normal = np.zeros((*SHAPE, 3), np.float32)
    normal[..., 2] = -1
    return depth, normal


def compared(here, there, offset, views=(1, 2)):
    """All that compare_views adds up; ``offset`` (3,): the other camera seen from this one."""
    agreeing, conflicting = np.zeros(SHAPE, np.int16), np.zeros(SHAPE, np.int16)
    outranked, weight = np.zeros(SHAPE, np.bool_), np.ones(SHAPE, np.float32)
    mean_depth, mean_normal = here[0].copy(), here[1].copy()
    pose = np.column_stack([np.eye(3), -np.array(offset, float)])
    compare_views(
        *here, K, *there, K, pose, np.array(views), LIMITS,
        agreeing, conflicting, outranked, weight, mean_depth, mean_normal,
    )  # fmt: skip
    return agreeing, conflicting, outranked, mean_depth / weight, mean_normal


def test_two_views_of_a_wall_agree_where_both_see_it():
    agreeing, conflicting, _, depth, normal = compared(wall(2), wall(2), (0.4, 0, 0))

    # 0.4 m at 2 m with 50 px: the other view sees it 10 px farther to the left
    assert (agreeing[:, 10:] == 1).all() and (agreeing[:, :10] == 0).all()
    assert not conflicting.any()
    np.testing.assert_allclose(depth, 2, rtol=1e-6)
    np.testing.assert_allclose(normal[:, 10:, 2], -2)


def test_of_equals_the_lower_number_gives_the_points():
    assert not compared(wall(2), wall(2), (0.4, 0, 0), views=(1, 2))[2].any()
    assert compared(wall(2), wall(2), (0.4, 0, 0), views=(2, 1))[2][:, 10:].all()


def test_the_nearer_view_gives_the_points_whatever_its_number():
    near_from_far = (0, 0, 4)
    outranked = compared(wall(6), wall(2), near_from_far, views=(1, 2))[2]
    # the near view covers a third of the far one: 13 of 40 columns, 10 of 30 rows
    assert outranked[11:19, 14:26].all() and outranked.sum() < 14 * 11 * 1.2
    assert not compared(wall(2), wall(6), (0, 0, -4), views=(2, 1))[2].any()


def test_the_mean_follows_the_finer_view():
    agreeing, _, _, depth, _ = compared(wall(2), wall(6.03), (0, 0, -4))

    # its weight is (2 / 6.03)**2 = 0.11, it puts the wall at 2.03: off by more than 1 percent
    assert (agreeing > 0).all()
    np.testing.assert_allclose(depth, 2.0, atol=1e-6)
    _, _, _, depth, _ = compared(wall(2), wall(6.015), (0, 0, -4))
    np.testing.assert_allclose(depth, 2 + 0.015 * 0.1106 / 1.1106, atol=1e-4)


@pytest.mark.parametrize(("distance", "seen_through"), [(2.1, 1), (2.03, 0), (1.9, 0)])
def test_a_point_before_what_the_other_sees_is_in_conflict(distance, seen_through):
    agreeing, conflicting, *_ = compared(wall(2), wall(distance), (0, 0, 0))

    assert (conflicting == seen_through).all()
    assert not agreeing.any()


def test_other_normals_do_not_agree():
    there = wall(2)
    there[1][..., :] = (np.sin(0.5), 0, -np.cos(0.5))

    assert not compared(wall(2), there, (0, 0, 0))[0].any()
