"""Read a GLB into one textured mesh: our own files, and simple ones made elsewhere.

Everything in the file is taken as hostile: counts and offsets are checked against the binary
chunk before anything is allocated, and no URI is ever followed. ``vtour.models`` reads all the
rest with the same parts: materials, several textures, other files, compressed geometry.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import MAX_IMAGE_PIXELS
from vtour.frames import FloatArray, transform_points
from vtour.glb.accessors import BROKEN, GltfData, as_floats
from vtour.glb.container import parts_from_glb
from vtour.glb.mesh import Float32Array, TexturedMesh, UInt8Array
from vtour.glb.nodes import placed_nodes
from vtour.glb.read_pictures import data_uri_bytes, picture_pixels

READABLE_EXTENSIONS = {
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "EXT_texture_webp",
}
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
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{path.name}: its glTF is broken ({reason})") from None


class _Reader:
    def __init__(self, name: str, document: dict[str, Any], blob: bytes) -> None:
        self.name, self.document = name, document
        self.data = GltfData(name, document, [blob])
        unknown = set(document.get("extensionsRequired", [])) - READABLE_EXTENSIONS
        if unknown:
            raise InputError(f"{name}: needs {', '.join(sorted(unknown))}, expected a plain GLB")
        for buffer in document.get("buffers", []):
            if buffer.get("uri") is not None:
                found = str(buffer["uri"])[:60]
                raise InputError(f"{name}: buffer {found!r} lies outside, expected one file")

    def mesh(self) -> TexturedMesh:
        parts, vertices = [], 0
        for node, world_from_node in placed_nodes(self.data):
            if "mesh" not in node:
                continue
            for primitive in self.data.item("meshes", node["mesh"])["primitives"]:
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

    def _part(
        self, primitive: dict[str, Any], world_from_node: FloatArray
    ) -> tuple[TexturedMesh, int | None]:
        if primitive.get("mode", TRIANGLES) != TRIANGLES:
            raise InputError(f"{self.name}: drawing mode {primitive['mode']}, expected triangles")
        attributes = primitive["attributes"]
        positions = self._floats(attributes["POSITION"], 3)
        count = len(positions)
        normals = self._floats(attributes["NORMAL"], 3) if "NORMAL" in attributes else None
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

    def _floats(self, index: Any, width: int) -> Float32Array:
        values = self.data.raw(index, width)
        return as_floats(values, is_normalised=self.data.is_normalised(index))

    def _faces(self, primitive: dict[str, Any], count: int) -> NDArray[np.uint32]:
        if "indices" in primitive:
            indices = self.data.indices(primitive["indices"])
        else:
            indices = np.arange(count, dtype=np.uint32)
        if len(indices) == 0 or len(indices) % 3:
            raise InputError(f"{self.name}: {len(indices)} indices, expected three for each face")
        if int(indices.max()) >= count:
            raise InputError(f"{self.name}: index {int(indices.max())} of {count} vertices")
        return indices.reshape(-1, 3)

    def _base_colour(self, primitive: dict[str, Any]) -> dict[str, Any] | None:
        if "material" not in primitive:
            return None
        material = self.data.item("materials", primitive["material"])
        info: dict[str, Any] | None = material.get("pbrMetallicRoughness", {}).get(
            "baseColorTexture"
        )
        return info

    def _uvs(self, info: dict[str, Any], attributes: dict[str, int]) -> Float32Array:
        transform = info.get("extensions", {}).get("KHR_texture_transform", {})
        channel = transform.get("texCoord", info.get("texCoord", 0))
        uvs = self._floats(attributes[f"TEXCOORD_{int(channel)}"], 2)
        if transform.get("rotation", 0.0) != 0.0:
            raise InputError(f"{self.name}: a rotated texture, expected none or offset and scale")
        scale = np.array(transform.get("scale", [1, 1]), np.float64)
        offset = np.array(transform.get("offset", [0, 0]), np.float64)
        return (uvs * scale + offset).astype(np.float32)

    def _image_of_texture(self, index: int) -> int:
        texture = self.data.item("textures", index)
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        return int(webp["source"] if "source" in webp else texture["source"])

    def _picture(self, index: int) -> UInt8Array:
        image = self.data.item("images", index)
        if "bufferView" in image:
            data: bytes | memoryview = self.data.view(image["bufferView"])
        else:
            data = data_uri_bytes(str(image["uri"]), "image/", self.name, "picture")
        pixels = picture_pixels(data, self.name, max_pixels=MAX_IMAGE_PIXELS)
        return np.ascontiguousarray(pixels[..., :3])


def _turned_normals(
    world_from_node: FloatArray, normals: Float32Array | None
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
