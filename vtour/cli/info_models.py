"""Facts about models: GLB, glTF, OBJ, PLY; of pictures nothing is decoded but their headers."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from vtour.cli.info_clouds import cloud_facts
from vtour.errors import InputError
from vtour.glb.container import document_from_glb
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.models.document import moving_parts, read_document
from vtour.models.summary import MeshSummary, summary_of_obj, summary_of_ply
from vtour.models.uris import file_of_uri

Facts = dict[str, Any]

MAX_PICTURE_HEADER_BYTES = 1 << 18
MAX_PICTURES = 1000
PICTURES = ("PNG", "JPEG", "TIFF", "BMP", "TGA")  # Pillow wants all of a WebP


def glb_facts(path: Path) -> Facts:
    """Faces, bounds, textures and extensions. Raises InputError when the file is broken."""
    document, start = document_from_glb(path)

    def picture(image: dict[str, Any]) -> Facts:
        with path.open("rb") as stream:
            return _picture_facts(document, image, stream, start)

    return _document_facts("GLB model", path, document, picture)


def gltf_facts(path: Path) -> Facts:
    """As for a GLB, of a document with its files beside it. Raises InputError when broken."""
    document = read_document(path)
    return _document_facts(
        "glTF model", path, document, lambda image: _outside_facts(path, document, image)
    )


def obj_facts(path: Path) -> Facts:
    """As for a GLB, of an OBJ with its materials. Raises InputError when it is damaged."""
    return _mesh_facts("OBJ model", summary_of_obj(path))


def ply_facts(path: Path) -> Facts:
    """Of a mesh as for a GLB, of points as for any cloud. Raises InputError when damaged."""
    facts = cloud_facts(path)
    if facts["kind"] != "PLY mesh":
        return facts
    return {**facts, **_mesh_facts("PLY mesh", summary_of_ply(path))}


def _mesh_facts(kind: str, summary: MeshSummary) -> Facts:
    facts: Facts = {
        "kind": kind,
        "meshes": 1 if summary.faces else 0,
        "vertices": summary.vertices,
        "faces": summary.faces,
        "materials": len(summary.materials),
    }
    if summary.bounds is not None:
        facts["bounds_min"], facts["bounds_max"] = (corner.tolist() for corner in summary.bounds)
    pictures = summary.pictures
    if len(pictures) > MAX_PICTURES:
        raise InputError(f"{len(pictures):,} pictures, expected at most {MAX_PICTURES:,}")
    return {**facts, "textures": [_file_facts(name, path) for name, path in pictures]}


def _document_facts(
    kind: str, path: Path, document: dict[str, Any], picture: Callable[[dict[str, Any]], Facts]
) -> Facts:
    try:
        summary = summary_of_gltf(document)
        images = document.get("images", [])
        if len(images) > MAX_PICTURES:
            raise InputError(f"{len(images):,} pictures, expected at most {MAX_PICTURES:,}")
        textures = [picture(image) for image in images]
        moving = moving_parts(document)
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(path.name) else f"{path.name}: {text}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name}: its glTF is broken ({error!r})") from None
    facts: Facts = {
        "kind": kind,
        "generator": summary.generator,
        "meshes": summary.meshes,
        "vertices": summary.vertices,
        "faces": summary.faces,
        "materials": len(document.get("materials", [])),
        "extensions": summary.extensions,
    }
    if moving:
        facts["moves"] = moving
    if summary.copyright:
        facts["copyright"] = summary.copyright
    if summary.bounds is not None:
        facts |= {
            "bounds_min": summary.bounds[0].tolist(),
            "bounds_max": summary.bounds[1].tolist(),
        }
    return {**facts, "textures": textures}


def _outside_facts(path: Path, document: dict[str, Any], image: dict[str, Any]) -> Facts:
    """A picture of a .gltf: in a file of its own, in a data URI, or in a buffer."""
    uri = str(image.get("uri", ""))
    if uri.startswith("data:"):
        return {"picture": "in a data URI"}
    if uri:
        return _file_facts(uri, file_of_uri(path, uri, "picture"))
    view = document["bufferViews"][image["bufferView"]]
    return {"type": str(image.get("mimeType", "not told")), "bytes": int(view["byteLength"])}


def _file_facts(name: str, path: Path | None) -> Facts:
    if path is None:
        return {"picture": name, "size_px": "not found"}
    facts: Facts = {"picture": name, "bytes": path.stat().st_size}
    with path.open("rb") as stream:
        head = stream.read(MAX_PICTURE_HEADER_BYTES)
    return facts | _size_facts(head)


def _picture_facts(
    document: dict[str, Any], image: dict[str, Any], stream: BinaryIO, blob_start: int
) -> Facts:
    """Type and size of one picture; only its header is read from the file's binary chunk."""
    if "bufferView" not in image:
        inside = str(image.get("uri", "")).startswith("data:")
        return {"picture": "in a data URI" if inside else "outside the file"}
    view = document["bufferViews"][image["bufferView"]]
    start, size = int(view.get("byteOffset", 0)), int(view["byteLength"])
    facts: Facts = {"type": str(image.get("mimeType", "not told")), "bytes": size}
    stream.seek(blob_start + max(0, start))
    head = stream.read(min(max(0, size), MAX_PICTURE_HEADER_BYTES))
    return facts | _size_facts(head)


def _size_facts(head: bytes) -> Facts:
    try:
        return {"size_px": _picture_size(head)}
    except (OSError, ValueError, SyntaxError, struct.error):
        return {"size_px": "not readable here"}


def _picture_size(head: bytes) -> list[int]:
    """Width and height by the first bytes of a PNG, a JPEG or a WebP (RFC 9649, section 2)."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        with Image.open(io.BytesIO(head), formats=PICTURES) as picture:
            return list(picture.size)
    if head[12:16] == b"VP8X":
        width, width_high, height, height_high = struct.unpack_from("<HBHB", head, 24)
        return [(width_high << 16) + width + 1, (height_high << 16) + height + 1]
    if head[12:16] == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    return [side & 0x3FFF for side in struct.unpack_from("<HH", head, 26)]
