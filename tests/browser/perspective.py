"""Where a direction appears in a perspective view: the same maths as our viewer's camera."""

import math
from typing import NamedTuple

import numpy as np


class View(NamedTuple):
    """Where a viewer looks: degrees, yaw to the right, pitch upwards, vertical field of view."""

    yaw_deg: float
    pitch_deg: float
    fov_y_deg: float


def expected_position(ray, view, size_px):
    """Pixel (x, y) of the direction ``ray`` (3,) in pano of a view into its sphere.

    Compare ``window.vtour``'s projection of the same ray with this, or with a viewer's own.
    """
    width, height = size_px
    yaw, pitch = math.radians(view.yaw_deg), math.radians(view.pitch_deg)
    right = np.array([math.cos(yaw), 0, math.sin(yaw)])
    forward = np.array(
        [math.sin(yaw) * math.cos(pitch), math.sin(pitch), -math.cos(yaw) * math.cos(pitch)]
    )
    up = np.cross(right, forward)
    depth = np.dot(ray, forward)
    assert depth > 0, "behind the view"
    focal = height / 2 / math.tan(math.radians(view.fov_y_deg) / 2)
    across, upwards = np.dot(ray, right) / depth, np.dot(ray, up) / depth
    return np.array([width / 2 + focal * across, height / 2 - focal * upwards])


def fov_y_deg(fov_x_deg, size_px):
    """Vertical field of view of a view with square pixels."""
    width, height = size_px
    return math.degrees(2 * math.atan(math.tan(math.radians(fov_x_deg) / 2) * height / width))


def colour_of_direction(ray):
    """What a direction sphere shows in a direction: see tests.tour.panorama_packages."""
    return (np.asarray(ray) / np.linalg.norm(ray) + 1) * 127.5


def dot_centre(pixels, colour, near, reach_px=40):
    """Mean pixel centre (x, y) of what has a colour within reach of a place; None for nothing."""
    distance = np.abs(pixels[..., :3].astype(float) - colour).sum(axis=-1)
    rows, columns = np.nonzero(distance < 90)
    close = np.hypot(columns + 0.5 - near[0], rows + 0.5 - near[1]) < reach_px
    if close.sum() < 9:
        return None
    return np.array([columns[close].mean() + 0.5, rows[close].mean() + 0.5])
