"""The best scan_from_sfm: sparse points to the scan's planes, photos' features to its features.

Gauss-Newton over seven parameters (turn, logarithm of scale, shift, about a pivot) with Cauchy
weights; planes are looked up anew each round, within a distance that shrinks with the residuals
(trimmed ICP: Chetverikov et al. 2002; point to plane: Chen and Medioni 1992). Planes alone leave
a flat wall free to slide, features alone are as wrong as a scan's pixels: together neither is.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from vtour.frames import FloatArray
from vtour.world.scan_start import Matches
from vtour.world.scan_surface import Surface
from vtour.world.similarity import Similarity

ROUNDS = 40
CAUCHY = 2.385
MAD = 1.4826
RAYLEIGH = 1.1774  # median of the length of two normal numbers
LEAST_ANGLE = 1e-5
LEAST_SIGMA_M = 0.001
MIN_PLANES = 20
WITHIN_SIGMAS = 6.0
SHRINK = 0.7
BLOCKS = 3  # along each axis of the box around the points
DRAWS = 200
INDEPENDENT = 8
"""A model of photos bends, so its points are wrong together: sigmas are never less than if so many
of them had been measured, each as wrong as one point is.
"""
DAMPING = 1e-9
CONVERGED = 1e-7


@dataclass(frozen=True, eq=False)
class ScanFit:
    """scan_from_sfm and what is known of it.

    residuals_m     : (m,) signed distances of the sparse points to planes; NaN where none is near.
    plane_sigma_m   : standard deviation of these; pixel_sigma: radians, of matched features.
    grip            : what planes tell of the freedom that they hold least, 0 to about 0.15:
        far below 0.01 it is their own noise that tells it, and only features hold it.
    scale_sigma     : as a share; rotation_sigma: radians; position_sigma_m: of the middle of the
        sparse points. All three from drawing blocks of space (bootstrap).
    """

    scan_from_sfm: Similarity
    residuals_m: FloatArray
    plane_sigma_m: float
    pixel_sigma: float
    grip: float
    scale_sigma: float
    rotation_sigma: float
    position_sigma_m: float


@dataclass(frozen=True, eq=False)
class _Rows:
    """Linear equations of residuals (k,), jacobian (k, 7), weights (k,), and their blocks (k,)."""

    residuals: FloatArray
    jacobian: FloatArray
    weights: FloatArray
    blocks: FloatArray


def fit_to_scan(
    start: Similarity,
    points_in_sfm: FloatArray,
    surface: Surface,
    matches: Matches,
    within_m: float,
) -> ScanFit | None:
    """Refine a start that is about ``within_m`` off or less; None where it meets no surface.

    points_in_sfm : (m, 3) sparse points; matches : features that agree with the start.
    """
    fit, pivot = start, start.apply(points_in_sfm).mean(axis=0)
    floor = 2 * surface.cell_m
    plane_sigma = within_m / WITHIN_SIGMAS
    for _ in range(ROUNDS):
        within = max(WITHIN_SIGMAS * plane_sigma, floor)
        planes, plane_sigma_new = _plane_rows(fit, points_in_sfm, surface, within, pivot)
        if len(planes.residuals) < MIN_PLANES:
            return None
        seen, _ = _match_rows(fit, matches, pivot)
        plane_sigma = max(plane_sigma_new, SHRINK * plane_sigma)
        change = _solved([planes, seen])
        fit = moved_by(fit, change, pivot)
        size = float(np.abs(change[:4]).max() + np.abs(change[4:]).max() / max(within_m, 1e-9))
        if size < CONVERGED and plane_sigma == plane_sigma_new:
            break
    return _judged(fit, points_in_sfm, surface, matches, plane_sigma, pivot)


def moved_by(fit: Similarity, change: FloatArray, pivot: FloatArray) -> Similarity:
    """The similarity after a small turn (3), logarithm of scale and shift (3) about a pivot."""
    turn = Rotation.from_rotvec(change[:3]).as_matrix()
    grown = float(np.exp(change[3]))
    shift = grown * turn @ (fit.translation - pivot) + pivot + change[4:]
    return Similarity(grown * fit.scale, turn @ fit.rotation, shift)


def _plane_rows(
    fit: Similarity, points: FloatArray, surface: Surface, within: float, pivot: FloatArray
) -> tuple[_Rows, float]:
    placed = fit.apply(points)
    planes = surface.planes_at(placed, within)
    offsets = np.einsum("ij,ij->i", placed - planes.points, planes.normals)
    used = planes.good & (np.abs(offsets) < within)
    sigma = _sigma(offsets[used], LEAST_SIGMA_M)
    normals, arms = planes.normals[used], placed[used] - pivot
    jacobian = np.column_stack(
        [np.cross(arms, normals), np.einsum("ij,ij->i", arms, normals), normals]
    )
    weights = _cauchy(offsets[used] / sigma) / sigma**2
    return _Rows(offsets[used], jacobian, weights, placed[used]), sigma


def _match_rows(fit: Similarity, matches: Matches, pivot: FloatArray) -> tuple[_Rows, float]:
    """How far features of the scan pass by the photos' rays, in radians.

    With u the ray, v from the camera's centre y to the scan's point and a = u.v: r = u x v / a.
    A turn w, a growth g and a shift t about the pivot move u by w x u and y by
    w x (y - pivot) + g (y - pivot) + t; v moves against y.
    """
    centres = fit.apply(matches.centres)
    rays = matches.rays @ fit.rotation.T
    v = matches.in_scan - centres
    away = np.maximum(np.einsum("ij,ij->i", rays, v), 1e-9)
    residuals = np.cross(rays, v)
    arms = centres - pivot
    turn = np.zeros((len(v), 3, 3))
    turn += rays[:, :, None] * v[:, None, :]
    turn -= away[:, None, None] * np.eye(3)
    cross = _crosses(rays)
    turn += cross @ _crosses(arms)
    grow = -np.cross(rays, arms)[:, :, None]
    jacobian = np.concatenate([turn, grow, -cross], axis=2) / away[:, None, None]
    angles = residuals / away[:, None]
    length = np.linalg.norm(angles, axis=1)
    sigma = max(float(np.median(length)) / RAYLEIGH if len(length) else 0.0, LEAST_ANGLE)
    weights = np.repeat(_cauchy(length / sigma) / sigma**2, 3)
    blocks = np.repeat(matches.in_scan, 3, axis=0)
    return _Rows(angles.reshape(-1), jacobian.reshape(-1, 7), weights, blocks), sigma


def _crosses(vectors: FloatArray) -> FloatArray:
    """Matrices (n, 3, 3) of the cross product with vectors (n, 3)."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return np.stack(rows, axis=1).reshape(-1, 3, 3)


