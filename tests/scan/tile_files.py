"""Read point tiles back: a decoder of EXT_meshopt_compression and a walk over a tileset."""

import json

import numpy as np

from vtour.glb.container import parts_from_glb

TYPES = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5126: np.float32}
WIDTHS = {"VEC3": 3, "VEC4": 4}


def decoded(data, count, width):
    """Elements (count, width) uint8 of a stream of mode ATTRIBUTES, read as the spec tells it."""
    assert data[0] == 0xA0
    plain = np.zeros((count, width), np.uint8)
    last = np.frombuffer(data, np.uint8)[len(data) - width :].astype(np.int64)
    block = min(8192 // width // 16 * 16, 256)
    at = 1
    for start in range(0, count, block):
        size = min(block, count - start)
        groups = -(-size // 16)
        for byte in range(width):
            head, at = at, at + (groups + 3) // 4
            deltas = []
            for group in range(groups):
                bits = (0, 2, 4, 8)[data[head + group // 4] >> 2 * (group % 4) & 3]
                values, at = _group(data, at, bits)
                deltas += values
            zigzag = np.array(deltas[:size])
            changes = np.where(zigzag & 1, -(zigzag >> 1) - 1, zigzag >> 1)
            values = last[byte] + np.cumsum(changes)
            plain[start : start + size, byte] = values & 0xFF
            last[byte] = values[-1]
    assert len(data) - at == max(width, 32)
    return plain


def _group(data, at, bits):
    if bits in (0, 8):
        return ([0] * 16, at) if bits == 0 else (list(data[at : at + 16]), at + 16)
    packed, at = data[at : at + 2 * bits], at + 2 * bits
    values = [
        byte >> shift & (2**bits - 1) for byte in packed for shift in range(8 - bits, -1, -bits)
    ]
    for i, value in enumerate(values):
        if value == 2**bits - 1:
            values[i], at = data[at], at + 1
    return values, at


def read_tile(path):
    """Attributes of a tile: its arrays by name, positions in glTF's coordinates."""
    document, blob = parts_from_glb(path)
    (primitive,) = document["meshes"][0]["primitives"]
    assert primitive["mode"] == 0
    found = {}
    for name, number in primitive["attributes"].items():
        accessor = document["accessors"][number]
        packed = document["bufferViews"][accessor["bufferView"]]["extensions"][
            "EXT_meshopt_compression"
        ]
        start, width = packed["byteOffset"], packed["byteStride"]
        data = blob[start : start + packed["byteLength"]]
        rows = decoded(data, packed["count"], width)
        if packed.get("filter") == "EXPONENTIAL":
            words = rows.view("<i4")
            values = np.ldexp((words << 8 >> 8).astype(float), words >> 24)
        else:
            values = rows.view(TYPES[accessor["componentType"]])
        found[name] = values[:, : WIDTHS[accessor["type"]]]
        if name == "POSITION":
            assert found[name].min(0).tolist() == accessor["min"]
            assert found[name].max(0).tolist() == accessor["max"]
    node = document["nodes"][0]
    found["POSITION"] = found["POSITION"] * node["scale"] + node["translation"]
    return found


def walk(folder, name="tileset.json", parent=None):
    """(tile, parent, path of its GLB) of every tile with content, other tilesets followed."""
    path = folder / name
    value = json.loads(path.read_text())
    assert value["asset"]["version"] == "1.1"
    assert value["root"]["refine"] == "ADD"
    yield from _walk(folder, path, value["root"], parent)


def _walk(folder, path, tile, parent):
    target = (path.parent / tile["content"]["uri"]).resolve()
    if target.suffix == ".json":
        assert "children" not in tile
        inside = list(walk(folder, target.relative_to(folder.resolve()), parent))
        assert inside[0][0]["boundingVolume"] == tile["boundingVolume"]
        assert tile["geometricError"] == parent["geometricError"]
        yield from inside
        return
    yield tile, parent, target
    for child in tile.get("children", []):
        yield from _walk(folder, path, child, tile)
