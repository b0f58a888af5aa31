"""The first view of a tour: from where the photographers stood, the subject filling the frame.

The subject is what the photos are full of: every piece of surface counts with the share of the
photos' pixels that it takes (area over squared distance, summed over the photos it lies in), so
that a sparse background far behind it does not push the camera away.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from vtour.frames import FloatArray
from vtour.schema.tour import Hotspot, Node, PlacedBy, ViewPoint
from vtour.tour.photo_rays import PhotoCamera

FOV_DEG = 50.0
NODE_FOV_DEG = 75.0  # inside a panorama one looks around
ASPECT = 1.6  # a landscape screen; the viewer stands back on narrower ones
FILL = 0.85  # share of the frame's width or height that the subject takes
EDGES = (0.03, 0.97)  # of the subject's weight: crumbs and ends of walls may lie beyond
LOWEST_DEG, HIGHEST_DEG = 8.0, 50.0  # from above a site reads as a map, from below as nothing
DEFAULT_DIRECTION = np.array([0.5, 0.45, 0.74])
MAX_POINTS, MAX_CAMERAS = 20_000, 100
ROUNDS = 4  # of framing: the middle of the frame depends on the distance, which depends on it
DIGITS = 4


def start_view(
    points: FloatArray, cameras: Mapping[str, PhotoCamera], areas: FloatArray | None = None
) -> ViewPoint | None:
    """A good first view of (n, 3) surface points in the world; None when there are none.

    areas : (n,) area that each point stands for; the same for all when absent.

    Looks from the direction of the photo nearest to the median of all photos' directions, never
    below the ground, never straight down, and as near as a landscape frame of 50 degrees allows
    with the subject filling 85 % of its width or its height.
    """
    if not len(points):
        return None
    stride = -(-len(points) // MAX_POINTS)
    points = np.asarray(points, dtype=np.float64)[::stride]
    areas = np.ones(len(points)) if areas is None else np.asarray(areas, np.float64)[::stride]
    weights = subject_weights(points, areas, cameras)
    target = np.array([weighted_quantile(axis, weights, 0.5) for axis in points.T])
    direction = _raised(_photo_direction(target, cameras))
    target, distance = _framed(points, weights, target, direction)
    position = target + distance * direction
    ground = float(np.percentile(points[:, 1], 1))
    position[1] = max(position[1], ground + 0.05 * distance)
    return ViewPoint(position=_rounded(position), target=_rounded(target), fov_deg=FOV_DEG)


def node_view(
    node: Node, hotspots: Sequence[Hotspot], centre: FloatArray | None = None
) -> ViewPoint:
    """The first view from a node: towards its nearest hotspot, else level towards ``centre``.

    centre : of the site, (3,) world; absent, or where the node itself stands: the middle of the
             panorama is looked at. Nodes without a place do that, too: hotspots of others mean
             nothing there.
    """
    position = np.asarray(node.pose.position, dtype=np.float64)
    spots = np.array([spot.position for spot in hotspots]).reshape(-1, 3)
    is_placed = node.pose.placed_by is not PlacedBy.order
    target = None
    if is_placed and len(spots):
        target = spots[int(np.argmin(np.linalg.norm(spots - position, axis=1)))]
    elif is_placed and centre is not None:
        target = np.array([centre[0], position[1], centre[2]])
    if target is None or not np.linalg.norm(target - position) > 1e-6:
        target = position + _forward(node)
    return ViewPoint(
        position=_rounded(position), target=_rounded(target), fov_deg=NODE_FOV_DEG, node=node.id
    )


def _forward(node: Node) -> FloatArray:
    from scipy.spatial.transform import Rotation

    forward: FloatArray = Rotation.from_quat(node.pose.rotation).apply([0.0, 0.0, -1.0])
    return forward


def subject_weights(
    points: FloatArray, areas: FloatArray, cameras: Mapping[str, PhotoCamera]
) -> FloatArray:
    """How much of the photos each point takes (n,): area over squared distance, if in view.

    Occlusion and slant are left out. The areas themselves when no photo sees any point.
    """
    total = np.zeros(len(points))
    stride = -(-len(cameras) // MAX_CAMERAS) or 1
    for photo in list(cameras.values())[::stride]:
        in_cam = (points - photo.centre) @ photo.world_from_cam
        depth = np.maximum(in_cam[:, 2], 1e-9)
        focal = photo.camera.mean_focal_length()
        half = np.array([photo.camera.width, photo.camera.height]) / (2 * focal)
        in_view = (in_cam[:, 2] > 0) & (np.abs(in_cam[:, :2]) <= half * depth[:, None]).all(axis=1)
        total += np.where(in_view, 1.0 / np.maximum((in_cam**2).sum(axis=1), 1e-12), 0.0)
    weights: FloatArray = areas * total
    return weights if weights.sum() > 0 else areas


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """The value below which ``share`` of the weight lies."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    index = int(np.searchsorted(sums, share * sums[-1]))
    return float(values[order[min(index, len(order) - 1)]])


def _framed(
    points: FloatArray, weights: FloatArray, target: FloatArray, direction: FloatArray
) -> tuple[FloatArray, float]:
    """The target moved to the middle of the subject on the screen, and the distance to it."""
    ahead = (points - target) @ direction
    target = target + weighted_quantile(ahead, weights, 0.5) * direction
    right = np.cross([0.0, 1.0, 0.0], direction)
    right /= np.linalg.norm(right)
    up = np.cross(direction, right)
    slope_up = math.tan(math.radians(FOV_DEG / 2)) * FILL
    slope_right = slope_up * ASPECT
    distance = 0.0
    for _ in range(ROUNDS):
        offsets = points - target
        beside, above, ahead = offsets @ right, offsets @ up, offsets @ direction
        reach = np.maximum(np.abs(beside) / slope_right, np.abs(above) / slope_up) + ahead
        distance = max(weighted_quantile(reach, weights, 2 * EDGES[1] - 1), 1e-6)
        depth = distance - ahead
        seen = np.where(depth > 0.05 * distance, weights, 0.0)
        depth = np.maximum(depth, 0.05 * distance)
        for axis, values in ((right, beside), (up, above)):
            ends = [weighted_quantile(values / depth, seen, edge) for edge in EDGES]
            target = target + axis * (sum(ends) / 2 * distance)
    return target, distance


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
