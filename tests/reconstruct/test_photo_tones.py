import numpy as np
import pytest

from vtour.reconstruct.photo_tones import MIDDLE, Tones, tones_of
from vtour.reconstruct.visibility import FaceViews

FACES, PHOTOS = 600, 4
GAIN = np.array([[1.0, 1.0, 1.0], [0.8, 0.8, 0.7], [1.2, 1.25, 1.2], [1.1, 1.0, 0.9]])
POWER = np.array([1.0, 0.9, 1.1, 1.05])


def table_of(colour, radius2=None):
    """Every face is seen by all photos, in colours (m, k, 3)."""
    many = colour.shape[:2]
    return FaceViews(
        view=np.tile(np.arange(many[1], dtype=np.int32), (many[0], 1)),
        quality=np.ones(many, np.float32),
        colour=colour.astype(np.float32),
        gradient=np.full(many, 5, np.float32),
        radius2=np.zeros(many, np.float32) if radius2 is None else radius2.astype(np.float32),
        plainness=np.full(many[0], 5, np.float32),
    )


def albedo(seed=0):
    return np.random.default_rng(seed).uniform(40, 170, (FACES, 1, 3))


def ratios(colour):
    """Each photo's colours over the first photo's, (m, k, 3)."""
    return colour / colour[:, :1]


def test_gains_undo_exposure_and_white_balance():
    tones = tones_of(table_of(albedo() * GAIN), np.zeros(PHOTOS, int))

    even = tones.gain * GAIN
    np.testing.assert_allclose(even / even[0], 1, atol=2e-3)
    np.testing.assert_allclose(tones.power, 1, atol=2e-3)
    np.testing.assert_allclose(tones.shading, 0, atol=2e-3)


def test_tone_curves_are_undone():
    colour = MIDDLE * (albedo() / MIDDLE) ** POWER[:, None] * GAIN
    table = table_of(np.minimum(colour, 255))

    tones = tones_of(table, np.zeros(PHOTOS, int))

    np.testing.assert_allclose(tones.power * POWER[:, None] / tones.power[0], 1, atol=0.03)
    assert np.abs(ratios(tones.of_table(table)) - 1).mean() < 0.01


def test_dark_corners_belong_to_their_camera():
    rng = np.random.default_rng(1)
    radius2 = rng.uniform(0, 1, (FACES, PHOTOS))
    cameras = np.array([0, 0, 1, 1])
    fall = np.exp(-np.array([0.3, 0.1])[cameras] * radius2)
    table = table_of(albedo() * fall[..., None], radius2)

    tones = tones_of(table, cameras)

    np.testing.assert_allclose(tones.shading, [0.3, 0.3, 0.1, 0.1], atol=0.01)
    np.testing.assert_allclose(ratios(tones.of_table(table)), 1, atol=0.01)


def test_a_passer_by_does_not_pull_the_tones():
    colour = albedo() * GAIN
    colour[:80, 2] = (20, 25, 200)

    tones = tones_of(table_of(colour), np.zeros(PHOTOS, int))

    even = tones.gain * GAIN
    np.testing.assert_allclose(even / even[0], 1, atol=0.02)


def test_photos_that_share_nothing_keep_their_colours():
    table = table_of(albedo() * GAIN)
    view = table.view.copy()
    view[:, 1:] = -1
    alone = FaceViews(
        view=view,
        quality=table.quality,
        colour=table.colour,
        gradient=table.gradient,
        radius2=table.radius2,
        plainness=table.plainness,
    )

    tones = tones_of(alone, np.zeros(PHOTOS, int))

    np.testing.assert_allclose(tones.gain, 1)
    np.testing.assert_allclose(tones.power, 1)


def test_tables_levels_and_single_colours_agree():
    tones = Tones(
        gain=np.array([[1.2, 0.9, 1.0]], np.float32),
        power=np.array([[1.1, 0.9, 1.0]], np.float32),
        shading=np.array([0.2], np.float32),
    )
    table = table_of(np.array([[[200.0, 40.0, 3.0]]]), np.array([[0.5]]))

    by_table = tones.of_table(table)[0, 0]
    by_view = tones.of_view(0, table.colour[0], np.array([0.5]))[0]
    by_levels = tones.levels(0)[[200, 40, 3], [0, 1, 2]] * tones.corners(0, np.array([0.5]))

    expected = 110 * (200 / 110) ** 1.1 * 1.2 * np.exp(0.1)
    assert by_table[0] == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(by_view, by_table, rtol=1e-5)
    np.testing.assert_allclose(by_levels, by_table, rtol=1e-5)
