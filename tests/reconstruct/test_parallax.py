"""Cameras too close together, or on one line, on models placed by hand."""

import numpy as np
import pycolmap
import pytest
from scipy.spatial.transform import Rotation

from vtour.reconstruct.parallax import is_turned, parallax, parallax_warnings, stand_on_one_line


def seen_from(centres, count=60):
    """A model of points about 10 units ahead that photos at some places all see."""
    model = pycolmap.Reconstruction()
    model.add_camera_with_trivial_rig(
        pycolmap.Camera.create_from_model_name(1, "SIMPLE_PINHOLE", 300, 320, 240)
    )
    for number, centre in enumerate(centres, start=1):
        image = pycolmap.Image(name=f"{number}.jpg", camera_id=1, image_id=number)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D() for _ in range(count)])
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(), -np.array(centre, float))
        model.add_image_with_trivial_frame(image, pose)
    for index in range(count):
        track = pycolmap.Track()
        for number in range(1, len(centres) + 1):
            track.add_element(number, index)
        model.add_point3D(np.array([0.001 * index, 0, 10]), track, np.zeros(3, np.uint8))
    return model


def test_the_angle_between_the_outermost_rays():
    model = seen_from([(-1, 0, 0), (0, 0, 0), (1, 0, 0)])
    assert parallax(model) == pytest.approx(2 * np.arctan(0.1), rel=1e-3)


def test_little_parallax_is_told():
    (told,) = parallax_warnings(seen_from([(0, 0, 0), (0.3, 0, 0), (0.1, 0.2, 0)]))
    assert told.startswith("little parallax: points are seen under 1.7 degrees")


def test_cameras_on_one_line_are_told():
    line = [(x, 0.1 * x, 0.002 * (x % 2)) for x in range(5)]
    assert stand_on_one_line(seen_from(line))
    (told,) = parallax_warnings(seen_from(line))
    assert told.startswith("all cameras stand on one line")


def test_a_row_that_swerves_is_no_line():
    swerving = [(x, 0.2 * (x % 2), 0) for x in range(5)]
    assert not stand_on_one_line(seen_from(swerving))
    assert not stand_on_one_line(seen_from([(0, 0, 0), (1, 0, 0), (2, 0, 0)]))  # three: often so
    assert parallax_warnings(seen_from(swerving)) == []


SIZE = (1200, 900)
CALIBRATION = np.array([[1000.0, 0, 600], [0, 1000.0, 450], [0, 0, 1]])


def between(rotation, shift=(0.0, 0.0, 0.0)):
    """The homography of a wall 1 ahead, in any scale, for photos that were turned and moved."""
    wall = rotation + np.outer(shift, (0, 0, 1))
    return -2.5 * CALIBRATION @ wall @ np.linalg.inv(CALIBRATION)


def turned_by(*angles_deg):
    return Rotation.from_euler("yxz", angles_deg, degrees=True).as_matrix()


TURNS = [turned_by(20, 0, 0), turned_by(-38, 3, 1), turned_by(12, -10, 2)]


def test_photos_turned_on_the_spot_are_seen_without_their_focal_length():
    assert is_turned([between(turn) for turn in TURNS], [SIZE] * 3)
    # Some pixels of noise: a lens that bends, as photos have.
    rng = np.random.default_rng(0)
    bent = [between(turn) * (1 + rng.normal(0, 0.004, (3, 3))) for turn in TURNS]
    assert is_turned(bent, [SIZE] * 3)


def test_a_wall_from_several_places_is_no_spot():
    aside = [(0.3, 0, 0), (0.6, 0.02, 0), (-0.4, 0, 0.05)]
    assert not is_turned([between(np.eye(3), shift) for shift in aside], [SIZE] * 3)
    # around it, turned so that it stays in sight
    turns = [turned_by(-18, 0, 0), turned_by(-33, 0, 0), turned_by(22, 0, 0)]
    around = [between(turn, shift) for turn, shift in zip(turns, aside, strict=True)]
    assert not is_turned(around, [SIZE] * 3)
    assert not is_turned([], [])
