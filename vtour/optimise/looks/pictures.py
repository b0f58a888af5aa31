"""Pictures of a scene: what a view sees, coloured and put together over a background."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.shading import Look, colours_of
from vtour.optimise.looks.surface import Patch, Surface, patches_of
from vtour.optimise.looks.textures import encode

BEHIND = 128
"""Grey behind what is compared: neither light nor dark surfaces vanish into it."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A rendering.

    pixels : (h, w, 3) float32 sRGB, 0 to 255.
    cover  : (h, w) float32, the share of each pixel that the scene covers.
    """

    pixels: Float32Array
    cover: Float32Array


class Sights:
    """What several views see of a scene, to be coloured more than once."""

    def __init__(self, surface: Surface, views: list[View]) -> None:
        self.surface, self.views = surface, views
        self.seen = [patches_of(surface, view) for view in views]


def picture_of(surface: Surface, view: View, patches: list[Patch], look: Look) -> Picture:
    """What is seen, over plain grey."""
    behind = np.full((view.height, view.width, 3), BEHIND, np.float32)
    pixels = painted(surface, view, patches, look, behind)
    return Picture(pixels, cover_of(view, patches))


def cover_of(view: View, patches: list[Patch]) -> Float32Array:
    """The share of each pixel that something covers, (h, w) float32."""
    cover = np.zeros(view.width * view.height, np.float32)
    for patch in patches:
        _add_shares(cover, patch.pixel, patch.weight)
    return np.minimum(cover, 1).reshape(view.height, view.width)


def painted(
    surface: Surface, view: View, patches: list[Patch], look: Look, background: Float32Array
) -> Float32Array:
    """What is seen over a background (h, w, 3), both sRGB of 0 to 255, float32."""
    total = np.zeros((view.width * view.height, 3), np.float32)
    cover = cover_of(view, patches).reshape(-1, 1)
    for patch in patches:
        colours = encode(colours_of(surface, patch, view, look))
        _add_colours(total, patch.pixel, patch.weight, colours)
    over = total + (1 - cover) * background.reshape(-1, 3)
    return over.reshape(view.height, view.width, 3)


def quantised(pixels: Float32Array) -> UInt8Array:
    """Rounded to bytes."""
    return np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_shares(cover: Float32Array, pixel: NDArray[np.int32], weight: Float32Array) -> None:
    for i in range(len(pixel)):
        cover[pixel[i]] += weight[i]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_colours(
    total: Float32Array, pixel: NDArray[np.int32], weight: Float32Array, colours: Float32Array
) -> None:
    for i in range(len(pixel)):
        for c in range(3):
            total[pixel[i], c] += weight[i] * colours[i, c]
