"""Pictures of a model, encoded: which format, which quality, which part of the pixels counts.

What was measured (26 November 2026): bytes of the 512 px window with the most detail of an atlas,
at the lowest quality that keeps the SSIM of its luma; seconds of CPU for that window.

                                    arch 0.92   arch 0.97   brighton 0.92   brighton 0.97   CPU
    JPEG 4:2:0, progressive            29,666      65,976          27,061          54,688   0.03
    WebP as Pillow makes it            32,868      45,010          28,644          42,252   0.08
    WebP, preset "photo"               28,560      47,666          27,828          42,164   0.09
    WebP, preset "icon" (kept)         22,822      45,808          21,060          40,234   0.09
    AVIF, speed 6 (kept)               22,174      47,817          21,705          40,472   0.2
    AVIF, speed 6, tuned to SSIM       22,701      45,754          19,769          38,201   0.2
    AVIF, speed 4                      21,715      42,977          19,485          36,909   1.0
The preset "icon" is WebP without its smoothing filter, and without moving bits to where eyes look:
its SSIM grows evenly with the quality, where Pillow's jumps (0.92 to 0.95 from 62 to 63).

On surfaces, by the SSIM of the worst of two views: venus' normal map at 0.983, WebP 385 kB, with
libwebp's "sharp YUV" 297 kB (kept, for normals alone), AVIF 4:4:4 190 kB; arch's colours at
0.976, WebP 540 kB, sharp 550 kB in twice the time, AVIF 410 kB in 2.3 times the time.
"""

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.glb.mesh import ImageFormat, UInt8Array
from vtour.glb.scene import AlphaMode, Material, Scene, Texture
from vtour.threads import in_order

WEBP_MAX_PX = 16383  # the format stores 14 bits
WEBP_METHOD = 6
AVIF_SPEED = 6
EXTENSIONS = {
    "image/webp": "EXT_texture_webp",
    "image/avif": "EXT_texture_avif",
    "image/ktx2": "KHR_texture_basisu",
}
"""What a texture needs to name a picture of that type; JPEG and PNG need nothing."""


class PictureFormat(StrEnum):
    """How the textures of a model are stored."""

    webp = "webp"
    avif = "avif"
    jpg = "jpg"
    png = "png"
    ktx2 = "ktx2"


class MapKind(StrEnum):
    """What a picture says of a surface; of one that says several things, the most delicate."""

    normal = "normal"
    surface = "surface"
    occlusion = "occlusion"
    colour = "colour"


MIME_TYPES = {
    ImageFormat.png: "image/png",
    ImageFormat.jpg: "image/jpeg",
    ImageFormat.webp: "image/webp",
    PictureFormat.avif: "image/avif",
    PictureFormat.ktx2: "image/ktx2",
}


@dataclass(frozen=True)
class Picture:
    """An encoded picture."""

    data: bytes
    mime_type: str


@dataclass(frozen=True, eq=False)
class Map:
    """A picture that a scene uses, and what for."""

    texture: Texture
    kind: MapKind
    alpha: bool
    """Whether its fourth channel is looked at."""


def maps_of(scene: Scene) -> dict[int, Map]:
    """The pictures that a scene's materials show, each once, by ``id`` of its pixels.

    Unlit materials show their base colour alone.
    """
    found: dict[int, Map] = {}
    for material in scene.materials:
        for texture, kind in _used(material):
            alpha = kind is MapKind.colour and material.alpha_mode is not AlphaMode.opaque
            alpha = alpha and texture is material.base and texture.pixels.shape[2] == 4
            key = id(texture.pixels)
            if key in found:
                kinds = list(MapKind)
                kind = min(kind, found[key].kind, key=kinds.index)
                alpha = alpha or found[key].alpha
            found[key] = Map(texture, kind, alpha)
    return found


def _used(material: Material) -> list[tuple[Texture, MapKind]]:
    pairs = [(material.base, MapKind.colour)]
    if not material.unlit:
        pairs += [
            (material.metallic_roughness, MapKind.surface),
            (material.normal, MapKind.normal),
            (material.occlusion, MapKind.occlusion),
            (material.emission if any(material.emissive) else None, MapKind.colour),
        ]
    return [(texture, kind) for texture, kind in pairs if texture is not None]


def encode_maps(
    scene: Scene, picture_format: PictureFormat, quality: dict[MapKind, int]
) -> dict[int, Picture]:
    """All pictures of a scene by ``id`` of their pixels, encoded by all cores.

    Raises InputError when a picture is larger than the format can hold.
    """
    maps = maps_of(scene)
    tasks = [(key, maps[key]) for key in maps]

    def encoded(task: tuple[int, Map]) -> Picture:
        return encode_map(task[1], picture_format, quality[task[1].kind])

    return {key: picture for (key, _), picture in in_order(encoded, tasks)}


