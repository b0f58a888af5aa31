"""A world without measurements: upright, of a handy size, looked at from the south."""

import numpy as np

from vtour.frames import FloatArray
from vtour.world.gravity import Gravity
from vtour.world.model import SparseModel
from vtour.world.similarity import Similarity, rotation_between

UP = np.array([0.0, 0.0, 1.0])
VIEWING_DISTANCE = 10.0
GROUND_PERCENTILE = 2.0


def gauge_enu(model: SparseModel, gravity: Gravity) -> Similarity:
    """An enu_from_sfm that looks plausible; scale and north are not measured.

    Up is that of the cameras; the mean view direction becomes north, so that the front of
    what was photographed faces south; the median distance from a camera to what it sees
    becomes VIEWING_DISTANCE units, so that viewers start with sensible speeds and clip planes.
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
    depths, _ = model.depths_and_pixel_sizes()
    scale = VIEWING_DISTANCE / float(np.median(depths)) if len(depths) else 1.0
    return Similarity(scale, turn @ level_from_sfm, np.zeros(3))


def ground_centre(points_enu: FloatArray) -> FloatArray:
    """Where a world's origin goes when nobody says: amid the points, on the lowest ground.

    Median east and north; a low percentile of the heights, because some points are wrong.
    """
    east, north = np.median(points_enu[:, :2], axis=0)
    return np.array([east, north, np.percentile(points_enu[:, 2], GROUND_PERCENTILE)])
