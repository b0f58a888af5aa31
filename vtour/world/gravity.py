"""Which way is up, from how photographers hold cameras: level, and seldom upside down."""

from dataclasses import dataclass

import numpy as np

from vtour.frames import FloatArray

PARALLEL = np.sin(np.radians(10.0)) ** 2  # camera x axes spread less than this: one direction
ROUNDS = 20


@dataclass(frozen=True)
class Gravity:
    """``up_in_sfm``: unit vector. ``tilt``: radians, how far camera x axes are off the level.

    ``certain`` is False when all cameras point their x axis one way: any direction across it
    is as level, and the mean upright direction of the photos had to decide.
    """

    up_in_sfm: FloatArray
    tilt: float
    certain: bool


def up_from_cameras(cam_from_sfm: FloatArray) -> Gravity:
    """The direction that is most square to the x axes of all cameras.

    cam_from_sfm : (n, 3, 3) rotations; x right, y down, z forward.

    Iteratively reweighted (1 / distance) eigenvector, so that single tilted photos do not
    count much. Its sign is that of the cameras' own up; where these lie level (photos taken
    straight down), cameras look down rather than up.
    """
    x_axes, up_axes, views = cam_from_sfm[:, 0], -cam_from_sfm[:, 1], cam_from_sfm[:, 2]
    weights = np.ones(len(x_axes))
    up, certain = _level_direction(x_axes, weights, up_axes, views)
    for _ in range(ROUNDS):
        off = np.abs(x_axes @ up)
        weights = 1 / np.maximum(off, 0.01)
        up, certain = _level_direction(x_axes, weights, up_axes, views)
    if _sign(up, up_axes, views) < 0:
        up = -up
    tilt = float(np.median(np.abs(np.arcsin(np.clip(x_axes @ up, -1, 1)))) * 1.4826)
    return Gravity(up, tilt, certain)


def _level_direction(
    x_axes: FloatArray, weights: FloatArray, up_axes: FloatArray, views: FloatArray
) -> tuple[FloatArray, bool]:
    """Unit vector square to weighted x axes, and whether these fix it."""
    share = weights / weights.sum()
    values, vectors = np.linalg.eigh((share[:, None] * x_axes).T @ x_axes)
    if values[1] >= PARALLEL:
        return vectors[:, 0], True
    across = vectors[:, :2]  # the plane square to the one direction of all x axes
    wanted = up_axes.mean(axis=0)
    if np.linalg.norm(wanted) < 0.5 and np.linalg.norm(views.mean(axis=0)) > 0.8:
        wanted = -views.mean(axis=0)  # to and fro, all looking one way: straight down
    inside = across @ (across.T @ wanted)
    length = float(np.linalg.norm(inside))
    return (inside / length if length > 1e-9 else vectors[:, 0]), False


def _sign(up: FloatArray, up_axes: FloatArray, views: FloatArray) -> float:
    upright = float(np.mean(up_axes @ up))
    return upright if abs(upright) > 0.2 else -float(np.mean(views @ up))
