"""From light to a photo: supersampled rendering, exposure, sensor noise, sRGB."""

import numpy as np
from numpy.typing import NDArray

from vtour.synthetic.cameras import Camera, FloatArray, pixel_grid
from vtour.synthetic.render import Float32Array, Hits, Scene, edges_of

UInt8Array = NDArray[np.uint8]

SUBPIXELS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))
EXPOSURE = 0.80
SHOT_NOISE = 2.5e-5
READ_NOISE = 1.2e-3
VIGNETTING = 0.16
"""Share of the light that is lost in the corners."""


def photo_of(
    scene: Scene, camera: Camera, rng: np.random.Generator, *, exposure_ev: float
) -> tuple[UInt8Array, Float32Array]:
    """Take a photo: (h, w, 3) uint8 sRGB, and the distance from the camera centre (h, w) metres."""
    lens = camera.lens
    pixels = pixel_grid(lens.width, lens.height)
    linear, distances = supersampled(scene, camera, pixels)
    off = (pixels - [lens.width / 2, lens.height / 2]) / np.hypot(lens.width / 2, lens.height / 2)
    fall_off = 1 - VIGNETTING * np.einsum("ij,ij->i", off, off)
    linear = linear * (fall_off * 2.0**exposure_ev)[:, None].astype(np.float32)
    image = developed(linear.reshape(lens.height, lens.width, 3), rng)
    return image, distances.reshape(lens.height, lens.width)


def supersampled(
    scene: Scene, camera: Camera, pixels: FloatArray
) -> tuple[Float32Array, Float32Array]:
    """One ray a pixel, then four where the first ones met an edge."""
    lens = camera.lens

    def look(at: FloatArray) -> Hits:
        rays = np.einsum("ij,kj->ik", lens.rays_from_pixels(at), camera.world_from_cam)
        origins = np.broadcast_to(camera.centre, rays.shape)
        return scene.look(origins, rays, np.full(len(at), 1 / lens.focal_px))

    hits = look(pixels)
    colours = hits.colours
    edge = np.flatnonzero(edges_of(hits, (lens.height, lens.width)))
    total = np.zeros((len(edge), 3), np.float32)
    for offset in SUBPIXELS:
        total += np.minimum(look(pixels[edge] + offset).colours, 2.0)
    colours[edge] = total / len(SUBPIXELS)
    return colours, hits.distances


def developed(linear: Float32Array, rng: np.random.Generator | None) -> UInt8Array:
    """Sensor noise, a soft shoulder for the highlights, and sRGB: (h, w, 3) uint8."""
    light = linear * np.float32(EXPOSURE)
    if rng is not None:
        sigma = np.sqrt(SHOT_NOISE * np.maximum(light, 0) + READ_NOISE**2)
        light = light + sigma * rng.standard_normal(light.shape, np.float32)
    toned = 1 - np.exp(-np.maximum(light, 0))
    low = toned <= 0.0031308
    encoded = np.where(low, 12.92 * toned, 1.055 * np.maximum(toned, 1e-6) ** (1 / 2.4) - 0.055)
    result: UInt8Array = np.rint(255 * np.clip(encoded, 0, 1)).astype(np.uint8)
    return result
