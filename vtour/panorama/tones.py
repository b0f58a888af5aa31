"""Exposure and vignetting of photos that overlap, from their small pictures. Pure arrays.

A scene point seen by two photos has one brightness, so the logarithms of the two pixels differ by
the photos' gains and by what their lens darkens at the two radii: a linear problem, solved for all
photos, the three channels and the lens at once, robustly (reweighted), with gains held near 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GAIN_SIGMA, FALL_SIGMA = 0.7, 0.3
NOISE = 0.06
SAMPLES_WORTH = 40.0
"""So much do all samples of a pair weigh at most: they err together."""
ROUNDS = 5
DARKEST, LIGHTEST = 12, 243
MOST_GAIN = 4.0


@dataclass(frozen=True, eq=False)
class Tones:
    """Factors of a photo's pixels: gains (n, 3) by photo, and by the square of the radius.

    fall : (2,) of exp(fall[0] s + fall[1] s^2), s the squared distance from the centre over that
    of the corner.
    """

    gains: FloatArray
    fall: FloatArray


@dataclass(frozen=True, eq=False)
class Shared:
    """Pixels that two photos share: colours (n, 3) 0 to 255, and squared radii (n,) 0 to 1."""

    a: int
    b: int
    colours_a: FloatArray
    colours_b: FloatArray
    radii_a: FloatArray
    radii_b: FloatArray


def solve_tones(count: int, shared: list[Shared], *, with_fall: bool = True) -> Tones:
    """Gains of ``count`` photos and their lens's vignetting."""
    size = 3 * count + 2
    held = np.full(size, 1 / GAIN_SIGMA**2)
    held[-2:] = 1 / FALL_SIGMA**2 if with_fall else 1e12
    values: FloatArray = np.zeros(size)
    samples = [_samples(one) for one in shared]
    for _ in range(ROUNDS):
        normal, right = np.diag(held), np.zeros(size)
        for rows, differences in samples:
            for columns, design, wanted in _by_channel(rows, differences, 3 * count):
                off = wanted - design @ values[columns]
                weight = 1 / (1 + (off / (2 * NOISE)) ** 2) / NOISE**2
                weight *= min(1.0, SAMPLES_WORTH / max(len(off), 1))
                normal[np.ix_(columns, columns)] += (design * weight[:, None]).T @ design
                right[columns] += (design * weight[:, None]).T @ wanted
        values = np.asarray(np.linalg.solve(normal, right), np.float64)
    gains = np.exp(values[:-2].reshape(count, 3))
    gains /= np.exp(np.log(gains).mean())
    return Tones(np.clip(gains, 1 / MOST_GAIN, MOST_GAIN), values[-2:])


def _samples(shared: Shared) -> tuple[tuple[int, int, FloatArray], FloatArray]:
    """Design of the vignetting (n, 2) with both photos, and log differences (n, 3)."""
    a, b = shared.colours_a, shared.colours_b
    usable = (np.minimum(a, b) >= DARKEST) & (np.maximum(a, b) <= LIGHTEST)
    both = np.asarray(usable.all(axis=1))
    fall = np.stack(
        [shared.radii_a - shared.radii_b, shared.radii_a**2 - shared.radii_b**2], axis=1
    )
    differences = np.log(b[both] / a[both])
    return (shared.a, shared.b, fall[both]), differences


def _by_channel(
    rows: tuple[int, int, FloatArray], differences: FloatArray, last: int
) -> list[tuple[IntArray, FloatArray, FloatArray]]:
    """log(a) + gain_a + fall(a) = log(b) + gain_b + fall(b), channel by channel."""
    a, b, fall = rows
    one = np.ones((len(fall), 1))
    design = np.concatenate([one, -one, fall], axis=1)
    found = []
    for channel in range(3):
        columns = np.array([3 * a + channel, 3 * b + channel, last, last + 1])
        found.append((columns, design, differences[:, channel]))
    return found


def fall_of(square_radius: NDArray[np.float32], fall: FloatArray) -> NDArray[np.float32]:
    """The factor of the vignetting at squared radii."""
    factor: NDArray[np.float32] = np.exp(
        square_radius * (np.float32(fall[0]) + square_radius * np.float32(fall[1]))
    )
    return factor
