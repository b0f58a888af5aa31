"""Documents of glTF: JSON and buffers of a GLB or a .gltf, and what they ask of a reader."""

import json
import re
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.glb.accessors import BROKEN, GltfData, whole
from vtour.glb.container import MAX_JSON_BYTES, document_from_glb, parts_from_glb
from vtour.glb.read_pictures import data_uri_bytes
from vtour.models.uris import MAX_FILE_BYTES, file_of_uri

READ_EXTENSIONS = {
    "KHR_materials_unlit", "KHR_mesh_quantization", "KHR_texture_transform", "EXT_texture_webp",
    "EXT_texture_avif", "KHR_materials_pbrSpecularGlossiness", "KHR_materials_emissive_strength",
    "EXT_meshopt_compression", "KHR_meshopt_compression", "KHR_draco_mesh_compression",
}  # fmt: skip
SILENT_EXTENSIONS = {"KHR_xmp_json_ld", "KHR_texture_basisu", "KHR_materials_emissive_strength"}
"""Ignored without a word, or with one of their own where they matter."""
MAX_MATERIALS = 4096
MAX_ITEMS = 200_000
"""Of meshes, accessors, views..."""
MAX_GLTF_BYTES = 1 << 30
DATA_URI = re.compile(rb'"data:[^"]*"')
LISTS = (
    "accessors", "animations", "bufferViews", "buffers", "images", "materials", "meshes", "nodes",
    "samplers", "scenes", "skins", "textures",
)  # fmt: skip
MAX_NAMED = 8


def read_document(path: Path) -> dict[str, Any]:
    """The JSON alone. Raises InputError when it is no glTF 2.0 of a size that can be."""
    document = document_from_glb(path)[0] if is_glb(path) else _document_of_text(path)
    return _checked(path.name, document)


def read_gltf_data(path: Path) -> GltfData:
    """The document and its buffers, its extensions and sizes checked.

    Raises InputError for buffers that are cut or lie elsewhere, for extensions that are required
    and not known here, and for more of anything than a model has.
    """
    if is_glb(path):
        document, blob = parts_from_glb(path)
    else:
        document, blob = _document_of_text(path), b""
    _checked(path.name, document)
    unknown = sorted(set(document.get("extensionsRequired", [])) - READ_EXTENSIONS)
    if unknown:
        raise InputError(f"{path.name}: needs {names(unknown)}, expected what vtour reads")
    buffers = document.get("buffers", [])
    left = MAX_FILE_BYTES
    blobs = []
    for index, buffer in enumerate(buffers):
        blobs.append(_buffer(path, index, buffer, blob))
        left -= len(blobs[-1])
        if left < 0:
            raise InputError(f"{path.name}: buffers above {MAX_FILE_BYTES:,} bytes in all")
    return GltfData(path.name, document, blobs)


def moving_parts(document: dict[str, Any]) -> list[str]:
    """What moves in a document: '2 animations', '1 skin', '1 mesh with morph targets'."""
    found = {
        "animation": len(document.get("animations", [])),
        "skin": len(document.get("skins", [])),
    }
    morphed = 0
    for mesh in document.get("meshes", []):
        morphed += any(primitive.get("targets") for primitive in mesh.get("primitives", []))
    said = [f"{count} {word}{'s' * (count > 1)}" for word, count in found.items() if count]
    if morphed:
        said.append(f"{morphed} {'meshes' if morphed > 1 else 'mesh'} with morph targets")
    return said


def ignored_extensions(document: dict[str, Any]) -> list[str]:
    """A note for what the document uses and this reader does not know."""
    used = set(map(str, document.get("extensionsUsed", [])))
    ignored = sorted(used - READ_EXTENSIONS - SILENT_EXTENSIONS)
    return [f"extensions ignored: {names(ignored)}"] if ignored else []


def names(words: list[str]) -> str:
    """Some words in one line, cut where there are many."""
    more = f" and {len(words) - MAX_NAMED} more" if len(words) > MAX_NAMED else ""
    return ", ".join(" ".join(str(word).split())[:60] for word in words[:MAX_NAMED]) + more


def is_glb(path: Path) -> bool:
    """Whether a file begins as a GLB does."""
    with path.open("rb") as stream:
        return stream.read(4) == b"glTF"


def _checked(name: str, document: dict[str, Any]) -> dict[str, Any]:
    version = str(document["asset"].get("version", "none"))[:20]
    if not version.startswith("2."):
        raise InputError(f"{name}: glTF version {version}, expected 2.0")
    for kind in LISTS:
        items = document.get(kind, [])
        most = MAX_MATERIALS if kind == "materials" else MAX_ITEMS
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise InputError(f"{name}: its glTF is broken ({kind} is no list of objects)")
        if len(items) > most:
            raise InputError(f"{name}: {len(items):,} {kind}, expected at most {most:,}")
    return document


def _document_of_text(path: Path) -> dict[str, Any]:
    """The JSON of a .gltf. What it holds as data URIs is set apart, the rest has its limit."""
    size = path.stat().st_size
    if size > MAX_GLTF_BYTES:
        raise InputError(f"{path.name}: {size:,} bytes, expected at most {MAX_GLTF_BYTES:,}")
    inside: list[bytes] = []

    def set_apart(match: re.Match[bytes]) -> bytes:
        inside.append(match[0])
        return b'"data:%d"' % (len(inside) - 1)

    text = DATA_URI.sub(set_apart, path.read_bytes())
    if len(text) > MAX_JSON_BYTES:
        raise InputError(
            f"{path.name}: JSON of {len(text):,} bytes, expected at most {MAX_JSON_BYTES:,}"
        )
    try:
        document = json.loads(text)
        if isinstance(document, dict):
            for item in [*document.get("buffers", []), *document.get("images", [])]:
                if str(item.get("uri", "")).startswith("data:"):
                    item["uri"] = json.loads(inside[int(item["uri"][5:])])
    except (*BROKEN, UnicodeError):
        raise InputError(f"{path.name}: its JSON cannot be read, expected a glTF object") from None
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise InputError(f"{path.name}: its JSON has no 'asset', expected a glTF document")
    return document


def _buffer(path: Path, index: int, buffer: dict[str, Any], blob: bytes) -> bytes:
    """The bytes of one buffer; none for one that only stands in for compressed views."""
    length, uri = whole(buffer["byteLength"]), buffer.get("uri")
    if uri is None:
        if index > 0 or not is_glb(path):
            return b""
        data = blob
    elif str(uri).startswith("data:"):
        data = data_uri_bytes(str(uri), "", path.name, "buffer")
    else:
        data = file_of_uri(path, uri, "buffer").read_bytes()
    if not 0 <= length <= len(data):
        found = f"buffer {index} of {length:,} bytes"
        raise InputError(f"{path.name}: {found}, expected at most the {len(data):,} that it has")
    return data[:length]
