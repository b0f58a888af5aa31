"""How alike a master and what was made of it look, from several views.

The master is rendered once (MasterViews). When only textures change, what each view sees of the
derivative is found once as well (Sights), and a try costs no more than looking up texels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vtour.glb.scene import Material, Scene
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.likeness import Frame, frame_of, outline_error, psnr_db, ssim
from vtour.optimise.looks.pictures import Sights, picture_of
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Paints, Surface, patches_of
from vtour.threads import in_order

LIGHTS = (Light.unlit, Light.lit)


@dataclass(frozen=True)
class ViewLooks:
    """One view in one light: see ``likeness``; ``silhouette_share`` is of the master's area."""

    view: int
    light: Light
    ssim: float
    psnr_db: float
    silhouette_share: float
    silhouette_px: float


@dataclass(frozen=True)
class Looks:
    """How alike two scenes look. ``worst`` is the view and light with the least SSIM."""

    views: list[ViewLooks]

    @cached_property
    def worst(self) -> ViewLooks:
        """Where they differ most."""
        return min(self.views, key=lambda looks: looks.ssim)

    @property
    def ssim(self) -> float:
        """Of the worst view."""
        return self.worst.ssim

    @property
    def mean_ssim(self) -> float:
        """Over all views and lights."""
        return float(np.mean([looks.ssim for looks in self.views]))

    @property
    def psnr_db(self) -> float:
        """The least."""
        return min(looks.psnr_db for looks in self.views)

    @property
    def silhouette_share(self) -> float:
        """The greatest."""
        return max(looks.silhouette_share for looks in self.views)

    @property
    def silhouette_px(self) -> float:
        """The greatest."""
        return max(looks.silhouette_px for looks in self.views)

    def to_json(self) -> dict[str, Any]:
        """For the details of a report."""
        return {
            "ssim": round(self.ssim, 5),
            "mean_ssim": round(self.mean_ssim, 5),
            "psnr_db": round(self.psnr_db, 2),
            "silhouette_share": round(self.silhouette_share, 6),
            "silhouette_px": round(self.silhouette_px, 2),
            "worst_view": self.worst.view,
            "worst_light": self.worst.light.value,
            "views": [
                {name: _rounded(value) for name, value in asdict(looks).items()}
                for looks in self.views
            ],
        }


def _rounded(value: Any) -> Any:
    return round(value, 5) if isinstance(value, float) else value


class MasterViews:
    """Renderings of a scene that others are compared with."""

    def __init__(
        self, scene: Scene | Surface, views: list[View], lights: Sequence[Light] = LIGHTS
    ) -> None:
        surface = scene if isinstance(scene, Surface) else Surface(scene)
        self.views = views
        self.unlit = all_unlit(surface.scene)
        self.lights = tuple(lights)
        self.frames = list(_frames(surface, views, self.lights))

    def frame(self, number: int, light: Light) -> Frame:
        """The rendering of a view."""
        return self.frames[number][light]


def all_unlit(scene: Scene) -> bool:
    """Whether light makes no difference to any part of a scene."""
    used = {part.material for part in scene.parts}
    return all(index < len(scene.materials) and scene.materials[index].unlit for index in used)


def _frames(
    surface: Surface | Sights, views: list[View], lights: Sequence[Light]
) -> Iterator[dict[Light, Frame]]:
    """The frames of every view, in their order."""
    sights = surface if isinstance(surface, Sights) else None
    target = sights.surface if sights else surface
    assert isinstance(target, Surface)
    unlit = all_unlit(target.scene)

    def look(number: int) -> dict[Light, Frame]:
        view = views[number]
        patches = sights.seen[number] if sights else patches_of(target, view)
        found: dict[Light, Frame] = {}
        for light in lights:
            if unlit and found:
                found[light] = next(iter(found.values()))
            else:
                found[light] = frame_of(picture_of(target, view, patches, Look(light)))
        return found

    for material in target.scene.materials:
        prepare(target.paints, material, lit=Light.lit in lights)
    for _, found in in_order(look, range(len(views))):
        yield found


def prepare(paints: Paints, material: Material, *, lit: bool) -> None:
    """Make the mip levels before threads ask for them."""
    if material.base is not None:
        paints.mips(material.base, srgb=True)
    if not lit or material.unlit:
        return
    if material.emission is not None:
        paints.mips(material.emission, srgb=True)
    for texture in (material.metallic_roughness, material.normal, material.occlusion):
        if texture is not None:
            paints.mips(texture, srgb=False)


def looks_of(
    master: Scene | MasterViews, derivative: Scene | Sights, views: list[View] | None = None
) -> Looks:
    """How alike a master and a derivative look, unlit and lit.

    views : of a master that has not been rendered.

    Where no material of the two is lit, only the unlit pictures are compared: both are the same.
    """
    return looks_and_frames(master, derivative, views)[0]


def looks_and_frames(
    master: Scene | MasterViews, derivative: Scene | Sights, views: list[View] | None = None
) -> tuple[Looks, Frame, Frame]:
    """The same, with the master's and the derivative's pictures of the worst view."""
    if not isinstance(master, MasterViews):
        if views is None:
            raise ValueError("a master that was not rendered needs views")
        master = MasterViews(master, views)
    source = derivative if isinstance(derivative, Sights) else Surface(derivative)
    scene = source.surface.scene if isinstance(source, Sights) else source.scene
    lights = master.lights
    if master.unlit and all_unlit(scene):
        lights = lights[:1]
    found: list[ViewLooks] = []
    worst: tuple[float, Frame, Frame] | None = None
    for number, frames in enumerate(_frames(source, master.views, lights)):
        for light in lights:
            one, other = master.frame(number, light), frames[light]
            looks = view_looks(number, light, one, other)
            found.append(looks)
            if worst is None or looks.ssim < worst[0]:
                worst = looks.ssim, one, other
    if worst is None:
        raise ValueError("no views to compare")
    return Looks(found), worst[1], worst[2]


def view_looks(number: int, light: Light, one: Frame, other: Frame) -> ViewLooks:
    """Compare two pictures of one view."""
    share, pixels = outline_error(one.inside, other.inside)
    return ViewLooks(number, light, ssim(one, other), psnr_db(one, other), share, pixels)


def texture_ssim(
    master: MasterViews,
    sights: Sights,
    materials: list[Material],
    light: Light = Light.unlit,
) -> list[float]:
    """SSIM of every view when the derivative wears other materials; the same geometry.

    What is cut out or blended stays as the sights' own materials have it.
    """
    paints = Paints()
    for material in materials:
        prepare(paints, material, lit=light is Light.lit)

    def compare(number: int) -> float:
        view = sights.views[number]
        look = Look(light, materials, paints)
        picture = picture_of(sights.surface, view, sights.seen[number], look)
        return ssim(master.frame(number, light), frame_of(picture))

    return [value for _, value in in_order(compare, range(len(sights.views)))]
