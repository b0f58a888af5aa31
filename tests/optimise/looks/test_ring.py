"""Views around a scene, or around the side that it has."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.looks.looks_scenes import board, box_part, checker, moved, quad, two_material_box

from vtour.glb.scene import Part, Scene
from vtour.optimise.looks.pictures import cover_of
from vtour.optimise.looks.ring import views_of
from vtour.optimise.looks.surface import Surface, patches_of

WHITE = board(checker()).materials


def backwards(views):
    offsets = np.array([np.subtract(view.position, view.target) for view in views])
    return offsets / np.linalg.norm(offsets, axis=1, keepdims=True)


def filled(scene, view):
    """Share of the picture that the bounding box of what is seen takes, and whether it is cut."""
    cover = cover_of(view, patches_of(Surface(scene), view)) > 0
    rows, cols = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    cut = cover[[0, -1]].any() or cover[:, [0, -1]].any()
    return np.ptp(rows) * np.ptp(cols) / cover.size, cut


@pytest.mark.parametrize(
    "scene",
    [
        two_material_box(),
        Scene([box_part("south north east west high low", (-3, 0, -1), (3, 0.5, 1))], WHITE),
        Scene([box_part("south north east west high low", (-1, 0, -1), (1, 9, 1))], WHITE),
        moved(two_material_box(), (500, -20, 80)),
    ],
    ids=["cube", "slab", "tower", "elsewhere"],
)
def test_the_scene_fills_the_pictures(scene):
    for view in views_of(scene, count=4, px=200):
        share, cut = filled(scene, view)
        assert share >= 0.6
        assert not cut
        assert max(view.width, view.height) == 200


def test_a_closed_scene_is_seen_from_all_around():
    directions = backwards(views_of(two_material_box()))

    azimuths = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    np.testing.assert_allclose(np.diff(azimuths) % 360, 45, atol=1e-6)
    elevations = np.degrees(np.arcsin(directions[:, 1]))
    np.testing.assert_allclose(elevations, [8, 32] * 4, atol=1e-6)


def test_the_first_view_is_from_the_cameras_side():
    cameras = np.array([[9.0, 1, 0], [8, 1, 0.1]])
    first = backwards(views_of(two_material_box(), cameras=cameras))[0]
    assert first[0] > 0.95


@pytest.mark.parametrize("cameras", [None, np.array([[0.0, 0, -9]])])
def test_a_facade_is_not_looked_at_from_behind(cameras):
    directions = backwards(views_of(board(checker()), cameras=cameras))

    azimuths = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    assert abs(azimuths).max() < 75
    assert azimuths.max() > 45 and azimuths.min() < -45
    assert len(np.unique(azimuths.round(3))) == 8


def test_a_facade_that_faces_north():
    part = quad()
    turned = replace(part, faces=np.ascontiguousarray(part.faces[:, ::-1]))
    directions = backwards(views_of(Scene([turned], WHITE)))
    assert (directions[:, 2] < 0).all()


def test_faces_wound_at_random_are_seen_from_all_around():
    rng = np.random.default_rng(5)
    positions = rng.normal(size=(300, 3)).astype(np.float32)
    faces = rng.permutation(300).reshape(-1, 3).astype(np.uint32)
    directions = backwards(views_of(Scene([Part(positions, faces)], [])))

    azimuths = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    np.testing.assert_allclose(np.diff(azimuths) % 360, 45, atol=1e-6)


def test_ground_is_looked_at_from_above():
    """From all around, though it has but one side."""
    ground = Scene([box_part("high", (-5, 0, -5), (5, 0.1, 5))], WHITE)
    directions = backwards(views_of(ground))

    elevations = np.degrees(np.arcsin(directions[:, 1]))
    np.testing.assert_allclose(elevations, [30, 55] * 4, atol=1e-6)
    azimuths = np.degrees(np.arctan2(directions[:, 0], directions[:, 2]))
    np.testing.assert_allclose(np.diff(azimuths) % 360, 45, atol=1e-6)


def test_views_are_the_same_each_time():
    assert views_of(two_material_box()) == views_of(two_material_box())


def test_a_scene_without_size_has_views():
    point = Part(np.full((3, 3), 5, np.float32), np.array([[0, 1, 2]], np.uint32))
    assert len(views_of(Scene([point], []), count=2)) == 2
