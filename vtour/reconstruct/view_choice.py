"""One photo for every face: good ones, and the same one over large patches.

Energy over the faces: ln(best quality / quality) of the photo chosen, plus ``smoothness`` for
each pair of neighbours with different photos (Potts). Solved by min-sum belief propagation on
the graph of faces (Felzenszwalb and Huttenlocher 2006, section 3), then iterated conditional
modes. Starting the latter from the best photo of each face leaves many small patches.
"""

import numpy as np
from numba import njit

from vtour.atlas.topology import IntArray, edge_groups
from vtour.reconstruct.visibility import FaceViews, Float32Array, Int32Array

MOST_COST = 5.0


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
