"""Leave photos out of faces where they show something else: passers-by, cars, flags.

The evidence of one face is its photo's colour against the median of the other photos that see it.
That alone is noisy, and silent where a passer-by wears the colour of what he hides, so it is
averaged over neighbouring faces of the same photo, and patches that are sure grow over faces that
are likely.
"""

import numpy as np
from numba import njit

from vtour.atlas.topology import BoolArray, IntArray
from vtour.reconstruct.view_choice import face_neighbours
from vtour.reconstruct.visibility import FaceViews, Float32Array, Int32Array

SIGMAS = 3.0
FLOOR = 16.0  # grey levels: the colours of one face differ by that between photos
FEWEST = 4  # photos of a face to judge one by the others
MOST_EVIDENCE = 3.0  # of one face
MEAN_ROUNDS = 2
SURE, LIKELY, POSSIBLE, ALONE = 1.0, 0.45, 0.2, 1.5
PATCH = 12  # faces: from there on, a patch's blurred rim is left out as well
RIM_RINGS = 1


def without_outliers(table: FaceViews, colour: Float32Array, faces: IntArray) -> FaceViews:
    """The table less the photos that show something else. colour (m, k, 3): evened out."""
    neighbour, _ = face_neighbours(faces)
    evidence = evidence_of(table.view, colour, FLOOR)
    mean = evidence
    for _ in range(MEAN_ROUNDS):
        mean = mean_over_neighbours(table.view, mean, neighbour)
    many = ((table.view >= 0).sum(axis=1) >= FEWEST)[:, None]
    seed = many & (((mean > SURE) & (evidence > LIKELY)) | (evidence > ALONE))
    within = (mean > LIKELY) & (evidence > POSSIBLE)
    out, large = grown(table.view, seed, within, neighbour, PATCH)
    for _ in range(RIM_RINGS):
        large = with_rim(table.view, large, neighbour)
    out |= large
    return table.without(keep_one(table.view, out, mean))


def keep_one(view: Int32Array, out: BoolArray, evidence: Float32Array) -> BoolArray:
    """``out`` less the likeliest photo of each face that would keep none."""
    there = view >= 0
    none = there.any(axis=1) & ~(there & ~out).any(axis=1)
    likeliest = np.where(there, evidence, np.inf).argmin(axis=1)
    result = out.copy()
    result[none, likeliest[none]] = False
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def evidence_of(view: Int32Array, colour: Float32Array, floor: float) -> Float32Array:
    """Distance of each colour from the median of the others, 1 at the bound; 0 where alone."""
    count, most = view.shape
    result = np.zeros((count, most), np.float32)
    for face in range(count):
        there = np.flatnonzero(view[face] >= 0)
        if len(there) < 2:
            continue
        distance = np.zeros(len(there), np.float32)
        for i in range(len(there)):
            total = np.float32(0)
            for channel in range(3):
                others = np.empty(len(there) - 1, np.float32)
                at = 0
                for j in range(len(there)):
                    if j != i:
                        others[at] = colour[face, there[j], channel]
                        at += 1
                step = colour[face, there[i], channel] - np.median(others)
                total += step * step
            distance[i] = np.sqrt(total)
        spread = np.float32(floor)
        if len(there) >= FEWEST:  # of fewer, the outlier is the spread
            middle = np.sort(distance)[(len(there) - 1) // 2]
            spread = max(spread, np.float32(1.4826) * middle)
        bound = np.float32(SIGMAS) * spread
        for i in range(len(there)):
            result[face, there[i]] = min(distance[i] / bound, np.float32(MOST_EVIDENCE))
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def slot_of(view: Int32Array, face: int, wanted: int) -> int:
    """Where a face lists a photo, -1 where it does not."""
    for slot in range(view.shape[1]):
        if view[face, slot] == wanted:
            return slot
    return -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def mean_over_neighbours(
    view: Int32Array, values: Float32Array, neighbour: Int32Array
) -> Float32Array:
    """Mean of each value and those of the same photo on the faces beside it."""
    result = np.zeros_like(values)
    for face in range(len(view)):
        for slot in range(view.shape[1]):
            if view[face, slot] < 0:
                continue
            total, count = values[face, slot], np.float32(1)
            for edge in range(3):
                other = neighbour[face, edge]
                if other >= 0:
                    there = slot_of(view, other, view[face, slot])
                    if there >= 0:
                        total += values[other, there]
                        count += np.float32(1)
            result[face, slot] = total / count
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grown(
    view: Int32Array, seed: BoolArray, within: BoolArray, neighbour: Int32Array, patch: int
) -> tuple[BoolArray, BoolArray]:
    """Seeds and what is connected to them ``within``; and those in patches of ``patch`` faces."""
    most = view.shape[1]
    out = np.zeros(view.shape, np.bool_)
    large = np.zeros(view.shape, np.bool_)
    for face in range(len(view)):
        for slot in range(most):
            if not seed[face, slot] or out[face, slot]:
                continue
            out[face, slot] = True
            found = [face * most + slot]
            at = 0
            while at < len(found):
                here, photo = found[at] // most, view[found[at] // most, found[at] % most]
                at += 1
                for edge in range(3):
                    other = neighbour[here, edge]
                    there = slot_of(view, other, photo) if other >= 0 else -1
                    if there < 0 or out[other, there]:
                        continue
                    if within[other, there] or seed[other, there]:
                        out[other, there] = True
                        found.append(other * most + there)
            if len(found) >= patch:
                for node in found:
                    large[node // most, node % most] = True
    return out, large


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def with_rim(view: Int32Array, marked: BoolArray, neighbour: Int32Array) -> BoolArray:
    """What is marked, and the same photos on the faces beside it."""
    result = marked.copy()
    for face in range(len(view)):
        for slot in range(view.shape[1]):
            if not marked[face, slot]:
                continue
            for edge in range(3):
                other = neighbour[face, edge]
                there = slot_of(view, other, view[face, slot]) if other >= 0 else -1
                if there >= 0:
                    result[other, there] = True
    return result
