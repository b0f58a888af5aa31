"""Bundle adjustment on the sphere: rotations and lenses of photos of one standpoint. Pure arrays.

A match is a ray of photo a and a ray of photo b. Its residual is the ray of one carried into the
other and compared there on the plane before the camera, in pixels, both ways:
``f (plane(b_from_a ray_a) - plane(ray_b))``. Parameters are a turn of every photo and, for every
lens, focal length, centre and bend. Levenberg-Marquardt on the normal equations, which for twenty
photos are 66 x 66: they are summed match by match, never a Jacobian of all matches.

Robust by reweighting (Cauchy), with a scale that falls from round to round to three times the
median residual: matches on near things, which a lens that moved 2 mm sees shifted, lose weight.

Rejected: scipy's least_squares with a sparse Jacobian by differences (20 photos, 12,000 matches:
48 s against 2 s); rays as unknowns of their own (the same rotations within 0.002 degrees, 20 times
the time); the angle between rays as residual, which shrinks when the focal length grows, so that
three photos in a row fled to f = infinity.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtour.panorama.lens import PhotoLens

FloatArray = NDArray[np.float64]

LENS_SIZE = 6  # log focal length, centre x and y in focal lengths, k1, k2, k3
LENS_STEPS = np.full(LENS_SIZE, 1e-5)
LENS_SIGMA = np.array([0.15, 0.02, 0.02, 0.06, 0.03, 0.015])
"""How far a lens may lie from what EXIF says and from one without bend, one standard deviation."""
PRIOR_PX = 1.0
"""A residual in pixels that weighs as much as one standard deviation of a lens."""
MIN_DEPTH = 0.05
MAX_STEPS = 60
FIRST_SCALE_PX, LAST_SCALE_PX = 30.0, 0.5
SCALE_FALLS = 0.4
MEDIANS = 1.5
"""The last robust scale, in median residuals."""
MAX_DAMPING = 1e8


@dataclass(frozen=True, eq=False)
class Matches:
    """Matched pixels of one pair of photos: (n, 2) each."""

    a: int
    b: int
    pixels_a: FloatArray
    pixels_b: FloatArray


@dataclass(eq=False)
class Solution:
    """world_from_cam (n, 3, 3) of the photos, and the lens of every group of photos."""

    world_from_cam: FloatArray
    lenses: list[PhotoLens]
    lens_of: list[int]

    def lens(self, photo: int) -> PhotoLens:
        """The lens of a photo."""
        return self.lenses[self.lens_of[photo]]


def residuals_px(solution: Solution, pair: Matches) -> FloatArray:
    """Residuals (2, n) in pixels of a pair's matches: carried from a to b, and from b to a."""
    joined = _join([pair], solution)
    error, _ = _errors(solution, joined, _rays(solution, joined))
    sizes: FloatArray = np.linalg.norm(error, axis=1).reshape(2, -1)
    return sizes


@dataclass(frozen=True, eq=False)
class _Joined:
    """All matches in one row: first every pixel in its photo a, then every pixel in its photo b.

    Entry i is carried from ``source[i]`` (its own photo) to ``target[i]``, where it is compared
    with entry ``other[i]``. ``runs`` are entries with the same source and target: a pair, one way.
    """

    pixels: FloatArray
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    other: NDArray[np.int64]
    group: NDArray[np.int64]
    runs: list[slice]


def _join(pairs: list[Matches], solution: Solution) -> _Joined:
    sizes = [len(pair.pixels_a) for pair in pairs]
    total = sum(sizes)
    a = np.repeat([pair.a for pair in pairs], sizes)
    b = np.repeat([pair.b for pair in pairs], sizes)
    source = np.concatenate([a, b])
    ends = np.cumsum([*sizes, *sizes])
    return _Joined(
        np.concatenate([*(pair.pixels_a for pair in pairs), *(pair.pixels_b for pair in pairs)]),
        source,
        np.concatenate([b, a]),
        np.roll(np.arange(2 * total), -total),
        np.asarray(solution.lens_of)[source],
        [slice(end - size, end) for end, size in zip(ends, [*sizes, *sizes], strict=True)],
    )


def _rays(solution: Solution, joined: _Joined, nudge: int | None = None) -> FloatArray:
    """Rays (n, 3) of all entries; with one value of every lens moved by its step."""
    rays = np.empty((len(joined.pixels), 3))
    for group, lens in enumerate(solution.lenses):
        mine = joined.group == group
        if mine.any():
            used = lens if nudge is None else _nudged(lens, nudge)
            rays[mine] = used.rays_from_pixels(joined.pixels[mine])
    return rays


