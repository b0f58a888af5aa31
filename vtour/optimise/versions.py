"""Web versions of a scene: at each step the smallest file that still looks like its master.

Two ways lead to fewer bytes. *Kept*: fewer faces over the master's own charts, its textures made
smaller; sharp, but thousands of charts keep their borders. *Re-baked*: a new surface and a new
atlas; small, but every texel is resampled once. Which one is smaller at equal looks depends on the
model, so both are made and measured: the SSIM of the worst of eight views (``looks``) against the
master, textures at the lowest quality that reaches the target.

Where no quality reaches it within the step's bytes, the version that looks best within them is
taken; where nothing fits, the smallest, and the report says so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.glb.scene import Material, Scene, Texture
from vtour.glb.xmp import Credits
from vtour.models import read_scene
from vtour.optimise.decimate import Budget, decimate_scene
from vtour.optimise.geometry import Geometry, pack_geometry
from vtour.optimise.looks.compare import LIGHTS, Looks, MasterViews, looks_and_frames, texture_ssim
from vtour.optimise.looks.distances import Distances, distances_of
from vtour.optimise.looks.likeness import Frame
from vtour.optimise.looks.pictures import Sights
from vtour.optimise.looks.quality import HIGHEST, LOWEST, Try, decoded, wearing
from vtour.optimise.looks.ring import views_of
from vtour.optimise.looks.surface import Surface
from vtour.optimise.rebake import RebakeOptions, rebake
from vtour.optimise.texel_density import texture_px_for
from vtour.optimise.write_web import WebOptions, bytes_of, encode_pictures, write_joined
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.tour import Quality

FACES_SLACK = 1.2  # charts that keep their borders miss a budget of faces by so much at most
REBAKED_DENSITY = 1.5  # texels along a line for one of the master: what resampling blurs, in part


SMALLER = 0.9
"""Of the bytes of the next finer version: what is not smaller is left out."""
FAR_APART = 4
"""Times the bytes of the next coarser version: then there is one between."""


class Made(StrEnum):
    """When a step's version is made."""

    always = "always"
    when_missed = "when missed"
    """The next coarser version does not reach the target."""
    when_far = "when far"
    """The next finer version has over FAR_APART times the bytes of the next coarser one."""


@dataclass(frozen=True)
class Step:
    """One version to make, and its budgets."""

    name: str
    quality: Quality
    faces: int
    texture_px: int
    bytes: int
    made: Made = Made.always


STEPS = (
    Step("thumb", Quality.thumb, 20_000, 512, 200_000),
    Step("low", Quality.low, 30_000, 1024, 600_000, Made.when_far),
    Step("medium", Quality.medium, 60_000, 1024, 1_500_000),
    Step("high", Quality.high, 150_000, 2048, 3_000_000),
    Step("highest", Quality.highest, 400_000, 8192, 20_000_000, Made.when_missed),
)
"""Coarse to fine. Thumb as Smithsonian's Cook, high as Khronos' 3D Commerce guidelines (2K maps,
3 MB); highest is the smallest that reaches the target where high does not."""


@dataclass(frozen=True, kw_only=True)
class VersionOptions(StageOptions):
    """How alike a version must look, and how it is stored."""

    ssim: float = option(
        0.98,
        "SSIM of the worst view to reach.",
        minimum=0.5,
        maximum=1,
    )
    views: int = option(8, "Views from which looks are compared.", minimum=1, maximum=32)
    view_px: int = option(1024, "Long side of a view.", unit="px", minimum=128, maximum=4096)
    unwrap_limit_s: float = option(240.0, "Longest CPU time for one atlas.", unit="s", minimum=1)


VERSION_DEFAULTS = VersionOptions()


