"""Even out exposure, white balance, tone curve and dark corners between photos.

A photo's level c of a channel becomes ``MIDDLE * (c / MIDDLE)**power * gain`` times
``exp(shading * r**2)``, r being the distance from the photo's centre, 1 in its corners. Gain and
power belong to a photo and a channel, shading to a camera. In logarithms the model is linear, so
all photos are solved at once from faces that two photos see (Goldman and Chen, Vignette and
exposure calibration and compensation, 2005, section 3, without the response curve).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from vtour.atlas.topology import FloatArray, IntArray
from vtour.reconstruct.visibility import FaceViews, Float32Array

MIDDLE = 110.0
DARKEST = 6.0  # grey levels: below, noise and the curve's foot say nothing
BRIGHTEST = 247.0  # above, light was cut off
SAMPLE_FACES = 20_000
FACES_AT_ONCE = 50_000
ROUNDS = 4  # of weights against what does not belong to the surface
SCALE = 0.06  # of the logarithm: residuals beyond count less
FIXED = 1.0  # weight of what keeps the mean photo as it is; far more than all pulls
MEAN_RADIUS2 = 1 / 3  # over a photo
POWER_PULL = 0.02  # towards 1, in pairs of photos with that weight
SHADING_PULL = 0.02
MOST_GAIN, MOST_POWER, MOST_SHADING = 0.7, 0.35, 0.6


@dataclass(frozen=True, kw_only=True)
class Tones:
    """What is done to the colours of v photos."""

    gain: Float32Array
    """(v, 3) factor at a middle grey."""
    power: Float32Array
    """(v, 3)"""
    shading: Float32Array
    """(v,) of the logarithm, in the corners."""

    @staticmethod
    def none(views: int) -> "Tones":
        """Colours as they are."""
        ones = np.ones((views, 3), np.float32)
        return Tones(gain=ones, power=ones, shading=np.zeros(views, np.float32))

    def of_table(self, table: FaceViews) -> Float32Array:
        """Colours (m, k, 3) of a table, evened out; some faces at a time, to save memory."""
        result = np.empty_like(table.colour)
        for first in range(0, len(result), FACES_AT_ONCE):
            some = slice(first, first + FACES_AT_ONCE)
            view = np.maximum(table.view[some], 0)
            corner = np.exp(self.shading[view] * table.radius2[some])
            colour = curved(table.colour[some], self.power[view], self.gain[view])
            result[some] = colour * corner[..., None]
        return result

    def of_view(self, view: int, colour: Float32Array, radius2: FloatArray) -> FloatArray:
        """Colours (n, 3) of one photo at squared radii (n,), evened out."""
        even = curved(colour, self.power[view], self.gain[view])
        result: FloatArray = even * self.corners(view, radius2)[:, None]
        return result

    def levels(self, view: int) -> Float32Array:
        """What each of the 256 levels of a photo becomes at its centre: (256, 3)."""
        level = np.arange(256, dtype=np.float32)[:, None]
        result: Float32Array = curved(level, self.power[view], self.gain[view]).astype(np.float32)
        return result

    def corners(self, view: int, radius2: FloatArray) -> FloatArray:
        """Factor (n,) at squared radii (n,) in one photo."""
        result: FloatArray = np.exp(float(self.shading[view]) * radius2)
        return result


def curved(level: Any, power: Float32Array, gain: Float32Array) -> Any:
    """Levels through a photo's curve; straight below DARKEST."""
    ratio = np.maximum(level, DARKEST) / np.float32(MIDDLE)
    return level * ratio ** (power - 1) * gain


