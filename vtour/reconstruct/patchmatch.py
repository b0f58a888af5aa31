"""PatchMatch stereo of one image against its source views: numba kernels on arrays.

Method: slanted planes, checkerboard propagation from eight adaptively chosen neighbours and a
choice of source views at every pixel (after Xu and Tao, Multi-Scale Geometric Consistency Guided
Multi-View Stereo, CVPR 2019), cost 1 - NCC with bilateral weights. Pure arrays, no files.

A plane is held as inverse depth, which is linear over the pixels of a plane: (w, gx, gy) says
1/z = w + gx * du + gy * dv around its pixel. Moving a plane to a neighbour costs two products,
and a source pixel is A @ (u, v, 1) + b * (1/z): no homography is built for a hypothesis.

Pixel coordinates in here are indices: the centre of the first pixel is (0, 0), so the
calibration must have 0.5 subtracted from COLMAP's principal point.

All results are the same at any number of threads: a pixel of one colour reads only pixels of
the other, and random numbers are hashes of (pixel, iteration, draw). They are the same however
LLVM orders its work, too: nothing is compiled with ``fastmath``, and the sums that must become
vector code are of integers, which may be added in any order.

Rows are dealt to the threads in turn, as cards are: as numba shares them out, the sky to one and
the ground to the other, two threads were 1.76 times as fast as one; dealt, 1.98 times.

The kernels stay in one file because numba's cache does not see changes in other files.

What was tried (one core of an AMD EPYC with AVX-512; one cost of one view):
    25 samples, four loads a sample, both cores                     322 ns
    32 samples, packed neighbours, Python's division by zero        183 ns
    the same with error_model="numpy"                                35 ns (kept): only without
        the exception does LLVM turn the loop over the samples into vector code
Weights recomputed for every hypothesis and float64 in places made 110 to 250 s/Mpx of it all.
Both passes of one photo of the sample site, 640 px, five views, CPU seconds for a megapixel:
    fastmath "reassoc", "contract", "nsz", "arcp"                   28.6: rejected, the process that
        compiled the kernels got other depths than those that loaded them from the cache
    no fastmath, sums of float32: not vector code                   61.4
    no fastmath, sums of int32                                      32.4 (kept)
    the same, weights scaled beforehand, four sums at a time in
        _reference_window                                           33.0
On arch, 640 px (machine busy; nanoseconds of one call on it: photo cost 94, geometric error 58,
reference window 113, gathering the hypotheses 877):
    as above                                                        32.9
    changes left off where they reach the best cost so far, 5 hypotheses,
        one photometric iteration at the full size (see stereo.py)  20.2
    costs of the regions beside their places: gathering 566 ns; geometric
        iterations begin with the views that match the first plane  19.5 (kept)
    24 samples instead of 32                                        20.0: no gain, fewer within 2 cm
    neighbours whose cost is higher by 0.1 left out                 20.0: no gain
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import math

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]
UInt32Array = NDArray[np.uint32]

RADIUS = 5
SAMPLES = 32

# 6 x 6 samples, two pixels apart, without the corners: 32 fill whole vector registers.
_SPAN = (-5, -3, -1, 1, 3, 5)
_OFFSETS = [(u, v) for v in _SPAN for u in _SPAN if abs(u) + abs(v) < 10]
OFFSET_X = np.array([u for u, _ in _OFFSETS], dtype=np.int64)
OFFSET_Y = np.array([v for _, v in _OFFSETS], dtype=np.int64)
OFFSET_U = OFFSET_X.astype(np.float32)
OFFSET_V = OFFSET_Y.astype(np.float32)

COLOUR_SIGMA = 10.0  # grey levels; at 20 twice as many pixels at outlines took a wrong depth
SPACE_SIGMA = 5.0  # pixels
COLOUR_WEIGHT = np.exp(-np.arange(256) / COLOUR_SIGMA).astype(np.float32)
SPACE_WEIGHT = np.exp(-(np.hypot(OFFSET_U, OFFSET_V) ** 2) / (2 * SPACE_SIGMA**2)).astype(
    np.float32
)

# Eight regions that a hypothesis is taken from, for "up"; the others are its quarter turns.
_NEAR = ((0, -1), (-1, -2), (1, -2), (-2, -3), (2, -3), (-3, -4), (3, -4))
_FAR = tuple((0, -step) for step in range(3, 25, 2))


def _quarter_turns(offsets: tuple[tuple[int, int], ...]) -> list[list[tuple[int, int]]]:
    turns = [list(offsets)]
    for _ in range(3):
        turns.append([(-v, u) for u, v in turns[-1]])
    return turns


def _region_table() -> NDArray[np.int64]:
    regions = _quarter_turns(_NEAR) + _quarter_turns(_FAR)
    length = max(len(region) for region in regions)
    return np.array([region + [(0, 0)] * (length - len(region)) for region in regions])


REGIONS = _region_table()  # (8, 11, 2), shorter ones filled up
REGION_LENGTHS = np.array([len(_NEAR)] * 4 + [len(_FAR)] * 4)
N_REGIONS = len(REGIONS)
REACH = int(np.abs(REGIONS).max())  # pixels: the costs have a border as wide

# Sums over a window are of integers, in these parts of a grey level and of its square: the largest
# that keep 255 and 255**2 below 2**31. A float32 of that size is no finer.
MEAN_UNIT, SQUARE_UNIT = np.float32(2.0**22), np.float32(2.0**15)
F0, F1, F2, HALF = (np.float32(value) for value in (0.0, 1.0, 2.0, 0.5))
TINY, TINIEST = np.float32(1e-6), np.float32(1e-12)
MUCH, MAX_ERROR_PX = np.float32(1e6), np.float32(3.0)
FLAT = np.float32(0.01)  # grey levels: less contrast than this is rounding
WINDOW = np.float32(RADIUS)
BAD_ABOVE = np.float32(1.2)  # a view with three such neighbours is not looked at
SHARE_OF_BEST = np.float32(0.2)  # of the best view's weight; below it a view is left out
LIKE_THE_BEST = np.float32(0.2)  # a view that matches a known plane as well is believed in
UNCHOSEN = np.float32(0.1)  # prior of a view that no neighbour chose
NOW_AND_THEN = np.float32(-0.6)  # of draws from -1 to 1: one in five
MASK32 = np.uint64(0xFFFFFFFF)


@njit(parallel=True, cache=True)
def pack(grey, packed):
    """Four neighbours in one number: pixel, right, below, below right in bytes 0 to 3.

    grey   : (h, w) uint8.
    packed : (h, w) uint32, filled; the last row and column repeat themselves.

    One load then fetches all that a bilinear sample needs.
    """
    height, width = grey.shape
    for y in prange(height):
        low = min(y + 1, height - 1)
        for x in range(width):
            right = min(x + 1, width - 1)
            top = np.uint32(grey[y, x]) | np.uint32(grey[y, right]) << np.uint32(8)
            bottom = np.uint32(grey[low, x]) | np.uint32(grey[low, right]) << np.uint32(8)
            packed[y, x] = top | bottom << np.uint32(16)


@njit(error_model="numpy", cache=True)
def _uniform(x, y, seed, draw):
    """Hash of four integers as float32 in [-1, 1) (the finaliser of MurmurHash3)."""
    h = (np.uint64(x) * np.uint64(0x9E3779B1)) ^ (np.uint64(y) * np.uint64(0x85EBCA77))
    h = h ^ (np.uint64(seed) * np.uint64(0xC2B2AE3D)) ^ (np.uint64(draw) * np.uint64(0x27D4EB2F))
    h = (h ^ (h >> np.uint64(32))) & MASK32
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK32
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK32
    h = h ^ (h >> np.uint64(16))
    return np.float32(h >> np.uint64(8)) * np.float32(2.0**-23) - F1


@njit(error_model="numpy", cache=True)
def _reference_window(ref, x, y, weight, centred):
    """Fill weight (sum 1) and centred = weight * (value - mean) / std; return the std.

    ref : (h + 2 RADIUS, w + 2 RADIUS) uint8, padded.
    """
    centre = np.int32(ref[y + RADIUS, x + RADIUS])
    total = F0
    first = F0
    for k in range(SAMPLES):
        grey = np.int32(ref[y + RADIUS + OFFSET_Y[k], x + RADIUS + OFFSET_X[k]])
        value = np.float32(grey)
        part = SPACE_WEIGHT[k] * COLOUR_WEIGHT[abs(grey - centre)]
        weight[k] = part
        centred[k] = value
        total += part
        first += part * value
    scale = F1 / total
    mean = first * scale
    variance = F0
    for k in range(SAMPLES):
        weight[k] *= scale
        centred[k] -= mean
        variance += weight[k] * centred[k] * centred[k]
    std = np.float32(math.sqrt(variance))
    inverse = F1 / max(std, FLAT)
    for k in range(SAMPLES):
        centred[k] *= weight[k] * inverse
    return std


@njit(error_model="numpy", cache=True)
def _photo_cost(views, j, x, y, w, gx, gy, weight, centred):
    """1 - NCC of the reference window and its image on the plane in source view j, 0 to 2.

    Whole arrays and a number go in, not slices: those would be counted in and out atomically.
    """
    images, starts, sizes, a, b, _, _, _, _ = views
    start = np.uint64(starts[j])
    width, height = sizes[j, 0], sizes[j, 1]
    fx = np.float32(x)
    fy = np.float32(y)
    px = a[j, 0, 0] * fx + a[j, 0, 1] * fy + a[j, 0, 2] + b[j, 0] * w
    py = a[j, 1, 0] * fx + a[j, 1, 1] * fy + a[j, 1, 2] + b[j, 1] * w
    pz = a[j, 2, 0] * fx + a[j, 2, 1] * fy + a[j, 2, 2] + b[j, 2] * w
    high_x = np.float32(width - 1)
    high_y = np.float32(height - 1)
    if pz < TINY:
        return F2
    if not (px >= F0 and py >= F0 and px <= high_x * pz and py <= high_y * pz):
        return F2
    xu = a[j, 0, 0] + b[j, 0] * gx
    xv = a[j, 0, 1] + b[j, 0] * gy
    yu = a[j, 1, 0] + b[j, 1] * gx
    yv = a[j, 1, 1] + b[j, 1] * gy
    zu = a[j, 2, 0] + b[j, 2] * gx
    zv = a[j, 2, 1] + b[j, 2] * gy
    first = np.int32(0)
    second = np.int32(0)
    cross = np.int32(0)
    stride = np.int32(width)
    for k in range(SAMPLES):
        du = OFFSET_U[k]
        dv = OFFSET_V[k]
        inverse = F1 / (pz + zu * du + zv * dv)
        sx = (px + xu * du + xv * dv) * inverse
        sy = (py + yu * du + yv * dv) * inverse
        sx = sx if sx > F0 else F0  # also NaN
        sy = sy if sy > F0 else F0
        sx = sx if sx < high_x else high_x
        sy = sy if sy < high_y else high_y
        ix = np.int32(sx)
        iy = np.int32(sy)
        wx = sx - np.float32(ix)
        wy = sy - np.float32(iy)
        four = images[start + np.uint64(np.uint32(iy * stride + ix))]
        v00 = np.float32(np.int32(four & np.uint32(255)))
        v01 = np.float32(np.int32((four >> np.uint32(8)) & np.uint32(255)))
        v10 = np.float32(np.int32((four >> np.uint32(16)) & np.uint32(255)))
        v11 = np.float32(np.int32(four >> np.uint32(24)))
        top = v00 + wx * (v01 - v00)
        low = v10 + wx * (v11 - v10)
        value = top + wy * (low - top)
        part = weight[k] * value
        first += np.int32(part * MEAN_UNIT)
        second += np.int32(part * value * SQUARE_UNIT)
        cross += np.int32(centred[k] * value * MEAN_UNIT)
    mean = np.float32(first) / MEAN_UNIT
    square = np.float32(second) / SQUARE_UNIT
    variance = square - mean * mean
    if variance < F1:
        return F2
    cost = F1 - np.float32(cross) / (MEAN_UNIT * np.float32(math.sqrt(variance)))
    return min(max(cost, F0), F2)


@njit(error_model="numpy", cache=True)
def _geometric_error(views, j, x, y, w):
    """Pixels between (x, y) and its way to source view j and back on that view's own depth.

    Returns (error, relative difference of inverse depth); both large where there is no depth.
    """
    _, starts, sizes, a, b, ra, rb, maps, _ = views
    width, height = sizes[j, 0], sizes[j, 1]
    fx = np.float32(x)
    fy = np.float32(y)
    pz = a[j, 2, 0] * fx + a[j, 2, 1] * fy + a[j, 2, 2] + b[j, 2] * w
    if pz < TINY:
        return MUCH, MUCH
    sx = (a[j, 0, 0] * fx + a[j, 0, 1] * fy + a[j, 0, 2] + b[j, 0] * w) / pz
    sy = (a[j, 1, 0] * fx + a[j, 1, 1] * fy + a[j, 1, 2] + b[j, 1] * w) / pz
    if not (sx >= -HALF and sy >= -HALF):
        return MUCH, MUCH
    if not (sx < np.float32(width) - HALF and sy < np.float32(height) - HALF):
        return MUCH, MUCH
    ix = np.int32(sx + HALF)
    iy = np.int32(sy + HALF)
    found = maps[starts[j] + iy * width + ix]
    if found <= F0:
        return MUCH, MUCH
    expected = w / pz
    back_z = ra[j, 2, 0] * sx + ra[j, 2, 1] * sy + ra[j, 2, 2] + rb[j, 2] * found
    if back_z < TINY:
        return MUCH, MUCH
    back_x = (ra[j, 0, 0] * sx + ra[j, 0, 1] * sy + ra[j, 0, 2] + rb[j, 0] * found) / back_z
    back_y = (ra[j, 1, 0] * sx + ra[j, 1, 1] * sy + ra[j, 1, 2] + rb[j, 1] * found) / back_z
    error = np.float32(math.sqrt((back_x - fx) ** 2 + (back_y - fy) ** 2))
    return error, abs(expected - found) / found


@njit(error_model="numpy", cache=True)
def _is_plane_valid(x, y, w, gx, gy, intrinsics, w_range, min_cosine):
    """Whether the depth lies in its range and the plane is not seen too slantwise.

    intrinsics : (4,) fx, fy, cx, cy.
    """
    if not (w >= w_range[0] and w <= w_range[1]):
        return False
    u = np.float32(x) - intrinsics[2]
    v = np.float32(y) - intrinsics[3]
    nx = gx * intrinsics[0]
    ny = gy * intrinsics[1]
    nz = w - gx * u - gy * v
    ray = F1 + (u / intrinsics[0]) ** 2 + (v / intrinsics[1]) ** 2
    return w * w >= min_cosine * min_cosine * ray * (nx * nx + ny * ny + nz * nz)


@njit(error_model="numpy", cache=True)
def _fill_costs(views, x, y, w, gx, gy, weight, centred, wanted, out_costs, row):
    """Fill a row of out_costs (n, n_views) where wanted > 0; the others are left alone."""
    geometric_weight = views[8]
    for j in range(wanted.shape[0]):
        if wanted[j] <= F0:
            continue
        cost = _photo_cost(views, j, x, y, w, gx, gy, weight, centred)
        if geometric_weight > F0:
            error, _ = _geometric_error(views, j, x, y, w)
            cost += geometric_weight * min(error, MAX_ERROR_PX)
        out_costs[row, j] = cost


@njit(error_model="numpy", cache=True)
def _mean_of_best(costs, row, k):
    """Mean of the k smallest costs of a row."""
    used = np.uint64(0)
    total = F0
    k = min(k, costs.shape[1])
    for _ in range(k):
        best = -1
        for j in range(costs.shape[1]):
            taken = (used >> np.uint64(j)) & np.uint64(1)
            if taken == 0 and (best < 0 or costs[row, j] < costs[row, best]):
                best = j
        used |= np.uint64(1) << np.uint64(best)
        total += costs[row, best]
    return total / np.float32(k)


@njit(error_model="numpy", cache=True)
def _total_cost(costs, row, view_weight, n_chosen):
    """Cost of a row over the views chosen; over the best two when none was."""
    if n_chosen == 0:
        return _mean_of_best(costs, row, 2)
    total = F0
    for j in range(costs.shape[1]):
        if view_weight[j] > F0:
            total += view_weight[j] * costs[row, j]
    return total


@njit(error_model="numpy", cache=True)
def _cost_up_to(views, x, y, w, gx, gy, weight, centred, view_weight, limit):
    """Cost over the views chosen, as of _total_cost; left off where it reaches the limit."""
    geometric_weight = views[8]
    total = F0
    for j in range(view_weight.shape[0]):
        if view_weight[j] <= F0:
            continue
        cost = _photo_cost(views, j, x, y, w, gx, gy, weight, centred)
        if geometric_weight > F0:
            error, _ = _geometric_error(views, j, x, y, w)
            cost += geometric_weight * min(error, MAX_ERROR_PX)
        total += view_weight[j] * cost
        if total >= limit:
            break
    return total


@njit(error_model="numpy", cache=True)
def _fill_prior(chosen, x, y, prior):
    """Share of the four neighbours that chose each view, from 0.1 to 1."""
    height, width = chosen.shape
    prior[:] = F0
    around = F0
    for k in range(4):
        qx = x + (1 - k if k % 2 == 0 else 0)
        qy = y + (2 - k if k % 2 == 1 else 0)
        if qx >= 0 and qy >= 0 and qx < width and qy < height:
            around += F1
            for j in range(prior.shape[0]):
                if (chosen[qy, qx] >> np.uint32(j)) & np.uint32(1):
                    prior[j] += F1
    for j in range(prior.shape[0]):
        prior[j] = UNCHOSEN + (F1 - UNCHOSEN) * prior[j] / max(around, F1)


@njit(error_model="numpy", cache=True)
def _pick_wanted(prior, x, y, seed, iteration, wanted):
    """Views worth a look: those that a neighbour chose, and each other one now and then.

    All of them where no neighbour has chosen any.
    """
    anyone = False
    for j in range(prior.shape[0]):
        anyone = anyone or prior[j] > UNCHOSEN
    for j in range(prior.shape[0]):
        now = _uniform(x, y, seed, 1000 + 64 * iteration + j) < NOW_AND_THEN
        wanted[j] = F1 if prior[j] > UNCHOSEN or now or not anyone else F0


@njit(error_model="numpy", cache=True)
def _choose_views(costs, counts, n_hypotheses, prior, good_below, out_weight):
    """Weigh each source view by how well it explains the hypotheses around this pixel.

    costs : (n_hypotheses, n_views). counts : how many neighbours hold that hypothesis.
    prior : (n_views,) in 0..1, from the neighbours.

    Returns how many views are chosen; out_weight (n_views,) sums to 1, 0 for the others.
    """
    best = F0
    for j in range(prior.shape[0]):
        good = 0
        bad = 0
        belief = F0
        for i in range(n_hypotheses):
            cost = costs[i, j]
            if cost < good_below:
                good += counts[i]
                belief += np.float32(counts[i]) * _trust(cost)
            elif cost > BAD_ABOVE:
                bad += counts[i]
        if bad >= 3:
            out_weight[j] = F0
        elif good > 2:
            out_weight[j] = prior[j] * belief / np.float32(good)
        else:
            out_weight[j] = prior[j] * _trust(good_below)
        best = max(best, out_weight[j])
    n_chosen = 0
    total = F0
    for j in range(prior.shape[0]):
        if best <= F0 or out_weight[j] < SHARE_OF_BEST * best:
            out_weight[j] = F0
        else:
            n_chosen += 1
            total += out_weight[j]
    for j in range(prior.shape[0]):
        out_weight[j] /= max(total, TINY)
    return n_chosen


@njit(error_model="numpy", cache=True)
def _trust(cost):
    """From 1 at no cost to about 0 at 1: a bell without the price of exp."""
    part = F1 / (F1 + cost * cost * np.float32(5.0))
    return part * part


@njit(error_model="numpy", cache=True)
def _random_gradient(x, y, w, intrinsics, seed, draw):
    """Gradient of inverse depth of a plane with a random normal facing the camera."""
    nx = _uniform(x, y, seed, draw)
    ny = _uniform(x, y, seed, draw + 1)
    u = (np.float32(x) - intrinsics[2]) / intrinsics[0]
    v = (np.float32(y) - intrinsics[3]) / intrinsics[1]
    scale = w / max(F1 + nx * u + ny * v, np.float32(0.15))
    return nx * scale / intrinsics[0], ny * scale / intrinsics[1]


@njit(error_model="numpy", cache=True)
def _best_of_regions(cost, y, best_cost, best_place):
    """The pixel that matches best in each region around every pixel of a row.

    cost       : (h + 2 REACH, w + 2 REACH), its border F2.
    best_cost  : (N_REGIONS, w), filled; F2 where every pixel of the region lies outside or was
                 never matched.
    best_place : (N_REGIONS, w) int32, filled with the index in the region; -1 where there is none.

    Pixels of the colour that is being changed are looked at, too, and not used: half of the work
    in vain, but in vector code.
    """
    width = best_cost.shape[1]
    for r in range(N_REGIONS):
        for x in range(width):
            best_cost[r, x] = F2
            best_place[r, x] = np.int32(-1)
        for k in range(REGION_LENGTHS[r]):
            row = cost[y + REACH + REGIONS[r, k, 1]]
            shift = REACH + REGIONS[r, k, 0]
            index = np.int32(k)
            for x in range(width):
                found = row[shift + x]
                is_better = found < best_cost[r, x]
                best_cost[r, x] = found if is_better else best_cost[r, x]
                best_place[r, x] = index if is_better else best_place[r, x]


@njit(error_model="numpy", cache=True)
def _gather_hypotheses(
    planes, x, y, best_cost, best_place, intrinsics, w_range, settings, hypotheses, counts
):
    """The pixel's own plane, then those of the regions' best pixels, none twice.

    Fills hypotheses (9, 3) and counts (9,), how many regions hold each; returns their number,
    at most settings[4]: those from the best matching pixels. best_cost and best_place are of
    `_best_of_regions`; what is taken from the first is marked there.
    """
    near = np.float32(0.05) * settings[2]
    hypotheses[0, 0] = planes[y, x, 0]
    hypotheses[0, 1] = planes[y, x, 1]
    hypotheses[0, 2] = planes[y, x, 2]
    counts[0] = 1
    n = 1
    for _ in range(N_REGIONS):
        best = 0
        for r in range(1, N_REGIONS):
            if best_cost[r, x] < best_cost[best, x]:
                best = r
        if best_cost[best, x] >= F2 or n >= settings[4]:
            break
        best_cost[best, x] = F2
        place = best_place[best, x]
        bx, by = x + REGIONS[best, place, 0], y + REGIONS[best, place, 1]
        gx = planes[by, bx, 1]
        gy = planes[by, bx, 2]
        w = planes[by, bx, 0] + gx * np.float32(x - bx) + gy * np.float32(y - by)
        if not _is_plane_valid(x, y, w, gx, gy, intrinsics, w_range, settings[0]):
            continue
        same = -1
        for i in range(n):
            bend = (abs(hypotheses[i, 1] - gx) + abs(hypotheses[i, 2] - gy)) * WINDOW
            if abs(hypotheses[i, 0] - w) < near and bend < F2 * near:
                same = i
                break
        if same >= 0:
            counts[same] += 1
            continue
        hypotheses[n, 0] = w
        hypotheses[n, 1] = gx
        hypotheses[n, 2] = gy
        counts[n] = 1
        n += 1
    return n


@njit(error_model="numpy", cache=True)
def _changed(k, x, y, w, gx, gy, amount, intrinsics, w_range, seed, draw):
    """The k-th change of a plane: depth, normal, both, a new normal, all new."""
    dw = _uniform(x, y, seed, draw)
    du = amount * _uniform(x, y, seed, draw + 1) / WINDOW
    dv = amount * _uniform(x, y, seed, draw + 2) / WINDOW
    if k == 0:
        return w + amount * dw, gx, gy
    if k == 1:
        return w, gx + du, gy + dv
    if k == 2:
        return w + HALF * amount * dw, gx + HALF * du, gy + HALF * dv
    if k == 4:
        w = w_range[0] + HALF * (F1 + dw) * (w_range[1] - w_range[0])
    gx, gy = _random_gradient(x, y, w, intrinsics, seed, draw + 1)
    return w, gx, gy


def dealt_rows(height: int) -> NDArray[np.int64]:
    """All rows of an image, those of each thread's run together."""
    threads = get_num_threads()
    return np.concatenate([np.arange(first, height, threads) for first in range(threads)])


