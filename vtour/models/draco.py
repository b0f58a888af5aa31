"""Geometry compressed with Draco (KHR_draco_mesh_compression), decoded in a child with limits."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.sandbox import ChildError, frames_of
from vtour.errors import InputError
from vtour.files import temporary_folder
from vtour.glb.accessors import GltfData
from vtour.glb.mesh import UInt32Array
from vtour.models.parts import MAX_FACES, MAX_VERTICES

EXTENSION = "KHR_draco_mesh_compression"
CPU_S, CPU_S_PER_MB = 20, 2


@dataclass(frozen=True, eq=False)
class DracoMesh:
    """faces : (m, 3) uint32; attributes: (n, width) of any type by the stream's own ids."""

    faces: UInt32Array
    attributes: dict[int, NDArray[Any]]


def decode_draco(data: GltfData) -> dict[int, DracoMesh]:
    """Every compressed view that a primitive names, by the index of the view.

    Raises InputError for streams that are damaged, or take too much time or memory.
    """
    views = sorted({_view_of(data, primitive) for primitive in _packed_primitives(data)})
    if not views:
        return {}
    pieces = [data.view(view) for view in views]
    size = sum(map(len, pieces))
    with tempfile.TemporaryDirectory(dir=temporary_folder()) as folder:
        path = Path(folder) / "streams.drc"
        path.write_bytes(b"".join(pieces))
        request = {"path": str(path), "lengths": list(map(len, pieces))}
        cpu_s = CPU_S + CPU_S_PER_MB * size / 1e6
        try:
            with frames_of("vtour.models.draco_child", request, cpu_s=cpu_s) as frames:
                return {view: _mesh(data.name, frames) for view in views}
        except ChildError as error:
            raise InputError(f"{data.name}: its Draco data is damaged ({error})") from None


def draco_of(primitive: dict[str, Any]) -> dict[str, Any] | None:
    """What a primitive says of its compressed form; None when it is plain."""
    found: dict[str, Any] | None = primitive.get("extensions", {}).get(EXTENSION)
    return found


def _packed_primitives(data: GltfData) -> list[dict[str, Any]]:
    meshes = data.document.get("meshes", [])
    primitives = [primitive for mesh in meshes for primitive in mesh["primitives"]]
    return [found for one in primitives if (found := draco_of(one)) is not None]


def _view_of(data: GltfData, packed: dict[str, Any]) -> int:
    index = packed["bufferView"]
    data.item("bufferViews", index)
    return int(index)


def _mesh(name: str, frames: Any) -> DracoMesh:
    """One mesh of the child: a line of JSON that says what follows, then the arrays."""
    head = json.loads(bytes(_next(name, frames)))
    faces = np.frombuffer(_next(name, frames), "<u4").reshape(-1, 3)
    attributes = {}
    for one in head["attributes"]:
        values = np.frombuffer(_next(name, frames), np.dtype(one["type"]))
        attributes[int(one["id"])] = values.reshape(-1, int(one["width"]))
    vertices = max((len(values) for values in attributes.values()), default=0)
    if len(faces) > MAX_FACES or vertices > MAX_VERTICES:
        raise InputError(f"{name}: Draco data of {len(faces):,} faces, expected fewer")
    return DracoMesh(faces, attributes)


def _next(name: str, frames: Any) -> bytes:
    body = next(frames, None)
    if body is None:
        raise InputError(f"{name}: its Draco data is damaged (cut short)")
    return bytes(body)
