"""glTF 2.0, as GLB or as a document with files beside it, into a scene."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.frames import FloatArray
from vtour.glb.accessors import BROKEN, GltfData, as_floats
from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.nodes import placed_nodes
from vtour.glb.scene import Scene
from vtour.models.document import ignored_extensions, moving_parts, read_gltf_data
from vtour.models.draco import DracoMesh, decode_draco, draco_of
from vtour.models.materials import UNSAID, PlacedMaterial, Placement, gltf_material
from vtour.models.meshopt import decode_meshopt
from vtour.models.parts import (
    MAX_FACES,
    MAX_PARTS,
    MAX_VERTICES,
    LoosePart,
    Materials,
    Notes,
    scene_of_parts,
    without_unused,
)
from vtour.models.textures import Textures

TRIANGLES, STRIP, FAN = 4, 5, 6
POINTS_AND_LINES = (0, 1, 2, 3)
MAX_REPEATED_VERTICES = 20_000_000
"""Of accessors read more than once: a small file must not fill the memory."""


def read_gltf(path: Path, *, at_rest: bool = False) -> Scene:
    """All triangles of the default scene. Raises InputError, in one line, see ``read_scene``.

    at_rest : animations and morph targets are left out, not refused: nodes stand where the file
              puts them. Skins are refused, and shapes that morph targets have changed at rest.
    """
    try:
        data = read_gltf_data(path)
        moving = moving_parts(_at_rest(data.document) if at_rest else data.document)
        if moving:
            raise InputError(
                f"{path.name}: has {', '.join(moving)}, expected a model that does not move"
            )
        decode_meshopt(data)
        return _GltfReader(path, data).scene()
    except BROKEN as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise InputError(f"{path.name}: its glTF is broken ({reason})") from None


def _at_rest(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its animations, and without the morph targets of meshes at rest."""
    nodes = document.get("nodes", [])
    changed = {node.get("mesh") for node in nodes if any(node.get("weights", []))}
    meshes = [
        mesh if index in changed or any(mesh.get("weights", [])) else _unmorphed(mesh)
        for index, mesh in enumerate(document.get("meshes", []))
    ]
    return {**document, "animations": [], "meshes": meshes}


def _unmorphed(mesh: dict[str, Any]) -> dict[str, Any]:
    primitives = [primitive | {"targets": []} for primitive in mesh.get("primitives", [])]
    return mesh | {"primitives": primitives}


class _GltfReader:
    def __init__(self, path: Path, data: GltfData) -> None:
        self.path, self.data, self.notes = path, data, Notes()
        self.textures = Textures(path, data, self.notes)
        self.draco = decode_draco(data)
        self.materials = Materials()
        self.placed: dict[int | None, tuple[int, PlacedMaterial]] = {}
        self.counts = _Counts(path.name)

    def scene(self) -> Scene:
        for note in ignored_extensions(self.data.document):
            self.notes.add(note)
        parts: list[LoosePart] = []
        for node, scene_from_node in placed_nodes(self.data):
            if "mesh" not in node:
                continue
            mesh = self.data.item("meshes", node["mesh"])
            name = str(node.get("name") or mesh.get("name") or "")[:200]
            for primitive in mesh["primitives"]:
                part = self.part(primitive, scene_from_node, name)
                if part is not None:
                    parts.append(part)
        said = self.data.document["asset"].get("copyright")
        owner = None if said is None else str(said)[:2000]
        return scene_of_parts(self.path.name, parts, self.materials, owner, self.notes)

    def part(
        self, primitive: dict[str, Any], scene_from_node: FloatArray, name: str
    ) -> LoosePart | None:
        mode = primitive.get("mode", TRIANGLES)
        if mode in POINTS_AND_LINES:
            self.notes.add("{} parts of points or lines, left out")
            return None
        if mode not in (TRIANGLES, STRIP, FAN):
            raise InputError(f"{self.path.name}: drawing mode {str(mode)[:20]}, expected triangles")
        source = _Primitive(self.data, primitive, self.draco)
        corners = source.corners()
        self.counts.add(source.position_id, source.count, len(corners))
        material, placed = self.material(primitive.get("material"))
        rows, corners = _used_rows(corners, source.count)
        has_maps = bool(placed.material.textures)
        uvs = source.uvs(placed.placement, rows) if has_maps else None
        is_turned = placed.placement.is_turned
        part = LoosePart(
            positions=source.required("POSITION", rows, 3),
            faces=_triangles(self.path.name, corners, mode),
            material=material,
            normals=source.floats("NORMAL", rows, 3),
            tangents=None if is_turned or not has_maps else source.floats("TANGENT", rows, 4),
            uvs=uvs,
            colours=source.floats("COLOR_0", rows, 3, 4),
            name=name,
            scene_from_part=scene_from_node,
            is_single=source.is_single,
        )
        return without_unused(part)

    def material(self, index: Any) -> tuple[int, PlacedMaterial]:
        if index not in self.placed:
            if index is None:
                placed = PlacedMaterial(UNSAID)
            else:
                source = self.data.item("materials", index)
                placed = gltf_material(self.data, source, self.textures, self.notes)
            self.materials.all.append(placed.material)
            self.placed[index] = (len(self.materials.all) - 1, placed)
        return self.placed[index]


