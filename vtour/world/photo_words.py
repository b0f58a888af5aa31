"""Features of photos and panoramas at a scan's detail, with their places in the sparse model."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.sphere import PANO_FROM_CAM
from vtour.world.model import SparseModel
from vtour.world.scan_features import Placed, words_of_picture, words_of_sphere

UInt8Array = NDArray[np.uint8]

FINER = 1.5  # photos are shrunk to so many times the scan's pixels for each radian
LEAST_DETAIL = 120.0  # but not below this: a photo of 100 pixels shows nothing
PHOTO_FEATURES = 1500
SPHERE_VIEW_FEATURES = 1000
NEIGHBOURS = 4
WITHIN = math.radians(4.0)  # sparse points count that a photo sees so near to a feature
MAX_STEP = 1.15
MIN_DISTANCE = 1e-9

ReadImage = Callable[[str, int], UInt8Array]
"""Grey (h, w) pixels of an image of the model by name, its long side at most so many pixels."""


def placed_in_sfm(model: SparseModel, row: int, read: ReadImage, scan_detail: float) -> Placed:
    """Features of an image of the model whose place the sparse points around them tell.

    scan_detail : pixels for each radian of the scan.
    """
    image = model.reconstruction.find_image_with_name(model.names[row])
    camera, wanted = image.camera, max(FINER * scan_detail, LEAST_DETAIL)
    if model.is_sphere[row]:
        width = min(camera.width * 4, round(wanted * math.tau))
        found = words_of_sphere(read(image.name, width), SPHERE_VIEW_FEATURES)
        rays_in_cam, words = found.rays @ PANO_FROM_CAM, found.words
    else:
        finer = camera.mean_focal_length() / wanted
        side = max(camera.width, camera.height) / max(1.0, finer)
        grey = read(image.name, math.ceil(side))
        pixels, words = words_of_picture(grey, PHOTO_FEATURES)
        full = pixels * np.array([camera.width, camera.height]) / grey.shape[::-1]
        rays_in_cam = rays_of(camera, full)
    rays = rays_in_cam @ model.cam_from_sfm[row]
    distances = distances_along(rays, seen_points(model, image) - model.centres_in_sfm[row])
    kept = np.isfinite(distances) & np.isfinite(rays).all(axis=1)
    return Placed(model.centres_in_sfm[row], rays[kept], distances[kept], words[kept])


def rays_of(camera: Any, pixels: FloatArray) -> FloatArray:
    """Unit rays (n, 3) in a camera through pixels (n, 2); NaN where its lens has none."""
    if not len(pixels):
        return np.zeros((0, 3))
    plane = np.asarray(camera.cam_from_img(pixels), np.float64).reshape(-1, 2)
    rays = np.column_stack([plane, np.ones(len(plane))])
    unit: FloatArray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def seen_points(model: SparseModel, image: Any) -> FloatArray:
    """Sparse points (n, 3) that an image sees, sfm."""
    points = model.reconstruction.points3D
    seen = [points[p.point3D_id].xyz for p in image.get_observation_points2D()]
    return np.array(seen, np.float64).reshape(-1, 3)


def distances_along(rays: FloatArray, offsets: FloatArray) -> FloatArray:
    """How far a surface is along unit rays (n, 3), from points (m, 3) seen beside them.

    The weighted harmonic mean of the nearest ones: inverse distance is linear in a picture of a
    plane. Infinite where fewer than three are near, or where they differ: an edge.
    """
    from scipy.spatial import cKDTree

    ranges = np.linalg.norm(offsets, axis=1)
    if len(offsets) < NEIGHBOURS or not len(rays):
        return np.full(len(rays), np.inf)
    tree = cKDTree(offsets / np.maximum(ranges, MIN_DISTANCE)[:, None])
    chords, rows = tree.query(np.nan_to_num(rays), k=NEIGHBOURS, distance_upper_bound=WITHIN)
    known = np.isfinite(chords)
    found = ranges[np.where(known, rows, 0)]
    weights = np.where(known, 1 / (chords + np.radians(0.1)), 0)
    inverse = (weights / found).sum(axis=1) / np.maximum(weights.sum(axis=1), MIN_DISTANCE)
    least = np.where(known, found, np.inf).min(axis=1)
    most = np.where(known, found, 0).max(axis=1)
    good = (known.sum(axis=1) >= 3) & (most < MAX_STEP * least)
    result: FloatArray = np.where(good, 1 / np.maximum(inverse, MIN_DISTANCE), np.inf)
    return result
