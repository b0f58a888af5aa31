"""Where the sparse model lies in a scan, from pairs of points most of which may be wrong."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.world.similarity import BoolArray, Similarity, similarity_from_points

IntArray = NDArray[np.int64]

TRIPLES = 60_000
MOST_TRIED = 5000
SAME_IMAGE = 0.5  # share of the triples of which all points come from one image
MAX_STRETCH = 1.15  # sides of a triple's triangles differ by less than this factor in scale
TOLERANCE = 0.03  # of the distance: what reading places off the sparse points costs
LEAST_SIDE = 0.1  # of the distance of its points: smaller triangles tell little
SCORED = 2000
REFINED = 10
ROUNDS = 10
MIN_INSIDE = 3


@dataclass(frozen=True, eq=False)
class Matches:
    """n features that a scan and an image of the model have in common.

    image        : (n,) row of the image in the model.
    station      : (n,) row of the station.
    centres      : (n, 3) of the image, sfm; rays: (n, 3) unit, sfm; distances: (n,), sfm.
    in_scan      : (n, 3); ranges: (n,) of these from their station, metres.
    """

    image: IntArray
    station: IntArray
    centres: FloatArray
    rays: FloatArray
    distances: FloatArray
    in_scan: FloatArray
    ranges: FloatArray

    def __len__(self) -> int:
        return len(self.image)

    @property
    def in_sfm(self) -> FloatArray:
        """Points (n, 3) as the sparse points around the features tell."""
        result: FloatArray = self.centres + self.rays * self.distances[:, None]
        return result

    def __getitem__(self, rows: IntArray | BoolArray) -> "Matches":
        return Matches(*(one[rows] for one in self.columns))

    @staticmethod
    def joined(parts: "list[Matches]") -> "Matches":
        """All matches of several lists, in order."""
        if not parts:
            none, vectors = np.zeros(0), np.zeros((0, 3))
            rows = np.zeros(0, np.int64)
            return Matches(rows, rows, vectors, vectors, none, vectors, none)
        columns = zip(*(one.columns for one in parts), strict=True)
        return Matches(*(np.concatenate(column) for column in columns))

    @property
    def columns(self) -> tuple[Any, ...]:
        """All arrays, in the order of the class."""
        return (self.image, self.station, self.centres, self.rays, self.distances,
                self.in_scan, self.ranges)  # fmt: skip

    def mixed_up(self) -> "Matches":
        """Every feature with the scan's point of another one: what chance gives."""
        order = np.random.default_rng(1).permutation(len(self))
        return replace(self, in_scan=self.in_scan[order], ranges=self.ranges[order])

    def tolerances(self, scale: float) -> FloatArray:
        """How far pairs that are right may be apart after the transform, metres (n,)."""
        result: FloatArray = TOLERANCE * (self.ranges + scale * self.distances)
        return result


def start_from_matches(matches: Matches, seed: int = 0) -> tuple[Similarity, BoolArray] | None:
    """The scan_from_sfm that most pairs agree with, and which ones do; None without any.

    RANSAC (Fischler and Bolles 1981) over triples whose triangles are similar, score truncated
    (Torr and Zisserman 2000, MSAC); the best few are refined on what agrees with them.
    """
    triples = similar_triples(matches, seed)
    if not len(triples):
        return None
    scales, rotations, shifts = similarities_of_triples(
        matches.in_scan[triples], matches.in_sfm[triples]
    )
    step = max(1, len(matches) // SCORED)
    few = matches[np.arange(0, len(matches), step)]
    scores = np.array([
        _score(Similarity(float(scale), rotation, shift), few)
        for scale, rotation, shift in zip(scales, rotations, shifts, strict=True)
    ])  # fmt: skip
    best: tuple[float, Similarity, BoolArray] | None = None
    for row in np.argsort(scores, kind="stable")[:REFINED]:
        fit, inside = _refined(Similarity(float(scales[row]), rotations[row], shifts[row]), matches)
        score = _score(fit, matches)
        if best is None or score < best[0]:
            best = (score, fit, inside)
    return None if best is None or best[2].sum() < MIN_INSIDE else best[1:]


def similar_triples(matches: Matches, seed: int) -> IntArray:
    """Rows (m, 3) of random triples whose triangle in the scan is that in the model, scaled."""
    count = len(matches)
    if count < 3:
        return np.zeros((0, 3), np.int64)
    rng = np.random.default_rng(seed)
    triples = rng.integers(0, count, (TRIPLES, 3))
    order = np.argsort(matches.image, kind="stable")
    ordered = matches.image[order]
    starts, ends = np.searchsorted(ordered, ordered), np.searchsorted(ordered, ordered, "right")
    own = rng.integers(0, count, round(SAME_IMAGE * TRIPLES))
    for place in range(3):
        within = rng.random(len(own)) * (ends - starts)[own]
        triples[: len(own), place] = order[starts[own] + within.astype(np.int64)]
    a, b = matches.in_scan[triples], matches.in_sfm[triples]
    in_scan = np.linalg.norm(a - np.roll(a, 1, axis=1), axis=2)
    in_sfm = np.linalg.norm(b - np.roll(b, 1, axis=1), axis=2)
    away = matches.ranges[triples].mean(axis=1, keepdims=True)
    large = (in_scan > LEAST_SIDE * away).all(axis=1) & (in_sfm > 0).all(axis=1)
    triples, stretch = triples[large], in_scan[large] / in_sfm[large]
    result: IntArray = triples[stretch.max(axis=1) < MAX_STRETCH * stretch.min(axis=1)]
    return result[:: max(1, len(result) // MOST_TRIED)]


def similarities_of_triples(
    in_a: FloatArray, in_b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Scales (m,), rotations (m, 3, 3) and translations (m, 3) of many sets of k points.

    in_a, in_b : (m, k, 3). Umeyama 1991, eq. 40-42, for all at once.
    """
    mean_a, mean_b = in_a.mean(axis=1, keepdims=True), in_b.mean(axis=1, keepdims=True)
    from_a, from_b = in_a - mean_a, in_b - mean_b
    left, values, right = np.linalg.svd(np.einsum("mki,mkj->mij", from_a, from_b))
    handed = np.ones_like(values)
    handed[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    rotations = (left * handed[:, None, :]) @ right
    scales = (values * handed).sum(axis=1) / (from_b**2).sum(axis=(1, 2))
    turned = np.einsum("mij,mj->mi", rotations, mean_b[:, 0])
    return scales, rotations, mean_a[:, 0] - scales[:, None] * turned


def relative_distances(fit: Similarity, matches: Matches) -> FloatArray:
    """Distance (n,) of each pair after the transform, as a share of its tolerance."""
    apart = np.linalg.norm(fit.apply(matches.in_sfm) - matches.in_scan, axis=1)
    result: FloatArray = apart / np.maximum(matches.tolerances(fit.scale), 1e-9)
    return result


def _score(fit: Similarity, matches: Matches) -> float:
    """Truncated sum of squares: small is good."""
    if not fit.scale > 0:
        return np.inf
    return float(np.minimum(relative_distances(fit, matches) ** 2, 1.0).sum())


def _refined(fit: Similarity, matches: Matches) -> tuple[Similarity, BoolArray]:
    inside = relative_distances(fit, matches) <= 1
    for _ in range(ROUNDS):
        if inside.sum() < MIN_INSIDE:
            break
        weights = 1 / matches.tolerances(fit.scale)[inside] ** 2
        fit = similarity_from_points(matches.in_scan[inside], matches.in_sfm[inside], weights)
        again = relative_distances(fit, matches) <= 1
        if (again == inside).all():
            break
        inside = again
    return fit, inside
