"""The geometry of a scene, quantised and compressed; its pictures come later.

A search for the best picture quality writes many files: what does not depend on the pictures is
made once, here, and ``write_web`` joins the two.
"""

import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.glb.document import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    Document,
    JsonObject,
    accessor_of,
    padded_rows,
)
from vtour.glb.mesh import Float32Array
from vtour.glb.scene import Material, Part, Scene
from vtour.glb.write import add_nodes, add_part, check_scene
from vtour.optimise.writing.meshopt import Stream, StreamMode, pack_streams
from vtour.optimise.writing.quantise import (
    GeometryBits,
    grid_of,
    on_grid,
    quantise_colours,
    quantise_directions,
    quantise_tangents,
    quantise_uvs,
    welded,
)

UV_SLACK = 1e-3  # of a texture's edge: rounding, not a picture that repeats
MOST_REPEATS = 16  # 16-bit coordinates over more of them would be coarser than a pixel of 4096


class Compression(StrEnum):
    """How the geometry is packed."""

    meshopt = "meshopt"
    khr_meshopt = "khr_meshopt"
    draco = "draco"
    none = "none"


MESHOPT = {
    Compression.meshopt: ("EXT_meshopt_compression", 0),
    Compression.khr_meshopt: ("KHR_meshopt_compression", 1),
}
"""The extension, and the version of its vertex codec."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """A document that lacks its materials, and what these need to fit.

    uv_transforms : for each material, KHR_texture_transform or None.
    faces         : how many were written; those that quantising flattened are not.
    """

    document: Document
    uv_transforms: list[JsonObject | None]
    faces: int

    def copy(self) -> Document:
        """The document to go on with."""
        return copy.deepcopy(self.document)


@dataclass(frozen=True, eq=False)
class Columns:
    """A part as it will be stored: attributes by name, the position first, (n, k) each."""

    part: Part
    values: dict[str, NDArray[Any]]
    faces: NDArray[np.uint32]


def pack_geometry(
    scene: Scene, compression: Compression, bits: GeometryBits, *, name: str = "site"
) -> Geometry:
    """Quantise and compress all parts.

    Attributes that the part's material does not look at are left out: normals where it is unlit,
    tangents where it has no normal map, texture coordinates where it has no texture, colours that
    are all white.

    Raises InputError for a scene that is not whole, ResourceError when Node, which compresses with
    meshopt, or its packages are missing.
    """
    check_scene(scene)
    if compression is Compression.draco:
        return _packed_by_draco(scene, bits, name)
    document = Document(name, scene.copyright)
    document.use("KHR_mesh_quantization", required=True)
    ranges = _uv_ranges(scene)
    grid = grid_of(*scene.bounds, bits.position)
    every = [_quantised(seen(p, scene), ranges[p.material], grid, bits) for p in scene.parts]
    columns = [each for each in every if len(each.faces)]
    if not columns:
        raise InputError("mesh: all its faces are lines or points, expected some with an area")
    if compression is Compression.none:
        _add_plain(document, columns)
    else:
        _add_meshopt(document, columns, *MESHOPT[compression])
    add_nodes(document, [each.part for each in columns], *grid)
    transforms = [None if span is None else _transform(span) for span in ranges]
    return Geometry(document, transforms, sum(len(each.faces) for each in columns))


def _packed_by_draco(scene: Scene, bits: GeometryBits, name: str) -> Geometry:
    from vtour.optimise.writing.draco import pack_with_draco

    document = Document(name, scene.copyright)
    faces = pack_with_draco(document, [seen(part, scene) for part in scene.parts], bits)
    return Geometry(document, [None] * len(scene.materials), faces)


def seen(part: Part, scene: Scene) -> Part:
    """The part without the attributes that its material does not look at."""
    material = scene.materials[part.material]
    lit = not material.unlit
    textured = bool(_textures(material))
    colours = part.colours
    if colours is not None and (colours >= 1).all():
        colours = None
    return Part(
        part.positions,
        part.faces,
        part.material,
        normals=part.normals if lit else None,
        tangents=part.tangents if lit and material.normal and part.normals is not None else None,
        uvs=part.uvs if textured else None,
        colours=colours,
        name=part.name,
    )


def _textures(material: Material) -> list[Any]:
    if material.unlit:
        return [material.base] if material.base else []
    return material.textures


UvRange = tuple[NDArray[np.float64], float]
"""Least u and v, and the extent of the larger of both."""


def _uv_ranges(scene: Scene) -> list[UvRange | None]:
    """Where the texture coordinates of each material lie when not in 0 to 1; None when they do.

    An extent of more than MOST_REPEATS means that they stay floats.
    """
    found: list[list[Float32Array]] = [[] for _ in scene.materials]
    for part in scene.parts:
        if part.uvs is not None and _textures(scene.materials[part.material]):
            found[part.material].append(np.nan_to_num(part.uvs))
    return [_uv_range(uvs) if uvs else None for uvs in found]


def _uv_range(every: list[Float32Array]) -> UvRange | None:
    low = np.min([uvs.min(axis=0) for uvs in every], axis=0).astype(np.float64)
    high = np.max([uvs.max(axis=0) for uvs in every], axis=0).astype(np.float64)
    if low.min() >= -UV_SLACK and high.max() <= 1 + UV_SLACK:
        return None
    return low, float((high - low).max())


def _transform(span: UvRange) -> JsonObject | None:
    low, extent = span
    if extent > MOST_REPEATS:
        return None
    return {"offset": low.tolist(), "scale": [extent or 1.0] * 2}


def _quantised(
    part: Part, span: UvRange | None, grid: tuple[list[float], float], bits: GeometryBits
) -> Columns:
    values: dict[str, NDArray[Any]] = {"POSITION": on_grid(part.positions, *grid)}
    if part.normals is not None:
        values["NORMAL"] = quantise_directions(part.normals, bits.normal)
    if part.tangents is not None:
        values["TANGENT"] = quantise_tangents(part.tangents)
    if part.uvs is not None:
        values["TEXCOORD_0"] = _uvs(part.uvs, span, bits.uv)
    if part.colours is not None:
        values["COLOR_0"] = quantise_colours(part.colours)
    columns, faces = welded(list(values.values()), part.faces)
    return Columns(part, dict(zip(values, columns, strict=True)), faces)


def _uvs(uvs: Float32Array, span: UvRange | None, bits: int) -> NDArray[Any]:
    finite = np.nan_to_num(uvs)
    if span is None:
        return quantise_uvs(finite, bits)
    low, extent = span
    if extent > MOST_REPEATS:
        return finite.astype("<f4")
    finest = min(16, bits + int(np.ceil(np.log2(max(extent, 1)))))
    return quantise_uvs(((finite - low) / (extent or 1.0)).astype(np.float32), finest)


def _add_plain(document: Document, columns: list[Columns]) -> None:
    for each in columns:
        attributes = {}
        for name, values in each.values.items():
            rows = padded_rows(values)
            view = document.add_view(rows.tobytes(), ARRAY_BUFFER, rows.strides[0])
            attributes[name] = document.add_accessor(_accessor(name, values, view))
        add_part(document, each.part, attributes, document.add_indices(each.faces))


def _accessor(name: str, values: NDArray[Any], view: int) -> JsonObject:
    accessor = {"bufferView": view, **accessor_of(values, bounds=name == "POSITION")}
    if name != "POSITION" and values.dtype.kind != "f":
        accessor["normalized"] = True
    return accessor


def _add_meshopt(document: Document, columns: list[Columns], extension: str, version: int) -> None:
    """Views whose bytes are compressed; the plain ones' sizes are those of a buffer without bytes.

    Source: EXT_meshopt_compression, "Fallback buffers".
    """
    document.use(extension, required=True)
    streams: list[Stream] = []
    meshes = [_add_streams(streams, each) for each in columns]
    packed = pack_streams(streams, meshes, version)
    plain = 0

    def add_view(stream: int, **more: int) -> int:
        nonlocal plain
        own = packed[stream]
        document.views.append(own.view(document.add_bytes(own.data), plain, extension) | more)
        plain += own.plain + 3 & ~3
        return len(document.views) - 1

    for each, (indices, attributes) in zip(columns, meshes, strict=True):
        names = {}
        for stream, (name, values) in zip(attributes, each.values.items(), strict=True):
            view = add_view(stream, byteStride=packed[stream].stride, target=ARRAY_BUFFER)
            accessor = _accessor(name, values, view) | {"count": packed[stream].count}
            names[name] = document.add_accessor(accessor)
        corners = each.faces.reshape(-1, 1).astype(f"<u{packed[indices].stride}")
        view = add_view(indices, target=ELEMENT_ARRAY_BUFFER)
        faces = document.add_accessor({"bufferView": view, **accessor_of(corners)})
        add_part(document, each.part, names, faces)
    document.buffers.append({"byteLength": plain, "extensions": {extension: {"fallback": True}}})


def _add_streams(streams: list[Stream], columns: Columns) -> tuple[int, list[int]]:
    """The stream of a part's indices, and those of its attributes."""
    first = len(streams)
    for values in columns.values.values():
        rows = padded_rows(values)
        streams.append(Stream(StreamMode.attributes, rows.strides[0], rows.tobytes()))
    faces = np.ascontiguousarray(columns.faces, "<u4")
    streams.append(Stream(StreamMode.triangles, 4, faces.tobytes()))
    last = len(streams) - 1
    return last, list(range(first, last))
