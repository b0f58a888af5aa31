import numpy as np
from textured_scene import grid

from vtour.reconstruct.seams import (
    blend_weights,
    corner_entries,
    least_squares_on_graph,
    level_offsets,
)
from vtour.reconstruct.view_choice import choose_views
from vtour.reconstruct.visibility import FaceViews

WALL = grid((0, 0, 0), (10, 0, 0), (0, 10, 0), 10)
COUNT = len(WALL[1])
CENTRES = WALL[0][WALL[1]].mean(axis=1)


def table_of(quality):
    """A table in which view k has quality[:, k]; 0 is not seen."""
    quality = np.asarray(quality, np.float32)
    view = np.where(quality > 0, np.arange(quality.shape[1]), -1).astype(np.int32)
    return FaceViews(
        view=view,
        quality=quality,
        colour=np.full((*quality.shape, 3), 100, np.float32),
        gradient=np.full_like(quality, 5),
        radius2=np.zeros_like(quality),
        plainness=np.full(len(quality), 5, np.float32),
    )


def halves():
    """View 0 is better on the left, view 1 on the right, by a factor that grows to 4."""
    ratio = 2.0 ** ((CENTRES[:, 0] - 5) / 2.5)
    return np.stack([1 / ratio, ratio], axis=1)


def choose(table, smoothness=1.0):
    return choose_views(table, WALL[1], smoothness=smoothness, rounds=40)


def test_each_side_takes_its_better_photo():
    labels = choose(table_of(halves()))

    assert (labels[CENTRES[:, 0] < 4.5] == 0).all()
    assert (labels[CENTRES[:, 0] > 5.5] == 1).all()


def test_single_faces_that_differ_a_little_are_smoothed_away():
    quality = np.ones((COUNT, 2)) * (2.0, 1.0)
    quality[::17] = (1.0, 3.0)

    assert (choose(table_of(quality)) == 0).all()
    assert (choose(table_of(quality), smoothness=0.0) == 1).sum() == len(quality[::17])


def test_only_photos_that_see_a_face_are_chosen():
    quality = np.ones((COUNT, 2)) * (5.0, 1.0)
    quality[40:60, 0], quality[100:110] = 0.0, 0.0

    labels = choose(table_of(quality))

    assert (labels[40:60] == 1).all()
    assert (labels[100:110] == -1).all()
    assert (labels[110:] == 0).all()


def blended():
    table = table_of(halves())
    labels = choose(table)
    weights = blend_weights(table, WALL[1], labels, len(WALL[0]), rings=2)
    return labels, weights


def test_shares_add_up_to_one_and_mix_only_near_the_seam():
    _, weights = blended()

    np.testing.assert_allclose(np.bincount(weights.vertex, weights.share), 1)
    mixed = WALL[0][weights.vertex[(weights.share > 0.01) & (weights.share < 0.99)], 0]
    assert len(mixed)
    assert np.abs(mixed - 5).max() <= 3


def test_both_sides_of_an_edge_show_the_same_mixture():
    labels, weights = blended()

    corners, vertex, view = corner_entries(weights, WALL[1], labels, len(WALL[0]))

    shares = {}
    for k, face in enumerate(corners.face):
        for c in range(3):
            key = (int(WALL[1][face, c]), int(corners.view[k]))
            if corners.share[k, c] > 0:
                shares.setdefault(key, set()).add(round(float(corners.share[k, c]), 5))
            assert vertex[corners.node[k, c]] == key[0]
            assert view[corners.node[k, c]] == key[1]
    assert all(len(found) == 1 for found in shares.values())
    total = np.zeros((COUNT, 3))
    np.add.at(total, corners.face, corners.share)
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_a_photo_is_mixed_in_only_where_all_faces_around_see_it():
    quality = halves()
    quality[CENTRES[:, 0] > 5, 0] = 0  # view 0 ends at x = 5
    table = table_of(quality)
    labels = choose(table)

    weights = blend_weights(table, WALL[1], labels, len(WALL[0]), rings=2)

    x = WALL[0][weights.vertex, 0]
    assert x[(weights.view == 0)].max() < 5


def test_offsets_make_photos_agree():
    labels, weights = blended()
    corners, vertex, view = corner_entries(weights, WALL[1], labels, len(WALL[0]))
    colour = np.where(view[:, None] == 0, 90.0, 110.0) * np.ones(3)

    levelled = colour + level_offsets(corners, vertex, colour)

    assert np.ptp(levelled) < 1.0
    np.testing.assert_allclose(levelled.mean(), 100, atol=8)


def test_a_foreign_colour_at_one_vertex_is_not_taken_for_light():
    labels, weights = blended()
    corners, vertex, view = corner_entries(weights, WALL[1], labels, len(WALL[0]))
    colour = np.where(view[:, None] == 0, 98.0, 102.0) * np.ones(3)
    shared = np.flatnonzero(vertex[:-1] == vertex[1:])
    foreign = shared[len(shared) // 2]
    colour[foreign] += 120

    offsets = level_offsets(corners, vertex, colour)

    assert np.abs(offsets).max() < 5


def test_differences_on_a_path_are_met():
    values = least_squares_on_graph(
        3, np.array([0, 1]), np.array([1, 2]), np.ones(2), np.array([[2.0] * 3, [3.0] * 3]), 50
    )

    np.testing.assert_allclose(values[:, 0] - values[2, 0], [5, 3, 0], atol=0.02)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=0.2)