@njit(parallel=True, error_model="numpy", cache=True)
def start(ref, planes, cost, chosen, views, intrinsics, w_range, settings, rows, seed):
    """Score the planes given; where one is not valid, draw a random one. In place.

    ref        : (h + 2 RADIUS, w + 2 RADIUS) uint8, padded.
    planes     : (h, w, 3) float32. cost : (h + 2 REACH, w + 2 REACH) float32, its border 2.
    chosen     : (h, w) uint32, a bit for each view that is believed in.
    views      : as `vtour.reconstruct.stereo.SourceViews` makes them.
    intrinsics : (4,) float32 fx, fy, cx, cy. w_range : (2,) float32 of inverse depth.
    settings   : (5,) float32: smallest cosine of the viewing angle, smallest contrast, inverse
                 depth of one pixel's shift, 1 to try wholly new planes, most hypotheses.
    rows       : of `dealt_rows`.
    """
    height, width = chosen.shape
    n_views = views[2].shape[0]
    for line in prange(height):
        y = rows[line]
        weight = np.empty(SAMPLES, np.float32)
        centred = np.empty(SAMPLES, np.float32)
        costs = np.empty((1, n_views), np.float32)
        everyone = np.ones(n_views, np.float32)
        for x in range(width):
            w, gx, gy = planes[y, x, 0], planes[y, x, 1], planes[y, x, 2]
            if not _is_plane_valid(x, y, w, gx, gy, intrinsics, w_range, settings[0]):
                share = HALF * (F1 + _uniform(x, y, seed, 0))
                w = w_range[0] + share * (w_range[1] - w_range[0])
                gx, gy = _random_gradient(x, y, w, intrinsics, seed, 1)
                planes[y, x, 0], planes[y, x, 1], planes[y, x, 2] = w, gx, gy
            cost[y + REACH, x + REACH] = F2
            if _reference_window(ref, x, y, weight, centred) < settings[1]:
                chosen[y, x] = np.uint32(0)
                continue
            _fill_costs(views, x, y, w, gx, gy, weight, centred, everyone, costs, 0)
            matched = _mean_of_best(costs, 0, 2)
            cost[y + REACH, x + REACH] = matched
            if views[8] > F0:
                bits = np.uint32(0)
                for j in range(n_views):
                    if costs[0, j] < matched + LIKE_THE_BEST:
                        bits |= np.uint32(1) << np.uint32(j)
                chosen[y, x] = bits


