"""Hide a place in an image so that nothing brings it back. Pure arrays: no files, no options.

What is painted is a smooth field through a handful of cells, each the mean colour of some hundred
or thousand pixels, rounded to 8 bits: a few dozen bytes are all that is left of what was there. A
Gaussian alone would not do: it is a linear filter, and with the filter known it can be undone in
part. The ellipse encloses the whole box, so nothing in the box shines through its soft rim.

In a sphere everything is measured in angles from the middle of the box (an azimuthal equidistant
chart), so shapes are right near the poles, and the seam needs no care.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.files import UInt8Array
from vtour.sphere import FloatArray, rays_from_pixels, yaw_pitch_from_rays

CELLS = 4
"""Cells across the ellipse: a face fills the two or three in the middle."""

RIM = 1.15  # in radii: from 1 to here the hidden place fades into the image
BAND_PIXELS = 1 << 19


@dataclass(frozen=True)
class Placement:
    """Where an image lies in the full sphere that it is (a part of): pixels of that sphere."""

    full_width_px: int
    left_px: int = 0
    top_px: int = 0

    @property
    def corner(self) -> FloatArray:
        """The image's top left corner (2,) in pixels of the full sphere."""
        return np.array([self.left_px, self.top_px], dtype=np.float64)

    @property
    def full_height_px(self) -> int:
        """Height of the full sphere."""
        return self.full_width_px // 2


Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels; in a sphere it may go on over the right edge."""


@dataclass(frozen=True)
class Ellipse:
    """The smallest ellipse of a box's proportions that encloses it, in a photo or in a sphere.

    centre : pixels (2,) in a photo, else a unit ray (3,).
    axes   : the two half axes, across and down, in pixels or radians.
    """

    centre: FloatArray
    axes: FloatArray
    placement: Placement | None = None

    def offsets(self, pixels: FloatArray) -> FloatArray:
        """Offsets (..., 2) right and down of pixels (..., 2), in half axes: 1 is the rim."""
        if self.placement is None:
            return (pixels - self.centre) / self.axes
        on_sphere = pixels + self.placement.corner
        rays = rays_from_pixels(on_sphere, self.placement.full_width_px)
        return angles_from_centre(rays, self.centre) / self.axes


def angles_from_centre(rays: FloatArray, centre: FloatArray) -> FloatArray:
    """Angles (..., 2) right and down, radians, of unit rays (..., 3) as seen from ``centre``."""
    yaw, pitch = (float(value) for value in yaw_pitch_from_rays(centre))
    right = np.array([math.cos(yaw), 0.0, math.sin(yaw)])
    down = np.array(
        [math.sin(pitch) * math.sin(yaw), -math.cos(pitch), -math.sin(pitch) * math.cos(yaw)]
    )
    across, below = rays @ right, rays @ down
    aside = np.hypot(across, below)
    angle = np.arctan2(aside, rays @ centre)
    factor = np.divide(angle, aside, out=np.ones_like(angle), where=aside > 1e-12)
    return np.stack([across * factor, below * factor], axis=-1)


def ellipse_around(box: Box, placement: Placement | None = None) -> Ellipse:
    """The ellipse that hides a box; around the pole for a box that goes all the way round."""
    left, top, width, height = box
    middle = np.array([left + width / 2, top + height / 2])
    if placement is None:
        return Ellipse(middle, np.array([width, height]) / math.sqrt(2))
    on_sphere = middle + placement.corner
    angle = math.tau / placement.full_width_px
    if width >= placement.full_width_px:
        up = 1.0 if on_sphere[1] < placement.full_height_px / 2 else -1.0
        centre, half = np.array([0.0, up, 0.0]), np.full(2, height * angle)
    else:
        centre = rays_from_pixels(on_sphere, placement.full_width_px)
        level = math.hypot(centre[0], centre[2])
        half = np.array([width * max(level, 0.02), height]) * angle / math.sqrt(2)
    flat = Ellipse(centre, half, placement)
    reach = float(np.linalg.norm(flat.offsets(_outline(box)), axis=-1).max())
    return Ellipse(centre, half * max(1.0, reach), placement)


def _outline(box: Box) -> FloatArray:
    """Points (n, 2) along the border of a box."""
    left, top, width, height = box
    steps = np.linspace(0, 1, 33)
    edges = [np.stack([steps, np.full_like(steps, at)], axis=1) for at in (0.0, 1.0)]
    unit = np.concatenate([*edges, *(edge[:, ::-1] for edge in edges)])
    return unit * (width, height) + (left, top)


def hide(image: UInt8Array, box: Box, placement: Placement | None = None) -> None:
    """Hide a box of an image (h, w, 3) uint8 in place."""
    ellipse = ellipse_around(box, placement)
    sums, counts = np.zeros((CELLS * CELLS, 3)), np.zeros(CELLS * CELLS)
    for rows, columns, offsets in _bands(image.shape, ellipse):
        inside = np.linalg.norm(offsets, axis=-1) <= 1
        cell = np.clip(((offsets[inside] + 1) / 2 * CELLS).astype(int), 0, CELLS - 1)
        number = cell[:, 1] * CELLS + cell[:, 0]
        colours = image[rows[:, None], columns][inside]
        counts += np.bincount(number, minlength=CELLS * CELLS)
        for channel in range(3):
            sums[:, channel] += np.bincount(number, colours[:, channel], CELLS * CELLS)
    if not counts.any():
        return
    cells = cell_colours(sums, counts)
    for rows, columns, offsets in _bands(image.shape, ellipse):
        there = image[rows[:, None], columns]
        shown = painted(cells, offsets)
        share = np.clip((RIM - np.linalg.norm(offsets, axis=-1)) / (RIM - 1), 0, 1)[..., None]
        mixed = np.rint(share * shown + (1 - share) * there)
        image[rows[:, None], columns] = mixed.astype(np.uint8)


def cell_colours(sums: FloatArray, counts: NDArray[np.float64]) -> UInt8Array:
    """Colours (CELLS, CELLS, 3) of the cells, each mixed with its neighbours'."""
    import cv2

    mean = sums.sum(axis=0) / counts.sum()
    colours = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], mean)
    grid = colours.reshape(CELLS, CELLS, 3).astype(np.float32)
    mixed: UInt8Array = np.rint(cv2.blur(grid, (3, 3), borderType=cv2.BORDER_REPLICATE)).astype(
        np.uint8
    )
    return mixed


