"""A sphere with texture at all sizes, and photos of it taken in code."""

import numpy as np
from PIL import Image

from vtour.panorama.lens import PhotoLens
from vtour.panorama.setphotos import photo_from_file
from vtour.sphere import PANO_FROM_CAM, rotation_from_angles, sample_sphere

SPHERE_PX = 1536


def texture_sphere(width=SPHERE_PX, seed=0):
    """Coloured noise (width / 2, width, 3) that wraps around: blobs from 8 to 200 pixels."""
    import cv2

    rng = np.random.default_rng(seed)
    total = np.zeros((width // 2, width, 3))
    for sigma in (2, 5, 12, 40):
        noise = rng.normal(0, 1, (width // 2, width, 3))
        around = np.concatenate([noise, noise, noise], axis=1)
        smooth = cv2.GaussianBlur(around, (0, 0), sigma)[:, width : 2 * width]
        total += smooth / smooth.std()
    return np.clip(128 + 25 * total, 20, 235).astype(np.uint8)


def pano_from_cam(yaw_deg, pitch_deg, roll_deg=0.0):
    """Rotation (3, 3) of a photo that looks at yaw and pitch."""
    angles = np.radians([yaw_deg, pitch_deg, roll_deg])
    return rotation_from_angles(*angles) @ PANO_FROM_CAM


def photo_of(sphere, lens, turn, gain=1.0):
    """The photo (h, w, 3) that a lens takes of a sphere; pano_from_cam (3, 3)."""
    width, height = lens.size_px
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = lens.rays_from_pixels(np.stack([x, y], -1).reshape(-1, 2)) @ turn.T
    seen = sample_sphere(sphere, rays.reshape(height, width, 3))
    return np.clip(seen * gain, 0, 255).astype(np.uint8)


def write_photo(path, pixels, **more):
    Image.fromarray(pixels).save(path, quality=95, subsampling=0)
    return photo_from_file(path, **more)


LENS = PhotoLens((360, 270), 190.0, (181.5, 134.2), (0.02, -0.004, 0.0))


def write_ring(folder, sphere, directions, lens=LENS, gains=None):
    """Photos IMG_00.jpg... in directions (yaw, pitch, roll) in degrees."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = []
    for number, direction in enumerate(directions):
        gain = gains[number] if gains else 1.0
        pixels = photo_of(sphere, lens, pano_from_cam(*direction), gain)
        photos.append(write_photo(folder / f"IMG_{number:02d}.jpg", pixels, focal_px=180.0))
    return photos
