"""What a glTF document says of its size without touching its buffers: bounds, faces, textures."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray, transform_points
from vtour.glb.nodes import parent_from_node

MAX_DEPTH = 64
MAX_VISITS = 100_000
MAX_PLACED = 20_000
TRIANGLES = 4
NORMALISED_RANGE = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}


@dataclass(frozen=True)
class GltfSummary:
    """Figures of one glTF document.

    bounds  : (2, 3) float64, least and greatest corner in the document's scene; None when empty.
    outside : whether a picture or a buffer lies in another file.
    """

    generator: str
    copyright: str | None
    extensions: list[str]
    meshes: int
    vertices: int
    faces: int
    bounds: FloatArray | None
    outside: bool


def summary_of_gltf(document: dict[str, Any]) -> GltfSummary:
    """Read the figures from the accessors' counts, minima and maxima under the nodes' transforms.

    Boxes are transformed by their corners, so the bounds are exact for quantisation transforms
    (scale and translation) and an upper limit under rotations.
    Raises InputError when the document contradicts itself.
    """
    try:
        return _summary(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"glTF document: inconsistent ({error!r})") from None


def _summary(document: dict[str, Any]) -> GltfSummary:
    boxes: list[FloatArray] = []
    vertices = faces = meshes = 0
    for matrix, mesh in _placed_meshes(document):
        meshes += 1
        if len(boxes) + len(mesh["primitives"]) > MAX_PLACED:
            raise InputError(f"glTF document: places more than {MAX_PLACED:,} primitives")
        for primitive in mesh["primitives"]:
            positions = document["accessors"][primitive["attributes"]["POSITION"]]
            vertices += int(positions["count"])
            faces += _face_count(document, primitive, int(positions["count"]))
            boxes.append(transform_points(matrix, _corners(positions)))
    corners = np.concatenate(boxes) if boxes else None
    bounds = None if corners is None else np.stack([corners.min(axis=0), corners.max(axis=0)])
    asset = document["asset"]
    return GltfSummary(
        generator=str(asset.get("generator", "")),
        copyright=asset.get("copyright"),
        extensions=sorted(document.get("extensionsUsed", [])),
        meshes=meshes,
        vertices=vertices,
        faces=faces,
        bounds=bounds,
        outside=any(
            not str(item.get("uri", "data:")).startswith("data:")
            for part in ("images", "buffers")
            for item in document.get(part, [])
        ),
    )


def _placed_meshes(document: dict[str, Any]) -> list[tuple[FloatArray, dict[str, Any]]]:
    """Every use of a mesh in the default scene, with scene_from_mesh."""
    scenes, nodes = document.get("scenes", []), document.get("nodes", [])
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
    found: list[tuple[FloatArray, dict[str, Any]]] = []
    queue = [(index, np.eye(4), 0) for index in roots]
    visits = len(queue)
    while queue:
        index, parent, depth = queue.pop()
        if depth > MAX_DEPTH:
            raise InputError(f"glTF document: nodes deeper than {MAX_DEPTH}, or in a circle")
        node = nodes[index]
        matrix = parent @ parent_from_node(node)
        if "mesh" in node:
            found.append((matrix, document["meshes"][node["mesh"]]))
        children = node.get("children", [])
        visits += len(children)
        if visits > MAX_VISITS:
            raise InputError(f"glTF document: places more than {MAX_VISITS:,} nodes")
        queue.extend((child, matrix, depth + 1) for child in children)
    return found


def _face_count(document: dict[str, Any], primitive: dict[str, Any], vertices: int) -> int:
    if primitive.get("mode", TRIANGLES) != TRIANGLES:
        return 0
    if "indices" in primitive:
        return int(document["accessors"][primitive["indices"]]["count"]) // 3
    return vertices // 3


def _corners(accessor: dict[str, Any]) -> FloatArray:
    """The eight corners of an accessor's box, as floats (normalised integers are scaled)."""
    if (len(accessor["min"]), len(accessor["max"])) != (3, 3):
        raise InputError("glTF document: bounds of positions, expected 3 numbers each")
    limits = np.array([accessor["min"], accessor["max"]], dtype=np.float64)
    if not np.isfinite(limits).all():
        raise InputError("glTF document: bounds of positions that are not finite")
    if accessor.get("normalized"):
        limits = np.maximum(limits / NORMALISED_RANGE[accessor["componentType"]], -1.0)
    return np.array(list(itertools.product(*limits.T)))
