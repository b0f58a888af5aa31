"""New charts for a coarse tile, and its texture baked from the tiles below.

An atlas of thousands of small charts can neither lose its borders nor shrink (see
``vtour.optimise.shaping.simplify``): there the tile's surface is laid out anew, and every texel
looks up the nearest place on the surface below. What the tile below has at twice the detail is
halved first, so that one look-up a texel is enough.
"""

from dataclasses import replace

import numpy as np
from PIL import Image

from vtour.glb.mesh import UInt8Array
from vtour.optimise.mesh_tiles.atlas import (
    STEP_PX,
    channels_of,
    faces_under_texels,
    filled,
    with_channels,
)
from vtour.optimise.mesh_tiles.patches import Patch, Picture, uv_texels
from vtour.optimise.shaping.bake import points_on_faces, sample_texture, scene_of
from vtour.optimise.shaping.unwrap import unwrap_mesh

FILL = 0.65
"""Share of an atlas that charts cover: xatlas packs 60 to 75 %."""
LEAST_PX = 32


def rebaked(source: Patch, bare: Patch, step: float, most_px: int, limit_s: float) -> Patch:
    """``bare`` with charts of its own and a texture of half the density of ``source``'s.

    source : the surface before it was simplified, with its pictures.
    bare   : the same kind, without texture.

    Raises UnwrapError when there is no atlas within ``limit_s`` seconds of CPU time.
    """
    low = source.places.min(axis=0)
    positions = ((bare.places - low) * step).astype(np.float32)
    texels = float(uv_texels(source).sum(dtype=np.float64)) / 4
    size_px = round((texels / FILL) ** 0.5 / STEP_PX) * STEP_PX
    size_px = min(max(size_px, LEAST_PX), most_px)
    atlas = unwrap_mesh(positions, bare.faces, size_px, limit_s=limit_s)
    charted = replace(
        bare.vertices(atlas.vertices, atlas.faces),
        uvs=atlas.uvs,
        picture=np.zeros(len(atlas.vertices), np.int32),
    )
    return replace(charted, pictures=(_baked(source, charted, step, size_px),))


def _baked(source: Patch, target: Patch, step: float, size_px: int) -> Picture:
    """All textures of ``target``, (size_px, size_px)."""
    if source.uvs is None or source.picture is None:
        raise ValueError("nothing to bake from")
    low = source.places.min(axis=0)
    face, weights = faces_under_texels(target, (size_px, size_px))
    known = face >= 0
    places = (target.places - low).astype(np.float32) * np.float32(step)
    points = points_on_faces(
        places, target.faces, face[known].astype(np.uint32), weights[known]
    )  # fmt: skip
    surface = scene_of((source.places - low).astype(np.float32) * np.float32(step), source.faces)
    found = surface.compute_closest_points(points)
    hit = found["primitive_ids"].numpy()
    uvs = points_on_faces(source.uvs, source.faces, hit, found["primitive_uvs"].numpy())
    picture = source.picture[source.faces[hit, 0]]
    slots = {}
    for slot in source.pictures[0].slots:
        channels = max(channels_of(each.slots[slot]) for each in source.pictures)
        pixels = np.zeros((size_px, size_px, channels), np.uint8)
        colours = np.zeros((len(uvs), channels), np.float32)
        for index, each in enumerate(source.pictures):
            mine = picture == index
            if mine.any():
                colours[mine] = sample_texture(
                    with_channels(_halved(each.slots[slot]), channels), uvs[mine]
                )
        pixels[known] = np.rint(colours).astype(np.uint8)
        slots[slot] = filled(pixels, known, rim=0)
    return Picture(slots)


def _halved(pixels: UInt8Array) -> UInt8Array:
    return np.asarray(Image.fromarray(pixels).reduce(2)) if min(pixels.shape[:2]) > 1 else pixels
