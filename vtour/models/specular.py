"""Specular and glossiness to metal and roughness.

Source: Khronos, KHR_materials_pbrSpecularGlossiness, examples/convert-between-workflows
(three.pbrUtilities.js): metal is what makes a dielectric of 4 % reflect as much as is told.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vtour.frames import FloatArray
from vtour.glb.mesh import UInt8Array
from vtour.glb.scene import Material, Texture, Wrap
from vtour.srgb import linear_from_srgb, srgb_from_linear

DIELECTRIC = 0.04
TINY = 1e-6
ROWS_PIXELS = 1 << 20


@dataclass(frozen=True)
class Specular:
    """A material of the extension.

    diffuse      : linear, and alpha; diffuse_map: sRGB, multiplied.
    specular     : linear; specular_map: sRGB, its fourth channel multiplies the glossiness.
    """

    diffuse: tuple[float, float, float, float]
    specular: tuple[float, float, float]
    glossiness: float
    diffuse_map: Texture | None
    specular_map: Texture | None


def metallic_from_specular(source: Specular) -> Material:
    """The same look as metal and roughness; maps are computed only where the metal varies."""
    rough = 1 - source.glossiness
    if source.specular_map is None and max(source.specular) <= DIELECTRIC:
        return Material(
            base_colour=source.diffuse, base=source.diffuse_map, metallic=0.0, roughness=rough
        )
    if source.specular_map is None and source.diffuse_map is None:
        diffuse, specular = np.array([source.diffuse[:3]]), np.array([source.specular])
        base, metal = metal_of(diffuse, specular)
        red, green, blue = (float(value) for value in base[0])
        return Material(
            base_colour=(red, green, blue, source.diffuse[3]),
            metallic=float(metal[0]),
            roughness=rough,
        )
    return _with_maps(source)


def metal_of(diffuse: FloatArray, specular: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Linear base colour (n, 3) and metal (n,) of linear diffuse and specular colours (n, 3)."""
    strength = specular.max(axis=1)
    brightness = _brightness(specular)
    rest = 1 - strength
    b = _brightness(diffuse) * rest / (1 - DIELECTRIC) + brightness - 2 * DIELECTRIC
    root = np.sqrt(np.maximum(b * b - 4 * DIELECTRIC * (DIELECTRIC - brightness), 0))
    metal = np.clip((root - b) / (2 * DIELECTRIC), 0, 1)
    metal = np.where(brightness < DIELECTRIC, 0, metal)
    one = metal[:, None]
    of_diffuse = diffuse * (rest[:, None] / (1 - DIELECTRIC) / np.maximum(1 - one, TINY))
    of_specular = (specular - DIELECTRIC * (1 - one)) / np.maximum(one, TINY)
    base = of_diffuse + (of_specular - of_diffuse) * one**2
    return np.clip(base, 0, 1), metal


def _brightness(colours: FloatArray) -> FloatArray:
    """Perceived, of (n, 3) linear colours (HSP model, as in the source)."""
    bright: FloatArray = np.sqrt((colours**2) @ np.array([0.299, 0.587, 0.114]))
    return bright


def _with_maps(source: Specular) -> Material:
    maps = [one for one in (source.diffuse_map, source.specular_map) if one is not None]
    height, width = maps[0].pixels.shape[:2]
    diffuse = _of_size(source.diffuse_map, height, width)
    specular = _of_size(source.specular_map, height, width)
    base = np.empty((height, width, 3 if diffuse.shape[2] == 3 else 4), np.uint8)
    surface = np.full((height, width, 3), 255, np.uint8)
    for start in range(0, height, max(1, ROWS_PIXELS // width)):
        rows = slice(start, start + max(1, ROWS_PIXELS // width))
        light, shine = diffuse[rows], specular[rows]
        colours, metal = metal_of(
            linear_from_srgb(light[..., :3].reshape(-1, 3) / 255) * source.diffuse[:3],
            linear_from_srgb(shine[..., :3].reshape(-1, 3) / 255) * source.specular,
        )
        shape = light.shape[:2]
        base[rows, :, :3] = np.rint(srgb_from_linear(colours) * 255).reshape(*shape, 3)
        base[rows, :, 3:] = light[..., 3:]
        gloss = shine[..., 3] / 255 if shine.shape[2] == 4 else np.ones(shape)
        surface[rows, :, 1] = np.rint((1 - gloss * source.glossiness) * 255)
        surface[rows, :, 2] = np.rint(metal * 255).reshape(shape)
    wrap: tuple[Wrap, Wrap] = maps[0].wrap
    return Material(
        base_colour=(1.0, 1.0, 1.0, source.diffuse[3]),
        base=Texture(base, wrap),
        metallic=1.0,
        roughness=1.0,
        metallic_roughness=Texture(surface, wrap),
    )


def _of_size(texture: Texture | None, height: int, width: int) -> UInt8Array:
    if texture is None:
        return np.broadcast_to(np.uint8(255), (height, width, 3))
    if texture.pixels.shape[:2] == (height, width):
        return texture.pixels
    image = Image.fromarray(texture.pixels)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
