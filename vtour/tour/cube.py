"""Cube faces from an equirectangular sphere, in bands of rows. Pure arrays: no files, no options.

Frame ``pano``: +X right, +Y up, -Z forward (see vtour.sphere). A face is seen from inside the cube:
``f`` ahead, ``r`` to the right, ``b`` behind, ``l`` to the left, each upright; the lower edge of
``u`` (up) and the upper edge of ``d`` (down) meet ``f``. Pannellum (createCubeVertices in
libpannellum.js) and Marzipano (faceRotation in geometries/Cube.js) agree on this.
"""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]

FACES = "fbudlr"
SIDES = {"f": 0, "r": 1, "b": 2, "l": 3}  # quarter turns to the right
FACE_AXES: dict[str, tuple[tuple[int, int, int], ...]] = {  # right, up and forward in pano
    "f": ((1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "r": ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    "b": ((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "l": ((0, 0, -1), (0, 1, 0), (-1, 0, 0)),
    "u": ((1, 0, 0), (0, 0, 1), (0, 1, 0)),
    "d": ((1, 0, 0), (0, 0, -1), (0, -1, 0)),
}

BAND_PX = 128  # rows of a face made at a time
BLOCK_PX = 652  # columns of a band sampled at a time: small crops stay in the processor's cache
MARGIN = 3  # pixels around a crop: a bicubic sample reaches 2 to either side
LARGEST_TILE = 512


def face_levels(sphere_width_px: int, smallest_px: int = LARGEST_TILE) -> list[int]:
    """Edges in pixels of a pyramid of faces, coarse to fine, each twice the one before.

    The finest keeps the sphere's detail at the middle of a face, ``width / pi`` pixels, and the
    coarsest is at most ``smallest_px``: 8192 gives 326, 652, 1304, 2608.
    """
    detail = sphere_width_px / math.pi
    halvings = max(0, math.ceil(math.log2(detail / smallest_px)))
    first = math.ceil(detail / 2**halvings)
    return [first * 2**level for level in range(halvings + 1)]


def face_pixels(size: int, rows: slice, columns: slice) -> tuple[Float32Array, Float32Array]:
    """Centres of a face's pixels, x to the right and y up, each (h, w), with edges at -1 and 1."""
    x = ((np.arange(columns.start, columns.stop) + 0.5) * (2 / size) - 1).astype(np.float32)
    y = (1 - (np.arange(rows.start, rows.stop) + 0.5) * (2 / size)).astype(np.float32)
    shape = (len(y), len(x))
    return np.broadcast_to(x, shape), np.broadcast_to(y[:, None], shape)


def yaw_pitch_of_pixels(
    face: str, x: Float32Array, y: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Yaw and pitch in radians of pixels of a face, in float32.

    Yaw is continuous over each half of a side, and over each quarter of ``u`` and ``d``; it may
    lie outside -pi to pi.
    """
    if face in SIDES:
        yaw = np.arctan(x) + np.float32(SIDES[face] * math.pi / 2)
        return yaw, np.arctan(y / np.sqrt(1 + x * x))
    upwards = 1 if face == "u" else -1
    from_pole = np.arctan(np.sqrt(x * x + y * y))
    return np.arctan2(x, -upwards * y), upwards * (np.float32(math.pi / 2) - from_pole)


def face_band(sphere: UInt8Array, face: str, size: int, rows: slice) -> UInt8Array:
    """Some rows of one face (n, size, 3) uint8, bicubic; wraps in yaw, clamps at the poles.

    sphere : (h, 2h, 3) uint8, the full sphere; a memory map does, of which little is read at once.

    No filter against aliasing: ``size`` should not be much below ``width / pi``.
    """
    band = np.empty((rows.stop - rows.start, size, 3), np.uint8)
    for part in _halves(rows, size):
        for columns in _blocks(size):
            x, y = face_pixels(size, part, columns)
            yaw, pitch = yaw_pitch_of_pixels(face, x, y)
            place = slice(part.start - rows.start, part.stop - rows.start)
            band[place, columns] = _sample(sphere, yaw, pitch)
    return band


def _blocks(size: int) -> list[slice]:
    """Columns of a face in pieces that are small and do not cross its middle."""
    return [
        slice(start, min(start + BLOCK_PX, half.stop))
        for half in _halves(slice(0, size), size)
        for start in range(half.start, half.stop, BLOCK_PX)
    ]


def _halves(span: slice, size: int) -> list[slice]:
    """The span in two where it crosses the middle of the face: there yaw may jump."""
    middle = (size + 1) // 2
    cuts = sorted({span.start, min(max(middle, span.start), span.stop), span.stop})
    return [slice(start, stop) for start, stop in itertools.pairwise(cuts)]


def _sample(sphere: UInt8Array, yaw: Float32Array, pitch: Float32Array) -> UInt8Array:
    """Colours (h, w, 3) from the smallest upright crop that holds all of the directions."""
    import cv2

    height, width = sphere.shape[:2]
    column = yaw * np.float32(width / math.tau) + np.float32(width / 2 - 0.5)
    row = np.clip(
        np.float32(height / 2 - 0.5) - pitch * np.float32(height / math.pi), 0, height - 1
    )
    left, right = int(column.min()) - MARGIN, int(column.max()) + MARGIN + 1
    top = max(0, int(row.min()) - MARGIN)
    crop = _crop(sphere, slice(top, int(row.max()) + MARGIN + 1), left, right)
    found: UInt8Array = cv2.remap(
        crop, column - left, row - top, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return found


def _crop(sphere: UInt8Array, rows: slice, left: int, right: int) -> UInt8Array:
    """Columns ``left`` to ``right`` of some rows, going round the sphere."""
    width = sphere.shape[1]
    left, right = left - left // width * width, right - left // width * width
    if right <= width:
        return np.ascontiguousarray(sphere[rows, left:right])
    parts = [sphere[rows, left:width]]
    parts += [sphere[rows, : min(width, right - at)] for at in range(width, right, width)]
    return np.concatenate(parts, axis=1)


def halved(image: UInt8Array) -> UInt8Array:
    """An image of even sides at half its size: the mean of every 2 x 2 pixels."""
    import cv2

    height, width = image.shape[:2]
    small: UInt8Array = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return small


def pyramid_bands(
    sphere: UInt8Array,
    face: str,
    levels: list[int],
    tile_px: int,
    after_band: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, int, UInt8Array]]:
    """Rows of tiles of one face, level after level: (level, row of tiles, band (<= tile_px, size,
    3)).

    Finest rows come first, coarser ones as soon as what they are made of is there, so that only
    some bands are in memory. ``after_band`` is called whenever some rows of the sphere were read.
    """
    finest = levels[-1]
    waiting: list[list[UInt8Array]] = [[] for _ in levels]
    done = [0] * len(levels)
    step = max(1, BAND_PX >> (len(levels) - 1)) << (len(levels) - 1)
    for start in range(0, finest, step):
        band = face_band(sphere, face, finest, slice(start, min(start + step, finest)))
        after_band()
        for level in range(len(levels) - 1, -1, -1):
            waiting[level].append(band)
            yield from _full_rows(level, levels[level], tile_px, waiting, done)
            band = halved(band) if level else band


def _full_rows(
    level: int, size: int, tile_px: int, waiting: list[list[UInt8Array]], done: list[int]
) -> Iterator[tuple[int, int, UInt8Array]]:
    """Take what is complete from the rows of a level that are waiting."""
    while True:
        wanted = min(tile_px, size - done[level] * tile_px)
        there = sum(len(part) for part in waiting[level])
        if wanted <= 0 or there < wanted:
            return
        rows = np.concatenate(waiting[level]) if len(waiting[level]) > 1 else waiting[level][0]
        waiting[level] = [rows[wanted:]] if there > wanted else []
        yield level, done[level], rows[:wanted]
        done[level] += 1