@dataclass(frozen=True, eq=False)
class Version:
    """A version that was written, and what was measured of its file.

    frames : the master and the version where they differ most.
    """

    step: Step
    path: Path
    way: str
    bytes: int
    faces: int
    texture_px: int
    quality: int
    looks: Looks
    frames: tuple[Frame, Frame]
    distances: Distances
    tries: list[Try] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Candidate:
    way: str
    scene: Scene
    geometry: Geometry
    quality: int
    ssim: float
    bytes: int
    tries: list[Try]
    notes: list[str]


class VersionMaker:
    """Makes the versions of one master: what all of them are compared with is rendered once."""

    def __init__(
        self,
        master: Scene,
        options: VersionOptions = VERSION_DEFAULTS,
        web: WebOptions | None = None,
        credits: Credits | None = None,
    ) -> None:
        self.master, self.options, self.credits = master, options, credits
        self.web = web or WebOptions()
        views = views_of(master, options.views, options.view_px)
        self.views = MasterViews(master, views)
        self.lights = LIGHTS[:1] if self.views.unlit else LIGHTS

    def make_all(
        self,
        steps: Sequence[Step],
        path_of: Callable[[Step], Path],
        progress: Progress = no_progress,
    ) -> list[Version]:
        """Write the versions of ``steps``, which come coarse to fine and so are returned.

        Left out are steps that are not needed (``Made``), and versions that are not smaller than
        the next finer one (SMALLER); the first step's always stays. What was left out is told by
        the notes of the version that stands for it. No file of it stays.
        """
        found: dict[str, Version] = {}
        order = [s for s in steps if s.made is Made.always]
        order += [s for s in steps if s.made is not Made.always]
        for number, step in enumerate(order):
            inner = part_of(progress, number / len(order), (number + 1) / len(order))
            if self._needed(step, steps, found):
                found[step.name] = self.make(step, path_of(step), inner)
        kept: list[Version] = []
        for step in reversed(steps):
            version = found.get(step.name)
            if version is None:
                continue
            finer = kept[-1] if kept else None
            if finer and step is not steps[0] and version.bytes > SMALLER * finer.bytes:
                version.path.unlink()
                finer.notes.append(
                    f"{step.name} is left out: {version.bytes:,} bytes, {finer.step.name} has "
                    f"{finer.bytes:,}"
                )
            else:
                kept.append(version)
        return kept[::-1]

    def _needed(self, step: Step, steps: Sequence[Step], found: dict[str, Version]) -> bool:
        place = steps.index(step)
        coarser = [found[s.name] for s in steps[:place] if s.name in found]
        finer = [found[s.name] for s in steps[place + 1 :] if s.name in found]
        if step.made is Made.when_missed:
            return not coarser or coarser[-1].looks.ssim < self.options.ssim
        if step.made is Made.when_far and coarser and finer:
            return finer[0].bytes > FAR_APART * coarser[-1].bytes
        return True

    def make(self, step: Step, path: Path, progress: Progress = no_progress) -> Version:
        """Write the best version of a step, all or nothing."""
        found: list[_Candidate] = []
        for number, (way, scene, notes) in enumerate(self._ways(step)):
            progress(number / 2, f"{step.name}: {way}")
            found.append(self._searched(way, scene, notes, step))
        best = min(found, key=lambda each: self._order(each, step))
        progress(0.95, f"writing {step.name}")
        pictures = encode_pictures(best.scene, self._stored(best.quality))
        written = write_joined(path, best.scene, best.geometry, pictures, self.credits)
        shown = read_scene(path)
        looks, master, derivative = looks_and_frames(self.views, shown)
        notes = list(best.notes)
        if written.total > step.bytes:
            notes.append(f"{path.name}: {written.total:,} bytes, expected at most {step.bytes:,}")
        return Version(
            step, path, best.way, written.total, shown.faces, _largest_px(shown), best.quality,
            looks, (master, derivative), distances_of(self.master, shown), best.tries, notes,
        )  # fmt: skip

    def _order(self, each: "_Candidate | Try", step: Step) -> tuple[int, float]:
        """The least is best: alike and small enough, then small enough, then the rest."""
        if each.bytes > step.bytes:
            return 2, each.bytes
        if each.ssim < self.options.ssim:
            return 1, -each.ssim
        return 0, each.bytes

    def _ways(self, step: Step) -> Iterator[tuple[str, Scene, list[str]]]:
        """The scene with at most the step's faces and texels, in both ways."""
        faces = min(step.faces, self.master.faces)
        kept, _ = decimate_scene(self.master, Budget(faces=faces))
        if kept.faces <= FACES_SLACK * faces:
            yield "kept", with_texture_px(kept, step.texture_px), []
        wanted = round(REBAKED_DENSITY * texture_px_for(self.master) / 64) * 64
        options = RebakeOptions(
            texture_px=max(64, min(step.texture_px, wanted)),
            unwrap_limit_s=self.options.unwrap_limit_s,
        )
        baked, report = rebake(self.master, Budget(faces=faces), options)
        yield "re-baked", baked, report.notes

    def _stored(self, quality: int) -> WebOptions:
        """How a version is stored with a quality of its colours."""
        return replace(
            self.web,
            colour_quality=quality,
            normal_quality=min(quality + 5, 100),
            surface_quality=max(quality - 5, 1),
            occlusion_quality=max(quality - 15, 1),
        )

    def _searched(self, way: str, scene: Scene, notes: list[str], step: Step) -> _Candidate:
        """The lowest quality that reaches the target; else the highest that fits the bytes."""
        geometry = pack_geometry(scene, self.web.compression, self.web.bits)
        sights = Sights(Surface(scene), self.views.views)
        tries: list[Try] = []

        def tried(quality: int) -> Try:
            web = self._stored(quality)
            pictures = encode_pictures(scene, web)
            total = bytes_of(
                scene, web, geometry=geometry, pictures=pictures, credits=self.credits
            ).total
            shown = _worn(scene, {key: each.data for key, each in pictures.items()})
            ssim = min(
                min(texture_ssim(self.views, sights, shown.materials, light))
                for light in self.lights
            )
            tries.append(Try(quality, ssim, total))
            return tries[-1]

        if not any(material.textures for material in scene.materials):
            only = tried(HIGHEST)
            return _Candidate(way, scene, geometry, HIGHEST, only.ssim, only.bytes, tries, notes)
        below, above = LOWEST - 1, HIGHEST + 1
        while above - below > 1:
            middle = (below + above) // 2
            each = tried(middle)
            if each.ssim >= self.options.ssim or each.bytes > step.bytes:
                above = middle
            else:
                below = middle
        best = min(tries, key=lambda each: self._order(each, step))
        return _Candidate(way, scene, geometry, best.quality, best.ssim, best.bytes, tries, notes)


def with_texture_px(scene: Scene, longest_px: int) -> Scene:
    """The scene with textures shrunk so that no edge is longer than ``longest_px``."""
    materials = scene.materials
    for texture in {id(t): t for material in materials for t in material.textures}.values():
        height, width = texture.pixels.shape[:2]
        scale = longest_px / max(height, width)
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            image = Image.fromarray(texture.pixels).resize(size, Image.Resampling.BOX)
            materials = wearing(materials, texture, Texture(np.asarray(image), texture.wrap))
    return replace(scene, materials=materials)


def _worn(scene: Scene, pictures: dict[int, bytes]) -> Scene:
    """The scene as a viewer shows it, with its pictures decoded."""
    materials: list[Material] = scene.materials
    for texture in {id(t): t for material in materials for t in material.textures}.values():
        data = pictures.get(id(texture.pixels))
        if data is not None:
            materials = wearing(materials, texture, decoded(data, texture))
    return replace(scene, materials=materials)


def _largest_px(scene: Scene) -> int:
    return max((max(t.pixels.shape[:2]) for m in scene.materials for t in m.textures), default=0)
