"""Buffer views compressed with meshopt: decoded all at once by the script ``expand`` in Node.

Only the compressed bytes go there, in a GLB made for it, so what else the file holds, and where
its buffers lie, is the same to the script. EXT_meshopt_compression and KHR_meshopt_compression
differ in the version that the streams themselves tell: the decoder takes both.
"""

import tempfile
from pathlib import Path
from typing import Any

from vtour.errors import InputError
from vtour.files import temporary_folder
from vtour.glb.accessors import GltfData, whole
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.node import ScriptError, run_script

EXTENSIONS = ("EXT_meshopt_compression", "KHR_meshopt_compression")
MAX_BYTES = 1 << 31
"""Of all views, decoded: the script holds them in memory."""
MAX_RATIO = 512
"""Decoded to compressed: 16 bytes of a constant column take a bit more than 4 bits."""
MODES = ("ATTRIBUTES", "TRIANGLES", "INDICES")
FILTERS = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR")


def decode_meshopt(data: GltfData) -> None:
    """Put the plain bytes of every compressed view into ``data.replaced``.

    Raises InputError for compressed data that lies or is damaged.
    """
    packed = dict(_packed_views(data))
    if not packed:
        return
    blob = bytearray()
    views = []
    for index, found in packed.items():
        piece = data.piece(found, f"compressed view {index}")
        views.append(_checked(data, index, found, len(piece), len(blob)))
        blob += piece
        blob += bytes(-len(blob) % 4)
    if sum(view["byteLength"] for view in views) > MAX_BYTES:
        raise InputError(f"{data.name}: compressed views of more than {MAX_BYTES:,} bytes")
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(blob)}],
        "bufferViews": views,
    }
    plain, body = _expanded(data.name, glb_from_parts(document, bytes(blob)))
    for index, view in zip(packed, plain["bufferViews"], strict=True):
        start = view["byteOffset"]
        data.replaced[index] = body[start : start + view["byteLength"]]


def _packed_views(data: GltfData) -> list[tuple[int, dict[str, Any]]]:
    found = []
    for index, view in enumerate(data.document.get("bufferViews", [])):
        extensions = view.get("extensions", {})
        found += [(index, extensions[name]) for name in EXTENSIONS if name in extensions][:1]
    return found


def _checked(
    data: GltfData, index: int, found: dict[str, Any], size: int, start: int
) -> dict[str, Any]:
    """A view for the script. Raises InputError when it promises what cannot be."""
    count, stride = whole(found["count"]), whole(found["byteStride"])
    mode, filter_ = found.get("mode"), found.get("filter", "NONE")
    length = count * stride
    what = f"{data.name}: compressed view {index}"
    if mode not in MODES or filter_ not in FILTERS:
        raise InputError(f"{what} of mode {str(mode)[:20]!r}, filter {str(filter_)[:20]!r}")
    if mode == "ATTRIBUTES":
        is_stride, expected = stride % 4 == 0 and 4 <= stride <= 256, "a multiple of 4 up to 256"
    else:
        is_stride, expected = stride in (2, 4), "2 or 4"
    if not is_stride:
        raise InputError(f"{what} with a stride of {stride}, expected {expected}")
    if count < 1 or length != data.item("bufferViews", index).get("byteLength"):
        raise InputError(f"{what} of {count:,} x {stride} bytes, expected the length of its view")
    if length > (size + 64) * MAX_RATIO:
        raise InputError(f"{what} promises {length:,} bytes of {size:,}, expected fewer")
    packed = {
        "buffer": 0, "byteOffset": start, "byteLength": size, "byteStride": stride,
        "count": count, "mode": mode, "filter": filter_,
    }  # fmt: skip
    return {"buffer": 0, "byteLength": length, "extensions": {EXTENSIONS[0]: packed}}


def _expanded(name: str, packed: bytes) -> tuple[dict[str, Any], bytes]:
    with tempfile.TemporaryDirectory(dir=temporary_folder()) as folder:
        source, target = Path(folder) / "packed.glb", Path(folder) / "plain.glb"
        source.write_bytes(packed)
        try:
            run_script("expand", source, target)
        except ScriptError as error:
            reason = str(error).rpartition(": ")[2][:80]
            raise InputError(f"{name}: its meshopt data is damaged ({reason})") from None
        return parts_from_glb(target)
