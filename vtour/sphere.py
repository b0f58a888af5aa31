"""The sphere of a panorama: directions, pixels, attitudes. Pure arrays: no files, no options.

Frame ``pano``: right-handed, +X right, +Y up, -Z forward (a glTF camera). Yaw is 0 at the middle
of an equirectangular image and grows to the right; pitch grows upwards. Pixel centres lie at +0.5,
as in COLMAP, so the left edge of the image is yaw -180 degrees and its top edge pitch +90.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

PANO_FROM_CAM: FloatArray = np.diag([1.0, -1.0, -1.0])
"""From COLMAP's camera axes (x right, y down, z forward) to those of a panorama."""


def yaw_pitch_from_rays(rays_in_pano: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Yaw and pitch in radians, each (...), of directions (..., 3) of any length."""
    x, y, z = np.moveaxis(np.asarray(rays_in_pano, dtype=np.float64), -1, 0)
    return np.arctan2(x, -z), np.arctan2(y, np.hypot(x, z))


def rays_from_yaw_pitch(yaw: ArrayLike, pitch: ArrayLike) -> FloatArray:
    """Unit rays (..., 3) of yaw and pitch in radians."""
    yaw, pitch = np.broadcast_arrays(np.asarray(yaw, float), np.asarray(pitch, float))
    level = np.cos(pitch)
    return np.stack([level * np.sin(yaw), np.sin(pitch), -level * np.cos(yaw)], axis=-1)


def rays_from_pixels(pixels: ArrayLike, width_px: float) -> FloatArray:
    """Unit rays (..., 3) of pixels (..., 2) x, y of a full sphere ``width_px`` wide."""
    x, y = np.moveaxis(np.asarray(pixels, dtype=np.float64), -1, 0)
    return rays_from_yaw_pitch((x / width_px - 0.5) * math.tau, (0.5 - 2 * y / width_px) * math.pi)


def pixels_from_rays(rays_in_pano: ArrayLike, width_px: float) -> FloatArray:
    """Pixels (..., 2) x, y of directions in a full sphere; x from 0 to ``width_px``."""
    yaw, pitch = yaw_pitch_from_rays(rays_in_pano)
    return np.stack(
        [(yaw / math.tau + 0.5) * width_px, (0.5 - pitch / math.pi) * width_px / 2], axis=-1
    )


def rotation_from_angles(heading: float, pitch: float, roll: float) -> FloatArray:
    """world_from_pano (3, 3) of a Photo Sphere's attitude, radians.

    Heading is clockwise from north (-Z) to the image centre; pitch is upwards; a positive roll
    turns the camera clockwise (developers.google.com/streetview/spherical-metadata).
    """
    from scipy.spatial.transform import Rotation

    matrix: FloatArray = Rotation.from_euler("YXZ", [-heading, pitch, -roll]).as_matrix()
    return matrix


def turn_about_up(heading: float) -> FloatArray:
    """world_from_pano (3, 3) of a level panorama whose centre looks ``heading`` radians
    clockwise from -Z: a turn about +Y.
    """
    return rotation_from_angles(heading, 0.0, 0.0)


def heading_and_tilt(world_from_pano: ArrayLike) -> tuple[float, FloatArray]:
    """Heading (radians, clockwise from -Z) and tilt (3, 3) of an attitude.

    ``world_from_pano = turn_about_up(heading) @ tilt``, where ``tilt``, level_from_pano, is the
    shortest turn that brings the panorama's up to +Y: a levelled panorama keeps the middle of
    its picture as nearly as it can. An upside-down panorama turns about its own X axis.
    """
    world_from_pano = np.asarray(world_from_pano, dtype=np.float64)
    up_in_pano = world_from_pano[1]
    tilt = _shortest_turn_to_up(up_in_pano)
    turn = world_from_pano @ tilt.T
    return math.atan2(-turn[0, 2], turn[2, 2]), tilt


def _shortest_turn_to_up(direction: FloatArray) -> FloatArray:
    x, y, z = direction / np.linalg.norm(direction)
    if y < -1 + 1e-12:
        return np.diag([1.0, -1.0, -1.0])
    # Rodrigues' formula for the turn from `direction` to +Y about their cross product.
    k = 1 / (1 + y)
    return np.array([[1 - k * x * x, -x, -k * x * z], [x, y, z], [-k * x * z, -z, 1 - k * z * z]])


def view_rays(
    rotation_pano_from_view: ArrayLike, size_px: tuple[int, int], fov_x: float
) -> FloatArray:
    """Rays (h, w, 3), not of unit length, of a perspective view into the sphere.

    rotation_pano_from_view : (3, 3), view axes as those of a panorama: -Z is looked along.
    size_px : (width, height); fov_x : horizontal field of view in radians, below pi.
    """
    width, height = size_px
    focal = width / 2 / math.tan(fov_x / 2)
    x, y = np.meshgrid(
        (np.arange(width) + 0.5 - width / 2) / focal, (height / 2 - np.arange(height) - 0.5) / focal
    )
    rays = np.stack([x, y, -np.ones_like(x)], axis=-1)
    result: FloatArray = rays @ np.asarray(rotation_pano_from_view, float).T
    return result


def sample_sphere(
    sphere: NDArray[np.uint8], rays_in_pano: ArrayLike, *, cubic: bool = False
) -> NDArray[np.uint8]:
    """Colours (h, w, c) uint8 of a full sphere (H, 2H, c) along rays (h, w, 3).

    Bilinear, or bicubic; wraps in yaw, clamps at the poles. No filtering against aliasing: the
    sphere should be shrunk first when the rays lie much further apart than its pixels.
    """
    import cv2

    height, width = sphere.shape[:2]
    pad = 2
    around = np.concatenate([sphere[:, -pad:], sphere, sphere[:, :pad]], axis=1)
    pixels = pixels_from_rays(rays_in_pano, width).astype(np.float32)
    found: NDArray[np.uint8] = cv2.remap(
        around,
        pixels[..., 0] - np.float32(0.5 - pad),
        np.clip(pixels[..., 1] - np.float32(0.5), 0, height - 1),
        cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return found.reshape(*pixels.shape[:2], *sphere.shape[2:])
