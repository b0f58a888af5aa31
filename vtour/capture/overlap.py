"""Do the photos overlap enough to be reconstructed? A cheap forecast, before hours of work.

SIFT on 640 px images, matched between likely neighbours: next in the sequence, nearest by GPS,
most alike by their coarsest features. A pair counts as linked when at least ``MIN_INLIERS``
matches, and more than chance explains (Brown and Lowe, Automatic panoramic image stitching, IJCV
74, 2007: 8 + 0.3 n of n), fit one fundamental matrix. Unrelated real photos gave at most 10, two
walls of random rectangles 14 of 38.

All distances are of descriptors rounded to whole numbers, so that sums are exact and the result is
the same at any thread count.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.files import UInt8Array
from vtour.schema.inventory import GpsFix

SIDE_PX = 640
FEATURES = 1000
COARSE_FEATURES = 100
ALL_PAIRS_UP_TO = 12
COARSE_UP_TO = 400
SEQUENCE_STEPS = 2
NEAREST_BY_GPS = 4
NEAREST_BY_LOOK = 4
RATIO = 0.8
MIN_INLIERS = 15
PLANE_SHARE = 0.8
AHEAD_OFFSET = 0.25
CELLS = 8
DESCRIPTOR_NORM = 512.0

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """Keypoints of one photo, coarse ones first: points (n, 2) pixels, descriptors (n, 128)."""

    points: Float32Array
    descriptors: UInt8Array
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Link:
    """How two photos meet: verified matches, share of the first found in the second and back.

    ahead : the camera moved along its view, towards or away from what it sees.
    """

    inliers: int
    share: float
    share_back: float
    ahead: bool


def find_features(luma: UInt8Array) -> Features:
    """SIFT keypoints of a grey image, found at ``SIDE_PX``; RootSIFT in whole numbers."""
    import cv2

    factor = min(1.0, SIDE_PX / max(luma.shape))
    size = (max(1, round(luma.shape[1] * factor)), max(1, round(luma.shape[0] * factor)))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    keypoints, raw = cv2.SIFT.create(nfeatures=FEATURES).detectAndCompute(small, None)
    if raw is None or not keypoints:
        empty = np.zeros((0, 128), dtype=np.uint8)
        return Features(np.zeros((0, 2), np.float32), empty, *size)
    order = sorted(range(len(keypoints)), key=lambda k: (-keypoints[k].size, *keypoints[k].pt, k))
    points = np.array([keypoints[k].pt for k in order], dtype=np.float32)
    root = np.sqrt(raw[order] / np.maximum(raw[order].sum(axis=1, keepdims=True), 1e-6))
    descriptors = np.minimum(np.rint(root * DESCRIPTOR_NORM), 255).astype(np.uint8)
    return Features(points, descriptors, *size)


def match(first: Features, second: Features) -> IntArray:
    """Mutual nearest descriptors that pass the ratio test: (n, 2) indices."""
    if min(len(first.points), len(second.points)) < 2:
        return np.zeros((0, 2), dtype=np.int64)
    a, b = first.descriptors.astype(np.float32), second.descriptors.astype(np.float32)
    distances = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None] - 2 * a @ b.T
    nearest, clear = _nearest(distances)
    nearest_back, _ = _nearest(distances.T)
    rows = np.flatnonzero(clear & (nearest_back[nearest] == np.arange(len(nearest))))
    return np.stack([rows, nearest[rows]], axis=1)


def _nearest(distances: Float32Array) -> tuple[IntArray, NDArray[np.bool_]]:
    """Per row the column of the least squared distance, and whether it is clearly the least."""
    best = np.argmin(distances, axis=1)
    least_two = np.partition(distances, 1, axis=1)[:, :2]
    return best, least_two[:, 0] < RATIO**2 * least_two[:, 1]


def link(first: Features, second: Features) -> Link | None:
    """Verify the matches of two photos by epipolar geometry; None when they do not meet."""
    import cv2

    pairs = match(first, second)
    if len(pairs) < MIN_INLIERS:
        return None
    points_a, points_b = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
    fundamental, mask = cv2.findFundamentalMat(points_a, points_b, cv2.FM_RANSAC, 2.0, 0.999, 2000)
    if fundamental is None or fundamental.shape != (3, 3):
        return None
    good = mask.ravel() > 0
    inliers = int(good.sum())
    if inliers < max(MIN_INLIERS, 8 + 0.3 * len(pairs)):
        return None
    share = _cell_share(first, points_a[good])
    share_back = _cell_share(second, points_b[good])
    plane, plane_mask = cv2.findHomography(points_a, points_b, cv2.RANSAC, 3.0, maxIters=2000)
    on_plane = 0 if plane is None else int(plane_mask.sum())
    if on_plane >= max(MIN_INLIERS, PLANE_SHARE * inliers):  # flat or far: areas are comparable
        share = max(share, _area_share(plane, first, second))
        share_back = max(share_back, _area_share(np.linalg.inv(plane), second, first))
    ahead = on_plane < PLANE_SHARE * inliers and _moves_ahead(fundamental, first)
    return Link(inliers, share, share_back, ahead)


def _cell_share(features: Features, matched: Float32Array) -> float:
    """Share of the cells with keypoints that hold a verified match."""
    cell = np.array([features.width_px, features.height_px], dtype=np.float32) / CELLS
    every = {tuple(index) for index in (features.points // cell).astype(int).tolist()}
    found = {tuple(index) for index in (matched // cell).astype(int).tolist()}
    return len(found) / max(1, len(every))


def _area_share(b_from_a: NDArray[np.float64], first: Features, second: Features) -> float:
    """Share of the first image's area that a homography maps into the second image."""
    steps = (np.arange(16) + 0.5) / 16
    x, y = np.meshgrid(steps * first.width_px, steps * first.height_px)
    mapped = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1) @ b_from_a.T
    in_front = mapped[:, 2] > 1e-9
    xy = mapped[:, :2] / np.where(in_front, mapped[:, 2], 1.0)[:, None]
    inside = (xy >= 0).all(axis=1) & (xy <= [second.width_px, second.height_px]).all(axis=1)
    return float((inside & in_front).mean())


