"""Lay one surface onto another from a start that is near: GICP coarse to fine, then planes.

GICP (Segal et al., RSS 2009; small_gicp) reaches far and converges in a few steps, but its
matches at borders and in leaves pull. The last steps minimise the distances of flat points to the
planes of their match, both ways, with Tukey's weights (Rusinkiewicz, SIGGRAPH 2019, symmetric
objective with both normals; Zhang, IVC 1997, M-estimators).

small_gicp sums in another order with more threads, so that the last bits differ: one thread.

Error of the shift by the three pairs of the full synthetic site (stations of 0.8 million points,
2 mm of noise), from a start 0.1 m off, voxels of 4 cm:

  GICP                                              2.6, 16.0, 32.1 mm
  planes, each with its residuals' own scale        0.04, 0.12, 0.17 mm
  the level with the least RMS distance kept        8 mm: at coarse levels a floor is so flat that
                                                    the walls count as outliers; hence FLOOR, and
                                                    levels compared by their weakest direction
  planes on car-borne scans (three-stations)        the loop is off by 0.14 m, with GICP by 0.03 m:
                                                    hence THICK_M and KEPT_OVERLAP (pairwise.py)

Along a corridor nothing holds a shift but noise in the normals. The weakest direction's share of
what holds all shifts: rooms and halls 0.03 to 0.1, car-borne scans of a street 0.005, a colonnade
0.01 to 0.03, a corridor 0.00002, a plane 0. Below FREE it counts as free (Zhang, Kaess and Singh,
ICRA 2016): a pose is not moved along it, and the matches tell nothing of it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, transform_points
from vtour.scan.registration.surface import Surface

SAME_WAY = 0.8  # cosine between the normals of a match
TUKEY = 4.685
MAD = 1.4826
FINE_STEPS = 30
SETTLED = 1e-6  # radians, and metres at a metre
FLOOR = 0.005  # of the reach: a large floor is so flat that nothing else would count
SHRINK = 0.6  # of the least scale of residuals, a step
MIN_MATCHES = 30
GICP_NEIGHBOURS = 15
FREE = 1e-3  # of what all matches hold a shift by, below which a direction counts as not held


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
        """How uncertain the fit is in its weakest direction, a turn told at the radius."""
        weakest = directions_of_fit(self.normal, self.radius_m)[0][0]
        return self.rmse_m / float(np.sqrt(max(weakest, 1e-12)))

    @property
    def is_free(self) -> bool:
        """Whether the matches leave a direction free."""
        return bool(directions_of_fit(self.normal, self.radius_m)[2].any())

    def information(self, sigma_m: float, reach_m: float) -> FloatArray:
        """(6, 6) inverse covariance of turn and shift about ``centre``.

        sigma_m : of a match; reach_m : standard deviation along free directions.
        """
        values, vectors, is_free = directions_of_fit(self.normal, self.radius_m)
        known = np.where(is_free, 1 / reach_m**2, np.maximum(values, 0) / sigma_m**2)
        back = 1 / scale_of(self.radius_m)
        found: FloatArray = (vectors * known) @ vectors.T * np.outer(back, back)
        return found

    def held_at(self, start: FloatArray) -> FloatArray:
        """The pose of the fit, along free directions as a start has it."""
        from scipy.spatial.transform import Rotation

        _, vectors, is_free = directions_of_fit(self.normal, self.radius_m)
        off = self.a_from_b @ inverse(start)
        shift = off[:3, :3] @ self.centre + off[:3, 3] - self.centre
        step = np.r_[Rotation.from_matrix(off[:3, :3]).as_rotvec(), shift]
        scale, held = scale_of(self.radius_m), vectors[:, ~is_free]
        pose: FloatArray = (
            moved_about(self.centre, scale * (held @ (held.T @ (step / scale)))) @ start
        )
        return pose


def scale_of(radius_m: float) -> FloatArray:
    """(6,) turn and shift for one metre at the radius."""
    scale: FloatArray = np.r_[np.full(3, 1 / radius_m), np.ones(3)]
    return scale


def directions_of_fit(
    normal: FloatArray, radius_m: float
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Eigenvalues (6,), rising, and vectors (6, 6) with turns told at the radius; which are free.

    normal : (6, 6) of turn and shift about the middle of the matches.
    """
    scale = scale_of(radius_m)
    values, vectors = np.linalg.eigh(normal * np.outer(scale, scale))
    return values, vectors, values < FREE * np.trace(normal[3:, 3:])


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
    a: Surface,
    b: Surface,
    a_from_b: FloatArray,
    reach_m: float,
    max_points: int = 40_000,
    steps: int = FINE_STEPS,
    *,
    is_held: bool = False,
) -> PlaneFit | None:
    """Refine a_from_b by the planes of both; None when too little matches.

    reach_m : how far a match may be, along the surface too.
    steps   : at most; with none the pose stays as it is, and only the figures are computed.
    is_held : the pose is not moved along directions that the matches leave free.
    """
    chosen = (flat_subset(a, max_points), flat_subset(b, max_points))
    least, floor = reach_m / 4, reach_m * FLOOR
    for _ in range(steps):
        rows = weighted_rows(a, b, chosen, a_from_b, reach_m, max(least, floor))
        if rows is None:
            return None
        step = rows.held_step() if is_held else rows.step()
        a_from_b = moved_about(rows.centre, step) @ a_from_b
        if np.abs(step).max() < SETTLED and least < floor:
            break
        least *= SHRINK
    found = weighted_rows(a, b, chosen, a_from_b, reach_m, floor)
    return None if found is None else found.fit(a_from_b)


