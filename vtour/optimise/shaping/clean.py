"""Clean a scene from anywhere before it is made smaller: what has no effect goes, the rest is sane.

Floaters are judged over all parts together, so a button of another material is no floater of
its coat. Duplicates are faces of one part on the same three places with the same side in front;
of two back to back both stay, unless their material shows both sides of each anyway.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from vtour.atlas.topology import BoolArray, FloatArray, groups
from vtour.errors import InputError
from vtour.glb.mesh import Float32Array
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Wrap
from vtour.glb.vertices import equal_rows, used_vertices
from vtour.optimise.shaping.shading_normals import cut_at_creases, places_of, smooth_normals
from vtour.options import StageOptions, option

FLAT = 1e-7  # height of a face over its longest edge, below which floats cannot tell it from 0
OFF_LENGTH = 0.02  # of a unit normal


@dataclass(frozen=True, kw_only=True)
class CleanOptions(StageOptions):
    """What of a mesh is not part of the object."""

    floaters: bool = option(True, "Drop small loose pieces.")
    floater_area: float = option(
        0.0005, "Most area of a piece to drop, of the whole.", minimum=0, maximum=0.05
    )
    floater_size: float = option(
        0.02, "Most size of a piece to drop, of the whole.", minimum=0, maximum=0.2
    )
    floaters_at_most: float = option(
        0.03, "Pieces of more than this in all are no floaters: all stay.", minimum=0, maximum=0.1
    )
    crease_deg: float = option(
        60.0, "Angle at which computed normals have an edge.", unit="deg", minimum=0, maximum=180
    )


CLEAN_DEFAULTS = CleanOptions()


@dataclass
class CleanReport:
    """What was done: counts, and lines for the user."""

    vertices_before: int = 0
    vertices: int = 0
    faces_before: int = 0
    faces: int = 0
    degenerate_faces: int = 0
    duplicate_faces: int = 0
    floaters: int = 0
    floater_faces: int = 0
    floater_area: float = 0.0
    """Share of the whole."""
    normals_computed: int = 0
    normals_repaired: int = 0
    uvs_repaired: int = 0
    faces_without_uv_area: int = 0
    materials_dropped: int = 0
    alpha_modes_dropped: int = 0
    notes: list[str] = field(default_factory=list)


def clean_scene(scene: Scene, options: CleanOptions = CLEAN_DEFAULTS) -> tuple[Scene, CleanReport]:
    """The same scene to look at, without what is broken, double, loose or unused.

    Raises InputError when no face is left.
    """
    report = CleanReport(faces_before=scene.faces)
    report.vertices_before = sum(len(part.positions) for part in scene.parts)
    parts = [_without_bad_faces(part, scene.materials, report) for part in scene.parts]
    if options.floaters:
        parts = _without_floaters(parts, options, report)
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        raise InputError(
            f"model: no usable face of {report.faces_before:,}, expected a surface with an area"
        )
    parts = [_with_sane_uvs(part, scene.materials[part.material], report) for part in parts]
    parts = [_with_sane_colours(part) for part in parts]
    crease = math.radians(options.crease_deg)
    parts = [_with_normals(part, scene.materials[part.material], crease, report) for part in parts]
    parts = [weld_part(part) for part in parts]
    parts, materials = _with_used_materials(parts, scene.materials, report)
    report.faces = sum(len(part.faces) for part in parts)
    report.vertices = sum(len(part.positions) for part in parts)
    return replace(scene, parts=parts, materials=materials), report


def weld_part(part: Part) -> Part:
    """Join vertices that agree in everything; vertices of no face go. First come, first kept."""
    used = used_vertices(part.faces)
    first, place = equal_rows(np.concatenate(_columns(part), axis=1)[used] + np.float32(0))
    table = np.zeros(len(part.positions), np.uint32)
    table[used] = place
    return taken(part, used[first], table[part.faces])


def _columns(part: Part) -> list[Float32Array]:
    found = (part.positions, part.normals, part.tangents, part.uvs, part.colours)
    return [np.asarray(values, np.float32) for values in found if values is not None]


def taken(part: Part, vertices: np.ndarray, faces: np.ndarray) -> Part:
    """The part over some of its vertices (k,), with faces that count among these."""

    def of(values: Float32Array | None) -> Float32Array | None:
        return None if values is None else values[vertices]

    return replace(
        part,
        positions=part.positions[vertices],
        faces=np.asarray(faces, np.uint32).reshape(-1, 3),
        normals=of(part.normals),
        tangents=of(part.tangents),
        uvs=of(part.uvs),
        colours=of(part.colours),
    )


def _without_bad_faces(part: Part, materials: list[Material], report: CleanReport) -> Part:
    """Drop faces without area or with a position that is no number, and double faces."""
    faces = part.faces
    finite = np.isfinite(part.positions[faces]).all(axis=(1, 2))
    with np.errstate(all="ignore"):
        whole = finite & _has_area(part.positions, faces)
    report.degenerate_faces += int((~whole).sum())
    faces = faces[whole]
    if len(faces):
        corners = places_of(part.positions)[faces]
        single = _first_of_each(corners, materials[part.material].double_sided)
        report.duplicate_faces += int((~single).sum())
        faces = faces[single]
    return replace(part, faces=faces)


def _has_area(positions: Float32Array, faces: np.ndarray) -> BoolArray:
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    longest = np.max([((x - y) ** 2).sum(axis=1) for x, y in ((a, b), (b, c), (c, a))], axis=0)
    result: BoolArray = area > FLAT * longest
    return result


def _first_of_each(corners: np.ndarray, both_sides: bool) -> BoolArray:
    """Faces (m,) that are the first on their three places, with their side in front."""
    rows = np.arange(len(corners))
    lowest = corners.argmin(axis=1)
    turned = np.stack([corners[rows, (lowest + k) % 3] for k in range(3)], axis=1)
    if both_sides:
        turned = np.sort(turned, axis=1)
    first, _ = equal_rows(turned)
    result = np.zeros(len(corners), np.bool_)
    result[first] = True
    return result


def _without_floaters(parts: list[Part], options: CleanOptions, report: CleanReport) -> list[Part]:
    """Drop loose pieces that are small in area and in size; none when they are much together."""
    positions = np.concatenate([part.positions for part in parts])
    starts = np.cumsum([0, *(len(part.positions) for part in parts)])
    faces = np.concatenate(
        [
            part.faces.astype(np.int64) + start
            for part, start in zip(parts, starts[:-1], strict=True)
        ]
    )
    if not len(faces):
        return parts
    piece = pieces_of(positions, faces)
    area, size = _areas_and_sizes(positions, faces, piece)
    used = positions[used_vertices(faces)]
    whole = float(np.linalg.norm(np.ptp(used.astype(np.float64), axis=0)))
    share = area / area.sum()
    loose = (share < options.floater_area) & (size < options.floater_size * whole)
    if not loose.any():
        return parts
    lost = float(share[loose].sum())
    if lost > options.floaters_at_most:
        report.notes.append(
            f"{int(loose.sum()):,} small loose pieces are {lost:.1%} of the surface: all kept"
        )
        return parts
    report.floaters, report.floater_area = int(loose.sum()), lost
    report.floater_faces = int(loose[piece].sum())
    kept = np.split(~loose[piece], np.cumsum([len(part.faces) for part in parts])[:-1])
    return [replace(part, faces=part.faces[k]) for part, k in zip(parts, kept, strict=True)]


def pieces_of(positions: Float32Array, faces: np.ndarray) -> np.ndarray:
    """Piece (m,) of each face; faces of one piece share places, whatever their vertices."""
    place = places_of(positions).astype(np.int64)[faces]
    first, second = place[:, :2], place[:, 1:]
    labels = groups(int(place.max()) + 1, first.reshape(-1), second.reshape(-1))
    _, piece = np.unique(labels[place[:, 0]], return_inverse=True)
    return piece.reshape(-1)


def _areas_and_sizes(
    positions: Float32Array, faces: np.ndarray, piece: np.ndarray
) -> tuple[FloatArray, FloatArray]:
    """Area and diagonal of the box of each piece."""
    corners = positions[faces].astype(np.float64)
    areas = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    count = int(piece.max()) + 1
    order = np.argsort(piece, kind="stable")
    starts = np.searchsorted(piece[order], np.arange(count))
    low = np.minimum.reduceat(corners.min(axis=1)[order], starts)
    high = np.maximum.reduceat(corners.max(axis=1)[order], starts)
    sizes: FloatArray = np.linalg.norm(high - low, axis=1)
    return np.bincount(piece, areas, minlength=count).astype(np.float64), sizes


def _with_sane_uvs(part: Part, material: Material, report: CleanReport) -> Part:
    """Numbers only, near the origin where the texture repeats; none where there is no texture."""
    if part.uvs is None or not material.textures:
        return replace(part, uvs=None, tangents=None)
    bad = np.logical_not(np.isfinite(part.uvs).all(axis=1))
    used = used_vertices(part.faces)
    good = part.uvs[used[~bad[used]]]
    instead = good.min(axis=0) if len(good) else np.zeros(2, np.float32)
    uvs = np.where(bad[:, None], instead, part.uvs).astype(np.float32)
    report.uvs_repaired += int(bad[used].sum())
    a, b, c = (uvs[part.faces[:, k]].astype(np.float64) for k in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    flat = int((np.abs(ux * vy - uy * vx) <= 0).sum())
    report.faces_without_uv_area += flat
    if flat == len(part.faces):
        report.notes.append(
            f"{part.name or 'a part'}: texture coordinates without area, a point of the texture "
            "colours each face"
        )
    for axis in (0, 1):
        wraps = {texture.wrap[axis] for texture in material.textures}
        if Wrap.clamp not in wraps:
            step = 2 if Wrap.mirror in wraps else 1
            uvs[:, axis] -= np.float32(step * np.floor(uvs[used, axis].min() / step))
    return replace(part, uvs=uvs)


def _with_sane_colours(part: Part) -> Part:
    """Vertex colours between 0 and 1; none when all are white."""
    if part.colours is None:
        return part
    colours = np.clip(np.nan_to_num(part.colours, nan=1.0), 0, 1).astype(np.float32)
    white = bool((colours[used_vertices(part.faces)] == 1).all())
    return replace(part, colours=None if white else colours)


def _with_normals(part: Part, material: Material, crease: float, report: CleanReport) -> Part:
    """Unit normals for a lit part; tangents only where a normal map needs them."""
    if part.normals is None:
        if material.unlit:
            return part
        source, faces, normals = cut_at_creases(part.positions, part.faces, crease)
        report.normals_computed += len(normals)
        return replace(taken(replace(part, tangents=None), source, faces), normals=normals)
    normals = np.array(part.normals, np.float32)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        broken: BoolArray = ~(np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 0.1))
        normals = np.where(np.abs(lengths - 1) > OFF_LENGTH, normals / lengths, normals)
    if broken.any():
        report.normals_repaired += int(broken[used_vertices(part.faces)].sum())
        normals[broken] = smooth_normals(part.positions, part.faces, crease)[broken]
    tangents = part.tangents
    if tangents is not None and (material.normal is None or not np.isfinite(tangents).all()):
        tangents = None
    return replace(part, normals=normals.astype(np.float32), tangents=tangents)


def _with_used_materials(
    parts: list[Part], materials: list[Material], report: CleanReport
) -> tuple[list[Part], list[Material]]:
    """Only materials that a part has; transparent ones that nothing shows through are opaque."""
    used = sorted({part.material for part in parts})
    report.materials_dropped = len(materials) - len(used)
    number = {old: new for new, old in enumerate(used)}
    kept = []
    for old in used:
        material = materials[old]
        mine = [part for part in parts if part.material == old]
        if material.alpha_mode is not AlphaMode.opaque and not _shows_through(material, mine):
            material = replace(material, alpha_mode=AlphaMode.opaque)
            report.alpha_modes_dropped += 1
        kept.append(material)
    return [replace(part, material=number[part.material]) for part in parts], kept


def _shows_through(material: Material, parts: list[Part]) -> bool:
    """Whether any alpha of a material is below one (blended), or its cut-off (masked)."""
    alpha = material.base_colour[3]
    if material.base is not None and material.base.pixels.shape[2] == 4:
        alpha *= float(material.base.pixels[..., 3].min()) / 255
    alpha *= min(
        (float(part.colours[:, 3].min()) for part in parts if part.colours is not None), default=1.0
    )
    return alpha < (material.alpha_cutoff if material.alpha_mode is AlphaMode.mask else 1.0)
