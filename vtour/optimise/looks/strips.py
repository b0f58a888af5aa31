"""A picture for the report: master, derivative, and where they differ, side by side."""

import io

import numpy as np
from PIL import Image

from vtour.glb.mesh import Float32Array, UInt8Array
from vtour.optimise.looks.likeness import Frame

HEIGHT_PX = 320
MOST_WIDTH_PX = 400  # of one picture
GAP_PX = 4
MARGIN_PX = 8
GAIN = 4  # differences are shown so many times as large
QUALITY = 70


def strip_of(master: Frame, derivative: Frame, height_px: int = HEIGHT_PX) -> UInt8Array:
    """Master, derivative and difference: (h, w, 3) uint8 sRGB.

    The difference is white where there is none; a channel that differs by a quarter of its
    range is dark.
    """
    difference = np.abs(master.pixels.astype(np.int16) - derivative.pixels)
    shown = 255 - np.minimum(difference * GAIN, 255).astype(np.uint8)
    box = _box(master.inside | derivative.inside)
    small = [_small(each[box], height_px) for each in (master.pixels, derivative.pixels, shown)]
    gap = np.full((small[0].shape[0], GAP_PX, 3), 255, np.uint8)
    return np.hstack([small[0], gap, small[1], gap, small[2]])


def strip_webp(master: Frame, derivative: Frame, height_px: int = HEIGHT_PX) -> bytes:
    """The strip as a WebP file, of some 10 to 40 kB."""
    stream = io.BytesIO()
    strip = Image.fromarray(strip_of(master, derivative, height_px))
    strip.save(stream, "WEBP", quality=QUALITY, method=6)
    return stream.getvalue()


def _box(seen: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> tuple[slice, slice]:
    rows, cols = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return slice(None), slice(None)
    return (
        slice(max(0, rows[0] - MARGIN_PX), rows[-1] + 1 + MARGIN_PX),
        slice(max(0, cols[0] - MARGIN_PX), cols[-1] + 1 + MARGIN_PX),
    )


def _small(pixels: UInt8Array | Float32Array, height_px: int) -> UInt8Array:
    image = Image.fromarray(np.ascontiguousarray(pixels, np.uint8))
    scale = min(height_px / image.height, MOST_WIDTH_PX / image.width, 1.0)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))
