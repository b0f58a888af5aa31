"""The world from positions that cameras wrote into EXIF: robust, and honest about its scale.

What fixes can give: the scale is at best known to 1 / sqrt(sum((x / sigma)^2)) over their offsets
from their middle. 126 fixes of 1.5 m (2 m in height) within 24 x 19 m of the synthetic site:
1.56 %. 24 draws of noise on its true centres gave 1.66 % RMS here, and 1.70 % was stated. No
weighting goes below that: a site of twice the extent, or one measured distance, does.

What a fix claims is not what it is worth, so sigmas follow the residuals. Too small by 2.5: half of
the fixes were outliers and the scale 5.7 % off (RMS); now 4.1 % (limit 3.9 %), and 4.2 in place of
6.0 % with one fix in ten 40 m off. Too large (5 m assumed where 0.5 m is true, brighton): the
cameras' level axes tilted the world against the fixes; spread of heights against its reference
0.093 m, now 0.069 m. That is all that a bundle adjustment with fixes as priors brought (bend.py).
As fixes weigh more, level axes do, too: with LEVEL_PHOTOS 8 in place of 4 the synthetic site is
tilted by 0.36 in place of 0.56 degrees (RMS), and brighton is the same.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from vtour.frames import FloatArray
from vtour.world.gravity import Gravity
from vtour.world.similarity import (
    BoolArray,
    Similarity,
    levelled_similarity,
    samples_of,
    similarity_from_points,
)

UP = np.array([0.0, 0.0, 1.0])
VERTICAL_FACTOR = 2.0  # satellite positions are about twice as wrong in height
OUTLIER_SIGMAS = 4.0
CAUCHY_SIGMAS = 2.4
MAX_LARGER = 3.0  # fixes that are worse yet than they claim are no measurement
MEDIAN_OF_NORM = 1.538  # of three normal numbers: chi with 3 degrees of freedom
PRIOR_DOF = 4.0  # how many measurements the assumed sigma counts for
LEVEL_PHOTOS = 8.0  # all camera x axes together weigh as much as this many free photos
MIN_TILT = np.radians(2.0)
GRAVITY_SIGMA = np.radians(30.0)
UNCERTAIN_GRAVITY_SIGMA = np.radians(90.0)  # photos straight down look like photos of a wall
NORTH_SIGMA = 0.35  # radians
MEASURED_UP_SIGMA = np.radians(5.0)


@dataclass(frozen=True)
class GpsFit:
    """enu_from_sfm and how good it is.

    inside      : which fixes the fit used.
    residual_m  : RMS distance of those to the cameras.
    scale_sigma : standard deviation of the scale as a share of it.
    yaw_sigma   : radians; tilt_sigma: radians, from the positions alone.
    off_gravity : radians between the fitted up and the cameras' own.
    """

    enu_from_sfm: Similarity
    inside: BoolArray
    residual_m: float
    scale_sigma: float
    yaw_sigma: float
    tilt_sigma: float
    off_gravity: float


def fit_gps(
    centres_in_sfm: FloatArray,
    fixes_enu_m: FloatArray,
    sigmas_m: FloatArray,
    x_axes_in_sfm: FloatArray,
    gravity: Gravity,
) -> GpsFit:
    """Fit camera centres to positions, all (n, 3); heights that are not known are NaN.

    sigmas_m      : (n,) horizontal sigma of each fix; vertical is VERTICAL_FACTOR of it.
    x_axes_in_sfm : (n, 3) camera x axes: level, within the tilt that ``gravity`` found.

    Candidates from pairs with the cameras' up and from triples without it, the best by a
    truncated score; then non-linear least squares over 7 parameters with Cauchy loss, sigmas
    being changed to what the residuals say of them. The cameras' up decides what
    positions on a line or far below their noise leave open.
    """
    stated = _Problem(centres_in_sfm, fixes_enu_m, sigmas_m, x_axes_in_sfm, gravity)
    best = stated.refine(stated.best_start(), np.ones(len(centres_in_sfm), bool))
    inside = np.zeros(len(centres_in_sfm), bool)
    for _ in range(10):
        problem = stated.with_honest_sigmas(best)
        before, inside = inside, problem.normed(best) <= OUTLIER_SIGMAS
        if inside.sum() < 2 or (inside == before).all():
            break
        best = problem.refine(best, inside)
    return stated.judge(best, inside)


@dataclass(frozen=True)
class _Problem:
    centres: FloatArray
    fixes: FloatArray
    sigmas: FloatArray
    x_axes: FloatArray
    gravity: Gravity

    @property
    def axis_sigmas(self) -> FloatArray:
        result: FloatArray = self.sigmas[:, None] * np.array([1.0, 1.0, VERTICAL_FACTOR])
        return result

    def offsets(self, fit: Similarity) -> FloatArray:
        """Camera minus fix, metres; zero where a height is not known."""
        return np.nan_to_num(fit.apply(self.centres) - self.fixes)

    def normed(self, fit: Similarity) -> FloatArray:
        """Distance of each camera to its fix in sigmas."""
        result: FloatArray = np.linalg.norm(self.offsets(fit) / self.axis_sigmas, axis=1)
        return result

    def with_honest_sigmas(self, fit: Similarity) -> "_Problem":
        """The same with sigmas as the median residual says; few fixes say little against theirs."""
        found = float(np.median(self.normed(fit))) / MEDIAN_OF_NORM
        dof = max(3 * len(self.fixes) - 7, 0)
        factor = np.sqrt((dof * found**2 + PRIOR_DOF) / (dof + PRIOR_DOF))
        return replace(self, sigmas=self.sigmas * min(float(factor), MAX_LARGER))

    def cost(self, fit: Similarity) -> float:
        if not fit.scale > 0:
            return np.inf
        positions = np.minimum(self.normed(fit) ** 2, OUTLIER_SIGMAS**2).sum()
        return float(positions + (self.attitude(fit.rotation) ** 2).sum())

    def attitude(self, rotation: FloatArray) -> FloatArray:
        """Residuals, in sigmas, of the level x axes and of the cameras' up direction."""
        count = len(self.x_axes)
        tilt = max(self.gravity.tilt, MIN_TILT) * max(1.0, np.sqrt(count / LEVEL_PHOTOS))
        level = np.clip(self.x_axes @ rotation.T @ UP / tilt, -3, 3)
        up = rotation @ self.gravity.up_in_sfm
        angle = np.arctan2(np.linalg.norm(np.cross(up, UP)), up @ UP)
        sigma = GRAVITY_SIGMA if self.gravity.certain else UNCERTAIN_GRAVITY_SIGMA
        result: FloatArray = np.append(level, angle / sigma)
        return result

    def best_start(self) -> Similarity:
        """The candidate of least truncated cost."""
        heights = self.fixes[:, 2]
        known = heights[~np.isnan(heights)]
        filled = self.fixes.copy()
        filled[np.isnan(heights), 2] = np.median(known) if len(known) else 0.0
        up = self.gravity.up_in_sfm
        tried = [levelled_similarity(filled, self.centres, up)]
        for sample in samples_of(len(filled), 2):
            rows = list(sample)
            tried.append(levelled_similarity(filled[rows], self.centres[rows], up))
        for sample in samples_of(len(filled), 3):
            rows = list(sample)
            tried.append(similarity_from_points(filled[rows], self.centres[rows]))
        return min(tried, key=self.cost)

    def refine(self, start: Similarity, inside: BoolArray) -> Similarity:
        """Least squares from a start: turn (3), logarithm of scale, place of the centroid."""
        middle = self.centres[inside].mean(axis=0)
        place = start.apply(middle)

        def candidate(change: FloatArray) -> Similarity:
            rotation = Rotation.from_rotvec(change[:3]).as_matrix() @ start.rotation
            scale = start.scale * float(np.exp(change[3]))
            return Similarity(scale, rotation, place + change[4:] - scale * rotation @ middle)

        def residuals(change: FloatArray) -> FloatArray:
            fit = candidate(change)
            scaled = (self.offsets(fit) / self.axis_sigmas)[inside]
            size = np.linalg.norm(scaled, axis=1, keepdims=True) / CAUCHY_SIGMAS
            soft = np.sqrt(np.log1p(size**2)) / np.maximum(size, 1e-9)  # Cauchy
            flat = np.where(size < 1e-9, scaled, scaled * soft).ravel()
            result: FloatArray = np.append(flat, self.attitude(fit.rotation))
            return result

        solved = least_squares(residuals, np.zeros(7), x_scale="jac", max_nfev=200)
        return candidate(solved.x)

    def judge(self, fit: Similarity, inside: BoolArray) -> GpsFit:
        """Residuals and sigmas of a fit, from the spread of the positions and their noise."""
        offsets = self.offsets(fit)[inside]
        count = len(offsets)
        squares = float((offsets**2).sum())
        prior = float(np.median(self.sigmas))
        noise = np.sqrt((squares + PRIOR_DOF * prior**2) / (max(3 * count - 7, 0) + PRIOR_DOF))
        spread = fit.apply(self.centres[inside])
        spread = spread - spread.mean(axis=0) if count else spread
        level = np.linalg.svd(spread[:, :2], compute_uv=False) if count else np.zeros(2)
        total = float(np.sqrt((spread**2).sum()))
        up = fit.rotation @ self.gravity.up_in_sfm
        return GpsFit(
            enu_from_sfm=fit,
            inside=inside,
            residual_m=float(np.sqrt(squares / count)) if count else 0.0,
            scale_sigma=_ratio(noise, total),
            yaw_sigma=_ratio(noise, float(np.hypot(*level)) if len(level) > 1 else 0.0),
            tilt_sigma=_ratio(VERTICAL_FACTOR * noise, float(level[-1]) if count > 2 else 0.0),
            off_gravity=float(np.arccos(np.clip(up @ UP, -1, 1))),
        )


def _ratio(noise: float, spread: float) -> float:
    return float(noise / spread) if spread > 1e-9 * max(noise, 1e-12) else 1e9
