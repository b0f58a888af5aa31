"""SIFT on spheres, their sky, and geometry that clouds do not lead astray."""

import numpy as np
import pycolmap
import pytest

from vtour.reconstruct.cameras import sphere_camera
from vtour.reconstruct.database import Features
from vtour.reconstruct.features import verify_matches
from vtour.reconstruct.sphere_features import sphere_features, view_rotations
from vtour.reconstruct.sphere_sky import is_in, sky_of_sphere
from vtour.sphere import pixels_from_rays, rays_from_pixels, rotation_from_angles

WIDTH = 1024


def spotted(*pixels):
    """A grey sphere with a round soft spot, 20 px wide in angle, at each of the pixels."""
    grid = np.stack(np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(WIDTH // 2) + 0.5), -1)
    rays = rays_from_pixels(grid, WIDTH)
    grey = np.full(rays.shape[:2], 60.0)
    for pixel in pixels:
        angle = np.arccos(np.clip(rays @ rays_from_pixels(pixel, WIDTH), -1, 1))
        grey += 150 * np.exp(-(angle**2) / (2 * (10 * 2 * np.pi / WIDTH) ** 2))
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("pixel", [(512, 256), (1, 256), (300, 60), (700, 470)])
def test_a_spot_is_found_where_it_is(pixel):
    """In the middle, on the seam, high up and far down, where the image is drawn out wide."""
    keypoints, descriptors = sphere_features(spotted(pixel), None, 500)
    found = rays_from_pixels(keypoints[:, :2], WIDTH)
    off = np.degrees(np.arccos(np.clip(found @ rays_from_pixels(pixel, WIDTH), -1, 1)))
    assert off.min() < 0.15
    assert descriptors.shape == (len(keypoints), 128)


def test_a_spot_that_several_views_see_counts_once():
    keypoints, _ = sphere_features(spotted((560, 256)), None, 500)  # in three views of the row
    large = keypoints[keypoints[:, 2] > 4]
    places = {tuple(np.round(xy / 4)) for xy in large[:, :2]}
    assert len(places) == 1


def test_nothing_is_found_where_nothing_was_captured():
    valid = np.ones((WIDTH // 2, WIDTH), bool)
    valid[:, :512] = False
    everything, _ = sphere_features(spotted((200, 256), (800, 256)), None, 500)
    captured, _ = sphere_features(spotted((200, 256), (800, 256)), valid, 500)
    assert (everything[:, 0] < 512).any()
    assert (captured[:, 0] > 512).all()


def test_views_look_everywhere():
    axes = np.array([-rotation[:, 2] for rotation in view_rotations()])
    rng = np.random.default_rng(1)
    rays = rng.normal(size=(2000, 3))
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    nearest = np.degrees(np.arccos((rays @ axes.T).max(axis=1)))
    assert nearest.max() < 46  # the corner of a view of 80 degrees is 50 from its axis


def land(sky):
    """A brown hilly ground under a given sky colour, with two white clouds."""
    image = np.zeros((512, WIDTH, 3), np.uint8)
    image[:] = (120, 95, 60)
    image[:240] = sky
    image[100:140, 200:400] = image[60:90, 980:] = (240, 242, 245)
    image[300:340, 500:600] = (240, 242, 245)  # a white wall on the ground
    return image


def test_sky_is_blue_and_has_clouds():
    sky = sky_of_sphere(land((110, 160, 220)))
    assert sky[:240].all()
    assert not sky[240:].any()
    assert is_in(sky, np.array([[2000, 400], [2000, 1400]]), 4096).tolist() == [True, False]


def test_a_ceiling_is_no_sky():
    assert not sky_of_sphere(land((200, 200, 198))).any()


def test_moving_clouds_do_not_turn_the_way_to_the_next_panorama():
    """200 points of clouds agree on another motion than 60 points of the ground."""
    rng = np.random.default_rng(3)
    ground = np.column_stack(
        [rng.uniform(-8, 8, 60), rng.uniform(-3, 2, 60), rng.uniform(-8, 8, 60)]
    )
    clouds = rng.uniform([-60, 10, -60], [60, 30, 60], (200, 3))
    step, wind = np.array([1.5, 0.0, 0.0]), np.array([0.0, 0.0, 6.0])
    turn = rotation_from_angles(0.5, 0, 0)  # world_from_pano of the second
    first = np.concatenate([ground, clouds])
    second = (np.concatenate([ground - step, clouds - wind])) @ turn
    camera = sphere_camera(1, (4096, 2048))
    sky = np.arange(260) >= 60
    sides = [
        Features(
            (4096, 2048),
            np.pad(pixels_from_rays(one, 4096), ((0, 0), (0, 2))).astype(np.float32),
            np.zeros((260, 128), np.uint8),
            sky,
        )
        for one in (first, second)
    ]
    matches = np.repeat(np.arange(260, dtype=np.uint32)[:, None], 2, axis=1)

    found = verify_matches((camera, camera), tuple(sides), matches, 15)

    points = [one.keypoints[:, :2].astype(np.float64) for one in sides]
    assert pycolmap.estimate_two_view_geometry_pose(camera, points[0], camera, points[1], found)
    pose = found.cam2_from_cam1
    towards = -pose.rotation.matrix().T @ pose.translation  # x right, y down, z forward
    assert towards / np.linalg.norm(towards) == pytest.approx([1, 0, 0], abs=0.02)

    masked = [Features(one.size, one.keypoints, one.descriptors) for one in sides]
    misled = verify_matches((camera, camera), tuple(masked), matches, 15)
    assert len(misled.inlier_matches) > 150  # without the mask the clouds win
