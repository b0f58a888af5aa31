"""The tiles that a panorama's template names: pure, no files."""

import itertools
from collections.abc import Iterator

from vtour.schema.tour import Panorama


def tile_count(panorama: Panorama) -> int:
    """How many tiles the template of a pyramid names."""
    return sum(grid.cols * grid.rows for grid in panorama.levels) * len(panorama.formats)


def tile_files(panorama: Panorama) -> Iterator[str]:
    """Every tile that the template of a pyramid names."""
    for level, col, row, kind in _places(panorama):
        yield panorama.tile_uri(level, col, row, kind)


def tile_sizes(panorama: Panorama) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every tile with its width and height: those at the right and lower edges may be smaller."""
    for level, col, row, kind in _places(panorama):
        width, size = panorama.levels[level].width, panorama.tile_size
        right, low = min((col + 1) * size, width), min((row + 1) * size, width // 2)
        uri = panorama.tile_uri(level, col, row, kind)
        yield uri, (right - col * size, low - row * size)


def _places(panorama: Panorama) -> Iterator[tuple[int, int, int, str]]:
    for level, grid in enumerate(panorama.levels):
        for row, col, kind in itertools.product(
            range(grid.rows), range(grid.cols), panorama.formats
        ):
            yield level, col, row, kind
