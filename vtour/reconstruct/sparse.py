"""Stage ``sparse``: cameras and sparse points from the matches, in an arbitrary gauge.

pycolmap's incremental mapper (mapper.py), then the lens that the photos speak for (lenses.py).

Lenses while the cameras are solved, by RMS of camera centres on the small synthetic site (24 photos
of 800 px, a radial lens with its principal point 1 px off, 16 m across) and by median distance to
the reference of lund-door (sift 1600 px); OPENCV is what cameras.py takes from 10 photos on, so
that no track is lost that a richer lens would explain:

                               synthetic    lund-door
  SIMPLE_RADIAL                  4.9 mm      0.034 %
  RADIAL                         5.1 mm      0.033 %
  OPENCV                         3.6 mm      0.042 %
  SIMPLE_PINHOLE                   -         0.115 %
  OPENCV, focal length of EXIF    81 mm       -          EXIF is 2.8 % off: rejected
  FULL_OPENCV                   6 of 24 photos           rejected

Less demanding starts are tried while more than one photo of twenty is left out: with noise on the
synthetic site (sigma 6 grey levels) the first start placed 22 of 24 photos, the second all of them,
at the same error. With 0.9 as the share it stopped at 22.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vtour.colmap import write_model
from vtour.equirect import read_sphere
from vtour.errors import CaptureError
from vtour.files import UInt8Array, check_free_disk, read_image, resource_errors
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.components import component_names, component_warnings, join_models
from vtour.reconstruct.focal import (
    costs_little,
    focal_warnings,
    is_doubtful,
    read_known_focals,
)
from vtour.reconstruct.lenses import Lens, Trial, choose_lens
from vtour.reconstruct.mapper import (
    STARTS,
    Freedom,
    better,
    drop_weak_photos,
    rank,
    run_global_mapper,
    run_mapper,
)
from vtour.reconstruct.parallax import (
    TURNED,
    has_depth,
    parallax,
    parallax_warnings,
    registered_names,
)
from vtour.reconstruct.registration import MatchGraph, reason_not_registered, short_list
from vtour.reconstruct.repeats import contradictions, repeat_warnings
from vtour.reconstruct.sfm_images import SfmImage, sfm_images
from vtour.schema.report import StageReport
from vtour.threads import in_order
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

COLOUR_PX = 1200
MIN_SPHERES = 2  # a panorama sees as much as several photos
ADVICE = "take photos so that each shows 60 % of the next, from standpoints a step apart"
SPHERE_ADVICE = "take panoramas closer together, in sight of each other, one in each doorway"


@dataclass(frozen=True, kw_only=True)
class SparseOptions(StageOptions):
    """Options of the stage ``sparse``."""

    min_photos: int = option(3, "photos that must be solved together", minimum=2)
    min_share: float = option(
        0.3, "share of the photos that must be solved together", minimum=0.0, maximum=1.0
    )
    enough_share: float = option(
        0.95, "share of solved photos from which no more starts are tried", minimum=0.0, maximum=1.0
    )
    refine_principal_point: bool = option(
        False, "also solve the principal points from the start, with the lens model of features"
    )
    choose_lens: bool = option(
        True, "choose the lens model in the end, by how well it explains what was held out"
    )
    min_lens_gain: float = option(
        0.005, "share by which a richer lens has to lower the error at what was held out", minimum=0
    )
    max_principal_shift: float = option(
        0.01, "share of the long side that a principal point may be off the middle", minimum=0
    )
    max_focal_change: float = option(
        0.05, "share that a focal length may leave EXIF's by before EXIF's is tried", minimum=0.0
    )
    max_focal_cost: float = option(
        1.1,
        "keep EXIF's focal length when the reprojection error grows by this factor at most",
        minimum=0.0,
    )


SPARSE_DEFAULTS = SparseOptions()


def solve_cameras(
    work: Workspace,
    out: Workspace,
    options: SparseOptions = SPARSE_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Solve cameras and points. Reads ``features/``, writes ``sfm/``, a COLMAP binary model.

    Photos and panoramas are solved together. Parts that share photos are joined; the largest is
    kept, and every image outside it is named in a warning. Raises CaptureError, one line, when too
    few hang together; a site with panoramas, scans or models goes on without ``sfm/`` then, since
    these can be placed by other means.
    """
    images = sfm_images(work)
    others = work.files.usable_scans() or work.files.usable_models()
    goes_on = any(image.panorama for image in images) or bool(others)
    if len(images) < options.min_photos and not goes_on:
        raise CaptureError(
            f"{len(images)} usable photos: expected at least {options.min_photos} that overlap "
            "by 60 % or more"
        )
    with copied(work.database) as database:
        graph = MatchGraph.read(database)
        found = solve_models(database, len(images), options, part_of(progress, 0.0, 0.6))
        free = [model for model in found if has_depth(model, graph)]
        try:
            check_enough(images, registered_names(free[0]) if free else set(), graph, options)
        except CaptureError as error:
            if not goes_on:
                raise
            return _report_of_nothing(images, graph, str(error))
        known_px = read_known_focals(database)
        held = with_known_focals(database, free, known_px, options, part_of(progress, 0.6, 0.75))
        models, joined = join_models(database, held, freedom_of(options, held is free))
        model, trials, lens = with_best_lens(
            models[0], held is free, options, part_of(progress, 0.75, 0.9)
        )
        drop_weak_photos(model, options.min_photos)
        twins = contradictions(model, database)
    registered = registered_names(model)
    reasons = _reasons(images, registered, graph)
    colour_points(work, model, images, part_of(progress, 0.9, 0.99))
    write_model(model, out.sfm)
    progress(1.0, f"{len(registered)} of {len(images)} images")
    report = _report(images, [model, *models[1:]], reasons)
    report.details["lenses_tried"] = [_told(trial, lens) for trial in trials]
    report.warnings += focal_warnings(free[0], held[0], known_px, options.max_focal_change)
    report.warnings += [*joined, *parallax_warnings(model), *repeat_warnings(twins)]
    return report


