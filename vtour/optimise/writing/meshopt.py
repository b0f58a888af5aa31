"""Streams of vertices and indices through meshoptimizer's encoder, which runs in Node."""

import json
import struct
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vtour.glb.document import JsonObject
from vtour.node import run_script


class StreamMode(StrEnum):
    """What a stream holds; the names are the extension's."""

    attributes = "ATTRIBUTES"
    triangles = "TRIANGLES"
    indices = "INDICES"


@dataclass(frozen=True)
class Stream:
    """Elements of ``stride`` bytes each."""

    mode: StreamMode
    stride: int
    data: bytes


@dataclass(frozen=True)
class PackedStream:
    """A compressed stream: so many elements of ``stride`` bytes, ``plain`` bytes in all."""

    mode: StreamMode
    stride: int
    count: int
    plain: int
    data: bytes

    def view(self, offset: int, plain_offset: int, extension: str, buffer: int = 1) -> JsonObject:
        """A buffer view whose bytes lie compressed at ``offset`` of the binary chunk."""
        packed = {
            "buffer": 0,
            "byteOffset": offset,
            "byteLength": len(self.data),
            "byteStride": self.stride,
            "count": self.count,
            "mode": str(self.mode),
        }
        view: JsonObject = {"buffer": buffer, "byteOffset": plain_offset, "byteLength": self.plain}
        return {**view, "extensions": {extension: packed}}


def pack_streams(
    streams: list[Stream], meshes: list[tuple[int, list[int]]], version: int
) -> list[PackedStream]:
    """Compress streams; the vertices and triangles of ``meshes`` are put in a better order.

    meshes  : for each, the stream of its 32-bit indices and those of its attributes; a stream of
              no mesh keeps its order, except that the corners of a triangle may be turned.
    version : 0 for EXT_meshopt_compression, 1 for KHR_meshopt_compression.

    Raises ResourceError when Node or its packages are missing.
    """
    plan = {
        "version": version,
        "streams": [
            {"mode": str(each.mode), "stride": each.stride, "length": len(each.data)}
            for each in streams
        ],
        "meshes": [{"indices": own, "attributes": attributes} for own, attributes in meshes],
    }
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        source, target = Path(folder, "plain"), Path(folder, "packed")
        text = json.dumps(plan).encode()
        with source.open("wb") as stream:
            stream.write(struct.pack("<I", len(text)) + text)
            for each in streams:
                stream.write(each.data)
        run_script("pack", source, target)
        return _packed(target.read_bytes())


def _packed(answer: bytes) -> list[PackedStream]:
    (length,) = struct.unpack_from("<I", answer)
    offset, found = 4 + length, []
    for each in json.loads(answer[4:offset]):
        data = answer[offset : offset + each["length"]]
        mode = StreamMode(each["mode"])
        found.append(PackedStream(mode, each["stride"], each["count"], each["plain"], data))
        offset += each["length"]
    return found
