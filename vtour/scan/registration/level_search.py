"""Poses of two levelled stations by their ground plans: a turn about z and a shift.

Scanners are levelled to a degree or so, files in a CRS too. The walls of one plan are slid over the
other's for every heading at once (FFT); the height follows from the lowest points of cells that
both fill. Only proposes: what it finds is refined in six degrees of freedom and has to prove
itself, so a scanner that lies on its side costs nothing but the time.
"""

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, transform_points
from vtour.scan.registration.surface import Surface

HEADINGS = 180
MAX_CELLS = 256  # along a side, before padding
WALL = 0.35  # greatest vertical part of a wall's normal
NEAR_CELLS = 4  # peaks of a heading closer than this are one
PEAKS = 2  # kept of each heading


def level_poses(a: Surface, b: Surface, poses: int) -> list[FloatArray]:
    """a_from_b (4x4) whose plans correlate best, the best first, distinct ones only."""
    wall_a, wall_b = walls_of(a), walls_of(b)
    if min(len(wall_a), len(wall_b)) < 30:
        return []
    reach = max(np.percentile(np.abs(wall[:, :2]), 98) for wall in (wall_a, wall_b))
    cell = max(2 * reach / MAX_CELLS, a.voxel_m, b.voxel_m)
    side = 2 * int(2 ** np.ceil(np.log2(2 * reach / cell + 1)))
    plan_a = np.fft.rfft2(plan(wall_a, cell, side))
    found = []
    for step in range(HEADINGS):
        heading = 2 * np.pi * step / HEADINGS
        turned = transform_points(about_z(heading), wall_b)
        plan_b = plan(turned, cell, side)
        slid = np.fft.irfft2(plan_a * np.conj(np.fft.rfft2(plan_b)), s=(side, side))
        for value, row, column in peaks(slid):
            shift = np.array([row, column]) * cell
            found.append((value, heading, shift - side * cell * (shift > side * cell / 2)))
    found.sort(key=lambda one: (-round(one[0], 6), one[1]))
    return [
        with_height(a, b, heading, shift, cell) for heading, shift in distinct(found, cell, poses)
    ]


def walls_of(surface: Surface) -> FloatArray:
    """Points (n, 3) whose surface stands upright, or that are no surface: trunks and poles."""
    upright = ~surface.is_flat | (np.abs(surface.normals[:, 2]) < WALL)
    return surface.points[upright]


def plan(points: FloatArray, cell_m: float, side: int) -> FloatArray:
    """Ground plan (side, side): root of how many points a cell holds, smoothed, periodic."""
    from scipy.ndimage import gaussian_filter

    cells = np.floor(points[:, :2] / cell_m).astype(np.int64)
    inside = (np.abs(cells) < side // 4).all(1)
    cells = cells[inside] % side
    counts = np.bincount(cells[:, 0] * side + cells[:, 1], minlength=side * side)
    image = np.minimum(np.sqrt(counts.reshape(side, side)), 3.0)
    smooth: FloatArray = gaussian_filter(image, 0.8, mode="wrap")
    return smooth


def peaks(slid: FloatArray) -> list[tuple[float, int, int]]:
    """The highest values and where, each with its neighbourhood taken out."""
    found, slid = [], slid.copy()
    for _ in range(PEAKS):
        row, column = np.unravel_index(slid.argmax(), slid.shape)
        found.append((float(slid[row, column]), int(row), int(column)))
        rows = np.arange(row - NEAR_CELLS, row + NEAR_CELLS + 1) % slid.shape[0]
        columns = np.arange(column - NEAR_CELLS, column + NEAR_CELLS + 1) % slid.shape[1]
        slid[np.ix_(rows, columns)] = -np.inf
    return found


def distinct(
    found: list[tuple[float, float, FloatArray]], cell_m: float, poses: int
) -> list[tuple[float, FloatArray]]:
    """Headings and shifts of the best, leaving out neighbours of better ones."""
    kept: list[tuple[float, FloatArray]] = []
    for _, heading, shift in found:
        near = (
            abs((heading - other + np.pi) % (2 * np.pi) - np.pi) < np.radians(8)
            and np.linalg.norm(shift - there) < 2 * NEAR_CELLS * cell_m
            for other, there in kept
        )
        if not any(near):
            kept.append((heading, shift))
        if len(kept) == poses:
            break
    return kept


def with_height(
    a: Surface, b: Surface, heading: float, shift: FloatArray, cell_m: float
) -> FloatArray:
    """The pose with the height that lays the lowest points of common cells onto each other."""
    pose = about_z(heading)
    pose[:2, 3] = shift
    low_a = lowest(a.points, 2 * cell_m)
    low_b = lowest(transform_points(pose, b.points), 2 * cell_m)
    _, in_a, in_b = np.intersect1d(low_a[0], low_b[0], return_indices=True)
    if len(in_a):
        pose[2, 3] = np.median(low_a[1][in_a] - low_b[1][in_b])
    return pose


def lowest(points: FloatArray, cell_m: float) -> tuple[NDArray[np.int64], FloatArray]:
    """Cells of the plan as one number each, sorted, and the least height in each."""
    cells = np.floor(points[:, :2] / cell_m).astype(np.int64)
    numbers = cells[:, 0] * (1 << 31) + cells[:, 1]
    order = np.lexsort((points[:, 2], numbers))
    first = np.r_[True, np.diff(numbers[order]) != 0] if len(order) else order
    return numbers[order][first], points[order, 2][first]


def about_z(heading: float) -> FloatArray:
    """4x4 turn about z by so many radians."""
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]]
    return pose
