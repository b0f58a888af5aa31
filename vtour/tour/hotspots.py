"""Hotspots of site.yaml, placed in the world once; what cannot be placed is said, not guessed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray, enu_from_geodetic, transform_points, world_from_enu
from vtour.node_names import names_of
from vtour.photo_names import PhotoNames
from vtour.schema.site import (
    EnuPlace,
    GeodeticPlace,
    PanoramaPlace,
    PhotoPlace,
    Place,
    SiteHotspot,
    StationPlace,
)
from vtour.schema.standpoints import Standpoint
from vtour.schema.tour import Hotspot, PlacedBy
from vtour.schema.world import Anchor, North, Scale, WorldFrame
from vtour.sphere import rays_from_yaw_pitch
from vtour.tour.photo_rays import PhotoCamera
from vtour.tour.surface import Surface

DIGITS = 6  # a micrometre: below any sigma, above float noise
DEFAULT_DISTANCE = 5.0
FARTHEST = 1e7  # in metres, beyond every place on the Earth that is near enough to be seen


class NotPlaced(Exception):  # noqa: N818  (not an error of the run: a reason)
    """Why a hotspot has no position."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What hotspots are placed against.

    cameras : solved photos by their path in the inventory.
    sizes   : width and height in pixels of each upright photo, by the same path.
    standpoints : panoramas by node id, with their attitude as captured.
    stations : world_from_told, 4x4, by the id of a scan station.
    default_distance : of a hotspot whose direction meets nothing, in world units.
    """

    world: WorldFrame
    anchor: Anchor | None = None
    cameras: Mapping[str, PhotoCamera] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    surface: Surface | None = None
    standpoints: Mapping[str, Standpoint] = field(default_factory=dict)
    stations: Mapping[str, FloatArray] = field(default_factory=dict)
    default_distance: float = DEFAULT_DISTANCE


@dataclass
class PlacedHotspots:
    """Hotspots with their positions, without media yet, and why others were left out."""

    hotspots: list[Hotspot] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def place_hotspots(wanted: Sequence[SiteHotspot], scene: Scene) -> PlacedHotspots:
    """Find the world position of every hotspot that can have one, in the order given."""
    placed = PlacedHotspots()
    for spot in wanted:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                position = position_in_world(spot.at, scene)
            if isinstance(spot.at, PanoramaPlace) and not _hits(spot.at, scene):
                placed.warnings += _guess_warning(spot.id, spot.at, scene)
            if not (np.abs(position) <= FARTHEST).all():
                raise NotPlaced(f"more than {FARTHEST:g} from the origin")
        except NotPlaced as reason:
            placed.warnings.append(f"hotspot {spot.id!r} left out: {reason}")
            continue
        placed.hotspots.append(
            Hotspot.model_validate(
                {
                    "id": spot.id,
                    "kind": spot.kind,
                    "position": [round(float(value), DIGITS) + 0.0 for value in position],
                    "title": spot.title,
                    "text": spot.text,
                }
            )
        )
    return placed


def position_in_world(place: Place, scene: Scene) -> FloatArray:
    """World position (3,) of an ``at:`` of site.yaml. Raises NotPlaced with the reason."""
    if isinstance(place, GeodeticPlace):
        return _from_geodetic(place, scene)
    if isinstance(place, EnuPlace):
        return _from_enu(place, scene)
    if isinstance(place, PhotoPlace):
        return _from_photo(place, scene)
    if isinstance(place, PanoramaPlace):
        return _from_panorama(place, scene)
    return _from_station(place, scene)


def _from_geodetic(place: GeodeticPlace, scene: Scene) -> FloatArray:
    if scene.anchor is None:
        raise NotPlaced("its lat, lon and height need an anchor, and the world has none")
    _check_metric(scene, "its latitude")
    _check_north(scene)
    anchor = (scene.anchor.lat, scene.anchor.lon, scene.anchor.height_m)
    return world_from_enu(enu_from_geodetic(place.lat, place.lon, place.height, anchor))


def _from_enu(place: EnuPlace, scene: Scene) -> FloatArray:
    _check_metric(scene, "its enu_m")
    _check_north(scene)
    return world_from_enu(place.enu_m)


def _from_photo(place: PhotoPlace, scene: Scene) -> FloatArray:
    names = PhotoNames({**scene.sizes, **scene.cameras})
    path = names.find(place.photo)
    if path is None:
        raise NotPlaced(names.not_found(place.photo))
    photo = scene.cameras.get(path)
    if photo is None:
        raise NotPlaced(f"the camera of photo {path!r} was not solved")
    direction = _ray(place, photo, scene.sizes.get(photo.name, photo.size))
    hit = scene.surface.hit_distance(photo.centre, direction) if scene.surface else None
    if hit is None and place.distance_m is not None:
        _check_metric(scene, "its distance_m")
        hit = place.distance_m
    if hit is None:
        pixel = f"{place.x_px:g}, {place.y_px:g}"
        raise NotPlaced(f"pixel {pixel} of {place.photo!r} meets no surface; give a distance_m")
    position: FloatArray = photo.centre + hit * np.asarray(direction)
    return position


def _from_panorama(place: PanoramaPlace, scene: Scene) -> FloatArray:
    """On the mesh where the direction meets it, else at the distance given, else at a default."""
    point, direction = _sight_line(place, scene)
    distance = _hits(place, scene)
    if distance is None and place.distance_m is not None:
        _check_metric(scene, "its distance_m")
        distance = place.distance_m
    position: FloatArray = np.asarray(point.position) + direction * (
        scene.default_distance if distance is None else distance
    )
    return position


def _from_station(place: StationPlace, scene: Scene) -> FloatArray:
    world_from_told = scene.stations.get(place.station)
    if world_from_told is None:
        known = ", ".join(sorted(scene.stations)) or "none"
        raise NotPlaced(f"scan station {place.station!r} is not registered, known are {known}")
    position: FloatArray = transform_points(world_from_told, [place.xyz_m])[0]
    return position


def _hits(place: PanoramaPlace, scene: Scene) -> float | None:
    """Distance to the mesh; None without one, or where the place of the node means nothing."""
    point, direction = _sight_line(place, scene)
    if scene.surface is None or point.placed_by is PlacedBy.order:
        return None
    return scene.surface.hit_distance(np.asarray(point.position), direction)


def _sight_line(place: PanoramaPlace, scene: Scene) -> tuple[Standpoint, FloatArray]:
    """The node and a world direction (3,) of yaw and pitch in the panorama as captured."""
    from scipy.spatial.transform import Rotation

    names = names_of(scene.standpoints.values())
    node = names.find(place.panorama)
    if node is None:
        raise NotPlaced(f"panorama {place.panorama!r} is no node{names.nearest(place.panorama)}")
    point = scene.standpoints[node]
    ray = rays_from_yaw_pitch(math.radians(place.yaw_deg), math.radians(place.pitch_deg))
    in_world: FloatArray = Rotation.from_quat(point.rotation).apply(ray)
    return point, in_world


def _guess_warning(spot: str, place: PanoramaPlace, scene: Scene) -> list[str]:
    if place.distance_m is not None:
        return []
    away = f"{scene.default_distance:.3g}{' m' if scene.world.scale is Scale.metric else ''}"
    return [
        f"hotspot {spot!r}: nothing is met in its direction, put {away} from {place.panorama}; "
        "from other nodes it looks misplaced, give a distance_m"
    ]


def _ray(place: PhotoPlace, photo: PhotoCamera, size: tuple[int, int]) -> FloatArray:
    """World direction (3,) of a pixel of a photo of ``size``."""
    width, height = size
    if place.x_px > width or place.y_px > height:
        pixel = f"{place.x_px:g}, {place.y_px:g}"
        raise NotPlaced(f"pixel {pixel} is outside of {place.photo!r}, {width} x {height} px")
    try:
        return photo.ray_in_world(place.x_px, place.y_px, width)
    except InputError as error:
        raise NotPlaced(str(error)) from None


def _check_metric(scene: Scene, what: str) -> None:
    if scene.world.scale is not Scale.metric:
        raise NotPlaced(f"{what} needs metres, and the scale of the world is unknown")


def _check_north(scene: Scene) -> None:
    if scene.world.north is not North.true:
        raise NotPlaced("east and north are unknown in this world")
