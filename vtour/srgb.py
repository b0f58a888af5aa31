"""sRGB and linear light, both 0 to 1 (IEC 61966-2-1). What floats come in, such go out."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatT = TypeVar("FloatT", bound=np.floating)


def linear_from_srgb(values: NDArray[FloatT]) -> NDArray[FloatT]:
    """Light of sRGB values; negative ones as they are."""
    steep = ((np.maximum(values, 0) + 0.055) / 1.055) ** 2.4
    return np.where(values <= 0.04045, values / 12.92, steep).astype(values.dtype)


def srgb_from_linear(values: NDArray[FloatT]) -> NDArray[FloatT]:
    """The sRGB of light, which is taken as 0 to 1 where it lies beyond."""
    values = np.clip(values, 0, 1)
    steep = 1.055 * np.maximum(values, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(values <= 0.0031308, values * 12.92, steep).astype(values.dtype)
