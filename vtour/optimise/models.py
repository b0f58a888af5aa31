"""Stage ``models``: models made elsewhere, placed in the world and made ready for the web.

Each becomes what the site's own model becomes (``derive``). Its vertices are moved into the
world's axes first, near its own foot, so that a CRS is undone exactly and no digits are lost.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vtour.errors import CaptureError, InputError, OptionError
from vtour.files import remove, write_json
from vtour.frames import FloatArray, columns_from_matrix, similarity_matrix
from vtour.glb.container import parts_from_glb
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits, copyright_line, credits_of
from vtour.model_files import SiteModel, models_of_site, only_models
from vtour.model_places import Placing, foot_of, place_model
from vtour.models import read_at_rest, read_scene
from vtour.optimise.derivatives import DerivativesOptions, judge, site_of, steps_of
from vtour.optimise.derive import Derived, Place, cut_tiles, derive
from vtour.optimise.kept_models import forget_models, keep_model, kept_model, model_key
from vtour.optimise.mesh_tiles.cut import MESH_TILES_DEFAULTS
from vtour.optimise.moving import keep_moving
from vtour.optimise.poster import write_poster
from vtour.optimise.shaping.clean import CleanOptions, clean_scene
from vtour.optimise.shaping.turn import turned_part
from vtour.optimise.writing.write_web import WebOptions
from vtour.options import option
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.inventory import CaptureFile, FileKind
from vtour.schema.models import MadeModel, MadeModels, PlacedBy
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.tour import Poster, Usage
from vtour.schema.world import World
from vtour.workspace import Workspace

POSTER = "poster.webp"


@dataclass(frozen=True, kw_only=True)
class ModelsOptions(DerivativesOptions):
    """As for the site's own model, and what of a model is no part of the object."""

    floaters: bool = option(True, "Drop small loose pieces.")


MODELS_DEFAULTS = ModelsOptions()


@dataclass(frozen=True)
class _Job:
    """What is the same for all models of one run."""

    out: Workspace
    parts: list[CaptureFile]
    world: World
    site: Site | None
    alone: bool
    metric: bool
    options: ModelsOptions

    @property
    def web(self) -> WebOptions:
        """How files are stored."""
        return WebOptions(compression=self.options.compression, pictures=self.options.pictures)


