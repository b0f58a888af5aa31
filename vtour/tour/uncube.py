"""An equirectangular sphere from six cube faces: what vtour.tour.cube does, the other way.

The faces lie in one stack (6, n + 4, n + 4, 3), in the order of FACES, each with a border of two
pixels that show what the neighbours show there: so the edges of the cube leave no seam.
"""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from vtour.tour.cube import FACE_AXES, FACES

Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]

BORDER_PX = 2
BAND_PX = 128
SLICES = 8  # parts of a band, so that each looks at three faces at most
WIDTH_STEP = 16
MAX_WIDTH_PX = 32768


def stack_shape(size: int) -> tuple[int, int, int, int]:
    """Shape of a stack of faces ``size`` pixels wide."""
    return (6, size + 2 * BORDER_PX, size + 2 * BORDER_PX, 3)


def inside_of_face(stack: UInt8Array, face: str) -> UInt8Array:
    """A face without its border, (n, n, 3): a view to write to."""
    return stack[FACES.index(face), BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX]


def sphere_width(face_px: int) -> int:
    """Width of the sphere with the detail of a face's middle: 652 gives 2048."""
    steps = max(1, math.floor(face_px * math.pi / WIDTH_STEP))
    return min(MAX_WIDTH_PX, steps * WIDTH_STEP)


def fill_borders(stack: UInt8Array) -> None:
    """Fill the border of every face from its neighbours; the insides must be there."""
    size = stack.shape[1] - 2 * BORDER_PX
    whole, first = slice(-BORDER_PX, size + BORDER_PX), slice(-BORDER_PX, 0)
    last = slice(size, size + BORDER_PX)
    for number, face in enumerate(FACES):
        for rows, columns in ((first, whole), (last, whole), (whole, first), (whole, last)):
            found = sample_faces(stack, _rays(face, size, rows, columns))
            target = stack[number, _shifted(rows), _shifted(columns)]
            target[:] = found


def sphere_band(stack: UInt8Array, width: int, rows: slice) -> UInt8Array:
    """Some rows (n, width, 3) of the sphere; the borders of the stack must be filled."""
    pitch = (0.5 - (np.arange(rows.start, rows.stop) + 0.5) / (width / 2)) * math.pi
    band = np.empty((rows.stop - rows.start, width, 3), np.uint8)
    cuts = [width * part // SLICES for part in range(SLICES + 1)]
    for left, right in itertools.pairwise(cuts):
        yaw = ((np.arange(left, right) + 0.5) / width - 0.5) * math.tau
        level = np.cos(pitch)[:, None]
        rays = np.empty((len(pitch), right - left, 3), np.float32)
        rays[..., 0] = level * np.sin(yaw)
        rays[..., 1] = np.sin(pitch)[:, None]
        rays[..., 2] = -level * np.cos(yaw)
        band[:, left:right] = sample_faces(stack, rays)
    return band


def sample_faces(stack: UInt8Array, rays: Float32Array) -> UInt8Array:
    """Colours (h, w, 3), bicubic, along rays (h, w, 3) of any length."""
    import cv2

    size = stack.shape[1] - 2 * BORDER_PX
    axes = np.array([FACE_AXES[face] for face in FACES], np.float32)  # (6, 3 axes, 3)
    nearest = np.argmax(rays @ axes[:, 2].T, axis=-1)
    found = np.zeros(rays.shape, np.uint8)
    for number in np.unique(nearest):
        right, up, forward = axes[number]
        depth = np.maximum(rays @ forward, np.float32(1e-6))
        half = np.float32(size / 2)
        column = (rays @ right / depth + 1) * half + np.float32(BORDER_PX - 0.5)
        row = (1 - rays @ up / depth) * half + np.float32(BORDER_PX - 0.5)
        seen = cv2.remap(
            stack[number], column, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        mask = nearest == number
        found[mask] = seen[mask]
    return found


def _rays(face: str, size: int, rows: slice, columns: slice) -> Float32Array:
    """Rays through pixel centres of a face's plane, outside the face as well."""
    right, up, forward = np.array(FACE_AXES[face], np.float32)
    x = ((np.arange(columns.start, columns.stop) + 0.5) * (2 / size) - 1).astype(np.float32)
    y = (1 - (np.arange(rows.start, rows.stop) + 0.5) * (2 / size)).astype(np.float32)
    rays: Float32Array = x[None, :, None] * right + y[:, None, None] * up + forward
    return rays


def _shifted(span: slice) -> slice:
    return slice(span.start + BORDER_PX, span.stop + BORDER_PX)
