"""Faces of a triangle mesh as arrays: manifold repair, components, holes. No files.

``faces`` is (m, 3) integer, counter-clockwise seen from outside; ``positions`` is (n, 3).
An edge is *manifold* when at most two faces share it and they run along it in opposite
directions; a vertex is when its faces form one fan.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def directed_edges(faces: IntArray) -> IntArray:
    """Edges (3m, 2) of the faces: row 3f + k runs from corner k of face f to corner k + 1."""
    return np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)


def edge_groups(faces: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Number the undirected edges.

    Returns the edge of every half-edge (3m,), how many half-edges each edge has, and whether
    each half-edge runs from its smaller to its larger vertex.
    """
    edges = directed_edges(faces)
    forward: BoolArray = edges[:, 0] < edges[:, 1]
    low, high = edges.min(axis=1), edges.max(axis=1)
    keys = low * (int(faces.max(initial=0)) + 1) + high
    _, edge_of, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return edge_of.reshape(-1), counts, forward


def adjacent_faces(faces: IntArray) -> IntArray:
    """Pairs of faces (k, 2) that share a manifold edge, each pair's edge once, sorted."""
    edge_of, counts, _ = edge_groups(faces)
    order = np.argsort(edge_of, kind="stable")
    shared = order[counts[edge_of[order]] == 2].reshape(-1, 2)
    pairs = np.sort(shared // 3, axis=1)
    ordered: IntArray = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return ordered


def face_areas(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Area of every face (m,), in squared units of the positions."""
    result: FloatArray = 0.5 * np.linalg.norm(face_vectors(positions, faces), axis=1)
    return result


def face_vectors(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Outward vectors (m, 3) as long as twice the area of each face."""
    a, b, c = (positions[faces[:, k]] for k in range(3))
    vectors: FloatArray = np.cross(b - a, c - a)
    return vectors


def vertex_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """Unit normals (n, 3), faces weighted by area; +Y where a vertex has none."""
    vectors = face_vectors(positions, faces)
    total = np.zeros_like(positions)
    for axis in range(3):
        weights = np.repeat(vectors[:, axis], 3)
        total[:, axis] = np.bincount(faces.reshape(-1), weights, minlength=len(positions))
    length = np.linalg.norm(total, axis=1)
    total[length < 1e-300] = (0.0, 1.0, 0.0)
    result: FloatArray = total / np.linalg.norm(total, axis=1)[:, None]
    return result


def without_bad_faces(positions: FloatArray, faces: IntArray) -> IntArray:
    """Drop faces with a repeated vertex, without area, or on the same vertices as an earlier."""
    a, b, c = faces.T
    kept = faces[(a != b) & (b != c) & (c != a)]
    kept = kept[face_areas(positions, kept) > 0]
    _, first = np.unique(np.sort(kept, axis=1), axis=0, return_index=True)
    unique: IntArray = kept[np.sort(first)]
    return unique


def edge_manifold(positions: FloatArray, faces: IntArray) -> IntArray:
    """Drop the smallest faces at non-manifold edges until none of these is left."""
    while len(faces):
        edge_of, _, forward = edge_groups(faces)
        face_of = np.arange(len(edge_of)) // 3
        areas = face_areas(positions, faces)[face_of]
        order = np.lexsort((face_of, -areas, forward, edge_of))
        side = edge_of[order] * 2 + forward[order]
        surplus = order[1:][side[1:] == side[:-1]]  # a larger face has this side already
        if not len(surplus):
            break
        faces = np.delete(faces, np.unique(face_of[surplus]), axis=0)
    return faces


def split_vertices(faces: IntArray) -> tuple[IntArray, IntArray]:
    """Give every fan of faces around a vertex a vertex of its own; unused vertices go.

    Expects manifold edges. Returns the new faces, and for each new vertex the old one.
    """
    edge_of, counts, _ = edge_groups(faces)
    order = np.argsort(edge_of, kind="stable")
    first, second = order[counts[edge_of[order]] == 2].reshape(-1, 2).T
    # Half-edge 3f + k starts at corner k and ends at the next corner of the same face; its
    # opposite runs the other way, so starts meet ends.
    rows = np.concatenate([first, next_corner(first)])
    columns = np.concatenate([next_corner(second), second])
    fan_of = groups(len(faces) * 3, rows, columns)
    corners = faces.reshape(-1)
    keys, new_of = np.unique(corners * len(corners) + fan_of, return_inverse=True)
    return new_of.reshape(-1, 3), keys // len(corners)


def next_corner(corners: IntArray) -> IntArray:
    """The corner after each corner 3f + k in the same face."""
    result: IntArray = corners - corners % 3 + (corners % 3 + 1) % 3
    return result


def groups(count: int, rows: IntArray, columns: IntArray) -> IntArray:
    """Connected component (count,) of each of ``count`` items linked in pairs."""
    links = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    _, labels = connected_components(links, directed=False)
    return np.asarray(labels, dtype=np.int64)


def face_components(faces: IntArray) -> IntArray:
    """Component (m,) of every face; faces are connected over shared edges."""
    pairs = adjacent_faces(faces)
    return groups(len(faces), pairs[:, 0], pairs[:, 1])


def in_large_components(positions: FloatArray, faces: IntArray, smallest_share: float) -> BoolArray:
    """Faces (m,) of components that have at least that share of the largest one's area."""
    if not len(faces):
        return np.zeros(0, dtype=np.bool_)
    component = face_components(faces)
    area = np.bincount(component, face_areas(positions, faces))
    large: BoolArray = area[component] >= smallest_share * area.max()
    return large


def boundary_edges(faces: IntArray) -> IntArray:
    """Directed edges (b, 2) that only one face has."""
    edge_of, counts, _ = edge_groups(faces)
    edges: IntArray = directed_edges(faces)[counts[edge_of] == 1]
    return edges


def boundary_loops(faces: IntArray) -> list[IntArray]:
    """Vertices of each boundary loop, in the direction of its faces. Expects a manifold mesh."""
    edges = boundary_edges(faces)
    following = dict(edges.tolist())
    loops = []
    while following:
        start = next(iter(following))
        loop = [start]
        while (vertex := following.pop(loop[-1])) != start:
            loop.append(vertex)
        loops.append(np.array(loop, dtype=np.int64))
    return loops


def fill_holes(
    positions: FloatArray, faces: IntArray, *, most_edges: int, largest: float
) -> tuple[FloatArray, IntArray, int]:
    """Close loops of at most ``most_edges`` edges that fit a box of ``largest`` by a fan.

    positions may have further columns (colours); new vertices get the mean of their ring.

    Returns positions (with one new vertex a hole), faces, and how many holes were closed.
    """
    centres: list[FloatArray] = []
    fans: list[IntArray] = []
    for loop in boundary_loops(faces):
        ring = positions[loop]
        if len(loop) > most_edges or np.ptp(ring[:, :3], axis=0).max() > largest:
            continue
        middle = np.full(len(loop), len(positions) + len(centres))
        fans.append(np.stack([np.roll(loop, -1), loop, middle], axis=1))
        centres.append(ring.mean(axis=0))
    if not fans:
        return positions, faces, 0
    return np.vstack([positions, centres]), np.vstack([faces, *fans]), len(fans)


def has_manifold_edges(faces: IntArray) -> bool:
    """Whether no edge has a third face, or two that run along it in the same direction."""
    edge_of, _, forward = edge_groups(faces)
    return len(np.unique(edge_of * 2 + forward)) == len(edge_of)


def has_manifold_vertices(faces: IntArray) -> bool:
    """Whether the faces around each vertex form one fan. Expects manifold edges."""
    _, source = split_vertices(faces)
    return len(np.unique(source)) == len(source)


def manifold(positions: FloatArray, faces: IntArray) -> tuple[IntArray, IntArray]:
    """Repair a mesh into one with manifold edges and vertices.

    Returns the new faces, and for each new vertex the old one it comes from.
    """
    return split_vertices(edge_manifold(positions, without_bad_faces(positions, faces)))
