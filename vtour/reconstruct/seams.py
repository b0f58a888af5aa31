"""Make neighbouring patches of different photos meet: blend across seams, level their colours.

Blending: each vertex gets a weight per photo that depends on the vertex alone, so the faces on
both sides of a seam show the same mixture along it. Weights spread a few rings of faces, only
where all faces around a vertex see the photo.

Levelling: an offset per vertex and photo, equal to what makes photos agree where they meet and
smooth elsewhere (Lempitsky and Ivanov 2007; Waechter et al. 2014, section 3.3). Differences
count the less the larger they are. Held-out photos of the scene ``hard`` of
benchmarks/accuracy/texture.py, PSNR and SSIM: all differences alike 30.68 dB, 0.9365; no offsets
32.17, 0.9427; weights of Geman and McClure 32.14, 0.9425; of Cauchy's loss 32.26, 0.9422 (kept).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix

from vtour.atlas.topology import FloatArray, IntArray, directed_edges
from vtour.reconstruct.view_choice import view_costs
from vtour.reconstruct.visibility import FaceViews, Float32Array, Int32Array

MOST_PHOTOS = 4  # mixed at a vertex
BLEND_COST = 1.5  # photos that fit a face worse than that (natural log) are not mixed in
SMOOTHNESS = 10.0  # 1 / lambda of the paper
GAUGE = 1e-3
LIKELY = 6.0  # grey levels between photos at a vertex that levelling takes for light
RESIDUAL = 1e-3  # of the start: offsets are right to a fraction of a grey level


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Entries of photos at vertices, sorted by vertex and photo: e of them."""

    vertex: IntArray
    view: IntArray
    share: FloatArray
    """(e,) above 0; those of one vertex add up to 1."""


def blend_weights(
    table: FaceViews, faces: IntArray, labels: Int32Array, vertices: int, *, rings: int
) -> Weights:
    """Shares of photos at every vertex, spread over ``rings`` of faces around seams."""
    allowed_view, allowed_ok = common_views(table, faces, labels, vertices)
    view, share = shares_at_vertices(
        faces, labels, allowed_view, allowed_ok, vertices, rings, MOST_PHOTOS
    )
    vertex, slot = np.nonzero(share > 1e-3)
    flat_view, flat_share = view[vertex, slot].astype(np.int64), share[vertex, slot]
    order = np.lexsort((flat_view, vertex))
    vertex, flat_view, flat_share = vertex[order], flat_view[order], flat_share[order]
    total = np.bincount(vertex, flat_share, minlength=vertices)
    return Weights(
        vertex=vertex, view=flat_view, share=flat_share.astype(np.float64) / total[vertex]
    )


