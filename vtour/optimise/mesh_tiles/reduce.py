"""Fewer triangles for a tile, over all its patches at once, with its borders where they are.

Borders to other tiles are locked, natural borders (the edge of a terrain, holes) are not: with
all borders locked, as LockBorder does, a mesh with holes keeps every edge around them up to the
root. Skirts were not tried: locked borders leave no gap to hide.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.optimise.mesh_tiles.patches import Patch, triangle_areas
from vtour.optimise.mesh_tiles.worker import TileWorkers

NORMAL_WEIGHT = 0.05
"""A normal turned by a radian counts as a move of this share of the tile's extent."""
COLOUR_WEIGHT = 0.05
"""As much for a colour that goes from black to white."""
TRIES = 4


def simplified(
    patches: Sequence[Patch],
    locked: Sequence[NDArray[np.bool_]],
    target_faces: int,
    workers: TileWorkers,
    *,
    tear: bool = False,
) -> list[Patch]:
    """Patches with about ``target_faces`` triangles in all; those that lose all are left out.

    locked : for each patch, (n,) vertices that stay.
    tear   : let the borders of charts be torn.
    """
    sizes = [len(patch.places) for patch in patches]
    starts = np.cumsum([0, *sizes])
    faces = np.concatenate([p.faces + np.uint32(s) for p, s in zip(patches, starts, strict=False)])
    if len(faces) <= target_faces:
        return list(patches)
    places = np.concatenate([patch.places for patch in patches])
    positions = (places - places.min(axis=0)).astype(np.float32)
    attributes = attributes_of(patches, float(positions.max()))
    stays = np.concatenate(locked)
    kept = _with_borders(
        workers, positions, attributes, stays, faces, target_faces, ["Permissive"] if tear else []
    )
    owner = np.searchsorted(starts, kept[:, 0], side="right") - 1
    found = []
    for index, patch in enumerate(patches):
        mine = kept[owner == index] - np.uint32(starts[index])
        if len(mine):
            found.append(patch.with_faces(mine))
    return found


def _with_borders(
    workers: TileWorkers,
    positions: Float32Array,
    attributes: Float32Array,
    stays: NDArray[np.bool_],
    faces: UInt32Array,
    target_faces: int,
    flags: list[str],
) -> UInt32Array:
    """The faces that are left, with every locked vertex.

    Loose scraps go first; where one lies at the border, none may. A scrap can also shrink into the
    border itself: then its other vertices are locked as well.
    """
    for try_flags in ([*flags, "Prune"], *([flags] * TRIES)):
        kept = workers.simplify(positions, attributes, stays, faces, target_faces, try_flags)
        gone = lost(stays, faces, kept)
        if not gone.any():
            break
        if "Prune" not in try_flags:
            stays = stays.copy()
            stays[faces[gone[faces].any(axis=1)]] = True
    return kept


def lost(stays: NDArray[np.bool_], before: UInt32Array, after: UInt32Array) -> NDArray[np.bool_]:
    """(n,) locked vertices that some face had, and none has any more."""
    had, has = np.zeros(len(stays), np.bool_), np.zeros(len(stays), np.bool_)
    had[before.reshape(-1)] = True
    has[after.reshape(-1)] = True
    result: NDArray[np.bool_] = stays & had & ~has
    return result


def attributes_of(patches: Sequence[Patch], extent: float) -> Float32Array:
    """(n, w) what beside its place a vertex should keep, in shares of the extent (grid steps).

    Texture coordinates count as the length on the surface that they move a texel by.
    """
    columns = []
    for patch in patches:
        count = len(patch.places)
        uvs = np.zeros((count, 2), np.float32)
        if patch.uvs is not None:
            uvs = patch.uvs * (_surface_for_texture(patch) / max(extent, 1))
        normals = np.zeros((count, 3), np.float32) if patch.normals is None else patch.normals
        colours = np.zeros((count, 4), np.float32) if patch.colours is None else patch.colours
        columns.append(
            np.concatenate([uvs, normals * NORMAL_WEIGHT, colours * COLOUR_WEIGHT], axis=1)
        )
    values = np.concatenate(columns).astype(np.float32)
    there = (values != 0).any(axis=0)
    there[0] = True
    result: Float32Array = np.ascontiguousarray(values[:, there])
    return result


def _surface_for_texture(patch: Patch) -> np.float32:
    """Length on the surface (steps) of the whole width of a texture."""
    if patch.uvs is None:
        return np.float32(0)
    flat = float(triangle_areas(patch.uvs, patch.faces).sum(dtype=np.float64))
    surface = float(
        triangle_areas(patch.places.astype(np.float32), patch.faces).sum(dtype=np.float64)
    )
    return np.float32(np.sqrt(surface / flat)) if flat > 0 else np.float32(0)
