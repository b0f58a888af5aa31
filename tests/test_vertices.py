"""Vertices that are used or equal, against NumPy's own slow way."""

import numpy as np
import pytest

from vtour.glb import vertices
from vtour.glb.vertices import equal_rows, renumbered, used_vertices


def by_numpy(rows):
    """First row of each value, in order, and the place of each row among them."""
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows[:1].nbytes))).reshape(-1)
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    return first[order], rank[group.reshape(-1)]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.int64])
@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_equal_rows_are_those_of_numpy(kind, width):
    rows = np.random.default_rng(width).integers(0, 4, (500, width)).astype(kind)

    first, place = equal_rows(rows)

    expected = by_numpy(rows)
    assert first.tolist() == expected[0].tolist() and place.tolist() == expected[1].tolist()
    assert (rows[first][place] == rows).all()


@pytest.mark.parametrize("broken", [lambda words: words[:, 0].astype(np.uint64) * 0,
                                    lambda words: words[:, 0].astype(np.uint64)])  # fmt: skip
def test_values_of_one_hash_are_told_apart(monkeypatch, broken):
    rows = np.random.default_rng(0).integers(0, 3, (300, 3)).astype(np.float32)
    monkeypatch.setattr(vertices, "_hashed", broken)

    first, place = equal_rows(rows)

    expected = by_numpy(rows)
    assert first.tolist() == expected[0].tolist() and place.tolist() == expected[1].tolist()


def test_bits_count():
    rows = np.array([[0.0], [-0.0], [np.nan], [np.nan], [0.0]], np.float32)
    assert equal_rows(rows)[1].tolist() == [0, 1, 2, 2, 0]


def test_a_hundred_thousand_neighbours_have_hashes_of_their_own():
    x, y = np.meshgrid(np.linspace(0, 1, 400), np.linspace(0, 1, 250))
    rows = np.stack([x, y, np.zeros_like(x)], -1).reshape(-1, 3).astype(np.float32)
    assert len(np.unique(vertices._hashed(rows.view(np.uint32)))) == len(rows)


def test_used_vertices_and_faces_that_count_them():
    faces = np.array([[7, 2, 5], [2, 9, 5]], np.uint32)

    used, placed = renumbered(faces)

    assert used.tolist() == used_vertices(faces).tolist() == [2, 5, 7, 9]
    assert (used[placed] == faces).all() and placed.dtype == np.uint32


def test_nothing_is_no_error():
    none = np.zeros((0, 3), np.uint32)
    assert len(used_vertices(none)) == len(renumbered(none)[1]) == 0
    assert [len(each) for each in equal_rows(none)] == [0, 0]
