"""A texture of its own for a tile: charts cut out of other textures, shrunk, and packed.

A chart is a set of faces that share vertices. Its rectangle is cut with the texels around it and
packed with a gutter; whatever lies more than a texel from a chart is filled from the nearest
texel of one, so that smaller versions of the picture (mip levels, the next tile up) stay clean.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import Image

from vtour.glb.mesh import Float32Array, UInt8Array, UInt32Array
from vtour.glb.scene import Wrap
from vtour.optimise.mesh_tiles.patches import Patch, Picture

GUTTERS_PX = (3, 2, 1)
"""Texels around a chart; the next is tried where charts do not fit. Less is not safe to sample."""
STEP_PX = 4
"""Sizes of atlases are multiples of this, as block compression wants."""
LONG = 2
"""A long atlas may have this many times the edge of a square one, of as many texels."""
SHRINK = 0.92
"""Factor from try to try when the charts do not fit."""
GROW = 1.04
REDUCE_PX = 64 << 20
"""Texels of a chart's rectangle; a larger one (a texture repeated often) is cut from a smaller
picture."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Charts:
    """Rectangles of the charts of a patch.

    chart   : (n,) chart of each vertex.
    picture : (c,) its picture.
    low     : (c, 2) least column and row, whole texels of that picture.
    span    : (c, 2) columns and rows.
    """

    chart: IntArray
    picture: IntArray
    low: IntArray
    span: IntArray


def charts_of(patch: Patch, scale: float = 1.0) -> Charts:
    """The charts of a patch; their corners lie at whole texels after shrinking by ``scale``."""
    if patch.uvs is None or patch.picture is None:
        raise ValueError("charts of a patch without texture")
    chart, count = components(patch.faces, len(patch.places))
    picture = np.zeros(count, np.int64)
    picture[chart] = patch.picture
    sizes = np.array([each.size for each in patch.pictures], np.float64)
    texels = patch.uvs.astype(np.float64) * sizes[patch.picture]
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, chart, texels)
    np.maximum.at(high, chart, texels)
    unit = max(1, round(1 / scale))
    least = np.floor(low / unit).astype(np.int64) * unit
    span = np.maximum(np.ceil(high).astype(np.int64) - least, 1)
    return Charts(chart, picture, least, span)