def make_models(
    work: Workspace,
    out: Workspace,
    options: ModelsOptions = MODELS_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Place every model of the captures in the world, and make its derivatives and its poster.

    Reads the models that the inventory calls used, models.yaml, world.json, site.yaml (for the
    credits). Writes ``models/<id>/`` for each, and ``models/models.json``. A model that is there
    already, made of the same, is kept.

    A model that cannot be made is left out with a warning, as long as another part of the site is
    there. Raises CaptureError when nothing is left, OptionError when a budget cannot be met and
    ``budgets`` is ``errors``.
    """
    report = StageReport(stage="models")
    wanted, apart = models_of_site(work), not only_models(work.files)
    job = _Job(
        out=out,
        parts=work.files.usable(FileKind.model_part),
        world=work.read_world(),
        site=site_of(work),
        alone=len(wanted) == 1 and not apart,
        metric=work.is_metric(),
        options=options,
    )
    forget_models(out.made_models.parent, {model.id for model in wanted})
    made: list[MadeModel] = []
    failed: list[InputError] = []
    for number, model in enumerate(wanted):
        inner = part_of(progress, number / len(wanted), (number + 1) / len(wanted))
        try:
            made.append(_once(job, model, work.capture_path(model.file), inner, report))
        except OptionError:
            raise  # what was asked cannot be had: the model is not at fault
        except InputError as error:
            remove(out.made_model(model.id))
            failed.append(error)
    report.warnings += [f"{error}: left out, the build goes on without it" for error in failed]
    if not made and failed and not apart:
        raise CaptureError(str(failed[0]))
    write_json(out.made_models, MadeModels(models=made).to_json())
    report.measure("models_made", len(made))
    report.measure("models_placed", sum(each.placed_by is not PlacedBy.unknown for each in made))
    sizes = [one.bytes for each in made for one in each.derivatives]
    report.measure("model_bytes", sum(sizes))
    progress(1.0, f"{len(made)} models")
    return report


def _once(
    job: _Job, model: SiteModel, path: Path, progress: Progress, report: StageReport
) -> MadeModel:
    """Make a model, or take what an earlier run, or one that was killed, had made of the same."""
    folder = job.out.made_model(model.id)
    key = model_key(model, job.parts, job.world, job.site, job.options, alone=job.alone)
    made = kept_model(folder, key)
    if made is None:
        remove(folder)
        folder.mkdir(parents=True)
        placing = place_model(model, job.world, alone=job.alone)
        make = _keep_moving if model.file.moves else _make_still
        made = make(job, model, path, placing, progress)
        keep_model(folder, key, made)
    report.warnings += made.warnings
    return made


# a model that stands still ----------------------------------------------------
def _make_still(
    job: _Job, model: SiteModel, path: Path, placing: Placing, progress: Progress
) -> MadeModel:
    progress(0.0, f"reading {model.id}")
    scene = read_scene(path)
    moved, foot = scene_in_world(scene, placing)
    master, cleaned = clean_scene(moved, CleanOptions(floaters=job.options.floaters))
    notes = [f"{model.file.path}: {note}" for note in (*scene.notes, *cleaned.notes)]
    master = replace(master, copyright=copyright_of(job.site, model, master.copyright))
    folder = job.out.made_model(model.id)
    place = Place(
        folder=folder,
        uri=f"models/{model.id}",
        name=model.id,
        strip=lambda name: folder / "looks" / f"{name}.webp",
        metric=job.metric,
    )
    done = derive(
        master,
        place,
        steps_of(job.options),
        job.options,
        job.web,
        credits_of_model(job.site, model),
        ar=job.options.ar,
        progress=part_of(progress, 0.05, 0.85),
    )
    heard = StageReport(stage="models")
    judge(done, job.options, heard)
    has_tiles = master.faces > job.options.tiles_above_faces
    if has_tiles:
        inner = part_of(progress, 0.85, 0.95)
        heard.warnings += cut_tiles(master, folder / "tiles", MESH_TILES_DEFAULTS, inner).warnings
    progress(0.95, f"poster of {model.id}")
    write_poster(folder / POSTER, master, None, job.options.poster_px)
    return _described(
        model,
        placing,
        similarity_matrix(1.0, np.eye(3), foot),
        done,
        folder,
        faces=master.faces,
        poster=_poster_of(model, folder),
        has_tiles=has_tiles,
        warnings=[*placing.warnings, *notes, *heard.warnings],
    )


def scene_in_world(scene: Scene, placing: Placing) -> tuple[Scene, FloatArray]:
    """The scene in the world's axes about the foot of its box, and where in the world that is."""
    origin = np.array(scene.origin)
    places = [placing.to_world(origin + part.positions.astype(np.float64)) for part in scene.parts]
    corners = np.stack([f(points, axis=0) for points in places for f in (np.min, np.max)])
    foot = foot_of(corners)
    turn = placing.rotation
    parts = [
        turned_part(part, points - foot, turn)
        for part, points in zip(scene.parts, places, strict=True)
    ]
    return replace(scene, parts=parts, origin=(0.0, 0.0, 0.0)), foot


def _poster_of(model: SiteModel, folder: Path) -> Poster:
    with Image.open(folder / POSTER, formats=("WEBP",)) as image:
        return Poster(uri=f"models/{model.id}/{POSTER}", width=image.width, height=image.height)


# a model that moves -----------------------------------------------------------
def _keep_moving(
    job: _Job, model: SiteModel, path: Path, placing: Placing, progress: Progress
) -> MadeModel:
    """A model with animations, skins or morph targets: its bytes are fewer, all else stays."""
    progress(0.0, f"compressing {model.id}")
    folder = job.out.made_model(model.id)
    kept = folder / f"{model.id}.glb"
    derivative, wrong = keep_moving(path, kept, f"models/{model.id}/{kept.name}", job.web)
    notes = [f"{model.file.path}: {note}" for note in (*model.file.notes, wrong) if note]
    progress(0.8, f"poster of {model.id}")
    return _described(
        model,
        placing,
        placing.matrix,
        Derived(derivatives=[derivative]),
        folder,
        poster=_poster_at_rest(job, model, path, placing),
        warnings=[*placing.warnings, *notes],
    )


def _poster_at_rest(job: _Job, model: SiteModel, path: Path, placing: Placing) -> Poster | None:
    """A picture of a model that moves; None of one with a skin, or that is not to be read."""
    folder = job.out.made_model(model.id)
    try:
        moved, _ = scene_in_world(read_at_rest(path), placing)
        scene, _ = clean_scene(moved, CleanOptions(floaters=False))
    except InputError:
        return None
    write_poster(folder / POSTER, scene, None, job.options.poster_px)
    return _poster_of(model, folder)


# what is said of it -----------------------------------------------------------
def _described(
    model: SiteModel,
    placing: Placing,
    world_from_model: FloatArray,
    done: Derived,
    folder: Path,
    **more: Any,
) -> MadeModel:
    finest = [each for each in done.derivatives if each.usage is Usage.web3d][-1]
    document, _ = parts_from_glb(folder / Path(finest.uri).name)
    bounds = summary_of_gltf(document).bounds
    low, high = model.bounds.tolist() if bounds is None else bounds.tolist()
    return MadeModel(
        id=model.id,
        file=model.file.path,
        title=model.entry.title,
        license=model.entry.license,
        credit=model.entry.credit,
        placed_by=placing.placed_by,
        world_from_model=columns_from_matrix(world_from_model),
        bounds_min=low,
        bounds_max=high,
        derivatives=done.derivatives,
        looks=done.looks,
        **more,
    )


def copyright_of(site: Site | None, model: SiteModel, own: str | None) -> str | None:
    """One line for ``asset.copyright``: models.yaml's, the file's own, else site.yaml's."""
    told = copyright_line(model.entry.credit, model.entry.license)
    return told or own or (copyright_line(site.credit, site.license) if site else None)


def credits_of_model(site: Site | None, model: SiteModel) -> Credits:
    """Title, creator, rights and identifier of one model, the site's where it has none."""
    entry = model.entry
    creator = entry.credit or (site.credit if site else None)
    rights = entry.license or (site.license if site else None)
    title = entry.title or (site.name if site else {})
    identifier = f"{site.id}/{model.id}" if site else model.id
    return credits_of(title, creator, rights, identifier)