@njit(parallel=True, error_model="numpy", cache=True)
def sweep(
    ref, planes, cost, chosen, views, intrinsics, w_range, settings, rows, seed, iteration, colour
):
    """One iteration over the pixels of one colour of the checkerboard, in place.

    Arguments as of `start`. A pixel takes the best of its neighbours' planes, then tries
    ``iteration``-fold halved random changes of it.
    """
    height, width = chosen.shape
    n_views = views[2].shape[0]
    good_below = np.float32(0.8 * math.exp(-iteration * iteration / 90.0))
    amount = settings[2] * np.float32(2.0 ** (1 - iteration))
    n_changes = 5 if settings[3] > HALF else (4 if iteration < 2 else 3)
    for line in prange(height):
        y = rows[line]
        weight = np.empty(SAMPLES, np.float32)
        centred = np.empty(SAMPLES, np.float32)
        costs = np.empty((N_REGIONS + 1, n_views), np.float32)
        counts = np.empty(N_REGIONS + 1, np.int64)
        hypotheses = np.empty((N_REGIONS + 1, 3), np.float32)
        best_cost_of = np.empty((N_REGIONS, width), np.float32)
        best_place_of = np.empty((N_REGIONS, width), np.int32)
        _best_of_regions(cost, y, best_cost_of, best_place_of)
        wanted = np.empty(n_views, np.float32)
        prior = np.empty(n_views, np.float32)
        view_weight = np.empty(n_views, np.float32)
        for x in range((y + colour) % 2, width, 2):
            if _reference_window(ref, x, y, weight, centred) < settings[1]:
                continue
            n = _gather_hypotheses(
                planes, x, y, best_cost_of, best_place_of, intrinsics, w_range, settings,
                hypotheses, counts,
            )  # fmt: skip
            _fill_prior(chosen, x, y, prior)
            _pick_wanted(prior, x, y, seed, iteration, wanted)
            costs[:n] = F2
            for i in range(n):
                w, gx, gy = hypotheses[i, 0], hypotheses[i, 1], hypotheses[i, 2]
                _fill_costs(views, x, y, w, gx, gy, weight, centred, wanted, costs, i)
            n_chosen = _choose_views(costs, counts, n, prior, good_below, view_weight)
            best = 0
            best_cost = MUCH
            for i in range(n):
                total = _total_cost(costs, i, view_weight, n_chosen)
                if total < best_cost:
                    best_cost = total
                    best = i
            w, gx, gy = hypotheses[best, 0], hypotheses[best, 1], hypotheses[best, 2]
            bits = np.uint32(0)
            for j in range(n_views):
                if n_chosen > 0 and view_weight[j] > F0:
                    bits |= np.uint32(1) << np.uint32(j)
            if n_chosen == 0:
                costs[0, :] = F2
            for k in range(n_changes):
                tw, tx, ty = _changed(
                    k, x, y, w, gx, gy, amount, intrinsics, w_range, seed, 16 * iteration + 3 * k
                )
                if not _is_plane_valid(x, y, tw, tx, ty, intrinsics, w_range, settings[0]):
                    continue
                if n_chosen > 0:
                    total = _cost_up_to(
                        views, x, y, tw, tx, ty, weight, centred, view_weight, best_cost
                    )
                else:
                    _fill_costs(views, x, y, tw, tx, ty, weight, centred, wanted, costs, 0)
                    total = _total_cost(costs, 0, view_weight, n_chosen)
                if total < best_cost:
                    best_cost = total
                    w, gx, gy = tw, tx, ty
            planes[y, x, 0], planes[y, x, 1], planes[y, x, 2] = w, gx, gy
            cost[y + REACH, x + REACH] = best_cost
            chosen[y, x] = bits