def painted(cells: UInt8Array, offsets: FloatArray) -> FloatArray:
    """Colours (h, w, 3) of a smooth field through the cells at offsets (h, w, 2)."""
    import cv2

    where = ((offsets + 1) / 2 * CELLS - 0.5).astype(np.float32)
    field: FloatArray = cv2.remap(
        cells.astype(np.float32),
        where[..., 0],
        where[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return field


def _bands(
    shape: tuple[int, ...], ellipse: Ellipse
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]]:
    """Rows, columns and offsets (rows, columns, 2) of the pixels around an ellipse, in bands."""
    rows, columns = _around(shape[0], shape[1], ellipse)
    if not len(rows) or not len(columns):
        return
    count = max(1, BAND_PIXELS // len(columns))
    for start in range(0, len(rows), count):
        band = rows[start : start + count]
        x, y = np.meshgrid(columns + 0.5, band + 0.5)
        yield band, columns, ellipse.offsets(np.stack([x, y], axis=-1))


def _around(
    height: int, width: int, ellipse: Ellipse
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the rows and columns that an ellipse and its rim may reach."""
    across, down = (float(axis) * RIM for axis in ellipse.axes)
    placement = ellipse.placement
    if placement is None:
        x, y = (float(value) for value in ellipse.centre)
        return _between(y - down, y + down, height), _between(x - across, x + across, width)
    radius = max(across, down)
    yaw, pitch = (float(value) for value in yaw_pitch_from_rays(ellipse.centre))
    full = placement.full_width_px
    middle = (0.5 - pitch / math.pi) * full / 2 - placement.top_px
    reach = radius * full / math.tau
    rows = _between(middle - reach, middle + reach, height)
    if abs(pitch) + radius >= math.pi / 2:
        return rows, np.arange(width)
    aside = math.asin(math.sin(radius) / math.cos(pitch)) * full / math.tau
    x = (yaw / math.tau + 0.5) * full - placement.left_px
    columns = np.arange(math.floor(x - aside), math.ceil(x + aside) + 1) % full
    return rows, np.flatnonzero(np.isin(np.arange(width) % full, columns))


def _between(low: float, high: float, count: int) -> NDArray[np.int64]:
    return np.arange(max(0, math.floor(low)), min(count, math.ceil(high) + 1))
