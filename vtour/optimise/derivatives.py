"""Stage ``derivatives``: the site's model, ready for the web, for augmented reality, at any size.

Reads the master model as any scene, so that any textured GLB in its place can be optimised;
``derive`` makes the versions and measures how much they look like it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from vtour.errors import InputError, OptionError
from vtour.files import write_json
from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits, copyright_line, credits_of
from vtour.models import read_scene
from vtour.optimise.choosing.versions import STEPS, Step, VersionOptions, steps_for
from vtour.optimise.derive import Derived, Place, cut_tiles, derive
from vtour.optimise.looks.entries import record_looks
from vtour.optimise.mesh_tiles.cut import MESH_TILES_DEFAULTS
from vtour.optimise.poster import camera_centres, write_poster
from vtour.optimise.shaping.clean import CleanOptions, clean_scene
from vtour.optimise.turntable import write_turntable
from vtour.optimise.writing.geometry import Compression
from vtour.optimise.writing.write_web import WebOptions
from vtour.options import option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.tour import Quality
from vtour.siteyaml import read_site
from vtour.workspace import Workspace

KEPT = CleanOptions(floaters=False)
"""What of the surface is no part of the site, the stage ``mesh`` has judged."""


class Budgets(StrEnum):
    """What happens when a derivative cannot be made small enough."""

    warn = "warn"
    errors = "errors"


@dataclass(frozen=True, kw_only=True)
class DerivativesOptions(VersionOptions):
    """How alike the web versions must look to the master, and what they may weigh.

    Each is the smallest file that looks alike (``ssim``); within its budgets that is not always
    to be had, then it is the one that looks best.
    """

    thumb_faces: int = option(20_000, "Most faces of thumb.", minimum=100, maximum=20_000)
    thumb_texture_px: int = option(
        512, "Texture edge of thumb.", unit="px", minimum=64, maximum=1024
    )
    thumb_bytes: int = option(200_000, "Most bytes of thumb.", unit="B", minimum=10_000)
    medium_faces: int = option(60_000, "Most faces of medium.", minimum=1000)
    medium_texture_px: int = option(
        1024, "Longest texture edge of medium.", unit="px", minimum=256, maximum=4096
    )
    medium_bytes: int = option(1_500_000, "Most bytes of medium.", unit="B", minimum=10_000)
    high_faces: int = option(150_000, "Most faces of high.", minimum=1000)
    high_texture_px: int = option(
        2048, "Longest texture edge of high.", unit="px", minimum=256, maximum=8192
    )
    high_bytes: int = option(3_000_000, "Most bytes of high.", unit="B", minimum=10_000)
    highest: bool = option(True, "Make a finer one where high does not look alike.")
    budgets: Budgets = option(Budgets.warn, "What a missed budget is: a warning or an error.")
    compression: Compression = option(Compression.meshopt, "How geometry is packed.")
    pictures: PictureFormat = option(PictureFormat.webp, "How textures are stored.")
    ar: bool = option(True, "Make files for augmented reality: GLB for Android, USDZ for Apple.")
    tiles_above_faces: int = option(
        2_000_000, "Cut a master of more faces into mesh tiles.", minimum=10_000
    )
    poster_px: int = option(960, "Width of the poster.", unit="px", minimum=160, maximum=4096)


DERIVATIVES_DEFAULTS = DerivativesOptions()


def make_derivatives(
    work: Workspace,
    out: Workspace,
    options: DerivativesOptions = DERIVATIVES_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Make the web versions, AR files, mesh tiles, poster and turntable of the master model.

    Reads model/master.glb, sparse/ (for the poster's side), world.json (whether units are
    metres), site.yaml (for the credits). Writes model/site.<quality>.glb, model/site.ar.usdz,
    model/looks/, model/tiles/ (of a large master), model/derivatives.json, model/poster.webp and
    model/turntable.webp.

    Raises InputError when the master cannot be read, OptionError when a budget cannot be met and
    ``budgets`` is ``errors``.
    """
    report = StageReport(stage="derivatives")
    master = read_master(work)
    place = Place(
        folder=out.derivatives_list.parent,
        uri="model",
        name="site",
        strip=out.looks_strip,
        metric=work.is_metric(),
    )
    web = WebOptions(compression=options.compression, pictures=options.pictures)
    done = derive(
        master,
        place,
        steps_of(options),
        options,
        web,
        credits_of_site(site_of(work)),
        ar=options.ar,
        progress=part_of(progress, 0.0, 0.8),
    )
    judge(done, options, report)
    write_json(out.derivatives_list, [each.to_json() for each in done.derivatives])
    if master.faces > options.tiles_above_faces:
        tiles = cut_tiles(master, out.model_tiles, MESH_TILES_DEFAULTS, part_of(progress, 0.8, 0.9))
        report.measure("model_tiles", tiles.tiles)
        report.warnings += tiles.warnings
    progress(0.9, "rendering the poster and the turntable")
    cameras = camera_centres(work.sparse)
    write_poster(out.poster, master, cameras, options.poster_px)
    write_turntable(out.turntable, master, cameras)
    record_looks(report, done.looks, metric=place.metric)
    report.details |= done.details
    for name, entry in done.looks.items():
        report.measure(f"{name}_bytes", entry["bytes"])
    report.measure("derivative_bytes", sum(each.bytes for each in done.derivatives))
    progress(1.0, "derivatives done")
    return report


def steps_of(options: DerivativesOptions) -> list[Step]:
    """The versions to make, coarse to fine."""
    o = options
    wanted = {
        Quality.thumb: (o.thumb_faces, o.thumb_texture_px, o.thumb_bytes),
        Quality.medium: (o.medium_faces, o.medium_texture_px, o.medium_bytes),
        Quality.high: (o.high_faces, o.high_texture_px, o.high_bytes),
    }
    steps = [step for step in STEPS if o.highest or step.quality is not Quality.highest]
    return steps_for(o, [_budgeted(step, *wanted.get(step.quality, ())) for step in steps])


def _budgeted(step: Step, *budgets: int) -> Step:
    if not budgets:
        return step
    faces, texture_px, size = budgets
    return replace(step, faces=faces, texture_px=texture_px, bytes=size)


def read_master(work: Workspace) -> Scene:
    """The master model, without what is broken in it.

    Raises InputError when it is missing, damaged, or has coordinates of a map instead of the world.
    """
    path = work.master_model
    if not path.is_file():
        raise InputError(f"{path}: not found, expected the master model of the texture stage")
    scene = read_scene(path)
    if any(scene.origin):
        found = ", ".join(f"{value:,.0f}" for value in scene.origin)
        raise InputError(f"{path.name}: coordinates near {found}, expected those of the world")
    cleaned, _ = clean_scene(scene, KEPT)
    site = site_of(work)
    told = copyright_line(site.credit, site.license) if site else None
    return replace(cleaned, copyright=cleaned.copyright or told)


def site_of(work: Workspace) -> Site | None:
    """What site.yaml says; None without it."""
    path = work.site_path()
    return None if path is None else read_site(path)


def credits_of_site(site: Site | None) -> Credits | None:
    """Title, creator, rights and identifier; None without a site.yaml."""
    if site is None:
        return None
    return credits_of(site.name, site.credit, site.license, site.id)


def judge(done: Derived, options: DerivativesOptions, report: StageReport) -> None:
    """Missed budgets are warnings or errors. Raises OptionError for the first error."""
    report.warnings += done.notes
    missed = list(done.over_budget.values())
    if missed and options.budgets is Budgets.errors:
        raise OptionError(f"{missed[0]}: allow more bytes, fewer faces or smaller textures")
    report.warnings += missed
