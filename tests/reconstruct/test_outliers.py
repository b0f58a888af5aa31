import numpy as np
from textured_scene import grid

from vtour.reconstruct.outliers import without_outliers
from vtour.reconstruct.visibility import FaceViews

WALL = grid((0, 0, 0), (20, 0, 0), (0, 20, 0), 20)
FACES = WALL[1]
CENTRES = WALL[0][FACES].mean(axis=1)


def table_of(colour, there=None):
    """Photo k sees face m in colour (m, k, 3) where ``there`` (m, k)."""
    many = colour.shape[:2]
    view = np.tile(np.arange(many[1], dtype=np.int32), (many[0], 1))
    view = view if there is None else np.where(there, view, np.int32(-1))
    return FaceViews(
        view=view,
        quality=(view >= 0).astype(np.float32),
        colour=colour.astype(np.float32),
        gradient=np.full(many, 5, np.float32),
        radius2=np.zeros(many, np.float32),
        plainness=np.full(many[0], 5, np.float32),
    )


def wall(photos, seed=0):
    """A grey wall in photos that differ by three levels."""
    noise = np.random.default_rng(seed).normal(0, 3, (len(FACES), photos, 3))
    return 110 + noise


def kept(table):
    """The photos (m, k) that are left, by their numbers."""
    left = without_outliers(table, table.colour, FACES)
    assert ((left.quality > 0) == (left.view >= 0)).all()
    return left.view >= 0


def between(low, high):
    return (CENTRES[:, 0] > low) & (CENTRES[:, 0] < high)


def test_a_patch_unlike_the_others_is_left_out_with_its_rim():
    colour = wall(5)
    colour[between(5, 9), 2] = (200, 30, 40)

    left = kept(table_of(colour))

    assert not left[between(5, 9), 2].any()
    assert left[~between(4, 10)].all()
    assert left[:, [0, 1, 3, 4]].all()


def test_a_patch_grows_over_faces_that_are_only_likely():
    """His coat differs from the wall by 70 levels, his shirt by 30."""
    colour = wall(5)
    colour[between(5, 9), 2] += (70, -30, 20)
    colour[between(9, 12), 2] += (30, 0, 0)

    left = kept(table_of(colour))
    assert not left[between(5, 12), 2].any()
    assert left[between(14, 20)].all()

    alone = wall(5)
    alone[between(9, 12), 2] += (30, 0, 0)
    assert kept(table_of(alone)).all()


def test_where_two_photos_differ_the_one_with_a_passer_by_beside_goes():
    colour = wall(5)
    colour[between(5, 12), 2] = (200, 30, 40)
    there = np.ones((len(FACES), 5), bool)
    there[between(9, 20)] = (True, False, True, False, False)

    left = kept(table_of(colour, there))

    assert not left[between(5, 12), 2].any()
    assert left[between(5, 12), 0].all()


def test_of_three_photos_none_is_called_an_outlier():
    colour = wall(3)
    colour[:, 2] = 250

    assert kept(table_of(colour)).all()


def test_a_face_keeps_one_photo():
    """A passer-by stands still where no other photo looks."""
    colour = wall(5)
    colour[between(5, 12), 2] = (200, 30, 40)
    there = np.ones((len(FACES), 5), bool)
    there[between(9, 12)] = (False, False, True, False, False)

    left = kept(table_of(colour, there))

    assert left.any(axis=1).all()
    assert not left[between(5, 9), 2].any()
