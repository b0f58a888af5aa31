"""From what a file says of one part to a part of a scene: placed, checked, nothing unused in it."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.frames import FloatArray
from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.scene import Material, Part, Scene, Wrap
from vtour.srgb import linear_from_srgb

MAX_VERTICES = 100_000_000
MAX_FACES = 100_000_000
MAX_PARTS = 20_000
BLOCK = 1 << 20
FAR_DIAGONALS = 64
"""Coordinates farther from zero than so many diagonals keep less than 17 of float32's 24 bits."""
COARSE_STEP_M = 0.001
FAR_SIDES = 8
"""A local origin gains three bits or more where coordinates are farther than so many sides."""


@dataclass(frozen=True, eq=False)
class LoosePart:
    """A part as its file has it.

    positions       : (n, 3) float32 or float64, part.
    scene_from_part : (4, 4).
    is_single       : the file has them as float32, so that they may be coarse.

    The rest is as in Part: normals and tangents in the frame of the part, of any length.
    """

    positions: NDArray[np.floating]
    faces: UInt32Array
    material: int
    normals: Float32Array | None = None
    tangents: Float32Array | None = None
    uvs: Float32Array | None = None
    colours: Float32Array | None = None
    name: str = ""
    scene_from_part: FloatArray = field(default_factory=lambda: np.eye(4))
    is_single: bool = False


