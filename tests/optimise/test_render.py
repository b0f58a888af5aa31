"""Rendering and posters: what is left in the world is left in the picture."""

import numpy as np
from optimise.textured_meshes import wavy_square

from vtour.glb import TexturedMesh
from vtour.glb.scene import scene_of_mesh
from vtour.optimise.looks.camera import View, camera_rays
from vtour.optimise.poster import backdrop, choose_view
from vtour.optimise.render import render_scene


def signpost():
    """A board 2 m wide and 1 m high, at the origin, facing south (+Z): its west half is red,
    its east half blue; below its middle, and in front, nothing."""
    texture = np.zeros((8, 16, 3), np.uint8)
    texture[:, :8, 0] = 255
    texture[:, 8:, 2] = 255
    return TexturedMesh(
        positions=np.array([[-1, 0, 0], [1, 0, 0], [1, 1, 0], [-1, 1, 0]], np.float32),
        normals=None,
        uvs=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        texture=texture,
    )


FROM_SOUTH = View((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), 60.0, 160, 120)


def test_west_is_left_and_up_is_up_from_the_south():
    image = render_scene(
        scene_of_mesh(signpost()), FROM_SOUTH, np.full((120, 160, 3), 128, np.uint8)
    )

    # 4 m away and 60 degrees high: 120 rows show 4.619 m, so 1 m is 26 px
    np.testing.assert_array_equal(image[50, 70], [255, 0, 0])
    np.testing.assert_array_equal(image[50, 90], [0, 0, 255])
    np.testing.assert_array_equal(image[65, 80], [128, 128, 128])  # below the board
    rows, cols = np.nonzero((image != 128).any(axis=2))
    assert (rows.min(), rows.max() + 1) == (34, 60)
    assert (cols.min(), cols.max() + 1) == (54, 106)


def test_rays_of_the_corners():
    cols, rows = np.array([0.5, 1.5, 0.5, 1.5]), np.array([0.5, 0.5, 1.5, 1.5])
    rays = camera_rays(View((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), 90.0, 2, 2), cols, rows)

    directions = rays[:, 3:] / -rays[:, 5:]
    expected = [[-0.5, 0.5, -1], [0.5, 0.5, -1], [-0.5, -0.5, -1], [0.5, -0.5, -1]]
    np.testing.assert_allclose(directions, expected, atol=1e-6)
    np.testing.assert_array_equal(rays[:, :3], [[0, 0, 1]] * 4)


def test_untextured_meshes_are_grey():
    mesh = TexturedMesh(signpost().positions, None, signpost().uvs, signpost().faces, None)
    image = render_scene(scene_of_mesh(mesh), FROM_SOUTH, np.zeros((120, 160, 3), np.uint8))

    assert 170 < image[50, 70, 0] < 180
    assert len(set(image[50, 70])) == 1


def test_the_poster_is_seen_from_where_the_photos_were_taken():
    cameras = np.array([[8.0, 1, 1], [8, 2, -1], [9, 1, 0], [-7, 1, 0]])  # three east, one west
    view = choose_view(scene_of_mesh(wavy_square()), cameras, 400, 300)

    offset = np.array(view.position) - view.target
    assert offset[0] > 3 * abs(offset[2])
    assert 0.15 < offset[1] / np.linalg.norm(offset) < 0.62  # 9 to 38 degrees above


def test_photos_from_straight_above_give_a_slanted_view():
    view = choose_view(scene_of_mesh(wavy_square()), np.array([[0.0, 50, 0.1]]), 400, 300)

    offset = np.array(view.position) - view.target
    np.testing.assert_allclose(offset[1] / np.linalg.norm(offset), np.sin(np.radians(38)))


def test_the_model_fills_the_poster_and_stays_inside():
    mesh = wavy_square()
    view = choose_view(scene_of_mesh(mesh), None, 400, 300)
    blank = np.zeros((300, 400, 3), np.uint8)
    rows, cols = np.nonzero(render_scene(scene_of_mesh(mesh), view, blank).any(axis=2))

    assert rows.min() > 0
    assert cols.min() > 0
    assert rows.max() < 299
    assert cols.max() < 399
    assert (cols.max() - cols.min()) > 0.8 * 400


def test_scraps_far_away_do_not_shrink_the_poster():
    mesh = wavy_square()
    scrap = np.array([[90, 0, 0], [90.01, 0, 0], [90, 0, 0.01]], np.float32)
    count = len(mesh.positions)
    larger = TexturedMesh(
        np.concatenate([mesh.positions, scrap]),
        None,
        np.concatenate([mesh.uvs, np.zeros((3, 2), np.float32)]),
        np.concatenate([mesh.faces, np.array([[count, count + 1, count + 2]], np.uint32)]),
        mesh.texture,
    )

    expected = choose_view(scene_of_mesh(mesh), None, 400, 300)
    np.testing.assert_allclose(
        choose_view(scene_of_mesh(larger), None, 400, 300).position, expected.position, atol=0.2
    )


def test_backdrop_is_soft():
    image = backdrop(4, 100)
    assert image.shape == (100, 4, 3)
    assert abs(np.diff(image.astype(int), axis=0)).max() <= 1
