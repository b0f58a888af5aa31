"""Distances of surfaces, by hand."""

import numpy as np
import pytest
from optimise.looks.looks_scenes import box_part, moved, quad, two_material_box

from vtour.glb.scene import Scene
from vtour.optimise.looks.distances import distances_of, even_points, one_way

BOX = two_material_box()


def test_a_scene_is_no_distance_from_itself():
    found = distances_of(BOX, BOX, samples=2000)
    assert found.hausdorff < 1e-6
    assert found.mean < 1e-6


def test_a_moved_board():
    board = Scene([quad()], [])
    found = distances_of(board, moved(board, (0, 0, 0.25)), samples=2000)

    for way in (found.from_master, found.from_derivative):
        assert (way.greatest, way.mean, way.percentile_99) == (0.25, 0.25, 0.25)


def test_a_moved_box():
    """By d along x: one side is d outside; one is d inside, but nearer to four others at its edges;
    on these four, a strip d wide is d / 2 outside in the mean."""
    d = 0.125
    found = distances_of(BOX, moved(BOX, (d, 0, 0)), samples=20_000)

    assert found.hausdorff == pytest.approx(d, rel=1e-3)
    outside, strips = 4 * d, 4 * d * 2 * d / 2
    inside = 4 * (d - d**2 + d**3 / 3)  # the integral of (2 - 2 t)^2 over t from 0 to d
    assert found.from_master.mean == pytest.approx((outside + strips + inside) / 24, rel=0.005)
    assert found.from_master.percentile_99 == pytest.approx(d, rel=1e-3)


def test_what_is_missing_is_far_one_way():
    whole = Scene([quad((0, 0), (4, 1))], [])
    half = Scene([quad((0, 0), (2, 1))], [])
    found = distances_of(whole, half, samples=20_000)

    assert found.from_master.greatest == pytest.approx(2, rel=1e-3)
    assert found.from_master.mean == pytest.approx(0.5, rel=0.01)
    assert found.from_master.percentile_99 == pytest.approx(1.96, rel=0.01)
    assert found.from_derivative.greatest < 1e-5
    assert found.hausdorff == found.from_master.greatest


def test_a_lone_corner_counts_for_the_greatest_alone():
    """A spike of no area: points spread over the surface miss it, its vertex is looked at."""
    part = quad()
    positions = np.concatenate([part.positions, [[0, 0, 3], [0, 0, 3], [1e-6, 0, 0]]])
    faces = np.concatenate([part.faces, [[4, 5, 6]]]).astype(np.uint32)
    spiked = Scene([type(part)(positions.astype(np.float32), faces)], [])
    found = one_way(spiked, Scene([part], []), samples=1000)

    assert found.greatest == pytest.approx(3)
    assert found.mean < 1e-3


def test_points_are_spread_by_area():
    part = box_part("south high", low=(0, 0, 0), high=(3, 1, 1))  # 3 and 3 square metres
    large = quad((0, 0), (9, 2), z=5)
    positions = np.concatenate([part.positions, large.positions])
    faces = np.concatenate([part.faces, large.faces + 8]).astype(np.uint32)
    points = even_points(positions, faces, 24_000)

    on_large = points[points[:, 2] > 4]
    assert len(on_large) == pytest.approx(18_000, abs=2)
    counts, _, _ = np.histogram2d(on_large[:, 0], on_large[:, 1], bins=(9, 2))
    assert counts.min() > 950 and counts.max() < 1050  # 1000 a square metre


def test_no_area_at_all():
    part = quad()
    flat = Scene([type(part)(np.zeros((4, 3), np.float32), part.faces)], [])
    assert one_way(flat, Scene([part], []), samples=100).greatest == 0


def test_samples_are_the_same_each_time():
    other = moved(BOX, (0.1, 0.2, 0.3))
    assert distances_of(BOX, other, samples=5000) == distances_of(BOX, other, samples=5000)
