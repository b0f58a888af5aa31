"""Up, from cameras that are held level."""

import numpy as np
import pytest

from tests.world.solved_photos import looking_at, ring_centres
from vtour.world.gravity import up_from_cameras
from vtour.world.sphere_poses import level_attitudes

UP = np.array([0.0, 0.0, 1.0])


def angle_deg(a, b):
    return np.degrees(np.arccos(np.clip(a @ b, -1, 1)))


def rolled(cam_from_enu, degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ cam_from_enu


def test_level_cameras_all_round_fix_up():
    cameras = np.array([looking_at(centre) for centre in ring_centres(8)])
    gravity = up_from_cameras(cameras)
    assert gravity.certain
    assert gravity.up_in_sfm == pytest.approx(UP, abs=1e-9)
    assert gravity.tilt == pytest.approx(0, abs=1e-9)


def test_one_camera_on_its_side_does_not_matter():
    cameras = np.array([looking_at(centre) for centre in ring_centres(8)])
    cameras[3] = rolled(cameras[3], 90)
    assert angle_deg(up_from_cameras(cameras).up_in_sfm, UP) < 1


def test_an_upside_down_gauge_is_turned():
    half_turn = np.diag([1.0, -1, -1])
    cameras = np.array([looking_at(c) @ half_turn for c in ring_centres(8)])
    assert up_from_cameras(cameras).up_in_sfm == pytest.approx(-UP, abs=1e-9)


def test_photos_of_a_wall_leave_it_to_the_upright_direction():
    facing_north = looking_at(np.zeros(3), np.array([0.0, 1, 0]))
    gravity = up_from_cameras(np.array([facing_north] * 5))
    assert not gravity.certain
    assert gravity.up_in_sfm == pytest.approx(UP, abs=1e-9)


def test_photos_straight_down_to_and_fro_look_down():
    down = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    gravity = up_from_cameras(np.array([down, rolled(down, 180), down, rolled(down, 180)]))
    assert gravity.up_in_sfm == pytest.approx(UP, abs=1e-9)


def test_a_gimbal_tells_what_is_up_in_photos_straight_down():
    """To and fro along one line: without it, up may be anything across the flight."""
    down = np.diag([1.0, -1.0, -1.0])
    turned = np.diag([-1.0, 1.0, -1.0])
    cameras = np.array([down, turned, down, turned])
    names = [f"{number}.jpg" for number in range(4)]
    assert not up_from_cameras(level_attitudes(names, cameras, {}, {})).certain
    ups = dict.fromkeys(names, (0.0, 0.0, -1.0))
    gravity = up_from_cameras(level_attitudes(names, cameras, {}, ups))
    assert gravity.certain
    assert gravity.up_in_sfm == pytest.approx(UP, abs=1e-9)


def test_a_gimbal_is_right_for_slanting_photos():
    centres = ring_centres(8)
    cameras = np.array(
        [rolled(looking_at(centre), 10 * (n % 3)) for n, centre in enumerate(centres)]
    )
    names = [f"{number}.jpg" for number in range(8)]
    ups = {name: camera @ UP for name, camera in zip(names, cameras, strict=True)}
    gravity = up_from_cameras(level_attitudes(names, cameras, {}, ups))
    assert gravity.up_in_sfm == pytest.approx(UP, abs=1e-9)
    assert gravity.tilt == pytest.approx(0, abs=1e-9)
