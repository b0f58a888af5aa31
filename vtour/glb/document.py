"""A glTF document while it grows: views and accessors, pictures, materials, nodes.

What is written is the shortest that says the same: values that glTF takes for granted are left
out. Nothing here compresses or quantises: arrays go into the file as they are given.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour import __version__
from vtour.glb.container import glb_from_parts
from vtour.glb.pictures import EXTENSIONS, Picture
from vtour.glb.scene import AlphaMode, Material, Scene, Texture, Wrap

GENERATOR = f"vtour {__version__}"
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
COMPONENT_TYPES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
WRAPS = {Wrap.clamp: 33071, Wrap.repeat: 10497, Wrap.mirror: 33648}
LINEAR, LINEAR_MIPMAP_LINEAR = 9729, 9987
RESTART = 65535  # the 16-bit index that would begin a new primitive

JsonObject = dict[str, Any]


@dataclass(eq=False)
class Document:
    """The parts of a glTF document in lists, and the binary chunk; ``glb`` puts them together."""

    name: str = "site"
    copyright: str | None = None
    blob: bytearray = field(default_factory=bytearray)
    views: list[JsonObject] = field(default_factory=list)
    accessors: list[JsonObject] = field(default_factory=list)
    meshes: list[JsonObject] = field(default_factory=list)
    nodes: list[JsonObject] = field(default_factory=list)
    materials: list[JsonObject] = field(default_factory=list)
    images: list[JsonObject] = field(default_factory=list)
    samplers: list[JsonObject] = field(default_factory=list)
    textures: list[JsonObject] = field(default_factory=list)
    extensions: JsonObject = field(default_factory=dict)
    asset_extensions: JsonObject = field(default_factory=dict)
    buffers: list[JsonObject] = field(default_factory=list)
    """After the first, which is the binary chunk."""
    used: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)

    def use(self, extension: str, *, required: bool = False) -> None:
        """Declare an extension."""
        for names in (self.used, self.required) if required else (self.used,):
            if extension not in names:
                names.append(extension)

    def add_bytes(self, data: bytes) -> int:
        """Append at a multiple of 4; returns the offset."""
        self.blob += b"\0" * (-len(self.blob) % 4)
        offset = len(self.blob)
        self.blob += data
        return offset

    def add_view(self, data: bytes, target: int | None = None, stride: int | None = None) -> int:
        """A buffer view of its own for these bytes; returns its index."""
        view: JsonObject = {"buffer": 0, "byteOffset": self.add_bytes(data)}
        view["byteLength"] = len(data)
        if stride:
            view["byteStride"] = stride
        if target:
            view["target"] = target
        self.views.append(view)
        return len(self.views) - 1

    def add_accessor(self, accessor: JsonObject) -> int:
        """Returns its index."""
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_vertices(self, values: NDArray[Any], *, bounds: bool = False) -> int:
        """An accessor of (n, k) values; integers narrower than 4 bytes get a padded stride."""
        rows = padded_rows(values)
        stride = rows.strides[0]
        narrow = stride != values.shape[1] * values.itemsize
        view = self.add_view(rows.tobytes(), ARRAY_BUFFER, stride if narrow else None)
        return self.add_accessor({"bufferView": view, **accessor_of(values, bounds=bounds)})

    def add_indices(self, faces: NDArray[np.unsignedinteger[Any]]) -> int:
        """An accessor of (m, 3) indices, of 16 bits when that is enough."""
        data = np.ascontiguousarray(faces, index_type(int(faces.max()) + 1))
        view = self.add_view(data.tobytes(), ELEMENT_ARRAY_BUFFER)
        return self.add_accessor({"bufferView": view, **accessor_of(data.reshape(-1, 1))})

    def add_materials(
        self, scene: Scene, pictures: dict[int, Picture], uv_transforms: list[JsonObject | None]
    ) -> None:
        """All materials of a scene with their textures.

        pictures      : encoded ones by ``texture_key``; the bytes come last in the file.
        uv_transforms : for each material what its textures need as KHR_texture_transform.
        """
        textures: dict[tuple[int, int], int] = {}
        places: dict[int, int] = {}
        for material, transform in zip(scene.materials, uv_transforms, strict=True):
            writer = _MaterialWriter(self, pictures, transform, textures, places)
            self.materials.append(writer.written(material))
        for key, index in places.items():
            self.images[index]["bufferView"] = self.add_view(pictures[key].data)

    def glb(self) -> bytes:
        """The file's bytes; same content, same bytes."""
        return glb_from_parts(self.to_json(), bytes(self.blob))

    def to_json(self) -> JsonObject:
        """The document; the first buffer is as long as the binary chunk is now."""
        asset: JsonObject = {"version": "2.0", "generator": GENERATOR}
        if self.copyright:
            asset["copyright"] = self.copyright
        if self.asset_extensions:
            asset["extensions"] = self.asset_extensions
        children = {child for node in self.nodes for child in node.get("children", [])}
        roots = [index for index in range(len(self.nodes)) if index not in children]
        document = {
            "asset": asset,
            "extensionsUsed": self.used,
            "extensionsRequired": self.required,
            "extensions": self.extensions,
            "scene": 0,
            "scenes": [{"name": self.name, "nodes": roots}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": self.materials,
            "textures": self.textures,
            "samplers": self.samplers,
            "images": self.images,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.blob)}, *self.buffers],
        }
        return {key: value for key, value in document.items() if value not in ([], {})}


