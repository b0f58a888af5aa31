"""What a view sees of a scene: the faces under its pixels, found once and coloured often.

One ray goes through the middle of every pixel, and four through a pixel whose neighbours lie
on something else: textures are filtered, so only outlines need more than one, as with the
multisampling of graphics cards. Rays go on through what is cut out, and through the backs of
faces that have none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array
from vtour.glb.scene import AlphaMode, Material, Part, Scene, joined_parts
from vtour.optimise.looks.camera import FloatArray, View, camera_rays, pixel_steps
from vtour.optimise.looks.footprints import footprints_of
from vtour.optimise.looks.textures import Mips, look_up, mips_of
from vtour.optimise.shaping.bake import NOTHING_HIT, points_on_faces, scene_of

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

BAND_RAYS = 1 << 20
LAYERS = 8
"""So many surfaces, one behind the other, are looked through."""
CORNERS = ((0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875))
"""Of the rays through an outline's pixel: no two in a row or column."""
BEND = 1.5
"""Pixels: a depth that breaks more than a surface does that leans by so much is an outline."""
NUDGE = 2e-6
"""Share of the scene's size by which a ray goes on behind a surface."""


@dataclass(frozen=True, eq=False)
class Patch:
    """Places of one part seen by one view.

    pixel        : (k,) int32, row * width + column.
    weight       : (k,) float32, share of the pixel's colour.
    face         : (k,) uint32, of the part.
    where        : (k, 2) float32, weights of the face's second and third corner.
    front        : (k,) bool, whether the face is seen from outside.
    uvs          : (k, 2) float32; None where the part has none.
    across, down : (k, 2) float32, how the uvs change to the pixel on the right, and below.
    """

    part: int
    pixel: NDArray[np.int32]
    weight: Float32Array
    face: NDArray[np.uint32]
    where: Float32Array
    front: BoolArray
    uvs: Float32Array | None
    across: Float32Array | None
    down: Float32Array | None


class Paints:
    """The mip levels of textures, made when they are asked for the first time."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, bool], tuple[Any, Mips]] = {}

    def mips(self, texture: Any, *, srgb: bool) -> Mips:
        """Of a texture."""
        key = (id(texture), srgb)
        if key not in self._made:
            self._made[key] = (texture, mips_of(texture, srgb=srgb))
        return self._made[key][1]


class Surface:
    """A scene that rays can be cast at."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.paints = Paints()
        self.first_face = np.cumsum([0, *(len(part.faces) for part in scene.parts)])
        low, high = scene.bounds
        self.size = float(np.linalg.norm(high - low))
        self._rays = scene_of(*joined_parts(scene)[:2])
        self.cast(np.array([[0, 0, 0, 0, 0, 1]], np.float32))  # builds the tree, in one thread

    def cast(self, rays: Float32Array) -> dict[str, NDArray[Any]]:
        """First hits: face, where in it, its normal, and the distance along the ray."""
        hits = self._rays.cast_rays(rays)
        names = ("primitive_ids", "primitive_uvs", "primitive_normals", "t_hit")
        return {name: hits[name].numpy() for name in names}

    def material_of(self, part: Part) -> Material:
        """The material of a part; white where it has none."""
        materials = self.scene.materials
        return materials[part.material] if part.material < len(materials) else Material()


@dataclass(frozen=True, eq=False)
class Rays:
    """Rays of a view: (k, 6), the pixel of each, and its share of the pixel."""

    lines: Float32Array
    pixel: NDArray[np.int32]
    weight: Float32Array

    def chosen(self, which: Any) -> "Rays":
        """Some of them."""
        return Rays(self.lines[which], self.pixel[which], self.weight[which])