def components(faces: UInt32Array, count: int) -> tuple[IntArray, int]:
    """The set of connected faces that each vertex (n,) is in, and how many there are."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    a, b, c = faces.astype(np.int64).T
    rows, columns = np.concatenate([a, b]), np.concatenate([b, c])
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    found, labels = connected_components(graph, directed=False)
    return labels.astype(np.int64), int(found)


def cut_atlas(patch: Patch, scale: float, most_px: int) -> tuple[Patch, float]:
    """The patch with one picture, cut out of those it has, and the scale that it came to.

    scale : texels of the new picture for one of the old, along an edge; less where they would be
            more than a square of edge ``most_px`` has.
    """
    charts, layout = _laid_out(patch, scale, most_px)
    size = layout.size
    uvs = _moved_uvs(patch, charts, layout) / np.array(size, np.float64)
    moved = replace(patch, uvs=uvs.astype(np.float32), picture=np.zeros(len(uvs), np.int32))
    slots = {}
    for slot in patch.pictures[0].slots:
        pixels = _composed(patch, charts, layout, slot)
        slots[slot] = filled(pixels, covered(moved, size))
    return replace(moved, pictures=(Picture(slots),)), layout.scale


@dataclass(frozen=True, eq=False)
class Layout:
    """Where charts lie in an atlas.

    scale, gutter : texels for one of the old, and around each chart.
    offset, sizes : (c, 2) corner, and width and height, gutters included; size : of the atlas.
    """

    scale: float
    gutter: int
    offset: IntArray
    sizes: IntArray
    size: tuple[int, int]


def _laid_out(patch: Patch, scale: float, most_px: int) -> tuple[Charts, Layout]:
    """Charts packed at ``scale``, with narrower gutters or smaller where they do not fit."""
    while True:
        charts = charts_of(patch, scale)
        for gutter in GUTTERS_PX:
            sizes = np.ceil(charts.span * scale).astype(np.int64) + 2 * gutter
            packed = packed_shelves(sizes, most_px)
            if packed is not None:
                return charts, Layout(scale, gutter, packed[0], sizes, packed[1])
        scale *= SHRINK


def _moved_uvs(patch: Patch, charts: Charts, layout: Layout) -> NDArray[np.float64]:
    """(n, 2) texels in the atlas."""
    if patch.uvs is None or patch.picture is None:
        raise ValueError("charts of a patch without texture")
    sizes = np.array([picture.size for picture in patch.pictures], np.float64)
    texels = patch.uvs.astype(np.float64) * sizes[patch.picture]
    inside = (texels - charts.low[charts.chart]) * layout.scale + layout.gutter
    result: NDArray[np.float64] = inside + layout.offset[charts.chart]
    return result


def packed_shelves(sizes: IntArray, most_px: int) -> tuple[IntArray, tuple[int, int]] | None:
    """Corners (c, 2) of rectangles in rows, the highest first, and width and height of it all.

    None when they do not fit the texels of a square of edge ``most_px``. The atlas is about as
    wide as it is high where the charts let it be, and at most LONG times ``most_px`` otherwise.
    """
    order = np.lexsort((np.arange(len(sizes)), -sizes[:, 0], -sizes[:, 1]))
    width = max(int(sizes[:, 0].max()), math.ceil(math.sqrt(sizes.prod(axis=1).sum())))
    if max(width, int(sizes[:, 1].max())) > LONG * most_px:
        return None
    highest = max(int(sizes[:, 1].max()), 64)
    while True:
        offset, height = _in_rows(sizes, order, width)
        if height <= max(width * 1.1, highest):
            break
        width = math.ceil(width * GROW)
    size = (-(-width // STEP_PX) * STEP_PX, -(-height // STEP_PX) * STEP_PX)
    fits = size[0] * size[1] <= most_px**2 and max(size) <= LONG * most_px
    return (offset, size) if fits else None


def _in_rows(sizes: IntArray, order: IntArray, width: int) -> tuple[IntArray, int]:
    offset = np.zeros_like(sizes)
    x = y = row = 0
    for index in order:
        wide, high = sizes[index]
        if x + wide > width:
            x, y, row = 0, y + row, 0
        offset[index] = x, y
        x, row = x + wide, max(row, high)
    return offset, int(y + row)


def _composed(patch: Patch, charts: Charts, layout: Layout, slot: str) -> UInt8Array:
    """One texture of the atlas: every chart's rectangle with its gutter."""
    channels = max(channels_of(picture.slots[slot]) for picture in patch.pictures)
    pixels = np.zeros((layout.size[1], layout.size[0], channels), np.uint8)
    for index in range(len(layout.sizes)):
        picture = patch.pictures[charts.picture[index]]
        wide, high = (int(value) for value in layout.sizes[index])
        x, y = (int(value) for value in layout.offset[index])
        begin = charts.low[index] - layout.gutter / layout.scale
        end = begin + layout.sizes[index] / layout.scale
        cut = resampled(picture, slot, (begin[0], begin[1], end[0], end[1]), (wide, high))
        pixels[y : y + high, x : x + wide] = with_channels(cut, channels)
    return pixels


