"""From the coordinates of a model's file to the world: units, the axis that points up, its place.

Frames: ``file``, as the file has it; ``upright``, metres, glTF's axes (+Y up), the file's origin;
``world``. A CRS is undone vertex by vertex, as it is for scans: a map projection stretches and
turns, and a matrix over a large site would be centimetres off.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vtour.clouds.crs import EnuFromCrs, area_of_use, crs_from_wkt, datum_of
from vtour.clouds.headers import CrsFacts
from vtour.errors import InputError
from vtour.frames import (
    ENU_FROM_WORLD,
    WORLD_FROM_ENU,
    FloatArray,
    enu_from_geodetic,
    similarity_matrix,
    transform_points,
)
from vtour.model_files import SiteModel
from vtour.schema.models import ModelUnit, PlacedBy, UpAxis
from vtour.schema.site import EnuPlace, GeodeticPlace
from vtour.schema.world import Anchor, North, Scale, World

FAR = 20_000.0  # metres from its own origin: no model is so large, a map grid is
AREA_MARGIN_DEG = 1.0
LEAST_M, MOST_M = 0.005, 1000.0  # of the longest side of a model whose units are metres
MAX_OFF_M = 5000.0  # from the site: more is another place, or another zone
GLTF = ("GLB", "glTF")
TELL_UNITS = "expected units in models.yaml: m, cm, mm, ft or us-ft"

UPRIGHT_FROM_FILE: dict[UpAxis, FloatArray] = {
    UpAxis.y: np.eye(3),
    UpAxis.z: np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    UpAxis.minus_z: np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    UpAxis.minus_y: np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]),
    UpAxis.x: np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    UpAxis.minus_x: np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
}
"""The quarter or half turns that take each axis to +Y; x stays to the right where it can."""


@dataclass(frozen=True)
class Placing:
    """How a model comes from its file to the world.

    to_world : (n, 3) float64, file, to (n, 3) float64, world.
    matrix   : 4x4 world_from_file, a similarity; of a CRS it holds amid the model.
    """

    placed_by: PlacedBy
    to_world: Callable[[FloatArray], FloatArray]
    matrix: FloatArray
    warnings: list[str] = field(default_factory=list)

    @property
    def rotation(self) -> FloatArray:
        """(3, 3), what turns directions from the file to the world."""
        square = self.matrix[:3, :3]
        turn: FloatArray = square / np.cbrt(np.linalg.det(square))
        return turn


def place_model(model: SiteModel, world: World, *, alone: bool) -> Placing:
    """Where a model stands in the world, by what models.yaml says; a warning where it says nothing.

    alone : whether the model is all there is of the site: then its own place is the world's.
    """
    entry = model.entry
    if entry.crs is not None:
        return _by_crs(model, entry.crs, world)
    if entry.world_from_model is not None:
        return _by_matrix(PlacedBy.matrix, np.array(entry.world_from_model))
    upright = upright_from_file(model)
    if entry.position is None:
        found = _by_itself(model, upright, alone)
        found.warnings.extend(unit_warnings(model, world))
        return found
    shift, problem = _shift_of(entry.position, world)
    if shift is None:
        return _not_placed(model, problem)
    turn = _turn_clockwise(entry.heading)
    matrix = similarity_matrix(1.0, turn, shift) @ upright
    return _by_matrix(PlacedBy.position, matrix, unit_warnings(model, world))


def upright_from_file(model: SiteModel) -> FloatArray:
    """4x4: units and the axis that points up."""
    scale = (model.entry.units or ModelUnit.m).metres
    return similarity_matrix(scale, UPRIGHT_FROM_FILE[up_of(model)], np.zeros(3))


def up_of(model: SiteModel) -> UpAxis:
    """The axis that points up: told, else z with a CRS and of OBJ and PLY, y of glTF."""
    if model.entry.up is not None:
        return model.entry.up
    is_y = model.format in GLTF and model.entry.crs is None
    return UpAxis.y if is_y else UpAxis.z


def doubt_of_units(model: SiteModel) -> str:
    """Why it is not known how long a unit is; empty when it is.

    OBJ and PLY do not tell. glTF is in metres, but many files of it are not: those of an absurd
    size are not believed.
    """
    entry = model.entry
    if entry.crs or entry.world_from_model or entry.units:
        return ""
    if model.format not in GLTF:
        return "neither models.yaml nor its format says its units"
    sides = model.bounds[1] - model.bounds[0]
    if LEAST_M <= sides.max() <= MOST_M:
        return ""
    told = " x ".join(f"{side:,.0f}" if side >= 1 else f"{side:.2g}" for side in sides)
    return f"{told} m, if its units are metres as its format says"


def unit_warnings(model: SiteModel, world: World) -> list[str]:
    """A line for a model in a world of metres that may not be in metres itself."""
    doubt = doubt_of_units(model) if world.scale is Scale.metric else ""
    return [f"{model.file.path}: {doubt}: metres are taken, {TELL_UNITS}"] if doubt else []


def _by_matrix(by: PlacedBy, matrix: FloatArray, warnings: list[str] | None = None) -> Placing:
    return Placing(by, lambda points: transform_points(matrix, points), matrix, warnings or [])


def _turn_clockwise(angle: float) -> FloatArray:
    """(3, 3) turn about +Y, clockwise seen from above: -z (north) goes to +x (east) at 90 deg."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])


