"""PLY meshes: ascii and binary, with colours, normals, texture coordinates and pictures.

Own and not trimesh, as for OBJ: its header and limits are those of ``vtour.clouds.ply``, which
tells clouds from meshes, and nothing is allocated that the file does not hold.
"""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.ply import PlyElement, PlyLayout, ply_headers
from vtour.errors import InputError
from vtour.frames import FloatArray
from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.read_pictures import GLTF_PICTURES, picture_pixels
from vtour.glb.scene import Material, Scene, Texture, Wrap
from vtour.models.named_files import NamedFiles
from vtour.models.parts import (
    MAX_FACES,
    MAX_VERTICES,
    LoosePart,
    Materials,
    Notes,
    fans,
    scene_of_parts,
    without_unused,
)
from vtour.models.uris import shown
from vtour.srgb import linear_from_srgb

IntArray = NDArray[np.int64]

BLOCK_BYTES = 4 << 20
MAX_TEXTURES = 4096
NO_FACES = "points without faces"
MAX_CORNERS = 1 << 20
PICTURES = (*GLTF_PICTURES, "TIFF", "BMP", "TGA")
FACE_LISTS = ("vertex_indices", "vertex_index")
UV_NAMES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
COLOUR_NAMES = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
GREY = Material(name="default", base_colour=(0.7, 0.7, 0.7, 1.0), double_sided=True)
COLOURED = Material(name="colours", double_sided=True, unlit=True)
"""Unlit, because the light of the day is already in scanned colours."""


def read_ply(path: Path) -> Scene:
    """All polygons of a mesh. Raises InputError, see read_scene, also for a cloud of points."""
    headers = ply_headers(path)
    layout: PlyLayout = headers.layout
    vertex, face = layout.element("vertex"), layout.element("face")
    if vertex is None or face is None or not face.count:
        raise InputError(f"{path.name}: {NO_FACES}, expected a mesh")
    if vertex.count > MAX_VERTICES or face.count > MAX_FACES:
        raise InputError(f"{path.name}: {face.count:,} faces, expected at most {MAX_FACES:,}")
    tables = _tables(path, layout)
    reader = _PlyReader(path, tables["vertex"], tables["face"], Notes())
    return reader.scene([str(comment) for comment in headers.facts["comments"]])


@dataclass
class _Table:
    """The rows of one element: numbers by name, and lists as (starts, counts, all items)."""

    count: int
    columns: dict[str, NDArray[Any]]
    lists: dict[str, tuple[IntArray, IntArray, NDArray[Any]]]