@dataclass(frozen=True)
class Rows:
    """Linearised plane distances: at (n, 3), normals (n, 3), off (n,) and weights (n,), in a."""

    at: FloatArray
    normals: FloatArray
    off: FloatArray
    weights: FloatArray

    @property
    def centre(self) -> FloatArray:
        """Middle of the matched points (3,)."""
        middle: FloatArray = self.at.mean(0)
        return middle

    @property
    def jacobian(self) -> FloatArray:
        """(n, 6) change of the distances by a turn about the centre and a shift."""
        return np.column_stack([np.cross(self.at - self.centre, self.normals), self.normals])

    def step(self) -> FloatArray:
        """The turn and shift (6,) that lower the distances most."""
        rows = self.jacobian
        weighted = (rows * self.weights[:, None]).T
        step = np.zeros(6)
        step[:] = np.linalg.lstsq(weighted @ rows, -weighted @ self.off, rcond=1e-9)[0]
        return step

    def held_step(self) -> FloatArray:
        """The same, nothing along free directions."""
        fit = self.fit(np.eye(4))
        values, vectors, is_free = directions_of_fit(fit.normal, fit.radius_m)
        scale, held = scale_of(fit.radius_m), vectors[:, ~is_free]
        pull = -(self.jacobian * self.weights[:, None]).T @ self.off
        step: FloatArray = scale * (held @ (held.T @ (scale * pull) / values[~is_free]))
        return step

    def fit(self, a_from_b: FloatArray) -> PlaneFit:
        """The figures at a pose."""
        rows = self.jacobian
        return PlaneFit(
            a_from_b=a_from_b,
            rmse_m=float(np.sqrt((self.weights * self.off**2).sum() / self.weights.sum())),
            matches=int((self.weights > 0).sum()),
            normal=(rows * self.weights[:, None]).T @ rows,
            centre=self.centre,
            radius_m=float(np.sqrt(((self.at - self.centre) ** 2).sum(1).mean())),
        )


def weighted_rows(
    a: Surface,
    b: Surface,
    chosen: tuple[NDArray[np.intp], NDArray[np.intp]],
    a_from_b: FloatArray,
    reach_m: float,
    least_m: float,
) -> Rows | None:
    """Matches both ways with Tukey's weights; None when they are few.

    least_m : the scale of the residuals is not taken below this: wide at first, so that a start
              that is off does not lock onto the few that fit by chance.
    """
    matched = [
        plane_matches(a, b, chosen[1], a_from_b, reach_m),
        turned(plane_matches(b, a, chosen[0], inverse(a_from_b), reach_m), a_from_b),
    ]
    at, normals, off = (np.concatenate(parts) for parts in zip(*matched, strict=True))
    if len(off) < MIN_MATCHES:
        return None
    scale = max(MAD * float(np.median(np.abs(off))), least_m)
    weights = np.maximum(1 - (off / (TUKEY * scale)) ** 2, 0) ** 2
    return Rows(at, normals, off, weights)


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
