"""Fewer faces for a scene: to a number of faces, or within a distance that is measured.

Two ways. ``decimate_scene`` keeps materials, charts, normals and vertex colours: all parts are
simplified at once, so that the error is spread evenly and parts that touch go on touching.
``decimate_welded`` joins all parts into one bare surface, to be baked anew.

meshoptimizer's own error is an estimate from quadrics, not a bound: asked for a distance, both
ways search for the coarsest surface whose distance, measured from each surface to the other,
keeps to it. Thin spikes of borders cost quadrics next to nothing, so vertices
that come to lie too far off are locked and the search goes on: without, no budget below 3 cm
could be kept on a ruin of 300 k faces, whatever was asked for.

The search is not the coarsest there is: of that ruin 26 k faces are left within 5 cm, 235 k within
2 cm; begun at the whole distance in steps of 0.85 it found 20 k within 5 cm, none within 2 cm.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vtour.atlas.topology import BoolArray
from vtour.errors import OptionError
from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.scene import Part, Scene, joined_parts
from vtour.glb.vertices import renumbered, used_vertices
from vtour.optimise.shaping.clean import taken, weld_part
from vtour.optimise.shaping.deviation import Deviation, measure_deviation
from vtour.optimise.shaping.sampling import scene_of
from vtour.optimise.shaping.simplify import compact, simplified_faces, weld_vertices

NORMAL_WEIGHT = 0.02  # a normal turned by a radian counts as 2 % of the extent
COLOUR_WEIGHT = 0.05  # black for white counts as 5 % of the extent
UV_WEIGHT = 0.5  # a texture that slips by a metre counts as half a metre
TRIES = 10
FIRST_ASKED = 0.5  # of the distance: quadrics say less than what is measured
STEP_BACK = 0.7  # of what is asked for, when vertices had to be locked
MOST_LOCKED = 0.01  # of the vertices, at a time: more means that too much was asked for
CLOSE_ENOUGH = 1.3  # between what is too much and what is not: no further search
SEARCH_SAMPLES = 100_000

Surface = tuple[Float32Array, UInt32Array]

UNMEASURED = Deviation(math.nan, math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class Budget:
    """At most ``faces``, or within ``error`` (units of the positions) both ways; one of them."""

    faces: int | None = None
    error: float | None = None

    def __post_init__(self) -> None:
        if (self.faces is None) == (self.error is None):
            raise OptionError("budget: expected either a number of faces or a largest error")
        if self.faces is not None and self.faces < 1:
            raise OptionError(f"faces={self.faces}: expected at least 1")
        if self.error is not None and not 0 < self.error < float("inf"):
            raise OptionError(f"error={self.error}: expected more than 0")


def decimate_scene(scene: Scene, budget: Budget) -> tuple[Scene, Deviation]:
    """Fewer faces over the same vertices; charts, borders and materials stay where they are.

    A budget of faces is missed when the charts have too many borders: these are kept. Returns
    the scene and its distance from the one it was made of.
    """
    return _decimated(scene, budget, measured=True)


def fewer_faces(scene: Scene, faces: int) -> Scene:
    """``decimate_scene`` to so many faces, without the measuring, which takes longer."""
    return _decimated(scene, Budget(faces=faces), measured=False)[0]


def _decimated(scene: Scene, budget: Budget, *, measured: bool) -> tuple[Scene, Deviation]:
    # A vertex of no face beside one that is used would count as the other side of a seam: the
    # border of two parts of one mesh stayed whole, 19,806 of 20,000 faces instead of 1,500.
    scene = replace(scene, parts=[weld_part(part) for part in scene.parts])
    positions, faces, starts = joined_parts(scene)
    attributes = np.concatenate([_weighted(part, scene) for part in scene.parts])
    attributes = attributes[:, attributes.any(axis=0)]

    def simplified(
        target_faces: int, error: float, *flags: str, locked: BoolArray | None = None
    ) -> Surface:
        kept = simplified_faces(
            positions, attributes, faces, target_faces, error, *flags, locked=locked
        )
        return positions, kept

    (_, kept), deviation = _within(budget, (positions, faces), simplified, measured=measured)
    owner = np.searchsorted(starts, kept[:, 0], side="right") - 1
    parts = []
    for number, part in enumerate(scene.parts):
        mine = kept[owner == number] - np.uint32(starts[number])
        if len(mine):
            parts.append(taken(part, *renumbered(mine)))
    return replace(scene, parts=parts), deviation


def decimate_welded(scene: Scene, budget: Budget) -> tuple[Surface, Deviation]:
    """One bare surface: vertices of one place are one, whatever their part, normal or chart."""
    positions, faces, _ = joined_parts(scene)
    welded = weld_vertices(positions, faces)

    def simplified(
        target_faces: int, error: float, *flags: str, locked: BoolArray | None = None
    ) -> Surface:
        points, triangles = welded
        kept = simplified_faces(
            points, points[:, :0], triangles, target_faces, error, *flags, locked=locked
        )
        return compact(points, kept)

    return _within(budget, welded, simplified)


def _within(
    budget: Budget, whole: Surface, simplified: Callable[..., Surface], *, measured: bool = True
) -> tuple[Surface, Deviation]:
    if budget.faces is not None:
        if len(whole[1]) <= budget.faces:
            return whole, Deviation(0.0, 0.0, 0.0)
        result = simplified(budget.faces, 0.0, "Prune")
        if not len(result[1]):  # all of it was small loose pieces
            result = simplified(budget.faces, 0.0)
        return result, measure_deviation(*whole, *result) if measured else UNMEASURED
    return _within_error(float(budget.error or 0), whole, simplified)


def _within_error(
    largest: float, whole: Surface, simplified: Callable[..., Surface]
) -> tuple[Surface, Deviation]:
    """The coarsest surface found whose measured distance is at most ``largest``."""
    best, found = whole, Deviation(0.0, 0.0, 0.0)
    asked, too_much = FIRST_ASKED * largest, float("inf")
    enough = 0.0
    used = used_vertices(whole[1])
    locked = np.zeros(len(whole[0]), np.bool_)
    for _ in range(TRIES):
        result = simplified(1, asked, locked=locked if locked.any() else None)
        deviation = measure_deviation(*whole, *result, samples=SEARCH_SAMPLES)
        if deviation.largest <= largest:
            enough = asked
            if len(result[1]) < len(best[1]):
                best, found = result, deviation
            if too_much < CLOSE_ENOUGH * enough:
                break
        else:
            far = used[_distances_of(whole[0][used], result) > largest]
            new = far[~locked[far]]
            locked[far] = True
            if 0 < len(new) <= MOST_LOCKED * len(used):
                asked = max(STEP_BACK * asked, (enough + asked) / 2)
                continue
            too_much = asked
        asked = _next_error(asked, enough, too_much, largest / max(deviation.largest, 1e-30))
    return best, found


def _distances_of(points: Float32Array, surface: Surface) -> Float32Array:
    distances: Float32Array = scene_of(*surface).compute_distance(points).numpy()
    return distances


def _next_error(asked: float, enough: float, too_much: float, ratio: float) -> float:
    """What to ask for next: in proportion to what was missed, between what is known."""
    wanted = asked * min(max(0.9 * ratio, 0.1), 4.0)
    if enough < wanted < too_much:
        return wanted
    if not np.isfinite(too_much):
        return asked * 2
    return (enough * too_much) ** 0.5 if enough else too_much / 2


def _weighted(part: Part, scene: Scene) -> Float32Array:
    """Normals, texture coordinates and colours (n, 9), each step of 1 as long as the extent.

    Texture coordinates are measured on the surface: what they slip is a distance.
    """
    result = np.zeros((len(part.positions), 9), np.float32)
    low, high = scene.bounds
    extent = float((high - low).max())
    material = scene.materials[part.material]
    if part.normals is not None and not material.unlit:
        result[:, :3] = part.normals * np.float32(NORMAL_WEIGHT)
    if part.uvs is not None and material.textures and extent > 0:
        metres = metres_per_uv(part)
        result[:, 3:5] = part.uvs * np.float32(UV_WEIGHT * metres / extent)
    if part.colours is not None:
        result[:, 5:] = part.colours * np.float32(COLOUR_WEIGHT)
    return result


def metres_per_uv(part: Part) -> float:
    """Length on the surface of a step of 1 in texture coordinates, over the whole part."""
    if part.uvs is None:
        return 0.0
    corners, flat = part.positions[part.faces], part.uvs[part.faces].astype(np.float64)
    edges = (corners[:, 1:] - corners[:, :1]).astype(np.float64)
    steps = flat[:, 1:] - flat[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum()
    uv_area = np.abs(steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0]).sum()
    return float(np.sqrt(area / uv_area)) if uv_area > 0 else 0.0
