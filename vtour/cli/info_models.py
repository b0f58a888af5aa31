"""Facts about a GLB: what its document says, nothing decoded but the headers of its pictures."""

import io
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from vtour.errors import InputError
from vtour.glb.container import parts_from_glb
from vtour.tour.gltf_summary import summary_of_gltf

Facts = dict[str, Any]


def glb_facts(path: Path) -> Facts:
    """Faces, bounds, textures and extensions. Raises InputError when the file is broken."""
    document, blob = parts_from_glb(path)
    try:
        summary = summary_of_gltf(document)
        textures = _texture_facts(document, blob)
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


def _texture_facts(document: dict[str, Any], blob: bytes) -> list[Facts]:
    return [_picture_facts(document, image, blob) for image in document.get("images", [])]


def _picture_facts(document: dict[str, Any], image: dict[str, Any], blob: bytes) -> Facts:
    if "bufferView" not in image:
        inside = str(image.get("uri", "")).startswith("data:")
        return {"picture": "in a data URI" if inside else "outside the file"}
    view = document["bufferViews"][image["bufferView"]]
    start, size = int(view.get("byteOffset", 0)), int(view["byteLength"])
    facts: Facts = {"type": str(image.get("mimeType", "not told")), "bytes": size}
    try:
        with Image.open(io.BytesIO(blob[start : start + size])) as picture:
            facts["size_px"] = list(picture.size)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        facts["size_px"] = "not readable here"
    return facts
