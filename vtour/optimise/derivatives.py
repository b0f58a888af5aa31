"""Stage ``derivatives``: web versions of the master model, coarse to fine, and a poster.

thumb and medium get fewer faces, a new atlas and colours baked from the master: an atlas of
thousands of charts can neither shrink (its gutters vanish) nor lose most of its faces. high
keeps the master's atlas, hence its sharpest texels. See ``simplify`` for what was measured.
"""

import io
import logging
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError, OptionError
from vtour.files import file_digest, replacing, write_json
from vtour.glb import ImageFormat, TexturedMesh, read_glb
from vtour.glb.container import parts_from_glb
from vtour.glb.mesh import UInt8Array
from vtour.glb.pictures import encode_image
from vtour.glb.scene import scene_of_mesh
from vtour.optimise.bake import bake_texture
from vtour.optimise.compress import write_web_glb
from vtour.optimise.looks.distances import one_way
from vtour.optimise.poster import FloatArray, backdrop, camera_centres, choose_view
from vtour.optimise.render import render_mesh
from vtour.optimise.simplify import simplify_mesh, simplify_with_atlas, weld_vertices
from vtour.optimise.turntable import write_turntable
from vtour.optimise.unwrap import UnwrapError, unwrap_mesh
from vtour.optimise.validate import validate_glb
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.report import StageReport
from vtour.schema.tour import Derivative, Quality
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

QUALITY_STEPS = (1.0, 0.85, 0.7, 0.55)
FACE_STEPS = (1.0, 0.75, 0.5, 0.35)
TEXTURE_STEPS = (1.0, 0.7, 0.5)


class Budgets(StrEnum):
    """What happens when a derivative cannot be made small enough."""

    warn = "warn"
    errors = "errors"


@dataclass(frozen=True, kw_only=True)
class DerivativesOptions(StageOptions):
    """Sizes of the web versions. Bytes are budgets, reached by lowering WebP quality first."""

    thumb_faces: int = option(20_000, "Most faces of thumb.", minimum=100, maximum=20_000)
    thumb_texture_px: int = option(
        512, "Texture edge of thumb.", unit="px", minimum=64, maximum=1024
    )
    thumb_bytes: int = option(200_000, "Most bytes of thumb.", unit="B", minimum=10_000)
    medium_faces: int = option(60_000, "Most faces of medium.", minimum=1000)
    medium_texture_px: int = option(
        2048, "Texture edge of medium.", unit="px", minimum=256, maximum=4096
    )
    medium_bytes: int = option(1_500_000, "Most bytes of medium.", unit="B", minimum=10_000)
    high_faces: int = option(150_000, "Most faces of high.", minimum=1000)
    high_texture_px: int = option(
        4096, "Longest texture edge of high.", unit="px", minimum=256, maximum=16383
    )
    high_bytes: int = option(3_000_000, "Most bytes of high.", unit="B", minimum=10_000)
    quality: int = option(85, "WebP quality to begin with.", minimum=20, maximum=100)
    budgets: Budgets = option(Budgets.warn, "What a missed budget is: a warning or an error.")
    poster_px: int = option(960, "Width of the poster.", unit="px", minimum=160, maximum=4096)
    unwrap_limit_s: float = option(240.0, "Longest CPU time for one atlas.", unit="s", minimum=1)


DERIVATIVES_DEFAULTS = DerivativesOptions()


@dataclass(frozen=True)
class Step:
    """One derivative to make: its budgets."""

    name: str
    quality: Quality
    faces: int
    texture_px: int
    bytes: int
    keeps_atlas: bool = False
    position_bits: int = 14


