"""A pinhole camera and its rays. Pixels: row 0 on top, the middle of the first one at 0.5."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """A pinhole camera in the world that looks from ``position`` to ``target``, +Y upwards."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov_deg: float
    """Vertical."""
    width: int
    height: int


def view_axes(view: View) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors to the right, up and forward of a camera, in the world."""
    forward = np.asarray(view.target, np.float64) - np.asarray(view.position, np.float64)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    return right, np.cross(right, forward), forward


def pixel_steps(view: View) -> tuple[FloatArray, FloatArray]:
    """How a ray's direction changes from a pixel to that on its right, and to that below."""
    right, up, _ = view_axes(view)
    step = 2 * math.tan(math.radians(view.fov_deg) / 2) / view.height
    return right * step, -up * step


def camera_rays(view: View, cols: FloatArray, rows: FloatArray) -> Float32Array:
    """Origins and directions, (k, 6), through places (k,) of the picture, in pixels.

    A direction is as long as one unit of depth: distances along rays are depths.
    """
    _, _, forward = view_axes(view)
    step_right, step_down = pixel_steps(view)
    x, y = cols - view.width / 2, rows - view.height / 2
    rays = np.empty((x.size, 6), np.float32)
    rays[:, :3] = view.position
    rays[:, 3:] = forward + x[:, None] * step_right + y[:, None] * step_down
    return rays
