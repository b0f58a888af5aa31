"""Geometry by Draco, as KHR_draco_mesh_compression stores it, and its plain twin.

Draco quantises by itself: what a reader gets are floats. Tangents are left out: DracoPy would
store them as plain floats, and a reader that needs them makes them (glTF 2.0, section 3.7.2.1).
"""

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
    index_type,
)
from vtour.glb.scene import Part, Scene
from vtour.glb.write import add_nodes, add_part, unit_vectors
from vtour.optimise.writing.quantise import GeometryBits, quantise_colours

EXTENSION = "KHR_draco_mesh_compression"
LEVEL = 10
KINDS = {0: "POSITION", 1: "NORMAL", 2: "COLOR_0", 3: "TEXCOORD_0"}
"""draco::GeometryAttribute::Type to glTF's names."""


def pack_with_draco(document: Document, parts: list[Part], bits: GeometryBits) -> int:
    """Add a mesh and a node for each part; returns how many faces there are.

    Positions share one grid, so that parts which meet still do.
    """
    document.use(EXTENSION, required=True)
    low, high = Scene(parts, []).bounds
    faces = 0
    for part in parts:
        data = encode_part(part, low, float((high - low).max()), bits)
        mesh = decoded(data)
        attributes, numbers = {}, {}
        for name, (number, values) in attributes_of(mesh).items():
            accessor = accessor_of(values, bounds=name == "POSITION")
            if values.dtype == np.uint8:
                accessor["normalized"] = True
            attributes[name] = document.add_accessor(accessor)
            numbers[name] = number
        corners = np.asarray(mesh.faces, "<u4")
        kind = index_type(len(mesh.points))
        indices = document.add_accessor(accessor_of(corners.reshape(-1, 1).astype(kind)))
        view = document.add_view(data)
        extension = {EXTENSION: {"bufferView": view, "attributes": numbers}}
        add_part(document, part, attributes, indices, extension)
        faces += len(corners)
    add_nodes(document, parts)
    return faces


def encode_part(part: Part, low: NDArray[np.float32], extent: float, bits: GeometryBits) -> bytes:
    """The Draco bytes of one part."""
    import DracoPy

    optional: dict[str, Any] = {}
    if part.normals is not None:
        optional["normals"] = unit_vectors(part.normals).astype(np.float64)
        optional["normal_quantization_bits"] = bits.normal
    if part.uvs is not None:
        optional["tex_coord"] = np.nan_to_num(part.uvs).astype(np.float64)
        optional["tex_coord_quantization_bits"] = bits.uv
    if part.colours is not None:
        optional["colors"] = quantise_colours(part.colours)
    data: bytes = DracoPy.encode(
        np.ascontiguousarray(part.positions, np.float32),
        np.ascontiguousarray(part.faces, np.uint32),
        quantization_bits=bits.position,
        compression_level=LEVEL,
        quantization_range=extent if extent > 0 else 1.0,
        quantization_origin=[float(value) for value in low],
        **optional,
    )
    return data


def decoded(data: bytes) -> Any:
    """A DracoPy mesh. Raises InputError for bytes that are none."""
    import DracoPy

    try:
        return DracoPy.decode(data)
    except (ValueError, TypeError, RuntimeError, DracoPy.FileTypeException) as error:
        raise InputError(f"its Draco geometry cannot be decoded ({error})") from None


def attributes_of(mesh: Any) -> dict[str, tuple[int, NDArray[Any]]]:
    """Name, number in the Draco bytes and values (n, k) of each attribute."""
    found = {}
    for attribute in mesh.attributes:
        name = KINDS.get(attribute["attribute_type"])
        if name:
            values = np.asarray(attribute["data"])
            kind = np.uint8 if values.dtype == np.uint8 else np.float32
            found[name] = (int(attribute["unique_id"]), values.astype(kind))
    return found


def plain_twin(document: JsonObject, blob: bytes) -> tuple[JsonObject, bytes]:
    """The document and binary chunk with every Draco mesh decoded; the document is changed.

    Raises InputError when the bytes are no Draco, or do not hold what the document says.
    """
    out = bytearray(blob)
    for mesh in document.get("meshes", []):
        for primitive in mesh["primitives"]:
            packed = primitive.get("extensions", {}).pop(EXTENSION, None)
            if packed:
                _expand(document, out, primitive, packed)
            if primitive.get("extensions") == {}:
                del primitive["extensions"]
    for names in ("extensionsUsed", "extensionsRequired"):
        document[names] = [name for name in document.get(names, []) if name != EXTENSION]
        if not document[names]:
            del document[names]
    document["buffers"][0]["byteLength"] = len(out)
    return document, bytes(out)


def _expand(
    document: JsonObject, out: bytearray, primitive: JsonObject, packed: JsonObject
) -> None:
    view = document["bufferViews"][packed["bufferView"]]
    start = view.get("byteOffset", 0)
    mesh = decoded(bytes(out[start : start + view["byteLength"]]))
    stored = dict(attributes_of(mesh).values())
    for name, number in packed["attributes"].items():
        accessor = document["accessors"][primitive["attributes"][name]]
        if number not in stored or len(stored[number]) != accessor["count"]:
            raise InputError(f"its Draco geometry has no {name} of {accessor['count']} vertices")
        rows = np.ascontiguousarray(stored[number])
        if rows.dtype == np.uint8 and rows.shape[1] % 4:
            rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
        _add_view(document, out, accessor, rows, ARRAY_BUFFER)
    accessor = document["accessors"][primitive["indices"]]
    corners = np.asarray(mesh.faces).reshape(-1)
    if len(corners) != accessor["count"]:
        raise InputError(f"its Draco geometry has {len(corners)} corners, not {accessor['count']}")
    kind = {5121: "u1", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
    _add_view(document, out, accessor, corners.astype(kind), ELEMENT_ARRAY_BUFFER)


def _add_view(
    document: JsonObject,
    out: bytearray,
    accessor: JsonObject,
    rows: NDArray[Any],
    target: int,
) -> None:
    out += b"\0" * (-len(out) % 4)
    view = {"buffer": 0, "byteOffset": len(out), "byteLength": rows.nbytes, "target": target}
    if target == ARRAY_BUFFER:
        view["byteStride"] = rows.strides[0]
    out += rows.tobytes()
    document["bufferViews"].append(view)
    accessor["bufferView"] = len(document["bufferViews"]) - 1
