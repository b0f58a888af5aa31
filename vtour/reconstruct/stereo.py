"""Depth of one image from its source views, coarse to fine: the arrays around the kernels.

Pixel coordinates of `View` are COLMAP's (centre of the first pixel at 0.5, 0.5); the kernels'
are indices (centre at 0, 0), and the change happens in `index_calibration` alone.

What was tried, on the first 10 photos of the small synthetic site at 640 px against its truth:
share of the surface with a depth, share of those depths wrong by more than 1 %, share of sky
with a depth, median relative error; and what it saves or costs in CPU time.

    as it is                                      75.6 %  1.5 %  1.8 %  0.00070
    colour weights of 20 grey levels, not 10      77.0 %  2.9 %  3.4 %  0.00076
    the same, best 5 hypotheses of 9              76.2 %  3.0 %  3.5 %  0.00074   a quarter less
On all 24 photos, with 20 grey levels:
    2 photometric iterations at the full size     68.2 %  3.5 %  3.4 %  0.00091
    1 photometric iteration at the full size      67.9 %  3.6 %  3.4 %  0.00095   a tenth less

On 6 photos of the full synthetic site at 640 px (share of the surface with a depth within 2 cm
beside those within 1 % of the depth; CPU seconds for a megapixel on a busy machine):
                                                  depth   wrong  2 cm    sky            CPU
    9 hypotheses, iterations 4, 3, 2              69.9 %  1.91 % 64.3 %  1.24 %         33
    5 hypotheses                                  69.1 %  1.79 % 63.6 %  1.47 %         27
    iterations 4, 3, 1                            69.7 %  2.06 % 63.8 %  1.18 %         27
    both (kept)                                   68.8 %  1.92 % 62.9 %  1.41 %         20
    no photometric iteration at the full size     67.7 %  3.44 % 58.4 %  0.79 %         21
Cloud of the small site from maps of 800 px (benchmarks/accuracy/dense.py, F at 2 cm; seconds for a
megapixel by the clock, and of CPU):
    as above, 2 geometric iterations              0.788          10.2    19.4
    4 hypotheses                                  0.780           8.8    17.0
    1 geometric iteration (kept)                  0.787           8.3    15.7
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.reconstruct import patchmatch

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
UInt8Array = NDArray[np.uint8]
UInt32Array = NDArray[np.uint32]
BoolArray = NDArray[np.bool_]

COARSEST_PX = 320


@dataclass(frozen=True, kw_only=True)
class View:
    """One undistorted image with its camera.

    calibration    : (3, 3) pinhole, pixel centres at +0.5.
    cam_from_world : (3, 4).
    grey           : (h, w) uint8.
    """

    name: str
    calibration: FloatArray
    cam_from_world: FloatArray
    grey: UInt8Array

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.grey.shape[1], self.grey.shape[0]


@dataclass(frozen=True, kw_only=True)
class Planes:
    """What stereo found for each pixel of one view.

    depth  : (h, w) float32 along the optical axis, world units, 0 where unknown.
    normal : (h, w, 3) float32 unit, camera frame, facing the camera; 0 where unknown.
    cost   : (h, w) float32, 1 - NCC over the views believed in, 0 to 2.
    """

    depth: Float32Array
    normal: Float32Array
    cost: Float32Array


@dataclass(frozen=True, kw_only=True)
class Sparse:
    """Sparse points that one view sees: (n, 2) px and (n,) depths, world units."""

    pixels: FloatArray
    depths: FloatArray

    @property
    def unit(self) -> float:
        """The median depth: kernels work in this unit, so that float32 suits any scale."""
        return float(np.median(self.depths))

    def inverse_range(self, margin: float = 1.5) -> tuple[float, float]:
        """Smallest and largest inverse depth to consider, in 1 / unit."""
        near, far = np.percentile(self.depths, [0.5, 99.5]) / self.unit
        return 1.0 / (far * margin), margin / near


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How hard to search. Iterations are of both colours, from the coarsest level to the full."""

    iterations: tuple[int, ...] = (4, 3, 1)
    hypotheses: int = 5
    min_texture: float = 1.5
    min_cosine: float = 0.17
    geometric_weight: float = 0.2
    geometric_iterations: int = 1


