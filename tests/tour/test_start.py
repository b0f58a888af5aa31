from dataclasses import replace

import numpy as np
import pycolmap
import pytest

from vtour.tour.photo_rays import PhotoCamera
from vtour.tour.start import ASPECT, FOV_DEG, start_view, subject_weights, weighted_quantile

SLOPE_UP = np.tan(np.radians(FOV_DEG / 2))


def camera(name, centre, target):
    """A photo of 60 degrees across, upright, that looks at a target."""
    forward = np.subtract(target, centre) / np.linalg.norm(np.subtract(target, centre))
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    world_from_cam = np.stack([right, np.cross(forward, right), forward], axis=1)
    focal = 200 / np.tan(np.radians(30))
    lens = pycolmap.Camera(
        model="SIMPLE_PINHOLE", width=400, height=300, params=[focal, 200, 150], camera_id=1
    )
    return PhotoCamera(name, lens, world_from_cam, np.array(centre, dtype=float))


def cameras(*centres, target=(0, 2, 0)):
    return {str(i): camera(str(i), centre, target) for i, centre in enumerate(centres)}


def wall(width, height, z, count=60):
    """Points on an upright wall whose foot is at y = 0."""
    x, y = np.meshgrid(np.linspace(-width / 2, width / 2, count), np.linspace(0, height, count))
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, float(z))], axis=1)


def on_screen(view, points):
    """(n, 2) of the frame: -1 to 1 from edge to edge of a landscape screen."""
    back = np.subtract(view.position, view.target)
    back /= np.linalg.norm(back)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    offsets = points - view.position
    depth = -offsets @ back
    x = offsets @ right / depth / (SLOPE_UP * ASPECT)
    y = offsets @ np.cross(back, right) / depth / SLOPE_UP
    return np.stack([x, y], axis=1)


@pytest.mark.parametrize(("width", "height"), [(10, 3), (4, 8), (200, 60), (0.02, 0.01)])
def test_wall_fills_most_of_the_frame_and_is_in_the_middle(width, height):
    points = wall(width, height, 0)
    away = 2 * max(width, height)
    shots = cameras((0, height / 2, away), target=(0, height / 2, 0))
    screen = on_screen(start_view(points, shots), points)

    fill = np.abs(screen).max()
    assert 0.75 < fill < 1.0
    low, high = screen.min(axis=0), screen.max(axis=0)
    np.testing.assert_allclose(low + high, 0, atol=0.1)


@pytest.mark.parametrize("turn_deg", [30, 90, 200])
def test_view_turns_with_the_site(turn_deg):
    turn = np.radians(turn_deg)
    rotation = np.array(
        [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    )
    points = np.concatenate([wall(10, 5, 0), wall(3, 2, 4)]) + np.array([1, 0, 2])
    shots = cameras((6, 2, 14), (2, 2, 15), (-2, 2, 14), target=(1, 2, 2))
    turned = {
        name: replace(
            shot, centre=rotation @ shot.centre, world_from_cam=rotation @ shot.world_from_cam
        )
        for name, shot in shots.items()
    }
    # medians are taken axis by axis, so they move a little
    plain, other = start_view(points, shots), start_view(points @ rotation.T, turned)

    np.testing.assert_allclose(other.position, rotation @ plain.position, atol=0.4)
    np.testing.assert_allclose(other.target, rotation @ plain.target, atol=0.4)


def test_far_sparse_background_does_not_push_the_camera_away():
    subject, background = wall(10, 5, 0), wall(60, 10, -60, count=20)
    shots = cameras((-2, 2, 12), (0, 2, 12), (2, 2, 12))
    alone = start_view(subject, shots)
    points = np.concatenate([subject, background])
    both = start_view(points, shots)

    distance = np.linalg.norm(np.subtract(alone.position, alone.target))
    assert np.linalg.norm(np.subtract(both.position, alone.position)) < 0.2 * distance
    assert np.abs(on_screen(both, subject)[:, 0]).max() > 0.6


def test_what_no_photo_shows_does_not_count():
    subject, behind = wall(10, 5, 0), wall(40, 40, 50)  # the photographer's back is to it
    shots = cameras((0, 2, 12))

    assert start_view(np.concatenate([subject, behind]), shots) == start_view(subject, shots)


def test_view_comes_from_where_the_photos_were_taken():
    points = wall(10, 5, 0)
    view = start_view(points, cameras((12, 3, 12), (11, 3, 13), (13, 3, 11), (-9, 3, 3)))
    back = np.subtract(view.position, view.target)

    assert np.degrees(np.arctan2(back[0], back[2])) == pytest.approx(45, abs=10)


@pytest.mark.parametrize("height", [-6, 0, 90])
def test_camera_is_never_below_ground_nor_straight_above(height):
    view = start_view(wall(10, 5, 0), cameras((0, height, 20)))
    back = np.subtract(view.position, view.target)

    assert view.position[1] > 0
    assert -5 < np.degrees(np.arctan2(back[1], back[2])) < 51


def test_areas_count_and_not_the_number_of_points():
    dense, plain = wall(2, 2, 0, count=40), wall(20, 6, 0, count=30)
    areas = np.r_[np.full(len(dense), 4 / len(dense)), np.full(len(plain), 120 / len(plain))]
    shots = cameras((0, 3, 25), target=(0, 3, 0))
    view = start_view(np.concatenate([dense, plain]), shots, areas)

    assert 0.75 < np.abs(on_screen(view, plain)[:, 0]).max() < 1


def test_weights_are_area_over_squared_distance_within_the_photo():
    shots = cameras((0, 2, 10))
    points = np.array([[0, 2, 0], [0, 2, -10], [0, 2, 20], [9, 2, 0]], float)
    weights = subject_weights(points, np.array([1.0, 1, 1, 1]), shots)

    np.testing.assert_allclose(weights, [1 / 100, 1 / 400, 0, 0])
    shots = cameras((10, 2, 0), target=(15, -8, 3))  # aside and steeply down
    around = np.array([[15, -8, 3], [15, 12, 3], [5, 12, -3], [10, -8, -9]], float)
    weights = subject_weights(around, np.ones(4), shots)
    np.testing.assert_allclose(weights, [1 / 134, 0, 0, 0])


def test_without_photos_and_without_points():
    assert start_view(np.zeros((0, 3)), {}) is None
    assert start_view(np.array([[1.0, 2, 3]]), {}) is not None
    assert np.isfinite(start_view(wall(4, 2, 0), {}).position).all()


def test_weighted_quantile():
    values, weights = np.array([3.0, 1, 2]), np.array([1.0, 2, 1])

    assert [weighted_quantile(values, weights, s) for s in (0.1, 0.5, 0.6, 1)] == [1, 1, 2, 3]