def _sigma(values: FloatArray, least: float) -> float:
    """Standard deviation by the median of absolute values."""
    return max(MAD * float(np.median(np.abs(values))), least) if len(values) else least


def _cauchy(relative: FloatArray) -> FloatArray:
    result: FloatArray = 1 / (1 + (relative / CAUCHY) ** 2)
    return result


def _normal(rows: list[_Rows]) -> tuple[FloatArray, FloatArray]:
    matrix, vector = np.zeros((7, 7)), np.zeros(7)
    for one in rows:
        weighted = one.jacobian * one.weights[:, None]
        matrix += weighted.T @ one.jacobian
        vector += weighted.T @ one.residuals
    return matrix, vector


def _solved(rows: list[_Rows]) -> FloatArray:
    matrix, vector = _normal(rows)
    return _step(matrix, vector)


def _step(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """The change (7,) that takes the gradient to zero, damped where nothing tells it."""
    damped = matrix + DAMPING * np.diag(np.diag(matrix) + 1e-12)
    return np.asarray(-np.linalg.solve(damped, vector), np.float64)


def _judged(
    fit: Similarity,
    points: FloatArray,
    surface: Surface,
    matches: Matches,
    plane_sigma: float,
    pivot: FloatArray,
) -> ScanFit:
    within = max(WITHIN_SIGMAS * plane_sigma, 2 * surface.cell_m)
    planes, plane_sigma = _plane_rows(fit, points, surface, within, pivot)
    seen, pixel_sigma = _match_rows(fit, matches, pivot)
    draws = _drawn([planes, seen])
    spread = np.sqrt((draws**2).mean(axis=0))
    placed = fit.apply(points)
    floor = plane_sigma / math.sqrt(INDEPENDENT)
    size = max(float(np.sqrt(((placed - pivot) ** 2).sum(axis=1).mean())), 1e-9)
    found = surface.planes_at(placed, within)
    offsets = np.einsum("ij,ij->i", placed - found.points, found.normals)
    return ScanFit(
        scan_from_sfm=fit,
        residuals_m=np.where(found.good & (np.abs(offsets) < within), offsets, np.nan),
        plane_sigma_m=plane_sigma,
        pixel_sigma=pixel_sigma,
        grip=_grip(planes, size),
        scale_sigma=float(np.hypot(spread[3], floor / size)),
        rotation_sigma=float(np.hypot(_rms(spread[:3]), floor / size)),
        position_sigma_m=float(np.hypot(_rms(spread[4:]), floor)),
    )


def _grip(planes: _Rows, size: float) -> float:
    """Least eigenvalue of the planes' mean information, turns and growth in units of the extent."""
    unit = planes.jacobian / np.array([size, size, size, size, 1.0, 1.0, 1.0])
    return float(np.linalg.eigvalsh(unit.T @ unit / len(unit))[0])


def _rms(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def _drawn(rows: list[_Rows]) -> FloatArray:
    """Changes (DRAWS, 7) of the solution when blocks of space are drawn with replacement.

    Residuals near each other are wrong together (a bent model, a station that is off), so blocks
    are drawn rather than residuals (block bootstrap, Kuensch 1989).
    """
    places = np.concatenate([one.blocks for one in rows])
    low, high = np.percentile(places, 2, axis=0), np.percentile(places, 98, axis=0)
    size = np.maximum((high - low) / BLOCKS, 1e-9)
    sums: dict[tuple[int, ...], tuple[FloatArray, FloatArray]] = {}
    for one in rows:
        cells = np.clip(np.floor((one.blocks - low) / size), 0, BLOCKS - 1).astype(int)
        weighted = one.jacobian * one.weights[:, None]
        keys, inverse = np.unique(cells, axis=0, return_inverse=True)
        for number, key in enumerate(map(tuple, keys.tolist())):
            own = inverse.reshape(-1) == number
            matrix = weighted[own].T @ one.jacobian[own]
            vector = weighted[own].T @ one.residuals[own]
            before = sums.get(key, (np.zeros((7, 7)), np.zeros(7)))
            sums[key] = (before[0] + matrix, before[1] + vector)
    matrices = np.array([sums[key][0] for key in sorted(sums)])
    vectors = np.array([sums[key][1] for key in sorted(sums)])
    rng = np.random.default_rng(0)
    changes = []
    for _ in range(DRAWS):
        counts = rng.multinomial(len(matrices), np.full(len(matrices), 1 / len(matrices)))
        drawn: FloatArray = np.einsum("b,bij->ij", counts.astype(np.float64), matrices)
        changes.append(_step(drawn, counts.astype(np.float64) @ vectors))
    return np.array(changes)