def level_sizes(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Widths and heights from the coarsest level to the full one, each about twice the last."""
    levels = [size]
    while max(levels[0]) > COARSEST_PX and len(levels) < 6:
        divisor = 2 ** len(levels)
        levels.insert(0, (max(1, round(size[0] / divisor)), max(1, round(size[1] / divisor))))
    return levels


def resized(grey: UInt8Array, size: tuple[int, int]) -> UInt8Array:
    """An image at a coarser size, each pixel the mean of what it covers."""
    import cv2

    if (grey.shape[1], grey.shape[0]) == size:
        return grey
    smaller: UInt8Array = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return smaller


def packed_image(grey: UInt8Array) -> UInt32Array:
    """Each pixel (h, w) with its right, lower and lower right neighbour, in bytes 0 to 3."""
    packed: UInt32Array = np.empty(grey.shape, np.uint32)
    patchmatch.pack(grey, packed)
    return packed


def index_calibration(view: View, size: tuple[int, int]) -> FloatArray:
    """Calibration (3, 3) of a view at another size, for pixel indices (centres at 0)."""
    scale = np.diag([size[0] / view.size[0], size[1] / view.size[1], 1.0])
    calibration: FloatArray = scale @ view.calibration
    calibration[:2, 2] -= 0.5
    return calibration


def relative_projection(
    reference: View, source: View, sizes: tuple[tuple[int, int], tuple[int, int]], unit: float
) -> tuple[Float32Array, Float32Array]:
    """A (3, 3) and b (3,): source pixel ~ A @ (u, v, 1) + b * inverse depth * unit."""
    k_ref = index_calibration(reference, sizes[0])
    k_src = index_calibration(source, sizes[1])
    rotation = source.cam_from_world[:, :3] @ reference.cam_from_world[:, :3].T
    offset = source.cam_from_world[:, 3] - rotation @ reference.cam_from_world[:, 3]
    a = k_src @ rotation @ np.linalg.inv(k_ref)
    b = k_src @ offset / unit
    return a.astype(np.float32), b.astype(np.float32)


class SourceViews:
    """The source views of one reference, at one level, as the kernels take them."""

    def __init__(
        self,
        reference: View,
        sources: Sequence[View],
        size: tuple[int, int],
        unit: float,
        depths: Sequence[Float32Array] | None = None,
        geometric_weight: float = 0.0,
    ) -> None:
        """Pack the images at the level of ``size`` (of the reference), and the depths if any."""
        shrink = size[0] / reference.size[0]
        sizes = [
            (max(1, round(v.size[0] * shrink)), max(1, round(v.size[1] * shrink))) for v in sources
        ]
        there = [
            relative_projection(reference, v, (size, s), unit)
            for v, s in zip(sources, sizes, strict=True)
        ]
        back = [
            relative_projection(v, reference, (s, size), unit)
            for v, s in zip(sources, sizes, strict=True)
        ]
        images = [packed_image(resized(v.grey, s)) for v, s in zip(sources, sizes, strict=True)]
        self.a, self.b = (np.stack([pair[i] for pair in there]) for i in (0, 1))
        starts = np.cumsum([0] + [image.size for image in images]).astype(np.int64)
        inverse = [np.zeros(1, dtype=np.float32)]
        if depths is not None:
            inverse = [inverse_depth(depth, unit).ravel() for depth in depths]
        self.arguments = (
            np.concatenate([image.ravel() for image in images]),
            starts,
            np.array(sizes, dtype=np.int32),
            self.a,
            self.b,
            np.stack([pair[0] for pair in back]),
            np.stack([pair[1] for pair in back]),
            np.concatenate(inverse),
            np.float32(geometric_weight),
        )

    def step(self, size: tuple[int, int], w: float = 1.0) -> float:
        """Change of inverse depth that moves the image by one pixel in a typical source."""
        centre = np.array([size[0] / 2, size[1] / 2, 1.0])
        moves = []
        for a, b in zip(self.a.astype(np.float64), self.b.astype(np.float64), strict=True):
            x = a @ centre + b * w
            moves.append(
                math.hypot(b[0] - b[2] * x[0] / x[2], b[1] - b[2] * x[1] / x[2]) / abs(x[2])
            )
        return 1.0 / max(float(np.median(moves)), 1e-9)


def inverse_depth(depth: Float32Array, unit: float) -> Float32Array:
    """Inverse depth in 1 / unit; 0 stays 0, for unknown."""
    result: Float32Array = np.zeros_like(depth)
    np.divide(np.float32(unit), depth, out=result, where=depth > 0)
    return result


def planes_from_sparse(
    sparse: Sparse, size: tuple[int, int], scale: tuple[float, float]
) -> Float32Array:
    """First guess (h, w, 3) at a coarse level: inverse depth linear over Delaunay triangles.

    Outside the triangles the value is 0, which the kernels replace by a random plane.
    Inverse depth is linear over a plane's image, so a flat wall needs only its corners.
    """
    from scipy.spatial import Delaunay, QhullError

    planes = np.zeros((size[1], size[0], 3), dtype=np.float32)
    pixels = sparse.pixels * np.array(scale) - 0.5
    inverse = sparse.unit / sparse.depths
    try:
        mesh = Delaunay(pixels)
    except (QhullError, ValueError):
        return planes
    corners = mesh.simplices
    base = pixels[corners[:, 0]]
    edges = pixels[corners[:, 1:]] - base[:, None]
    rises = inverse[corners[:, 1:]] - inverse[corners[:, 0], None]
    area = edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0]
    area = np.where(np.abs(area) < 1e-9, np.inf, area)
    slope_x = (rises[:, 0] * edges[:, 1, 1] - rises[:, 1] * edges[:, 0, 1]) / area
    slope_y = (rises[:, 1] * edges[:, 0, 0] - rises[:, 0] * edges[:, 1, 0]) / area
    v, u = np.mgrid[0 : size[1], 0 : size[0]]
    grid = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64)
    found = mesh.find_simplex(grid)
    inside = found >= 0
    triangle = found[inside]
    offset = grid[inside] - base[triangle]
    value = (
        inverse[corners[triangle, 0]]
        + slope_x[triangle] * offset[:, 0]
        + slope_y[triangle] * offset[:, 1]
    )
    flat = planes.reshape(-1, 3)
    flat[inside] = np.stack([value, slope_x[triangle], slope_y[triangle]], axis=1)
    return planes


def planes_from_maps(
    depth: Float32Array, normal: Float32Array, k: FloatArray, unit: float
) -> Float32Array:
    """(w, gx, gy) of the kernels from a depth and a normal map; 0 where there is no depth."""
    planes = np.empty((*depth.shape, 3), np.float32)
    patchmatch.planes_of_maps(depth, normal, intrinsics_of(k), np.float32(unit), planes)
    return planes


def maps_from_planes(
    planes: Float32Array, k: FloatArray, unit: float
) -> tuple[Float32Array, Float32Array]:
    """Depth (h, w) and normal (h, w, 3) maps of the kernels' planes: the inverse of the above."""
    depth, normal = np.empty(planes.shape[:2], np.float32), np.empty(planes.shape, np.float32)
    patchmatch.maps_of_planes(planes, intrinsics_of(k), np.float32(unit), depth, normal)
    return depth, normal


def intrinsics_of(k: FloatArray) -> Float32Array:
    """(fx, fy, cx, cy) as float32."""
    return np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]], dtype=np.float32)