@njit(parallel=True, error_model="numpy", cache=True)
def count_consistent(planes, kept, views, limits, out_count):
    """Count for every pixel the source views whose own depth agrees with this one's."""
    height, width = kept.shape
    n_views = views[2].shape[0]
    for y in prange(height):
        for x in range(width):
            out_count[y, x] = 0
            if not kept[y, x]:
                continue
            for j in range(n_views):
                error, difference = _geometric_error(views, j, x, y, planes[y, x, 0])
                if error <= limits[0] and difference <= limits[1]:
                    out_count[y, x] += 1


@njit(parallel=True, cache=True)
def refine_grid(coarse, coarse_chosen, factor_x, factor_y, planes, chosen):
    """Planes of a coarser level at the pixels of a finer one, extrapolated along the plane."""
    height, width = planes.shape[:2]
    last_y, last_x = coarse.shape[0] - 1, coarse.shape[1] - 1
    for y in prange(height):
        cy = np.float32((y + 0.5) * factor_y - 0.5)
        iy = min(max(int(np.rint(cy)), 0), last_y)
        for x in range(width):
            cx = np.float32((x + 0.5) * factor_x - 0.5)
            ix = min(max(int(np.rint(cx)), 0), last_x)
            gx = coarse[iy, ix, 1]
            gy = coarse[iy, ix, 2]
            planes[y, x, 0] = (
                coarse[iy, ix, 0] + gx * (cx - np.float32(ix)) + gy * (cy - np.float32(iy))
            )
            planes[y, x, 1] = gx * np.float32(factor_x)
            planes[y, x, 2] = gy * np.float32(factor_y)
            chosen[y, x] = coarse_chosen[iy, ix]


