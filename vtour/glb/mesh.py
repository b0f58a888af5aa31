"""The mesh that is written to and read from GLB, and the picture formats of its texture."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
UInt32Array = NDArray[np.uint32]
UInt8Array = NDArray[np.uint8]


class ImageFormat(StrEnum):
    """How a texture is stored."""

    png = "png"
    jpg = "jpg"
    webp = "webp"


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """An indexed triangle mesh with one texture.

    positions : (n, 3) float32, world.
    normals   : (n, 3) float32 unit vectors, or None.
    uvs       : (n, 2) float32, glTF's convention: (0, 0) is the top left corner of the texture.
    faces     : (m, 3) uint32, counter-clockwise seen from outside.
    texture   : (h, w, 3) uint8 sRGB, row 0 on top, or None: then uvs mean nothing.
    """

    positions: Float32Array
    normals: Float32Array | None
    uvs: Float32Array
    faces: UInt32Array
    texture: UInt8Array | None
