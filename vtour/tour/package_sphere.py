"""The sphere of a node, put together again from the finest tiles of a scene package."""

import contextlib
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import check_free_disk, open_image, path_inside, temporary_folder
from vtour.memory import forget_pages
from vtour.schema.tour import Panorama, PyramidLevel

UInt8Array = NDArray[np.uint8]

WORKERS = 4
TILE_FORMATS = ("WEBP", "AVIF", "JPEG")


@contextlib.contextmanager
def package_sphere(package: Path, panorama: Panorama) -> Iterator[UInt8Array]:
    """The sphere (h, 2h, 3) uint8 of a node, as a memory map of a temporary file.

    The finest level of the pyramid is decoded one row of tiles at a time, so memory does not
    grow with the sphere; ``forget_pages`` gives back what the map has read. A panorama without
    levels is its base image.

    Raises InputError when a tile is missing or has not the size that its level says.
    """
    if not panorama.levels:
        yield _read_tile(package, panorama.base)
        return
    level = len(panorama.levels) - 1
    width = panorama.levels[level].width
    shape = (width // 2, width, 3)
    check_free_disk(temporary_folder(), int(np.prod(shape)))
    with tempfile.TemporaryFile(prefix="vtour-sphere-") as file:
        sphere = np.memmap(file, np.uint8, "w+", shape=shape)
        for row in range(panorama.levels[level].rows):
            _read_row(package, panorama, level, row, sphere)
            forget_pages(sphere)
        yield sphere


def tile_uri(panorama: Panorama, level: int, col: int, row: int) -> str:
    """The URI of one tile, in the first of the panorama's formats."""
    values = {"level": level, "col": col, "row": row, "ext": panorama.formats[0]}
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "")), panorama.template)


def _read_row(package: Path, panorama: Panorama, level: int, row: int, sphere: UInt8Array) -> None:
    tile_px, shape = panorama.tile_size, panorama.levels[level]

    def read(col: int) -> None:
        target = sphere[row * tile_px : (row + 1) * tile_px, col * tile_px : (col + 1) * tile_px]
        uri = tile_uri(panorama, level, col, row)
        tile = _read_tile(package, uri)
        if tile.shape != target.shape:
            found, expected = (f"{s[1]} x {s[0]} px" for s in (tile.shape, target.shape))
            raise InputError(f"{uri}: {found}, expected {expected}")
        target[:] = tile

    _check_grid(shape, tile_px)
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(read, range(shape.cols)):
            pass


def _check_grid(level: PyramidLevel, tile_px: int) -> None:
    expected = (-(-level.width // tile_px), -(-(level.width // 2) // tile_px))
    if (level.cols, level.rows) != expected:
        raise InputError(
            f"tour.json: level of {level.width} px has {level.cols} x {level.rows} tiles, "
            f"expected {expected[0]} x {expected[1]} of {tile_px} px"
        )


def _read_tile(package: Path, uri: str) -> UInt8Array:
    path = path_inside(package, uri)
    if not path.is_file():
        raise InputError(f"{uri}: not found, expected a tile of the package")
    try:
        with open_image(path, formats=TILE_FORMATS) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{uri}: damaged or truncated ({error})") from None
