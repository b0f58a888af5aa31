"""Read a GLB into one textured mesh: our own files, and simple ones made elsewhere.

Everything in the file is taken as hostile: counts and offsets are checked against the binary
chunk before anything is allocated, and no URI is ever followed.
"""

import base64
import binascii
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.errors import InputError
from vtour.files import MAX_IMAGE_PIXELS
from vtour.frames import transform_points
from vtour.glb.container import parts_from_glb
from vtour.glb.mesh import Float32Array, TexturedMesh, UInt8Array

READABLE_EXTENSIONS = {
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "EXT_texture_webp",
}
COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
MAX_NODES = 10_000
MAX_VERTICES = 100_000_000
TRIANGLES = 4


def read_glb(path: Path) -> TexturedMesh:
    """Read all triangles of the default scene, in world coordinates, with their one texture.

    Raises InputError, naming what was found, for a broken or truncated file, for pictures
    outside the file, compressed geometry, several different textures, and non-triangles.
    """
    document, blob = parts_from_glb(path)
    try:
        return _Reader(path.name, document, blob).mesh()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{path.name}: its glTF is broken ({reason})") from None


class _Reader:
    def __init__(self, name: str, document: dict[str, Any], blob: bytes) -> None:
        self.name, self.document, self.blob = name, document, blob
        unknown = set(document.get("extensionsRequired", [])) - READABLE_EXTENSIONS
        if unknown:
            raise InputError(f"{name}: needs {', '.join(sorted(unknown))}, expected a plain GLB")
        for buffer in document.get("buffers", []):
            if buffer.get("uri") is not None:
                found = str(buffer["uri"])[:60]
                raise InputError(f"{name}: buffer {found!r} lies outside, expected one file")

    def mesh(self) -> TexturedMesh:
        parts, vertices = [], 0
        for mesh, world_from_node in self._placed_meshes():
            for primitive in self.document["meshes"][mesh]["primitives"]:
                parts.append(self._part(primitive, world_from_node))
                vertices += len(parts[-1][0].positions)
                if vertices > MAX_VERTICES:  # one mesh may be placed by many nodes
                    raise InputError(f"{self.name}: more than {MAX_VERTICES:,} vertices in all")
        if not parts:
            raise InputError(f"{self.name}: no triangles, expected a mesh in its scene")
        textures = {texture for _, texture in parts}
        if len(textures) > 1:
            raise InputError(f"{self.name}: {len(textures)} textures, expected one for all faces")
        meshes = [mesh for mesh, _ in parts]
        joined = meshes[0] if len(meshes) == 1 else _joined(meshes)
        texture = textures.pop()
        pixels = None if texture is None else self._picture(texture)
        return TexturedMesh(joined.positions, joined.normals, joined.uvs, joined.faces, pixels)

    def _placed_meshes(self) -> list[tuple[int, NDArray[np.float64]]]:
        """Every mesh of the default scene with world_from_node, nodes in file order."""
        nodes = self.document.get("nodes", [])
        scenes = self.document.get("scenes", [{"nodes": list(range(len(nodes)))}])
        scene = scenes[self.document.get("scene", 0)]
        waiting = [(index, np.eye(4)) for index in reversed(scene.get("nodes", []))]
        placed, seen = [], 0
        while waiting:
            index, world_from_parent = waiting.pop()
            seen += 1
            if seen > MAX_NODES or index < 0:
                raise InputError(f"{self.name}: nodes in a circle, or more than {MAX_NODES:,}")
            node = nodes[index]
            world_from_node = world_from_parent @ _parent_from_node(node)
            if "mesh" in node:
                placed.append((node["mesh"], world_from_node))
            waiting += [(child, world_from_node) for child in reversed(node.get("children", []))]
        return placed

    def _part(
        self, primitive: dict[str, Any], world_from_node: NDArray[np.float64]
    ) -> tuple[TexturedMesh, int | None]:
        if primitive.get("mode", TRIANGLES) != TRIANGLES:
            raise InputError(f"{self.name}: drawing mode {primitive['mode']}, expected triangles")
        attributes = primitive["attributes"]
        positions = self._accessor(attributes["POSITION"], 3)
        count = len(positions)
        normals = self._accessor(attributes["NORMAL"], 3) if "NORMAL" in attributes else None
        faces = self._faces(primitive, count)
        info = self._base_colour(primitive)
        uvs = np.zeros((count, 2), np.float32)
        if info is not None:
            uvs = self._uvs(info, attributes)
        for what, values in (("normals", normals), ("texture coordinates", uvs)):
            if values is not None and len(values) != count:
                raise InputError(f"{self.name}: {len(values)} {what}, expected {count}")
        if not (np.isfinite(positions).all() and np.isfinite(uvs).all()):
            raise InputError(f"{self.name}: coordinates that are not finite, expected numbers")
        if np.linalg.det(world_from_node[:3, :3]) < 0:
            faces = faces[:, ::-1]
        return (
            TexturedMesh(
                transform_points(world_from_node, positions).astype(np.float32),
                _turned_normals(world_from_node, normals),
                uvs,
                np.ascontiguousarray(faces, np.uint32),
                None,
            ),
            None if info is None else self._image_of_texture(info["index"]),
        )

    def _faces(self, primitive: dict[str, Any], count: int) -> NDArray[np.uint32]:
        if "indices" in primitive:
            indices = self._accessor(primitive["indices"], 1, normalise=False).reshape(-1)
        else:
            indices = np.arange(count, dtype=np.uint32)
        if len(indices) == 0 or len(indices) % 3:
            raise InputError(f"{self.name}: {len(indices)} indices, expected three for each face")
        if int(indices.max()) >= count:
            raise InputError(f"{self.name}: index {int(indices.max())} of {count} vertices")
        return indices.astype(np.uint32).reshape(-1, 3)

    def _base_colour(self, primitive: dict[str, Any]) -> dict[str, Any] | None:
        if "material" not in primitive:
            return None
        material = self.document["materials"][primitive["material"]]
        info: dict[str, Any] | None = material.get("pbrMetallicRoughness", {}).get(
            "baseColorTexture"
        )
        return info

    def _uvs(self, info: dict[str, Any], attributes: dict[str, int]) -> Float32Array:
        transform = info.get("extensions", {}).get("KHR_texture_transform", {})
        channel = transform.get("texCoord", info.get("texCoord", 0))
        uvs = self._accessor(attributes[f"TEXCOORD_{int(channel)}"], 2)
        if transform.get("rotation", 0.0) != 0.0:
            raise InputError(f"{self.name}: a rotated texture, expected none or offset and scale")
        scale = np.array(transform.get("scale", [1, 1]), np.float64)
        offset = np.array(transform.get("offset", [0, 0]), np.float64)
        return (uvs * scale + offset).astype(np.float32)

    def _image_of_texture(self, index: int) -> int:
        texture = self.document["textures"][index]
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        return int(webp["source"] if "source" in webp else texture["source"])

    def _picture(self, index: int) -> UInt8Array:
        image = self.document["images"][index]
        data = self._view(image["bufferView"]) if "bufferView" in image else self._data_uri(image)
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MAX_IMAGE_PIXELS:
                    size = f"{picture.width} x {picture.height} px"
                    raise InputError(f"{self.name}: texture of {size}, expected far fewer")
                return np.asarray(picture.convert("RGB"))
        except (OSError, ValueError, SyntaxError) as error:
            raise InputError(f"{self.name}: its texture is damaged ({error})") from None

    def _data_uri(self, image: dict[str, Any]) -> bytes:
        uri = str(image["uri"])
        head, _, text = uri.partition(",")
        if not head.startswith("data:image/") or not head.endswith(";base64"):
            raise InputError(f"{self.name}: picture {uri[:60]!r} lies outside, expected it inside")
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise InputError(f"{self.name}: a picture's base64 text is damaged") from None

    def _view(self, index: int) -> bytes:
        view = self.document["bufferViews"][index]
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if view.get("buffer") != 0 or start < 0 or length < 0 or start + length > len(self.blob):
            found = f"buffer view {index} of {length:,} bytes at {start:,}"
            raise InputError(f"{self.name}: {found}, expected within {len(self.blob):,} bytes")
        return self.blob[start : start + length]

    def _accessor(self, index: int, width: int, *, normalise: bool = True) -> NDArray[Any]:
        """Values of an accessor as (count, width) float32, or as stored without normalise."""
        accessor = self.document["accessors"][index]
        if "sparse" in accessor or "bufferView" not in accessor:
            raise InputError(f"{self.name}: accessor {index} is sparse, expected a plain one")
        if WIDTHS.get(accessor["type"]) != width:
            raise InputError(f"{self.name}: accessor {index} is {accessor['type']}, not {width}-D")
        kind, count = np.dtype(COMPONENTS[accessor["componentType"]]), int(accessor["count"])
        data = self._view(accessor["bufferView"])
        row = kind.itemsize * width
        view = self.document["bufferViews"][accessor["bufferView"]]
        start, stride = int(accessor.get("byteOffset", 0)), int(view.get("byteStride", row))
        if count < 1 or start < 0 or stride < row or start + stride * (count - 1) + row > len(data):
            found = f"accessor {index} of {count:,} elements"
            raise InputError(f"{self.name}: {found}, expected within {len(data):,} bytes")
        values: NDArray[Any] = np.ndarray(
            (count, width), kind, data, start, (stride, kind.itemsize)
        )
        if not normalise:
            return values
        if not accessor.get("normalized"):
            return values.astype(np.float32)
        unit: Float32Array = values.astype(np.float32) / np.float32(np.iinfo(kind).max)
        return np.maximum(unit, -1)


def _parent_from_node(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = (float(value) for value in node.get("rotation", [0, 0, 0, 1]))
    rotation = np.array(  # of a unit quaternion; Diebel 2006, eq. 125
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", [1, 1, 1]), np.float64)
    matrix[:3, 3] = node.get("translation", [0, 0, 0])
    return matrix


def _turned_normals(
    world_from_node: NDArray[np.float64], normals: Float32Array | None
) -> Float32Array | None:
    if normals is None:
        return None
    turned = normals @ np.linalg.inv(world_from_node[:3, :3])  # inverse transpose, on rows
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    return (turned / np.where(length > 0, length, 1)).astype(np.float32)


def _joined(meshes: list[TexturedMesh]) -> TexturedMesh:
    starts = np.cumsum([0] + [len(mesh.positions) for mesh in meshes[:-1]])
    normals = [mesh.normals for mesh in meshes if mesh.normals is not None]
    return TexturedMesh(
        np.concatenate([mesh.positions for mesh in meshes]),
        np.concatenate(normals) if len(normals) == len(meshes) else None,
        np.concatenate([mesh.uvs for mesh in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=True)]).astype(
            np.uint32
        ),
        None,
    )
