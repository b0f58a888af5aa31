"""The sky of a panorama: its clouds move between two standpoints, so they tell nothing of these.

Adjacent panoramas under scattered clouds matched best in the clouds: of ruin-360's last pair (610
inliers) the way to the next standpoint came out 73 degrees off, on the far side of a wall.
"""

import numpy as np
from numpy.typing import NDArray

from vtour.files import UInt8Array

SKY_PX = 1024
LIGHT = 90
BLUE = 18  # above red, grey levels: blue sky
CLOUD_LIGHT = 130
CLOUD_TINT = 12  # a cloud's red, green and blue differ by less
WARM = 4  # red may be above blue by this in a cloud
ZENITH = 0.17  # of the height: the sky holds some of what lies above 60 degrees
MIN_BLUE = 0.05  # of what may be sky: without any blue it may be a ceiling


def sky_of_sphere(sphere: UInt8Array) -> NDArray[np.bool_]:
    """Mask (h, w) of what looks like blue sky with its clouds, SKY_PX wide at most.

    sphere : (H, 2H, 3) uint8 sRGB, about upright. Blue or cloud-coloured pixels connected to the
    top; nothing when these hold hardly any blue. White walls that stand against the sky may be
    taken for clouds, so the mask is a hint, no proof.
    """
    import cv2

    width = min(SKY_PX, sphere.shape[1])
    small = cv2.resize(sphere, (width, width // 2), interpolation=cv2.INTER_AREA).astype(np.int16)
    red, blue = small[..., 0], small[..., 2]
    bright, tint = small.max(axis=2), np.ptp(small, axis=2)
    blue_sky = (bright > LIGHT) & (blue > red + BLUE) & (blue >= small[..., 1])
    cloud = (bright > CLOUD_LIGHT) & (tint < CLOUD_TINT + 40) & (blue >= red - WARM)
    cloud &= (tint < CLOUD_TINT) | (blue > red)
    may_be = blue_sky | cloud
    around = np.concatenate([may_be, may_be], axis=1)  # connected over the seam
    _, labels = cv2.connectedComponents(around.astype(np.uint8), connectivity=4)
    top = labels[: round(ZENITH * width / 2)]
    wanted = np.unique(top[top > 0])
    found = np.isin(labels, wanted)
    sky: NDArray[np.bool_] = found[:, :width] | found[:, width:]
    if not sky.any() or blue_sky[sky].mean() < MIN_BLUE:
        return np.zeros_like(sky)
    return sky


def is_in(mask: NDArray[np.bool_], pixels: NDArray[np.float32], width: int) -> NDArray[np.bool_]:
    """Whether pixels (n, 2) of a sphere ``width`` wide lie in a mask of any size."""
    scale = mask.shape[1] / width
    column = np.clip((pixels[:, 0] * scale).astype(int), 0, mask.shape[1] - 1)
    row = np.clip((pixels[:, 1] * scale).astype(int), 0, mask.shape[0] - 1)
    inside: NDArray[np.bool_] = mask[row, column]
    return inside
