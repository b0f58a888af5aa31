"""Where every panorama was taken: solved with the photos, else by GPS, else just in order.

What is not measured is not guessed: a panorama that is placed by its order has no sigma, and
viewers show such a tour as a plan that is not to scale.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vtour.frames import FloatArray, enu_from_geodetic, world_from_enu
from vtour.node_names import NodeNames, in_order
from vtour.panorama_sources import PanoramaSource
from vtour.schema.standpoints import Standpoint
from vtour.schema.tour import PlacedBy
from vtour.schema.world import North, Scale, World
from vtour.world.gauge import EYE_HEIGHT, STEP
from vtour.world.places import MAX_OFF_KM, km_between
from vtour.world.sphere_poses import attitude_of

DIGITS = 6


@dataclass(frozen=True)
class SolvedSphere:
    """A panorama that structure from motion placed, in the world."""

    position: FloatArray
    world_from_pano: FloatArray
    sigma: float | None
    sigma_deg: float | None


def place_panoramas(
    sources: Sequence[PanoramaSource],
    solved: Mapping[str, SolvedSphere],
    world: World,
    order: Sequence[str],
    gps_sigma_m: float,
) -> list[Standpoint]:
    """All panoramas of a site, in the order of the tour.

    solved : by the panorama's name; gps_sigma_m : of fixes that do not tell their own.

    Raises InputError when ``order`` names a panorama that is not there.
    """
    by_id = {source.id: source for source in sources}
    names = NodeNames({source.id: source.name for source in sources})
    placed: list[Standpoint] = []
    for number, node in enumerate(in_order(order, names)):
        source = by_id[node]
        if source.name in solved:
            placed.append(_by_sfm(source, solved[source.name], world))
        elif source.gps is not None and _has_map(world) and not is_far(source, world):
            placed.append(_by_gps(source, world, list(solved.values()), gps_sigma_m))
        else:
            placed.append(_by_order(source, number, placed))
    return placed


def is_far(source: PanoramaSource, world: World) -> bool:
    """Whether a panorama's position is that of another place: such a fix is wrong."""
    if source.gps is None or world.anchor is None:
        return False
    place = (source.gps.lat, source.gps.lon)
    return km_between(place, (world.anchor.lat, world.anchor.lon)) > MAX_OFF_KM


def _has_map(world: World) -> bool:
    known = world.scale is Scale.metric and world.north is North.true
    return world.anchor is not None and known


def _by_sfm(source: PanoramaSource, sphere: SolvedSphere, world: World) -> Standpoint:
    in_metres = world.scale is Scale.metric
    return _standpoint(
        source,
        sphere.position,
        sphere.world_from_pano,
        PlacedBy.sfm,
        sigma_m=sphere.sigma if in_metres else None,
        sigma_deg=sphere.sigma_deg,
    )


def _by_gps(
    source: PanoramaSource, world: World, solved: list[SolvedSphere], sigma_m: float
) -> Standpoint:
    """At its fix, at the height of the others: heights of phones are off by a storey and more."""
    fix, anchor = source.gps, world.anchor
    if fix is None or anchor is None:
        raise ValueError(f"{source.name}: no position")
    place = (anchor.lat, anchor.lon, anchor.height_m)
    position = world_from_enu(enu_from_geodetic(fix.lat, fix.lon, anchor.height_m, place))
    heights = [sphere.position[1] for sphere in solved]
    position[1] = float(np.median(heights)) if heights else EYE_HEIGHT
    rotation = attitude_of(source.gpano).world_from_pano
    return _standpoint(
        source, position, rotation, PlacedBy.gps, sigma_m=fix.sigma_m or sigma_m, sigma_deg=None
    )


def _by_order(source: PanoramaSource, number: int, before: list[Standpoint]) -> Standpoint:
    """One step ahead of the one before it, looking the same way."""
    if before:
        last = np.array(before[-1].position)
        position = last - np.array([0.0, 0.0, _step(before)])
    else:
        position = np.array([0.0, EYE_HEIGHT, -STEP * number])
    return _standpoint(source, position, attitude_of(source.gpano).world_from_pano, PlacedBy.order)


def _step(before: list[Standpoint]) -> float:
    """World units from one panorama to the next: as the others lie apart."""
    places = np.array([one.position for one in before])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    return float(np.median(steps)) if len(steps) and steps.max() > 0 else STEP


def _standpoint(
    source: PanoramaSource,
    position: FloatArray,
    world_from_pano: FloatArray,
    placed_by: PlacedBy,
    *,
    sigma_m: float | None = None,
    sigma_deg: float | None = None,
) -> Standpoint:
    from scipy.spatial.transform import Rotation

    quaternion = Rotation.from_matrix(world_from_pano).as_quat(canonical=True)
    by_sfm, attitude = placed_by is PlacedBy.sfm, attitude_of(source.gpano)
    return Standpoint(
        id=source.id,
        source=source.name,
        position=[round(float(value), DIGITS) + 0.0 for value in position],
        rotation=[round(float(value), 9) + 0.0 for value in quaternion],
        placed_by=placed_by,
        sigma_m=None if sigma_m is None or not math.isfinite(sigma_m) else round(sigma_m, 4),
        sigma_deg=None if sigma_deg is None or not math.isfinite(sigma_deg) else sigma_deg,
        levelled=by_sfm or attitude.level_from_pano is not None,
        heading_known=by_sfm or attitude.heading is not None,
    )
