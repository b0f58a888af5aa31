"""Write a sphere as a pyramid of cube faces: JPEG tiles, and one level as whole faces."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.memory import forget_pages
from vtour.progress import Progress, no_progress
from vtour.tour.cube import FACES, pyramid_bands

UInt8Array = NDArray[np.uint8]
TilePath = Callable[[int, str, int, int], str]
"""Relative path of a tile by level (0 is the coarsest), face, row and column."""

WAITING_TILES = 16  # encoded at the same time or waiting for it: bounds memory


def write_cube_tiles(
    sphere: UInt8Array,
    folder: Path,
    levels: list[int],
    tile_px: int,
    tile_path: TilePath,
    *,
    quality: int,
    whole_level: int,
    progress: Progress = no_progress,
) -> dict[str, UInt8Array]:
    """Write the tiles of all six faces below ``folder``.

    levels      : edges of the faces in pixels, coarse to fine, each twice the one before.
    whole_level : the level of which every face is returned, (size, size, 3), by its letter.
    """

    def give_back() -> None:
        forget_pages(sphere)

    whole: dict[str, UInt8Array] = {}
    with Encoders(quality) as encoders:
        for number, face in enumerate(FACES):
            bands: list[UInt8Array] = []
            for level, row, band in pyramid_bands(sphere, face, levels, tile_px, give_back):
                for column, tile in enumerate(tiles_of(band, tile_px)):
                    encoders.write(folder / tile_path(level, face, row, column), tile)
                if level == whole_level:
                    bands.append(band)
            whole[face] = np.concatenate(bands)
            progress((number + 1) / len(FACES), face)
    return whole


def tiles_of(band: UInt8Array, tile_px: int) -> Iterator[UInt8Array]:
    """The tiles of a row of tiles, from left to right."""
    for left in range(0, band.shape[1], tile_px):
        yield band[:, left : left + tile_px]


def write_jpeg(path: Path, image: UInt8Array, quality: int) -> None:
    """Write one JPEG, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(image)).save(path, "JPEG", quality=quality)


class Encoders:
    """Threads that encode tiles, with no more waiting than memory should hold."""

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._pool = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> "Encoders":
        return self

    def write(self, path: Path, image: UInt8Array) -> None:
        """Write one image soon; raises what went wrong with an earlier one."""
        while len(self._waiting) >= WAITING_TILES:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(write_jpeg, path, image, self._quality))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)
        if kind is None:
            for future in self._waiting:
                future.result()