def encode_map(each: Map, picture_format: PictureFormat, quality: int) -> Picture:
    """One picture. JPEG cannot hold alpha: such a picture becomes PNG instead."""
    pixels = pixels_of(each)
    if picture_format is PictureFormat.jpg and pixels.shape[-1] == 4:
        picture_format = PictureFormat.png
    fine, shape = each.kind is not MapKind.colour, each.kind is MapKind.normal
    data = encode_pixels(pixels, picture_format, quality, fine=fine, shape=shape)
    return Picture(data, MIME_TYPES[picture_format])


def pixels_of(each: Map) -> UInt8Array:
    """(h, w, 3 or 4) uint8: what of a picture is looked at; occlusion is grey, made of its red."""
    pixels = each.texture.pixels
    if each.kind is MapKind.occlusion:
        return np.ascontiguousarray(np.repeat(pixels[..., :1], 3, axis=2))
    if each.alpha and pixels[..., 3].min() < 255:
        return pixels
    return np.ascontiguousarray(pixels[..., :3])


def encode_pixels(
    pixels: UInt8Array,
    picture_format: PictureFormat,
    quality: int,
    *,
    fine: bool = False,
    shape: bool = False,
) -> bytes:
    """Encode (h, w, 3 or 4) uint8; the same pixels give the same bytes.

    fine  : numbers and not colours: no channel is stored at half its size where that can be told.
    shape : normals: with WebP, which halves channels, those that are best for the whole.

    Raises InputError when the picture is larger than the format can hold.
    """
    height, width = pixels.shape[:2]
    if picture_format is PictureFormat.webp and max(height, width) > WEBP_MAX_PX:
        raise InputError(f"texture: {width} x {height} px, expected at most {WEBP_MAX_PX} in WebP")
    if picture_format is PictureFormat.webp and pixels.shape[2] == 3:
        return _sharp_webp(pixels, quality, shape)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, **_settings(picture_format, quality, fine))
    return stream.getvalue()


def _sharp_webp(pixels: UInt8Array, quality: int, shape: bool) -> bytes:
    import pyvips

    height, width = pixels.shape[:2]
    flat = np.ascontiguousarray(pixels)
    image = pyvips.Image.new_from_memory(flat.tobytes(), width, height, 3, "uchar")
    settings = {"preset": "icon", "effort": WEBP_METHOD, "smart_subsample": shape}
    data: bytes = image.webpsave_buffer(Q=quality, keep="none", **settings)
    return data


def _settings(picture_format: PictureFormat, quality: int, fine: bool) -> dict[str, Any]:
    """What Pillow is told."""
    if picture_format is PictureFormat.avif:
        sampling = "4:4:4" if fine else "4:2:0"
        speed = {"speed": AVIF_SPEED, "max_threads": 1}  # its bytes depend on the threads
        return {"format": "AVIF", "quality": quality, "subsampling": sampling, **speed}
    if picture_format is PictureFormat.webp:
        return {"format": "WEBP", "quality": quality, "method": WEBP_METHOD, "exact": True}
    if picture_format is PictureFormat.jpg:
        smaller = {"optimize": True, "progressive": True}
        return {"format": "JPEG", "quality": quality, "subsampling": 0 if fine else 2, **smaller}
    if picture_format is PictureFormat.png:
        return {"format": "PNG", "optimize": True}
    raise ValueError(f"{picture_format} is not encoded here")


def encode_image(pixels: UInt8Array, image_format: ImageFormat, quality: int) -> bytes:
    """Encode a master's texture, (h, w, 3) uint8 sRGB, fast; the same pixels give the same bytes.

    Raises InputError when the picture is larger than the format can hold.
    """
    height, width = pixels.shape[:2]
    if image_format is ImageFormat.webp and max(height, width) > WEBP_MAX_PX:
        raise InputError(f"texture: {width} x {height} px, expected at most {WEBP_MAX_PX} in WebP")
    image = Image.fromarray(pixels)
    stream = io.BytesIO()
    if image_format is ImageFormat.png:
        image.save(stream, "PNG", compress_level=2)  # 5 times faster than 6, and 6 % larger
    elif image_format is ImageFormat.jpg:
        image.save(stream, "JPEG", quality=quality, subsampling=0)
    else:
        image.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()