def with_best_lens(
    model: Any, solve_focal: bool, options: SparseOptions, progress: Progress
) -> tuple[Any, list[Trial], Lens | None]:
    """The model with the lens that explains best what was held out, unless it is not wanted."""
    if not options.choose_lens or options.refine_principal_point:
        return model, [], None
    return choose_lens(
        model,
        solve_focal=solve_focal,
        min_gain=options.min_lens_gain,
        max_shift=options.max_principal_shift,
        progress=progress,
    )


def _told(trial: Trial, chosen: Lens | None) -> dict[str, object]:
    """A trial of a lens, for the report."""
    return {
        "lens": trial.lens.name,
        "held_out_error_px": round(trial.error_px, 4),
        "chosen": trial.lens == chosen,
    }


def freedom_of(options: SparseOptions, focal_length: bool = True) -> Freedom:
    """What the mapper may solve."""
    return Freedom(options.min_photos, focal_length, options.refine_principal_point)


def _reasons(images: list[SfmImage], registered: set[str], graph: MatchGraph) -> dict[str, str]:
    """Why each of the images that were not registered was not."""
    return {
        image.name: reason_not_registered(image.name, registered, graph, image.photo)
        for image in images
        if image.name not in registered
    }


def _report_of_nothing(images: list[SfmImage], graph: MatchGraph, problem: str) -> StageReport:
    """What to say of a site whose panoramas are placed by other means."""
    report = StageReport(stage="sparse")
    report.warnings.append(f"no geometry: {problem}")
    report.details["not_registered"] = _reasons(images, set(), graph)
    _count(report, images, set())
    return report


@contextmanager
def copied(database: Path) -> Iterator[Path]:
    """Yield a copy of the database: COLMAP raises its change counter whenever it opens one."""
    with tempfile.TemporaryDirectory(prefix="vtour-sparse-") as folder:
        check_free_disk(Path(folder), 2 * database.stat().st_size)
        with resource_errors(Path(folder)):
            copy = Path(shutil.copy2(database, folder))
        yield copy


def solve_models(
    database: Path, photo_count: int, options: SparseOptions, progress: Progress
) -> list[Any]:
    """Reconstructions (pycolmap) of the best of several starts, the largest first.

    The global mapper has its turn where these leave photos out.
    """
    best: list[Any] = []
    for number, start in enumerate(STARTS):
        share = part_of(progress, number / len(STARTS), (number + 1) / len(STARTS))
        models = run_mapper(database, start, freedom_of(options), _counter(photo_count, share))
        if rank(models) > rank(best):
            best = models
        if best and best[0].num_reg_images() >= options.enough_share * photo_count:
            return best
    if not best:
        return []  # nothing to compare a global one with: see mapper.py
    progress(0.99, "placing all photos at once")
    placed = run_global_mapper(database, freedom_of(options))
    return placed if better(placed, best) else best


def with_known_focals(
    database: Path,
    models: list[Any],
    known_px: dict[int, float],
    options: SparseOptions,
    progress: Progress,
) -> list[Any]:
    """The models, or ones with EXIF's focal lengths where the photos do not speak against them."""
    lenses = [camera for camera in models[0].cameras.values() if not camera.is_spherical()]
    if not is_doubtful(lenses, known_px, options.max_focal_change):
        return models
    count = _counter(models[0].num_reg_images(), progress)
    for start in STARTS:
        held = run_mapper(database, start, freedom_of(options, focal_length=False), count)
        if held and costs_little(held[0], models[0], options.max_focal_cost):
            return held
    return models


def _counter(photo_count: int, progress: Progress) -> Callable[[], None]:
    """A callback for the mapper that counts the photos it adds."""
    added = 0

    def count() -> None:
        nonlocal added
        added += 1
        progress(min(1.0, added / photo_count), f"{min(added, photo_count)} photos placed")

    return count


