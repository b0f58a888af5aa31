"""Welding and simplifying."""

import numpy as np
from optimise.textured_meshes import torn_apart, wavy_square

from vtour.optimise.shaping.bake import scene_of
from vtour.optimise.shaping.simplify import compact, simplified_faces, weld_vertices


def test_welding_undoes_texture_seams():
    mesh = wavy_square(cells=6)
    torn = torn_apart(mesh)

    positions, faces = weld_vertices(torn.positions, torn.faces)
    assert len(positions) == 49
    np.testing.assert_array_equal(positions[faces], mesh.positions[mesh.faces])


def test_faces_that_lost_a_corner_are_dropped():
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [9, 9, 9]], np.float32)
    faces = np.array([[0, 1, 2], [0, 3, 1]], np.uint32)

    welded, kept = weld_vertices(positions, faces)
    assert len(kept) == 1
    assert len(compact(welded, kept)[0]) == 3  # the vertex at 9 9 9 was of no face


def test_simplified_surface_stays_near():
    mesh = wavy_square()
    bare = mesh.positions[:, :0]
    faces = simplified_faces(mesh.positions, bare, mesh.faces, 600, 0.0, "Prune")

    assert 550 <= len(faces) <= 600
    distances = scene_of(mesh.positions, faces).compute_distance(mesh.positions).numpy()
    assert distances.max() < 0.02
    corners = mesh.positions[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 1] >= 0).all()  # no face looks down


def test_locked_vertices_stay():
    mesh = wavy_square()
    locked = np.zeros(len(mesh.positions), np.bool_)
    locked[[300, 700, 1100]] = True
    bare = mesh.positions[:, :0]
    faces = simplified_faces(mesh.positions, bare, mesh.faces, 200, 0.0, locked=locked)

    assert set(np.flatnonzero(locked)) <= set(np.unique(faces))
