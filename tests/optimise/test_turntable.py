"""The turntable: all sides of a model at one distance, in one small file."""

import numpy as np
import pytest
from optimise.textured_meshes import wavy_square
from PIL import Image

from vtour.glb import TexturedMesh
from vtour.glb.scene import scene_of_mesh
from vtour.optimise.turntable import (
    HEIGHT,
    MOST_BYTES,
    VIEWS,
    WIDTH,
    turntable,
    turntable_views,
    write_turntable,
)


def tower(texture):
    """A square tower 2 m wide and 2 m high with a roof; its south face (+Z) has the left half of
    the texture, the others the right half."""
    low = [[-1, 0, 1], [1, 0, 1], [1, 0, -1], [-1, 0, -1]]
    corners, uvs, faces = [], [], []
    for side in range(4):
        a, b = low[side], low[(side + 1) % 4]
        corners += [a, b, [b[0], 2, b[2]], [a[0], 2, a[2]]]
        u = 0.25 if side == 0 else 0.75
        uvs += [[u, 0.5]] * 4
        faces += [[4 * side, 4 * side + 1, 4 * side + 2], [4 * side, 4 * side + 2, 4 * side + 3]]
    corners += [[x, 2, z] for x, _, z in low]
    uvs += [[0.75, 0.5]] * 4
    faces += [[16, 17, 18], [16, 18, 19]]
    return TexturedMesh(
        np.array(corners, np.float32),
        None,
        np.array(uvs, np.float32),
        np.array(faces, np.uint32),
        texture,
    )


def red_and_blue():
    texture = np.zeros((8, 16, 3), np.uint8)
    texture[:, :8, 0] = 255
    texture[:, 8:, 2] = 255
    return texture


def test_views_go_round_at_one_distance_from_the_photos_side():
    cameras = np.array([[8.0, 1, 0], [9, 1, 0]])  # in the east
    views = turntable_views(scene_of_mesh(tower(red_and_blue())), cameras)

    assert len(views) == VIEWS
    offsets = np.array([np.subtract(view.position, view.target) for view in views])
    distances = np.linalg.norm(offsets, axis=1)
    np.testing.assert_allclose(distances, distances[0])
    np.testing.assert_allclose(offsets[0, 2] / offsets[0, 0], 0, atol=1e-6)
    assert offsets[0, 0] > 0  # from the east
    np.testing.assert_allclose(offsets[VIEWS // 4, 0], 0, atol=1e-6)
    assert (
        offsets[VIEWS // 4, 2] < 0
    )  # a quarter on, from the north: to the right of who looks west


def test_each_view_shows_the_whole_model_and_its_own_side():
    strip = turntable(
        scene_of_mesh(tower(red_and_blue())), np.array([[0.0, 1, 9]])
    )  # photos from the south

    assert strip.shape == (HEIGHT, VIEWS * WIDTH, 3)
    for number, view in enumerate(np.split(strip, VIEWS, axis=1)):
        shown = np.ptp(view.astype(int), axis=2) > 100  # red or blue, not the grey behind
        rows, cols = np.nonzero(shown)
        assert rows.min() > 0 and rows.max() < HEIGHT - 1
        assert cols.min() > 0 and cols.max() < WIDTH - 1
        assert np.ptp(rows) > HEIGHT / 3
        red = (shown & (view[..., 0] > 200)).any()
        assert red == (number in (0, 1, 7))


@pytest.mark.parametrize("noise", [0, 255])
def test_the_file_is_small_and_the_same_each_time(tmp_path, noise):
    rng = np.random.default_rng(0)
    texture = rng.integers(0, noise + 1, (1024, 1024, 3)).astype(np.uint8)
    square = wavy_square()
    mesh = TexturedMesh(square.positions, None, square.uvs, square.faces, texture)
    for name in ("a.webp", "b.webp"):
        write_turntable(tmp_path / name, scene_of_mesh(mesh), None)

    assert (tmp_path / "a.webp").read_bytes() == (tmp_path / "b.webp").read_bytes()
    assert (tmp_path / "a.webp").stat().st_size <= MOST_BYTES
    with Image.open(tmp_path / "a.webp") as strip:
        assert strip.size == (VIEWS * WIDTH, HEIGHT)
