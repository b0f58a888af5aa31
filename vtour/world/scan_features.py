"""Features of scans and of photos in one space, and their matches: pairs of 3D points.

Photos are many times finer than scans, so they are shrunk to the scan's detail first, and their
features found anew: what structure from motion matched is mostly too small to show in a scan.
Where a feature lies in the sparse model is read off the points that its photo sees around it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.sphere import (
    pixels_from_rays,
    rotation_from_angles,
    sample_sphere,
    view_rays,
)
from vtour.world.scan_pictures import ScanPicture

UInt8Array = NDArray[np.uint8]
IntArray = NDArray[np.int64]

VIEW_FOV = math.radians(80.0)
ROWS = ((0.0, 8), (45.0, 4), (-45.0, 4))
"""Pitch in degrees and number of views of each row: no direction above -85 is left out."""
CONTRAST = 0.01  # lower than SIFT's own 0.04: plaster counts, and the geometry decides
VIEW_FEATURES = 3000
MAX_STEP = 1.08  # ranges around a feature differ by less than this factor, else it is an edge
MOST_RATIO = 0.85
FULL = 512.0 * 512.0


@dataclass(frozen=True, eq=False)
class Words:
    """rays (n, 3) unit directions, in a frame told beside; words (n, 128) uint8, RootSIFT."""

    rays: FloatArray
    words: UInt8Array


@dataclass(frozen=True, eq=False)
class Placed:
    """Features with their places.

    rays : (n, 3) unit, from ``centre``; distances (n,); both in the frame of the centre.
    """

    centre: FloatArray
    rays: FloatArray
    distances: FloatArray
    words: UInt8Array

    @property
    def points(self) -> FloatArray:
        """(n, 3), in the frame of the centre."""
        result: FloatArray = self.centre + self.rays * self.distances[:, None]
        return result


def sphere_views() -> list[FloatArray]:
    """pano_from_view (3, 3) of the views that cover a sphere."""
    return [
        rotation_from_angles(math.tau * turn / count, math.radians(pitch), 0.0)
        for pitch, count in ROWS
        for turn in range(count)
    ]


def words_of_picture(grey: UInt8Array, most: int) -> tuple[FloatArray, UInt8Array]:
    """The strongest SIFT features of a grey picture (h, w): pixels (n, 2), words (n, 128) uint8.

    Pixel centres lie at +0.5. Words are RootSIFT (Arandjelovic and Zisserman 2012) of norm 512 as
    integers, so that their products are exact in float32 and matches the same on any machine.
    """
    import cv2

    sift = cv2.SIFT.create(nfeatures=most, contrastThreshold=CONTRAST, enable_precise_upscale=True)
    keypoints, words = sift.detectAndCompute(grey, None)
    if not keypoints:
        return np.zeros((0, 2)), np.zeros((0, 128), np.uint8)
    pixels = np.array([one.pt for one in keypoints], np.float64) + 0.5
    strength = np.array([one.response for one in keypoints])
    angles = np.array([one.angle for one in keypoints])
    order = np.lexsort((angles, pixels[:, 0], pixels[:, 1], -strength))[:most]
    share = words / np.maximum(words.sum(axis=1, keepdims=True), 1e-9)
    roots = np.rint(512 * np.sqrt(share)).clip(0, 255).astype(np.uint8)
    return pixels[order], roots[order]


def words_of_sphere(sphere: UInt8Array, most: int = VIEW_FEATURES) -> Words:
    """Features of a full sphere (h, 2h) grey, found in views in which little is bent."""
    focal = sphere.shape[1] / math.tau
    size = 2 * round(focal * math.tan(VIEW_FOV / 2))
    rotations = sphere_views()
    axes = np.array([-rotation[:, 2] for rotation in rotations])
    rays, words = [], []
    for number, rotation in enumerate(rotations):
        along = view_rays(rotation, (size, size), VIEW_FOV)
        view = np.ascontiguousarray(sample_sphere(sphere[..., None], along)[..., 0])
        if not view.any():
            continue
        pixels, found = words_of_picture(view, most)
        own = _rays_of_view(pixels, rotation, size)
        nearest = np.argmax(own @ axes.T, axis=1) == number
        rays.append(own[nearest])
        words.append(found[nearest])
    if not rays:
        return Words(np.zeros((0, 3)), np.zeros((0, 128), np.uint8))
    return Words(np.concatenate(rays), np.concatenate(words))


def _rays_of_view(pixels: FloatArray, pano_from_view: FloatArray, size: int) -> FloatArray:
    focal = size / 2 / math.tan(VIEW_FOV / 2)
    x, y = (pixels - size / 2).T / focal
    rays = np.stack([x, -y, -np.ones_like(x)], axis=1) @ pano_from_view.T
    unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def placed_in_scan(picture: ScanPicture, scan_from_pano: FloatArray, centre: FloatArray) -> Placed:
    """Features of a station's picture with their ranges; those on edges are left out.

    scan_from_pano : (3, 3) rotation; centre : (3,) of the mirror, scan.
    """
    found = words_of_sphere(picture.grey)
    distances = _ranges_along(picture, found.rays)
    kept = np.isfinite(distances)
    return Placed(centre, found.rays[kept] @ scan_from_pano.T, distances[kept], found.words[kept])


def _ranges_along(picture: ScanPicture, rays_in_pano: FloatArray) -> FloatArray:
    """Mean range (n,) in the 3 x 3 pixels around rays; infinite at an edge or a hole."""
    if not len(rays_in_pano):
        return np.zeros(0)
    height, width = picture.ranges.shape
    places = np.floor(pixels_from_rays(rays_in_pano, width)).astype(np.int64)
    shifts = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
    around = places[:, None] + shifts
    found = picture.ranges[np.clip(around[..., 1], 0, height - 1), around[..., 0] % width]
    known = np.isfinite(found)
    least = np.where(known, found, np.inf).min(axis=1)
    most = np.where(known, found, -np.inf).max(axis=1)
    mean = np.where(known, found, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    good = (known.sum(axis=1) >= 4) & (most < MAX_STEP * least)
    result: FloatArray = np.where(good, mean, np.inf).astype(np.float64)
    return result


def matched(first: UInt8Array, second: UInt8Array, ratio: float = MOST_RATIO) -> IntArray:
    """Pairs (n, 2) of words that are each other's nearest and pass Lowe's ratio test."""
    if min(len(first), len(second)) < 2:
        return np.zeros((0, 2), np.int64)
    alike = first.astype(np.float32) @ second.astype(np.float32).T
    rows = np.arange(len(first))
    nearest = alike.argmax(axis=1)
    best = alike[rows, nearest]
    alike[rows, nearest] = -1
    good = np.flatnonzero(_angle(best) < ratio * _angle(alike.max(axis=1)))
    alike[rows, nearest] = best
    good = good[alike[:, nearest[good]].argmax(axis=0) == good]
    result: IntArray = np.stack([good, nearest[good]], axis=1)
    return result


def _angle(products: NDArray[np.float32]) -> FloatArray:
    result: FloatArray = np.arccos(np.clip(products.astype(np.float64) / FULL, -1, 1))
    return result
