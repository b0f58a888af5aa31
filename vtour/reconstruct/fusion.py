"""Which pixels of depth maps become points: numba kernels on arrays, one pair of views at a time.

A pixel becomes a point when enough other maps agree with it. Where several maps show the same
piece of surface, the one that resolves it finest gives the points: the cloud is as dense as the
nearest photo allows, and no piece is told twice. COLMAP's fusion instead lets a coarse pixel use
up the fine ones that it falls on, whose neighbours then lack the support to become points.

All results are the same at any number of threads: a pixel writes to its own place alone.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]

CLASSES = 3  # of footprints, in a doubling: finer differences do not decide who gives a point
HALF = 0.5


@njit(error_model="numpy", cache=True)
def rank_of(footprint, view):
    """Order in which views may give a point: finer classes of footprint first, then by number."""
    return math.floor(math.log2(footprint) * CLASSES) * 65536.0 + view


@njit(parallel=True, error_model="numpy", cache=True)
def compare_views(
    depth, normal, intrinsics, depth_there, normal_there, intrinsics_there, there_from_here,
    views, limits, agreeing, conflicting, outranked, weight, mean_depth, mean_normal,
):  # fmt: skip
    """Compare the depth map of one view with that of another, pixel by pixel; adds up in place.

    depth, normal     : (h, w) and (h, w, 3) float32 of the view, its own frame; 0 for unknown.
    intrinsics        : (4,) fx, fy, cx, cy, pixel centres at +0.5.
    *_there           : the same of the other view. there_from_here : (3, 4).
    views             : (2,) numbers of the two views, for a fixed order among equals.
    limits            : (4,) pixels there and back, share of the depth, cosine between normals,
                        share of the depth by which a point stands before what the other sees.
    agreeing          : (h, w) int16, raised where the other view agrees.
    conflicting       : (h, w) int16, raised where the other view looks through the point.
    outranked         : (h, w) bool, set where the other view agrees and shows it finer.
    weight, mean_depth, mean_normal : sums (h, w), (h, w), (h, w, 3) float32 of the weights, of
                        the depths along this view's rays, of the normals in this view's frame.
    """
    height, width = depth.shape
    high, wide = depth_there.shape
    fx, fy, cx, cy = intrinsics
    gx, gy, hx, hy = intrinsics_there
    r = there_from_here
    for row in prange(height):
        for column in range(width):
            d = float(depth[row, column])
            if d <= 0:
                continue
            u, v = (column + HALF - cx) / fx, (row + HALF - cy) / fy
            px = r[0, 0] * u * d + r[0, 1] * v * d + r[0, 2] * d + r[0, 3]
            py = r[1, 0] * u * d + r[1, 1] * v * d + r[1, 2] * d + r[1, 3]
            pz = r[2, 0] * u * d + r[2, 1] * v * d + r[2, 2] * d + r[2, 3]
            if pz <= 0:
                continue
            sx, sy = gx * px / pz + hx, gy * py / pz + hy
            if not (sx >= 0 and sy >= 0 and sx < wide and sy < high):
                continue
            i, j = int(sx), int(sy)
            found = float(depth_there[j, i])
            if found <= 0:
                continue
            if pz < found * (1 - limits[3]):
                conflicting[row, column] += 1
                continue
            if abs(pz - found) > limits[1] * found:
                continue
            # the other pixel's own point and normal, in this view's frame
            tu, tv = (i + HALF - hx) / gx * found, (j + HALF - hy) / gy * found
            ox, oy, oz = tu - r[0, 3], tv - r[1, 3], found - r[2, 3]
            qx = r[0, 0] * ox + r[1, 0] * oy + r[2, 0] * oz
            qy = r[0, 1] * ox + r[1, 1] * oy + r[2, 1] * oz
            qz = r[0, 2] * ox + r[1, 2] * oy + r[2, 2] * oz
            if qz <= 0:
                continue
            back_x, back_y = fx * qx / qz + cx, fy * qy / qz + cy
            away = math.hypot(back_x - column - HALF, back_y - row - HALF)
            mine, theirs = d / fx, found / gx
            # half a pixel of a coarser view is several of a finer one
            if away > limits[0] * max(1.0, theirs / mine):
                continue
            mx, my, mz = normal_there[j, i, 0], normal_there[j, i, 1], normal_there[j, i, 2]
            nx = r[0, 0] * mx + r[1, 0] * my + r[2, 0] * mz
            ny = r[0, 1] * mx + r[1, 1] * my + r[2, 1] * mz
            nz = r[0, 2] * mx + r[1, 2] * my + r[2, 2] * mz
            along = nx * normal[row, column, 0] + ny * normal[row, column, 1]
            along += nz * normal[row, column, 2]
            if along < limits[2]:
                continue
            # where this view's ray meets the other pixel's plane
            slope = nx * u + ny * v + nz
            met = (nx * qx + ny * qy + nz * qz) / slope if slope < -0.05 else d
            if abs(met - d) > limits[1] * d:
                met = d
            agreeing[row, column] += 1
            if rank_of(theirs, views[1]) < rank_of(mine, views[0]):
                outranked[row, column] = True
            share = (mine / theirs) ** 2
            weight[row, column] += share
            mean_depth[row, column] += share * met
            mean_normal[row, column, 0] += share * nx
            mean_normal[row, column, 1] += share * ny
            mean_normal[row, column, 2] += share * nz
