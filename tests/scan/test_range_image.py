import numpy as np
import pytest

from tests.scan.scan_scenes import pose, rays_in_station, scan_room
from vtour.scan.range_image import (
    FINER,
    blank,
    fill_ranges,
    look_around,
    look_image,
    smallest_axis,
    width_of,
)


def image_of(points, width):
    image = blank(width)
    fill_ranges(image, points)
    return image


def test_grid_is_a_little_finer_than_the_scanner():
    points, _ = scan_room(pose((0, 1.6, 0)), columns=720)
    assert width_of(points, len(points)) == pytest.approx(720 * FINER, rel=0.05)
    assert width_of(points[::7], len(points)) == pytest.approx(720 * FINER, rel=0.05)


def test_a_cell_holds_the_nearest_range():
    ray = np.array([0.6, 0.64, 0.48])
    image = image_of(np.float32([ray * 3, ray * 2, ray * 5]), 360)
    assert image[np.isfinite(image)].tolist() == pytest.approx([2.0])


def test_directions_go_to_the_rows_and_columns_that_the_module_says():
    image = image_of(np.float32([[0, 0, 1], [-1, -1e-6, 1e-6], [1, 1e-6, -1e-6]]), 12)
    assert np.isfinite(image[0]).sum() == 1  # the zenith
    assert np.isfinite(image[2, 0])  # azimuth -180 degrees, just above level
    assert np.isfinite(image[3, 6])  # azimuth 0, just below level


def test_every_point_of_a_clean_wall_has_neighbours_and_one_in_the_air_has_none():
    points, _ = scan_room(pose((0.3, 1.6, 0.2)), columns=720)
    image = image_of(points, width_of(points, len(points)))
    in_air = np.float32([[1.0, 0.4, 0.3], [-2, 1, 0.1]])
    fill_ranges(image, in_air)
    near, _ = look_around(image, points, 3.5 * FINER, 0.012)
    assert (near >= 3).mean() > 0.9999
    assert look_around(image, in_air, 3.5 * FINER, 0.012)[0].tolist() == [0, 0]


def test_points_between_a_near_and_a_far_surface_are_alone():
    """A post of 0.2 m in front of a wall: the rays past its edge return from in between."""
    points, label = scan_room(pose((0, 1.6, 0)), columns=1440, cylinders=[(2.0, 0.5, 0.1)])
    beside = len(points) // 1440  # the next azimuth
    edge = np.flatnonzero(label[:-beside] != label[beside:])
    share = np.random.default_rng(3).uniform(0.15, 0.85, len(edge))
    rays = points[edge] / np.linalg.norm(points[edge], axis=1, keepdims=True)
    ends = np.linalg.norm(points[edge], axis=1), np.linalg.norm(points[edge + beside], axis=1)
    wide = np.abs(ends[0] - ends[1]) > 0.3
    points[edge] = rays * (ends[0] * share + ends[1] * (1 - share))[:, None]
    image = image_of(points, width_of(points, len(points)))
    near, _ = look_around(image, points[edge], 3.5 * FINER, 0.012)
    assert wide.sum() > 100
    assert (near[wide] < 3).mean() > 0.95


def test_incidence_is_that_of_the_floor():
    points, _ = scan_room(pose((0, 1.6, 0)), columns=720, noise_m=0)
    image = image_of(points, width_of(points, len(points)))
    ranges = np.linalg.norm(points, axis=1)
    floor = (points[:, 2] < -1.599) & (np.abs(points[:, :2]).max(axis=1) < 3.5)
    _, cosine = look_around(image, points[floor], 3.5 * FINER, 0.012)
    assert np.nanmedian(np.abs(cosine - 1.6 / ranges[floor])) < 0.01


def test_the_view_of_others_lacks_lone_points_and_is_never_farther():
    points, _ = scan_room(pose((0, 1.6, 0)), columns=720)
    width = width_of(points, len(points))
    clean = image_of(points, width)
    dirty = clean.copy()
    rng = np.random.default_rng(1)
    air = rays_in_station(720)[rng.choice(len(points), 200, replace=False)] * 0.5
    fill_ranges(dirty, air.astype(np.float32))
    look = look_image(dirty, 3, 3.5 * FINER, 0.012, width // 2)
    assert look.shape[1] == width // 2
    assert look.min() > 1.0
    blocks = clean[: 2 * (len(clean) // 2)].reshape(-1, 2, width // 2, 2).min(axis=(1, 3))
    whole = look[: len(blocks)]
    assert (np.isinf(whole) | (whole >= blocks)).all()
    assert (whole == blocks).mean() > 0.95


def test_smallest_axis_is_the_eigenvector_of_the_least_eigenvalue():
    rng = np.random.default_rng(0)
    for _ in range(50):
        square = rng.standard_normal((3, 3)) * [1, 0.5, 0.01]
        square = square @ square.T
        expected = np.linalg.eigh(square)[1][:, 0]
        found = smallest_axis(square[np.triu_indices(3)])
        assert abs(np.dot(found, expected)) == pytest.approx(1, abs=1e-6)
    assert smallest_axis(np.array([1.0, 0, 0, 1, 0, 1])) == (0, 0, 0)
