"""The lowest quality of a texture at which a derivative still looks like its master."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from vtour.glb.scene import Material, Texture

LOWEST, HIGHEST = 20, 95


@dataclass(frozen=True)
class Try:
    """A quality that was tried, the SSIM of its worst view, and its bytes."""

    quality: int
    ssim: float
    bytes: int


@dataclass(frozen=True, eq=False)
class Choice:
    """The chosen quality and its picture file.

    reached : whether it reaches the target; else it is the highest quality there is.
    tries   : all that were measured, in order, for the report.
    """

    chosen: Try
    data: bytes
    reached: bool
    tries: list[Try]


def quality_for(
    ssim_target: float,
    encode: Callable[[int], bytes],
    ssim_of: Callable[[bytes], float],
    lowest: int = LOWEST,
    highest: int = HIGHEST,
) -> Choice:
    """The lowest quality whose worst SSIM reaches the target, by bisection.

    encode  : the picture file at a quality.
    ssim_of : the SSIM of the worst view when the derivative wears that picture.

    Bisection takes for granted that SSIM grows with quality; encoders break that by a hair. So
    nothing is chosen that was not itself measured, and of all that passed the lowest is chosen.
    """
    tries: list[Try] = []
    best: tuple[Try, bytes] | None = None
    below, above = lowest - 1, highest + 1  # fails, passes: as far as is known
    while above - below > 1:
        quality = (below + above) // 2
        data = encode(quality)
        tries.append(Try(quality, ssim_of(data), len(data)))
        if tries[-1].ssim >= ssim_target:
            above = quality
            if best is None or quality < best[0].quality:
                best = tries[-1], data
        else:
            below = quality
    if best is not None:
        return Choice(*best, reached=True, tries=tries)
    return Choice(tries[-1], data, reached=False, tries=tries)


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
