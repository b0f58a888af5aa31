"""Stage ``texture``: the mesh and its photos, or its scan, to one model with a texture atlas.

visibility -> tones, outliers, sharpness -> one photo a face -> unseen faces -> charts -> packing ->
blending and levelling -> painting, one photo in memory at a time.
"""

import logging
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from vtour.atlas.charts import Charts
from vtour.atlas.packing import Packing, pack
from vtour.atlas.texels import owners, texels_of
from vtour.atlas.topology import (
    BoolArray,
    FloatArray,
    IntArray,
    adjacent_faces,
    boundary_edges,
    directed_edges,
    groups,
    in_large_components,
    vertex_normals,
)
from vtour.errors import CaptureError, InputError
from vtour.files import UInt8Array
from vtour.glb import ImageFormat, TexturedMesh, write_glb
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.atlas import filled, paint_unseen, paint_view
from vtour.reconstruct.charts import charts_from_labels, median_density
from vtour.reconstruct.outliers import without_outliers
from vtour.reconstruct.photo_tones import Tones, tones_of
from vtour.reconstruct.photo_views import View, read_views
from vtour.reconstruct.scan_colours import ScanColours
from vtour.reconstruct.scan_texture import TEXELS_A_POINT, paint_by_scan, textured_by_scan
from vtour.reconstruct.seams import (
    Corners,
    blend_weights,
    corner_entries,
    level_offsets,
)
from vtour.reconstruct.sharpness import with_sharpness
from vtour.reconstruct.sky import sky_fringe
from vtour.reconstruct.view_choice import choose_views
from vtour.reconstruct.visibility import (
    SCORE_SIDE_PX,
    DataTerm,
    FaceViews,
    Float32Array,
    Int32Array,
    nearest_pixel,
    radius2,
    score_images,
    table_of_views,
)
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

FILL_ROUNDS = 60
SPECK = 1e-3  # of the largest component's area: what trimming leaves afloat
FREE_BORDER = 0.6  # of the outline of unseen faces on the mesh's border: then they go


class ColourSource(StrEnum):
    """Where the colours of the model come from."""

    auto = "auto"
    scan = "scan"


@dataclass(frozen=True, kw_only=True)
class TextureOptions(StageOptions):
    """How to texture a mesh from its photos."""

    colours: ColourSource = option(
        ColourSource.auto,
        "Whose colours: the photos' and where they see nothing the scan's (auto), or the scan's.",
    )
    texture_px: int = option(
        4096, "Largest edge of the atlas.", unit="px", minimum=256, maximum=16384
    )
    gutter_px: int = option(
        4, "Space around each chart, filled with its colours.", unit="px", minimum=1, maximum=32
    )
    photos_per_face: int = option(10, "Photos compared for each face.", minimum=1, maximum=32)
    widest_angle_deg: float = option(
        75.0,
        "Widest angle between a face's normal and a photo's ray, where there is a choice.",
        unit="deg",
        minimum=10.0,
        maximum=89.0,
    )
    data_term: DataTerm = option(
        DataTerm.gradient,
        "What makes a photo good for a face: its sharp detail, or its size alone.",
    )
    reject_outliers: bool = option(True, "Leave out passers-by: photos unlike the others.")
    smoothness: float = option(
        1.0, "How strongly neighbouring faces keep to one photo.", minimum=0.0, maximum=20.0
    )
    choice_rounds: int = option(40, "Rounds of the choice of photos.", minimum=0, maximum=1000)
    blend_rings: int = option(
        2, "Rings of faces on either side of a seam in which photos mix.", minimum=0, maximum=20
    )
    level_seams: bool = option(True, "Even out colours between photos.")
    drop_unseen: bool = option(True, "Drop faces at the mesh's border that no photo sees.")
    trim_sky: bool = option(True, "Drop the fringe of sky that hangs on the mesh's borders.")
    image_format: ImageFormat = option(ImageFormat.png, "Format of the atlas in the master.")


LOOSE_SCAN = "the scan is not tied to the photos: its colours are not used"
TEXTURE_DEFAULTS = TextureOptions()


