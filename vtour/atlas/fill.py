"""Fill what no chart covers from what lies beside it, so that every mip level stays clean.

Images are (h, w, channels) float32.
"""

import numpy as np
from numba import njit

from vtour.atlas.topology import BoolArray, Float32Array


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grow(image: Float32Array, known: BoolArray, rings: int) -> None:
    """Give unknown texels beside known ones their mean, ring after ring; in place."""
    height, width = known.shape
    listed = known.copy()
    rim = [(0, 0) for _ in range(0)]
    for row in range(height):
        for column in range(width):
            if known[row, column]:
                _list_around(row, column, listed, rim)
    for _ in range(rings):
        for row, column in rim:
            count = np.float32(0)
            total = np.zeros(image.shape[2], np.float32)
            for r in range(max(row - 1, 0), min(row + 2, height)):
                for c in range(max(column - 1, 0), min(column + 2, width)):
                    if known[r, c]:
                        count += np.float32(1)
                        for channel in range(image.shape[2]):
                            total[channel] += image[r, c, channel]
            for channel in range(image.shape[2]):
                image[row, column, channel] = total[channel] / count
        following = [(0, 0) for _ in range(0)]
        for row, column in rim:
            known[row, column] = True
        for row, column in rim:
            _list_around(row, column, listed, following)
        rim = following


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _list_around(row: int, column: int, listed: BoolArray, rim: list[tuple[int, int]]) -> None:
    """Add the eight neighbours of a texel that are not listed yet."""
    height, width = listed.shape
    for r in range(max(row - 1, 0), min(row + 2, height)):
        for c in range(max(column - 1, 0), min(column + 2, width)):
            if not listed[r, c]:
                listed[r, c] = True
                rim.append((r, c))


def pull_push(image: Float32Array, known: BoolArray) -> None:
    """Fill unknown texels of an image in place from means of known ones at coarser levels.

    Gortler et al., The lumigraph, 1996, section 3.4, with 2 x 2 boxes.
    """
    height, width = known.shape
    if known.all() or min(height, width) < 2:
        return
    rows, columns = -(-height // 2), -(-width // 2)
    total = np.zeros((rows, columns, image.shape[2]), np.float32)
    count = np.zeros((rows, columns), np.float32)
    for down in (0, 1):
        for right in (0, 1):
            part, mask = image[down::2, right::2], known[down::2, right::2]
            inside = (slice(0, mask.shape[0]), slice(0, mask.shape[1]))
            total[inside] += part * mask[..., None]
            count[inside] += mask
    coarse: Float32Array = (total / np.maximum(count, 1)[..., None]).astype(np.float32)
    pull_push(coarse, count > 0)
    for down in (0, 1):
        for right in (0, 1):
            mask = ~known[down::2, right::2]
            fill = coarse[: mask.shape[0], : mask.shape[1]]
            image[down::2, right::2][mask] = fill[mask]
