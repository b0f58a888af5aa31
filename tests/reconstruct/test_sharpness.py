import numpy as np
from textured_scene import grid

from vtour.reconstruct.sharpness import sharpness, with_sharpness
from vtour.reconstruct.visibility import GRADIENT_FLOOR, FaceViews

FACES = grid((0, 0, 0), (10, 0, 0), (0, 10, 0), 10)[1]
COUNT = len(FACES)


def table_of(gradient, area, there=None):
    """Photo k sees face m with gradient (m, k) and area (m, k)."""
    gradient = np.broadcast_to(np.asarray(gradient, np.float32), (COUNT, np.shape(gradient)[-1]))
    view = np.tile(np.arange(gradient.shape[1], dtype=np.int32), (COUNT, 1))
    view = view if there is None else np.where(there, view, np.int32(-1)).astype(np.int32)
    quality = np.where(view >= 0, area * (gradient + GRADIENT_FLOOR), 0)
    return FaceViews(
        view=view,
        quality=quality.astype(np.float32),
        colour=np.full((*view.shape, 3), 100, np.float32),
        gradient=gradient.astype(np.float32),
        radius2=np.zeros(view.shape, np.float32),
        plainness=np.full(COUNT, 5, np.float32),
    )


def test_blur_costs_and_a_sharper_picture_gains_nothing():
    """Median 6 and a floor of 4: a gradient of 1 is half as sharp, and counts a quarter."""
    table = table_of([6.0, 6, 6, 1, 40], 7.0)

    quality = with_sharpness(table, FACES).quality

    np.testing.assert_allclose(quality, np.tile([7, 7, 7, 7 / 4, 7], (COUNT, 1)), rtol=1e-5)


def test_photos_that_are_not_there_have_no_say():
    there = np.tile([True, False, False, True, True], (COUNT, 1))
    table = table_of([6.0, 0, 0, 6, 1], 7.0, there)

    np.testing.assert_allclose(sharpness(table)[0], [1, 0, 0, 1, 0.5])
    assert (with_sharpness(table, FACES).quality[:, 1:3] == 0).all()


def test_the_noise_of_single_faces_is_averaged():
    noise = np.random.default_rng(0).normal(0, 2, (COUNT, 4))
    table = table_of(20 + noise, 1.0)

    assert with_sharpness(table, FACES).quality.std() < 0.35 * (sharpness(table) ** 2).std()


def test_faces_without_photos():
    there = np.ones((COUNT, 4), bool)
    there[10:20] = False

    quality = with_sharpness(table_of([6.0, 6, 6, 6], 1.0, there), FACES).quality

    assert (quality[10:20] == 0).all()
    np.testing.assert_allclose(quality[there], 1)
