"""The tree of a glTF document's nodes: which mesh lies where."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray, matrix_from_columns
from vtour.glb.accessors import GltfData, is_index

MAX_NODES = 100_000
MAX_DEPTH = 256


def placed_nodes(data: GltfData) -> Iterator[tuple[dict[str, Any], FloatArray]]:
    """Every node of the default scene with scene_from_node (4, 4), parents before children.

    Raises InputError for a node that hangs on two others, in a circle or too deep, and for a
    transform that is no number.
    """
    count = len(data.document.get("nodes", []))
    if count > MAX_NODES:
        raise InputError(f"{data.name}: {count:,} nodes, expected at most {MAX_NODES:,}")
    waiting = [(index, np.eye(4), 0) for index in reversed(_roots(data, count))]
    seen: set[int] = set()
    while waiting:
        index, scene_from_parent, depth = waiting.pop()
        node = data.item("nodes", index)
        if index in seen or depth > MAX_DEPTH:
            raise InputError(
                f"{data.name}: node {index} hangs on two nodes, in a circle, "
                f"or deeper than {MAX_DEPTH}, expected a tree"
            )
        seen.add(index)
        with np.errstate(over="ignore", invalid="ignore"):
            scene_from_node = scene_from_parent @ parent_from_node(node)
        if not np.isfinite(scene_from_node).all():
            raise InputError(f"{data.name}: node {index} is placed by no finite number")
        yield node, scene_from_node
        children = node.get("children", [])
        waiting += [(child, scene_from_node, depth + 1) for child in reversed(children)]


def _roots(data: GltfData, count: int) -> list[Any]:
    """Nodes of the default scene; without scenes, those that are nobody's child."""
    if data.document.get("scenes"):
        return list(data.item("scenes", data.document.get("scene", 0)).get("nodes", []))
    nodes = data.document.get("nodes", [])
    children = {child for node in nodes for child in node.get("children", [])}
    roots = [index for index in range(count) if index not in children]
    if count and not roots:
        raise InputError(f"{data.name}: nodes in a circle, expected a tree")
    return [index for index in roots if is_index(index, count)]


def parent_from_node(node: dict[str, Any]) -> FloatArray:
    """The (4, 4) transform that a node tells as a matrix, or as translation, rotation and scale."""
    if "matrix" in node:
        return matrix_from_columns(node["matrix"])
    x, y, z, w = (float(value) for value in node.get("rotation", [0, 0, 0, 1]))
    rotation = np.array(  # of a unit quaternion; Diebel 2006, eq. 125
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    with np.errstate(over="ignore", invalid="ignore"):
        matrix[:3, :3] = rotation * np.array(node.get("scale", [1, 1, 1]), np.float64)
    matrix[:3, 3] = node.get("translation", [0, 0, 0])
    return matrix
