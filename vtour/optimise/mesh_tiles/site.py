"""The whole model on one grid: which place is which, and which faces lie in which leaf.

A tree of planes: a node of too many faces (or texels) is halved at the median of its faces'
centres across its longest side, and each half once more. So a tile has up to four below it, as
a surface has, and all leaves hold about as much, which those of an octree do not.

Vertices that two leaves share are locked in every tile but those that hold both: such a border
keeps its edges from the leaves up to where both sides are one tile. Thus neighbours fit whatever
their levels; a border costs as many faces as the full model has along it.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.scene import AlphaMode, Material, Scene
from vtour.optimise.mesh_tiles.patches import Patch, Picture, Places, triangle_areas

STEPS_OF_EDGE = 32
"""Steps of the grid in an edge that nine of ten are longer than."""
GRID_BITS = 21
"""Most bits of a place: three of them are a key of 63 bits, and float32 holds one."""
EDGE_SAMPLES = 200_000
SLOTS = ("base", "metallic_roughness", "normal", "occlusion", "emission")

Ranges = list[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Kind:
    """Materials that differ in their pictures and names alone, which one atlas can serve.

    material : the first of them; its textures stand for those there are.
    """

    material: Material
    slots: tuple[str, ...]
    has_normals: bool
    has_tangents: bool


@dataclass(eq=False)
class Node:
    """A node of the tree.

    leaves   : the first leaf below it and the one after the last.
    level    : 0 for the root.
    name     : of its files: ``{level}/{number}``, numbers along the leaves.
    """

    leaves: tuple[int, int]
    level: int
    name: str = ""
    children: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Grid:
    """Where places are: ``position = (origin + place) * step``; step is a power of two."""

    origin: NDArray[np.int64]
    step: float


class Site:
    """A scene on its grid, cut into leaves.

    Memory: about 80 bytes a face and 40 a vertex beside the scene itself.
    """

    def __init__(self, scene: Scene, leaf_faces: int, leaf_texels: float) -> None:
        if not scene.faces:
            raise InputError("model: 0 faces, expected some to cut into tiles")
        self.scene = scene
        self.grid = grid_of(scene)
        self.kinds, self.kind_of_part = kinds_of(scene)
        self.starts = np.cumsum([0] + [len(part.positions) for part in scene.parts])
        self.face_starts = np.cumsum([0] + [len(part.faces) for part in scene.parts])
        self.places = self._places()
        self.ids, self.count = numbered(self.places)
        faces = self._whole_faces()
        self.order, self.bounds, self.root = self._tree(faces, leaf_faces, leaf_texels)
        self.first, self.last = self._shared()

    def _places(self) -> Places:
        origin, step = self.grid.origin, self.grid.step
        parts = [np.rint(part.positions / step) - origin for part in self.scene.parts]
        return np.concatenate([part.astype(np.int32) for part in parts])

    def corners(self, faces: NDArray[np.int64]) -> UInt32Array:
        """(m, 3) vertices of faces, counted over all parts."""
        found = np.empty((len(faces), 3), np.uint32)
        part_of_face = np.searchsorted(self.face_starts, faces, side="right") - 1
        for index in np.unique(part_of_face):
            mine = part_of_face == index
            rows = self.scene.parts[index].faces[faces[mine] - self.face_starts[index]]
            found[mine] = rows + np.uint32(self.starts[index])
        return found

    def _whole_faces(self) -> NDArray[np.int64]:
        """Faces whose corners are three places."""
        found = []
        for index, part in enumerate(self.scene.parts):
            a, b, c = self.ids[part.faces.astype(np.int64) + self.starts[index]].T
            whole = np.flatnonzero((a != b) & (b != c) & (c != a))
            found.append(whole + self.face_starts[index])
        faces = np.concatenate(found)
        if not len(faces):
            raise InputError(f"model: none of {self.scene.faces:,} faces has an area")
        return faces

    def _tree(
        self, faces: NDArray[np.int64], leaf_faces: int, leaf_texels: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Node]:
        """Faces in the order of leaves, where each leaf begins, and the root."""
        corners = self.corners(faces)
        centres = np.zeros((len(faces), 3), np.int32)
        for corner in range(3):
            centres += self.places[corners[:, corner]]
        cost = np.full(len(faces), 1 / leaf_faces, np.float32)
        cost = np.maximum(cost, self._texels(faces) / np.float32(leaf_texels))
        leaves: list[NDArray[np.int64]] = []

        def node(rows: NDArray[np.int64], level: int) -> Node:
            first = len(leaves)
            parts = [part for half in halves(centres, cost, rows) for part in half_again(half)]
            if len(parts) < 2:
                leaves.append(rows)
                return Node((first, len(leaves)), level)
            children = [node(part, level + 1) for part in parts]
            return Node((first, len(leaves)), level, children=children)

        def half_again(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
            return halves(centres, cost, rows)

        root = node(np.arange(len(faces)), 0)
        bounds = np.cumsum([0] + [len(leaf) for leaf in leaves])
        _name(root)
        return faces[np.concatenate(leaves)], bounds, root

    def _texels(self, faces: NDArray[np.int64]) -> NDArray[np.float32]:
        """(m,) texels of each face's largest texture."""
        found = np.zeros(self.scene.faces, np.float32)
        for index, part in enumerate(self.scene.parts):
            material = self.scene.materials[part.material]
            if part.uvs is None or not material.textures:
                continue
            size = np.array(picture_of(material).size, np.float32)
            areas = triangle_areas(part.uvs * size, part.faces)
            found[self.face_starts[index] : self.face_starts[index + 1]] = areas
        return found[faces]

    def _shared(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(places,) the first and the last leaf that a place is in."""
        first, last = np.full(self.count, -1, np.int32), np.full(self.count, -1, np.int32)
        for leaf in range(len(self.bounds) - 1):
            ids = self.ids[self.corners(self.faces_of(leaf))].reshape(-1)
            first[ids] = np.where(first[ids] < 0, leaf, first[ids])
            last[ids] = leaf
        return first, last

    def faces_of(self, leaf: int) -> NDArray[np.int64]:
        """Faces of a leaf, counted over all parts."""
        return self.order[self.bounds[leaf] : self.bounds[leaf + 1]]

    def locked(self, patch: Patch, node: Node) -> NDArray[np.bool_]:
        """(n,) vertices of a patch of ``node`` that it shares with tiles beside it."""
        begin, end = node.leaves
        result: NDArray[np.bool_] = (self.first[patch.ids] < begin) | (self.last[patch.ids] >= end)
        return result

    def patches(self, leaf: int) -> list[Patch]:
        """A leaf's faces at full detail, in patches that name the scene's own textures."""
        faces = np.sort(self.faces_of(leaf))
        part_of_face = np.searchsorted(self.face_starts, faces, side="right") - 1
        return [
            self._patch(int(index), faces[part_of_face == index] - self.face_starts[index])
            for index in np.unique(part_of_face)
        ]

    def _patch(self, index: int, faces: NDArray[np.int64]) -> Patch:
        part, kind = self.scene.parts[index], self.kinds[self.kind_of_part[index]]
        rows, corners = np.unique(part.faces[faces], return_inverse=True)
        span = slice(self.starts[index], self.starts[index + 1])
        uvs = part.uvs[rows] if kind.slots and part.uvs is not None else None
        return Patch(
            kind=self.kind_of_part[index],
            places=self.places[span][rows],
            ids=self.ids[span][rows],
            faces=corners.reshape(-1, 3).astype(np.uint32),
            uvs=uvs,
            picture=None if uvs is None else np.zeros(len(rows), np.int32),
            pictures=() if uvs is None else (picture_of(self.scene.materials[part.material]),),
            tangents=_rows(part.tangents if kind.has_tangents else None, rows),
            normals=_rows(part.normals if kind.has_normals else None, rows),
            colours=_rows(part.colours, rows),
        )


def grid_of(scene: Scene) -> Grid:
    """The grid of a scene: a step is a power of two, and fine beside the shorter edges."""
    lengths = []
    share = max(1, -(-scene.faces // EDGE_SAMPLES))
    for part in scene.parts:
        a, b = (part.positions[part.faces[::share, corner]] for corner in (0, 1))
        lengths.append(np.linalg.norm(b.astype(np.float64) - a, axis=1))
    low, high = scene.bounds
    extent = float((high.astype(np.float64) - low).max()) or 1.0
    edges = np.concatenate(lengths)
    short = float(np.percentile(edges[edges > 0], 10)) if (edges > 0).any() else extent
    step = 2.0 ** math.floor(math.log2(max(short, extent * 1e-9) / STEPS_OF_EDGE))
    while extent / step > 2**GRID_BITS - 2:
        step *= 2
    return Grid(np.floor(low.astype(np.float64) / step).astype(np.int64), step)


def numbered(places: Places) -> tuple[UInt32Array, int]:
    """A number (n,) for each place, the same for the same place, and how many there are."""
    x, y, z = places.astype(np.int64).T
    unique, number = np.unique(
        x << 2 * GRID_BITS | y << GRID_BITS | z, return_inverse=True
    )  # fmt: skip
    return number.reshape(-1).astype(np.uint32), len(unique)


def halves(
    centres: Places, cost: NDArray[np.float32], rows: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Rows on both sides of a plane across the longest side; as they are when cheap enough."""
    if cost[rows].sum(dtype=np.float64) <= 1 or len(rows) < 2:
        return [rows]
    mine = centres[rows]
    axis = int(np.argmax(mine.max(axis=0) - mine.min(axis=0)))
    values = mine[:, axis]
    is_low = values < np.partition(values, len(values) // 2)[len(values) // 2]
    if not is_low.any():  # more than half lie at the same, least coordinate
        is_low = values == values.min()
    if is_low.all():
        is_low = np.arange(len(rows)) < len(rows) // 2
    return [rows[is_low], rows[~is_low]]


def kinds_of(scene: Scene) -> tuple[list[Kind], list[int]]:
    """The kinds of material of a scene, and which one each part is of."""
    kinds: dict[tuple[object, ...], Kind] = {}
    keys = []
    for part in scene.parts:
        material = scene.materials[part.material]
        slots = tuple(s for s in SLOTS if getattr(material, s)) if part.uvs is not None else ()
        has_normals = part.normals is not None and not material.unlit
        # Tangents belong to a normal map, and that to the charts it was made for.
        has_tangents = has_normals and part.tangents is not None and "normal" in slots
        opaque = material.alpha_mode is AlphaMode.opaque
        key = (
            slots, has_normals, has_tangents, part.colours is not None, material.base_colour,
            material.metallic, material.roughness, material.normal_scale,
            material.occlusion_strength, material.emissive, material.alpha_mode,
            None if opaque else material.alpha_cutoff,
            material.double_sided, material.unlit,
        )  # fmt: skip
        kinds.setdefault(key, Kind(material, slots, has_normals, has_tangents))
        keys.append(key)
    names = list(kinds)
    return list(kinds.values()), [names.index(key) for key in keys]


def _rows(values: Float32Array | None, rows: UInt32Array) -> Float32Array | None:
    return None if values is None else values[rows]


def picture_of(material: Material) -> Picture:
    """A material's own textures."""
    textures = {slot: getattr(material, slot) for slot in SLOTS if getattr(material, slot)}
    wrap = next(iter(textures.values())).wrap
    return Picture({slot: texture.pixels for slot, texture in textures.items()}, wrap)


def _name(root: Node) -> None:
    """Give every node its name."""
    counts: dict[int, int] = {}
    for node in nodes_of(root):
        number = counts.get(node.level, 0)
        counts[node.level] = number + 1
        node.name = f"{node.level}/{number}"


def nodes_of(root: Node) -> list[Node]:
    """All nodes, each before those below it."""
    return [root, *(below for child in root.children for below in nodes_of(child))]
