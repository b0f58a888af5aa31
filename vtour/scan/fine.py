"""Lay one surface onto another from a start that is near: GICP coarse to fine, then planes.

GICP (Segal et al., RSS 2009; small_gicp) reaches far and converges in a few steps, but its
matches at borders and in leaves pull. The last steps minimise the distances of flat points to the
planes of their match, both ways, with Tukey's weights (Rusinkiewicz, SIGGRAPH 2019, symmetric
objective with both normals; Zhang, IVC 1997, M-estimators).

small_gicp sums in another order with more threads, so that the last bits differ: one thread.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, transform_points
from vtour.scan.surface import Surface

SAME_WAY = 0.8  # cosine between the normals of a match
TUKEY = 4.685
MAD = 1.4826
FINE_STEPS = 30
SETTLED = 1e-6  # radians, and metres at a metre
MIN_MATCHES = 30
GICP_NEIGHBOURS = 15


@dataclass(frozen=True)
class PlaneFit:
    """What the last steps found.

    a_from_b  : 4x4, rigid
    rmse_m    : weighted RMS distance of matched points to the other's planes
    matches   : how many matches had a weight
    normal    : (6, 6) normal matrix of the turn (rad) and shift (m) of b about ``centre``, in a
    centre    : (3,) middle of the matched points, a
    radius_m  : RMS distance of the matched points from it
    """

    a_from_b: FloatArray
    rmse_m: float
    matches: int
    normal: FloatArray
    centre: FloatArray
    radius_m: float

    @property
    def spread_m(self) -> float:
        """How uncertain the fit is, as if all matches held alike."""
        return self.rmse_m / float(np.sqrt(self.matches))


def gicp_cloud(surface: Surface) -> tuple[Any, Any]:
    """small_gicp's cloud with covariances, and its tree."""
    import small_gicp

    cloud = small_gicp.PointCloud(surface.points)
    tree = small_gicp.KdTree(cloud)
    small_gicp.estimate_normals_covariances(cloud, tree, GICP_NEIGHBOURS, 1)
    return cloud, tree


def run_gicp(
    a: tuple[Any, Any], b: tuple[Any, Any], a_from_b: FloatArray, reach_m: float, steps: int = 40
) -> FloatArray:
    """a_from_b after GICP with matches up to ``reach_m``."""
    import small_gicp

    result = small_gicp.align(
        a[0],
        b[0],
        a[1],
        init_T_target_source=a_from_b,
        max_correspondence_distance=reach_m,
        max_iterations=steps,
        rotation_epsilon=1e-4,
        translation_epsilon=1e-4,
        num_threads=1,
    )
    found: FloatArray = np.array(result.T_target_source)
    return found


def fit_planes(
    a: Surface, b: Surface, a_from_b: FloatArray, reach_m: float, max_points: int = 40_000
) -> PlaneFit | None:
    """Refine a_from_b by the planes of both; None when too little matches.

    reach_m : how far a match may be, along the surface too.
    """
    sources = [flat_subset(b, max_points), flat_subset(a, max_points)]
    fit, least = None, reach_m / 4
    for _ in range(FINE_STEPS):
        matched = [
            plane_matches(a, b, sources[0], a_from_b, reach_m),
            turned(plane_matches(b, a, sources[1], inverse(a_from_b), reach_m), a_from_b),
        ]
        at, normals, off = (np.concatenate(parts) for parts in zip(*matched, strict=True))
        if len(off) < MIN_MATCHES:
            return None
        scale = max(MAD * float(np.median(np.abs(off))), least, 1e-5)
        weights = np.maximum(1 - (off / (TUKEY * scale)) ** 2, 0) ** 2
        centre = at.mean(0)
        rows = np.column_stack([np.cross(at - centre, normals), normals])
        normal = (rows * weights[:, None]).T @ rows
        step = np.linalg.lstsq(normal, -(rows * weights[:, None]).T @ off, rcond=1e-9)[0]
        a_from_b = moved_about(centre, step) @ a_from_b
        rmse = float(np.sqrt((weights * off**2).sum() / weights.sum()))
        radius = float(np.sqrt(((at - centre) ** 2).sum(1).mean()))
        fit = PlaneFit(a_from_b, rmse, int((weights > 0).sum()), normal, centre, radius)
        if np.abs(step).max() < SETTLED and least < 1e-4:
            break
        least *= 0.6
    return fit


def flat_subset(surface: Surface, max_points: int) -> NDArray[np.intp]:
    """Numbers of flat points, evenly taken when there are more than so many."""
    flat = np.flatnonzero(surface.is_flat)
    return flat[:: max(1, -(-len(flat) // max_points))]


def plane_matches(
    a: Surface, b: Surface, chosen: NDArray[np.intp], a_from_b: FloatArray, reach_m: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Flat points of b in a (n, 3), plane normals there (n, 3), signed distances of b's points."""
    points = transform_points(a_from_b, b.points[chosen])
    normals = b.normals[chosen] @ a_from_b[:3, :3].T
    distances, nearest = a.tree.query(points, distance_upper_bound=reach_m, workers=-1)
    found = np.flatnonzero(np.isfinite(distances))
    nearest = nearest[found]
    cosines = np.einsum("ij,ij->i", normals[found], a.normals[nearest])
    good = a.is_flat[nearest] & same_way(a, b, cosines)
    found, nearest, cosines = found[good], nearest[good], cosines[good]
    middle = normals[found] * np.sign(cosines)[:, None] + a.normals[nearest]
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    off = np.einsum("ij,ij->i", points[found] - a.points[nearest], middle)
    return points[found], middle, off


def same_way(a: Surface, b: Surface, cosines: FloatArray) -> NDArray[np.bool_]:
    """Which normals look one way; that of a thin wall's two sides differ, if mirrors tell them."""
    if a.is_oriented and b.is_oriented:
        return cosines > SAME_WAY
    return np.abs(cosines) > SAME_WAY


def turned(
    matches: tuple[FloatArray, FloatArray, FloatArray], a_from_b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Matches of a's points in b, told in a as if b's had been matched."""
    at, normals, off = matches
    return transform_points(a_from_b, at), normals @ a_from_b[:3, :3].T, -off


def moved_about(centre: FloatArray, step: FloatArray) -> FloatArray:
    """4x4 of a small turn (rotation vector, first three) about a centre, then a shift."""
    from scipy.spatial.transform import Rotation

    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(step[:3]).as_matrix()
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre + step[3:]
    return matrix


def inverse(a_from_b: FloatArray) -> FloatArray:
    """b_from_a of a rigid transform."""
    result = np.eye(4)
    result[:3, :3] = a_from_b[:3, :3].T
    result[:3, 3] = -a_from_b[:3, :3].T @ a_from_b[:3, 3]
    return result
