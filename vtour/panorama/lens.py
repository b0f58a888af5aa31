"""Lenses of photos to stitch: from pixels to rays and back. Pure arrays: no files, no options.

Frame ``cam``: COLMAP's, x right, y down, z forward; pixel centres at +0.5. The bend is given from
the picture to the sphere: a pixel at distance r from the centre, in focal lengths, belongs to
``r (1 + k1 r^2 + k2 r^4 + k3 r^6)``, the tangent (perspective) or the angle (equidistant) of its
ray. So rays need no inversion; the way back is a table over the angle.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

TABLE_STEPS = 4096
BEYOND = 1.05
"""How far beyond its farthest corner a lens still maps rays, as a share of that radius."""


@dataclass(frozen=True)
class PhotoLens:
    """One lens in pixels of one picture size.

    size_px     : width and height.
    bend        : k1, k2, k3.
    is_fisheye  : equidistant, else perspective.
    max_angle   : radians from the axis that the picture shows at most; a fisheye's circle.
    """

    size_px: tuple[int, int]
    focal_px: float
    centre_px: tuple[float, float]
    bend: tuple[float, float, float] = (0.0, 0.0, 0.0)
    is_fisheye: bool = False
    max_angle: float = math.pi

    @classmethod
    def centred(cls, size_px: tuple[int, int], focal_px: float) -> "PhotoLens":
        """A lens without bend whose axis meets the middle of the picture."""
        return cls(size_px, focal_px, (size_px[0] / 2, size_px[1] / 2))

    def scaled(self, size_px: tuple[int, int]) -> "PhotoLens":
        """The same lens for the picture resized to ``size_px``."""
        scale = size_px[0] / self.size_px[0]
        centre = (self.centre_px[0] * scale, self.centre_px[1] * size_px[1] / self.size_px[1])
        return PhotoLens(
            size_px, self.focal_px * scale, centre, self.bend, self.is_fisheye, self.max_angle
        )

    def rays_from_pixels(self, pixels: ArrayLike) -> FloatArray:
        """Unit rays (n, 3) in cam of pixels (n, 2)."""
        offset = (np.asarray(pixels, np.float64) - self.centre_px) / self.focal_px
        bent = offset * _stretch(np.einsum("ij,ij->i", offset, offset), self.bend)[:, None]
        if self.is_fisheye:
            angle = np.linalg.norm(bent, axis=1)
            aside = bent * np.sinc(angle / math.pi)[:, None]
            return np.concatenate([aside, np.cos(angle)[:, None]], axis=1)
        rays = np.concatenate([bent, np.ones((len(bent), 1))], axis=1)
        unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return unit

    def pixels_from_rays(self, rays_in_cam: ArrayLike) -> FloatArray:
        """Pixels (n, 2) of rays (n, 3) of any length; NaN for those that it cannot show."""
        x, y, z = np.moveaxis(np.asarray(rays_in_cam, np.float64), -1, 0)
        aside = np.hypot(x, y)
        angle = np.arctan2(aside, z)
        angles, radii = self.table
        radius = np.interp(angle, angles, radii, right=np.nan)
        radius = np.where(angle > self.max_angle, np.nan, radius)
        scale = np.where(aside > 0, radius / np.maximum(aside, 1e-300), 0.0)
        return np.stack([x * scale, y * scale], axis=-1) * self.focal_px + self.centre_px

    @cached_property
    def table(self) -> tuple[FloatArray, FloatArray]:
        """Angles from the axis, rising, and their radii in focal lengths; ends where they turn."""
        width, height = self.size_px
        far = max(math.hypot(x - self.centre_px[0], y - self.centre_px[1])
                  for x in (0, width) for y in (0, height))  # fmt: skip
        radii = np.linspace(0, BEYOND * far / self.focal_px, TABLE_STEPS)
        bent = radii * _stretch(radii**2, self.bend)
        angles = bent if self.is_fisheye else np.arctan(bent)
        falls = np.flatnonzero(np.diff(angles) <= 0)
        end = falls[0] + 1 if len(falls) else TABLE_STEPS
        return angles[:end], radii[:end]


def _stretch(square: FloatArray, bend: tuple[float, float, float]) -> FloatArray:
    k1, k2, k3 = bend
    return 1 + square * (k1 + square * (k2 + square * k3))