def texture_mesh(
    work: Workspace,
    out: Workspace,
    options: TextureOptions = TEXTURE_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Texture the mesh from the photos; what they do not see, from a tied scan's own colours.

    Photos and a scan that are not tied to each other colour only what was made of them. Reads
    ``work.mesh``, ``work.sparse``, the inventory and the photos, ``work.scan_cloud``, and asks for
    ``work.fused``; writes ``out.master_model``. Raises CaptureError when no photo sees the mesh, or
    there are neither photos nor colours.
    """
    positions, faces = read_mesh(work.mesh)
    loose = work.has_loose_scan() and work.sparse.exists()
    loose = loose and options.colours is ColourSource.auto
    of_scan = loose and not work.fused.is_file()
    scan = ScanColours.read(work.scan_cloud) if of_scan or not loose else None
    if options.colours is ColourSource.scan or of_scan or not work.sparse.exists():
        return texture_by_scan(positions, faces, work, out, options, progress)
    views = read_views(work)
    table = table_of_views(
        positions,
        faces,
        views,
        work,
        most=options.photos_per_face,
        widest_angle=math.radians(options.widest_angle_deg),
        data_term=options.data_term,
        progress=part_of(progress, 0, 0.3),
    )
    if not (table.view >= 0).any() and scan:
        return texture_by_scan(positions, faces, work, out, options, progress)
    if not (table.view >= 0).any():
        raise unseen_mesh(work.mesh, views)
    warnings = [LOOSE_SCAN] if loose else []
    fringe = np.zeros(len(faces), bool)
    if options.trim_sky:
        border = np.zeros(len(faces), bool)
        border[boundary_edge_faces(faces)] = True
        fringe = sky_fringe(table, faces, border)
        if not (table.view[~fringe] >= 0).any():
            warnings.append(f"{int(fringe.sum()):,} faces look like sky, all there are: kept")
            fringe[:] = False
        faces, table = faces[~fringe], table.where(~fringe)
    tones = Tones.none(len(views))
    if options.level_seams or options.reject_outliers:
        tones = tones_of(table, camera_numbers(views))
    if options.reject_outliers:
        table = without_outliers(table, tones.of_table(table), faces)
    if options.data_term is DataTerm.gradient:
        table = with_sharpness(table, faces)
    if not options.level_seams:
        tones = Tones.none(len(views))
    labels = choose_views(table, faces, smoothness=options.smoothness, rounds=options.choice_rounds)
    if not (labels >= 0).any():
        raise unseen_mesh(work.mesh, views)
    seen_share = float((labels >= 0).mean())
    if options.drop_unseen and scan is None:
        keep = faces_kept(faces, labels)
        keep[keep] = in_large_components(positions, faces[keep], SPECK)
        faces, labels, table = faces[keep], labels[keep], table.where(keep)
    progress(0.4, "packing the atlas")
    charts = charts_from_labels(positions, faces, labels, views)
    packing = pack(charts, most_px=options.texture_px, gutter_px=options.gutter_px)
    job = Job(
        positions=positions,
        faces=faces,
        labels=labels,
        views=views,
        charts=charts,
        packing=packing,
        tones=tones,
    )
    texture = painted(job, table, work, options, scan, part_of(progress, 0.5, 0.9))
    progress(0.9, "writing the model")
    write_model(out.master_model, job, texture, options)
    report = report_of(job, work, seen_share)
    report.details["faces_of_sky"] = int(fringe.sum())
    report.warnings += warnings
    if packing.scale < 1:
        report.warnings.append(detail_lost(packing))
    return report


def texture_by_scan(
    positions: FloatArray,
    faces: IntArray,
    work: Workspace,
    out: Workspace,
    options: TextureOptions,
    progress: Progress,
) -> StageReport:
    """Texture the mesh from the scan alone; shaded in grey when it has no colours.

    Raises CaptureError when there is no scan.
    """
    own = ScanColours.read(work.scan_cloud)
    scan = own or ScanColours.read(work.scan_cloud, shaded=True)
    if scan is None:
        raise CaptureError(f"{work.mesh.name}: neither photos nor a scan, expected one of them")
    mesh, charts, packing = textured_by_scan(
        positions, faces, scan, options.texture_px, options.gutter_px, part_of(progress, 0.1, 0.9)
    )
    write_glb(out.master_model, mesh, image_format=options.image_format, quality=95)
    report = StageReport(stage="texture")
    report.measure("faces_textured", 1.0, note="from the scan" if own else "shaded, no colours")
    if own is None:
        report.warnings.append(
            "the scan has neither colour nor intensity: the model is grey, shaded by its shape"
        )
    report.measure("texture_size", packing.size_px)
    report.measure("charts", charts.count)
    report.measure("texture_density", TEXELS_A_POINT / scan.spacing * packing.scale)
    report.details |= {"faces": len(faces), "photo_scale": packing.scale}
    return report


def camera_numbers(views: list[View]) -> IntArray:
    """Number of each photo's camera (v,), from 0."""
    ids = np.array([view.camera.camera_id for view in views], dtype=np.int64)
    numbers: IntArray = np.unique(ids, return_inverse=True)[1].reshape(-1)
    return numbers


def detail_lost(packing: Packing) -> str:
    """The warning for a page that does not hold the photos' own pixels."""
    needed = math.ceil(packing.size_px / packing.scale / 100) * 100
    return (
        f"the photos' detail needs a page of about {needed:,} px, texture_px is "
        f"{packing.size_px:,} px: {packing.scale:.0%} of it along a line is kept"
    )


def unseen_mesh(path: Path, views: list[View]) -> CaptureError:
    """The error for a mesh of which no photo shows a face."""
    return CaptureError(
        f"{path.name}: none of the {len(views)} registered photos sees the mesh, "
        "expected some that do"
    )


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the painting needs to know."""

    positions: FloatArray
    faces: IntArray
    labels: Int32Array
    views: list[View]
    charts: Charts
    packing: Packing
    tones: Tones


def read_mesh(path: Path) -> tuple[FloatArray, IntArray]:
    """Positions (n, 3) and faces (m, 3) of a PLY; unused vertices stay."""
    import open3d as o3d

    if not path.is_file():
        raise InputError(f"{path.name}: not found, expected the mesh")
    mesh = o3d.io.read_triangle_mesh(path)
    if not len(mesh.triangles):
        raise InputError(f"{path.name}: no faces, expected a triangle mesh")
    positions = np.array(mesh.vertices, dtype=np.float64)
    return positions, np.array(mesh.triangles, dtype=np.int64)


def faces_kept(faces: IntArray, labels: Int32Array) -> BoolArray:
    """All faces but the unseen patches that hang over the border of the mesh.

    What no photo sees at the border is the surface's guess beyond the points; what seen faces
    enclose is a real place in shadow, and is kept.
    """
    unseen = labels < 0
    pairs = adjacent_faces(faces)
    inside = unseen[pairs].all(axis=1)
    patch = groups(len(faces), pairs[inside, 0], pairs[inside, 1])
    edge = boundary_edge_faces(faces)
    free = np.bincount(patch[edge], minlength=patch.max() + 1)
    mixed = unseen[pairs[:, 0]] != unseen[pairs[:, 1]]
    inner = np.where(unseen[pairs[mixed, 0]], pairs[mixed, 0], pairs[mixed, 1])
    shared = np.bincount(patch[inner], minlength=patch.max() + 1)
    hangs = (free > FREE_BORDER * (free + shared)) | (shared == 0)
    result: BoolArray = ~(unseen & hangs[patch])
    return result


def boundary_edge_faces(faces: IntArray) -> IntArray:
    """The face of each boundary edge."""
    keys = boundary_edges(faces)
    edges = directed_edges(faces)
    count = int(faces.max()) + 1
    border = np.isin(edges[:, 0] * count + edges[:, 1], keys[:, 0] * count + keys[:, 1])
    result: IntArray = np.flatnonzero(border) // 3
    return result


# painting ---------------------------------------------------------------------
def painted(
    job: Job,
    table: FaceViews,
    work: Workspace,
    options: TextureOptions,
    scan: ScanColours | None,
    progress: Progress,
) -> UInt8Array:
    """The atlas (size, size, 3)."""
    vertices = len(job.positions)
    rings = options.blend_rings
    weights = blend_weights(table, job.faces, job.labels, vertices, rings=rings)
    corners, node_vertex, node_view = corner_entries(weights, job.faces, job.labels, vertices)
    offsets = np.zeros((len(node_vertex), 3))
    colours = node_colours(job, work, node_vertex, node_view)
    if options.level_seams:
        offsets = level_offsets(corners, node_vertex, colours)
    progress(0.3, "painting")

    size = job.packing.size_px
    place = job.packing.texels(job.charts)
    owner = owners(place, job.charts.faces, size)
    canvas = np.zeros((size * size, 3), np.float32)
    shrink = min(1.0, job.packing.scale)
    for index, view in enumerate(job.views):
        these = slice(*np.searchsorted(corners.view, [index, index + 1]))
        face = corners.face[these]
        if len(face):
            paint_view(
                canvas,
                texels_of(owner, place, job.charts.faces, face),
                job.positions[job.faces[face]],
                corners.share[these],
                offsets[corners.node[these]].astype(np.float32),
                view,
                view.read(work, scale=shrink),
                job.tones,
                index,
            )
        progress(0.3 + 0.6 * index / len(job.views), f"painting {index + 1} of {len(job.views)}")
    unseen = np.flatnonzero(job.labels < 0)
    if scan:
        triangles = job.positions[job.faces]
        paint_by_scan(canvas, owner, place, job.charts.faces, triangles, unseen, scan)
    else:
        paint_rest(canvas, owner, place, job, vertex_colours(job, corners, colours + offsets))
    return filled(canvas, owner, options.gutter_px)


def node_colours(
    job: Job, work: Workspace, node_vertex: IntArray, node_view: IntArray
) -> FloatArray:
    """Colour (n, 3) of each node: its photo's, at its vertex, evened out; NaN outside it."""
    colours = np.full((len(node_vertex), 3), np.nan)
    for index in np.unique(node_view):
        view = job.views[index]
        these = np.flatnonzero(node_view == index)
        pixels, _ = view.project(job.positions[node_vertex[these]])
        inside = np.isfinite(pixels).all(axis=1)
        photo = view.read(work, scale=min(1.0, SCORE_SIDE_PX / max(view.width, view.height)))
        _, mean = score_images(photo)
        at = nearest_pixel(pixels[inside], view, photo.shape)
        off = radius2(pixels[inside], view)
        colours[these[inside]] = job.tones.of_view(int(index), mean[at], off)
    return colours


def vertex_colours(job: Job, corners: Corners, colours: FloatArray) -> Float32Array:
    """A colour (n, 3) for every vertex: its photos' mean, else spread from its neighbours."""
    count = len(job.positions)
    vertex = job.faces[corners.face].reshape(-1)
    level = colours[corners.node.reshape(-1)]
    share = corners.share.reshape(-1) * np.isfinite(level).all(axis=1)
    total = np.bincount(vertex, share, minlength=count)
    result = np.zeros((count, 3))
    for channel in range(3):
        sums = np.bincount(vertex, share * np.nan_to_num(level[:, channel]), minlength=count)
        result[:, channel] = sums / np.maximum(total, 1e-9)
    known = total > 1e-6
    if not known.all():
        _, nearest = cKDTree(job.positions[known]).query(job.positions[~known])
        result[~known] = result[known][nearest]
        _spread(result, ~known, directed_edges(job.faces), FILL_ROUNDS)
    return result.astype(np.float32)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _spread(values: FloatArray, free: BoolArray, edges: IntArray, rounds: int) -> None:
    """Replace free rows by the mean of their neighbours, again and again."""
    total, count = np.zeros_like(values), np.zeros(len(values))
    for _ in range(rounds):
        total[:], count[:] = 0, 0
        for k in range(len(edges)):
            a, b = edges[k]
            if free[a]:
                total[a] += values[b]
                count[a] += 1
            if free[b]:
                total[b] += values[a]
                count[b] += 1
        for k in range(len(values)):
            if free[k] and count[k] > 0:
                values[k] = total[k] / count[k]


def paint_rest(
    canvas: Float32Array, owner: Int32Array, place: FloatArray, job: Job, colours: Float32Array
) -> None:
    """Paint the faces that no photo sees with their vertices' colours."""
    unseen = np.flatnonzero(job.labels < 0)
    if len(unseen):
        texels = texels_of(owner, place, job.charts.faces, unseen)
        paint_unseen(canvas, texels, colours[job.faces[unseen]])


# result -----------------------------------------------------------------------
def write_model(path: Path, job: Job, texture: UInt8Array, options: TextureOptions) -> None:
    """Write the master GLB with smooth normals."""
    normals = vertex_normals(job.positions, job.faces)
    uvs = job.packing.texels(job.charts) / job.packing.size_px
    mesh = TexturedMesh(
        positions=job.positions[job.charts.source].astype(np.float32),
        normals=normals[job.charts.source].astype(np.float32),
        uvs=uvs.astype(np.float32),
        faces=job.charts.faces.astype(np.uint32),
        texture=texture,
    )
    write_glb(path, mesh, image_format=options.image_format, quality=95)


def report_of(job: Job, work: Workspace, seen_share: float) -> StageReport:
    """The measures of a finished texture."""
    report = StageReport(stage="texture")
    report.measure("faces_textured", seen_share)
    report.measure("texture_size", job.packing.size_px)
    report.measure("charts", job.charts.count)
    place = job.packing.texels(job.charts)
    points = job.positions[job.charts.source]
    seen = job.labels >= 0
    density = median_density(place, points, job.charts.faces[seen])
    if work.is_metric():
        report.measure("texture_density", density)
    else:
        report.details["texture_px_per_world_unit"] = density
    report.details |= {
        "faces": len(job.faces),
        "faces_filled": int((~seen).sum()),
        "photo_scale": job.packing.scale,
        "photos": {
            view.file.path: {
                "faces": int((job.labels == index).sum()),
                "gain": rounded(job.tones.gain[index]),
                "power": rounded(job.tones.power[index]),
                "shading": round(float(job.tones.shading[index]), 4),
            }
            for index, view in enumerate(job.views)
        },
    }
    return report


def rounded(values: Float32Array) -> list[float]:
    """Values of a photo's channels as they are written."""
    return [round(float(value), 4) for value in values]
