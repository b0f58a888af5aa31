"""A scene made new: one surface of fewer faces, one atlas, and maps baked from the master.

The shape that decimation takes away comes back as a normal map, in the frames that three.js
makes of uvs and normals (see ``shading_normals``); no tangents are written. An unlit master, as
photogrammetry makes them, shows only its colours, so it gets nothing else unless asked.

Parts that are blended stay out and are kept beside the new part, over the same vertices with
fewer faces: baked into one surface they would no longer be seen through.
"""

from dataclasses import dataclass, field, replace

from vtour.errors import InputError
from vtour.glb.mesh import UInt8Array
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture
from vtour.optimise.shaping.bake import Wanted, bake_maps, bake_occlusion
from vtour.optimise.shaping.decimate import Budget, decimate_scene
from vtour.optimise.shaping.deviation import Deviation
from vtour.optimise.shaping.layouts import Layouts
from vtour.optimise.shaping.master_surface import MasterSurface
from vtour.optimise.shaping.shading_normals import smooth_normals
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of

LEAST_REACH = 0.002  # of the diagonal
MOST_REACH = 0.05
UNWRAP_LIMIT_S = 240.0
OCCLUSION_REACH = 0.1  # of the diagonal: how far surfaces shade each other


@dataclass(frozen=True, kw_only=True)
class RebakeOptions(StageOptions):
    """What to bake, and how large."""

    texture_px: int = option(2048, "Edge of the maps.", unit="px", minimum=16, maximum=16384)
    occlusion_px: int = option(
        1024, "Largest edge of the occlusion map.", unit="px", minimum=16, maximum=4096
    )


REBAKE_DEFAULTS = RebakeOptions()


@dataclass
class RebakeReport:
    """What came out: counts, the distance from the master, and lines for the user."""

    faces: int = 0
    vertices: int = 0
    charts: int = 0
    deviation: Deviation = field(default_factory=lambda: Deviation(0.0, 0.0, 0.0))
    notes: list[str] = field(default_factory=list)


class Rebaker:
    """Makes one master new, at as many sizes as are wanted.

    master : a clean scene (``clean_scene``).
    finest : the most faces that will be asked for: coarser surfaces then take over its charts.

    Raises InputError when there is no face.
    """

    def __init__(
        self, master: Scene, finest: int | None = None, *, unwrap_limit_s: float = UNWRAP_LIMIT_S
    ) -> None:
        if not master.faces:
            raise InputError("model: no faces, expected a surface to bake from")
        self.master = master
        self.solid, self.blended = _split(master)
        self.share = self.solid.faces / master.faces
        self.layouts = Layouts(
            self.solid, unwrap_limit_s, None if finest is None else round(finest * self.share)
        )
        self.surface = MasterSurface(self.solid)

    def make(
        self,
        budget: Budget,
        options: RebakeOptions = REBAKE_DEFAULTS,
        progress: Progress = no_progress,
    ) -> tuple[Scene, RebakeReport]:
        """The master as one part with one material, within a budget of faces or of error."""
        report = RebakeReport()
        progress(0.0, "laying out charts")
        layout = self.layouts.layout(_share_of(budget, self.share), options.texture_px)
        report.deviation, report.charts = layout.deviation, layout.atlas.charts
        report.notes += layout.notes
        progress(0.3, "baking")
        target = replace(layout.part, normals=smooth_normals(layout.positions, layout.atlas.faces))
        part, material = _baked(self.surface, target, options, report, part_of(progress, 0.3, 1.0))
        scene = replace(self.master, parts=[part], materials=[material])
        if self.blended is not None:
            kept, _ = decimate_scene(self.blended, _share_of(budget, 1 - self.share))
            parts = [replace(p, material=p.material + 1) for p in kept.parts]
            scene = replace(scene, parts=[part, *parts], materials=[material, *kept.materials])
            report.notes.append(f"{len(parts)} blended parts are kept as they are, not baked")
        report.faces = scene.faces
        report.vertices = sum(len(part.positions) for part in scene.parts)
        return scene, report