def common_views(
    table: FaceViews, faces: IntArray, labels: Int32Array, vertices: int
) -> tuple[Int32Array, np.ndarray]:
    """Photos that all seen faces around a vertex see well: CSR as (start, view).

    Returns indptr (n + 1,) and the views.
    """
    good = (view_costs(table) <= BLEND_COST) | (table.view == labels[:, None])
    good &= table.view >= 0
    face, slot = np.nonzero(good)
    view = table.view[face, slot].astype(np.int64)
    many = int(table.view.max(initial=0)) + 1
    keys = (faces[face] * many + view[:, None]).reshape(-1)
    key, count = np.unique(keys, return_counts=True)
    around = np.bincount(faces[labels >= 0].reshape(-1), minlength=vertices)
    key = key[count == around[key // many]]
    start = np.searchsorted(key // many, np.arange(vertices + 1)).astype(np.int32)
    return start, (key % many).astype(np.int32)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def shares_at_vertices(
    faces: IntArray,
    labels: Int32Array,
    start: Int32Array,
    common: Int32Array,
    vertices: int,
    rings: int,
    most: int,
) -> tuple[Int32Array, Float32Array]:
    """Photos (n, most) and their shares (n, most); see blend_weights. -1 and 0 where fewer."""
    view = np.full((vertices, most), -1, np.int32)
    share = np.zeros((vertices, most), np.float32)
    for face in range(len(faces)):
        if labels[face] >= 0:
            for k in range(3):
                _add(view, share, faces[face, k], labels[face], np.float32(1), start, common)
    _normalise(share)
    for _ in range(rings):
        new_view, new_share = view.copy(), share.copy()
        for face in range(len(faces)):
            if labels[face] < 0:
                continue
            for k in range(3):
                other = faces[face, (k + 1) % 3]
                for s in range(most):
                    if view[other, s] >= 0:
                        _add(
                            new_view,
                            new_share,
                            faces[face, k],
                            view[other, s],
                            share[other, s] * np.float32(0.35),
                            start,
                            common,
                        )
        _normalise(new_share)
        view, share = new_view, new_share
    return view, share


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add(
    view: Int32Array,
    share: Float32Array,
    vertex: int,
    label: int,
    amount: np.float32,
    start: Int32Array,
    common: Int32Array,
) -> None:
    """Add to a vertex's share of a photo, when all faces around it see the photo."""
    seen = False
    for index in range(start[vertex], start[vertex + 1]):
        if common[index] == label:
            seen = True
    if not seen:
        return
    for slot in range(view.shape[1]):
        if view[vertex, slot] == label or view[vertex, slot] < 0:
            view[vertex, slot] = label
            share[vertex, slot] += amount
            return


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _normalise(share: Float32Array) -> None:
    """Make each row add up to one, where it is not all zero."""
    for vertex in range(len(share)):
        total = np.float32(0)
        for slot in range(share.shape[1]):
            total += share[vertex, slot]
        if total > 0:
            for slot in range(share.shape[1]):
                share[vertex, slot] /= total


@dataclass(frozen=True, kw_only=True)
class Corners:
    """What each face takes from each photo: k entries, sorted by photo, then face."""

    view: IntArray
    face: IntArray
    share: Float32Array
    """(k, 3) at the face's corners."""
    node: IntArray
    """(k, 3) row of the level table for each corner."""


def corner_entries(
    weights: Weights, faces: IntArray, labels: Int32Array, vertices: int
) -> tuple[Corners, IntArray, IntArray]:
    """Shares at the corners of faces.

    A corner whose vertex has no common photo takes its face's own photo whole. Returns the
    entries and the level table's rows: (vertex, photo) of each node.
    """
    many = int(max(labels.max(initial=0), weights.view.max(initial=0))) + 1
    has = np.zeros(vertices, bool)
    has[weights.vertex] = True
    seen = np.flatnonzero(labels >= 0)
    start = np.searchsorted(weights.vertex, np.arange(vertices + 1))
    face = np.repeat(seen, 3)
    corner = np.tile(np.arange(3), len(seen))
    vertex = faces[face, corner]
    count = np.where(has[vertex], start[vertex + 1] - start[vertex], 1)
    entry = np.repeat(np.arange(len(vertex)), count)
    rank = np.arange(len(entry)) - np.repeat(np.cumsum(count) - count, count)
    mixed = has[vertex[entry]]
    at = np.where(mixed, start[vertex[entry]] + rank, 0)
    view = labels[face[entry]].astype(np.int64)
    share = np.ones(len(entry))
    if len(weights.view):
        view = np.where(mixed, weights.view[at], view)
        share = np.where(mixed, weights.share[at], 1.0)

    keys, row = np.unique(view * len(faces) + face[entry], return_inverse=True)
    shares = np.zeros((len(keys), 3), np.float32)
    shares[row, corner[entry]] = share
    entry_view, entry_face = keys // len(faces), keys % len(faces)
    # A node for all three corners, even where the share is nought: offsets are interpolated.
    node_keys = faces[entry_face] * many + entry_view[:, None]
    nodes, node = np.unique(node_keys, return_inverse=True)
    corners = Corners(view=entry_view, face=entry_face, share=shares, node=node.reshape(-1, 3))
    return corners, nodes // many, nodes % many


def level_offsets(
    corners: Corners, node_vertex: IntArray, colour: FloatArray, steps: int = 200
) -> FloatArray:
    """Offset (n, 3), grey levels, for each node; colour (n, 3) is its photo's at its vertex.

    NaN colours (outside the photo) are left to the smoothness.
    """
    known = np.isfinite(colour).all(axis=1)
    index = np.flatnonzero(known)
    same = index[:-1][node_vertex[index[:-1]] == node_vertex[index[1:]]]
    nearest = index[np.searchsorted(index, same) + 1]  # nodes are sorted by vertex
    edges = np.unique(np.sort(directed_edges(corners.node), axis=1), axis=0)
    first = np.concatenate([same, edges[:, 0]])
    second = np.concatenate([nearest, edges[:, 1]])
    difference = np.zeros((len(first), 3))
    difference[: len(same)] = colour[nearest] - colour[same]
    off = np.abs(difference[: len(same)]).max(axis=1)
    weight = np.concatenate([likely(off), np.full(len(edges), SMOOTHNESS)])
    return least_squares_on_graph(len(node_vertex), first, second, weight, difference, steps)


def likely(off: FloatArray) -> FloatArray:
    """Weight (n,) of a difference of so many grey levels, from 1 towards 0 (that of Cauchy's loss).

    Photos' tones are even by now: where two differ by much at a vertex, one shows something else
    there, a silhouette or a finer pattern, and no light.
    """
    result: FloatArray = 1 / (1 + (off / LIKELY) ** 2)
    return result


def least_squares_on_graph(
    count: int,
    first: IntArray,
    second: IntArray,
    weight: FloatArray,
    difference: FloatArray,
    steps: int,
) -> FloatArray:
    """Values (count, 3) whose differences first - second come closest to ``difference``.

    All values are pulled to nought a little (GAUGE), which fixes their level. Conjugate
    gradients with a diagonal preconditioner, in one thread: BLAS adds up in an order that
    depends on the machine's cores.
    """
    pull = np.full(count, GAUGE)
    rows = np.concatenate([first, second, first, second, np.arange(count)])
    columns = np.concatenate([second, first, first, second, np.arange(count)])
    values = np.concatenate([-weight, -weight, weight, weight, pull])
    matrix = coo_matrix((values, (rows, columns)), shape=(count, count)).tocsr()
    right = np.zeros((count, 3))
    for channel in range(3):
        pulls = weight * difference[:, channel]
        right[:, channel] = np.bincount(first, pulls, minlength=count)
        right[:, channel] -= np.bincount(second, pulls, minlength=count)
    scale = 1 / matrix.diagonal()[:, None]
    result = np.zeros((count, 3))
    residual = right.copy()
    direction = scale * residual
    product = dots(residual, direction)
    goal = RESIDUAL**2 * product
    for _ in range(steps):
        if (product <= goal).all():
            break
        image = matrix @ direction
        length = product / np.maximum(dots(direction, image), 1e-300)
        result += length * direction
        residual -= length * image
        preconditioned = scale * residual
        following = dots(residual, preconditioned)
        direction = preconditioned + following / np.maximum(product, 1e-300) * direction
        product = following
    return result


def dots(left: FloatArray, right: FloatArray) -> FloatArray:
    """Sum (3,) of the products of each column, in the order of the rows."""
    result: FloatArray = np.einsum("nc,nc->c", left, right)
    return result
