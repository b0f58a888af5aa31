"""Which part of a cloud belongs to the site: the box that is meshed. Arrays only."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

UP = 1  # the world's vertical axis
AROUND = 0.5  # of the cameras' extent: what they walk around lies within, what they face beyond
AROUND_CONTROL = 0.25  # of the control points' extent: they lie all over the site
LEAST_AROUND = 1.0  # of their usual distance to what they see


class Region(StrEnum):
    """What is meshed: where nearly all points lie, or what is around cameras or control points."""

    auto = "auto"
    cameras = "cameras"
    control = "control"


def in_usual_box(points: FloatArray, share: float) -> BoolArray:
    """Which of (n, 3) points lie in the box that holds nearly all of them, widened by its half.

    share : of the points at each end of each axis that do not count for the box.

    Only points that would stretch an octree are left out.
    """
    low, high = np.quantile(points, [share, 1 - share], axis=0)
    margin = 0.5 * (high - low) + 0.05 * float((high - low).max())
    inside: BoolArray = ((points >= low - margin) & (points <= high + margin)).all(axis=1)
    return inside


def around_cameras(points: FloatArray, centres: FloatArray) -> BoolArray:
    """Which of (n, 3) points lie within the ground plan of the cameras (m, 3), widened.

    It is widened by half of its longer side, or by the usual distance of the points to their
    nearest camera, whichever is more. Heights are not limited.
    """
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(centres).query(points, workers=-1)
    least = LEAST_AROUND * float(np.median(distance))
    return _within_plan(points, centres, max(AROUND * _width(centres), least))


def around_control(points: FloatArray, control: FloatArray) -> BoolArray:
    """Which of (n, 3) points lie within the ground plan of control points (m, 3), widened.

    It is widened by a quarter of its longer side. Heights are not limited.
    """
    return _within_plan(points, control, AROUND_CONTROL * _width(control))


FLAT = [axis for axis in range(3) if axis != UP]


def _width(places: FloatArray) -> float:
    """The longer side of a ground plan."""
    return float(np.ptp(places[:, FLAT], axis=0).max())


def _within_plan(points: FloatArray, places: FloatArray, margin: float) -> BoolArray:
    low, high = (places[:, FLAT].min(axis=0) - margin, places[:, FLAT].max(axis=0) + margin)
    there = points[:, FLAT]
    inside: BoolArray = ((there >= low) & (there <= high)).all(axis=1)
    return inside