class Notes:
    """What was left out: one line for each kind, with how often."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, text: str, count: int = 1) -> None:
        """Say something; ``{}`` in the text becomes the sum of its counts."""
        self._counts[text] = self._counts.get(text, 0) + count

    def lines(self) -> list[str]:
        """In the order of their first time."""
        return [text.replace("{}", f"{count:,}") for text, count in self._counts.items()]


class Materials:
    """The materials of a scene, and those that some of its parts need without textures."""

    def __init__(self, materials: list[Material] | None = None) -> None:
        self.all: list[Material] = list(materials or [])
        self._plain: dict[tuple[int, tuple[float, ...]], int] = {}

    def plain(self, index: int, colour: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)) -> int:
        """The material without textures, its base colour multiplied by a linear one."""
        key = (index, colour)
        if key not in self._plain:
            material = self.all[index]
            r, g, b, a = (x * y for x, y in zip(material.base_colour, colour, strict=True))
            emissive = (0.0, 0.0, 0.0) if material.emission else material.emissive
            plain = replace(
                material,
                base_colour=(r, g, b, a),
                emissive=emissive,
                base=None,
                metallic_roughness=None,
                normal=None,
                occlusion=None,
                emission=None,
            )
            self.all.append(plain)
            self._plain[key] = len(self.all) - 1
        return self._plain[key]


def scene_of_parts(
    name: str, parts: list[LoosePart], materials: Materials, copyright: str | None, notes: Notes
) -> Scene:
    """A scene of checked parts, with the materials that they use.

    name : of the file, for errors.

    Raises InputError when there are no faces, and for positions that are no numbers.
    """
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        raise InputError(f"{name}: no faces, expected a mesh of triangles")
    origin = _origin(name, parts)
    if origin.any():
        notes.add(
            "coordinates are far from zero: moved by "
            + ", ".join(f"{-value:.0f}" for value in origin)
        )
    step = max(_coarse_step(part) for part in parts)
    if step > COARSE_STEP_M:
        notes.add(
            f"coordinates come in steps of {step:.2g} m: "
            "export with a local origin, or PLY with double"
        )
    placed = []
    while parts:  # one after the other leaves the memory
        placed.append(_placed(name, parts.pop(0), origin, materials, notes))
    used = sorted({part.material for part in placed})
    placed = [replace(part, material=used.index(part.material)) for part in placed]
    kept = [materials.all[index] for index in used]
    x, y, z = map(float, origin)
    return Scene(placed, kept, copyright, notes.lines(), (x, y, z))


def without_unused(part: LoosePart) -> LoosePart:
    """Only the vertices that faces name, in their order."""
    used = np.zeros(len(part.positions), bool)
    used[part.faces.reshape(-1)] = True
    if used.all():
        return part
    numbers = (np.cumsum(used) - 1).astype(np.uint32)
    return replace(
        part,
        positions=part.positions[used],
        faces=numbers[part.faces],
        normals=None if part.normals is None else part.normals[used],
        tangents=None if part.tangents is None else part.tangents[used],
        uvs=None if part.uvs is None else part.uvs[used],
        colours=None if part.colours is None else part.colours[used],
    )


def _origin(name: str, parts: list[LoosePart]) -> FloatArray:
    """Zeros, or the whole units near the centre when that is far away for float32."""
    lows, highs = [], []
    for part in parts:
        low, high = part.positions.min(axis=0), part.positions.max(axis=0)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            bad = int((~np.isfinite(part.positions)).any(axis=1).sum())
            raise InputError(f"{name}: {bad:,} positions are no finite numbers, expected none")
        corners = np.array([[(low, high)[i >> k & 1][k] for k in range(3)] for i in range(8)])
        with np.errstate(over="ignore", invalid="ignore"):
            corners = corners @ part.scene_from_part[:3, :3].T + part.scene_from_part[:3, 3]
        lows.append(corners.min(axis=0))
        highs.append(corners.max(axis=0))
    least, most = np.min(lows, axis=0), np.max(highs, axis=0)
    farthest = float(np.abs([least, most]).max())
    if not farthest < float(np.finfo(np.float32).max) / 4:
        raise InputError(f"{name}: positions are no finite numbers in its scene, expected some")
    if farthest <= FAR_DIAGONALS * float(np.linalg.norm(most - least)):
        return np.zeros(3)
    return np.asarray(np.rint((least + most) / 2))


def _coarse_step(part: LoosePart) -> float:
    """The step of float32 at the farthest coordinate, in the scene; 0 where size alone makes it.

    Size makes steps of 2^-24 of itself, whatever the unit, and no origin makes them smaller.
    """
    if not part.is_single:
        return 0.0
    low, high = part.positions.min(axis=0), part.positions.max(axis=0)
    farthest = np.maximum(np.abs(low), np.abs(high))
    if float(farthest.max()) <= FAR_SIDES * float((high.astype(np.float64) - low).max()):
        return 0.0
    steps = np.spacing(farthest.astype(np.float32)).astype(np.float64)
    return float((np.abs(part.scene_from_part[:3, :3]) * steps).max())


def _placed(
    name: str, part: LoosePart, origin: FloatArray, materials: Materials, notes: Notes
) -> Part:
    uvs, material = _checked_uvs(part, materials, notes)
    matrix = part.scene_from_part[:3, :3]
    is_mirrored = float(np.linalg.det(matrix)) < 0
    faces = part.faces[:, ::-1] if is_mirrored else part.faces
    positions = _moved(part.positions, matrix, part.scene_from_part[:3, 3] - origin)
    faces = np.ascontiguousarray(faces, np.uint32)
    normals = _turned_normals(part, matrix, positions, faces, notes)
    tangents = None
    if part.tangents is not None and normals is not None and uvs is not None:
        tangents = _turned_tangents(part.tangents, matrix, is_mirrored, notes)
    return Part(
        positions=positions,
        faces=faces,
        material=material,
        normals=normals,
        tangents=tangents,
        uvs=uvs,
        colours=_checked_colours(part.colours, notes),
        name=part.name,
    )


def _moved(positions: NDArray[np.floating], matrix: FloatArray, shift: FloatArray) -> Float32Array:
    moved = np.empty(positions.shape, np.float32)
    is_plain = bool((matrix == np.eye(3)).all()) and not shift.any()
    for start in range(0, len(positions), BLOCK):
        block = positions[start : start + BLOCK]
        moved[start : start + BLOCK] = block if is_plain else block @ matrix.T + shift
    return moved


def _turned_normals(
    part: LoosePart, matrix: FloatArray, positions: Float32Array, faces: UInt32Array, notes: Notes
) -> Float32Array | None:
    """Unit normals in the scene; those that are none are taken from the faces around."""
    if part.normals is None:
        return None
    a, b, c = matrix.T
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    sign = -1.0 if float(np.linalg.det(matrix)) < 0 else 1.0
    scale = float(np.abs(cofactors).max()) or 1.0
    turned, is_good = _unit(part.normals, cofactors * (sign / scale))
    if not is_good.all():
        notes.add("{} normals without a direction, taken from the faces", int((~is_good).sum()))
        turned[~is_good] = vertex_normals(positions, faces)[~is_good]
    return turned


def _unit(vectors: Float32Array, matrix: FloatArray) -> tuple[Float32Array, NDArray[np.bool_]]:
    """Vectors turned and made one long, and which of them could be."""
    with np.errstate(all="ignore"):
        turned = vectors.astype(np.float64) @ matrix.T
        length = np.linalg.norm(turned, axis=1)
        is_good = np.isfinite(length) & (length > 1e-12)
        unit = (turned / np.where(is_good, length, 1)[:, None]).astype(np.float32)
    return unit, is_good


def vertex_normals(positions: Float32Array, faces: UInt32Array) -> Float32Array:
    """Unit normals (n, 3) as means of the faces around, weighted by their area; else +Y."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    with np.errstate(all="ignore"):
        normals = np.cross(b - a, c - a)
    normals[~np.isfinite(normals).all(axis=1)] = 0
    sums = np.zeros((len(positions), 3))
    for axis in range(3):
        for corner in range(3):
            sums[:, axis] += np.bincount(faces[:, corner], normals[:, axis], len(positions))
    unit, is_good = _unit(sums.astype(np.float32), np.eye(3))
    unit[~is_good] = (0, 1, 0)
    return unit