class _PlyReader:
    def __init__(self, path: Path, vertex: _Table, face: _Table, notes: Notes) -> None:
        self.path, self.vertex, self.face, self.notes = path, vertex, face, notes
        self.files = NamedFiles(path, notes)

    def scene(self, comments: list[str]) -> Scene:
        vertex = self.vertex
        if not {"x", "y", "z"} <= vertex.columns.keys():
            raise InputError(f"{self.path.name}: vertices without x, y, z, expected a mesh")
        is_single = all(vertex.columns[name].dtype == np.float32 for name in "xyz")
        kind = np.dtype(np.float32 if is_single else np.float64)
        positions = np.stack([vertex.columns[name].astype(kind) for name in "xyz"], axis=1)
        triangles, faces, of_face = self._triangles(len(positions))
        materials, numbers = self._materials(comments)
        uvs, wedges = self._uvs(triangles, of_face)
        has_pictures = any(material.textures for material in materials.all)
        part = LoosePart(
            positions,
            faces,
            0,
            normals=self._vectors(("nx", "ny", "nz")),
            uvs=uvs if has_pictures else None,
            colours=self._colours(has_pictures),
            is_single=is_single,
        )
        if part.colours is not None and not has_pictures:
            materials.all[0] = COLOURED
        if wedges is not None and has_pictures:
            part = _cut(part, wedges)
        number = None if numbers is None else numbers[of_face]
        parts = _by_material(part, number, len(materials.all))
        return scene_of_parts(self.path.name, parts, materials, None, self.notes)

    def _triangles(self, vertices: int) -> tuple[IntArray, UInt32Array, IntArray]:
        """Places of corners in their list (m, 3), the vertices there, the polygon of each."""
        name = next((one for one in FACE_LISTS if one in self.face.lists), None)
        if name is None:
            raise InputError(f"{self.path.name}: faces without vertex_indices, expected a mesh")
        starts, counts, items = self.face.lists[name]
        chosen = np.flatnonzero(counts >= 3)
        if len(chosen) < len(counts):
            small = len(counts) - len(chosen)
            self.notes.add("{} faces of fewer than three corners, left out", small)
        if int(np.maximum(counts - 2, 0).sum()) > MAX_FACES:
            raise InputError(f"{self.path.name}: more than {MAX_FACES:,} triangles, expected fewer")
        corners = fans(np.zeros(len(chosen), np.int64), counts[chosen])
        of_face = np.repeat(chosen, counts[chosen] - 2)
        faces = items[starts[of_face][:, None] + corners]
        if faces.dtype.kind == "f" and not bool((np.floor(faces) == faces).all()):
            raise InputError(f"{self.path.name}: vertex numbers that are not whole")
        if len(faces) and not 0 <= int(faces.min()) <= int(faces.max()) < vertices:
            wrong = int(faces.min()) if int(faces.min()) < 0 else int(faces.max())
            raise InputError(
                f"{self.path.name}: a face names vertex {wrong:,}, expected 0 to {vertices - 1:,}"
            )
        return corners, faces.astype(np.uint32), of_face

    def _materials(self, comments: list[str]) -> tuple[Materials, IntArray | None]:
        """A material for each ``comment TextureFile``; and the number of it for each polygon."""
        names = texture_names(comments)
        if len(names) > MAX_TEXTURES:
            raise InputError(f"{self.path.name}: {len(names):,} textures, expected fewer")
        materials = Materials()
        for name in names:
            texture = self._texture(name)
            materials.all.append(
                GREY if texture is None else Material(
                    name=Path(name).stem[:200], base=texture, double_sided=True, unlit=True
                )
            )  # fmt: skip
        if not names:
            return Materials([GREY]), None
        numbers = self.face.columns.get("texnumber")
        if numbers is None or len(names) == 1:
            return materials, None
        with np.errstate(invalid="ignore"):
            numbers = np.nan_to_num(numbers).astype(np.int64)
        materials.all.append(GREY)  # of faces without a picture
        is_none = (numbers < 0) | (numbers >= len(names))
        return materials, np.where(is_none, len(names), numbers)

    def _texture(self, name: str) -> Texture | None:
        path = self.files.find(name, "texture")
        if path is None:
            self.notes.add(f"texture {shown(name)} not found, left out")
            return None
        pixels = picture_pixels(path.read_bytes(), path.name, formats=PICTURES)
        return Texture(np.ascontiguousarray(pixels[..., :3]), (Wrap.repeat, Wrap.repeat))

    def _uvs(
        self, triangles: IntArray, of_face: IntArray
    ) -> tuple[Float32Array | None, Float32Array | None]:
        """Texture coordinates of the vertices (n, 2), or of the faces' corners (m, 3, 2)."""
        if "texcoord" in self.face.lists:
            starts, counts, items = self.face.lists["texcoord"]
            at = starts[of_face][:, None] + 2 * triangles
            is_there = (2 * triangles + 1 < counts[of_face][:, None]) & (len(items) > 1)
            at = np.where(is_there, at, 0)
            if len(items) < 2:
                return None, None
            with np.errstate(over="ignore"):
                pairs = np.stack([items[at], items[at + 1]], axis=2).astype(np.float32)
            pairs[~is_there] = np.nan
            pairs[..., 1] = 1 - pairs[..., 1]  # PLY counts t from below, as MeshLab writes it
            return None, pairs
        for names in UV_NAMES:
            uvs = self._vectors(names)
            if uvs is not None:
                uvs[:, 1] = 1 - uvs[:, 1]
                return uvs, None
        return None, None

    def _vectors(self, names: tuple[str, ...]) -> Float32Array | None:
        if not set(names) <= self.vertex.columns.keys():
            return None
        with np.errstate(over="ignore"):
            columns = [self.vertex.columns[name].astype(np.float32) for name in names]
        return np.stack(columns, axis=1)

    def _colours(self, has_pictures: bool) -> Float32Array | None:
        """Linear (n, 3) or (n, 4); None without them, and where textures show the same."""
        columns = self.vertex.columns
        names = next((names for names in COLOUR_NAMES if set(names) <= columns.keys()), None)
        if {"red", "green", "blue"} <= self.face.columns.keys() and names is None:
            self.notes.add("colours of faces, left out")
        if names is None:
            return None
        if has_pictures:
            self.notes.add("vertex colours beside textures, left out")
            return None
        light = [linear_from_srgb(_share(columns[name])) for name in names]
        if "alpha" in columns:
            light.append(_share(columns["alpha"]))
        return np.stack(light, axis=1).astype(np.float32)


