"""Lines of sight against walls and points of known place."""

import numpy as np
import pytest
from node_folders import write_walls

from vtour.tour.sight import (
    SeenPoints,
    Sight,
    fan_rays,
    sight_between,
    sight_in_common,
    sight_in_mesh,
    sight_in_points,
)
from vtour.tour.surface import read_surface

A, B = np.array([0.0, 1.6, 0.0]), np.array([10.0, 1.6, 0.0])
FAR_WALL = (14, -9, 14, 9)


def surface(tmp_path, *walls):
    write_walls(tmp_path / "mesh.ply", *walls)
    return read_surface(tmp_path / "mesh.ply")


@pytest.mark.parametrize(
    ("walls", "sight"),
    [
        ([(5, -9, 5, 9)], Sight.barred),
        ([(5, 0.1, 5, 9), (5, -9, 5, -0.1)], Sight.barred),  # a slit of 0.2 m at 5 m
        ([(5, 0.7, 5, 9), (5, -9, 5, -0.7), FAR_WALL, (-4, -9, -4, 9)], Sight.open),  # a door
        ([FAR_WALL, (-4, -9, -4, 9)], Sight.open),
        ([(9.5, -9, 9.5, 9), FAR_WALL], Sight.barred),  # close to one of them
        ([(0.1, -9, 0.1, 9), FAR_WALL, (-4, -9, -4, 9)], Sight.open),  # a crumb at a tripod
        ([(5, 20, 5, 30)], Sight.unknown),  # no mesh in either direction
    ],
)
def test_sight_in_a_mesh(tmp_path, walls, sight):
    mesh = surface(tmp_path, *walls)
    found = sight_in_mesh(mesh, A, B)

    assert found is sight_in_mesh(mesh, B, A)
    assert found is sight


def test_a_way_straight_up_is_judged_too(tmp_path):
    mesh = surface(tmp_path, (5, -9, 5, 9))  # ends at a height of 4
    low, high = np.array([6.0, -3, 0]), np.array([6.0, 9.0, 0])

    assert sight_in_mesh(mesh, low, high) is not Sight.barred
    origins, vectors = fan_rays(low, high)
    assert origins.shape == vectors.shape == (18, 3)
    assert np.isfinite(vectors).all()


def test_rays_reach_what_they_aim_at():
    origins, vectors = fan_rays(A, B)
    ends = origins + vectors

    np.testing.assert_allclose(np.linalg.norm(ends[1:9] - B, axis=1), 0.4)  # 4 % of 10 m
    np.testing.assert_allclose(np.linalg.norm(ends[10:] - A, axis=1), 0.4)
    np.testing.assert_allclose([ends[0], ends[9]], [B, A])


def points_at(distances, side=0.0, numbers=()):
    """Points ahead of A, ``side`` to their left for every metre."""
    distances = np.array(distances, float)
    direction = np.array([1.0, 0, side]) / np.hypot(1, side)
    return SeenPoints(np.tile(direction, (len(distances), 1)), distances, frozenset(numbers))


@pytest.mark.parametrize(
    ("seen", "sight"),
    [
        (points_at([4] * 20), Sight.barred),
        (points_at([4] * 20 + [12] * 3), Sight.barred),  # 13 % see beyond
        (points_at([4] * 20 + [12] * 5), Sight.open),
        (points_at([4] * 11), Sight.unknown),
        (points_at([4] * 20, side=0.2), Sight.unknown),  # 11 degrees aside
        (None, Sight.unknown),
    ],
)
def test_sight_in_points(seen, sight):
    assert sight_in_points(seen, A, B) is sight


def test_one_panorama_that_sees_past_the_other_is_enough():
    shut, past = points_at([4] * 20), SeenPoints(
        np.tile([-1.0, 0, 0], (20, 1)), np.full(20, 15.0)
    )  # fmt: skip
    pair, ends = ("a", "b"), (A, B)

    assert sight_between(pair, ends, None, {"a": shut}) is Sight.barred
    assert sight_between(pair, ends, None, {"a": shut, "b": past}) is Sight.open
    assert sight_between(pair, ends, None, {}) is Sight.unknown
    assert sight_between(pair, (A, A), None, {"a": shut}) is Sight.open


def test_where_the_mesh_knows_it_is_believed(tmp_path):
    mesh = surface(tmp_path, FAR_WALL, (-4, -9, -4, 9))

    assert sight_between(("a", "b"), (A, B), mesh, {"a": points_at([4] * 20)}) is Sight.open
    nothing = surface(tmp_path, (5, 20, 5, 30))
    assert sight_between(("a", "b"), (A, B), nothing, {"a": points_at([4] * 20)}) is Sight.barred


def test_panoramas_that_see_many_points_and_none_in_common_are_apart():
    one, two = points_at([], numbers=range(60)), points_at([], numbers=range(100, 160))

    assert sight_in_common(one, two) is Sight.barred
    assert sight_in_common(one, points_at([], numbers=range(59, 120))) is Sight.unknown
    assert sight_in_common(one, points_at([], numbers=range(100, 110))) is Sight.unknown
    assert sight_in_common(one, None) is Sight.unknown