def resampled(
    picture: Picture, slot: str, box: tuple[float, float, float, float], size: tuple[int, int]
) -> UInt8Array:
    """A rectangle of a texture, shrunk to ``size`` by area; it wraps as the texture does.

    box : least column and row, greatest column and row, in texels of the picture's widest.
    """
    pixels = picture.slots[slot]
    share = np.array([pixels.shape[1], pixels.shape[0]] * 2) / np.array(picture.size * 2)
    region = np.array(box) * share
    while (region[2] - region[0]) * (region[3] - region[1]) > REDUCE_PX and min(
        pixels.shape[:2]
    ) > 1:
        pixels = np.asarray(Image.fromarray(pixels).reduce(2))
        region = np.array(box) / np.array(picture.size * 2)
        region *= np.array([pixels.shape[1], pixels.shape[0]] * 2)
    low = np.floor(region[:2]).astype(np.int64)
    high = np.maximum(np.ceil(region[2:]).astype(np.int64), low + 1)
    columns = wrapped(np.arange(low[0], high[0]), pixels.shape[1], picture.wrap[0])
    rows = wrapped(np.arange(low[1], high[1]), pixels.shape[0], picture.wrap[1])
    part = np.ascontiguousarray(pixels[rows[:, None], columns])
    if part.shape[:2] == (size[1], size[0]) and np.array_equal(region[:2], low):
        return part
    inner = np.clip(region - np.tile(low, 2), 0, np.tile(high - low, 2))
    shrinks = size[0] <= inner[2] - inner[0]
    kind = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    image = Image.fromarray(part).resize(size, kind, box=(inner[0], inner[1], inner[2], inner[3]))
    return np.asarray(image)


def wrapped(places: IntArray, size: int, wrap: Wrap) -> IntArray:
    """Columns or rows of a picture for those beyond its edges."""
    if wrap is Wrap.clamp:
        return np.clip(places, 0, size - 1)
    if wrap is Wrap.repeat:
        result: IntArray = places % size
        return result
    back = places % (2 * size)
    return np.where(back < size, back, 2 * size - 1 - back)


def channels_of(pixels: UInt8Array) -> int:
    """3, or 4 with alpha."""
    return pixels.shape[2] if pixels.ndim == 3 else 1


def with_channels(pixels: UInt8Array, channels: int) -> UInt8Array:
    """(h, w, channels), opaque where there was no alpha."""
    if channels_of(pixels) == channels:
        return pixels
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([pixels, opaque], axis=2)


def covered(patch: Patch, size: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w) texels whose centre lies on a face."""
    face, _ = faces_under_texels(patch, size)
    return face >= 0


def faces_under_texels(
    patch: Patch, size: tuple[int, int]
) -> tuple[NDArray[np.int32], Float32Array]:
    """The face (h, w) under each texel's centre, or -1, and the weights (h, w, 2) of its second
    and third corner.
    """
    if patch.uvs is None:
        raise ValueError("texels of a patch without texture")
    flat = patch.uvs.astype(np.float64) * np.array(size, np.float64) - 0.5  # centres at 0
    face = np.full((size[1], size[0]), -1, np.int32)
    weights = np.zeros((size[1], size[0], 2), np.float32)
    _rasterise(flat, patch.faces.astype(np.int64), face, weights)
    return face, weights


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rasterise(
    flat: NDArray[np.float64],
    faces: IntArray,
    face: NDArray[np.int32],
    weights: Float32Array,
) -> None:
    height, width = face.shape
    for index in range(len(faces)):
        ax, ay = flat[faces[index, 0]]
        bx, by = flat[faces[index, 1]]
        cx, cy = flat[faces[index, 2]]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx))))
        right = min(width - 1, int(np.floor(max(ax, bx, cx))))
        top = max(0, int(np.ceil(min(ay, by, cy))))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                second = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
                third = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
                if second >= -1e-9 and third >= -1e-9 and second + third <= 1 + 1e-9:
                    face[y, x] = index
                    weights[y, x, 0], weights[y, x, 1] = second, third


def filled(pixels: UInt8Array, known: NDArray[np.bool_], rim: int = 1) -> UInt8Array:
    """Pixels with those further than ``rim`` from a known one taken from the nearest known."""
    from scipy.ndimage import binary_dilation, distance_transform_edt

    if known.all() or not known.any():
        return pixels
    near = binary_dilation(known, iterations=rim) if rim else known
    row, column = distance_transform_edt(~near, return_distances=False, return_indices=True)
    result: UInt8Array = np.ascontiguousarray(pixels[row, column])
    return result