@dataclass
class _Counts:
    """How much has been read, and how much of it more than once."""

    name: str
    parts: int = 0
    vertices: int = 0
    corners: int = 0
    repeated: int = 0
    seen: set[Any] = field(default_factory=set)

    def add(self, what: Any, vertices: int, corners: int) -> None:
        """Raise InputError when it is too much. Vertices that no face uses do not count."""
        vertices = min(vertices, corners)
        self.parts += 1
        self.vertices += vertices
        self.corners += corners
        self.repeated += vertices if what in self.seen else 0
        self.seen.add(what)
        for found, most, word in (
            (self.parts, MAX_PARTS, "parts"),
            (self.vertices, MAX_VERTICES, "vertices"),
            (self.corners // 3, MAX_FACES, "faces"),
            (self.repeated, MAX_REPEATED_VERTICES, "vertices that are used again"),
        ):
            if found > most:
                raise InputError(f"{self.name}: more than {most:,} {word}, expected fewer")


class _Primitive:
    """The attributes of one primitive, plain or compressed, all of one length."""

    def __init__(
        self, data: GltfData, primitive: dict[str, Any], draco: dict[int, DracoMesh]
    ) -> None:
        self.data, self.primitive = data, primitive
        self.attributes = primitive["attributes"]
        packed = draco_of(primitive)
        self.mesh = draco[packed["bufferView"]] if packed else None
        self.ids: dict[str, int] = packed["attributes"] if packed else {}
        self.position_id = self.attributes["POSITION"]
        positions, _ = self.stored("POSITION", 3)
        self.count, self.is_single = len(positions), positions.dtype == np.float32

    def corners(self) -> UInt32Array:
        """Vertex numbers, checked. Raises InputError when one is not there."""
        if self.mesh is not None:
            corners = self.mesh.faces.reshape(-1)
        elif "indices" in self.primitive:
            corners = self.data.indices(self.primitive["indices"])
        else:
            corners = np.arange(self.count, dtype=np.uint32)
        if len(corners) and int(corners.max()) >= self.count:
            found = f"index {int(corners.max()):,} of {self.count:,} vertices"
            raise InputError(f"{self.data.name}: {found}, expected a smaller one")
        return corners

    def stored(self, name: str, *widths: int) -> tuple[NDArray[Any], bool]:
        """An attribute as stored, and whether its integers are normalised."""
        index = self.attributes[name]
        is_normalised = self.data.is_normalised(index)
        if self.mesh is None or name not in self.ids:
            return self.data.raw(index, *widths), is_normalised
        values = self.mesh.attributes[self.ids[name]]
        if values.shape[1] not in widths:
            found = f"{name} of {values.shape[1]} values in its Draco data"
            raise InputError(f"{self.data.name}: {found}, not {' or '.join(map(str, widths))}")
        return values, is_normalised

    def floats(self, name: str, rows: NDArray[Any] | None, *widths: int) -> Float32Array | None:
        """An attribute of some vertices; None when there is none."""
        return self.required(name, rows, *widths) if name in self.attributes else None

    def required(self, name: str, rows: NDArray[Any] | None, *widths: int) -> Float32Array:
        """An attribute of some vertices. Raises InputError when it is of another length."""
        values, is_normalised = self.stored(name, *widths)
        if len(values) != self.count:
            found = f"{len(values):,} values of {name[:30]}"
            raise InputError(f"{self.data.name}: {found}, expected {self.count:,}")
        values = values if rows is None else values[rows]
        return as_floats(values, is_normalised=is_normalised)

    def uvs(self, placement: Placement, rows: NDArray[Any] | None) -> Float32Array | None:
        """Texture coordinates as the material's maps use them."""
        uvs = self.floats(f"TEXCOORD_{placement.channel}", rows, 2)
        return None if uvs is None else placement.placed(uvs)


def _used_rows(corners: UInt32Array, count: int) -> tuple[NDArray[Any] | None, UInt32Array]:
    """Vertices that are used, None for all, and the corners numbered among them.

    Files share one long list of vertices between many parts: each takes only its own.
    """
    if not len(corners):
        return np.zeros(0, np.int64), corners
    used = np.zeros(count, bool)
    used[corners] = True
    if used.all():
        return None, corners
    numbers = (np.cumsum(used) - 1).astype(np.uint32)
    return np.flatnonzero(used), numbers[corners]


def _triangles(name: str, corners: UInt32Array, mode: int) -> UInt32Array:
    """Faces (m, 3) of a list, a strip or a fan (glTF 2.0, section 3.7.2.1)."""
    if mode == TRIANGLES:
        if len(corners) % 3:
            found = f"{len(corners):,} indices"
            raise InputError(f"{name}: {found}, expected three for each face")
        return corners.reshape(-1, 3)
    count = max(0, len(corners) - 2)
    i = np.arange(count)
    if mode == STRIP:
        faces = np.stack([corners[i], corners[i + 1 + i % 2], corners[i + 2 - i % 2]], axis=1)
    else:
        first = np.broadcast_to(corners[:1], (count,))
        faces = np.stack([corners[i + 1], corners[i + 2], first], axis=1)
    a, b, c = faces.T
    whole: UInt32Array = faces[
        (a != b) & (b != c) & (c != a)
    ]  # strips are joined by faces without area
    return whole
