"""Pictures of models: decoded from bytes, their size checked in the header first."""

import base64
import binascii
import io
import struct
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from vtour.errors import InputError
from vtour.files import eight_bit
from vtour.glb.mesh import UInt8Array

GLTF_PICTURES = ("PNG", "JPEG", "WEBP", "AVIF")
MAX_TEXTURE_SIDE_PX = 32768
MAX_TEXTURE_PIXELS = 300_000_000
"""More than 16384 x 16384, the largest that programs write."""
DAMAGED = (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, OverflowError,
           EOFError, AttributeError, ZeroDivisionError, struct.error)  # fmt: skip
"""What Pillow raises for damaged pictures."""


def picture_pixels(
    data: bytes | memoryview,
    name: str,
    *,
    formats: tuple[str, ...] = GLTF_PICTURES,
    max_pixels: int = MAX_TEXTURE_PIXELS,
) -> UInt8Array:
    """(h, w, 3) uint8, or (h, w, 4) when some of the picture is transparent.

    name : of the file, for the error.

    Raises InputError for what is no picture, or damaged, or larger than ``max_pixels``. What EXIF
    says of the orientation and ICC of the colours is ignored, as glTF wants.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about damaged metadata
            with Image.open(io.BytesIO(data), formats=formats) as picture:
                _check_size(picture, name, max_pixels)
                return _pixels(picture)
    except InputError:
        raise
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:120]
        if isinstance(error, UnidentifiedImageError):
            reason = f"expected {', '.join(formats)}"
        raise InputError(f"{name}: its texture is damaged ({reason})") from None


def picture_size(data: bytes | memoryview, formats: tuple[str, ...] = GLTF_PICTURES) -> list[int]:
    """Width and height by the header. Raises what Pillow raises."""
    with Image.open(io.BytesIO(data), formats=formats) as picture:
        return list(picture.size)


def _check_size(picture: Image.Image, name: str, max_pixels: int) -> None:
    size = f"{picture.width} x {picture.height} px"
    if picture.width * picture.height > max_pixels or max(picture.size) > MAX_TEXTURE_SIDE_PX:
        most = f"at most {MAX_TEXTURE_SIDE_PX} a side and {max_pixels:,} in all"
        raise InputError(f"{name}: texture of {size}, expected {most}")
    if min(picture.size) < 1:
        raise InputError(f"{name}: texture of {size}, expected some")


def _pixels(picture: Image.Image) -> UInt8Array:
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    if not has_alpha:
        return np.asarray(eight_bit(picture).convert("RGB"))
    pixels = np.asarray(picture.convert("RGBA"))
    return pixels if bool((pixels[..., 3] < 255).any()) else np.ascontiguousarray(pixels[..., :3])


def data_uri_bytes(uri: str, kind: str, name: str, what: str) -> bytes:
    """The bytes in ``data:<kind>...;base64,...``. Raises InputError for anything else."""
    head, _, text = uri.partition(",")
    if not head.startswith(f"data:{kind}") or not head.endswith(";base64"):
        raise InputError(
            f"{name}: {what} {uri[:60]!r} lies outside or is no base64, expected it inside"
        )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name}: a {what}'s base64 text is damaged") from None
