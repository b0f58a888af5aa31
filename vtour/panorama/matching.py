"""SIFT features of photos to stitch, and their matches. OpenCV inside, arrays outside.

Rejected: FLANN's trees, whose result depends on its threads; matching all pairs with all features
(190 pairs of 20 photos: 31 s on two cores against 6 s when the strongest 700 choose the pairs).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
UInt8Array = NDArray[np.uint8]

STRONGEST = 700
FEWEST_STRONG = 6
NEIGHBOURS = 8
RATIO = 0.8
CONTRASTS = (0.012, 0.003)
"""Lower than SIFT's own 0.04: sky and plaster count, and the geometry is checked afterwards. The
second is for photos with fewer than FEW features: a ceiling, a clear sky."""
FEW = 1000


@dataclass(frozen=True, eq=False)
class Features:
    """pixels (n, 2) float64 in the photo as it was searched, strongest first; words (n, 128)."""

    pixels: FloatArray
    words: NDArray[np.float32]


def find_features(grey: UInt8Array, most: int) -> Features:
    """The strongest SIFT features of a grey picture (h, w), as RootSIFT words of unit length.

    RootSIFT: Arandjelovic and Zisserman, "Three things everyone should know", CVPR 2012.
    """
    import cv2

    for contrast in CONTRASTS:
        sift = cv2.SIFT.create(
            nfeatures=most, contrastThreshold=contrast, enable_precise_upscale=True
        )
        keypoints, words = sift.detectAndCompute(grey, None)
        if len(keypoints) >= FEW:
            break
    if not keypoints:
        return Features(np.zeros((0, 2)), np.zeros((0, 128), np.float32))
    pixels = np.array([keypoint.pt for keypoint in keypoints], np.float64) + 0.5
    strength = np.array([keypoint.response for keypoint in keypoints])
    order = np.lexsort((pixels[:, 0], pixels[:, 1], -strength))
    roots = np.sqrt(words / np.maximum(words.sum(axis=1, keepdims=True), 1e-9))
    return Features(pixels[order], roots[order].astype(np.float32))


def match_features(a: Features, b: Features, most: int | None = None) -> IntArray:
    """Pairs (n, 2) of features that are each other's nearest and pass Lowe's ratio test."""
    words_a, words_b = a.words[:most], b.words[:most]
    if min(len(words_a), len(words_b)) < 2:
        return np.zeros((0, 2), np.int64)
    alike = words_a @ words_b.T
    nearest = alike.argmax(axis=1)
    rows = np.arange(len(words_a))
    is_mutual = alike.argmax(axis=0)[nearest] == rows
    rows = rows[is_mutual]
    best = alike[rows, nearest[rows]]
    alike[rows, nearest[rows]] = -1
    second = alike[rows].max(axis=1)
    good = (1 - best) < RATIO**2 * (1 - second)
    found: IntArray = np.stack([rows[good], nearest[rows[good]]], axis=1)
    return _once(found, a, b)


def _once(pairs: IntArray, a: Features, b: Features) -> IntArray:
    """Without repeats at one place: SIFT gives a feature for every orientation."""
    places = np.concatenate([a.pixels[pairs[:, 0]], b.pixels[pairs[:, 1]]], axis=1).round(2)
    _, first = np.unique(places, axis=0, return_index=True)
    kept: IntArray = pairs[np.sort(first)]
    return kept


def likely_pairs(features: list[Features]) -> list[tuple[int, int]]:
    """Pairs of photos worth matching whole: those with most matches of strong features."""
    count = len(features)
    score = np.zeros((count, count), int)
    for a in range(count):
        for b in range(a + 1, count):
            score[a, b] = score[b, a] = len(match_features(features[a], features[b], STRONGEST))
    pairs = set()
    for a in range(count):
        for b in np.argsort(-score[a], kind="stable")[:NEIGHBOURS]:
            if score[a, b] >= FEWEST_STRONG:
                pairs.add((min(a, int(b)), max(a, int(b))))
    return sorted(pairs)