def accessor_of(values: NDArray[Any], *, bounds: bool = False) -> JsonObject:
    """What an accessor says of (n, k) values: type, count and, where asked, bounds."""
    kind = np.dtype(values.dtype)
    accessor: JsonObject = {"componentType": COMPONENT_TYPES[kind.str[1:]]}
    accessor["count"], accessor["type"] = len(values), SHAPES[values.shape[1]]
    if bounds:
        accessor["min"] = values.min(axis=0).tolist()
        accessor["max"] = values.max(axis=0).tolist()
    return accessor


def padded_rows(values: NDArray[Any]) -> NDArray[Any]:
    """(n, k) values with zeros after each row, so that rows begin at multiples of 4 bytes."""
    columns, rest = values.shape[1], -values.shape[1] * values.itemsize % 4
    kind = values.dtype.newbyteorder("<")
    rows: NDArray[Any] = np.zeros((len(values), columns + rest // values.itemsize), kind)
    rows[:, :columns] = values
    return rows


def index_type(vertices: int) -> str:
    """The narrowest type for indices below ``vertices``."""
    return "<u2" if vertices <= RESTART else "<u4"


def texture_key(texture: Texture) -> int:
    """What two textures share when they show the same picture."""
    return id(texture.pixels)


@dataclass(frozen=True, eq=False)
class _MaterialWriter:
    document: Document
    pictures: dict[int, Picture]
    transform: JsonObject | None
    textures: dict[tuple[int, int], int]
    places: dict[int, int]

    def written(self, material: Material) -> JsonObject:
        surface: JsonObject = {}
        if material.base_colour != (1.0, 1.0, 1.0, 1.0):
            surface["baseColorFactor"] = [float(value) for value in material.base_colour]
        if material.base:
            surface["baseColorTexture"] = self._info(material.base)
        surface |= _without({"metallicFactor": material.metallic}, 1.0)
        surface |= _without({"roughnessFactor": material.roughness}, 1.0)
        lit = not material.unlit  # the rest is only for those
        if material.metallic_roughness and lit:
            surface["metallicRoughnessTexture"] = self._info(material.metallic_roughness)
        result: JsonObject = {"name": material.name} if material.name else {}
        result["pbrMetallicRoughness"] = surface
        if lit:
            result |= self._relief(material)
        if material.double_sided:
            result["doubleSided"] = True
        if material.alpha_mode is not AlphaMode.opaque:
            result["alphaMode"] = str(material.alpha_mode)
        if material.alpha_mode is AlphaMode.mask:
            result |= _without({"alphaCutoff": material.alpha_cutoff}, 0.5)
        if material.unlit:
            self.document.use("KHR_materials_unlit")
            result["extensions"] = {"KHR_materials_unlit": {}}
        return result

    def _relief(self, material: Material) -> JsonObject:
        """Normals, occlusion and emission: nothing of them matters to an unlit material."""
        result: JsonObject = {}
        if material.normal:
            scale = _without({"scale": material.normal_scale}, 1.0)
            result["normalTexture"] = {**self._info(material.normal), **scale}
        if material.occlusion:
            strength = _without({"strength": material.occlusion_strength}, 1.0)
            result["occlusionTexture"] = {**self._info(material.occlusion), **strength}
        if any(material.emissive):
            result["emissiveFactor"] = [float(value) for value in material.emissive]
            if material.emission:
                result["emissiveTexture"] = self._info(material.emission)
        return result

    def _info(self, texture: Texture) -> JsonObject:
        document, key = self.document, texture_key(texture)
        sampler = self._sampler(texture)
        if (key, sampler) not in self.textures:
            self.textures[key, sampler] = len(document.textures)
            document.textures.append(self._texture(key, sampler))
        info: JsonObject = {"index": self.textures[key, sampler]}
        if self.transform:
            document.use("KHR_texture_transform", required=True)
            info["extensions"] = {"KHR_texture_transform": self.transform}
        return info

    def _texture(self, key: int, sampler: int) -> JsonObject:
        document, mime_type = self.document, self.pictures[key].mime_type
        if key not in self.places:
            self.places[key] = len(document.images)
            document.images.append({"mimeType": mime_type})
        source = {"source": self.places[key]}
        extension = EXTENSIONS.get(mime_type)
        if extension is None:
            return {"sampler": sampler, **source}
        document.use(extension, required=True)
        return {"sampler": sampler, "extensions": {extension: source}}

    def _sampler(self, texture: Texture) -> int:
        along_u, along_v = texture.wrap
        sampler = {"magFilter": LINEAR, "minFilter": LINEAR_MIPMAP_LINEAR}
        sampler |= {"wrapS": WRAPS[along_u], "wrapT": WRAPS[along_v]}
        if sampler not in self.document.samplers:
            self.document.samplers.append(sampler)
        return self.document.samplers.index(sampler)


def _without(value: JsonObject, standard: float) -> JsonObject:
    """Nothing when the one value is what glTF takes for granted."""
    return {key: float(number) for key, number in value.items() if number != standard}
