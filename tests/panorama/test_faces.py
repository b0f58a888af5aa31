import math

import numpy as np
import pytest
from people import FACE_AT, face_picture, photo_with_face, ray_of_face, sphere_with_faces

from vtour.panorama.faces import (
    TILE_PX,
    Search,
    accepted_windows,
    directions_in_view,
    faces_in_photo,
    faces_in_sphere,
    grouped,
)

SEARCH = Search()


@pytest.mark.parametrize(("left", "top"), [(0, 0), (330, 210), (200, 60)])
def test_a_face_in_a_photo_is_found_where_it_is(left, top):
    best = faces_in_photo(photo_with_face(left, top), SEARCH)[0]

    nose = np.array([left + 150 * FACE_AT[0], top + 150 * FACE_AT[1]])
    assert np.abs(best.centre - nose).max() < 8
    assert 40 < best.size < 90  # from hair to chin are 70 px
    assert best.score > 60


def test_faces_in_a_sphere_are_found_over_the_seam_too():
    places = [(20, 10), (180, -12), (-100, -30)]
    found = faces_in_sphere(sphere_with_faces(1440, *places), SEARCH)

    for place in places:
        apart = [np.degrees(np.arccos(face.centre @ ray_of_face(*place))) for face in found]
        nearest = found[int(np.argmin(apart))]
        assert min(apart) < 3
        assert 8 < math.degrees(nearest.size) < 25
        assert nearest.score > 60


def test_nothing_is_found_in_nothing():
    grey = np.full((400, 500, 3), 90, np.uint8)
    assert faces_in_photo(grey, SEARCH) == []
    assert faces_in_photo(grey[:20], SEARCH) == []
    assert faces_in_sphere(np.full((256, 512, 3), 90, np.uint8), SEARCH) == []


def test_same_image_same_faces():
    photo = photo_with_face(100, 80)
    first, second = (faces_in_photo(photo, SEARCH) for _ in range(2))
    assert [(f.centre.tolist(), f.size, f.score) for f in first] == [
        (f.centre.tolist(), f.size, f.score) for f in second
    ]


def test_tiles_miss_nothing_and_repeat_nothing():
    grey = face_picture().mean(axis=-1).astype(np.uint8)[::4, ::4]  # 75 px, one tile
    alone = accepted_windows(grey, 1)
    wide = np.full((75, TILE_PX + 250), 120, np.uint8)
    for left in (0, TILE_PX - 60):  # the second lies across the border of two tiles
        wide[:] = 120
        wide[:, left : left + 75] = grey
        found = accepted_windows(wide, 1)
        smallest = found[found[:, 2] == 24]
        expected = alone[alone[:, 2] == 24]
        inside = smallest[(smallest[:, 0] > left + 12) & (smallest[:, 0] < left + 63)]
        assert len(expected) > 0
        np.testing.assert_allclose(inside - (left, 0, 0), expected)
        assert len(np.unique(found, axis=0)) == len(found)


def test_a_window_in_a_view_is_a_direction_and_an_angle():
    # 58 degrees across 1000 px: the focal length is 500 / tan 29 = 902 px.
    windows = np.array([[500.0, 400.0, 90.2], [500 + 902.0, 400.0, 90.2], [500, 400 - 902.0, 1]])
    rays, angles = directions_in_view(windows, (1000, 800))

    half = math.sqrt(0.5)
    expected = [[0, 0, -1], [half, 0, -half], [0, half, -half]]
    np.testing.assert_allclose(rays, expected, atol=1e-3)
    np.testing.assert_allclose(angles[:2], [0.1, 0.1 * half], rtol=1e-3)


def test_windows_that_agree_are_one_face():
    # Three windows of one place in all three kinds: 3 x 2 x 2; two of one kind elsewhere: 2.
    centres = np.array([[100.0, 100], [102, 100], [101, 103], [300, 300], [301, 300], [100, 100]])
    sizes = np.array([40.0, 42, 41, 30, 30, 90])  # the last is at the place, yet far larger
    kinds = np.array([0, 1, 2, 0, 0, 1])
    found = grouped(centres, sizes, kinds, Search(least_score=2))

    assert [face.score for face in found] == [12, 2]
    np.testing.assert_allclose(found[0].centre, [101, 101])
    assert found[0].size == pytest.approx(1.4 * 41)
    assert len(grouped(centres, sizes, kinds, Search(least_score=3))) == 1
    assert len(grouped(centres, sizes, kinds, Search(least_score=2, most=1))) == 1