def texture_names(comments: list[str]) -> list[str]:
    """The pictures that ``comment TextureFile <name>`` tells, in their order."""
    return [text[11:].strip() for text in comments if text.lower().startswith("texturefile")]


def _share(values: NDArray[Any]) -> FloatArray:
    """A column of colours as shares of one: whole numbers by their type, others by their range."""
    shares = np.nan_to_num(values.astype(np.float64), nan=1.0)
    if values.dtype.kind in "iu":
        shares /= np.iinfo(values.dtype).max
    elif len(shares) and float(shares.max()) > 1:
        shares /= 255
    return np.clip(shares, 0, 1)


def _cut(part: LoosePart, wedges: Float32Array) -> LoosePart:
    """Vertices doubled where the corners of their faces lie apart on the texture."""
    pairs = np.ascontiguousarray(wedges.reshape(-1, 2) + np.float32(0)).view(np.uint64).reshape(-1)
    values, which = np.unique(pairs, return_inverse=True)
    corners = part.faces.reshape(-1).astype(np.int64)
    keys, corner = np.unique(corners * len(values) + which, return_inverse=True)
    v, pair = np.divmod(keys, len(values))
    uvs = values[pair].view(np.float32).reshape(-1, 2)
    return LoosePart(
        part.positions[v],
        corner.reshape(-1, 3).astype(np.uint32),
        part.material,
        normals=None if part.normals is None else part.normals[v],
        uvs=uvs,
        colours=None if part.colours is None else part.colours[v],
        is_single=part.is_single,
    )


def _by_material(part: LoosePart, number: IntArray | None, materials: int) -> list[LoosePart]:
    if number is None:
        return [without_unused(part)]
    parts = []
    for index in range(materials):
        faces = part.faces[number == index]
        if len(faces):
            parts.append(without_unused(replace(part, faces=faces, material=index)))
    return parts


def _tables(path: Path, layout: PlyLayout) -> dict[str, _Table]:
    """Vertices and faces; what lies between and before is passed over."""
    at = 0
    if layout.form == "ascii":
        data: NDArray[Any] = _numbers_of_text(path, layout.start)
    else:
        data, at = np.asarray(np.memmap(path, np.uint8, "r")), layout.start
    end = ">" if layout.form == "binary_big_endian" else "<"
    found: dict[str, _Table] = {}
    for element in layout.elements:
        names = [name for name, _ in element.properties]
        if len(set(names)) < len(names):
            raise InputError(f"{path.name}: {element.name} has one property twice, expected once")
        table, at = _table(data, at, element, end)
        if at < 0:
            raise InputError(f"{path.name}: its {element.name[:30]} rows are cut or damaged")
        found.setdefault(element.name, table)
        if {"vertex", "face"} <= found.keys():
            break
    return found