def padded(grey: UInt8Array) -> UInt8Array:
    """The reference image with a border as wide as the window."""
    return np.pad(grey, patchmatch.RADIUS, mode="edge")


def photometric_planes(
    reference: View, sources: Sequence[View], sparse: Sparse, effort: Effort, seed: int
) -> Planes:
    """Depth and normals of every pixel from the images alone, nothing filtered yet."""
    unit = sparse.unit
    w_range = np.array(sparse.inverse_range(), dtype=np.float32)
    sizes = level_sizes(reference.size)
    scale = (sizes[0][0] / reference.size[0], sizes[0][1] / reference.size[1])
    planes = planes_from_sparse(sparse, sizes[0], scale)
    chosen = np.zeros(planes.shape[:2], dtype=np.uint32)
    cost = np.zeros(planes.shape[:2], dtype=np.float32)
    for level, size in enumerate(sizes):
        if level > 0:
            planes, chosen = finer_planes(planes, chosen, size)
        count = effort.iterations[max(0, level + len(effort.iterations) - len(sizes))]
        cost = search(
            reference, planes, chosen, SourceViews(reference, sources, size, unit), w_range, effort,
            iterations=range(count) if level == 0 else range(1, 1 + count),
            seed=seed * 16 + level, wide=level == 0,
        )  # fmt: skip
    depth, normal = maps_from_planes(planes, index_calibration(reference, reference.size), unit)
    return Planes(depth=depth, normal=normal, cost=cost)


