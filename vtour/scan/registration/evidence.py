"""Whether two stations really lie as a pose says: overlap, distance, free space, what holds it.

Residuals alone do not tell: a wrong pose over a flat floor has small ones. So the pose has to put
walls onto walls as well as floors onto floors (matches are weighed by direction), and to put little
of one station into the air that the other measured through.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, transform_points
from vtour.scan.registration.fine import inverse, same_way
from vtour.scan.registration.free_space import RangeBounds, in_free_space
from vtour.scan.registration.surface import Surface

REACH = 1.5  # voxels from a point to its match
NEAR = 4.0  # without a mirror: voxels from a surface within which points should lie on it
DIRECTIONS = 3  # floors and ceilings, and two ways of walls, told by the axes of the normals
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """How well a pose holds, both stations' points asked.

    overlap  : share of the smaller station's points with a match in the other
    agreed   : of flat points that the other station should see, the share it does see; each
               direction of surface counts alike
    crossed  : share of points in the other's view that lie in air it measured through; None
               without mirrors
    rmse_m   : RMS distance of matched flat points to the other's planes
    """

    overlap: float
    agreed: float
    crossed: float | None
    rmse_m: float


@dataclass(frozen=True)
class View:
    """One station's surface at the scale of the evidence, and what it saw."""

    surface: Surface
    sight: RangeBounds | None


def evidence_of(a: View, b: View, a_from_b: FloatArray, tolerance_m: float) -> Evidence:
    """Ask b's points in a, and a's points in b.

    tolerance_m : how far a flat point may be off the other's plane.
    """
    first = _Asked.of(a, b, a_from_b, tolerance_m)
    second = _Asked.of(b, a, inverse(a_from_b), tolerance_m)
    smaller = first if len(b.surface.points) <= len(a.surface.points) else second
    off = np.concatenate([first.off, second.off])
    return Evidence(
        overlap=float(smaller.matched.mean()) if len(smaller.matched) else 0.0,
        agreed=_agreed(first, second),
        crossed=_crossed(first, second) if a.sight or b.sight else None,
        rmse_m=float(np.sqrt(np.mean(off**2))) if len(off) else np.inf,
    )


@dataclass(frozen=True)
class _Asked:
    """Points of b in a: matched to a, in a's free space, in a's view; ``way`` is the bin of the
    normal, -1 where not flat; ``off`` the plane distances of the matched flat ones.
    """

    matched: BoolArray
    crossing: BoolArray
    in_view: BoolArray
    way: NDArray[np.intp]
    off: FloatArray

    @classmethod
    def of(cls, a: View, b: View, a_from_b: FloatArray, tolerance_m: float) -> "_Asked":
        voxel = max(a.surface.voxel_m, b.surface.voxel_m)
        points = transform_points(a_from_b, b.surface.points)
        normals = b.surface.normals @ a_from_b[:3, :3].T
        distances, nearest = a.surface.tree.query(
            points, distance_upper_bound=REACH * voxel, workers=-1
        )
        matched = np.isfinite(distances)
        nearest = np.where(matched, nearest, 0)
        both_flat = b.surface.is_flat & a.surface.is_flat[nearest] & matched
        others = a.surface.normals[nearest]
        off = np.einsum("ij,ij->i", points - a.surface.points[nearest], others)
        turned_away = ~same_way(a.surface, b.surface, np.einsum("ij,ij->i", normals, others))
        matched &= ~(both_flat & (turned_away | (np.abs(off) > tolerance_m)))
        crossing = np.zeros(len(points), bool)
        in_view = matched.copy()
        if a.sight is None:
            near = a.surface.tree.query(points, distance_upper_bound=NEAR * voxel, workers=-1)[0]
            crossing = np.isfinite(near) & ~matched
        else:
            crossing, in_view = in_free_space(a.sight, points, voxel / 4)
            crossing &= ~matched
            in_view |= matched | crossing
        way = np.where(b.surface.is_flat, np.abs(normals).argmax(1), -1)
        return cls(matched, crossing, in_view, way, off[both_flat & matched])


def _agreed(first: _Asked, second: _Asked) -> float:
    """Mean over the directions that matter of matched / (matched + crossing), flat points."""
    matched = np.concatenate([first.matched, second.matched])
    crossing = np.concatenate([first.crossing, second.crossing])
    way = np.concatenate([first.way, second.way])
    shares = []
    for direction in range(DIRECTIONS):
        here = way == direction
        hits, misses = int((matched & here).sum()), int((crossing & here).sum())
        if hits + misses > 0.01 * len(way):
            shares.append(hits / (hits + misses))
    return float(np.mean(shares)) if shares else 0.0


def _crossed(first: _Asked, second: _Asked) -> float:
    crossing = int(first.crossing.sum() + second.crossing.sum())
    seen = int(first.in_view.sum() + second.in_view.sum())
    return crossing / seen if seen else 1.0
