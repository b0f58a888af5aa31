import numpy as np
import pytest

from tests.tour.panorama_packages import direction_sphere
from vtour.tour.cube import FACES, face_band
from vtour.tour.uncube import (
    BORDER_PX,
    fill_borders,
    inside_of_face,
    sphere_band,
    sphere_width,
    stack_shape,
)


def stack_of(sphere, size):
    stack = np.zeros(stack_shape(size), np.uint8)
    for face in FACES:
        inside_of_face(stack, face)[:] = face_band(sphere, face, size, slice(0, size))
    fill_borders(stack)
    return stack


@pytest.mark.parametrize(
    ("face", "width"), [(652, 2048), (1304, 4096), (2608, 8192), (5216, 16384), (10432, 32768)]
)
def test_width_is_that_of_the_sphere_the_faces_were_made_of(face, width):
    assert sphere_width(face) == width


def test_there_and_back_is_the_same_sphere():
    sphere = direction_sphere(512)

    back = sphere_band(stack_of(sphere, 162), 512, slice(0, 256))

    away = np.abs(back.astype(int) - sphere).max(axis=2)
    assert away[10:-10].max() <= 3
    assert away.mean() < 0.5


def test_borders_go_on_in_the_neighbour():
    """Beyond the right edge of the front face the directions of the right face follow."""
    stack = stack_of(direction_sphere(1024), 200)

    row = stack[FACES.index("f"), 100 + BORDER_PX].astype(int)

    steps = np.diff(row[-8:], axis=0)  # x still grows and z, negative, still shrinks
    assert (steps[:, 0] >= 0).all()
    assert (steps[:, 2] >= 0).all()
    assert np.abs(steps).max() <= 2


def test_edges_of_the_cube_leave_no_seam():
    """Stripes finer than a face's border would show: neighbouring pixels at the edges fit."""
    yaw = (np.arange(1024) + 0.5) / 1024 * 2 * np.pi
    row = 127.5 + 100 * np.cos(24 * yaw)
    sphere = np.repeat(np.repeat(np.rint(row)[None, :, None], 512, 0), 3, 2).astype(np.uint8)

    back = sphere_band(stack_of(sphere, 326), 1024, slice(250, 262)).astype(int)

    assert np.abs(back - sphere[250:262]).max() <= 4
