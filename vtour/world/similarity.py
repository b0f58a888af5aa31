"""Similarities between two sets of points: least squares, and with wrong points among them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, similarity_matrix

MAX_SAMPLES = 1000
LINE = 0.05  # points whose second extent is below this share of the first lie on a line
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Similarity:
    """x_in_a = scale * rotation @ x_in_b + translation."""

    scale: float
    rotation: FloatArray
    translation: FloatArray

    @property
    def matrix(self) -> FloatArray:
        """As a 4x4 matrix a_from_b."""
        return similarity_matrix(self.scale, self.rotation, self.translation)

    def apply(self, points_in_b: FloatArray) -> FloatArray:
        """Points (n, 3) or (3,) of b in a."""
        result: FloatArray = self.scale * points_in_b @ self.rotation.T + self.translation
        return result


def similarity_from_points(
    points_in_a: FloatArray, points_in_b: FloatArray, weights: FloatArray | None = None
) -> Similarity:
    """The a_from_b of least squared distance between (n, 3) points (Umeyama 1991, eq. 40-42).

    Points on one line leave the turn about the line open: any of the best ones is returned.
    """
    share = np.ones(len(points_in_a)) if weights is None else np.asarray(weights, np.float64)
    share = share / share.sum()
    mean_a, mean_b = share @ points_in_a, share @ points_in_b
    from_a, from_b = points_in_a - mean_a, points_in_b - mean_b
    left, values, right = np.linalg.svd((share[:, None] * from_a).T @ from_b)
    handed = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    rotation = (left * handed) @ right
    spread = float(share @ (from_b**2).sum(axis=1))
    scale = float(values @ handed) / spread if spread > 0 else 1.0
    return Similarity(scale, rotation, mean_a - scale * rotation @ mean_b)


def rigid_from_points(
    points_in_a: FloatArray, points_in_b: FloatArray, weights: FloatArray | None = None
) -> Similarity:
    """The rigid a_from_b of least squared distance (Umeyama 1991; his rotation has no scale)."""
    fit = similarity_from_points(points_in_a, points_in_b, weights)
    share = np.ones(len(points_in_a)) if weights is None else weights
    share = share / share.sum()
    shift = share @ points_in_a - fit.rotation @ (share @ points_in_b)
    return Similarity(1.0, fit.rotation, shift)


def on_a_line(points: FloatArray) -> bool:
    """Whether points (n, 3) leave the turn about one line open."""
    extents = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(extents[1] <= LINE * extents[0])


def levelled_similarity(
    points_in_a: FloatArray, points_in_b: FloatArray, up_in_b: FloatArray
) -> Similarity:
    """The a_from_b that takes ``up_in_b`` to +z of a and fits two or more points on the level.

    Scale, turn about z and translation by least squares; the level part is a similarity of the
    plane, solved as complex numbers.
    """
    level_from_b = rotation_between(up_in_b, np.array([0.0, 0.0, 1.0]))
    level = points_in_b @ level_from_b.T
    mean_a, mean_level = points_in_a.mean(axis=0), level.mean(axis=0)
    source = (level - mean_level)[:, :2] @ np.array([1, 1j])
    target = (points_in_a - mean_a)[:, :2] @ np.array([1, 1j])
    power = float(np.sum(np.abs(source) ** 2))
    turn = complex(np.sum(np.conj(source) * target)) / power if power > 0 else 1 + 0j
    scale = abs(turn) or 1.0
    c, s = turn.real / scale, turn.imag / scale
    rotation = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ level_from_b
    return Similarity(scale, rotation, mean_a - scale * rotation @ points_in_b.mean(axis=0))


def rotation_between(source: FloatArray, target: FloatArray) -> FloatArray:
    """The smallest rotation that takes the direction ``source`` to ``target``."""
    a = source / np.linalg.norm(source)
    b = target / np.linalg.norm(target)
    axis, cosine = np.cross(a, b), float(a @ b)
    if cosine < -1 + 1e-12:  # opposite: half a turn about any axis across
        across = np.eye(3)[int(np.argmin(np.abs(a)))]
        normal = np.cross(a, across)
        normal /= np.linalg.norm(normal)
        return 2 * np.outer(normal, normal) - np.eye(3)
    cross = cross_matrix(axis)
    rotation: FloatArray = np.eye(3) + cross + cross @ cross / (1 + cosine)
    return rotation


def cross_matrix(v: FloatArray) -> FloatArray:
    """The matrix of the cross product with ``v``."""
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0.0]])


def samples_of(count: int, size: int) -> list[tuple[int, ...]]:
    """All subsets of a size when there are few, else a fixed random choice of them."""
    if count < size:
        return []
    total = 1
    for step in range(size):
        total = total * (count - step) // (step + 1)
    if total <= MAX_SAMPLES:
        return list(combinations(range(count), size))
    rng = np.random.default_rng(0)
    return [tuple(rng.choice(count, size, replace=False)) for _ in range(MAX_SAMPLES)]


def robust_similarity(
    points_in_a: FloatArray,
    points_in_b: FloatArray,
    tolerance: float,
    fit: Callable[[FloatArray, FloatArray], Similarity] = similarity_from_points,
) -> tuple[Similarity, BoolArray]:
    """The a_from_b that most points agree with within ``tolerance``, and which ones do.

    RANSAC over triples with a truncated quadratic score (Torr and Zisserman 2000, MSAC),
    then least squares on those that agree until they stay the same.

    fit : of least squares, with or without scale.
    """
    best = fit(points_in_a, points_in_b)
    best_score = _score(best, points_in_a, points_in_b, tolerance)
    for sample in samples_of(len(points_in_a), 3):
        rows = list(sample)
        tried = fit(points_in_a[rows], points_in_b[rows])
        score = _score(tried, points_in_a, points_in_b, tolerance)
        if score < best_score:
            best, best_score = tried, score
    inside = distances(best, points_in_a, points_in_b) <= tolerance
    for _ in range(20):
        if inside.sum() < 3:
            break
        best = fit(points_in_a[inside], points_in_b[inside])
        again = distances(best, points_in_a, points_in_b) <= tolerance
        if (again == inside).all():
            break
        inside = again
    return best, inside


def distances(a_from_b: Similarity, points_in_a: FloatArray, points_in_b: FloatArray) -> FloatArray:
    """Distance of each pair of points after the transform."""
    result: FloatArray = np.linalg.norm(a_from_b.apply(points_in_b) - points_in_a, axis=1)
    return result


def _score(
    a_from_b: Similarity, points_in_a: FloatArray, points_in_b: FloatArray, tolerance: float
) -> float:
    if not a_from_b.scale > 0:
        return np.inf
    squared = distances(a_from_b, points_in_a, points_in_b) ** 2
    return float(np.minimum(squared, tolerance**2).sum())
