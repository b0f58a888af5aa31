import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from stereo_scene import FLOOR, WALL, rendered, sparse_points

from vtour.reconstruct.patchmatch import REACH, _best_of_regions, _gather_hypotheses
from vtour.reconstruct.stereo import (
    Effort,
    consistent_views,
    finer_planes,
    geometric_planes,
    index_calibration,
    inverse_depth,
    level_sizes,
    maps_from_planes,
    packed_image,
    photometric_planes,
    planes_from_maps,
    planes_from_sparse,
)

CENTRES = [(0, 0, 0), (0.6, 0, 0), (-0.6, 0.1, 0), (0.1, -0.6, 0.1), (0, 0.5, 0.2)]
EFFORT = Effort(iterations=(4,))


@pytest.fixture(scope="module")
def photos():
    return [rendered(centre) for centre in CENTRES]


@pytest.fixture(scope="module")
def found(photos):
    """First-pass planes of every photo, each matched with the other four."""
    return [
        photometric_planes(
            photo.view,
            [other.view for other in photos if other is not photo],
            sparse_points(photo),
            EFFORT,
            seed=number,
        )
        for number, photo in enumerate(photos)
    ]


def relative_error(depth, photo):
    return np.abs(depth - photo.depth) / photo.depth


def normal_error_deg(normal, photo):
    return np.degrees(np.arccos(np.clip(np.sum(normal * photo.normal, axis=-1), -1, 1)))


def test_slanted_planes_and_a_ball_are_found(photos, found):
    error = relative_error(found[0].depth, photos[0])

    # 0.1 px of disparity: 0.6 baseline * 160 px / 5 depth = 19 px, so 0.1 px is 0.5 % of depth
    assert np.median(error) < 0.002
    assert np.mean(error < 0.01) > 0.9  # the corners are seen by one other photo at most
    assert np.median(normal_error_deg(found[0].normal, photos[0])) < 6


def test_depth_is_not_biased_to_one_side(photos, found):
    """Half a pixel of shift somewhere would move all depths the same way."""
    seen = relative_error(found[0].depth, photos[0]) < 0.01
    signed = (found[0].depth - photos[0].depth) / photos[0].depth

    assert abs(np.mean(signed[seen])) < 0.0005


def test_second_pass_agrees_between_views(photos, found):
    others = range(1, len(photos))
    refined = geometric_planes(
        photos[0].view,
        [photos[j].view for j in others],
        sparse_points(photos[0]),
        EFFORT,
        seed=0,
        first=(found[0].depth, found[0].normal),
        depths=[found[j].depth for j in others],
    )

    before, after = (
        np.mean(relative_error(d, photos[0]) > 0.01) for d in (found[0].depth, refined.depth)
    )
    assert after < before
    assert np.median(normal_error_deg(refined.normal, photos[0])) < 6


def test_consistency_drops_wrong_depths_and_keeps_right_ones(photos):
    truth = photos[0].depth.astype(np.float32)
    wrong = truth.copy()
    wrong[40:60, 20:60] *= 1.05
    views = [photo.view for photo in photos[1:]]
    depths = [photo.depth.astype(np.float32) for photo in photos[1:]]

    count = consistent_views(
        photos[0].view, views, wrong, depths, max_error_px=1.5, max_difference=0.01
    )

    assert count[40:60, 20:60].max() == 0
    rest = np.ones(truth.shape, dtype=bool)
    rest[40:60, 20:60] = False
    assert np.mean(count[rest] >= 2) > 0.95


def test_what_a_source_cannot_see_does_not_count(photos):
    """Behind the ball the wall is hidden from a view that stands on the other side."""
    count = consistent_views(
        photos[0].view,
        [photos[1].view],
        photos[0].depth.astype(np.float32),
        [photos[1].depth.astype(np.float32)],
        max_error_px=1.5,
        max_difference=0.01,
    )
    view = photos[1].view
    cam = photos[0].place @ view.cam_from_world[:, :3].T + view.cam_from_world[:, 3]
    pixel = cam @ view.calibration.T
    col, row = (np.floor(pixel[..., i] / pixel[..., 2]).astype(int) for i in (0, 1))
    inside = (col >= 1) & (col < 159) & (row >= 1) & (row < 119)
    seen = photos[1].depth[np.clip(row, 0, 119), np.clip(col, 0, 159)]
    hidden = inside & (seen < 0.9 * cam[..., 2])

    assert hidden.sum() > 100
    assert np.all(count[hidden] == 0)


def test_untextured_surfaces_are_not_believed(photos):
    blank = [rendered(centre, flat_wall=True) for centre in CENTRES[:3]]
    planes = photometric_planes(
        blank[0].view,
        [photo.view for photo in blank[1:]],
        sparse_points(blank[0]),
        EFFORT,
        seed=0,
    )
    flat = np.zeros(blank[0].depth.shape, dtype=bool)
    flat[8:20, 8:40] = True  # well inside the wall

    assert np.all(blank[0].view.grey[flat] == 190)
    assert np.all(planes.cost[flat] == 2)


def test_same_bytes_with_one_thread_and_with_two(photos, found):
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        again = photometric_planes(
            photos[0].view,
            [photo.view for photo in photos[1:]],
            sparse_points(photos[0]),
            EFFORT,
            seed=0,
        )
    finally:
        numba.set_num_threads(before)

    for one, many in zip(vars(again).values(), vars(found[0]).values(), strict=True):
        assert one.tobytes() == many.tobytes()


