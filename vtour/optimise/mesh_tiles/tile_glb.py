"""One mesh tile as GLB: places of the site's grid, WebP textures, compressed with meshopt.

The node's translation and scale make metres of places; both are exact (see ``patches``). Places
take 16 bits where the tile is no wider than that. A wider one (near the root of a very detailed
site) has them as float32: those on its borders in full, for they must fit the tiles beside it,
the others rounded to 16 bits of the tile's width, so that their last bytes are nought. The root
has nothing beside it, and is rounded.

``vtour.optimise.writing.write_web`` writes a mesh on a grid of its own and starts a process for
each; here one grid goes through all tiles, and one process through many.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.glb.container import glb_from_parts
from vtour.glb.document import GENERATOR
from vtour.glb.meshopt import encode_attributes
from vtour.glb.scene import AlphaMode, Material
from vtour.optimise.mesh_tiles.patches import Patch, Picture
from vtour.optimise.mesh_tiles.site import Grid, Kind
from vtour.optimise.mesh_tiles.worker import UNUSED, TileWorkers

MESHOPT = "EXT_meshopt_compression"
QUANTIZATION = "KHR_mesh_quantization"
UNLIT = "KHR_materials_unlit"
WEBP = "EXT_texture_webp"
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5123, 5125, 5126
LINEAR, LINEAR_MIPMAP_LINEAR, CLAMP_TO_EDGE = 9729, 9987, 33071
PLACE_BITS, UV_BITS = 16, 14
MOST_PLACE = 2**PLACE_BITS - 1
DATA_QUALITY = 92
"""WebP quality of textures that hold no colour."""

Values = dict[str, Any]


def tile_glb(
    patches: Sequence[Patch],
    locked: Sequence[NDArray[np.bool_]],
    kinds: Sequence[Kind],
    grid: Grid,
    quality: int,
    workers: TileWorkers,
    copyright: str | None = None,
) -> bytes:
    """The bytes of a tile; patches with uvs have one picture each.

    locked  : for each patch, (n,) vertices on the tile's borders.
    quality : of WebP pictures, 1 to 100.
    """
    file = _File(copyright)
    low = np.min([patch.places.min(axis=0) for patch in patches], axis=0)
    high = np.max([patch.places.max(axis=0) for patch in patches], axis=0)
    coarse = 0
    while int((high - low).max()) >> coarse > MOST_PLACE:
        coarse += 1
    is_alone = not any(rows.any() for rows in locked)
    unit = 2**coarse if is_alone else 1
    file.document["nodes"][0] |= {
        "translation": [float(v) for v in (grid.origin + low) * grid.step],
        "scale": [grid.step * unit] * 3,
    }
    for patch, stays in zip(patches, locked, strict=True):
        places = patch.places - low
        if coarse:
            rounded = np.rint(places / 2**coarse).astype(np.int32) * 2**coarse
            places = np.where(stays[:, None], places, rounded) // unit
        file.add(patch, places, workers, wide=bool(coarse) and not is_alone)
        file.add_material(kinds[patch.kind], patch.pictures, quality)
    return file.finished()


class _File:
    """A document and its binary chunk while patches are added."""

    def __init__(self, copyright: str | None) -> None:
        asset: Values = {"version": "2.0", "generator": GENERATOR}
        if copyright:
            asset["copyright"] = copyright
        self.document: Values = {
            "asset": asset, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": []}], "materials": [], "accessors": [], "bufferViews": [],
        }  # fmt: skip
        self.extensions = {QUANTIZATION, MESHOPT}
        self.required = {QUANTIZATION, MESHOPT}
        self.blob = bytearray()
        self.plain = 0

    def add(
        self, patch: Patch, places: NDArray[np.int32], workers: TileWorkers, *, wide: bool
    ) -> None:
        """One primitive; its material is the next."""
        encoded = workers.encode(patch.faces, len(places))
        rows = np.flatnonzero(encoded.place != UNUSED)
        order = np.empty(encoded.count, np.int64)
        order[encoded.place[rows]] = rows
        kind, stride = (FLOAT, "<f4") if wide else (UNSIGNED_SHORT, "<u2")
        stored = _padded(places[order].astype(stride), 3 if wide else 4)
        bounds = {
            name: [int(v) if not wide else float(v) for v in of(places[order], 0)]
            for name, of in (("min", np.min), ("max", np.max))
        }
        attributes = {"POSITION": self._attribute(stored, "VEC3", kind, **bounds)}
        if patch.normals is not None:
            values = np.rint(patch.normals[order] * 127).astype("i1")
            attributes["NORMAL"] = self._attribute(
                _padded(values, 4), "VEC3", BYTE, normalized=True
            )
        if patch.tangents is not None:
            values = np.rint(patch.tangents[order] * 127).astype("i1")
            attributes["TANGENT"] = self._attribute(values, "VEC4", BYTE, normalized=True)
        if patch.uvs is not None:
            attributes["TEXCOORD_0"] = self._attribute(
                quantised_uvs(patch.uvs[order]), "VEC2", UNSIGNED_SHORT, normalized=True
            )
        if patch.colours is not None:
            values = np.rint(np.clip(patch.colours[order], 0, 1) * MOST_PLACE).astype("<u2")
            attributes["COLOR_0"] = self._attribute(values, "VEC4", UNSIGNED_SHORT, normalized=True)
        view = self._view(
            encoded.data, patch.faces.size, encoded.index_bytes, "TRIANGLES",
            target=ELEMENT_ARRAY_BUFFER,
        )  # fmt: skip
        indices = self._accessor(
            view, UNSIGNED_SHORT if encoded.index_bytes == 2 else UNSIGNED_INT, patch.faces.size,
            "SCALAR",
        )  # fmt: skip
        material = len(self.document["materials"])
        primitive = {"attributes": attributes, "indices": indices, "material": material}
        self.document["meshes"][0]["primitives"].append(primitive)

    def _attribute(
        self, rows: NDArray[Any], shape: str, component: int, **more: Any
    ) -> int:  # fmt: skip
        stride = rows.itemsize * rows.shape[1]
        view = self._view(
            encode_attributes(rows), len(rows), stride, "ATTRIBUTES",
            target=ARRAY_BUFFER, byteStride=stride,
        )  # fmt: skip
        return self._accessor(view, component, len(rows), shape, **more)

    def _accessor(self, view: int, component: int, count: int, shape: str, **more: Any) -> int:
        value = {"bufferView": view, "componentType": component, "count": count, "type": shape}
        self.document["accessors"].append(value | more)
        return len(self.document["accessors"]) - 1

    def _view(self, data: bytes, count: int, stride: int, mode: str, **more: Any) -> int:
        size = count * stride
        packed = {
            "buffer": 0, "byteOffset": self._append(data), "byteLength": len(data),
            "byteStride": stride, "count": count, "mode": mode,
        }  # fmt: skip
        view = {"buffer": 1, "byteOffset": self.plain, "byteLength": size, **more}
        self.document["bufferViews"].append(view | {"extensions": {MESHOPT: packed}})
        self.plain += (size + 3) & ~3
        return len(self.document["bufferViews"]) - 1

    def _append(self, data: bytes) -> int:
        self.blob += b"\0" * (-len(self.blob) % 4)
        offset = len(self.blob)
        self.blob += data
        return offset

    def add_material(self, kind: Kind, pictures: Sequence[Picture], quality: int) -> None:
        """The material of the last primitive."""
        textures = {}
        for slot in kind.slots if pictures else ():
            is_colour = slot in ("base", "emission")
            textures[slot] = self._texture(
                webp(pictures[0].slots[slot], quality if is_colour else DATA_QUALITY)
            )
        value, extensions = material_json(kind.material, textures)
        self.document["materials"].append(value)
        self.extensions |= extensions

    def _texture(self, data: bytes) -> int:
        """An image and a texture of it; all share one sampler."""
        document = self.document
        self.extensions.add(WEBP)
        self.required.add(WEBP)
        view = {"buffer": 0, "byteOffset": self._append(data), "byteLength": len(data)}
        document["bufferViews"].append(view)
        images = document.setdefault("images", [])
        images.append({"bufferView": len(document["bufferViews"]) - 1, "mimeType": "image/webp"})
        document["samplers"] = [
            {
                "magFilter": LINEAR, "minFilter": LINEAR_MIPMAP_LINEAR,
                "wrapS": CLAMP_TO_EDGE, "wrapT": CLAMP_TO_EDGE,
            }
        ]  # fmt: skip
        textures = document.setdefault("textures", [])
        textures.append({"sampler": 0, "extensions": {WEBP: {"source": len(images) - 1}}})
        return len(textures) - 1

    def finished(self) -> bytes:
        """The bytes of the GLB."""
        document = self.document
        document["buffers"] = [
            {"byteLength": len(self.blob)},
            {"byteLength": self.plain, "extensions": {MESHOPT: {"fallback": True}}},
        ]
        document["extensionsUsed"] = sorted(self.extensions)
        document["extensionsRequired"] = sorted(self.required)
        return glb_from_parts(document, bytes(self.blob))


def _padded(rows: NDArray[Any], width: int) -> NDArray[Any]:
    """Rows with zeros behind, so that each begins at a multiple of 4 bytes."""
    found = np.zeros((len(rows), width), rows.dtype)
    found[:, : rows.shape[1]] = rows
    return found


def quantised_uvs(uvs: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Normalised 16-bit coordinates on a grid of UV_BITS bits: fewer bits compress better."""
    step = 1 << (16 - UV_BITS)
    grid = np.rint(np.clip(uvs, 0, 1).astype(np.float64) * (MOST_PLACE / step)) * step
    result: NDArray[np.uint16] = np.minimum(grid, MOST_PLACE).astype("<u2")
    return result