def patches_of(surface: Surface, view: View) -> list[Patch]:
    """All that a view sees, band after band of rows."""
    rows = max(1, BAND_RAYS // view.width)
    found: list[Patch] = []
    for start in range(0, view.height, rows):
        found += _patches_of_rows(surface, view, start, min(view.height, start + rows))
    return found


def _patches_of_rows(surface: Surface, view: View, start: int, stop: int) -> Iterator[Patch]:
    above, below = max(0, start - 1), min(view.height, stop + 1)  # an outline needs neighbours
    middles = _rays_of(view, *_grid(view, above, below))
    hits = surface.cast(middles.lines)
    shape = (below - above, view.width)
    edge = outlines(surface, view, hits, shape)[start - above : stop - above].reshape(-1)
    own = slice((start - above) * view.width, (stop - above) * view.width)
    middles = middles.chosen(own)
    hits = {name: values[own] for name, values in hits.items()}
    plain = ~edge & (hits["primitive_ids"] != NOTHING_HIT)
    plain_hits = {name: values[plain] for name, values in hits.items()}
    yield from _patches_along(surface, view, middles.chosen(plain), plain_hits)
    if edge.any():
        fine = _corner_rays(view, middles.pixel[edge])
        yield from _patches_along(surface, view, fine, surface.cast(fine.lines))


def _grid(view: View, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
    rows, cols = np.meshgrid(
        np.arange(start, stop) + 0.5, np.arange(view.width) + 0.5, indexing="ij"
    )
    return cols.reshape(-1), rows.reshape(-1)


def _rays_of(view: View, cols: FloatArray, rows: FloatArray, weight: float = 1.0) -> Rays:
    pixel = (rows.astype(np.int32) * view.width + cols.astype(np.int32)).astype(np.int32)
    return Rays(camera_rays(view, cols, rows), pixel, np.full(len(cols), weight, np.float32))


def _corner_rays(view: View, pixel: NDArray[np.int32]) -> Rays:
    row, col = np.divmod(pixel, view.width)
    at_col = np.concatenate([col + x for x, _ in CORNERS])
    at_row = np.concatenate([row + y for _, y in CORNERS])
    return _rays_of(view, at_col, at_row, 1 / len(CORNERS))


def outlines(
    surface: Surface, view: View, hits: dict[str, NDArray[Any]], shape: tuple[int, int]
) -> BoolArray:
    """Pixels (h, w) beside which something else begins: nothing, another part, another depth.

    Over the pixels of a plane the inverse of the depth is linear.
    """
    face = hits["primitive_ids"].astype(np.int64)
    part = np.searchsorted(surface.first_face, face, side="right").reshape(shape)
    part[(face == NOTHING_HIT).reshape(shape)] = -1
    inverse = (1 / hits["t_hit"]).reshape(shape)  # 0 where nothing was hit
    pixel = float(np.linalg.norm(pixel_steps(view)[0]))
    edge = np.zeros(shape, bool)
    for numbers, target in ((part, edge), (part.T, edge.T)):
        differs = numbers[1:] != numbers[:-1]
        target[1:] |= differs
        target[:-1] |= differs
    for values, target in ((inverse, edge), (inverse.T, edge.T)):
        bend = np.abs(values[2:] + values[:-2] - 2 * values[1:-1])
        target[1:-1] |= bend > 2 * BEND * pixel * values[1:-1]
    return edge


def _patches_along(
    surface: Surface, view: View, rays: Rays, hits: dict[str, NDArray[Any]]
) -> Iterator[Patch]:
    """What lies along rays, through what can be seen through."""
    for layer in range(LAYERS):
        hit = hits["primitive_ids"] != NOTHING_HIT
        if not hit.all():
            rays = rays.chosen(hit)
            hits = {name: values[hit] for name, values in hits.items()}
        if not len(rays.pixel):
            return
        left = np.zeros(len(rays.pixel), np.float32)
        of_part = np.searchsorted(surface.first_face, hits["primitive_ids"], side="right") - 1
        order = np.argsort(of_part, kind="stable")
        bounds = np.searchsorted(of_part[order], np.arange(len(surface.scene.parts) + 1))
        for part in np.flatnonzero(np.diff(bounds)):
            mine = order[bounds[part] : bounds[part + 1]]
            mine_hits = {name: values[mine] for name, values in hits.items()}
            patch = _patch(surface, view, int(part), rays.chosen(mine), mine_hits)
            shares = _shares(surface, patch)
            left[mine] = patch.weight * (1 - shares)
            seen = shares > 0
            if seen.any():
                yield _some(patch, seen, shares)
        through = left > 0
        if not through.any() or layer == LAYERS - 1:
            return
        lines = rays.lines[through]
        lines[:, :3] += lines[:, 3:] * hits["t_hit"][through, None]
        lines[:, :3] += lines[:, 3:] * (NUDGE * surface.size)
        rays = Rays(lines, rays.pixel[through], left[through])
        hits = surface.cast(rays.lines)


def _patch(
    surface: Surface, view: View, number: int, rays: Rays, hits: dict[str, NDArray[Any]]
) -> Patch:
    part = surface.scene.parts[number]
    face = (hits["primitive_ids"] - surface.first_face[number]).astype(np.uint32)
    where = hits["primitive_uvs"]
    front = np.einsum("ij,ij->i", hits["primitive_normals"], rays.lines[:, 3:]) < 0
    uvs = across = down = None
    if part.uvs is not None and surface.material_of(part).textures:
        uvs = points_on_faces(part.uvs, part.faces, face, where)
        across, down = footprints_of(part, face, rays.lines, pixel_steps(view))
    return Patch(number, rays.pixel, rays.weight, face, where, front, uvs, across, down)


def _some(patch: Patch, which: BoolArray, shares: Float32Array) -> Patch:
    weight = patch.weight * shares
    if which.all():
        which = slice(None)  # type: ignore[assignment]
    uvs, across, down = (
        None if values is None else values[which]
        for values in (patch.uvs, patch.across, patch.down)
    )
    return Patch(
        patch.part,
        patch.pixel[which],
        weight[which],
        patch.face[which],
        patch.where[which],
        patch.front[which],
        uvs,
        across,
        down,
    )


def _shares(surface: Surface, patch: Patch) -> Float32Array:
    """Which share of each ray ends here: 0 is looked through."""
    part = surface.scene.parts[patch.part]
    material = surface.material_of(part)
    shares = np.ones(len(patch.pixel), np.float32)
    if material.alpha_mode is not AlphaMode.opaque:
        alpha = shares * np.float32(material.base_colour[3])
        if part.colours is not None:
            alpha *= points_on_faces(part.colours, part.faces, patch.face, patch.where)[:, 3]
        if material.base is not None and patch.uvs is not None:
            assert patch.across is not None and patch.down is not None
            mips = surface.paints.mips(material.base, srgb=True)
            alpha *= look_up(mips, patch.uvs, patch.across, patch.down)[:, 3]
        if material.alpha_mode is AlphaMode.mask:
            alpha = (alpha >= material.alpha_cutoff).astype(np.float32)
        shares = np.clip(alpha, 0, 1)
    if not material.double_sided:
        shares = shares * patch.front
    return shares
