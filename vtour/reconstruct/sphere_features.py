"""SIFT on a whole sphere: found in perspective views that cover it, kept as one image's keypoints.

An equirectangular image bends what lies away from its horizon, so a keypoint near the zenith
matches nothing. In views of 80 degrees little is bent. Of keypoints that several views find, the
one nearest to the axis of its view is kept. All keypoints of a panorama are matched and verified
at once, over all directions: a panorama shares something with another one on either side, where
single views (pycolmap.panorama verifies 12 on their own) each see too little.
"""

import math

import numpy as np

from vtour.frames import FloatArray
from vtour.reconstruct.sift import (
    Float32Array,
    UInt8Array,
    extract_sift,
    largest_keypoints,
)
from vtour.reconstruct.sift_process import Extract, extract
from vtour.sphere import pixels_from_rays, rotation_from_angles, sample_sphere, view_rays

VIEW_FOV = math.radians(80.0)
ROWS = ((0.0, 8), (45.0, 4), (-45.0, 4))
"""Pitch in degrees and number of views of each row: no direction above -85 is left out."""
VIEW_FEATURES = 8192


def view_rotations() -> list[FloatArray]:
    """pano_from_view (3, 3) of the views that cover a sphere."""
    return [
        rotation_from_angles(math.tau * turn / count, math.radians(pitch), 0.0)
        for pitch, count in ROWS
        for turn in range(count)
    ]


def sphere_features(
    sphere: UInt8Array,
    valid: np.ndarray | None,
    max_features: int,
    first_octave: int = 0,
    extract: Extract = extract,
) -> tuple[Float32Array, UInt8Array]:
    """Keypoints and descriptors of a full sphere.

    sphere : (h, 2h, 3) uint8, sRGB; valid : (h, 2h) bool, False where nothing was captured;
    first_octave : -1 doubles the views first.

    Returns (n, 4) float32 x, y, scale, orientation, in pixels of ``sphere``, and (n, 128) uint8;
    the orientation is that in the view.
    """
    width = sphere.shape[1]
    focal = width / math.tau
    size = 2 * round(focal * math.tan(VIEW_FOV / 2))
    rotations = view_rotations()
    axes = np.array([-rotation[:, 2] for rotation in rotations])
    keypoints, descriptors = [], []
    for number, rotation in enumerate(rotations):
        view = sample_sphere(sphere, view_rays(rotation, (size, size), VIEW_FOV))
        found, described = extract_sift(view, (size, size), VIEW_FEATURES, first_octave, extract)
        rays = _rays_of(found, rotation, size)
        nearest = np.argmax(rays @ axes.T, axis=1) == number
        pixels = pixels_from_rays(rays[nearest], width)
        scale = found[nearest, 2] * (rays[nearest] @ axes[number])
        keypoints.append(np.column_stack([pixels, scale, found[nearest, 3]]))
        descriptors.append(described[nearest])
    points, described = np.concatenate(keypoints), np.concatenate(descriptors)
    if valid is not None:
        inside = _far_inside(valid, points)
        points, described = points[inside], described[inside]
    largest = largest_keypoints(points, max_features)
    return points[largest].astype(np.float32), np.ascontiguousarray(described[largest])


def _rays_of(keypoints: Float32Array, pano_from_view: FloatArray, size: int) -> FloatArray:
    """Unit rays (n, 3) in the panorama through keypoints of a square view."""
    focal = size / 2 / math.tan(VIEW_FOV / 2)
    x, y = (keypoints[:, :2].astype(np.float64) - size / 2).T / focal
    rays = np.stack([x, -y, -np.ones_like(x)], axis=1) @ pano_from_view.T
    unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _far_inside(valid: np.ndarray, points: FloatArray) -> np.ndarray:
    """Which keypoints lie on captured pixels, with all that their descriptors look at."""
    import cv2

    room = cv2.distanceTransform(
        np.pad(valid, 1, mode="wrap").astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )[1:-1, 1:-1]
    column = np.clip(points[:, 0].astype(int), 0, valid.shape[1] - 1)
    row = np.clip(points[:, 1].astype(int), 0, valid.shape[0] - 1)
    result: np.ndarray = room[row, column] > 6 * points[:, 2]
    return result