def _shift_of(position: GeodeticPlace | EnuPlace, world: World) -> tuple[FloatArray | None, str]:
    """The place in the world, (3,); or None and why it cannot be told."""
    if isinstance(position, EnuPlace):
        return WORLD_FROM_ENU @ np.array(position.enu_m), ""
    problem = no_map(world)
    if problem or world.anchor is None:
        return None, problem
    anchor = (world.anchor.lat, world.anchor.lon, world.anchor.height_m)
    enu = enu_from_geodetic(position.lat, position.lon, position.height, anchor)
    far = float(np.hypot(enu[0], enu[1]))
    if far > MAX_OFF_M:
        return None, f"its position is {far / 1000:,.0f} km from the site"
    return WORLD_FROM_ENU @ enu, ""


def no_map(world: World) -> str:
    """Why places on the earth mean nothing in a world; empty when they do."""
    if world.anchor is None:
        return "the site's place on the earth is not known"
    if world.north is not North.true:
        return "the site's north is not known"
    return "" if world.scale is Scale.metric else "the site's scale is not known"


# no place ---------------------------------------------------------------------
def _by_itself(model: SiteModel, upright: FloatArray, alone: bool) -> Placing:
    if alone and not is_far(model):
        return _by_matrix(PlacedBy.own, upright)
    return _not_placed(model, "models.yaml does not say where it stands")


def _not_placed(model: SiteModel, reason: str) -> Placing:
    """The model at the world's origin, and a warning. What is far from its own origin is moved."""
    upright = upright_from_file(model)
    told = f"{model.file.path}: {reason}: put at the site's origin"
    if is_far(model):
        if model.entry.crs is None:
            told += f"; its coordinates go to {np.abs(model.bounds).max():,.0f}: tell their crs"
        upright[:3, 3] = -foot_of(transform_points(upright, model.bounds))
    return _by_matrix(PlacedBy.unknown, upright, [told])


def is_far(model: SiteModel) -> bool:
    """Whether a model lies so far from its own origin that its coordinates are those of a map."""
    corners = transform_points(upright_from_file(model), model.bounds)
    return bool(np.abs(corners).max() > FAR)


def foot_of(points: FloatArray) -> FloatArray:
    """Amid the foot of the box of points (n, 3), +Y up."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])


# CRS --------------------------------------------------------------------------
def _by_crs(model: SiteModel, code: str, world: World) -> Placing:
    problem = no_map(world)
    if problem or world.anchor is None:
        return _not_placed(model, problem)
    facts = usable_crs(code)
    enu = enu_of_model(model, facts, world.anchor)
    grid_from_file = grid_axes(model)
    middle = grid_from_file @ model.bounds.mean(axis=0)
    there = enu.exact(middle[None])[0]
    far = float(np.hypot(there[0], there[1]))
    if far > MAX_OFF_M:
        return _not_placed(model, f"its {code} puts it {far / 1000:,.0f} km from the site")

    def to_world(points: FloatArray) -> FloatArray:
        return enu.apply(points @ grid_from_file.T) @ WORLD_FROM_ENU.T

    turn = WORLD_FROM_ENU @ enu.rotation_at(middle) @ grid_from_file
    step = np.linalg.norm(enu.exact(middle[None] + np.array([[1.0, 0, 0]]))[0] - there)
    matrix = similarity_matrix(float(step), turn, np.zeros(3))
    matrix[:3, 3] = WORLD_FROM_ENU @ there - matrix[:3, :3] @ model.bounds.mean(axis=0)
    return Placing(PlacedBy.crs, to_world, matrix, _doubt_of_heights(model, facts, world.anchor))


def _doubt_of_heights(model: SiteModel, facts: CrsFacts, anchor: Anchor) -> list[str]:
    """What is to be said when a model's heights may count from something else than the site's."""
    if anchor.datum.startswith(datum_of(facts)):
        return []
    told = facts.heights if facts.heights != "unknown" else "what they count from is not told"
    return [
        f"{model.file.path}: its heights are taken as they are ({told}), those of the site are: "
        f"{anchor.datum}"
    ]


def grid_axes(model: SiteModel) -> FloatArray:
    """(3, 3): the file's axes as east, north and up of its CRS."""
    axes: FloatArray = ENU_FROM_WORLD @ UPRIGHT_FROM_FILE[up_of(model)]
    return axes


def enu_of_model(model: SiteModel, facts: CrsFacts, anchor: Anchor | None) -> EnuFromCrs:
    """What takes the grid coordinates of a model to ENU, exact over the model.

    Raises InputError when its middle lies nowhere in the CRS.
    """
    corners = model.bounds @ grid_axes(model).T
    low, high = corners.min(axis=0), corners.max(axis=0)
    return EnuFromCrs(facts, (low + high) / 2, (high - low) / 2, anchor)


def usable_crs(code: str) -> CrsFacts:
    """Facts of a projected CRS. Raises InputError for a code that is not known, or no map grid."""
    facts = crs_from_wkt(code)
    if facts.problem or facts.crs is None:
        found = facts.problem or "no map grid"
        raise InputError(f"crs {code}: {found}, expected a projected one such as EPSG:32648")
    return facts


def check_crs(model: SiteModel) -> None:
    """Raise InputError when a model's CRS is not usable, or not that of its coordinates."""
    code = model.entry.crs
    if code is None:
        return
    facts = usable_crs(code)
    lat, lon = enu_of_model(model, facts, None).place
    area = area_of_use(facts.crs)
    if area is None:
        return
    level = area.south - AREA_MARGIN_DEG < lat < area.north + AREA_MARGIN_DEG
    if not level or not area.west - AREA_MARGIN_DEG < lon < area.east + AREA_MARGIN_DEG:
        raise InputError(
            f"its coordinates lie at {lat:.2f}, {lon:.2f}, outside of where {code} is used: "
            "expected x east and y north of that crs, and up: y where y points up"
        )
