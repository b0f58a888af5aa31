"""Cover the tripod: the disk under the camera, filled from its surroundings or with a picture.

The disk is looked at from the sphere's centre, straight down: frame ``view`` has +X right as the
sphere, its top towards the sphere's middle. Arrays only; the sphere may lie on disk.
"""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.files import UInt8Array
from vtour.memory import forget_pages
from vtour.panorama.resample import lanczos_weights, sample_places
from vtour.sphere import pixels_from_rays, rays_from_pixels, view_rays

FloatArray = NDArray[np.float64]

PANO_FROM_DOWN: FloatArray = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
"""From a view whose -Z looks down and whose top lies towards the sphere's middle."""

MARGIN = 3.2
"""How far the view reaches beyond the disk: to the far side of a disk of ground beside it."""
FEATHER = 0.12
"""Width of the soft edge, as a share of the disk's radius."""
MAX_VIEW_PX = 2048
FILL_PX = 384
"""Width of the view that is inpainted: Telea's way of it takes minutes on large disks."""
GRAIN = 1 / 60
"""What counts as the ground's texture: detail finer than this share of the view."""
BESIDE_RADII = 2.15
"""How far the middle of that disk lies from the tripod."""
BESIDE = 16
"""Directions in which a disk of ground is looked for beside the tripod."""
BAND_PX = (128, 4096)
"""Rows and columns that are done at a time; cv2.remap takes fewer than 32767 of either."""


def nadir_view(sphere: UInt8Array, radius: float) -> UInt8Array:
    """What lies around the nadir: (n, n, 3) uint8, the disk of ``radius`` (radians) inside."""
    fov = 2 * math.atan(math.tan(radius) * MARGIN)
    width = sphere.shape[1]
    size = int(min(MAX_VIEW_PX, max(64, width * fov / math.tau)))
    weights = lanczos_weights()
    view = np.empty((size, size, 3), np.uint8)
    rays = view_rays(PANO_FROM_DOWN, (size, size), fov).astype(np.float32)
    for top in range(0, size, BAND_PX[0]):
        places = pixels_from_rays(rays[top : top + BAND_PX[0]], width) - 0.5
        band = view[top : top + BAND_PX[0]]
        sample_places(sphere, places[..., 0], places[..., 1], weights, band)
    forget_pages(sphere)
    return view


def filled_disk(view: UInt8Array) -> UInt8Array:
    """The view with its disk filled: tones from around it, texture from the ground beside it.

    Tones: Telea, An Image Inpainting Technique Based on the Fast Marching Method, 2004. They have
    no detail; that of the calmest disk beside the tripod is laid over them.
    """
    import cv2

    size = (len(view), len(view))
    small_px = min(FILL_PX, len(view))
    small = cv2.resize(view, (small_px, small_px), interpolation=cv2.INTER_AREA)
    away = _away_from_middle(small_px) * MARGIN
    tones = cv2.inpaint(small, (away < 1 + FEATHER).astype(np.uint8), 5, cv2.INPAINT_TELEA)
    # Telea leaves streaks towards the middle: the further in, the softer.
    soft = cv2.GaussianBlur(tones, (0, 0), small_px / MARGIN / 16)
    share = np.clip(1.2 - away, 0, 1)[..., None].astype(np.float32)
    tones = cv2.resize(tones * (1 - share) + soft * share, size, interpolation=cv2.INTER_LINEAR)
    inside = np.clip((1 + FEATHER - _away_from_middle(len(view)) * MARGIN) / FEATHER, 0, 1)
    inside = inside[..., None].astype(np.float32)
    filled = view * (1 - inside) + (tones + _texture_beside(view)) * inside
    result: UInt8Array = np.clip(np.rint(filled), 0, 255).astype(np.uint8)
    return result


def _texture_beside(view: UInt8Array) -> NDArray[np.float32]:
    """Fine detail (n, n, 3) for the disk, taken from the calmest disk of ground beside it.

    Calm is where the strongest detail is least: no person, no shadow's edge, no stone cut in two.
    """
    import cv2

    size = len(view)
    blurred = cv2.GaussianBlur(view, (0, 0), max(1.0, size * GRAIN))
    detail = view.astype(np.float32) - blurred
    strength = cv2.GaussianBlur(np.abs(detail).mean(axis=2), (0, 0), max(1.0, size * GRAIN))
    reach = size / MARGIN / 2
    inside = _away_from_middle(size) * MARGIN < 1
    rows, cols = np.nonzero(inside)
    found = []
    for step in range(BESIDE):
        turn = math.tau * step / BESIDE
        down, right = (
            round(BESIDE_RADII * reach * part) for part in (math.sin(turn), math.cos(turn))
        )
        found.append((np.percentile(strength[rows + down, cols + right], 99), down, right))
    _, down, right = min(found)
    moved: NDArray[np.float32] = np.roll(detail, (-down, -right), axis=(0, 1))
    return moved


def with_picture(view: UInt8Array, picture: UInt8Array) -> UInt8Array:
    """The view with a picture (h, w, 4) uint8 RGBA over its disk, its long side across it."""
    import cv2

    size = round(len(view) / MARGIN)
    scale = size / max(picture.shape[:2])
    width, height = (max(1, round(side * scale)) for side in picture.shape[1::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    alpha = picture[..., 3:] / np.float32(255)
    colours = cv2.resize(picture[..., :3] * alpha, (width, height), interpolation=how)
    alpha = cv2.resize(alpha, (width, height), interpolation=how).reshape(height, width, 1)
    top, left = (len(view) - height) // 2, (len(view) - width) // 2
    result = view.copy()
    under = result[top : top + height, left : left + width]
    under[:] = np.clip(np.rint(under * (1 - alpha) + colours), 0, 255).astype(np.uint8)
    return result


def put_view(sphere: UInt8Array, view: UInt8Array, radius: float) -> None:
    """Blend the disk of a view made by ``nadir_view`` back into the sphere, in place."""
    import cv2

    height, width = sphere.shape[:2]
    fov = 2 * math.atan(math.tan(radius) * MARGIN)
    focal = len(view) / 2 / math.tan(fov / 2)
    middle = len(view) / 2 - 0.5
    first = max(0, math.floor(height * (1 - radius * (1 + FEATHER) / math.pi)))
    rows, cols = BAND_PX
    for top, left in itertools.product(range(first, height, rows), range(0, width, cols)):
        band = sphere[top : top + rows, left : left + cols]
        xs, ys = left + np.arange(band.shape[1]) + 0.5, top + np.arange(band.shape[0]) + 0.5
        pixels = np.stack(np.meshgrid(xs, ys), axis=-1)
        rays = rays_from_pixels(pixels, width) @ PANO_FROM_DOWN
        x, y = (focal * rays[..., i] / -rays[..., 2] for i in (0, 1))
        found = cv2.remap(
            view,
            (middle + x).astype(np.float32),
            (middle - y).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        away = np.arccos(np.clip(-rays[..., 2], -1, 1)) / radius
        share = np.clip((1 + FEATHER - away) / FEATHER, 0, 1)[..., None]
        band[:] = np.rint(band * (1 - share) + found * share).astype(np.uint8)
        forget_pages(sphere)


def _away_from_middle(size: int) -> NDArray[Any]:
    """Distance of each pixel from the middle of a square, 1 at the middle of its sides."""
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    return np.hypot(axis[:, None], axis[None, :])
