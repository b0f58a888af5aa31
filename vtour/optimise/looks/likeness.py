"""How alike two pictures are: SSIM, PSNR and outlines, of what is shown and not what is behind.

SSIM is that of Wang et al. 2004 with a Gaussian window of 1.5 pixels, as scikit-image computes
it (gaussian_weights, use_sample_covariance=False), of luma (BT.709, of sRGB values). It is
averaged over the pixels that either picture's scene covers: equal grey behind would count as
likeness. For a picture of a megapixel scikit-image takes 0.11 s of processor time, this 0.012 s;
they agree to 1e-5.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array
from vtour.optimise.looks.pictures import Picture, quantised

BoolArray = NDArray[np.bool_]

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
SIGMA, RADIUS = 1.5, 5
C1, C2 = np.float32((0.01 * 255) ** 2), np.float32((0.03 * 255) ** 2)
NO_DIFFERENCE_DB = 100.0
"""The PSNR of equal pictures, which would be infinite."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What is kept of a picture to compare others with.

    pixels : (h, w, 3) uint8 sRGB.
    luma   : (h, w) float32, 0 to 255.
    inside : (h, w) bool, where the scene covers half a pixel or more.
    """

    pixels: UInt8Array
    luma: Float32Array
    inside: BoolArray

    @cached_property
    def blurred(self) -> Float32Array:
        """Local means of luma."""
        return blurred(self.luma)

    @cached_property
    def variance(self) -> Float32Array:
        """Local variances of luma."""
        return blurred(self.luma * self.luma) - self.blurred * self.blurred


def frame_of(picture: Picture) -> Frame:
    """The frame of a picture."""
    luma: Float32Array = picture.pixels @ LUMA
    return Frame(quantised(picture.pixels), luma, picture.cover >= 0.5)


def blurred(image: Float32Array) -> Float32Array:
    """Gaussian means (h, w) float32, mirrored at the borders."""
    import cv2

    offsets = np.arange(-RADIUS, RADIUS + 1)
    kernel = np.exp(-0.5 * (offsets / SIGMA) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    result: Float32Array = cv2.sepFilter2D(
        image, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT
    )
    return result


def ssim_map(one: Frame, other: Frame) -> Float32Array:
    """SSIM at every pixel, (h, w) float32."""
    both = blurred(one.luma * other.luma) - one.blurred * other.blurred
    light = (2 * one.blurred * other.blurred + C1) / (one.blurred**2 + other.blurred**2 + C1)
    shape: Float32Array = (2 * both + C2) / (one.variance + other.variance + C2)
    return light * shape


def ssim(one: Frame, other: Frame) -> float:
    """Mean SSIM of the pixels that either scene covers; 1 when neither covers any."""
    seen = one.inside | other.inside
    if not seen.any():
        return 1.0
    return float(ssim_map(one, other)[seen].mean(dtype=np.float64))


def psnr_db(one: Frame, other: Frame) -> float:
    """Peak signal-to-noise ratio of luma over the same pixels, at most NO_DIFFERENCE_DB."""
    seen = one.inside | other.inside
    if not seen.any():
        return NO_DIFFERENCE_DB
    error = float(np.mean((one.luma - other.luma)[seen] ** 2, dtype=np.float64))
    least = 255**2 / 10 ** (NO_DIFFERENCE_DB / 10)
    return 10 * float(np.log10(255**2 / max(error, least)))


def outline_error(one: BoolArray, other: BoolArray) -> tuple[float, float]:
    """How far two silhouettes (h, w) differ: a share of the first one's area, and pixels.

    Pixels: the greatest distance from a pixel of one of them to the other one (Hausdorff); the
    picture's diagonal when one is empty and the other is not.
    """
    differ = one != other
    if not differ.any():
        return 0.0, 0.0
    share = float(differ.sum()) / max(int(one.sum()), 1)
    return share, max(_farthest(one, other), _farthest(other, one))


def _farthest(shape: BoolArray, other: BoolArray) -> float:
    import cv2

    outside = shape & ~other
    if not outside.any():
        return 0.0
    if not other.any():
        return float(np.hypot(*shape.shape))
    distance = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(distance[outside].max())
