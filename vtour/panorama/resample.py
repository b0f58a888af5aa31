"""Turn a full sphere in bands of tiles, with Lanczos' kernel: arrays that may lie on disk.

Frame ``pano`` and the origin of pixels: vtour/sphere.py. Columns wrap around; rows go on over the
poles, on the other side of the sphere.

cv2.remap was not taken: it keeps coordinates in 16 bits (no 32768 px), rounds them to 1/32 px,
and does not wrap. Numba does both cores of the same work at about the same speed.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.files import UInt8Array
from vtour.memory import forget_pages
from vtour.progress import Progress, no_progress

FloatArray = NDArray[np.float64]

REACH = 3
"""Half width of the kernel: Lanczos with three lobes."""
PHASES = 512
TILE_PX = (256, 2048)
"""Rows and columns that are done at a time: what is touched of a large sphere at once."""


def lanczos_weights() -> NDArray[np.float32]:
    """Weights (PHASES + 1, 2 REACH) of the pixels around a place, by the part after the comma.

    Each row sums to 1. Lanczos: Duchon, Lanczos Filtering in One and Two Dimensions, 1979.
    """
    part = np.arange(PHASES + 1)[:, None] / PHASES
    away = np.arange(1 - REACH, REACH + 1)[None, :] - part
    weights = np.sinc(away) * np.sinc(away / REACH)
    normal: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal


def turn_sphere(
    source: UInt8Array,
    target: UInt8Array,
    source_from_target: FloatArray,
    progress: Progress = no_progress,
    threads: int = 2,
) -> None:
    """Fill ``target`` (h, 2h, 3) uint8 with what ``source`` of the same shape shows.

    source_from_target : (3, 3) rotation from the target's pano frame to the source's.

    Either may be a np.memmap: pages that are done with leave this process's memory.
    """
    weights = lanczos_weights()
    tiles = list(_tiles(target.shape[0], target.shape[1]))
    turn = np.ascontiguousarray(source_from_target, dtype=np.float64)

    def one(tile: tuple[int, int, int, int]) -> None:
        _turn_tile(source, target, turn, weights, *tile)

    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(tiles), 2 * threads):
            list(pool.map(one, tiles[first : first + 2 * threads]))
            forget_pages(source)
            forget_pages(target)
            progress(min(1.0, (first + 2 * threads) / len(tiles)))


def _tiles(height: int, width: int) -> Iterator[tuple[int, int, int, int]]:
    rows, cols = TILE_PX
    for top in range(0, height, rows):
        for left in range(0, width, cols):
            yield top, min(height, top + rows), left, min(width, left + cols)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _turn_tile(
    source: UInt8Array,
    target: UInt8Array,
    turn: FloatArray,
    weights: NDArray[np.float32],
    top: int,
    bottom: int,
    left: int,
    right: int,
) -> None:
    """One tile of ``turn_sphere``."""
    height, width = source.shape[0], source.shape[1]
    per_px = 2 * math.pi / width
    for row in range(top, bottom):
        pitch = (0.5 * height - row - 0.5) * per_px
        up, level = math.sin(pitch), math.cos(pitch)
        for col in range(left, right):
            yaw = (col + 0.5 - 0.5 * width) * per_px
            east, back = level * math.sin(yaw), -level * math.cos(yaw)
            x = turn[0, 0] * east + turn[0, 1] * up + turn[0, 2] * back
            y = turn[1, 0] * east + turn[1, 1] * up + turn[1, 2] * back
            z = turn[2, 0] * east + turn[2, 1] * up + turn[2, 2] * back
            at_x = math.atan2(x, -z) / per_px + 0.5 * width - 0.5
            at_y = 0.5 * height - math.atan2(y, math.sqrt(x * x + z * z)) / per_px - 0.5
            _sample(source, at_x, at_y, weights, target, row, col)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def sample_places(
    source: UInt8Array, x: FloatArray, y: FloatArray, weights: NDArray[np.float32],
    target: UInt8Array,
) -> None:  # fmt: skip
    """Fill ``target`` (h, w, 3) from places x, y (h, w), counted from the first pixel's centre."""
    for row in range(target.shape[0]):
        for col in range(target.shape[1]):
            _sample(source, x[row, col], y[row, col], weights, target, row, col)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _sample(
    source: UInt8Array, x: float, y: float, weights: NDArray[np.float32],
    target: UInt8Array, row: int, col: int,
) -> None:  # fmt: skip
    """One pixel; x and y count from the first pixel's centre."""
    height, width = source.shape[0], source.shape[1]
    x0, y0 = math.floor(x), math.floor(y)
    phase_x, phase_y = int((x - x0) * PHASES + 0.5), int((y - y0) * PHASES + 0.5)
    across, down = weights[phase_x], weights[phase_y]
    red, green, blue = np.float32(0), np.float32(0), np.float32(0)
    for j in range(2 * REACH):
        at_row = y0 + j + 1 - REACH
        at_col = x0 + 1 - REACH
        if at_row < 0:
            at_row, at_col = -1 - at_row, at_col + width // 2
        elif at_row >= height:
            at_row, at_col = 2 * height - 1 - at_row, at_col + width // 2
        if at_col < 0:
            at_col += width
        elif at_col >= width:
            at_col -= width
        line_red, line_green, line_blue = np.float32(0), np.float32(0), np.float32(0)
        for i in range(2 * REACH):
            weight = across[i]
            line_red += weight * np.float32(source[at_row, at_col, 0])
            line_green += weight * np.float32(source[at_row, at_col, 1])
            line_blue += weight * np.float32(source[at_row, at_col, 2])
            at_col += 1
            if at_col == width:
                at_col = 0
        weight = down[j]
        red += weight * line_red
        green += weight * line_green
        blue += weight * line_blue
    half = np.float32(0.5)
    target[row, col, 0] = np.uint8(min(max(red + half, np.float32(0)), np.float32(255)))
    target[row, col, 1] = np.uint8(min(max(green + half, np.float32(0)), np.float32(255)))
    target[row, col, 2] = np.uint8(min(max(blue + half, np.float32(0)), np.float32(255)))
