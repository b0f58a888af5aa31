"""Paint the atlas: what the photos of each texel show there, and what lies between.

Texel (column, row) has its centre at (column + 0.5, row + 0.5); row 0 is the top. Each texel is
taken back to its point on the mesh and from there through the photo's camera model, so lens
distortion and the slant of large faces are exact.
"""

import numpy as np
from numba import njit

from vtour.atlas.fill import grow, pull_push
from vtour.atlas.texels import Texels
from vtour.atlas.topology import FloatArray, IntArray
from vtour.files import UInt8Array
from vtour.reconstruct.photo_tones import Tones
from vtour.reconstruct.photo_views import View
from vtour.reconstruct.visibility import Float32Array, Int32Array, radius2

CHUNK = 1 << 19  # texels projected at a time


def paint_view(
    canvas: Float32Array,
    texels: Texels,
    corner_points: FloatArray,
    share: Float32Array,
    offset: Float32Array,
    view: View,
    photo: UInt8Array,
    tones: Tones,
    number: int,
) -> None:
    """Add one photo's part to the canvas (size * size, 3), in grey levels.

    corner_points (e, 3, 3), share (e, 3) and offset (e, 3, 3 channels) belong to the corners of
    the entries that ``texels`` numbers. ``number`` is the photo's in ``tones``.
    """
    levels = tones.levels(number)
    scale = np.array([photo.shape[1] / view.width, photo.shape[0] / view.height])
    for start in range(0, len(texels.index), CHUNK):
        these = slice(start, start + CHUNK)
        corners, entry = texels.corners[these].astype(np.float64), texels.entry[these]
        points = np.einsum("kc,kcx->kx", corners, corner_points[entry])
        pixels, _ = view.project(points)
        corner = tones.corners(number, np.nan_to_num(radius2(pixels, view)))
        pixels = np.nan_to_num(pixels * scale - 0.5)
        weight = (corners * share[entry]).sum(axis=1)
        change = np.einsum("kc,kcx->kx", corners, offset[entry])
        _add_samples(canvas, texels.index[these], weight, change, pixels, photo, levels, corner)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_samples(
    canvas: Float32Array,
    index: IntArray,
    weight: FloatArray,
    change: FloatArray,
    pixels: FloatArray,
    photo: UInt8Array,
    levels: Float32Array,
    corner: FloatArray,
) -> None:
    """Bilinear samples of a photo; pixels (k, 2) count from the centre of its first pixel.

    levels (256, 3) are what the photo's levels become, corner (k,) a factor of each sample.
    """
    height, width = photo.shape[:2]
    for k in range(len(index)):
        x = min(max(pixels[k, 0], 0.0), width - 1.0)
        y = min(max(pixels[k, 1], 0.0), height - 1.0)
        column, row = min(int(x), max(width - 2, 0)), min(int(y), max(height - 2, 0))
        right, down = x - column, y - row
        next_column, next_row = min(column + 1, width - 1), min(row + 1, height - 1)
        for channel in range(3):
            upper = levels[photo[row, column, channel], channel] * (1 - right)
            upper += levels[photo[row, next_column, channel], channel] * right
            lower = levels[photo[next_row, column, channel], channel] * (1 - right)
            lower += levels[photo[next_row, next_column, channel], channel] * right
            level = (upper * (1 - down) + lower * down) * corner[k] + change[k, channel]
            canvas[index[k], channel] += weight[k] * level


def paint_unseen(canvas: Float32Array, texels: Texels, corner_colours: Float32Array) -> None:
    """Set texels to the interpolated colours (e, 3, 3 channels) of their faces' corners."""
    canvas[texels.index] = np.einsum("kc,kcx->kx", texels.corners, corner_colours[texels.entry])


def filled(canvas: Float32Array, owner: Int32Array, gutter_px: int) -> UInt8Array:
    """The finished texture: charts grown by the gutter, the rest filled from coarser levels.

    The fill keeps every mip level free of a background colour, and compresses well.
    """
    size = len(owner)
    image = canvas.reshape(size, size, 3)
    np.clip(image, 0, 255, out=image)
    known = owner >= 0
    grow(image, known, gutter_px)
    pull_push(image, known)
    np.rint(image, out=image)
    return image.astype(np.uint8)