def _moves_ahead(fundamental: NDArray[np.float64], first: Features) -> bool:
    """Whether the epipole, the direction of motion, lies in the middle of the image."""
    epipole = np.linalg.svd(fundamental)[2][-1]
    if abs(epipole[2]) < 1e-12:
        return False
    offset = epipole[:2] / epipole[2] - np.array([first.width_px, first.height_px]) / 2
    return bool(np.hypot(*offset) < AHEAD_OFFSET * max(first.width_px, first.height_px))


def likely_pairs(features: list[Features], places: list[GpsFix | None]) -> list[tuple[int, int]]:
    """Pairs (i < j) worth matching, sorted; photos come in the order of their names."""
    count = len(features)
    if count <= ALL_PAIRS_UP_TO:
        return list(itertools.combinations(range(count), 2))
    pairs = {(i, i + step) for step in range(1, SEQUENCE_STEPS + 1) for i in range(count - step)}
    pairs |= _nearest_places(places)
    if count <= COARSE_UP_TO:
        pairs |= _nearest_looks(features)
    return sorted(pairs)


def _nearest_places(places: list[GpsFix | None]) -> set[tuple[int, int]]:
    known = [index for index, place in enumerate(places) if place is not None]
    if len(known) < 2:
        return set()
    lat = np.array([place.lat for place in places if place is not None])
    lon = np.array([place.lon for place in places if place is not None])
    plane = np.stack([lat, lon * math.cos(math.radians(float(lat.mean())))], axis=1)
    pairs = set()
    for row, index in enumerate(known):
        distance = np.hypot(*(plane - plane[row]).T)
        for other in np.argsort(distance, kind="stable")[: NEAREST_BY_GPS + 1]:
            if other != row:
                pairs.add((min(index, known[other]), max(index, known[other])))
    return pairs


def _nearest_looks(features: list[Features]) -> set[tuple[int, int]]:
    """Pairs that share the most coarse features."""
    coarse = [
        Features(f.points[:COARSE_FEATURES], f.descriptors[:COARSE_FEATURES], 0, 0)
        for f in features
    ]
    count = len(coarse)
    alike = np.zeros((count, count), dtype=np.int64)
    for i, j in itertools.combinations(range(count), 2):
        alike[i, j] = alike[j, i] = len(match(coarse[i], coarse[j]))
    pairs = set()
    for i in range(count):
        for j in np.argsort(-alike[i], kind="stable")[:NEAREST_BY_LOOK].tolist():
            if alike[i, j] > 0:
                pairs.add((min(i, j), max(i, j)))
    return pairs
