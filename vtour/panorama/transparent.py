"""Images with an alpha channel: what it hides is neither searched, nor shown, nor written again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.files import UInt8Array, decoding, eight_bit, open_image, read_image, turn_of, turned

OPAQUE = 128
"""Alpha from which a pixel of a panorama counts as captured; vtour/equirect.py uses the same."""

BAND_ROWS = 256


@dataclass(frozen=True)
class Shown:
    """The pixels of an upright image, and its alpha channel when it has one.

    pixels : (h, w, 3) uint8; what alpha hides has the mean colour of the rest.
    alpha  : (h, w) uint8, None without one.
    """

    pixels: UInt8Array
    alpha: UInt8Array | None = None


def read_shown(path: Path, *, is_sphere: bool, max_side_px: int | None = None) -> Shown:
    """Decode an image as read_image does, and take away what its alpha channel hides.

    is_sphere : in a panorama whatever is less than half opaque counts as not captured.

    The pixels may be written to: there is no copy of them. Whole images need 7 bytes a pixel, 8
    with alpha or when they are turned. Raises InputError for a truncated or damaged file.
    """
    with open_image(path) as image:
        has_alpha = image.has_transparency_data
    if max_side_px and not has_alpha:
        return Shown(read_image(path, max_side_px=max_side_px))
    try:
        with open_image(path) as image, decoding(image):
            turn = turn_of(image)
            image.load()
            upright = turned(eight_bit(image), turn)
            if max_side_px:
                upright = upright.convert("RGBA")
                upright.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
            pixels, alpha = _arrays(upright, has_alpha=has_alpha)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None
    if alpha is not None:
        _paint_hidden(pixels, alpha, OPAQUE if is_sphere else 1)
    return Shown(pixels, alpha)


def _arrays(image: Image.Image, *, has_alpha: bool) -> tuple[UInt8Array, UInt8Array | None]:
    """Pixels (h, w, 3) and alpha (h, w) of a decoded image, converted a band at a time."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    alpha = np.empty((image.height, image.width), np.uint8) if has_alpha else None
    for rows in _bands(image.height):
        band = image.crop((0, rows.start, image.width, rows.stop))
        if alpha is None:
            pixels[rows] = np.asarray(band.convert("RGB"))
        else:
            found = np.asarray(band.convert("RGBA"))
            pixels[rows], alpha[rows] = found[..., :3], found[..., 3]
    return pixels, alpha


def _bands(height: int) -> list[slice]:
    return [slice(top, min(height, top + BAND_ROWS)) for top in range(0, height, BAND_ROWS)]


def _paint_hidden(pixels: UInt8Array, alpha: UInt8Array, opaque: int) -> None:
    """Give pixels (h, w, 3) of an alpha (h, w) below ``opaque`` the mean colour of the others."""
    total, count = np.zeros(3), 0
    for rows in _bands(len(pixels)):
        seen = alpha[rows] >= opaque
        count += int(np.count_nonzero(seen))
        total += pixels[rows][seen].sum(axis=0, dtype=np.int64)
    mean = np.rint(total / max(1, count)).astype(np.uint8)
    for rows in _bands(len(pixels)):
        pixels[rows][alpha[rows] < opaque] = mean