@njit(parallel=True, cache=True)
def planes_of_maps(depth, normal, intrinsics, unit, planes):
    """(w, gx, gy) of a depth map (h, w) and a normal map (h, w, 3); 0 where there is no depth."""
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    height, width = depth.shape
    for y in prange(height):
        for x in range(width):
            planes[y, x, 0], planes[y, x, 1], planes[y, x, 2] = F0, F0, F0
            if depth[y, x] <= F0:
                continue
            w = unit / depth[y, x]
            nx, ny, nz = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
            along = nx * ((np.float32(x) - cx) / fx) + ny * ((np.float32(y) - cy) / fy) + nz
            planes[y, x, 0] = w
            if along < F0:
                scale = w / along
                planes[y, x, 1] = nx * scale / fx
                planes[y, x, 2] = ny * scale / fy


@njit(parallel=True, cache=True)
def maps_of_planes(planes, intrinsics, unit, depth, normal):
    """Depth (h, w) and unit normal (h, w, 3) of planes: the inverse of planes_of_maps."""
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    height, width = depth.shape
    for y in prange(height):
        for x in range(width):
            w, gx, gy = planes[y, x, 0], planes[y, x, 1], planes[y, x, 2]
            depth[y, x] = F0
            normal[y, x, 0], normal[y, x, 1], normal[y, x, 2] = F0, F0, F0
            if w <= F0:
                continue
            depth[y, x] = unit / w
            nx, ny = gx * fx, gy * fy
            nz = w - gx * (np.float32(x) - cx) - gy * (np.float32(y) - cy)
            length = max(np.float32(math.sqrt(nx * nx + ny * ny + nz * nz)), TINIEST)
            normal[y, x, 0], normal[y, x, 1], normal[y, x, 2] = (
                -nx / length, -ny / length, -nz / length,
            )  # fmt: skip
