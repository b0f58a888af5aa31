"""Rotations between photos of one standpoint, from matched rays. Pure arrays.

``b_from_a`` turns rays of photo a, (n, 3) unit in its camera, into those of photo b.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TRIALS = 400
MIN_SPREAD = 0.03
"""Two rays of a sample must lie this many radians apart: else they fix no rotation."""


def rotation_between(rays_a: FloatArray, rays_b: FloatArray) -> FloatArray:
    """The rotation (3, 3) b_from_a with the least squared error (Kabsch 1976)."""
    u, _, vt = np.linalg.svd(rays_b.T @ rays_a)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation: FloatArray = u @ flip @ vt
    return rotation


def find_rotation(
    rays_a: FloatArray, rays_b: FloatArray, limit: float, seed: int = 0
) -> tuple[FloatArray, BoolArray]:
    """The rotation that most matches agree with to ``limit`` radians, and which do.

    RANSAC over samples of two matches, then two rounds of least squares over those that agree.
    """
    first, second = _samples(rays_a, seed)
    if not len(first):
        return np.eye(3), np.zeros(len(rays_a), bool)
    frames_a = _frames(rays_a[first], rays_a[second])
    frames_b = _frames(rays_b[first], rays_b[second])
    trials = np.einsum("mij,mkj->mik", frames_b, frames_a)
    cosine = np.einsum("mij,nj,ni->mn", trials, rays_a, rays_b, optimize=True)
    best = int(np.argmax((cosine > np.cos(limit)).sum(axis=1)))
    b_from_a, agrees = trials[best], cosine[best] > np.cos(limit)
    for _ in range(2):
        if agrees.sum() < 2:
            break
        b_from_a = rotation_between(rays_a[agrees], rays_b[agrees])
        agrees = np.einsum("ij,nj,ni->n", b_from_a, rays_a, rays_b) > np.cos(limit)
    return b_from_a, agrees


def _samples(rays: FloatArray, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, len(rays), (2, TRIALS)) if len(rays) else np.zeros((2, 0), int)
    apart = np.einsum("ij,ij->i", rays[first], rays[second]) < np.cos(MIN_SPREAD)
    return first[apart], second[apart]


def _frames(one: FloatArray, two: FloatArray) -> FloatArray:
    """Orthonormal frames (m, 3, 3), columns: the middle of two rays, their normal, the third."""
    middle = one + two
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    normal = np.cross(one, two)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return np.stack([middle, normal, np.cross(middle, normal)], axis=-1)


def angle_of(rotation: FloatArray) -> float:
    """The angle of a rotation (3, 3), radians."""
    return float(2 * np.arcsin(min(1.0, np.linalg.norm(rotation - np.eye(3)) / np.sqrt(8))))


def chain_rotations(
    count: int, edges: list[tuple[int, int, float, FloatArray]]
) -> tuple[dict[int, FloatArray], list[int]]:
    """Rotations world_from_cam along the strongest tree of the largest group of photos.

    edges : (a, b, strength, b_from_a). The photo with the strongest edges is the world's frame.
    Returns the rotations by photo, and the photos in the order in which they were reached.
    """
    group = _largest_group(count, [(a, b) for a, b, _, _ in edges])
    strength = np.zeros(count)
    for a, b, weight, _ in edges:
        strength[[a, b]] += weight
    root = max(group, key=lambda photo: (strength[photo], -photo))
    world_from_cam = {root: np.eye(3)}
    order = [root]
    while len(order) < len(group):
        a, b, _, b_from_a = max(
            (edge for edge in edges if (edge[0] in world_from_cam) != (edge[1] in world_from_cam)),
            key=lambda edge: (edge[2], -edge[0], -edge[1]),
        )
        known, new = (a, b) if a in world_from_cam else (b, a)
        known_from_new = b_from_a.T if known == a else b_from_a
        world_from_cam[new] = world_from_cam[known] @ known_from_new
        order.append(new)
    return world_from_cam, order


def _largest_group(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    group = list(range(count))

    def find(photo: int) -> int:
        while group[photo] != photo:
            photo = group[photo]
        return photo

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        group[high] = low
    roots = [find(photo) for photo in range(count)]
    largest = max(sorted(set(roots)), key=roots.count)
    return [photo for photo in range(count) if roots[photo] == largest]
