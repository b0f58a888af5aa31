"""One geometry and its textures, tried at many sizes and qualities against the master."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Material, Scene, Texture
from vtour.glb.xmp import Credits
from vtour.models import read_scene
from vtour.optimise.looks.quality import Try, decoded, wearing
from vtour.optimise.looks.watch import Watch, Watched
from vtour.optimise.writing.geometry import pack_geometry
from vtour.optimise.writing.write_web import (
    GlbBytes,
    WebOptions,
    encode_pictures,
    joined_glb,
    write_joined,
)
from vtour.progress import Progress, no_progress


@dataclass(frozen=True)
class Sizes:
    """Longest edges of textures.

    side_px : of maps that say neither colour nor shape: occlusion, roughness and metal.
    """

    px: int
    side_px: int


class Subject:
    """A geometry, packed once, and what it looked like in each dress.

    way, notes : how it was made, and what the user should know of that.
    log        : told of every try.
    """

    def __init__(
        self,
        way: str,
        scene: Scene,
        watched: Watched,
        web: WebOptions,
        credits: Credits | None = None,
        notes: list[str] | None = None,
        log: list[Try] | None = None,
    ) -> None:
        self.way, self.scene, self.notes = way, scene, notes or []
        self.log = [] if log is None else log
        self.watched = watched
        self.web, self.credits = web, credits
        self.geometry = pack_geometry(scene, web.compression, web.bits)
        self.faces = self.geometry.faces
        self.geometry_bytes = len(self.geometry.document.blob)
        self.tries: dict[tuple[Sizes, int], Try] = {}
        self._watch: tuple[Watch, list[int]] | None = None
        self._dressed: tuple[Sizes, Scene] | None = None

    @property
    def textured(self) -> bool:
        """Whether there is anything to try."""
        return any(material.textures for material in self.scene.materials)

    @property
    def largest(self) -> Sizes:
        """The sizes that its textures have."""
        every = [t for material in self.scene.materials for t in material.textures]
        side = side_textures(self.scene)
        return Sizes(
            max((max(t.pixels.shape[:2]) for t in every), default=0),
            max((max(t.pixels.shape[:2]) for t in every if id(t) in side), default=0),
        )

    def tried(self, sizes: Sizes, quality: int, progress: Progress = no_progress) -> Try:
        """What it weighs and looks like, measured once."""
        key = (sizes, quality)
        if key not in self.tries:
            self.tries[key] = self._tried(sizes, quality)
            self.log.append(self.tries[key])
            progress(0.0, told(self.tries[key]))
        return self.tries[key]

    def write(
        self, path: Path, sizes: Sizes, quality: int, format: PictureFormat | None = None
    ) -> GlbBytes:
        """Write it, all or nothing; with pictures of another format than those tried."""
        scene, web = self._at(sizes), self._stored(quality)
        pictures = encode_pictures(scene, replace(web, pictures=format or web.pictures))
        return write_joined(path, scene, self.geometry, pictures, self.credits)

    def _tried(self, sizes: Sizes, quality: int) -> Try:
        scene = self._at(sizes)
        pictures = encode_pictures(scene, self._stored(quality))
        data = joined_glb(scene, self.geometry, pictures, self.credits)
        worn = _worn(scene, {key: each.data for key, each in pictures.items()})
        watch, order = self._watching(data)
        ssim = watch.ssim([worn.materials[number] for number in order])
        return Try(quality, ssim, len(data), sizes.px, sizes.side_px, self.faces, self.way)

    def _watching(self, glb: bytes) -> tuple[Watch, list[int]]:
        """What is seen of the geometry as it is stored, and which materials that has."""
        if self._watch is None:
            with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
                path = Path(folder, "try.glb")
                path.write_bytes(glb)
                shown = read_scene(path)
            order = list(dict.fromkeys(part.material for part in self.scene.parts))
            if len(order) != len(shown.materials):  # all faces of one were flattened
                shown, order = self.scene, list(range(len(self.scene.materials)))
            self._watch = Watch(self.watched, shown), order
        return self._watch

    def _at(self, sizes: Sizes) -> Scene:
        """The scene with textures of a size; the last one is kept."""
        if self._dressed is None or self._dressed[0] != sizes:
            scene = with_texture_px(self.scene, sizes.px, sizes.side_px)
            self._dressed = sizes, scene
        return self._dressed[1]

    def _stored(self, quality: int) -> WebOptions:
        """How a version is stored with a quality of its colours."""
        return replace(
            self.web,
            colour_quality=quality,
            normal_quality=min(quality + 5, 100),
            surface_quality=max(quality - 5, 1),
            occlusion_quality=max(quality - 15, 1),
        )


def told(each: Try) -> str:
    """One line for who waits."""
    size = f", {each.texture_px} px at quality {each.quality}" if each.texture_px else ""
    return f"{each.way}, {each.faces:,} faces{size}: {each.bytes:,} bytes, SSIM {each.ssim:.3f}"


def side_textures(scene: Scene) -> set[int]:
    """``id`` of the textures that say neither colour nor shape anywhere."""
    side: set[int] = set()
    other: set[int] = set()
    for material in scene.materials:
        side |= {id(t) for t in (material.occlusion, material.metallic_roughness) if t is not None}
        seen = (material.base, material.normal, material.emission)
        other |= {id(t) for t in seen if t is not None}
    return side - other


def with_texture_px(scene: Scene, longest_px: int, side_px: int | None = None) -> Scene:
    """The scene with textures shrunk so that no edge is longer than ``longest_px``.

    side_px : the same of ``side_textures``.
    """
    materials = scene.materials
    side = side_textures(scene)
    for texture in {id(t): t for material in materials for t in material.textures}.values():
        height, width = texture.pixels.shape[:2]
        most = longest_px if side_px is None or id(texture) not in side else side_px
        scale = most / max(height, width)
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