def test_coarse_to_fine_finds_it_too():
    size = (400, 300)
    photos = [rendered(centre, planes=(FLOOR, WALL), balls=(), size=size) for centre in CENTRES[:3]]
    planes = photometric_planes(
        photos[0].view,
        [photo.view for photo in photos[1:]],
        sparse_points(photos[0]),
        Effort(iterations=(3, 1)),
        seed=1,
    )

    assert level_sizes(size) == [(200, 150), (400, 300)]
    assert np.mean(relative_error(planes.depth, photos[0]) < 0.01) > 0.9


def test_maps_and_planes_are_each_others_inverse(photos):
    photo = photos[0]
    k = index_calibration(photo.view, photo.view.size)
    planes = planes_from_maps(photo.depth.astype(np.float32), photo.normal.astype(np.float32), k, 5)
    depth, normal = maps_from_planes(planes, k, 5)

    np.testing.assert_allclose(depth, photo.depth, rtol=1e-5)
    np.testing.assert_allclose(normal, photo.normal, atol=1e-4)


def test_planes_predict_the_depth_of_the_next_pixel():
    """The gradient of inverse depth on the slanted floor is the difference of neighbours."""
    photo = rendered((0, 0, 0), planes=(FLOOR,), balls=())
    k = index_calibration(photo.view, photo.view.size)
    depth = np.where(np.isfinite(photo.depth), photo.depth, 0).astype(np.float32)
    planes = planes_from_maps(depth, photo.normal.astype(np.float32), k, 1.0)
    w = inverse_depth(depth, 1.0)
    floor = np.s_[100:119, 20:140]

    np.testing.assert_allclose(planes[floor][..., 2], np.diff(w, axis=0)[floor], rtol=2e-3)
    np.testing.assert_allclose(planes[floor][..., 1], np.diff(w, axis=1)[floor], atol=1e-5)


def test_sparse_points_of_a_plane_give_that_plane():
    photo = rendered((0, 0, 0), planes=(((0.3, 0.1, 1.0), 5.0),), balls=())
    sparse = sparse_points(photo, noise=0.0)
    planes = planes_from_sparse(sparse, (160, 120), (1.0, 1.0))
    inside = planes[..., 0] > 0

    assert inside.mean() > 0.7
    np.testing.assert_allclose(sparse.unit / planes[inside][:, 0], photo.depth[inside], rtol=1e-4)


def test_packed_image_holds_the_four_neighbours():
    packed = packed_image(np.array([[1, 2], [3, 4]], dtype=np.uint8))

    assert packed[0, 0] == 1 + (2 << 8) + (3 << 16) + (4 << 24)
    assert packed[1, 1] == 4 + (4 << 8) + (4 << 16) + (4 << 24)


def plane_grid(size, w, gx, gy):
    """(h, w, 3) planes that all lie on one plane: w at index (0, 0)."""
    rows, cols = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    flat = np.ones(rows.shape, np.float32)
    return np.stack([w + gx * cols + gy * rows, gx * flat, gy * flat], axis=-1).astype(np.float32)


def test_neighbours_planes_are_moved_along_to_the_pixel():
    """All neighbours lie on one plane, the pixel itself on another: held by 8 and by 1."""
    planes = plane_grid((60, 60), 0.5, 0.01, -0.004)
    truth = planes[30, 30].copy()
    planes[30, 30] = (0.9, 0, 0)
    hypotheses, counts = np.zeros((9, 3), np.float32), np.zeros(9, np.int64)
    best_cost, best_place = np.zeros((8, 60), np.float32), np.zeros((8, 60), np.int32)
    cost = np.pad(np.zeros((60, 60), np.float32), REACH, constant_values=2)
    _best_of_regions(cost, 30, best_cost, best_place)
    n = _gather_hypotheses(
        planes,
        30,
        30,
        best_cost,
        best_place,
        np.array([60, 60, 30, 30], np.float32),
        np.array([0.1, 2], np.float32),
        np.array([0.1, 1.5, 0.01, 0, 9], np.float32),
        hypotheses,
        counts,
    )

    assert n == 2
    assert counts[:2].tolist() == [1, 8]
    np.testing.assert_allclose(hypotheses[1], truth, rtol=1e-5)


def test_planes_of_the_next_level_are_the_same_planes():
    """Index u of 80 columns lies at (u + 0.5) / 2 - 0.5 of 40 columns."""
    coarse = plane_grid((40, 30), 1.0, 0.02, 0.01)
    fine, _ = finer_planes(coarse, np.zeros((30, 40), np.uint32), (80, 60))

    expected = plane_grid((80, 60), 1.0 - 0.25 * 0.02 - 0.25 * 0.01, 0.01, 0.005)
    np.testing.assert_allclose(fine, expected, rtol=1e-5)


PRINT_DIGEST = """
import hashlib
from stereo_scene import rendered, sparse_points
from vtour.reconstruct.stereo import Effort, photometric_planes

photos = [rendered(centre) for centre in [(0, 0, 0), (0.6, 0, 0), (-0.6, 0.1, 0)]]
views = [photo.view for photo in photos]
planes = photometric_planes(views[0], views[1:], sparse_points(photos[0]), Effort(), seed=1)
print(hashlib.sha256(planes.depth.tobytes() + planes.normal.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_run_that_compiles_and_those_that_load_agree(tmp_path):
    """With fastmath they differed: what LLVM reorders depends on what it compiled a moment ago."""
    here = str(Path(__file__).parent)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": here}

    def digest():
        command = [sys.executable, "-c", PRINT_DIGEST]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    compiled = digest()
    assert list(tmp_path.rglob("*.nbc")), "nothing was cached"
    assert digest() == compiled
