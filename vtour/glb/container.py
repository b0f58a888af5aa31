"""The GLB container: a JSON chunk and a binary chunk, and nothing of what they mean."""

import json
import struct
from pathlib import Path
from typing import Any

from vtour.errors import InputError

MAGIC = b"glTF"
JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942
MAX_GLB_BYTES = 4 << 30  # what the format's own 32-bit length can say
MAX_JSON_BYTES = 32 << 20  # ours have 2 kB; a scene of thousands of nodes has a few MB


def glb_from_parts(document: dict[str, Any], blob: bytes) -> bytes:
    """The bytes of a GLB file; same document and blob, same bytes."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    head = text.encode("utf-8")
    head += b" " * (-len(head) % 4)
    body = blob + b"\0" * (-len(blob) % 4)
    chunks = struct.pack("<II", len(head), JSON_CHUNK) + head
    if body:
        chunks += struct.pack("<II", len(body), BIN_CHUNK) + body
    return struct.pack("<4sII", MAGIC, 2, 12 + len(chunks)) + chunks


def parts_from_glb(path: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON document and the binary chunk of a GLB file.

    Raises InputError for anything that is not a whole GLB of version 2.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(20)
        _check_head(path.name, head, size)
        (length,) = struct.unpack_from("<I", head, 8)
        data = head + stream.read(max(0, length - len(head)))
    chunks = _chunks(path.name, data[:length])
    if not chunks or chunks[0][0] != JSON_CHUNK:
        raise InputError(f"{path.name}: first chunk is not JSON, expected the glTF document")
    blob = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == BIN_CHUNK else b""
    return _document(path.name, chunks[0][1]), blob


def document_from_glb(path: Path) -> tuple[dict[str, Any], int]:
    """The JSON document alone, and the offset in the file at which the binary chunk's bytes begin.

    Reads no more than the JSON chunk. Raises InputError as parts_from_glb does.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(20)
        _check_head(path.name, head, size)
        length, kind = struct.unpack_from("<II", head, 12)
        if kind != JSON_CHUNK:
            raise InputError(f"{path.name}: first chunk is not JSON, expected the glTF document")
        if 20 + length > size:
            raise InputError(
                f"{path.name}: a chunk of {length:,} bytes runs over the end of the file"
            )
        _check_json_size(path.name, length)
        return _document(path.name, stream.read(length)), 20 + length + 8


def _check_head(name: str, head: bytes, size: int) -> None:
    """Raise InputError unless the first bytes of a file of ``size`` are those of a whole GLB."""
    if size > MAX_GLB_BYTES:
        raise InputError(f"{name}: {size:,} bytes, expected at most {MAX_GLB_BYTES:,}")
    if len(head) < 20 or head[:4] != MAGIC:
        raise InputError(f"{name}: not a GLB file, expected it to begin with 'glTF'")
    version, length = struct.unpack_from("<II", head, 4)
    if version != 2:
        raise InputError(f"{name}: glTF version {version}, expected 2")
    if length > size:
        raise InputError(f"{name}: truncated, {size:,} bytes, expected {length:,}")


def _check_json_size(name: str, size: int) -> None:
    if size > MAX_JSON_BYTES:
        raise InputError(f"{name}: JSON of {size:,} bytes, expected at most {MAX_JSON_BYTES:,}")


def _chunks(name: str, data: bytes) -> list[tuple[int, bytes]]:
    chunks: list[tuple[int, bytes]] = []
    offset = 12
    while offset + 8 <= len(data) and len(chunks) < 16:
        length, kind = struct.unpack_from("<II", data, offset)
        if offset + 8 + length > len(data):
            raise InputError(f"{name}: a chunk of {length:,} bytes runs over the end of the file")
        chunks.append((kind, data[offset + 8 : offset + 8 + length]))
        offset += 8 + length
    return chunks


def _document(name: str, text: bytes) -> dict[str, Any]:
    _check_json_size(name, len(text))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: its JSON chunk cannot be read, expected a glTF object") from None
    if not isinstance(document, dict) or not isinstance(document.get("asset"), dict):
        raise InputError(f"{name}: its JSON has no 'asset', expected a glTF document")
    return document
