"""Views from all around a scene, or around the side that it has.

Many scans are open: a facade has no back, and from behind one sees the insides of its faces. A
direction counts where most of what is seen are outsides, and not all of it at a slant. Where
nothing or too little counts, all directions do: then faces are wound at random, or the scene is
a room seen from outside.
"""

import math

import numpy as np

from vtour.glb.scene import Scene
from vtour.optimise.framing import (
    backward_of,
    centre_of,
    fitting,
    kept_points,
    points_of,
    side_of_cameras,
    triple,
)
from vtour.optimise.looks.camera import FloatArray, View, camera_rays, view_axes
from vtour.optimise.looks.surface import Surface
from vtour.optimise.shaping.bake import NOTHING_HIT

COUNT = 8
LONG_PX = 1024
FOV_DEG = 40.0  # of the long side
ELEVATIONS = (math.radians(8.0), math.radians(32.0))  # walls, then roofs, in turn
ABOVE_GROUND = (math.radians(30.0), math.radians(55.0))  # of what is mostly ground
MOSTLY_GROUND = 0.8  # mean of how upright normals are
TRIED = 36
TRIED_PX = 64
TRIED_POINTS = 3000
LEAST_OUTSIDE = 0.9
LEAST_FACING = 0.25  # mean cosine: a wall seen at 75 degrees tells nothing
LEAST_SHARE = 1 / 6  # of all directions; else all of them count
LEAST_ASPECT = 0.25


def views_of(
    scene: Scene | Surface,
    count: int = COUNT,
    px: int = LONG_PX,
    cameras: FloatArray | None = None,
) -> list[View]:
    """A ring of views that the scene fills, each picture as wide or as high as ``px``.

    The other side of a picture follows the scene's outline: its bounding box fills 60 % of the
    picture or more, scraps far away left out (as for the poster).

    cameras : (n, 3) centres of the site's cameras, world: the first view is from their side.
    """
    surface = scene if isinstance(scene, Surface) else Surface(scene)
    points, areas = points_of(surface.scene)
    centre = centre_of(points, areas)
    few = max(1, len(points) // TRIED_POINTS)
    elevations = ABOVE_GROUND if uprightness(surface.scene) > MOSTLY_GROUND else ELEVATIONS
    tried = sum(elevations) / len(elevations)
    azimuths = _azimuths(surface, points[::few], areas[::few], tried, count, cameras)
    views = []
    for number, azimuth in enumerate(azimuths):
        backward = backward_of(azimuth, elevations[number % len(elevations)])
        views.append(fitted_view(points, areas, centre, backward, px))
    return views


def uprightness(scene: Scene) -> float:
    """How much of a scene is ground or roof: 1 is all, 0 is walls alone; means over the area."""
    upright = total = 0.0
    for part in scene.parts:
        corners = part.positions[part.faces].astype(np.float64)
        crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        upright += float(np.abs(crossed[:, 1]).sum())
        total += float(np.linalg.norm(crossed, axis=1).sum())
    return upright / total if total > 0 else 0.0


def fitted_view(
    points: FloatArray, areas: FloatArray, centre: FloatArray, backward: FloatArray, px: int
) -> View:
    """A view along ``-backward`` whose picture is as wide and high as what it shows."""
    width = height = px
    for _ in range(2):
        view = _fitted(points, areas, centre, backward, (width, height))
        wide, tall = _extent(kept_points(points, areas, view), view)
        longest = max(wide, tall)
        width = max(round(px * wide / longest), round(px * LEAST_ASPECT))
        height = max(round(px * tall / longest), round(px * LEAST_ASPECT))
    return _fitted(points, areas, centre, backward, (width, height))


def _fitted(
    points: FloatArray,
    areas: FloatArray,
    centre: FloatArray,
    backward: FloatArray,
    size: tuple[int, int],
) -> View:
    fov = _fov_deg(*size)
    towards = View(triple(centre + backward), triple(centre), fov, *size)
    distance, shift = fitting(points - centre, areas, towards)
    target = centre + shift
    if not distance > 0:  # a scene without size
        distance = 1.0
    return View(triple(target + distance * backward), triple(target), fov, *size)


def _fov_deg(width: int, height: int) -> float:
    """Vertical, when the long side has FOV_DEG."""
    half = math.tan(math.radians(FOV_DEG) / 2) * height / max(width, height)
    return math.degrees(2 * math.atan(half))


def _extent(points: FloatArray, view: View) -> tuple[float, float]:
    """Width and height of the points' picture, at a depth of 1."""
    right, up, forward = view_axes(view)
    offsets = points - np.asarray(view.position)
    depth = np.maximum(offsets @ forward, 1e-12)
    x, y = offsets @ right / depth, offsets @ up / depth
    return max(float(np.ptp(x)), 1e-9), max(float(np.ptp(y)), 1e-9)


def _azimuths(
    surface: Surface,
    points: FloatArray,
    areas: FloatArray,
    elevation: float,
    count: int,
    cameras: FloatArray | None,
) -> list[float]:
    """Directions to look from, evenly over those that count, radians from +Z towards +X."""
    first, _ = side_of_cameras(centre_of(points, areas), cameras)
    tried = first + math.tau * np.arange(TRIED) / TRIED
    counts = np.array(
        [_shows_outsides(surface, points, areas, backward_of(a, elevation)) for a in tried]
    )
    if counts.all() or counts.mean() < LEAST_SHARE:
        return [first + math.tau * k / count for k in range(count)]
    start = _after_largest_gap(counts)
    order = (start + np.arange(TRIED)) % TRIED
    useful = tried[order[counts[order]]]
    places = (np.arange(count) + 0.5) / count * len(useful)
    return [float(useful[int(place)]) for place in places]


def _after_largest_gap(counts: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Where to start so that what counts comes in one piece, as far as it can."""
    size = len(counts)
    gaps = np.zeros(size, np.int64)
    for start in np.flatnonzero(counts):
        back = 1
        while not counts[(start - back) % size]:
            back += 1
        gaps[start] = back
    return int(np.argmax(gaps))


def _shows_outsides(
    surface: Surface, points: FloatArray, areas: FloatArray, backward: FloatArray
) -> bool:
    """Whether a view shows mostly outsides of faces, and not all at a slant."""
    view = fitted_view(points, areas, centre_of(points, areas), backward, TRIED_PX)
    rows, cols = np.meshgrid(
        np.arange(view.height) + 0.5, np.arange(view.width) + 0.5, indexing="ij"
    )
    rays = camera_rays(view, cols.reshape(-1), rows.reshape(-1))
    hits = surface.cast(rays)
    hit = hits["primitive_ids"] != NOTHING_HIT
    if not hit.any():
        return False
    along = rays[hit, 3:] / np.linalg.norm(rays[hit, 3:], axis=1, keepdims=True)
    facing = -(hits["primitive_normals"][hit] * along).sum(axis=1)
    outside = facing > 0
    return bool(outside.mean() >= LEAST_OUTSIDE and facing[outside].mean() >= LEAST_FACING)
