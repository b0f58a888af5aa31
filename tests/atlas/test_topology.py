import numpy as np
import pytest

from vtour.atlas.topology import (
    adjacent_faces,
    boundary_loops,
    edge_manifold,
    face_areas,
    face_components,
    fill_holes,
    has_manifold_edges,
    has_manifold_vertices,
    in_large_components,
    manifold,
    split_vertices,
    vertex_normals,
    without_bad_faces,
)

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
TWO = np.array([[0, 1, 2], [0, 2, 3]])


def open_box():
    """A cube without its top: 5 sides, faces outwards."""
    points = np.array([[x, y, z] for y in (0, 1) for z in (0, 1) for x in (0, 1)], float)
    sides = [(0, 1, 3, 2), (0, 4, 5, 1), (1, 5, 7, 3), (3, 7, 6, 2), (2, 6, 4, 0)]
    faces = [face for a, b, c, d in sides for face in ((a, b, c), (a, c, d))]
    return points, np.array(faces)


def test_area_normal_and_neighbours_of_a_square():
    np.testing.assert_allclose(face_areas(SQUARE, TWO), [0.5, 0.5])
    np.testing.assert_allclose(vertex_normals(SQUARE, TWO), np.tile([0, 0, 1.0], (4, 1)))
    np.testing.assert_array_equal(adjacent_faces(TWO), [[0, 1]])


def test_degenerate_and_repeated_faces_go():
    points = np.vstack([SQUARE, [0.5, 0, 0]])
    faces = np.array([[0, 1, 2], [1, 2, 0], [2, 1, 0], [0, 0, 1], [0, 4, 1], [0, 2, 3]])

    np.testing.assert_array_equal(without_bad_faces(points, faces), TWO)


def test_the_smallest_of_three_faces_at_an_edge_goes():
    points = np.vstack([SQUARE, [0.5, 0.5, 0.1]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 2, 4]])

    np.testing.assert_array_equal(edge_manifold(points, faces), TWO)


def test_a_face_turned_the_wrong_way_goes():
    points = np.vstack([SQUARE, [2, 0, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [1, 2, 4]])  # 1 -> 2 twice

    assert len(edge_manifold(points, faces)) == 2


@pytest.mark.parametrize(
    ("faces", "edges", "vertices"),
    [
        (TWO, True, True),
        ([[0, 1, 2], [0, 2, 3], [0, 2, 4]], False, None),  # a third face at the edge 0-2
        ([[0, 1, 2], [0, 2, 3], [1, 2, 4]], False, None),  # 1 -> 2 twice
        ([[0, 1, 2], [0, 3, 4]], True, False),  # a bow tie
        (open_box()[1], True, True),
    ],
)
def test_what_is_manifold_is_told(faces, edges, vertices):
    faces = np.array(faces)
    assert has_manifold_edges(faces) is edges
    if edges:
        assert has_manifold_vertices(faces) is vertices


def test_two_fans_at_one_vertex_get_a_vertex_each():
    bow_tie = np.array([[0, 1, 2], [0, 3, 4]])

    faces, source = split_vertices(bow_tie)

    assert len(source) == 6
    np.testing.assert_array_equal(source[faces], bow_tie)
    assert faces[0, 0] != faces[1, 0]


def test_splitting_keeps_a_single_fan_whole():
    points, faces = open_box()

    new_faces, source = manifold(points, faces)

    assert len(source) == 8
    np.testing.assert_array_equal(source[new_faces], faces)


def test_components_are_connected_over_edges():
    faces = np.array([[0, 1, 2], [0, 2, 3], [3, 4, 5]])  # the last touches at a vertex only

    component = face_components(faces)

    assert component[0] == component[1] != component[2]


def test_small_components_go():
    points = np.vstack([SQUARE, [[5, 0, 0], [5.1, 0, 0], [5, 0.1, 0]]])
    faces = np.vstack([TWO, [[4, 5, 6]]])

    assert in_large_components(points, faces, 0.1).tolist() == [True, True, False]


def test_a_hole_is_one_loop_and_closes_outwards():
    points, faces = open_box()
    assert [len(loop) for loop in boundary_loops(faces)] == [4]

    filled_points, filled_faces, count = fill_holes(points, faces, most_edges=10, largest=2.0)

    assert count == 1
    assert boundary_loops(filled_faces) == []
    np.testing.assert_allclose(filled_points[-1], [0.5, 1, 0.5])
    a, b, c = (filled_points[filled_faces[:, k]] for k in range(3))
    volume = (np.cross(a, b) * c).sum() / 6
    assert volume == pytest.approx(1.0)


@pytest.mark.parametrize(("most_edges", "largest"), [(3, 2.0), (10, 0.5)])
def test_a_large_hole_stays(most_edges, largest):
    points, faces = open_box()

    _, same, count = fill_holes(points, faces, most_edges=most_edges, largest=largest)

    assert count == 0
    assert same is faces
