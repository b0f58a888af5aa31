"""A model that moves: its bytes are fewer, all else stays, and a picture shows it at rest."""

import struct
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.glb.container import parts_from_glb
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.glb.read_pictures import DAMAGED, GLTF_PICTURES, data_uri_bytes, picture_size
from vtour.optimise.derive import SAME_SIZE
from vtour.optimise.writing.recompress import recompress_glb
from vtour.optimise.writing.validate import validate_glb
from vtour.optimise.writing.write_web import WebOptions
from vtour.schema.tour import Derivative, Quality, Usage

KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"
KTX2_SIZE_AT = 20  # width and height, behind the identifier, the format and the size of its type


def keep_moving(source: Path, kept: Path, uri: str, web: WebOptions) -> tuple[Derivative, str]:
    """Write a GLB with animations, skins or morph targets, compressed.

    uri : of ``kept``, in the package.

    Returns what a tour lists, and what the validator says against the file as it came, or ''.
    Raises InputError for a file that is broken, ResourceError without Node.
    """
    result = recompress_glb(source, kept, web)
    wrong = validate_glb(source).errors
    document, blob = parts_from_glb(kept)
    edges = picture_edges(document, blob)
    derivative = Derivative(
        usage=Usage.web3d,
        quality=Quality.high,
        uri=uri,
        bytes=result.after,
        faces=summary_of_gltf(document).faces,
        texture_px=max(edges, default=0),
        textures=sum(edge >= SAME_SIZE * max(edges) for edge in edges),
        sha256=file_digest(kept),
    )
    return derivative, f"is no valid glTF, and stays so: {wrong[0]}" if wrong else ""


def picture_edges(document: dict[str, Any], blob: bytes) -> list[int]:
    """Longest edge of every picture inside a GLB, px, by their headers; damaged ones are left out.

    Where a texture names two pictures, one of them for old viewers, that one does not count.
    Raises InputError when the document contradicts itself.
    """
    try:
        fallbacks = [
            texture.get("source")
            for texture in document.get("textures", [])
            if any("source" in other for other in texture.get("extensions", {}).values())
        ]
        images = enumerate(document.get("images", []))
        edges = [_edge(document, blob, image) for index, image in images if index not in fallbacks]
    except DAMAGED as error:
        raise InputError(f"glTF document: inconsistent ({error!r})") from None
    return [edge for edge in edges if edge]


def _edge(document: dict[str, Any], blob: bytes, image: dict[str, Any]) -> int:
    """0 for a picture whose size cannot be read."""
    try:
        return max(_size(_bytes_of(document, blob, image)))
    except (*DAMAGED, InputError):
        return 0


def _bytes_of(document: dict[str, Any], blob: bytes, image: dict[str, Any]) -> memoryview:
    if "bufferView" not in image:
        return memoryview(data_uri_bytes(str(image["uri"]), "image/", "model", "picture"))
    view = document["bufferViews"][image["bufferView"]]
    start = int(view.get("byteOffset", 0))
    return memoryview(blob)[start : start + int(view["byteLength"])]


def _size(data: memoryview) -> list[int]:
    """Width and height; of KTX2 by the Khronos specification, section 3."""
    if data[: len(KTX2)] == KTX2:
        return list(struct.unpack_from("<2I", data, KTX2_SIZE_AT))
    return picture_size(data, GLTF_PICTURES)
