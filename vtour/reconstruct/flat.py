"""Find sky and other large areas without texture, up to the outlines of what stands before them.

A matching window beside an outline sees the outline, so that the sky next to a roof matches at
the roof's depth in every photo, and no check between photos can tell. Colour can: the rim looks
like the sky beside it.
"""

import numpy as np
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

WINDOW_PX = 11
REACH_PX = 7  # a little more than half of the matching window
MAX_STEP = 9.0  # grey levels in any of R, G, B
SHIFTS = (
    (np.s_[1:, :], np.s_[:-1, :]),
    (np.s_[:-1, :], np.s_[1:, :]),
    (np.s_[:, 1:], np.s_[:, :-1]),
    (np.s_[:, :-1], np.s_[:, 1:]),
)


def flat_pixels(
    image: UInt8Array, *, max_contrast: float = 1.5, min_share: float = 0.005
) -> BoolArray:
    """Which pixels (h, w) belong to a large area without texture.

    image        : (h, w, 3) uint8.
    max_contrast : standard deviation in a window, grey levels after a slight blur.
    min_share    : smallest area, as a share of the image; smaller ones are left to matching.
    """
    import cv2

    soft = cv2.blur(image, (3, 3)).astype(np.float32)
    window = (WINDOW_PX, WINDOW_PX)
    mean = cv2.blur(soft, window)
    variance = (cv2.blur(soft * soft, window) - mean * mean).max(axis=2)
    core = (variance < max_contrast**2).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= min_share * core.size
    large[0] = False
    return grown(large[labels], mean, image)


def grown(flat: BoolArray, colour: Float32Array, image: UInt8Array) -> BoolArray:
    """Grow flat areas by REACH_PX over pixels that keep the colour at their edge."""
    for _ in range(REACH_PX):
        next_flat, next_colour = flat.copy(), colour.copy()
        for to, source in SHIFTS:
            beside = np.nonzero(flat[source] & ~next_flat[to])
            there = colour[source][beside]
            alike = np.abs(image[to][beside] - there).max(axis=1) <= MAX_STEP
            take = tuple(index[alike] for index in beside)
            next_flat[to][take] = True
            next_colour[to][take] = there[alike]
        flat, colour = next_flat, next_colour
    return flat
