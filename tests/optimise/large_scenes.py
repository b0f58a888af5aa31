"""Scenes to cut into tiles: a closed ball with several textures, and reading tiles back."""

import json
from pathlib import Path

import numpy as np

from vtour.glb.container import parts_from_glb
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.optimise.writing.expand import expand_web_glb


def ball(rows=60, columns=120, textures=2, texture_px=256, radius=2.0, bumps=0.05, **material):
    """A closed bumpy ball: strips of longitude, each with a texture of its own.

    A texture's red grows with longitude over the whole ball, its green with latitude downwards.
    """
    parts, materials = [], []
    width = columns // textures
    for index in range(textures):
        v, u = np.meshgrid(np.arange(rows + 1), np.arange(width + 1), indexing="ij")
        longitude = (u + index * width) % columns / columns * 2 * np.pi
        latitude = np.pi / 2 - v / rows * np.pi
        away = radius + bumps * np.sin(7 * longitude) * np.sin(5 * latitude) * np.cos(latitude) ** 2
        x = away * np.cos(latitude) * np.cos(longitude)
        z = -away * np.cos(latitude) * np.sin(longitude)
        positions = np.stack([x, away * np.sin(latitude), z], -1)
        positions[0, :, [0, 2]] = positions[-1, :, [0, 2]] = 0
        number = np.arange((rows + 1) * (width + 1)).reshape(rows + 1, width + 1)
        a, b, c, d = (
            part.reshape(-1)
            for part in (number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:])
        )
        faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
        places = positions.reshape(-1, 3).astype(np.float32)
        corners = places[faces]
        whole = ~(
            (corners[:, 0] == corners[:, 1]).all(1)
            | (corners[:, 1] == corners[:, 2]).all(1)
            | (corners[:, 2] == corners[:, 0]).all(1)
        )
        uvs = np.stack([u / width, v / rows], -1).reshape(-1, 2).astype(np.float32)
        ramp = (np.arange(texture_px) + 0.5) / texture_px
        pixels = np.full((texture_px, texture_px, 3), 60, np.uint8)
        pixels[..., 0] = np.rint((index + ramp) / textures * 200 + 25)[None, :]
        pixels[..., 1] = np.rint(ramp * 200 + 25)[:, None]
        materials.append(Material(f"strip {index}", base=Texture(pixels), unlit=True, **material))
        parts.append(Part(places, faces[whole].astype(np.uint32), material=index, uvs=uvs))
    return Scene(parts, materials)


def tiles_in(folder):
    """Every tile of a tileset as a dict of its JSON, the root first; children stay below."""
    root = json.loads(Path(folder, "tileset.json").read_text())["root"]

    def walk(tile):
        yield tile
        for child in tile.get("children", []):
            yield from walk(child)

    return list(walk(root))


def surface_of(path, scratch):
    """Positions (n, 3) float64 as the node places them, faces (m, 3), uvs and pictures of a tile.

    Read by the plain twin, which meshopt's own decoder writes.
    """
    twin = Path(scratch, "twin.glb")
    expand_web_glb(path, twin)
    document, blob = parts_from_glb(twin)
    node = document["nodes"][0]
    found = []
    for primitive in document["meshes"][0]["primitives"]:
        places = _array(document, blob, primitive["attributes"]["POSITION"]).astype(np.float64)
        positions = places * np.array(node["scale"]) + np.array(node["translation"])
        faces = _array(document, blob, primitive["indices"]).reshape(-1, 3).astype(np.int64)
        uvs = None
        if "TEXCOORD_0" in primitive["attributes"]:
            uvs = _array(document, blob, primitive["attributes"]["TEXCOORD_0"]) / 65535
        found.append((positions, faces, uvs))
    return found, document, blob


def picture_in(document, blob, index=0):
    """The pixels of an image of a tile."""
    import io

    from PIL import Image

    view = document["bufferViews"][document["images"][index]["bufferView"]]
    start = view.get("byteOffset", 0)
    with Image.open(io.BytesIO(blob[start : start + view["byteLength"]])) as image:
        return np.asarray(image.convert("RGB"))


TYPES = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


def _array(document, blob, number):
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind, width = np.dtype(TYPES[accessor["componentType"]]), WIDTHS[accessor["type"]]
    stride = view.get("byteStride", kind.itemsize * width)
    rows = np.frombuffer(
        blob, np.uint8, accessor["count"] * stride, view.get("byteOffset", 0)
    ).reshape(-1, stride)
    return np.ascontiguousarray(rows[:, : kind.itemsize * width]).view(kind).squeeze()