def geometric_planes(
    reference: View,
    sources: Sequence[View],
    sparse: Sparse,
    effort: Effort,
    seed: int,
    first: tuple[Float32Array, Float32Array],
    depths: Sequence[Float32Array],
) -> Planes:
    """Go on from a first depth and normal map, so that it agrees with the sources' depths too."""
    unit = sparse.unit
    w_range = np.array(sparse.inverse_range(), dtype=np.float32)
    size = reference.size
    k = index_calibration(reference, size)
    planes = planes_from_maps(*first, k, unit)
    chosen = np.zeros(planes.shape[:2], dtype=np.uint32)
    views = SourceViews(reference, sources, size, unit, depths, effort.geometric_weight)
    iterations = range(2, 2 + effort.geometric_iterations)
    cost = search(
        reference, planes, chosen, views, w_range, effort,
        iterations=iterations, seed=seed * 16 + 15, wide=False,
    )  # fmt: skip
    depth, normal = maps_from_planes(planes, k, unit)
    return Planes(depth=depth, normal=normal, cost=cost)


def search(
    reference: View,
    planes: Float32Array,
    chosen: UInt32Array,
    views: SourceViews,
    w_range: Float32Array,
    effort: Effort,
    *,
    iterations: range,
    seed: int,
    wide: bool,
) -> Float32Array:
    """Improve planes and chosen views in place at one level; returns the cost (h, w)."""
    height, width = planes.shape[:2]
    ref = padded(resized(reference.grey, (width, height)))
    k = intrinsics_of(index_calibration(reference, (width, height)))
    step = views.step((width, height))
    most = 9 if wide else effort.hypotheses
    settings = np.array(
        [effort.min_cosine, effort.min_texture, step, float(wide), most], dtype=np.float32
    )
    border = patchmatch.REACH
    cost = np.full((height + 2 * border, width + 2 * border), 2, dtype=np.float32)
    rows = patchmatch.dealt_rows(height)
    patchmatch.start(ref, planes, cost, chosen, views.arguments, k, w_range, settings, rows, seed)
    for iteration in iterations:
        for colour in (0, 1):
            patchmatch.sweep(
                ref, planes, cost, chosen, views.arguments, k, w_range, settings, rows,
                seed, iteration, colour,
            )  # fmt: skip
    return cost[border:-border, border:-border]


def finer_planes(
    coarse: Float32Array, chosen: UInt32Array, size: tuple[int, int]
) -> tuple[Float32Array, UInt32Array]:
    """Planes and chosen views at the pixels of the next level."""
    planes = np.empty((size[1], size[0], 3), dtype=np.float32)
    finer_chosen = np.empty((size[1], size[0]), dtype=np.uint32)
    factors = coarse.shape[1] / size[0], coarse.shape[0] / size[1]
    patchmatch.refine_grid(coarse, chosen, *factors, planes, finer_chosen)
    return planes, finer_chosen


def consistent_views(
    reference: View,
    sources: Sequence[View],
    depth: Float32Array,
    depths: Sequence[Float32Array],
    *,
    max_error_px: float,
    max_difference: float,
) -> NDArray[np.int32]:
    """Count (h, w) of the source views whose own depth agrees with each pixel's."""
    unit = float(np.median(depth[depth > 0])) if (depth > 0).any() else 1.0
    views = SourceViews(reference, sources, reference.size, unit, depths)
    planes = np.zeros((*depth.shape, 3), dtype=np.float32)
    planes[..., 0] = inverse_depth(depth, unit)
    count = np.zeros(depth.shape, dtype=np.int32)
    limits = np.array([max_error_px, max_difference], dtype=np.float32)
    patchmatch.count_consistent(planes, depth > 0, views.arguments, limits, count)
    return count
