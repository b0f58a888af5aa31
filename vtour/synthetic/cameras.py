"""Cameras: lens, pose, rays, projection. COLMAP's conventions; pixel centres at +0.5.

Frames: world, and cam (x right, y down, z forward). The lens is COLMAP's RADIAL model:
f, cx, cy, k1, k2 (colmap.github.io/cameras.html).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

UNDISTORT_STEPS = 8
"""Fixed-point steps: below 1e-9 of a focal length for the lenses used here."""


@dataclass(frozen=True)
class Lens:
    """An image format with COLMAP's RADIAL camera model, in pixels."""

    name: str
    width: int
    height: int
    focal_px: float
    centre_px: tuple[float, float]
    radial: tuple[float, float]

    @property
    def params(self) -> list[float]:
        """f, cx, cy, k1, k2 as COLMAP writes them."""
        return [self.focal_px, *self.centre_px, *self.radial]

    def rays_from_pixels(self, pixels: FloatArray) -> FloatArray:
        """Unit rays (n, 3) in cam of (n, 2) pixel positions: inverts the distortion exactly."""
        distorted = (pixels - np.asarray(self.centre_px)) / self.focal_px
        plane = distorted
        for _ in range(UNDISTORT_STEPS):
            square = np.einsum("ij,ij->i", plane, plane)[:, None]
            plane = distorted / (1 + self.radial[0] * square + self.radial[1] * square**2)
        rays = np.concatenate([plane, np.ones((len(plane), 1))], 1)
        unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
        return unit

    def pixels_from_cam(self, points: FloatArray) -> FloatArray:
        """Pixel positions (n, 2) of (n, 3) points before the camera; NaN for those behind."""
        depth = np.where(points[:, 2:] > 1e-6, points[:, 2:], np.nan)
        plane = points[:, :2] / depth
        square = np.einsum("ij,ij->i", plane, plane)[:, None]
        bent = plane * (1 + self.radial[0] * square + self.radial[1] * square**2)
        pixels: FloatArray = bent * self.focal_px + np.asarray(self.centre_px)
        return pixels


@dataclass(frozen=True)
class Camera:
    """One photo: its file relative to the captures, its lens, and where it was taken from.

    world_from_cam : (3, 3) rotation
    centre         : (3,) metres, world
    """

    file: str
    lens: Lens
    world_from_cam: FloatArray = field(repr=False)
    centre: FloatArray

    def pixels_from_world(self, points_in_world: ArrayLike) -> FloatArray:
        """Pixel positions (n, 2) of (n, 3) world points; NaN for those behind the camera."""
        points = np.atleast_2d(np.asarray(points_in_world, float))
        return self.lens.pixels_from_cam((points - self.centre) @ self.world_from_cam)


def pixel_grid(width: int, height: int) -> FloatArray:
    """Positions (height * width, 2) of all pixel centres, row by row."""
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([x, y], -1).reshape(-1, 2)


def looking_at(centre: ArrayLike, target: ArrayLike, roll_deg: float = 0.0) -> FloatArray:
    """Rotation world_from_cam (3, 3) of an upright camera at ``centre`` facing ``target``."""
    forward = np.asarray(target, float) - np.asarray(centre, float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    roll = np.radians(roll_deg)
    turned_right = np.cos(roll) * right + np.sin(roll) * down
    turned_down = np.cos(roll) * down - np.sin(roll) * right
    return np.stack([turned_right, turned_down, forward], 1)