def _errors(solution: Solution, joined: _Joined, rays: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Errors (n, 2) in pixels of the target, and the carried rays (n, 3) in the target."""
    carried = np.empty_like(rays)
    for run in joined.runs:
        if run.stop > run.start:
            b_from_a = _b_from_a(solution, joined, run)
            carried[run] = rays[run] @ b_from_a.T
    focal = _focals(solution, joined)
    return (_plane(carried) - _plane(rays[joined.other])) * focal[:, None], carried


def _b_from_a(solution: Solution, joined: _Joined, run: slice) -> FloatArray:
    a, b = joined.source[run.start], joined.target[run.start]
    turn: FloatArray = solution.world_from_cam[b].T @ solution.world_from_cam[a]
    return turn


def _focals(solution: Solution, joined: _Joined) -> FloatArray:
    """Focal length of every entry's target."""
    of_group = np.array([lens.focal_px for lens in solution.lenses])
    focals: FloatArray = of_group[joined.group[joined.other]]
    return focals


def _plane(rays: FloatArray) -> FloatArray:
    return rays[:, :2] / np.maximum(rays[:, 2:], MIN_DEPTH)


def adjust(
    solution: Solution,
    pairs: list[Matches],
    *,
    free: tuple[bool, ...] = (True,) * LENS_SIZE,
    first_scale_px: float = FIRST_SCALE_PX,
    start_lenses: list[PhotoLens] | None = None,
) -> Solution:
    """Solve rotations and lenses; the turn of photo 0 stays.

    free : which of log f, cx, cy, k1, k2, k3 are solved.
    start_lenses : the lenses that the solution is held near to, if not its own.
    """
    prior = start_lenses or solution.lenses
    joined = _join(pairs, solution)
    scale, damping = first_scale_px, 1e-4
    cost, sizes = _cost(solution, joined, prior, scale)
    for _ in range(MAX_STEPS):
        normal, gradient = _normal_equations(solution, joined, prior, scale, np.array(free))
        before = cost
        while damping < MAX_DAMPING:
            damped = normal + damping * np.diag(np.diag(normal))
            trial = _moved(solution, np.asarray(-np.linalg.solve(damped, gradient), np.float64))
            cost, sizes = _cost(trial, joined, prior, scale)
            if cost <= before:
                break
            damping *= 8
        else:
            break
        solution, damping = trial, max(damping / 6, 1e-9)
        gain = (before - cost) / max(before, 1e-12)
        if gain < 1e-4:
            wanted = max(LAST_SCALE_PX, MEDIANS * float(np.median(sizes)))
            if scale <= wanted * 1.001 and gain < 1e-6:
                break
            scale = min(scale, max(wanted, scale * SCALE_FALLS))
            cost, sizes = _cost(solution, joined, prior, scale)
    return solution


def _cost(
    solution: Solution, joined: _Joined, prior: list[PhotoLens], scale: float
) -> tuple[float, FloatArray]:
    """Robust cost, and the residuals (n,) in pixels."""
    error, _ = _errors(solution, joined, _rays(solution, joined))
    size = np.linalg.norm(error, axis=1)
    total = float(np.log1p((size / scale) ** 2).sum()) * scale**2
    for lens, start in zip(solution.lenses, prior, strict=True):
        away = (_lens_values(lens) - _lens_values(start)) / LENS_SIGMA
        total += float(away @ away) * PRIOR_PX**2
    return total, size


def _normal_equations(
    solution: Solution,
    joined: _Joined,
    prior: list[PhotoLens],
    scale: float,
    free: NDArray[np.bool_],
) -> tuple[FloatArray, FloatArray]:
    photos, groups = len(solution.world_from_cam), len(solution.lenses)
    size = 3 * photos + LENS_SIZE * groups
    normal, gradient = np.zeros((size, size)), np.zeros(size)
    jacobian, error = _jacobian(solution, joined, free)
    weight = 1 / (1 + np.einsum("ij,ij->i", error, error) / scale**2)
    weighted = jacobian * weight[:, None, None]
    for run in joined.runs:
        if run.stop > run.start:
            columns = _columns(solution, joined.source[run.start], joined.target[run.start])
            flat = weighted[run].reshape(-1, len(columns))
            block = flat.T @ jacobian[run].reshape(-1, len(columns))
            np.add.at(normal, (columns[:, None], columns[None]), block)
            np.add.at(gradient, columns, flat.T @ error[run].ravel())
    for group, (lens, start) in enumerate(zip(solution.lenses, prior, strict=True)):
        at = 3 * photos + LENS_SIZE * group + np.arange(LENS_SIZE)
        hold = PRIOR_PX**2 / LENS_SIGMA**2
        normal[at, at] += hold
        gradient[at] += hold * (_lens_values(lens) - _lens_values(start))
    fixed = np.concatenate([np.arange(3), 3 * photos + np.flatnonzero(~np.tile(free, groups))])
    normal[fixed], normal[:, fixed] = 0, 0
    normal[fixed, fixed], gradient[fixed] = 1, 0
    return normal, gradient


def _columns(solution: Solution, a: int, b: int) -> NDArray[np.int64]:
    lenses = 3 * len(solution.world_from_cam)
    at_a, at_b = (lenses + LENS_SIZE * solution.lens_of[photo] for photo in (a, b))
    steps, turns = np.arange(LENS_SIZE), np.arange(3)
    return np.concatenate([3 * a + turns, 3 * b + turns, at_a + steps, at_b + steps])


def _jacobian(
    solution: Solution, joined: _Joined, free: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """Derivatives (n, 2, 18) of the errors (n, 2): turns of source and target, their lenses."""
    rays = _rays(solution, joined)
    error, carried = _errors(solution, joined, rays)
    focal = _focals(solution, joined)
    plane = _plane_by_ray(carried) * focal[:, None, None]
    own = _plane_by_ray(rays[joined.other]) * focal[:, None, None]
    from_source = np.empty_like(plane)  # errors by the ray in the source
    for run in joined.runs:
        if run.stop > run.start:
            from_source[run] = plane[run] @ _b_from_a(solution, joined, run)
    jacobian = np.zeros((len(rays), 2, 6 + 2 * LENS_SIZE))
    jacobian[:, :, 0:3] = -np.cross(from_source, rays[:, None, :])  # turns: R exp([w])
    jacobian[:, :, 3:6] = np.cross(plane, carried[:, None, :])
    for index in np.flatnonzero(free):
        moves = (_rays(solution, joined, int(index)) - rays) / LENS_STEPS[index]
        jacobian[:, :, 6 + index] = np.einsum("nij,nj->ni", from_source, moves)
        by_target = -np.einsum("nij,nj->ni", own, moves[joined.other])
        jacobian[:, :, 6 + LENS_SIZE + index] = by_target + (error if index == 0 else 0.0)
    return jacobian, error


def _plane_by_ray(rays: FloatArray) -> FloatArray:
    """Derivatives (n, 2, 3) of x / z and y / z."""
    x, y, z = rays[:, 0], rays[:, 1], np.maximum(rays[:, 2], MIN_DEPTH)
    by_ray = np.zeros((len(rays), 2, 3))
    by_ray[:, 0, 0] = by_ray[:, 1, 1] = 1 / z
    by_ray[:, 0, 2], by_ray[:, 1, 2] = -x / z**2, -y / z**2
    return by_ray


def _lens_values(lens: PhotoLens) -> FloatArray:
    width, height = lens.size_px
    centre = np.array([lens.centre_px[0] - width / 2, lens.centre_px[1] - height / 2])
    return np.array([math.log(lens.focal_px), *(centre / lens.focal_px), *lens.bend])


def _lens_from_values(values: FloatArray, like: PhotoLens) -> PhotoLens:
    focal = math.exp(values[0])
    width, height = like.size_px
    centre = (width / 2 + values[1] * focal, height / 2 + values[2] * focal)
    k1, k2, k3 = (float(value) for value in values[3:6])
    return replace(like, focal_px=focal, centre_px=centre, bend=(k1, k2, k3))


def _nudged(lens: PhotoLens, index: int) -> PhotoLens:
    values = _lens_values(lens)
    values[index] += LENS_STEPS[index]
    return _lens_from_values(values, lens)


def _moved(solution: Solution, step: FloatArray) -> Solution:
    from scipy.spatial.transform import Rotation

    photos = len(solution.world_from_cam)
    turns = Rotation.from_rotvec(step[: 3 * photos].reshape(-1, 3)).as_matrix()
    lenses = [
        _lens_from_values(_lens_values(lens) + change, lens)
        for lens, change in zip(
            solution.lenses, step[3 * photos :].reshape(-1, LENS_SIZE), strict=True
        )
    ]
    return Solution(solution.world_from_cam @ turns, lenses, solution.lens_of)
