"""One photo for every face: good ones, and the same one over large patches.

Energy over the faces: ln(best quality / quality) of the photo chosen, plus ``smoothness`` for
each pair of neighbours with different photos (Potts). Solved by min-sum belief propagation on
the graph of faces (Felzenszwalb and Huttenlocher 2006, section 3), then iterated conditional
modes. Starting the latter from the best photo of each face leaves many small patches.
"""

import numpy as np
from numba import njit

from vtour.reconstruct.topology import IntArray, edge_groups
from vtour.reconstruct.visibility import FaceViews, Float32Array, Int32Array

MOST_COST = 5.0
OUTLIER_SIGMAS = 3.0
OUTLIER_FLOOR = 12.0  # grey levels: differences below are never outliers
OUTLIER_VIEWS = 4  # fewest photos of a face to judge one by the others
SAMPLE_FACES = 40_000


def view_gains(table: FaceViews, views: int) -> Float32Array:
    """Factor (views, 3) for each photo's colours that evens out exposure and white balance.

    Least squares on the logarithms, over the median ratio of each pair of photos on the faces
    that both see. Factors are rounded, so that the solver's last bits do not matter.
    """
    step = max(1, len(table.view) // SAMPLE_FACES)
    view, colour = table.view[::step], np.log(np.maximum(table.colour[::step], 4.0))
    matrix, right = np.eye(views) * 1e-3, np.zeros((views, 3))
    first, second = np.triu_indices(view.shape[1], k=1)
    a, b = view[:, first].ravel(), view[:, second].ravel()
    ratio = (colour[:, second] - colour[:, first]).reshape(-1, 3)
    both = (a >= 0) & (b >= 0)
    a, b, ratio = a[both], b[both], ratio[both]
    swap = a > b
    a, b, ratio = np.where(swap, b, a), np.where(swap, a, b), np.where(swap[:, None], -ratio, ratio)
    pair = a.astype(np.int64) * views + b
    for key in np.unique(pair):
        these = ratio[pair == key]
        i, j = divmod(int(key), views)
        weight = np.sqrt(len(these))
        median = np.median(these, axis=0)  # gain_i - gain_j
        matrix[[i, j], [i, j]] += weight
        matrix[[i, j], [j, i]] -= weight
        right[i] += weight * median
        right[j] -= weight * median
    logs = np.clip(np.linalg.solve(matrix, right), -0.7, 0.7)
    gains: Float32Array = np.exp(np.round(logs, 4)).astype(np.float32)
    return gains


def without_outliers(table: FaceViews, gains: Float32Array) -> FaceViews:
    """Drop photos whose colour of a face is far from the median of its photos: passers-by."""
    there = table.view >= 0
    colour = table.colour * gains[np.maximum(table.view, 0)]
    count = there.sum(axis=1)
    middle = np.maximum(count - 1, 0) // 2
    ordered = np.sort(np.where(there[..., None], colour, np.inf), axis=1)
    median = np.take_along_axis(ordered, middle[:, None, None], axis=1)
    distance = np.where(
        there, np.linalg.norm(colour - np.where(np.isfinite(median), median, 0), axis=2), np.inf
    )
    spread = np.take_along_axis(np.sort(distance, axis=1), middle[:, None], axis=1)
    bound = OUTLIER_SIGMAS * np.maximum(1.4826 * spread, OUTLIER_FLOOR)
    out = there & (distance > bound) & (count >= OUTLIER_VIEWS)[:, None]
    return FaceViews(
        view=np.where(out, np.int32(-1), table.view),
        quality=np.where(out, np.float32(0), table.quality),
        colour=table.colour,
        plainness=table.plainness,
    )


def choose_views(
    table: FaceViews, faces: IntArray, *, smoothness: float, rounds: int
) -> Int32Array:
    """The photo (m,) of every face, -1 where none sees it."""
    cost = view_costs(table)
    neighbour, back = face_neighbours(faces)
    slot = propagate(table.view, cost, neighbour, back, np.float32(smoothness), rounds)
    slot = settle(table.view, cost, neighbour, slot, np.float32(smoothness), 10)
    return np.where(slot >= 0, table.view[np.arange(len(slot)), slot], -1).astype(np.int32)


def view_costs(table: FaceViews) -> Float32Array:
    """ln(best / quality) (m, k), at most MOST_COST; infinite where there is no photo."""
    best = table.quality.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = np.minimum(np.log(best / table.quality), MOST_COST)
    return np.where(table.view >= 0, cost, np.inf).astype(np.float32)


def face_neighbours(faces: IntArray) -> tuple[Int32Array, Int32Array]:
    """The face across each edge (m, 3), -1 at a border; and that edge's number over there."""
    edge_of, counts, _ = edge_groups(faces)
    order = np.argsort(edge_of, kind="stable")
    first, second = order[counts[edge_of[order]] == 2].reshape(-1, 2).T
    other = np.full(len(faces) * 3, -1, np.int64)
    other[first], other[second] = second, first
    neighbour = np.where(other >= 0, other // 3, -1).astype(np.int32).reshape(-1, 3)
    back = np.where(other >= 0, other % 3, -1).astype(np.int32).reshape(-1, 3)
    return neighbour, back


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def propagate(
    view: Int32Array,
    cost: Float32Array,
    neighbour: Int32Array,
    back: Int32Array,
    smoothness: np.float32,
    rounds: int,
) -> Int32Array:
    """Slot (m,) of the photo with the lowest belief after ``rounds`` of messages; -1 if none."""
    count, most = view.shape
    inbox = np.zeros((count, 3, most), np.float32)
    following = np.zeros((count, 3, most), np.float32)
    belief = np.empty(most, np.float32)
    half = np.float32(0.5)
    for _ in range(rounds):
        for face in range(count):
            for edge in range(3):
                other = neighbour[face, edge]
                if other < 0:
                    continue
                lowest = np.float32(np.inf)
                for k in range(most):
                    belief[k] = cost[face, k]
                    for e in range(3):
                        if e != edge:
                            belief[k] += inbox[face, e, k]
                    lowest = min(lowest, belief[k])
                if lowest == np.inf:
                    continue
                slot = back[face, edge]
                for j in range(most):
                    message = smoothness
                    for k in range(most):
                        if view[face, k] >= 0 and view[face, k] == view[other, j]:
                            message = min(message, belief[k] - lowest)
                    old = inbox[other, slot, j]
                    following[other, slot, j] = half * (old + message)
        inbox, following = following, inbox
    slots = np.full(count, -1, np.int32)
    for face in range(count):
        lowest = np.float32(np.inf)
        for k in range(most):
            total = cost[face, k] + inbox[face, 0, k] + inbox[face, 1, k] + inbox[face, 2, k]
            if total < lowest:
                lowest = total
                slots[face] = k
    return slots


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def settle(
    view: Int32Array,
    cost: Float32Array,
    neighbour: Int32Array,
    slots: Int32Array,
    smoothness: np.float32,
    sweeps: int,
) -> Int32Array:
    """Change single faces, in their order, as long as that lowers the energy."""
    count, most = view.shape
    for _ in range(sweeps):
        changed = False
        for face in range(count):
            if slots[face] < 0:
                continue
            best, lowest = slots[face], np.float32(np.inf)
            for k in range(most):
                total = cost[face, k]
                for e in range(3):
                    other = neighbour[face, e]
                    if other < 0 or slots[other] < 0:
                        continue
                    if view[other, slots[other]] != view[face, k]:
                        total += smoothness
                if total < lowest or (total == lowest and k == slots[face]):
                    best, lowest = k, total
            if best != slots[face]:
                slots[face] = best
                changed = True
        if not changed:
            break
    return slots
