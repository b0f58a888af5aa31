"""Facts about a GLB: what its document says, nothing decoded but the headers of its pictures."""

import io
import struct
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from vtour.errors import InputError
from vtour.glb.container import document_from_glb
from vtour.tour.gltf_summary import summary_of_gltf

Facts = dict[str, Any]

MAX_PICTURE_HEADER_BYTES = 1 << 18
MAX_PICTURES = 1000
PICTURES = ("PNG", "JPEG")  # Pillow wants all of a WebP


def glb_facts(path: Path) -> Facts:
    """Faces, bounds, textures and extensions. Raises InputError when the file is broken."""
    document, start = document_from_glb(path)
    try:
        summary = summary_of_gltf(document)
        images = document.get("images", [])
        if len(images) > MAX_PICTURES:
            raise InputError(f"{len(images):,} pictures, expected at most {MAX_PICTURES:,}")
        with path.open("rb") as stream:
            textures = [_picture_facts(document, image, stream, start) for image in images]
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name}: its glTF is broken ({error!r})") from None
    facts: Facts = {
        "kind": "GLB model",
        "generator": summary.generator,
        "meshes": summary.meshes,
        "vertices": summary.vertices,
        "faces": summary.faces,
        "materials": len(document.get("materials", [])),
        "extensions": summary.extensions,
    }
    if summary.copyright:
        facts["copyright"] = summary.copyright
    if summary.bounds is not None:
        facts |= {
            "bounds_min": summary.bounds[0].tolist(),
            "bounds_max": summary.bounds[1].tolist(),
        }
    return {**facts, "textures": textures}


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
    try:
        stream.seek(blob_start + max(0, start))
        head = stream.read(min(max(0, size), MAX_PICTURE_HEADER_BYTES))
        facts["size_px"] = _picture_size(head)
    except (OSError, ValueError, SyntaxError, struct.error):
        facts["size_px"] = "not readable here"
    return facts


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
