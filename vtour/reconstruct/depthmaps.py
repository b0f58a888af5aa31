"""Depth and normal maps as COLMAP keeps them, and the cleaning of depth maps. Arrays and files.

A map file is a text header ``width&height&channels&`` and little-endian float32, one whole
channel after the other, rows from the top (COLMAP, src/colmap/mvs/mat.h).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import replacing

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

HEADER_BYTES = 64  # more than three decimal numbers need


def write_map(path: Path, values: Float32Array) -> None:
    """Write (h, w) or (h, w, c) float32, all or nothing."""
    planar = values[None] if values.ndim == 2 else np.moveaxis(values, 2, 0)
    channels, height, width = planar.shape
    with replacing(path) as temporary, temporary.open("wb") as stream:
        stream.write(f"{width}&{height}&{channels}&".encode())
        stream.write(np.ascontiguousarray(planar, dtype="<f4").tobytes())


def read_map(path: Path) -> Float32Array:
    """Read (h, w) float32, or (h, w, c) when there are several channels.

    Raises InputError when the length is not what the header says.
    """
    data = path.read_bytes()
    parts = data[:HEADER_BYTES].split(b"&", 3)
    if len(parts) < 4 or not all(part.isdigit() for part in parts[:3]):
        raise InputError(f"{path}: no map header, expected width&height&channels&")
    width, height, channels = (int(part) for part in parts[:3])
    start = sum(len(part) + 1 for part in parts[:3])
    if len(data) - start != 4 * width * height * channels:
        found = f"{len(data) - start} bytes"
        raise InputError(f"{path}: {found}, expected {width} x {height} x {channels} floats")
    planar = np.frombuffer(data, dtype="<f4", offset=start).reshape(channels, height, width)
    if channels == 1:
        return np.array(planar[0])
    return np.ascontiguousarray(np.moveaxis(planar, 0, 2))


def is_map_whole(path: Path, size: tuple[int, int]) -> bool:
    """Whether a map file is there, of this width and height, and as long as it should be."""
    if not path.is_file():
        return False
    try:
        height, width = read_map(path).shape[:2]
    except InputError:
        return False
    return (width, height) == size


def without_speckles(
    depth: Float32Array, *, min_pixels: int, max_difference: float
) -> Float32Array:
    """Drop connected patches smaller than ``min_pixels``.

    Neighbours are connected when their depths differ by less than the share ``max_difference``.
    """
    import cv2

    known = depth > 0
    if min_pixels <= 1 or not known.any():
        return depth
    logs = np.log(depth, out=np.zeros_like(depth), where=known) / np.float32(max_difference)
    low = float(logs[known].min())
    # 16 steps for one max_difference; int16 spans 2000 of them, far beyond any one view
    steps = np.clip((logs - low) * 16, 0, 32000).astype(np.int16)
    steps[~known] = -32000
    cv2.filterSpeckles(steps, -32000, min_pixels, 16)
    kept: Float32Array = np.where(steps > -32000, depth, np.float32(0))
    return kept
