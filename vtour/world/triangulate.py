"""Points from marks in several photos, with one wrong mark among them."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from vtour.control_files import Mark
from vtour.frames import FloatArray

MIN_ANGLE = np.radians(1.0)
MARK_SHARE = 0.004  # of the photo's long side: a mark further off than this is wrong
MIN_MARK_PX = 4.0
ROUNDS = 10
DEGENERATE = 1e-12


@dataclass(frozen=True)
class View:
    """A mark in a solved photo.

    ray_in_sfm   : (3,) unit vector from ``centre`` through the mark.
    tolerance_px : how far a mark may be off.
    """

    mark: Mark
    centre: FloatArray
    ray_in_sfm: FloatArray
    cam_from_sfm: FloatArray
    camera: Any
    tolerance_px: float

    def error_px(self, point: FloatArray) -> float:
        """Distance of the point's image to the mark; infinite behind the camera."""
        in_cam = self.cam_from_sfm @ (point - self.centre)
        if in_cam[2] <= 0:
            return np.inf
        seen = self.camera.img_from_cam(in_cam)
        if seen is None:
            return np.inf
        return float(np.hypot(seen[0] - self.mark.x_px, seen[1] - self.mark.y_px))


@dataclass(frozen=True)
class MarkedPoint:
    """A triangulated point.

    sigma_in_sfm : standard deviation, were each mark one pixel off.
    error_px     : RMS of the marks that were used.
    used, wrong  : the marks that agree, and those left out.
    """

    in_sfm: FloatArray
    sigma_in_sfm: float
    error_px: float
    used: list[Mark]
    wrong: list[Mark]


def view_of(mark: Mark, image: Any) -> View | None:
    """The view of a mark; None where the lens model has no ray for its pixel."""
    on_plane = image.camera.cam_from_img(np.array([mark.x_px, mark.y_px]))
    if on_plane is None or not np.isfinite(on_plane).all():
        return None
    cam_from_sfm = image.cam_from_world().rotation.matrix()
    ray = cam_from_sfm.T @ np.append(on_plane, 1.0)
    tolerance = max(MIN_MARK_PX, MARK_SHARE * max(image.camera.width, image.camera.height))
    centre = image.projection_center()
    return View(mark, centre, ray / np.linalg.norm(ray), cam_from_sfm, image.camera, tolerance)


def triangulate(views: list[View]) -> MarkedPoint | None:
    """The point that most marks agree with; None when no two do, or rays hardly cross.

    Every pair of rays proposes a point; the best by a truncated score is refined on the marks
    that agree with it.
    """
    best, best_score = None, np.inf
    for pair in combinations(views, 2):
        start = nearest_to_rays(list(pair), np.ones(2))
        if start is None:
            continue
        point = refined(list(pair), start)
        relative = np.array([view.error_px(point) / view.tolerance_px for view in views])
        score = float(np.minimum(relative**2, 1.0).sum())
        if score < best_score:
            best, best_score = point, score
    if best is None:
        return None
    inside = [view for view in views if view.error_px(best) <= view.tolerance_px]
    if len(inside) < 2:
        return None
    point = refined(inside, best)
    return MarkedPoint(
        in_sfm=point,
        sigma_in_sfm=_sigma(inside, point),
        error_px=float(np.sqrt(np.mean([view.error_px(point) ** 2 for view in inside]))),
        used=[view.mark for view in inside],
        wrong=[view.mark for view in views if view not in inside],
    )


def nearest_to_rays(views: list[View], weights: FloatArray) -> FloatArray | None:
    """The point (3,) of least weighted squared distance to rays; None when these hardly cross."""
    rays = np.array([view.ray_in_sfm for view in views])
    sine = max(float(np.linalg.norm(np.cross(a, b))) for a, b in combinations(rays, 2))
    if sine < np.sin(MIN_ANGLE):
        return None
    across = np.eye(3) - rays[:, :, None] * rays[:, None, :]
    across *= weights[:, None, None]
    offset = (across @ np.array([view.centre for view in views])[:, :, None]).sum(axis=0)
    point: FloatArray = np.linalg.solve(across.sum(axis=0), offset[:, 0])
    return point


def refined(views: list[View], start: FloatArray) -> FloatArray:
    """Distances to rays weighed by range and focal length: pixels, as far as they are small."""
    point = start
    for _ in range(ROUNDS):
        weights = _pixels_per_unit(views, point) ** 2
        moved = nearest_to_rays(views, weights / weights.max())
        if moved is None:
            return point
        point = moved
    return point


def _pixels_per_unit(views: list[View], point: FloatArray) -> FloatArray:
    ranges = np.array([np.linalg.norm(point - view.centre) for view in views])
    focals = np.array([view.camera.mean_focal_length() for view in views])
    result: FloatArray = focals / np.maximum(ranges, DEGENERATE)
    return result


def _sigma(views: list[View], point: FloatArray) -> float:
    rays = np.array([view.ray_in_sfm for view in views])
    across = np.eye(3) - rays[:, :, None] * rays[:, None, :]
    weights = _pixels_per_unit(views, point) ** 2
    information = (across * weights[:, None, None]).sum(axis=0)
    return float(np.sqrt(np.trace(np.linalg.inv(information))))
