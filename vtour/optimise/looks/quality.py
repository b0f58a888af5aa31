"""The quality of a scene's textures: as many bytes as it takes to look like the master.

SSIM and bytes grow with quality, so what lies between two tries is found by interpolation:
3 to 5 tries in place of 6 or 7 by bisection.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from vtour.glb.scene import Material, Texture

LOWEST, HIGHEST = 20, 95
CLOSE = 0.001
"""Above the target: a lower quality would save 1 or 2 % of the bytes."""
A_STEP = 0.0007
"""SSIM for a step of quality, where nothing is known yet."""
FINE = 2
"""Steps of quality between what is enough and what is not: as good as found."""
FILLED = 0.97
"""Of the bytes there are: a higher quality would hardly show."""
STRIDE = 20
"""Steps of quality to where the bytes may suffice."""
SAVED = 0.99
"""Of the bytes of what is to be beaten: less is not worth a try."""


@dataclass(frozen=True)
class Try:
    """What was tried, the SSIM of its worst view, and its bytes.

    side_px : the longest edge of maps that say neither colour nor shape.
    """

    quality: int
    ssim: float
    bytes: int
    texture_px: int = 0
    side_px: int = 0
    faces: int = 0
    way: str = ""


@dataclass(frozen=True)
class Goal:
    """How alike, in how many bytes at most.

    close : so little above the SSIM is close enough.
    """

    ssim: float
    bytes: int
    close: float = CLOSE

    def order(self, each: Try) -> tuple[int, float]:
        """The least is best: alike and small enough, then small enough, then the rest."""
        if each.bytes > self.bytes:
            return 2, each.bytes
        if each.ssim < self.ssim:
            return 1, -each.ssim
        return 0, each.bytes

    def reached(self, each: Try) -> bool:
        """Whether it looks alike and is small enough."""
        return self.order(each)[0] == 0

    def best(self, tries: list[Try]) -> Try:
        """The first of the best ones."""
        return min(tries, key=self.order)


def try_qualities(
    goal: Goal,
    tried: Callable[[int], Try],
    start: int = 80,
    beaten: Try | None = None,
    lowest: int = LOWEST,
    highest: int = HIGHEST,
) -> list[Try]:
    """Tries on the way to the best quality for a goal, which is among them.

    tried  : makes the pictures of a quality and measures them.
    beaten : what else there is: the search ends as soon as it cannot become better than that.

    Bracketing takes for granted that SSIM grows with quality; encoders break that by a hair. So
    nothing is concluded of what was not itself measured: the best is one of the tries.
    """
    tries: list[Try] = []
    below: Try | None = None  # too little
    above: Try | None = None  # enough, or too many bytes
    most, wanted = _to_beat(goal, beaten)
    quality = min(max(start, lowest), highest)
    while True:
        each = tried(quality)
        tries.append(each)
        enough = each.ssim >= goal.ssim
        if each.bytes > most and each.ssim < wanted:
            break
        if _is_close(goal, each):
            break
        if enough or each.bytes > min(most, goal.bytes):
            above = each
        else:
            below = each
        if below and above and above.quality - below.quality <= FINE:
            break
        first = lowest if below is None else below.quality + 1
        last = highest if above is None else above.quality - 1
        if first > last:
            break
        halves = len(tries) % 4 == 3  # where interpolation creeps up from one side
        guess = (first + last) / 2 if halves else _guessed(goal, below, above, tries)
        quality = min(max(round(guess), first), last)
    return tries


def _to_beat(goal: Goal, beaten: Try | None) -> tuple[float, float]:
    """Bytes and SSIM: what has more of the one and less of the other cannot become better."""
    if beaten is None:
        return float("inf"), 0.0
    if goal.reached(beaten):
        return SAVED * beaten.bytes, goal.ssim
    if beaten.bytes <= goal.bytes:
        return float(goal.bytes), beaten.ssim
    return SAVED * beaten.bytes, 0.0


def _is_close(goal: Goal, each: Try) -> bool:
    """Whether another quality could not be much better."""
    if each.ssim >= goal.ssim:
        return each.bytes <= goal.bytes and each.ssim < goal.ssim + goal.close
    return FILLED * goal.bytes <= each.bytes <= goal.bytes


def _guessed(goal: Goal, below: Try | None, above: Try | None, tries: list[Try]) -> float:
    """The quality that should reach the SSIM, or fill the bytes."""
    wanted = goal.ssim + goal.close / 2
    if below and above:
        if above.ssim >= goal.ssim:
            share = (wanted - below.ssim) / max(above.ssim - below.ssim, 1e-9)
        else:
            share = (goal.bytes - below.bytes) / max(above.bytes - below.bytes, 1)
        return below.quality + share * (above.quality - below.quality)
    last = tries[-1]
    if last.bytes > goal.bytes and last.ssim < goal.ssim:
        return last.quality - STRIDE
    step = A_STEP
    if len(tries) > 1:
        step = (tries[-2].ssim - last.ssim) / (tries[-2].quality - last.quality)
    return last.quality + (wanted - last.ssim) / max(step, A_STEP / 3)


def decoded(data: bytes, like: Texture) -> Texture:
    """A picture file as the texture that it stands for.

    like : the texture that was encoded; wrap modes and number of channels are its own.
    """
    mode = "RGBA" if like.pixels.shape[2] == 4 else "RGB"
    with Image.open(io.BytesIO(data)) as picture:
        return Texture(np.asarray(picture.convert(mode)), like.wrap)


def wearing(materials: list[Material], old: Texture, new: Texture) -> list[Material]:
    """Materials with one texture put in place of another, wherever they have it."""
    return [_wearing(material, old, new) for material in materials]


def _wearing(material: Material, old: Texture, new: Texture) -> Material:
    def worn(texture: Texture | None) -> Texture | None:
        return new if texture is old else texture

    return replace(
        material,
        base=worn(material.base),
        metallic_roughness=worn(material.metallic_roughness),
        normal=worn(material.normal),
        occlusion=worn(material.occlusion),
        emission=worn(material.emission),
    )