def _turned_tangents(
    tangents: Float32Array, matrix: FloatArray, is_mirrored: bool, notes: Notes
) -> Float32Array | None:
    turned, is_good = _unit(tangents[:, :3], matrix)
    side = np.where(tangents[:, 3] < 0, np.float32(-1), np.float32(1))
    if not is_good.all():
        notes.add("tangents without a direction in {} parts, left out")
        return None
    side = -side if is_mirrored else side
    return np.ascontiguousarray(np.concatenate([turned, side[:, None]], axis=1), np.float32)


def _checked_colours(colours: Float32Array | None, notes: Notes) -> Float32Array | None:
    """(n, 4) from 0 to 1; None when all are white."""
    if colours is None:
        return None
    if colours.shape[1] == 3:
        white = np.ones((len(colours), 1), np.float32)
        colours = np.concatenate([colours, white], axis=1)
    bad: NDArray[np.bool_] = ~np.isfinite(colours)
    if bad.any():
        notes.add("{} vertex colours are no numbers, taken as white", int(bad.any(axis=1).sum()))
        colours = np.where(bad, np.float32(1), colours)
    colours = np.clip(colours, 0, 1).astype(np.float32)
    return None if bool((colours == 1).all()) else colours


def _checked_uvs(
    part: LoosePart, materials: Materials, notes: Notes
) -> tuple[Float32Array | None, int]:
    """Texture coordinates that can be used, and the material that goes with them."""
    if not materials.all[part.material].textures:
        return None, part.material
    if part.uvs is None:
        notes.add("textures left out of {} parts without texture coordinates")
        return None, materials.plain(part.material)
    uvs, bad = part.uvs, np.asarray(~np.isfinite(part.uvs).all(axis=1))
    if bad.any():
        notes.add("{} texture coordinates are no numbers, taken as 0", int(bad.sum()))
        uvs = np.where(bad[:, None], np.float32(0), uvs)
    if bool((uvs == uvs[0]).all()):
        notes.add("all texture coordinates of {} parts are one point: its colour is taken")
        colour = texture_colour(materials.all[part.material], uvs[0])
        return None, materials.plain(part.material, colour)
    if not _has_area(uvs, part.faces):
        notes.add("no face of {} parts has an area on its textures")
    return uvs, part.material


def _has_area(uvs: Float32Array, faces: UInt32Array) -> bool:
    for start in range(0, len(faces), BLOCK):
        a, b, c = (uvs[faces[start : start + BLOCK, k]].astype(np.float64) for k in range(3))
        (x, y), (u, v) = (b - a).T, (c - a).T
        if bool((x * v != y * u).any()):
            return True
    return False


def texture_colour(material: Material, uv: Float32Array) -> tuple[float, ...]:
    """Linear red, green, blue and alpha of the base texture at one point; white without one."""
    if material.base is None:
        return (1.0, 1.0, 1.0, 1.0)
    height, width = material.base.pixels.shape[:2]
    x, y = (
        _wrapped(float(value), wrap) for value, wrap in zip(uv, material.base.wrap, strict=True)
    )
    pixel = material.base.pixels[min(int(y * height), height - 1), min(int(x * width), width - 1)]
    linear = [float(value) for value in linear_from_srgb(pixel[:3] / np.float64(255))]
    return (*linear, float(pixel[3]) / 255 if len(pixel) == 4 else 1.0)


def _wrapped(value: float, wrap: Wrap) -> float:
    if wrap is Wrap.clamp:
        return min(max(value, 0.0), 1.0)
    if wrap is Wrap.mirror and value % 2 >= 1:
        return 1 - value % 1
    return value % 1


def fans(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Polygons as triangles around their first corner: (m, 3) places in a list of corners.

    starts : (k,) place of each polygon's first corner; counts: (k,) corners, at least 3.
    """
    triangles = counts - 2
    first = np.repeat(starts, triangles)
    ends = np.cumsum(triangles)
    step = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - triangles, triangles)
    return np.stack([first, first + step + 1, first + step + 2], axis=1)
