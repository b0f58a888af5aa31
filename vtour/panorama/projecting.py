"""Where pixels of a level equirectangular sphere lie in a photo: a numba kernel over rows.

Frames: pano (+X right, +Y up, -Z forward), cam (x right, y down, z forward); pixel centres at
+0.5 in both pictures; what OpenCV's remap gets is shifted by half a pixel.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.panorama.lens import PhotoLens

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
TABLE = 8192


@dataclass(frozen=True, eq=False)
class View:
    """A photo on the sphere: cam_from_pano (3, 3) and its lens at the size it is drawn from."""

    cam_from_pano: FloatArray
    lens: PhotoLens

    def scaled(self, size_px: tuple[int, int]) -> "View":
        """The same for the photo resized."""
        return View(self.cam_from_pano, self.lens.scaled(size_px))


def photo_pixels(
    view: View, width: int, rows: tuple[int, int], columns: tuple[int, int]
) -> tuple[Float32Array, Float32Array]:
    """X and y (r, c) in the photo of a window of the sphere ``width`` px around.

    rows, columns : first and end; columns may run over both edges of the sphere, which wraps.
    Beyond the photo the pixels are beyond it too; behind the camera they are far away.
    """
    yaw = (np.arange(*columns) + 0.5) / width * math.tau - math.pi
    pitch = (0.5 - (np.arange(*rows) + 0.5) / (width / 2)) * math.pi
    angles, radii = view.lens.table
    last = float(min(angles[-1], view.lens.max_angle))
    table = np.interp(np.linspace(0, last, TABLE), angles, radii) * view.lens.focal_px
    x = np.empty((len(pitch), len(yaw)), np.float32)
    y = np.empty_like(x)
    _project(
        np.sin(yaw), np.cos(yaw), np.sin(pitch), np.cos(pitch), view.cam_from_pano,
        np.array(view.lens.centre_px, float), table, last, x, y,
    )  # fmt: skip
    return x, y


@njit(cache=True)
def _project(sin_yaw, cos_yaw, sin_pitch, cos_pitch, turn, centre, table, last, out_x, out_y):  # type: ignore[no-untyped-def]
    step = last / (len(table) - 1)
    for row in range(len(sin_pitch)):
        for column in range(len(sin_yaw)):
            a = cos_pitch[row] * sin_yaw[column]
            b = sin_pitch[row]
            c = -cos_pitch[row] * cos_yaw[column]
            x = turn[0, 0] * a + turn[0, 1] * b + turn[0, 2] * c
            y = turn[1, 0] * a + turn[1, 1] * b + turn[1, 2] * c
            z = turn[2, 0] * a + turn[2, 1] * b + turn[2, 2] * c
            aside = math.sqrt(x * x + y * y)
            angle = math.atan2(aside, z)
            if angle >= last:  # go on outwards, so that the border is what lies there
                radius = table[-1] * (1 + 4 * (angle - last))
            else:
                place = angle / step
                low = int(place)
                part = place - low
                radius = table[low] * (1 - part) + table[low + 1] * part
            scale = radius / aside if aside > 1e-12 else 0.0
            out_x[row, column] = centre[0] + x * scale - 0.5
            out_y[row, column] = centre[1] + y * scale - 0.5


def inside_photo(x: Float32Array, y: Float32Array, lens: PhotoLens) -> BoolArray:
    """Which remap positions (r, c) lie in the photo, and in its circle when it has one.

    Without the outermost pixels, which many photos have lighter from sharpening.
    """
    width, height = lens.size_px
    inside: BoolArray = (x >= 1) & (x <= width - 2) & (y >= 1) & (y <= height - 2)
    if lens.is_fisheye:
        inside &= border_share(x, y, lens) > 0
    return inside


def border_share(x: Float32Array, y: Float32Array, lens: PhotoLens) -> Float32Array:
    """How far from the photo's border, (r, c): 1 at its middle, 0 at its border, below beyond."""
    width, height = lens.size_px
    if lens.is_fisheye:
        radius = np.hypot(x + 0.5 - lens.centre_px[0], y + 0.5 - lens.centre_px[1])
        circle = lens.focal_px * lens.max_angle
        share: Float32Array = (1 - radius / circle).astype(np.float32)
        return share
    across = np.minimum(x + 0.5, width - 0.5 - x) / (width / 2)
    along = np.minimum(y + 0.5, height - 0.5 - y) / (height / 2)
    both: Float32Array = np.minimum(across, along).astype(np.float32)
    return both
