"""A world without measurements: upright, of a handy size, looked at from the south."""

import numpy as np

from vtour.frames import FloatArray
from vtour.world.gravity import Gravity
from vtour.world.model import SparseModel
from vtour.world.similarity import Similarity, rotation_between

UP = np.array([0.0, 0.0, 1.0])
VIEWING_DISTANCE = 10.0
STEP = 5.0
EYE_HEIGHT = 1.6
GROUND_PERCENTILE = 2.0


def gauge_enu(model: SparseModel, gravity: Gravity) -> Similarity:
    """An enu_from_sfm that looks plausible; scale and north are not measured.

    Up is that of the cameras; the mean view direction becomes north, so that the front of
    what was photographed faces south; the median distance from a camera to what it sees
    becomes VIEWING_DISTANCE units, so that viewers start with sensible speeds and clip planes.
    Where there are only panoramas, which see to the horizon, the step between them becomes STEP.
    """
    level_from_sfm = rotation_between(gravity.up_in_sfm, UP)
    view = (model.cam_from_sfm[:, 2] @ level_from_sfm.T).mean(axis=0)
    if np.hypot(view[0], view[1]) < 0.05:  # all round, or straight down: along the longest side
        points = (model.points_in_sfm @ level_from_sfm.T)[:, :2]
        axis = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
        view = np.array([-axis[1], axis[0], 0.0]) * (1.0 if axis[0] >= 0 else -1.0)
    heading = np.arctan2(view[0], view[1])  # clockwise from north
    c, s = np.cos(heading), np.sin(heading)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return Similarity(_handy_scale(model), turn @ level_from_sfm, np.zeros(3))


def _handy_scale(model: SparseModel) -> float:
    if model.is_sphere.all() and len(model.names) > 1:
        apart = np.linalg.norm(model.centres_in_sfm[:, None] - model.centres_in_sfm, axis=2)
        np.fill_diagonal(apart, np.inf)
        return STEP / max(float(np.median(apart.min(axis=1))), 1e-9)
    depths, _ = model.depths_and_pixel_sizes()
    return VIEWING_DISTANCE / float(np.median(depths)) if len(depths) else 1.0


def origin_of(model: SparseModel, enu_from_sfm: Similarity) -> FloatArray:
    """Where a world's origin goes when nobody says, in ENU: on the ground, amid what was captured.

    Panoramas alone see to the horizon, so it lies amid them and below them, not amid the points.
    """
    if not model.is_sphere.all():
        return ground_centre(enu_from_sfm.apply(model.points_in_sfm))
    return np.median(enu_from_sfm.apply(model.centres_in_sfm), axis=0) - EYE_HEIGHT * UP


def ground_centre(points_enu: FloatArray) -> FloatArray:
    """Where a world's origin goes when nobody says: amid the points, on the lowest ground.

    Median east and north; a low percentile of the heights, because some points are wrong.
    """
    east, north = np.median(points_enu[:, :2], axis=0)
    return np.array([east, north, np.percentile(points_enu[:, 2], GROUND_PERCENTILE)])