def rebake(
    master: Scene,
    budget: Budget,
    options: RebakeOptions = REBAKE_DEFAULTS,
    progress: Progress = no_progress,
) -> tuple[Scene, RebakeReport]:
    """``Rebaker.make``, for one size alone."""
    return Rebaker(master).make(budget, options, progress)


def _share_of(budget: Budget, share: float) -> Budget:
    if budget.faces is None:
        return budget
    return Budget(faces=max(1, round(budget.faces * share)))


def _split(master: Scene) -> tuple[Scene, Scene | None]:
    """What is baked, and what is blended; all is baked when all is blended."""
    clear = [master.materials[p.material].alpha_mode is AlphaMode.blend for p in master.parts]
    if all(clear) or not any(clear):
        return master, None
    solid = [part for part, blended in zip(master.parts, clear, strict=True) if not blended]
    rest = [part for part, blended in zip(master.parts, clear, strict=True) if blended]
    used = sorted({part.material for part in rest})
    rest = [replace(part, material=used.index(part.material)) for part in rest]
    materials = [master.materials[number] for number in used]
    return replace(master, parts=solid), replace(master, parts=rest, materials=materials)


def _baked(
    surface: MasterSurface,
    target: Part,
    options: RebakeOptions,
    report: RebakeReport,
    progress: Progress,
) -> tuple[Part, Material]:
    master = surface.scene
    materials = [master.materials[part.material] for part in master.parts]
    unlit = all(material.unlit for material in materials)
    lit = not unlit
    colours = any(part.colours is not None for part in master.parts)
    modes = {material.alpha_mode for material in materials}
    wanted = Wanted(
        base=colours or _varies(materials, "base", "base_colour"),
        alpha=modes != {AlphaMode.opaque},
        normal=lit,
        metallic_roughness=lit and _numbers_vary(materials),
        emission=_varies(materials, "emission", "emissive"),
    )
    reach = _reach(report.deviation, surface.diagonal)
    size = options.texture_px
    maps = bake_maps(
        surface, target, size, wanted, reach=reach, progress=part_of(progress, 0.0, 0.8)
    )
    occlusion = None
    if lit:
        progress(0.8, "baking occlusion")
        distance = OCCLUSION_REACH * surface.diagonal
        occlusion = bake_occlusion(
            surface, target, min(size, options.occlusion_px), distance, reach
        )
    first = materials[0]
    mode = next(m for m in (AlphaMode.blend, AlphaMode.mask, AlphaMode.opaque) if m in modes)
    material = Material(
        name="site",
        base_colour=(1.0, 1.0, 1.0, 1.0) if wanted.base else first.base_colour,
        base=_texture(maps.base),
        metallic=1.0 if wanted.metallic_roughness else first.metallic,
        roughness=1.0 if wanted.metallic_roughness else first.roughness,
        metallic_roughness=_texture(maps.metallic_roughness),
        normal=_texture(maps.normal),
        occlusion=_texture(occlusion),
        emissive=(1.0, 1.0, 1.0) if wanted.emission else first.emissive,
        emission=_texture(maps.emission),
        alpha_mode=mode,
        double_sided=any(material.double_sided for material in materials),
        unlit=unlit,
    )
    keeps_uvs = bool(material.textures)
    return replace(
        target,
        normals=target.normals if lit else None,
        uvs=target.uvs if keeps_uvs else None,
    ), material


def _reach(deviation: Deviation, diagonal: float) -> float:
    """How far along its normal a texel looks: twice the distance, for what is met at a slant."""
    return min(max(2 * deviation.largest, LEAST_REACH * diagonal), MOST_REACH * diagonal)


def _varies(materials: list[Material], texture: str, factor: str) -> bool:
    """Whether one factor for all would not do."""
    textured = any(getattr(material, texture) is not None for material in materials)
    return textured or len({getattr(material, factor) for material in materials}) > 1


def _numbers_vary(materials: list[Material]) -> bool:
    factors = {(material.metallic, material.roughness) for material in materials}
    return _varies(materials, "metallic_roughness", "metallic") or len(factors) > 1


def _texture(pixels: UInt8Array | None) -> Texture | None:
    return None if pixels is None else Texture(pixels)
