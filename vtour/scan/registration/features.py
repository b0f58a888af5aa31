"""Points of two stations that look alike: FPFH (Rusu et al., ICRA 2009) and mutual matches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.scan.registration.surface import Surface

RADIUS = 5.0  # voxels of a feature's neighbourhood
MAX_NEIGHBOURS = 100
BLOCK_ROWS = 2000


def fpfh(surface: Surface) -> NDArray[np.float32]:
    """Features (n, 33) float32 of a surface whose normals look to the mirror."""
    import open3d as o3d

    cloud = o3d.geometry.PointCloud()
    cloud.points = o3d.utility.Vector3dVector(surface.points)
    cloud.normals = o3d.utility.Vector3dVector(surface.normals)
    search = o3d.geometry.KDTreeSearchParamHybrid(RADIUS * surface.voxel_m, MAX_NEIGHBOURS)
    compute: Any = o3d.pipelines.registration.compute_fpfh_feature
    features = compute(cloud, search)
    rows = np.asarray(features.data).T.astype(np.float32)
    return np.ascontiguousarray(np.nan_to_num(rows))


def mutual_matches(a: NDArray[np.float32], b: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """Pairs (m, 2) of rows that are each other's nearest; the most distinct when more than most.

    Distinct: the nearest is much nearer than the second (Lowe, IJCV 2004, section 7.1).
    """
    if min(len(a), len(b)) < 2:
        return np.zeros((0, 2), np.intp)
    nearest_of_b, ratio = _nearest(b, a)
    nearest_of_a, _ = _nearest(a, b)
    rows = np.flatnonzero(nearest_of_a[nearest_of_b] == np.arange(len(b)))
    rows = rows[np.argsort(ratio[rows], kind="stable")][:most]
    return np.column_stack([nearest_of_b[rows], rows])


def _nearest(
    of: NDArray[np.float32], among: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The nearest row among ``among`` for each of ``of``, and its distance over the second's."""
    nearest, ratio = np.empty(len(of), np.intp), np.empty(len(of), np.float32)
    squares = np.einsum("ij,ij->i", among, among)
    for start in range(0, len(of), BLOCK_ROWS):
        rows = of[start : start + BLOCK_ROWS]
        costs = squares - 2 * rows @ among.T + np.einsum("ij,ij->i", rows, rows)[:, None]
        lines, first = np.arange(len(rows)), costs.argmin(1)
        best = np.maximum(costs[lines, first], 0)
        costs[lines, first] = np.inf
        nearest[start : start + BLOCK_ROWS] = first
        ratio[start : start + BLOCK_ROWS] = best / np.maximum(costs.min(1), 1e-12)
    return nearest, ratio


def consistent_poses(
    in_a: FloatArray, in_b: FloatArray, tolerance_m: float, poses: int
) -> list[FloatArray]:
    """Rigid a_from_b (4x4) that many matches agree on, the most agreed first.

    in_a, in_b  : (m, 3) matched points
    tolerance_m : how much two lengths, and a point, may differ

    Two matches agree when they are as far apart in a as in b; a match counts by how many others
    agree with both it and its partner (SC2-PCR, Chen et al., CVPR 2022, section 3.2). All sums are
    of small whole numbers, so they are the same in any order.
    """
    if len(in_a) < 3:
        return []
    agree = _same_lengths(in_a, in_b, tolerance_m)
    support = agree * (agree @ agree)
    seeds = np.argsort(-support.sum(1), kind="stable")[: 20 * poses]
    found: list[tuple[int, FloatArray]] = []
    for seed in seeds:
        pose = _pose_of_seed(in_a, in_b, support[seed], seed, tolerance_m)
        count = int(_inliers(in_a, in_b, pose, 2 * tolerance_m).sum())
        if all(_apart(pose, other, in_b, tolerance_m) for _, other in found):
            found.append((count, pose))
    found.sort(key=lambda one: -one[0])
    return [pose for _, pose in found[:poses]]


def _same_lengths(in_a: FloatArray, in_b: FloatArray, tolerance_m: float) -> NDArray[np.float32]:
    from scipy.spatial.distance import cdist

    difference = np.abs(cdist(in_a, in_a) - cdist(in_b, in_b))
    agree: NDArray[np.float32] = (difference < tolerance_m).astype(np.float32)
    np.fill_diagonal(agree, 0)
    return agree


def _pose_of_seed(
    in_a: FloatArray,
    in_b: FloatArray,
    support: NDArray[np.float32],
    seed: np.intp,
    tolerance_m: float,
) -> FloatArray:
    """The pose of a match and those that support it most, then of all that fit it."""
    chosen = np.r_[seed, np.argsort(-support, kind="stable")[:20]]
    chosen = chosen[np.r_[True, support[chosen[1:]] > 0]]
    pose = rigid_from_points(in_a[chosen], in_b[chosen])
    for reach in (3.0, 2.0, 1.5):
        inside = _inliers(in_a, in_b, pose, reach * tolerance_m)
        if inside.sum() < 3:
            break
        pose = rigid_from_points(in_a[inside], in_b[inside])
    return pose


def _inliers(
    in_a: FloatArray, in_b: FloatArray, pose: FloatArray, reach_m: float
) -> NDArray[np.bool_]:
    off = in_b @ pose[:3, :3].T + pose[:3, 3] - in_a
    inside: NDArray[np.bool_] = (off**2).sum(1) < reach_m**2
    return inside


def _apart(pose: FloatArray, other: FloatArray, points: FloatArray, tolerance_m: float) -> bool:
    """Whether two poses put the matched points at different places."""
    off = points @ (pose[:3, :3] - other[:3, :3]).T + pose[:3, 3] - other[:3, 3]
    return bool(np.median(np.linalg.norm(off, axis=1)) > 3 * tolerance_m)


def rigid_from_points(in_a: FloatArray, in_b: FloatArray) -> FloatArray:
    """a_from_b (4x4) of matched points by least squares (Kabsch, Acta Cryst. A 32, 1976)."""
    middle_a, middle_b = in_a.mean(0), in_b.mean(0)
    left, _, right = np.linalg.svd((in_a - middle_a).T @ (in_b - middle_b))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right)) or 1.0])
    pose = np.eye(4)
    pose[:3, :3] = left @ flip @ right
    pose[:3, 3] = middle_a - pose[:3, :3] @ middle_b
    return pose
