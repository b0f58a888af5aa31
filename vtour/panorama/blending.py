"""Multi-band blending on the sphere, in strips of rows of flat memory. Pure arrays.

Burt and Adelson, "A multiresolution spline with application to image mosaics", 1983: Laplacian
levels of every photo, weighted by its mask blurred to that level. A strip carries its photos some
way beyond itself, above, below and around the back of the sphere, and starts on the grid of the
coarsest level, so strips meet without a step, and so do the left and right edge.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.equirect import FILL_WIDTH, with_soft_fill
from vtour.gpano import SphereArea

Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]

REACH = 3
"""How far a strip reaches beyond itself, in pixels of the coarsest level."""
NONE = 1e-7
HALF = 0.5
"""Of a small pixel: what is shown less counts as not shown."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One photo in a window of the sphere: colours (r, c, 3) and weights (r, c), float32.

    top, left : of the window, in rows of the sphere and in columns from its left edge, where
    columns may be negative or beyond the width; both on the grid of the coarsest level.
    Colours must go on smoothly where the weight is 0.
    """

    top: int
    left: int
    colours: Float32Array
    weights: Float32Array


@dataclass(frozen=True)
class Strip:
    """Rows ``first`` to ``end`` of a sphere, worked on from ``top`` to ``bottom``."""

    width: int
    first: int
    end: int
    top: int
    bottom: int
    levels: int

    @property
    def margin(self) -> int:
        """Columns added on either side, a copy of the other side."""
        return REACH << self.levels


def levels_of(width: int) -> int:
    """How many times the picture is halved: blends over about a hundredth of the way around."""
    return int(np.clip(round(np.log2(width / 100)), 2, 7))


def strips_of(width: int, rows: tuple[int, int], height: int, most_px: int) -> list[Strip]:
    """Strips that cover rows first to end, each of about ``most_px`` pixels with its reach."""
    levels = levels_of(width)
    grid, margin = 1 << levels, REACH << levels
    tall = max(grid, (most_px // width - 2 * margin) // grid * grid)
    strips = []
    for first in range(rows[0] // grid * grid, rows[1], tall):
        end = min(first + tall, rows[1])
        top = max(0, first - margin)
        strips.append(Strip(width, first, end, top, min(height, end + margin), levels))
    return strips


def blend_strip(strip: Strip, pieces: Iterable[Piece]) -> tuple[UInt8Array, NDArray[np.bool_]]:
    """Colours (rows, width, 3) uint8 of the strip, and which pixels some photo covers."""
    import cv2

    margin = strip.margin
    shape = (strip.bottom - strip.top, strip.width + 2 * margin)
    sums, weights = [], []
    for _ in range(strip.levels + 1):
        sums.append(np.zeros((*shape, 3), np.float32))
        weights.append(np.zeros(shape, np.float32))
        shape = ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
    for piece in pieces:
        for level, (band, weight) in enumerate(_bands(piece, strip.levels)):
            band *= weight[..., None]
            for turn in _turns(piece, strip):
                at = (piece.top - strip.top) >> level, (piece.left + margin + turn) >> level
                _add(sums[level], band, at)
                _add(weights[level], weight, at)
    covered = weights[0] > NONE
    result = sums[-1] / np.maximum(weights[-1], NONE)[..., None]
    for level in range(strip.levels - 1, -1, -1):
        size = weights[level].shape[1], weights[level].shape[0]
        result = cv2.pyrUp(result, dstsize=size)
        sums[level] /= np.maximum(weights[level], NONE)[..., None]
        result += sums[level]
    rows = slice(strip.first - strip.top, strip.end - strip.top)
    columns = slice(margin, margin + strip.width)
    colours = np.clip(np.rint(result[rows, columns]), 0, 255).astype(np.uint8)
    return colours, covered[rows, columns]


def _turns(piece: Piece, strip: Strip) -> tuple[int, ...]:
    """Where a piece lies on a sphere unrolled with its margins: once when it goes all around."""
    goes_around = piece.weights.shape[1] > strip.width
    return (0,) if goes_around else (-strip.width, 0, strip.width)


def _bands(piece: Piece, levels: int) -> Iterable[tuple[Float32Array, Float32Array]]:
    """Laplacian levels, fine to coarse, with the weights blurred to each."""
    import cv2

    colours, weights = piece.colours, piece.weights
    for _ in range(levels):
        smaller = cv2.pyrDown(colours)
        size = colours.shape[1], colours.shape[0]
        yield colours - cv2.pyrUp(smaller, dstsize=size), weights
        colours, weights = smaller, cv2.pyrDown(weights)
    yield colours.copy(), weights


def _add(total: Float32Array, part: Float32Array, at: tuple[int, int]) -> None:
    """Add ``part`` at row and column ``at``, cut to what lies inside."""
    row, column = at
    first = max(0, row), max(0, column)
    end = (
        min(total.shape[0], row + part.shape[0]),
        min(total.shape[1], column + part.shape[1]),
    )
    if first[0] < end[0] and first[1] < end[1]:
        total[first[0] : end[0], first[1] : end[1]] += part[
            first[0] - row : end[0] - row, first[1] - column : end[1] - column
        ]


def fill_gaps(colours: UInt8Array, covered: NDArray[np.bool_], area: SphereArea) -> UInt8Array:
    """The picture with soft colours where no photo is: see with_soft_fill. In place.

    area : where colours (h, w, 3) lie on their sphere. The fill is made on a small sphere and
    drawn in bands of rows.
    """
    import cv2

    if covered.all() or not covered.any():
        return colours
    filled = _small_fill(colours, covered, area)
    across, along = filled.shape[1] / colours.shape[1], filled.shape[0] / colours.shape[0]
    rows = np.flatnonzero(~covered.all(axis=1))
    for row in np.array_split(rows, max(1, len(rows) // 256)):
        y = np.broadcast_to((row[:, None] + 0.5) * along - 0.5, (len(row), colours.shape[1]))
        x = np.broadcast_to((np.arange(colours.shape[1]) + 0.5) * across - 0.5, y.shape)
        smooth = cv2.remap(
            filled, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        missing = ~covered[row]
        part = colours[row]
        part[missing] = smooth[missing]
        colours[row] = part
    return colours


def _small_fill(colours: UInt8Array, covered: NDArray[np.bool_], area: SphereArea) -> UInt8Array:
    """The area of a small sphere that is filled everywhere."""
    import cv2

    place = area.scaled(min(FILL_WIDTH, area.full_width))
    size = place.width, place.height
    share = cv2.resize(covered.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    masked = np.where(covered[..., None], colours, 0)
    sums = cv2.resize(masked, size, interpolation=cv2.INTER_AREA)
    sphere = np.zeros((place.full_height, place.full_width, 3), np.uint8)
    valid = np.zeros(sphere.shape[:2], np.bool_)
    inside = np.s_[place.top : place.top + place.height, place.left : place.left + place.width]
    means = sums / np.maximum(share, NONE)[..., None]
    sphere[inside] = np.clip(np.rint(means), 0, 255).astype(np.uint8)
    valid[inside] = share > HALF
    return with_soft_fill(sphere, valid)[inside]
