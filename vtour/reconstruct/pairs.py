"""Which photos to match with which: all of a small set, likely neighbours of a large one."""

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from vtour.progress import Progress, no_progress
from vtour.reconstruct.sift import UInt8Array, match_descriptors
from vtour.schema.inventory import GpsFix
from vtour.threads import in_order

Pair = tuple[int, int]

EARTH_RADIUS_M = 6371000.0
SHORTLIST_FROM = 200  # photos: 20,000 pairs take half a minute
SHORTLIST = 3  # times the neighbours wanted
WORDS = 2048


def all_pairs(count: int) -> list[Pair]:
    """Every pair (i, j) with i < j, sorted."""
    return list(combinations(range(count), 2))


def sequence_pairs(count: int, reach: int) -> set[Pair]:
    """Each of ``count`` images with the ``reach`` next ones in their order."""
    return {(i, j) for i in range(count) for j in range(i + 1, min(i + 1 + reach, count))}


def gps_pairs(fixes: Sequence[GpsFix | None], neighbours: int) -> set[Pair]:
    """Each image that has a position with the nearest others that have one.

    Distances are on a sphere's tangent plane: good enough to rank neighbours.
    """
    known = [i for i, fix in enumerate(fixes) if fix is not None]
    if len(known) < 2:
        return set()
    lat = np.radians([fix.lat for fix in fixes if fix])
    lon = np.radians([fix.lon for fix in fixes if fix])
    plane = EARTH_RADIUS_M * np.stack([lat, lon * math.cos(float(np.median(lat)))], axis=1)
    pairs: set[Pair] = set()
    for row, i in enumerate(known):
        distance = np.linalg.norm(plane - plane[row], axis=1)
        for column in np.argsort(distance, kind="stable")[1 : neighbours + 1]:
            pairs.add(_ordered(i, known[column]))
    return {pair for pair in pairs if pair[0] != pair[1]}


def coarse_features(
    keypoints: NDArray[np.float32], descriptors: UInt8Array, count: int
) -> UInt8Array:
    """Descriptors of the ``count`` largest keypoints: few, and visible in most neighbours."""
    order = np.argsort(-keypoints[:, 2], kind="stable")[:count]
    chosen: UInt8Array = np.ascontiguousarray(descriptors[np.sort(order)])
    return chosen


def similar_pairs(
    coarse: Sequence[UInt8Array], neighbours: int, progress: Progress = no_progress
) -> set[Pair]:
    """Each photo with the others that share most of its coarse features.

    Of a large set only pairs that look alike by their words are compared feature by feature: all
    499,500 pairs of 1000 photos would take a quarter of an hour.
    """
    count = len(coarse)
    compared = set(all_pairs(count))
    if count > SHORTLIST_FROM:
        compared = alike_pairs(coarse, SHORTLIST * neighbours)
    shared = np.zeros((count, count), np.int64)

    def matches(pair: Pair) -> int:
        return len(match_descriptors(coarse[pair[0]], coarse[pair[1]]))

    for done, ((i, j), number) in enumerate(in_order(matches, sorted(compared)), 1):
        shared[i, j] = shared[j, i] = number
        progress(done / len(compared), "which photos look alike")
    pairs: set[Pair] = set()
    for i in range(count):
        for j in np.argsort(-shared[i], kind="stable")[:neighbours]:
            if shared[i, j] > 0 and i != j:
                pairs.add(_ordered(i, int(j)))
    return pairs


def alike_pairs(coarse: Sequence[UInt8Array], neighbours: int) -> set[Pair]:
    """Each photo with those whose words are most alike.

    Words are some of the descriptors themselves; photos are compared by the cosine of their counts
    of words, rare ones weighing more (Sivic and Zisserman, Video Google, ICCV 2003).
    """
    everything = np.concatenate(list(coarse))
    step = max(1, len(everything) // WORDS)
    words = everything[::step].astype(np.float32)
    counts = np.zeros((len(coarse), len(words)))
    for row, described in enumerate(coarse):
        if len(described):
            nearest = np.argmax(described.astype(np.float32) @ words.T, axis=1)  # of one norm
            counts[row] = np.bincount(nearest, minlength=len(words))
    photos_with = (counts > 0).sum(axis=0)
    weighted = counts * np.log(len(coarse) / np.maximum(photos_with, 1))
    weighted /= np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-12)
    alike = weighted @ weighted.T
    np.fill_diagonal(alike, -1)
    pairs: set[Pair] = set()
    for i in range(len(coarse)):
        for j in np.argsort(-alike[i], kind="stable")[:neighbours]:
            if i != j:
                pairs.add(_ordered(i, int(j)))
    return pairs


def _ordered(i: int, j: int) -> Pair:
    return (i, j) if i < j else (j, i)
