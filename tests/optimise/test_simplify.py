"""Welding and simplifying."""

import numpy as np
import pytest
from optimise.textured_meshes import colours_at, torn_apart, wavy_square

from vtour.optimise.bake import sample_texture, scene_of
from vtour.optimise.simplify import (
    compact,
    simplify_mesh,
    simplify_with_atlas,
    weld_vertices,
)


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
    positions, faces = simplify_mesh(mesh.positions, mesh.faces, 600)

    assert 550 <= len(faces) <= 600
    distances = scene_of(positions, faces).compute_distance(mesh.positions).numpy()
    assert distances.max() < 0.02
    corners = positions[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 1] >= 0).all()  # no face looks down


def test_small_meshes_come_back_as_they_are():
    mesh = wavy_square(cells=5)
    positions, faces = simplify_mesh(mesh.positions, mesh.faces, 50)

    assert positions is mesh.positions
    assert faces is mesh.faces
    assert simplify_with_atlas(mesh, 50) is mesh


@pytest.mark.parametrize("tear", [False, True])
def test_the_atlas_stays_where_it_was(tear):
    mesh = simplify_with_atlas(wavy_square(), 800, tear=tear)

    assert 700 <= len(mesh.faces) <= 800
    seen = sample_texture(mesh.texture, mesh.uvs)
    np.testing.assert_allclose(seen, colours_at(mesh.positions), atol=2)


def test_an_atlas_of_shreds_is_torn_rather_than_the_mesh_lost():
    mesh = simplify_with_atlas(torn_apart(wavy_square()), 800)

    assert 600 <= len(mesh.faces) <= 800