def make_derivatives(
    work: Workspace,
    out: Workspace,
    options: DerivativesOptions = DERIVATIVES_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Make thumb, medium, high, the poster and the turntable from the master model.

    Reads model/master.glb, sparse/ (for the poster's side), world.json (whether units are
    metres), site.yaml (for the copyright). Writes model/site.<quality>.glb,
    model/derivatives.json, model/poster.webp and model/turntable.webp.

    Raises InputError when the master cannot be read or has no texture, OptionError when a
    budget cannot be met and ``budgets`` is ``errors``.
    """
    report = StageReport(stage="derivatives")
    master = _read_master(work.master_model)
    copyright = copyright_of(work)
    job = Job(master, copyright, options, report)
    derivatives = []
    for index, step in enumerate(steps_of(options, max(_texture_of(master).shape[:2]))):
        inner = part_of(progress, (0.0, 0.2, 0.65)[index], (0.2, 0.65, 0.9)[index])
        inner(0.0, f"making {step.name}")
        path = out.derivative(step.name)
        mesh, faces = _make_one(job, step, path, inner)
        derivatives.append(_describe(job, path, step, mesh, faces, work))
    write_json(out.derivatives_list, [derivative.to_json() for derivative in derivatives])
    progress(0.9, "rendering the poster")
    cameras = camera_centres(work.sparse)
    write_poster(out.poster, master, cameras, options.poster_px)
    progress(0.95, "rendering the turntable")
    write_turntable(out.turntable, master, cameras)
    report.measure("derivative_bytes", sum(derivative.bytes for derivative in derivatives))
    progress(1.0, "derivatives done")
    return report


def steps_of(options: DerivativesOptions, most_px: int) -> list[Step]:
    """The derivatives, coarse to fine; no texture larger than ``most_px``, the master's."""
    o = options
    wanted = [
        Step("thumb", Quality.thumb, o.thumb_faces, o.thumb_texture_px, o.thumb_bytes),
        Step("medium", Quality.medium, o.medium_faces, o.medium_texture_px, o.medium_bytes),
        Step("high", Quality.high, o.high_faces, o.high_texture_px, o.high_bytes, True, 16),
    ]
    return [replace(step, texture_px=min(step.texture_px, most_px)) for step in wanted]


def _read_master(path: Path) -> TexturedMesh:
    if not path.is_file():
        raise InputError(f"{path}: not found, expected the master model of the texture stage")
    master = read_glb(path)
    if master.texture is None:
        raise InputError(f"{path.name}: no base colour texture, expected a textured master model")
    return master


def copyright_of(work: Workspace) -> str | None:
    """One line for ``asset.copyright``: the master's own, else credit and licence of site.yaml."""
    document, _ = parts_from_glb(work.master_model)
    own = document["asset"].get("copyright")
    if own:
        return str(own)
    path = work.site_path()
    if path is None:
        return None
    from vtour.siteyaml import read_site

    site = read_site(path)
    return ", ".join(text for text in (site.credit, site.license) if text) or None


@dataclass(frozen=True, eq=False)
class Job:
    """What is the same for all derivatives of one run."""

    master: TexturedMesh
    copyright: str | None
    options: DerivativesOptions
    report: StageReport


def tries_of(step: Step) -> list[Step]:
    """The step as wanted, then smaller ones, for when no texture quality fits the budget.

    Fewer faces where faces weigh most; a smaller texture where the master's atlas is kept.
    """
    if step.keeps_atlas:
        return [replace(step, texture_px=int(step.texture_px * s)) for s in TEXTURE_STEPS]
    return [replace(step, faces=int(step.faces * share)) for share in FACE_STEPS]


def _make_one(job: Job, step: Step, path: Path, progress: Progress) -> tuple[TexturedMesh, int]:
    """Write one derivative within its budget of bytes; returns it, and how many faces it has.

    Lower texture quality first, then smaller tries; the smallest stays when none fits.
    """
    for smaller in tries_of(step):
        mesh = _reduced(job, smaller, progress)
        size, faces = _write_within(path, mesh, smaller, job)
        if size <= step.bytes:
            return mesh, faces
    text = f"{path.name}: {size:,} bytes, expected at most {step.bytes:,}"
    if job.options.budgets is Budgets.errors:
        raise OptionError(f"{text}: lower {step.name}_faces or {step.name}_texture_px")
    job.report.warnings.append(text)
    return mesh, faces


def _write_within(path: Path, mesh: TexturedMesh, step: Step, job: Job) -> tuple[int, int]:
    """Write a mesh with the best texture quality that fits the budget; returns bytes and faces.

    The size of everything but the picture does not depend on the quality, so it is measured
    on the first write, and only pictures are encoded until one fits.
    """
    texture, rest = _texture_of(mesh), 0
    for share in QUALITY_STEPS:
        picture = encode_image(texture, ImageFormat.webp, round(job.options.quality * share))
        last = share == QUALITY_STEPS[-1]
        if rest and rest + len(picture) > step.bytes and not last:
            continue
        faces = write_web_glb(
            path, mesh, picture, position_bits=step.position_bits, copyright=job.copyright
        )
        size = path.stat().st_size
        if size <= step.bytes:
            break
        rest = size - len(picture)
        if rest > step.bytes:
            break
    return size, faces


def _texture_of(mesh: TexturedMesh) -> UInt8Array:
    if mesh.texture is None:
        raise ValueError("a derivative without texture")
    return mesh.texture


def _reduced(job: Job, step: Step, progress: Progress) -> TexturedMesh:
    """The master with at most the step's faces, and a texture of the step's size at most."""
    master, faces, texture_px = job.master, step.faces, step.texture_px
    if step.keeps_atlas:
        return with_texture_px(simplify_with_atlas(master, faces), texture_px)
    positions, welded = weld_vertices(master.positions, master.faces)
    positions, welded = simplify_mesh(positions, welded, faces)
    try:
        atlas = unwrap_mesh(positions, welded, texture_px, limit_s=job.options.unwrap_limit_s)
    except UnwrapError as error:
        job.report.warnings.append(f"{step.name}: {error}; it keeps the master's atlas")
        return with_texture_px(simplify_with_atlas(master, faces, tear=True), texture_px)
    bare = TexturedMesh(positions[atlas.vertices], None, atlas.uvs, atlas.faces, None)
    progress(0.5, f"baking {step.name}")
    texture = bake_texture(master, bare, texture_px, part_of(progress, 0.5, 1.0))
    return replace(bare, texture=texture)


def with_texture_px(mesh: TexturedMesh, longest_px: int) -> TexturedMesh:
    """The mesh with its texture shrunk so that its long edge is at most ``longest_px``."""
    image = Image.fromarray(_texture_of(mesh))
    if max(image.size) <= longest_px:
        return mesh
    scale = longest_px / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return replace(mesh, texture=np.asarray(image.resize(size, Image.Resampling.BOX)))


def _describe(
    job: Job, path: Path, step: Step, mesh: TexturedMesh, faces: int, work: Workspace
) -> Derivative:
    """Validate and measure a written derivative. Invalid glTF is a bug: RuntimeError."""
    findings = validate_glb(path)
    if findings.errors:
        raise RuntimeError(f"{path.name}: the glTF validator says {findings.errors[0]}")
    report = job.report
    report.warnings += [f"{path.name}: {line}" for line in findings.warnings]
    size = path.stat().st_size
    report.measure(f"{step.name}_bytes", size)
    distance = surface_distance(job.master, mesh)
    report.details[step.name] = {
        "faces": faces,
        "vertices": len(mesh.positions),
        "distance": distance,
    }
    return Derivative(
        quality=step.quality,
        uri=f"model/{path.name}",
        bytes=size,
        faces=faces,
        texture_px=max(_texture_of(mesh).shape[:2]),
        sha256=file_digest(path),
        error_m=distance if work.is_metric() else None,
    )


def surface_distance(master: TexturedMesh, mesh: TexturedMesh) -> float:
    """Within this distance of ``mesh`` lies 99 % of the master's surface, in world units."""
    return one_way(scene_of_mesh(master), scene_of_mesh(mesh)).percentile_99


def write_poster(path: Path, mesh: TexturedMesh, cameras: FloatArray | None, width: int) -> None:
    """Render the model 4:3 from the side of the photos, as WebP."""
    height = width * 3 // 4
    view = choose_view(mesh, cameras, width, height)
    image = render_mesh(mesh, view, backdrop(width, height))
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "WEBP", quality=82, method=6)
    with replacing(path) as temporary:
        temporary.write_bytes(stream.getvalue())
