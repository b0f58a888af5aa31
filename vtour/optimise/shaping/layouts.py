"""Surfaces of a master that are to be baked: fewer faces, and charts to bake onto.

Finding charts costs xatlas far more than packing them. So they are found once, for the finest
surface that is wanted; those of coarser ones are the same charts with fewer faces, packed anew for
the size of their texture. Measured on a site of 99 k faces (four views of 512 px; seconds of
processor time for charts, those of the finest not counted):

    faces, texture          charts of its own           charts of the finest
    60,000, 1024 px         26 s, SSIM 0.989, 415 kB    1.2 s, SSIM 0.989, 419 kB
    20,000,  512 px          5 s, SSIM 0.986, 169 kB    1.1 s, SSIM 0.985, 179 kB

Borders of charts cost faces and bytes where few are left, so the coarsest have charts of their own.
"""

from dataclasses import dataclass

import numpy as np

from vtour.glb.mesh import Float32Array
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.optimise.shaping.decimate import Budget, Surface, decimate_scene, decimate_welded
from vtour.optimise.shaping.deviation import Deviation
from vtour.optimise.shaping.unwrap import (
    UnwrapError,
    Unwrapped,
    repack_charts,
    unwrap_along_axes,
    unwrap_mesh,
)

OWN_CHARTS = 30_000
"""Surfaces of at most so many faces have charts of their own."""
MISSED = 1.02
"""Charts of the finest are no use where their borders leave so many times the wanted faces."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A surface and its charts.

    positions : (n, 3) float32; vertices on the border of charts are there once for each.
    deviation : from the master.
    notes     : one line each.
    """

    positions: Float32Array
    atlas: Unwrapped
    deviation: Deviation
    notes: tuple[str, ...] = ()

    @property
    def part(self) -> Part:
        """As a part with uvs, no normals."""
        return Part(self.positions, self.atlas.faces, uvs=self.atlas.uvs, name="site")


class Layouts:
    """The surfaces of one master.

    finest : the most faces that will be asked for; None: every surface has its own charts.
    """

    def __init__(self, master: Scene, limit_s: float, finest: int | None = None) -> None:
        self.master, self.limit_s = master, limit_s
        self.finest = None if finest is None else min(finest, master.faces)
        self._finest: Layout | None = None

    def layout(self, budget: Budget, texture_px: int) -> Layout:
        """A surface within a budget, with charts for a texture of that edge."""
        faces = budget.faces
        if faces is None or self.finest is None or not OWN_CHARTS < faces <= self.finest:
            return self._own(budget, texture_px)
        if self._finest is None:
            self._finest = self._own(Budget(faces=self.finest), texture_px)
        return self._coarser(self._finest, faces, texture_px) or self._own(budget, texture_px)

    def _own(self, budget: Budget, texture_px: int) -> Layout:
        surface, deviation = decimate_welded(self.master, budget)
        atlas, *notes = self._charts(surface, texture_px)
        return Layout(_placed(surface, atlas), atlas, deviation, tuple(notes))

    def _charts(self, surface: Surface, texture_px: int) -> tuple[Unwrapped, *tuple[str, ...]]:
        try:
            return (unwrap_mesh(*surface, texture_px, limit_s=self.limit_s),)
        except UnwrapError as error:
            note = f"{error}; charts along the axes instead"
            return unwrap_along_axes(*surface, texture_px), note

    def _coarser(self, finest: Layout, faces: int, texture_px: int) -> Layout | None:
        """The finest surface with fewer faces; None when its charts are in the way."""
        bare = Scene([finest.part], [CHARTED])
        coarser, further = decimate_scene(bare, Budget(faces=faces))
        if not coarser.parts or coarser.faces > MISSED * faces:
            return None
        part = coarser.parts[0]
        assert part.uvs is not None
        surface = part.positions, part.faces
        try:
            atlas = repack_charts(*surface, part.uvs, texture_px, limit_s=self.limit_s)
        except UnwrapError:
            return None
        deviation = Deviation(
            finest.deviation.largest + further.largest,
            finest.deviation.mean + further.mean,
            finest.deviation.percentile_99 + further.percentile_99,
        )
        return Layout(_placed(surface, atlas), atlas, deviation, finest.notes)


CHARTED = Material(base=Texture(np.zeros((1, 1, 3), np.uint8)), unlit=True)
"""Makes uvs count when faces are taken away."""


def _placed(surface: Surface, atlas: Unwrapped) -> Float32Array:
    return np.ascontiguousarray(surface[0][atlas.vertices])