def _table(data: NDArray[Any], at: int, element: PlyElement, end: str) -> tuple[_Table, int]:
    """One element's rows from a place in the data on, and the place behind them; -1 when cut."""
    is_text = data.dtype.kind == "f"
    kinds = [end + kind for _, kind in element.properties]
    sizes = [1 if is_text else int(kind[2]) for kind in kinds]
    items = [element.items.get(name, "") for name, _ in element.properties]
    table = _Table(element.count, {}, {})
    if element.count * sum(sizes) > len(data) - at:
        return table, -1
    if not any(items):
        for k, (name, _) in enumerate(element.properties):
            start = at + sum(sizes[:k])
            table.columns[name] = _evenly(data, start, element.count, sum(sizes), kinds[k])
        return table, at + element.count * sum(sizes)
    from vtour.models.ply_rows import walked_rows

    item_sizes = [0 if not kind else 1 if is_text else int(kind[1]) for kind in items]
    places = np.empty((len(sizes), element.count), np.int64)
    counts = np.ones((len(sizes), element.count), np.int64)
    after = walked_rows(
        data, at, np.array(sizes), np.array(item_sizes), end == ">", is_text, MAX_CORNERS,
        places, counts,
    )  # fmt: skip
    if after < 0:
        return table, -1
    for k, (name, _) in enumerate(element.properties):
        if items[k]:
            values = _lists(data, places[k], counts[k], end + items[k])
            table.lists[name] = (np.cumsum(counts[k]) - counts[k], counts[k], values)
        else:
            table.columns[name] = _gathered(data, places[k], kinds[k])
    return table, int(after)


def _lists(data: NDArray[Any], places: IntArray, counts: IntArray, kind: str) -> NDArray[Any]:
    """The items of all lists, one after the other."""
    size = 1 if data.dtype.kind == "f" else int(kind[2])
    each = int(counts[0]) if len(counts) else 0
    if each and bool((counts == each).all()) and bool((np.diff(places, 2) == 0).all()):
        step = int(places[1] - places[0]) if len(places) > 1 else size * each
        columns = [
            _evenly(data, int(places[0]) + k * size, len(places), step, kind) for k in range(each)
        ]
        return np.stack(columns, axis=1).reshape(-1)
    ends = np.cumsum(counts)
    step_in = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    return _gathered(data, np.repeat(places, counts) + step_in * size, kind)


def _evenly(data: NDArray[Any], start: int, count: int, step: int, kind: str) -> NDArray[Any]:
    """Numbers every ``step`` bytes, or numbers of a text, from a place on."""
    if data.dtype.kind == "f":
        return _typed(data[start : start + step * (count - 1) + 1 : step], kind)
    if not count:
        return np.zeros(0, kind[1:])
    values: NDArray[Any] = np.ndarray((count,), kind, data, start, (step,))
    return values.astype(kind[1:])


def _gathered(data: NDArray[Any], places: IntArray, kind: str) -> NDArray[Any]:
    """Numbers at any places."""
    if data.dtype.kind == "f":
        return _typed(data[places], kind)
    size = int(kind[2])
    values = np.empty((len(places), size), np.uint8)
    for k in range(size):
        values[:, k] = data[places + k]
    plain: NDArray[Any] = values.view(kind).reshape(-1).astype(kind[1:])
    return plain


def _typed(values: FloatArray, kind: str) -> NDArray[Any]:
    """Numbers of a text in the property's own type, so that colours are told from shares of 1."""
    if kind[1] == "f":
        return values
    limits = np.iinfo(kind[1:])
    most = min(int(limits.max), 2**53)
    whole: NDArray[Any] = np.clip(np.nan_to_num(values), max(int(limits.min), -most), most)
    return whole.astype(kind[1:])


def _numbers_of_text(path: Path, start: int) -> FloatArray:
    """All numbers behind the header. Raises InputError for what is none."""
    blocks, rest = [], b""
    with path.open("rb") as stream:
        stream.seek(start)
        while block := stream.read(BLOCK_BYTES):
            text = rest + block
            cut = max(text.rfind(b"\n"), text.rfind(b" ")) + 1
            rest = text[cut:]
            if len(rest) > BLOCK_BYTES:
                raise InputError(f"{path.name}: no numbers behind its header, expected a mesh")
            blocks.append(_parsed(path, text[:cut]))
    return np.concatenate([*blocks, _parsed(path, rest)])


def _parsed(path: Path, text: bytes) -> FloatArray:
    if not text.strip():
        return np.zeros(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.fromstring(text, np.float64, sep=" ")
        except (ValueError, DeprecationWarning):
            raise InputError(f"{path.name}: a text among its numbers, expected a mesh") from None