def check_enough(
    images: list[SfmImage], registered: set[str], graph: MatchGraph, options: SparseOptions
) -> None:
    """Raise CaptureError, one line, when too few images hang together to go on.

    Enough of all images, or of the photos alone, or of the panoramas alone: photos that match
    nothing do not throw away panoramas that were solved, nor the other way round.
    """
    paths = [image.name for image in images]
    spheres = {image.name for image in images if image.panorama}
    for names, fewest in (
        (set(paths), options.min_photos),
        (set(paths) - spheres, options.min_photos),
        (spheres, MIN_SPHERES),
    ):
        if len(registered & names) >= max(fewest, options.min_share * len(names)):
            return
    what = "images" if spheres else "photos"
    group = registered or graph.largest_group()
    if registered:
        found = f"only {len(registered)} could be solved together ({short_list(registered)})"
    elif not group:
        found = "no two overlap enough"
    elif len(group) == len(paths):
        found = "none could be solved, although they overlap"
    else:
        found = f"none could be solved, only {len(group)} overlap ({short_list(group)})"
    others = set(paths) - group if group else set()
    rest = f", not {short_list(others)}" if others else ""
    advice = TURNED if not registered and graph.is_flat(group) else ADVICE
    if len(spheres) == len(paths):
        advice = SPHERE_ADVICE
    raise CaptureError(f"{len(paths)} {what}: {found}{rest}; {advice}")


def colour_points(work: Workspace, model: Any, sources: list[SfmImage], progress: Progress) -> None:
    """Give each sparse point the mean colour of the pixels that see it, in upright images."""
    by_name = {source.name: source for source in sources}
    images = sorted(
        (image for image in model.images.values() if image.has_pose), key=lambda image: image.name
    )
    ids = np.array(sorted(model.points3D), dtype=np.int64)
    total = np.zeros((len(ids), 3))
    seen = np.zeros(len(ids))

    def pixels_of(image: Any) -> UInt8Array:
        return small_pixels(work, by_name[image.name])

    for done, (image, pixels) in enumerate(in_order(pixels_of, images), start=1):
        points = image.get_observation_points2D()
        rows = np.searchsorted(ids, [point.point3D_id for point in points])
        xy = np.array([point.xy for point in points]).reshape(-1, 2)
        scale = pixels.shape[1] / image.camera.width
        column, line = np.floor(xy * scale).astype(int).T  # full-size pixels to ours
        column = np.clip(column, 0, pixels.shape[1] - 1)
        line = np.clip(line, 0, pixels.shape[0] - 1)
        np.add.at(total, rows, pixels[line, column])
        np.add.at(seen, rows, 1)
        progress(done / len(images), f"colours of {image.name}")
    colours = np.rint(total / np.maximum(seen, 1)[:, None]).astype(np.uint8)
    for point_id, colour in zip(ids, colours, strict=True):
        model.points3D[int(point_id)].color = colour


def small_pixels(work: Workspace, image: SfmImage) -> UInt8Array:
    """A photo or a full sphere, (h, w, 3) uint8, small enough for colours."""
    if image.panorama:
        sphere, _ = read_sphere(image.panorama, COLOUR_PX)
        return sphere
    if image.photo is None:
        raise ValueError(f"{image.name}: neither photo nor panorama")
    return read_image(work.capture_path(image.photo), max_side_px=COLOUR_PX)


def _count(report: StageReport, images: list[SfmImage], registered: set[str]) -> None:
    """How many photos and panoramas there are, and how many were solved."""
    for what, names in (
        ("photos", [image.name for image in images if image.photo]),
        ("panoramas", [image.name for image in images if image.panorama]),
    ):
        if names:
            report.measure(f"{what}_in", len(names))
            report.measure(f"{what}_registered", len(registered & set(names)), n=len(names))


def _report(images: list[SfmImage], models: list[Any], reasons: dict[str, str]) -> StageReport:
    model = models[0]
    report = StageReport(stage="sparse")
    _count(report, images, {image.name for image in images} - set(reasons))
    parts = component_names(models)
    report.measure("components", len(parts))
    report.measure("parallax", float(np.degrees(parallax(model))), n=model.num_points3D())
    report.measure("sparse_points", model.num_points3D())
    report.measure("reprojection_error", model.compute_mean_reprojection_error())
    report.measure("track_length", model.compute_mean_track_length())
    report.details["not_registered"] = reasons
    report.details["components"] = parts
    report.details["cameras"] = {
        str(camera_id): {"model": camera.model.name, "params": [float(p) for p in camera.params]}
        for camera_id, camera in sorted(model.cameras.items())
    }
    report.warnings += component_warnings(parts)
    report.warnings += [f"{path}: not registered, {why}" for path, why in reasons.items()]
    return report