def tones_of(table: FaceViews, cameras: IntArray) -> Tones:
    """The tones that make photos agree. cameras: (v,) number of each photo's camera, from 0.

    Results are rounded, so that the solver's last bits do not matter.
    """
    views, count = len(cameras), int(cameras.max()) + 1
    pairs = Pairs.of(table)
    solution = np.zeros((3, 2 * views + count))
    for channel in range(3):
        solution[channel] = solved(pairs, channel, cameras, views, count)
    power = 1 + np.clip(solution[:, :views].T, -MOST_POWER, MOST_POWER)
    offset = np.clip(solution[:, views : 2 * views].T, -MOST_GAIN, MOST_GAIN)
    shading = np.clip(solution[:, 2 * views :].mean(axis=0), 0, MOST_SHADING)[cameras]
    return Tones(
        gain=np.exp(np.round(offset, 4)).astype(np.float32),
        power=np.round(power, 4).astype(np.float32),
        shading=np.round(shading, 4).astype(np.float32),
    )


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """n faces seen by two photos each: the photos, log colours (n, 3), squared radii (n,)."""

    first: IntArray
    second: IntArray
    x: FloatArray
    y: FloatArray
    first_radius2: FloatArray
    second_radius2: FloatArray
    weight: FloatArray
    """(n,) the root of a pair's faces shared among them: many faces count little more."""

    @staticmethod
    def of(table: FaceViews) -> "Pairs":
        """All pairs on a sample of the faces."""
        step = max(1, len(table.view) // SAMPLE_FACES)
        view, colour, radius2 = table.view[::step], table.colour[::step], table.radius2[::step]
        usable = (view >= 0) & (colour > DARKEST).all(axis=2) & (colour < BRIGHTEST).all(axis=2)
        level = np.log(np.maximum(colour, 1) / MIDDLE).astype(np.float64)
        one, two = np.triu_indices(view.shape[1], k=1)
        both = usable[:, one] & usable[:, two]
        face, slot = np.nonzero(both)
        one, two = one[slot], two[slot]
        first, second = view[face, one].astype(np.int64), view[face, two].astype(np.int64)
        _, key, count = np.unique(
            np.minimum(first, second) * (view.max(initial=0) + 1) + np.maximum(first, second),
            return_inverse=True,
            return_counts=True,
        )
        return Pairs(
            first=first,
            second=second,
            x=level[face, one],
            y=level[face, two],
            first_radius2=radius2[face, one].astype(np.float64),
            second_radius2=radius2[face, two].astype(np.float64),
            weight=1 / np.sqrt(count[key]),
        )


def solved(pairs: Pairs, channel: int, cameras: IntArray, views: int, count: int) -> FloatArray:
    """Power less 1 and log gain of each photo, then shading of each camera, of one channel."""
    x, y = pairs.x[:, channel], pairs.y[:, channel]
    columns = np.stack(
        [
            pairs.first,
            pairs.second,
            views + pairs.first,
            views + pairs.second,
            2 * views + cameras[pairs.first],
            2 * views + cameras[pairs.second],
        ],
        axis=1,
    )
    one = np.ones(len(x))
    rows = np.stack([x, -y, one, -one, pairs.first_radius2, -pairs.second_radius2], axis=1)
    size = 2 * views + count
    pull = np.concatenate(
        [np.full(views, POWER_PULL), np.full(views, 1e-3), np.full(count, SHADING_PULL)]
    )
    # The photos' mean keeps its contrast and brightness: else all powers shrink to nought.
    contrast, brightness = np.zeros(size), np.zeros(size)
    contrast[:views], brightness[views : 2 * views] = 1, 1
    brightness[2 * views :] = np.bincount(cameras, minlength=count) * MEAN_RADIUS2
    fixed = FIXED * (np.outer(contrast, contrast) + np.outer(brightness, brightness))
    result = np.zeros(size)
    residual = y - x
    level = float(np.median(np.abs(residual))) if len(x) else 0.0
    for turn in range(ROUNDS):
        # From the spread of exposures down to that of one surface's colours.
        scale = max(SCALE, level / 2**turn)
        weight = pairs.weight / (1 + (residual / scale) ** 2)
        matrix, right = normal_equations(columns, rows, y - x, weight, size)
        matrix[np.arange(size), np.arange(size)] += pull
        matrix += fixed
        with threadpool_limits(limits=1, user_api="blas"):  # the same bits with any number
            result = np.linalg.solve(matrix, right)
        residual = (y - x) - (rows * result[columns]).sum(axis=1)
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def normal_equations(
    columns: IntArray, rows: FloatArray, right: FloatArray, weight: FloatArray, size: int
) -> tuple[FloatArray, FloatArray]:
    """Sums (size, size) and (size,) of sparse rows (n, k) at columns (n, k), weighted."""
    matrix, vector = np.zeros((size, size)), np.zeros(size)
    for n in range(len(rows)):
        for i in range(rows.shape[1]):
            part = weight[n] * rows[n, i]
            vector[columns[n, i]] += part * right[n]
            for j in range(rows.shape[1]):
                matrix[columns[n, i], columns[n, j]] += part * rows[n, j]
    return matrix, vector
