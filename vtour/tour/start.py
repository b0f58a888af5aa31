"""The first view of a tour: from where the photographers stood, far enough to see the site."""

import math
from collections.abc import Mapping

import numpy as np

from vtour.frames import FloatArray
from vtour.schema.tour import ViewPoint
from vtour.tour.photo_rays import PhotoCamera

FOV_DEG = 50.0
MARGIN = 1.1  # room around the site, as a share of its radius
LOWEST_DEG, HIGHEST_DEG = 8.0, 50.0  # from above a site reads as a map, from below as nothing
DEFAULT_DIRECTION = np.array([0.5, 0.45, 0.74])
DIGITS = 4


def start_view(points: FloatArray, cameras: Mapping[str, PhotoCamera]) -> ViewPoint | None:
    """A good first view of (n, 3) surface points in the world; None when there are none.

    Looks at the robust centre (the middle of the 5th and 95th percentiles) from the direction
    of the photo nearest to the median of all photos' directions, as far back as the robust
    extent needs at 50 degrees, never below the ground, never straight down.
    """
    if not len(points):
        return None
    low, high = np.percentile(points, (5, 95), axis=0)
    target = (low + high) / 2
    radius = max(float(np.linalg.norm(high - low)) / 2, 1e-6)
    direction = _raised(_photo_direction(target, cameras))
    distance = MARGIN * radius / math.sin(math.radians(FOV_DEG / 2))
    position = target + distance * direction
    ground = float(np.percentile(points[:, 1], 1))
    position[1] = max(position[1], ground + 0.1 * radius)
    return ViewPoint(position=_rounded(position), target=_rounded(target), fov_deg=FOV_DEG)


def _photo_direction(target: FloatArray, cameras: Mapping[str, PhotoCamera]) -> FloatArray:
    """Unit vector from the target to the most typical photo that looks towards it."""
    offsets = [camera.centre - target for camera in cameras.values()]
    facing = [
        offset / np.linalg.norm(offset)
        for offset, camera in zip(offsets, cameras.values(), strict=True)
        if float(offset @ camera.forward) < 0
    ]
    if not facing:
        return DEFAULT_DIRECTION
    directions = np.array(facing)
    typical = np.median(directions, axis=0)
    best: FloatArray = directions[int(np.argmax(directions @ typical))]
    return best


def _raised(direction: FloatArray) -> FloatArray:
    """The same compass direction, with the elevation kept within what reads well."""
    across = math.hypot(direction[0], direction[2])
    elevation = math.degrees(math.atan2(direction[1], across))
    bounded = math.radians(min(max(elevation, LOWEST_DEG), HIGHEST_DEG))
    flat = direction[[0, 2]] / across if across > 1e-9 else np.array([0.0, 1.0])
    return np.array([flat[0] * math.cos(bounded), math.sin(bounded), flat[1] * math.cos(bounded)])


def _rounded(point: FloatArray) -> list[float]:
    return [round(float(value), DIGITS) + 0.0 for value in point]
