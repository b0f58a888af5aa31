"""Pictures of scans that name no mirror: merged clouds, seen from places chosen among them.

Points are seen through from a place that no scanner stood at, so the nearest ones must hide what
is behind. Each point covers as much of the picture as its spacing fills, on a pyramid: near points
cover many pixels, on a coarse level (after Grossman and Dally, "Point sample rendering", 1998).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import PointStore
from vtour.frames import WORLD_FROM_ENU, FloatArray, transform_points
from vtour.sphere import pixels_from_rays
from vtour.world.scan_pictures import LUMA, ScanPicture, UInt8Array, equalised, spread_out

MOST_POINTS = 2_000_000
EYE_M = 1.6
GROUND_CELLS = 40  # along the longer side of the cloud
ROOM_M = 0.7  # free around a place
RING = 1.1  # of the diagonal
WIDTHS = (512, 2048)
LEVELS = 6
CORE = 8.0  # percent of a cloud's points left out on each side: the few that reach far
COVER = 2.5  # times the spacing that a point fills
BEHIND = 1.04  # ranges up to this factor of the nearest are the same surface
EPSILON = 1e-6


@dataclass(frozen=True, eq=False)
class CloudSample:
    """Points (n, 3) in ``scan`` with grey values (n,), and their spacing in metres."""

    points: FloatArray
    values: FloatArray
    is_colour: bool
    spacing_m: float


def sample_of_cloud(store: PointStore, scan_from_station: FloatArray) -> CloudSample | None:
    """Every n-th point of a cloud; None without colours and intensity, or with few points."""
    from scipy.spatial import cKDTree

    kind = next((name for name in ("rgb", "intensity") if name in store.columns), None)
    if kind is None or store.count < 1000:
        return None
    step = -(-store.count // MOST_POINTS)
    places, values = [], []
    for chunk in store.chunks():
        places.append(transform_points(scan_from_station, chunk["xyz"][::step]))
        found = chunk[kind][::step].astype(np.float64)
        values.append(found @ LUMA if kind == "rgb" else found)
    points = np.concatenate(places)
    some = points[:: max(1, len(points) // 5000)]
    apart, _ = cKDTree(points).query(some, k=5)
    spacing = max(float(np.median(apart[:, 4])), 1e-4)
    return CloudSample(points, np.concatenate(values), kind == "rgb", spacing)


def places_to_look_from(points: FloatArray, most: int) -> FloatArray:
    """At most so many places (k, 3): half at eye height amid a cloud, half around it.

    +z of ``scan`` is up. A statue that was scanned alone is seen from around only.
    """
    from scipy.spatial import cKDTree

    low, high = np.percentile(points[:: max(1, len(points) // 100_000)], (CORE, 100 - CORE), axis=0)
    size = high - low
    cell = float(max(size[:2])) / GROUND_CELLS
    inside = points[((points >= low) & (points <= high)).all(axis=1)]
    cells = np.floor((inside[:, :2] - low[:2]) / max(cell, 1e-6)).astype(np.int64)
    keys = cells[:, 0] * (GROUND_CELLS + 2) + cells[:, 1]
    order = np.lexsort((inside[:, 2], keys))
    _, first = np.unique(keys[order], return_index=True)
    ground = inside[order][first]
    eyes = ground + np.array([0.0, 0.0, EYE_M])
    away, _ = cKDTree(points).query(eyes)
    eyes = eyes[away > ROOM_M]
    middle = (low + high) / 2
    eyes = eyes[np.argsort(np.linalg.norm(eyes - middle, axis=1), kind="stable")]
    chosen = eyes[spread_out(eyes, most // 2)]
    count = most - len(chosen)
    turns = math.tau * np.arange(count) / max(count, 1)
    radius = RING * float(np.linalg.norm(size[:2])) / 2 + 1.0
    ring = np.stack([np.cos(turns), np.sin(turns), np.full(count, 0.2)], axis=1)
    around = middle + ring * [radius, radius, size[2]]
    return np.concatenate([chosen, around])


def picture_from_place(cloud: CloudSample, centre: FloatArray) -> ScanPicture:
    """The sphere around a place, its axes those of ``scan`` with +Y up."""
    rays = (cloud.points - centre) @ WORLD_FROM_ENU.T
    ranges = np.linalg.norm(rays, axis=1)
    near = ranges > 2 * cloud.spacing_m
    rays, ranges, values = rays[near], ranges[near], cloud.values[near]
    finest = math.tau * float(np.median(ranges)) / cloud.spacing_m
    width = 2 ** round(math.log2(min(max(finest, WIDTHS[0]), WIDTHS[1])))
    shape = (width // 2, width)
    pixels = pixels_from_rays(rays, width)
    column = np.floor(pixels[:, 0]).astype(np.int64) % width
    row = np.clip(np.floor(pixels[:, 1]).astype(np.int64), 0, width // 2 - 1)
    covers = COVER * cloud.spacing_m / ranges * width / math.tau
    levels = np.clip(np.ceil(np.log2(np.maximum(covers, 1.0))), 0, LEVELS - 1).astype(int)
    nearest = _nearest_surface(row, column, ranges, levels, shape)
    visible = ranges <= BEHIND * nearest[row, column]
    cell = (row * width + column)[visible]
    count = shape[0] * shape[1]
    total = np.bincount(cell, values[visible], count).reshape(shape)
    weight = np.bincount(cell, minlength=count).astype(np.float64).reshape(shape)
    seen = np.isfinite(nearest)
    filled = _pulled(total, weight)
    grey = np.rint(np.clip(filled, 0, 255)).astype(np.uint8)
    grey = grey if cloud.is_colour else equalised(filled, seen)
    shown: UInt8Array = np.where(seen, grey, 0).astype(np.uint8)
    return ScanPicture(shown, nearest.astype(np.float32), seen, cloud.is_colour)


def _nearest_surface(
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    ranges: FloatArray,
    levels: NDArray[np.int64],
    shape: tuple[int, int],
) -> FloatArray:
    """Range (h, w) to the nearest point that covers a pixel; infinite where none does."""
    nearest = np.full(shape, np.inf)
    for level in range(LEVELS):
        own = levels == level
        if not own.any():
            continue
        step = 2**level
        small = np.full((-(-shape[0] // step), -(-shape[1] // step)), np.inf)
        np.minimum.at(small, (row[own] // step, column[own] // step), ranges[own])
        large = np.repeat(np.repeat(small, step, axis=0), step, axis=1)
        nearest = np.minimum(nearest, large[: shape[0], : shape[1]])
    return nearest


def _pulled(total: FloatArray, weight: FloatArray) -> FloatArray:
    """Mean values (h, w), holes filled from coarser levels (pull-push, Gortler et al. 1996)."""
    import cv2

    height, width = total.shape
    if height < 4:
        return total / np.maximum(weight, EPSILON)
    halves = [
        one.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3)) for one in (total, weight)
    ]
    coarse = _pulled(*halves)
    below = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(weight > 0, total / np.maximum(weight, EPSILON), below)
