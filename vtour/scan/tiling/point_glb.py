"""One tile of points as GLB: positions, colours and perhaps normals, compressed with meshopt.

glTF is y-up, and so is the world: the file's coordinates are the world's. Positions are places
in the grid of the whole cloud, counted from the tile's own least one, so that neighbouring tiles
share one grid; the node's translation and scale make metres of them. They take 16 bits where the
tile is no wider than that (at a grid of 1 mm: 65 m). A wider tile keeps the same grid: its
places are the mantissas of the extension's EXPONENTIAL filter, and come out as float32.

Points lie along the Z curve of their keys. Along a Hilbert curve they took 5.33 bytes each instead
of 5.43 (synthetic site), and would have to be sorted once more: not worth it.

glTF's colours are linear. In 8 bits they are coarse where it is dark, so they are rounded up or
down in turn along the tile's Z curve: what is shaded stays even.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.container import glb_from_parts
from vtour.glb.meshopt import encode_attributes

MESHOPT = "EXT_meshopt_compression"
QUANTIZATION = "KHR_mesh_quantization"
UNLIT = "KHR_materials_unlit"
POINTS = 0
ARRAY_BUFFER = 34962
BYTE, UNSIGNED_BYTE, UNSIGNED_SHORT, FLOAT = 5120, 5121, 5123, 5126
GOLDEN = 0.6180339887498949

Int32Array = NDArray[np.int32]
UInt8Array = NDArray[np.uint8]


def point_glb(
    places: Int32Array,
    rgb: UInt8Array | None,
    normals: NDArray[np.int8] | None,
    low: tuple[float, float, float],
    step: float,
) -> bytes:
    """The bytes of a GLB with points at ``low + (places + 0.5) * step``.

    places  : (n, 3) at least one, in the grid of the cloud.
    rgb     : (n, 3) sRGB.
    normals : (n, 3) unit vectors times 127; zeros where there is none, written as up.
    """
    least = places.min(axis=0)
    inside = places - least
    document = _document(
        translation=[low[axis] + (int(least[axis]) + 0.5) * step for axis in range(3)], step=step
    )
    views = _Views(document, len(places))
    views.add_positions(inside)
    if rgb is not None:
        views.add("COLOR_0", rgba_from_srgb(rgb), UNSIGNED_BYTE, "VEC4", normalized=True)
    if normals is not None:
        padded = np.zeros((len(places), 4), np.int8)
        padded[:, :3] = normals
        padded[~np.any(normals, axis=1), 1] = 127
        views.add("NORMAL", padded, BYTE, "VEC3", normalized=True)
    return glb_from_parts(document, views.finished())


def rgba_from_srgb(rgb: UInt8Array) -> UInt8Array:
    """Linear opaque colours (n, 4) of sRGB ones (n, 3), rounded up or down in turn.

    The share that is rounded up is right for any run of points (golden ratio sequence); the
    three channels turn together, so that grey stays grey.
    """
    threshold = (np.arange(len(rgb)) * GOLDEN % 1.0).astype(np.float32)
    rgba = np.full((len(rgb), 4), 255, np.uint8)
    rgba[:, :3] = np.floor(LINEAR_255[rgb] + threshold[:, None])
    return rgba


def _linear_255() -> NDArray[np.float32]:
    """Linear light, 0 to 255, of each sRGB value (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return (linear * 255).astype(np.float32)


LINEAR_255 = _linear_255()


def _document(translation: list[float], step: float) -> dict[str, Any]:
    return {
        "asset": {"version": "2.0", "generator": "vtour"},
        "extensionsUsed": [MESHOPT, UNLIT],
        "extensionsRequired": [MESHOPT],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": translation, "scale": [step, step, step]}],
        "meshes": [{"primitives": [{"attributes": {}, "mode": POINTS, "material": 0}]}],
        "materials": [{"extensions": {UNLIT: {}}}],
        "accessors": [],
        "bufferViews": [],
    }


class _Views:
    """Adds attributes to a document, each compressed in a view of its own."""

    def __init__(self, document: dict[str, Any], count: int) -> None:
        self.document, self.count = document, count
        self.blob = bytearray()
        self.plain_bytes = 0

    def add_positions(self, places: Int32Array) -> None:
        is_narrow = int(places.max()) < 1 << 16
        if is_narrow:
            rows = np.zeros((len(places), 4), "<u2")
            rows[:, :3] = places
            self.add("POSITION", rows, UNSIGNED_SHORT, "VEC3")
        else:
            self.add("POSITION", places.astype("<i4"), FLOAT, "VEC3", filtering="EXPONENTIAL")
        bounds = {"min": places.min(axis=0).tolist(), "max": places.max(axis=0).tolist()}
        self.document["accessors"][-1].update(bounds)

    def add(
        self,
        name: str,
        rows: NDArray[Any],
        component: int,
        kind: str,
        *,
        normalized: bool = False,
        filtering: str = "",
    ) -> None:
        is_new = QUANTIZATION not in self.document["extensionsUsed"]
        if is_new and component in (UNSIGNED_SHORT, BYTE):
            for key in ("extensionsUsed", "extensionsRequired"):
                self.document[key].append(QUANTIZATION)
        packed = encode_attributes(rows)
        width = rows.nbytes // len(rows)
        compressed = {
            "buffer": 0,
            "byteOffset": len(self.blob),
            "byteLength": len(packed),
            "byteStride": width,
            "count": self.count,
            "mode": "ATTRIBUTES",
        } | ({"filter": filtering} if filtering else {})
        self.document["bufferViews"].append(
            {
                "buffer": 1,
                "byteOffset": self.plain_bytes,
                "byteLength": rows.nbytes,
                "byteStride": width,
                "target": ARRAY_BUFFER,
                "extensions": {MESHOPT: compressed},
            }
        )
        number = len(self.document["accessors"])
        accessor = {"bufferView": number, "componentType": component} | (
            {"normalized": True} if normalized else {}
        )
        self.document["accessors"].append(accessor | {"count": self.count, "type": kind})
        self.document["meshes"][0]["primitives"][0]["attributes"][name] = number
        self.plain_bytes += rows.nbytes
        self.blob += packed + b"\0" * (-len(packed) % 4)

    def finished(self) -> bytes:
        """The binary chunk; the fallback buffer has no bytes in the file."""
        self.document["buffers"] = [
            {"byteLength": len(self.blob)},
            {"byteLength": self.plain_bytes, "extensions": {MESHOPT: {"fallback": True}}},
        ]
        return bytes(self.blob)
