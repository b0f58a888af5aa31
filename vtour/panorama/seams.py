"""Which photo every pixel of a small sphere is taken from. Pure arrays.

Photos are laid one after the other, the most central first; where a new one overlaps what lies
there, a minimum cut over the overlap decides: its edges cost as much as the two pictures differ
there, and every pixel leans to the photo whose border is farther away. The graph wraps around the
sphere, so the seam does too.

Rejected: OpenCV's GraphCutSeamFinder, which knows no wrap-around (a visible step at yaw 180 in
both orders of the photos); borders half way between the photos (seams through people and railings).
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Float32Array = NDArray[np.float32]

EDGE_UNIT = 100.0
"""Integers of the cut for a difference of 1 level."""
EDGE_BASE = 2.0
"""Levels: a seam costs this much a pixel even where pictures are alike, so it stays short."""
LEAN_LEVELS = 6.0
CERTAIN = 1 << 26


def seam_labels(pictures: list[Float32Array], shares: list[Float32Array]) -> NDArray[np.int16]:
    """Labels (h, w) int16, -1 where no photo is.

    pictures : (h, w, 3) of every photo, 0 to 255, on the whole sphere. shares : (h, w), how far
    the photo's border is, 0 to 1; negative where it is not.
    """
    count = len(pictures)
    area = [float((share > 0).sum()) for share in shares]
    labels = np.full(shares[0].shape, -1, np.int16)
    held = np.zeros((*labels.shape, 3), np.float32)
    best = np.full(labels.shape, -1.0, np.float32)
    for photo in sorted(range(count), key=lambda photo: (-area[photo], photo)):
        share = shares[photo]
        here = share > 0
        overlap = here & (labels >= 0)
        takes = here & ~overlap
        if overlap.any():
            takes |= _cut(held, pictures[photo], best, share, overlap, here)
        labels[takes] = photo
        held[takes] = pictures[photo][takes]
        best[takes] = share[takes]
    return labels


def _cut(
    held: Float32Array,
    new: Float32Array,
    held_share: Float32Array,
    new_share: Float32Array,
    overlap: BoolArray,
    here: BoolArray,
) -> BoolArray:
    """Where the new photo is taken, inside the overlap (h, w)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    number = np.full(overlap.shape, -1, np.int64)
    number[overlap] = np.arange(overlap.sum()) + 2
    differs = np.abs(held - new).max(axis=2) + EDGE_BASE
    old_only, new_only = ~here, here & ~overlap
    start, end, cost = [], [], []
    to_old, to_new = np.zeros(overlap.shape), np.zeros(overlap.shape)
    for axis in (0, 1):
        there = np.roll(number, -1, axis)
        both = (number >= 0) & (there >= 0)
        if axis == 0:
            both[-1] = False
        price = EDGE_UNIT * (differs + np.roll(differs, -1, axis))[both] / 2
        start += [number[both], there[both]]
        end += [there[both], number[both]]
        cost += [price, price]
        for shift in (1, -1):
            edge = np.roll(np.ones_like(overlap), shift, axis)
            if axis == 0:
                edge[0 if shift == 1 else -1] = False
            to_old[overlap & edge & np.roll(old_only & (held_share >= 0), shift, axis)] = CERTAIN
            to_new[overlap & edge & np.roll(new_only, shift, axis)] = CERTAIN
    lean = EDGE_UNIT * LEAN_LEVELS * (new_share - held_share)
    to_new = np.maximum(to_new, np.where(lean > 0, lean, 0))[overlap]
    to_old = np.maximum(to_old, np.where(lean < 0, -lean, 0))[overlap]
    clash = (to_new >= CERTAIN) & (to_old >= CERTAIN)
    to_new[clash] = to_old[clash] = 0
    nodes = number[overlap]
    start += [np.zeros_like(nodes), nodes]
    end += [nodes, np.ones_like(nodes)]
    cost += [to_new, to_old]
    size = int(overlap.sum()) + 2
    graph = coo_matrix(
        (np.concatenate(cost).astype(np.int32), (np.concatenate(start), np.concatenate(end))),
        shape=(size, size),
    ).tocsr()
    flow = maximum_flow(graph, 0, 1).flow
    left = (graph - flow).tocsr()
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = np.zeros(size, bool)
    reached[breadth_first_order(left, 0, return_predecessors=False)] = True
    taken = np.zeros(overlap.shape, bool)
    taken[overlap] = reached[nodes]
    return taken
