"""How alike a scene and its master look, many times over: only where they differ most.

The first scene is compared in all views and lights, all that follows in the few that were worst
for the first: which these are hardly changes with faces or the quality of a texture. Of 16
pictures 3 are drawn, and what was chosen is measured in all of them in the end.
"""

from collections.abc import Sequence

from vtour.glb.scene import Material, Scene
from vtour.optimise.looks.compare import MasterViews, prepare
from vtour.optimise.looks.likeness import frame_of, ssim
from vtour.optimise.looks.pictures import picture_of
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Paints, Patch, Surface, patches_of
from vtour.threads import in_order

WATCHED = 3

Pair = tuple[int, Light]


class Watched:
    """A master, and the pictures of it in which others are compared."""

    def __init__(self, master: MasterViews, lights: Sequence[Light]) -> None:
        self.master = master
        self.pairs: list[Pair] = [(n, light) for n in range(len(master.views)) for light in lights]
        self.chosen = False

    def choose(self, found: dict[Pair, float]) -> None:
        """Keep those with the least SSIM."""
        self.chosen = True
        self.pairs = sorted(self.pairs, key=lambda pair: found[pair])[:WATCHED]

    def add(self, number: int, light: Light) -> bool:
        """Watch one more picture; whether it was not watched before."""
        new = (number, light) not in self.pairs
        if new:
            self.pairs.append((number, light))
        return new


class Watch:
    """One geometry that wears many textures."""

    def __init__(self, watched: Watched, scene: Scene) -> None:
        self.watched, self.surface = watched, Surface(scene)
        self.seen: dict[int, list[Patch]] = {}

    def ssim(self, materials: list[Material]) -> float:
        """Of the worst picture, among those that are watched."""
        found = self._compared(materials, self.watched.pairs)
        if not self.watched.chosen:
            self.watched.choose(found)
            numbers = {number for number, _ in self.watched.pairs}
            self.seen = {number: self.seen[number] for number in numbers}
        return min(found.values())

    def _compared(self, materials: list[Material], pairs: list[Pair]) -> dict[Pair, float]:
        master, paints = self.watched.master, Paints()
        lit = any(light is Light.lit for _, light in pairs)
        for material in materials:
            prepare(paints, material, lit=lit)
        views = sorted({number for number, _ in pairs})

        def compare(number: int) -> dict[Pair, float]:
            view = master.views[number]
            patches = self.seen.get(number)
            if patches is None:
                patches = self.seen[number] = patches_of(self.surface, view)
            likeness: dict[Pair, float] = {}
            for light in (light for each, light in pairs if each == number):
                look = Look(light, materials, paints)
                frame = frame_of(picture_of(self.surface, view, patches, look))
                likeness[number, light] = ssim(master.frame(number, light), frame)
            return likeness

        found: dict[Pair, float] = {}
        for _, values in in_order(compare, views):
            found |= values
        return found
