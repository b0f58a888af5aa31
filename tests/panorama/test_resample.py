import numpy as np
import pytest

from vtour.panorama.resample import lanczos_weights, sample_places, turn_sphere
from vtour.sphere import rays_from_pixels, rotation_from_angles, turn_about_up


def pixel_centres(width):
    return np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(width // 2) + 0.5), axis=-1)


def direction_sphere(width):
    """A sphere whose RGB is its own viewing direction: -1..1 stored as 0..255."""
    return np.rint((rays_from_pixels(pixel_centres(width), width) + 1) * 127.5).astype(np.uint8)


def turned(source, turn):
    target = np.empty_like(source)
    turn_sphere(source, target, turn)
    return target


def test_weights_sum_to_one_and_keep_whole_pixels():
    weights = lanczos_weights()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(weights[0], [0, 0, 1, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(weights[-1], [0, 0, 0, 1, 0, 0], atol=1e-6)


def test_no_turn_changes_nothing():
    source = np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)
    np.testing.assert_array_equal(turned(source, np.eye(3)), source)


def test_a_quarter_turn_moves_columns_around():
    """Looking 90 degrees to the right, the middle shows what was a quarter of the width right."""
    source = np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)
    target = turned(source, turn_about_up(np.pi / 2))
    np.testing.assert_array_equal(target, np.roll(source, -32, axis=1))


@pytest.mark.parametrize("angles", [(0.4, 0.1, -0.2), (2.0, 1.2, 0.5), (0, np.pi, 0)])
def test_every_direction_shows_what_it_showed(angles):
    """Poles and the seam at the back included: colours are directions, so they turn with it."""
    source_from_target = rotation_from_angles(*angles)
    target = turned(direction_sphere(256), source_from_target)
    rays = rays_from_pixels(pixel_centres(256), 256) @ source_from_target.T
    assert np.abs(target - (rays + 1) * 127.5).max() <= 1.5


def test_rows_go_on_over_the_poles():
    """Above the first row lies the first row again, on the other side of the sphere."""
    source = np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)
    x, y = np.array([[5.0, 5.0, 5.0, 5.0]]), np.array([[-1.0, -2.0, 64.0, 65.0]])
    found = np.empty((1, 4, 3), np.uint8)
    sample_places(source, x, y, lanczos_weights(), found)
    np.testing.assert_array_equal(found[0], source[[0, 1, 63, 62], 5 + 64])


def test_columns_wrap_around():
    source = np.random.default_rng(0).integers(0, 255, (64, 128, 3), dtype=np.uint8)
    between = np.empty((1, 1, 3), np.uint8)
    half = np.full((1, 1), 127.5)
    sample_places(source, half, np.full((1, 1), 9.0), lanczos_weights(), between)
    moved = np.roll(source, 64, axis=1)
    expected = np.empty((1, 1, 3), np.uint8)
    sample_places(moved, half - 64, np.full((1, 1), 9.0), lanczos_weights(), expected)
    np.testing.assert_array_equal(between, expected)


def test_large_spheres_may_lie_on_disk(tmp_path):
    source = direction_sphere(128)
    on_disk = np.memmap(tmp_path / "a", np.uint8, "w+", shape=source.shape)
    turn_sphere(source, on_disk, rotation_from_angles(0.1, 0.2, 0.3))
    np.testing.assert_array_equal(on_disk, turned(source, rotation_from_angles(0.1, 0.2, 0.3)))
