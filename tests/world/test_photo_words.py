import numpy as np
import pytest

from tests.world.textured_room import Room, photographed
from vtour.world.photo_words import distances_along, placed_in_sfm, rays_of


def wall(count, rng):
    """Points of a wall at z = 4 that leans."""
    points = np.column_stack([rng.uniform(-2, 2, (count, 2)), np.full(count, 4.0)])
    points[:, 2] += 0.3 * points[:, 0]
    return points


def test_a_wall_is_where_the_points_around_it_are():
    rng = np.random.default_rng(0)
    seen = wall(800, rng)
    true = wall(50, rng) * [0.8, 0.8, 1]
    true[:, 2] = 4 + 0.3 * true[:, 0]
    away = np.linalg.norm(true, axis=1)

    found = distances_along(true / away[:, None], seen)

    np.testing.assert_allclose(found, away, rtol=0.02)


def test_no_distance_at_an_edge_nor_far_from_all_points():
    rng = np.random.default_rng(0)
    near, far = wall(400, rng), wall(400, rng) * 2
    rays = np.array([[0, 0, 1.0], [1.0, 0, 0]])

    assert np.isinf(distances_along(rays, np.concatenate([near, far]))).all()
    assert np.isinf(distances_along(rays, near[:3])).all()


def test_features_of_a_photo_lie_on_the_walls():
    site = photographed(Room(1))

    placed = placed_in_sfm(site.model, 2, site.read, 120.0)

    in_room = site.room_from_sfm.apply(placed.points)
    off = np.minimum(
        np.abs(in_room - [4.0, 3.0, 1.8]), np.abs(in_room - [-4.0, -3.0, -1.5])
    ).min(axis=1)  # fmt: skip
    assert len(in_room) > 10
    assert np.median(off) < 0.05
    assert placed.words.shape == (len(in_room), 128)


def test_rays_of_pixels_are_those_of_the_lens():
    import pycolmap

    camera = pycolmap.Camera(
        camera_id=1, model="PINHOLE", width=200, height=100, params=[100, 100, 100, 50]
    )

    rays = rays_of(camera, np.array([[100.0, 50.0], [200.0, 50.0]]))

    np.testing.assert_allclose(rays, [[0, 0, 1], [0.5**0.5, 0, 0.5**0.5]])
    assert rays_of(camera, np.zeros((0, 2))).shape == (0, 3)
    assert pytest.approx(1.0) == np.linalg.norm(rays[1])