def webp(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """A picture (h, w, 3 or 4) as WebP."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()


def material_json(material: Material, textures: dict[str, int]) -> tuple[Values, set[str]]:
    """A material as glTF has it, and the extensions it uses.

    textures : index of the texture of each slot.
    """
    surface: Values = {"metallicFactor": material.metallic, "roughnessFactor": material.roughness}
    if material.base_colour != (1, 1, 1, 1):
        surface["baseColorFactor"] = list(material.base_colour)
    if "base" in textures:
        surface["baseColorTexture"] = {"index": textures["base"]}
    if "metallic_roughness" in textures:
        surface["metallicRoughnessTexture"] = {"index": textures["metallic_roughness"]}
    value: Values = {"pbrMetallicRoughness": surface}
    if material.name:
        value["name"] = material.name
    if "normal" in textures:
        value["normalTexture"] = {"index": textures["normal"], "scale": material.normal_scale}
    if "occlusion" in textures:
        strength = material.occlusion_strength
        value["occlusionTexture"] = {"index": textures["occlusion"], "strength": strength}
    if "emission" in textures:
        value["emissiveTexture"] = {"index": textures["emission"]}
    if material.emissive != (0, 0, 0):
        value["emissiveFactor"] = list(material.emissive)
    if material.alpha_mode is not AlphaMode.opaque:
        value["alphaMode"] = material.alpha_mode.value
    if material.alpha_mode is AlphaMode.mask:
        value["alphaCutoff"] = material.alpha_cutoff
    if material.double_sided:
        value["doubleSided"] = True
    if material.unlit:
        value["extensions"] = {UNLIT: {}}
    return value, {UNLIT} if material.unlit else set()
