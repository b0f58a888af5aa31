"""Whether two nodes see each other: by rays against the mesh, else by what a panorama sees.

Without a mesh the sparse points tell: those that panorama a sees around the direction of b lie
beyond b where the way is open, and all before it where a wall is between. Panoramas that see many
points and none in common are in rooms of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from vtour.frames import FloatArray
from vtour.tour.surface import Surface

FAN = 0.04  # of the distance: about 2 degrees around the other node
START, END = 0.02, 0.9  # of the way: crumbs of mesh at a tripod, and the ground at its foot
BARRED_SHARE, OPEN_SHARE = 0.6, 0.5  # of the rays
CONE = np.cos(np.radians(6.0))  # around the direction of the other node
ENOUGH_POINTS = 12  # in the cone
MANY_POINTS = 50  # of a panorama
BEYOND_SHARE = 0.15  # of the points: an open way has at least these beyond


class Sight(Enum):
    """What is known of the line between two nodes."""

    open = "open"
    barred = "barred"
    unknown = "unknown"


@dataclass(frozen=True)
class SeenPoints:
    """What one panorama sees: unit directions (n, 3), world, distances (n,), numbers of points."""

    directions: FloatArray
    distances: FloatArray
    numbers: frozenset[int] = frozenset()


def fan_rays(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rays to a node, to eight points around it, and back: origins and vectors, (18, 3) each.

    Each vector reaches as far as its target.
    """
    way = end - start
    length = float(np.linalg.norm(way))
    side = np.cross(way, [0.0, 1.0, 0.0])
    if np.linalg.norm(side) < 1e-6 * length:  # straight up or down
        side = np.array([1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    up = np.cross(side, way / length)
    turns = np.arange(8) * (np.pi / 4)
    ring = np.outer(np.cos(turns), side) + np.outer(np.sin(turns), up)
    offsets = np.vstack([np.zeros(3), ring * (FAN * length)])
    origins = np.vstack([np.tile(start, (9, 1)), np.tile(end, (9, 1))])
    return origins, np.vstack([way + offsets, -way + offsets])


def sight_in_mesh(surface: Surface, start: FloatArray, end: FloatArray) -> Sight:
    """What the mesh says: barred when most rays of one side hit something before the other.

    Both sides are asked, since a wall just before one node is far away only from the other.
    Open only when rays meet the mesh beyond: where there is no mesh at all nothing is known.
    """
    origins, vectors = fan_rays(start, end)
    hits = surface.hit_distances(origins + START * vectors, vectors) + START  # shares of the way
    if (hits.reshape(2, -1) < END).mean(axis=1).max() >= BARRED_SHARE:
        return Sight.barred
    return Sight.open if float(np.mean(np.isfinite(hits))) >= OPEN_SHARE else Sight.unknown


def sight_in_points(seen: SeenPoints | None, start: FloatArray, end: FloatArray) -> Sight:
    """What the points say that are seen from ``start``."""
    if seen is None:
        return Sight.unknown
    way = end - start
    length = float(np.linalg.norm(way))
    in_cone = seen.directions @ (way / length) > CONE
    if int(in_cone.sum()) < ENOUGH_POINTS:
        return Sight.unknown
    beyond = float(np.mean(seen.distances[in_cone] > END * length))
    return Sight.open if beyond >= BEYOND_SHARE else Sight.barred


def sight_between(
    pair: tuple[str, str],
    ends: tuple[FloatArray, FloatArray],
    surface: Surface | None,
    seen: Mapping[str, SeenPoints],
) -> Sight:
    """What is known of the line between two nodes ``pair`` at world positions ``ends``.

    The mesh is asked first. Then one panorama that sees past the other is enough for open.
    """
    start, end = ends
    if not np.linalg.norm(end - start) > 0:
        return Sight.open
    if surface is not None:
        found = sight_in_mesh(surface, start, end)
        if found is not Sight.unknown:
            return found
    both = {
        sight_in_points(seen.get(pair[0]), start, end),
        sight_in_points(seen.get(pair[1]), end, start),
    }
    return next(
        (one for one in (Sight.open, Sight.barred) if one in both),
        sight_in_common(seen.get(pair[0]), seen.get(pair[1])),
    )


def sight_in_common(first: SeenPoints | None, second: SeenPoints | None) -> Sight:
    """Barred when both see many points and none that the other sees; else nothing is known."""
    if first is None or second is None:
        return Sight.unknown
    fewest = min(len(first.numbers), len(second.numbers))
    is_apart = fewest >= MANY_POINTS and not first.numbers & second.numbers
    return Sight.barred if is_apart else Sight.unknown


def seen_points(spheres: Path, names: Mapping[str, str]) -> dict[str, SeenPoints]:
    """What each panorama of a COLMAP model in the world sees, by node id.

    names : the node's id by the image's name. Empty when there is no model.
    """
    if not (spheres / "images.bin").is_file():
        return {}
    import pycolmap

    model = pycolmap.Reconstruction(str(spheres))
    found: dict[str, SeenPoints] = {}
    for image_id in model.reg_image_ids():
        image = model.images[image_id]
        if image.name not in names:
            continue
        seen = sorted({p.point3D_id for p in image.points2D if p.has_point3D()})
        points = np.array([model.points3D[number].xyz for number in seen]).reshape(-1, 3)
        offsets = points - np.asarray(image.projection_center()).reshape(3)
        distances = np.linalg.norm(offsets, axis=1)
        kept = distances > 0
        found[names[image.name]] = SeenPoints(
            offsets[kept] / distances[kept, None], distances[kept], frozenset(map(int, seen))
        )
    return found
