"""Vertex attributes as small integers: what glTF allows and KHR_mesh_quantization adds to it.

Fewer bits than the integers have are used by leaving their low bits zero, which costs nothing
once compressed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array
from vtour.glb.vertices import equal_rows
from vtour.glb.write import unit_vectors

UNORM16 = 65535


@dataclass(frozen=True)
class GeometryBits:
    """How finely attributes are stored."""

    position: int = 14
    uv: int = 14
    normal: int = 8


def quantise_positions(
    positions: Float32Array, bits: int
) -> tuple[NDArray[np.uint16], list[float], float]:
    """Integers, offset and scale such that ``position = offset + scale * integer``.

    One scale for all axes, so that no rotation or normal is skewed.
    """
    offset, scale = grid_of(positions.min(axis=0), positions.max(axis=0), bits)
    return on_grid(positions, offset, scale), offset, scale


def grid_of(low: Float32Array, high: Float32Array, bits: int) -> tuple[list[float], float]:
    """Offset and scale of a cubic grid of 2**bits places over a box."""
    start = low.astype(np.float64)
    extent = float((high - start).max())
    return start.tolist(), extent / (2**bits - 1) if extent > 0 else 1.0


def on_grid(positions: Float32Array, offset: list[float], scale: float) -> NDArray[np.uint16]:
    """The nearest places of a grid."""
    places: NDArray[np.uint16] = np.rint((positions - np.array(offset)) / scale).astype("<u2")
    return places


def quantise_uvs(uvs: Float32Array, bits: int) -> NDArray[np.uint16]:
    """Normalised 16-bit coordinates on a grid of ``bits`` bits: fewer bits compress better."""
    step = 1 << (16 - bits)
    grid = np.rint(np.clip(uvs, 0, 1).astype(np.float64) * (UNORM16 / step)) * step
    result: NDArray[np.uint16] = np.minimum(grid, UNORM16).astype(np.uint16)
    return result


def quantise_directions(vectors: Float32Array, bits: int) -> NDArray[np.signedinteger[Any]]:
    """Unit vectors (n, 3) as normalised integers: int8 for up to 8 bits, else int16.

    Vectors of no length, or not finite, become +Y.
    """
    kind, width = ("<i1", 8) if bits <= 8 else ("<i2", 16)
    step, most = 1 << (width - bits), (1 << (width - 1)) - 1
    grid = np.rint(unit_vectors(vectors).astype(np.float64) * (most / step)) * step
    result: NDArray[np.signedinteger[Any]] = np.clip(grid, -most, most).astype(kind)
    return result


def quantise_tangents(tangents: Float32Array) -> NDArray[np.int8]:
    """Tangents (n, 4) as normalised int8; the fourth, a sign, is kept exactly."""
    result = np.empty(tangents.shape, np.int8)
    result[:, :3] = quantise_directions(tangents[:, :3], 8)
    result[:, 3] = np.where(tangents[:, 3] < 0, -127, 127)
    return result


def quantise_colours(colours: Float32Array) -> UInt8Array:
    """Linear colours (n, 4) as normalised uint8: three columns where alpha is 1 everywhere."""
    values: UInt8Array = np.rint(np.clip(np.nan_to_num(colours), 0, 1) * 255).astype(np.uint8)
    return values if values[:, 3].min() < 255 else np.ascontiguousarray(values[:, :3])


def welded(
    columns: list[NDArray[Any]], faces: NDArray[np.uint32]
) -> tuple[list[NDArray[Any]], NDArray[np.uint32]]:
    """Vertices that became equal joined, and faces that became a line or a point left out.

    columns : the attributes of the vertices, (n, k) each; the first is the position.

    Vertices stay in the order of their first use in ``columns``; corners stay in order.
    """
    kept, index = _first_of_equal(columns)
    _, place = _first_of_equal(columns[:1])
    corners, spots = index[faces], place[faces]
    flat = (spots == np.roll(spots, 1, axis=1)).any(axis=1)
    solid: NDArray[np.uint32] = np.ascontiguousarray(corners[~flat], np.uint32)
    return [column[kept] for column in columns], solid


def _first_of_equal(columns: list[NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that are the first of their value, in order; and for each row its place among those."""
    return equal_rows(np.concatenate([_bytes_of(column) for column in columns], axis=1))


def _bytes_of(values: NDArray[Any]) -> UInt8Array:
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)
