"""Images with an alpha channel: what it hides is neither searched, nor shown, nor written again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.errors import InputError
from vtour.files import UInt8Array, decoding, eight_bit, open_image, read_image, turn_of, turned

OPAQUE = 128
"""Alpha from which a pixel of a panorama counts as captured; vtour/equirect.py uses the same."""


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

    Raises InputError for a truncated or damaged file.
    """
    with open_image(path) as image:
        if not image.has_transparency_data:
            return Shown(read_image(path, max_side_px=max_side_px))
    try:
        with open_image(path) as image, decoding(image):
            turn = turn_of(image)
            upright = turned(eight_bit(image).convert("RGBA"), turn)
            if max_side_px:
                upright.thumbnail((max_side_px, max_side_px), Image.Resampling.LANCZOS)
            bands = np.array(upright)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path.name}: damaged or truncated ({error})") from None
    pixels, alpha = np.ascontiguousarray(bands[..., :3]), np.ascontiguousarray(bands[..., 3])
    paint_hidden(pixels, alpha < (OPAQUE if is_sphere else 1))
    return Shown(pixels, alpha)


def paint_hidden(pixels: UInt8Array, hidden: NDArray[np.bool_]) -> None:
    """Give hidden (h, w) pixels (h, w, 3) the mean colour of the others, in place."""
    seen = max(1, hidden.size - int(np.count_nonzero(hidden)))
    mean = [int(pixels[..., band].sum(where=~hidden, dtype=np.int64)) / seen for band in range(3)]
    pixels[hidden] = np.rint(mean).astype(np.uint8)
