"""Pictures of laser scans: what a camera at a scanner's mirror would see, with a range a pixel.

A station's points are spread onto a full sphere of the scanner's own resolution, so that photos
and panoramas can be matched with it. Frame ``pano`` of a station: its own axes with +Y up, so
pictures are upright when the scanner stood.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import CHUNK_POINTS, Columns, PointStore
from vtour.frames import WORLD_FROM_ENU, FloatArray
from vtour.sphere import pixels_from_rays

UInt8Array = NDArray[np.uint8]
Float32Array = NDArray[np.float32]

MOST_POINTS = 6_000_000
"""Of a station for its picture; more are thinned by taking every n-th."""
WIDTHS = (360, 4096)
COARSE = 180  # columns of the grid that tells which part of the sphere was seen
PIXEL_SIGMA = 0.7
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
LEAST_WEIGHT = 0.02


@dataclass(frozen=True, eq=False)
class ScanPicture:
    """The sphere around a station.

    grey      : (h, 2h) uint8, black where nothing was measured.
    ranges    : (h, 2h) float32 metres to the nearest point of a pixel, infinite without one.
    seen      : (h, 2h) bool, where ``grey`` holds something.
    is_colour : whether grey comes from colours, not from intensity.
    """

    grey: UInt8Array
    ranges: Float32Array
    seen: NDArray[np.bool_]
    is_colour: bool

    @property
    def pixels_per_radian(self) -> float:
        """Detail of the picture at its horizon."""
        return float(self.grey.shape[1] / math.tau)


def picture_of_station(store: PointStore) -> ScanPicture | None:
    """The sphere around the mirror of a station; None without colours and intensity.

    store : points in the frame ``station``, its origin in the mirror.
    """
    kind = next((name for name in ("rgb", "intensity") if name in store.columns), None)
    if kind is None or not store.count:
        return None
    step = -(-store.count // MOST_POINTS)
    width = sphere_width(store, step)
    shape = (width // 2, width)
    total, weight = np.zeros(shape), np.zeros(shape)
    ranges = np.full(shape, np.inf, np.float32)
    for chunk in store.chunks(CHUNK_POINTS):
        _add_points(chunk, kind, step, (total, weight, ranges))
    soft, mass = _blurred(total), _blurred(weight)
    seen = mass > LEAST_WEIGHT
    values = np.where(seen, soft / np.maximum(mass, LEAST_WEIGHT), 0.0)
    grey = _byte_luma(values) if kind == "rgb" else equalised(values, seen)
    return ScanPicture(grey, ranges, seen, kind == "rgb")


def ranges_of_station(store: PointStore) -> Float32Array:
    """Metres (h, 2h) from the mirror to the nearest point of each pixel, infinite without one.

    Those of a picture, for stations without colours and intensity.
    """
    step = max(1, -(-store.count // MOST_POINTS))
    width = sphere_width(store, step)
    ranges = np.full((width // 2, width), np.inf, np.float32)
    for chunk in store.chunks(CHUNK_POINTS):
        _add_ranges(ranges, _rays(chunk["xyz"][::step]))
    return ranges


def sphere_width(store: PointStore, step: int = 1) -> int:
    """Columns of a sphere with about one point a pixel where the scanner measured anything."""
    seen = np.zeros((COARSE // 2, COARSE), bool)
    count = 0
    for chunk in store.chunks(CHUNK_POINTS):
        places = pixels_from_rays(_rays(chunk["xyz"][::step]), COARSE)
        column, row = _cells(places, COARSE)
        seen[row, column] = True
        count += len(column)
    share = max(float(seen.mean()), 1 / seen.size)
    width = round(math.sqrt(2 * count / share))
    return 2 * (min(max(width, WIDTHS[0]), WIDTHS[1]) // 2)


def equalised(values: FloatArray, seen: NDArray[np.bool_]) -> UInt8Array:
    """Values by their rank among those seen, 0 to 255, locally raised in contrast.

    Intensity falls with range and angle, and its distribution is each scanner's own.
    """
    import cv2

    ranked = np.zeros(values.shape, np.uint8)
    if seen.any():
        known = np.sort(values[seen])
        places = np.searchsorted(known, values[seen], side="right") / len(known)
        ranked[seen] = np.rint(255 * places).astype(np.uint8)
    found = cv2.createCLAHE(2.0, (8, 16)).apply(ranked)
    result: UInt8Array = np.where(seen, found, 0).astype(np.uint8)
    return result


def spread_out(places: FloatArray, most: int) -> list[int]:
    """Rows of at most so many places (n, d) that lie far from each other, sorted.

    Farthest point sampling (Gonzalez 1985), from the first.
    """
    if len(places) <= most:
        return list(range(len(places)))
    chosen = [0]
    away = np.linalg.norm(places - places[0], axis=1)
    while len(chosen) < most:
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, np.linalg.norm(places - places[chosen[-1]], axis=1))
    return sorted(chosen)


def _add_points(
    chunk: Columns, kind: str, step: int, sums: tuple[FloatArray, FloatArray, Float32Array]
) -> None:
    """Spread values over the four pixels around each direction, and keep the nearest range."""
    total, weight, ranges = sums
    height, width = total.shape
    rays = _rays(chunk["xyz"][::step])
    values = chunk[kind][::step].astype(np.float64)
    values = values @ LUMA if kind == "rgb" else values
    places = pixels_from_rays(rays, width)
    _add_ranges(ranges, rays)
    left, top = np.floor(places - 0.5).astype(np.int64).T
    x, y = (places - 0.5).T - (left, top)
    for right in (0, 1):
        for low in (0, 1):
            share = np.abs(1 - right - x) * np.abs(1 - low - y)
            cell = np.clip(top + low, 0, height - 1) * width + (left + right) % width
            total += np.bincount(cell, share * values, total.size).reshape(total.shape)
            weight += np.bincount(cell, share, total.size).reshape(total.shape)


def _add_ranges(ranges: Float32Array, rays: FloatArray) -> None:
    width = ranges.shape[1]
    column, row = _cells(pixels_from_rays(rays, width), width)
    np.minimum.at(ranges, (row, column), np.linalg.norm(rays, axis=1).astype(np.float32))


def _rays(xyz: NDArray[np.float32]) -> FloatArray:
    """Points in the station's frame with +Y up."""
    rays: FloatArray = xyz.astype(np.float64) @ WORLD_FROM_ENU.T
    return rays


def _cells(places: FloatArray, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    column = np.floor(places[:, 0]).astype(np.int64) % width
    row = np.clip(np.floor(places[:, 1]).astype(np.int64), 0, width // 2 - 1)
    return column, row


def _blurred(values: FloatArray) -> FloatArray:
    """Gaussian blur that wraps around the sphere."""
    import cv2

    pad = 4
    around = np.pad(values, ((0, 0), (pad, pad)), mode="wrap")
    result: FloatArray = cv2.GaussianBlur(
        around, (0, 0), PIXEL_SIGMA, borderType=cv2.BORDER_REPLICATE
    )[:, pad:-pad]
    return result


def _byte_luma(values: FloatArray) -> UInt8Array:
    result: UInt8Array = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return result
