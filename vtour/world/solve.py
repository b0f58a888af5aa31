"""Stage ``world``: the one place that decides scale, up, north and origin.

Control points first, then scans, then GPS, its scale corrected by scale bars, else a plausible
gauge. Scans that the photos can be tied to give the scale, unless control points or scale bars
contradict it: then the scans are left out. Origin: the anchor of site.yaml
when given, else amid the sparse points on the lowest ground.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vtour.errors import CaptureError
from vtour.files import remove, write_json
from vtour.frames import columns_from_matrix
from vtour.model_files import models_of_site
from vtour.panorama_sources import PanoramaSource, panorama_sources
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.report import StageReport
from vtour.schema.site import Site, SiteAnchor
from vtour.schema.world import North, Scale, ScaleSource, Up, World
from vtour.siteyaml import read_site
from vtour.workspace import Workspace
from vtour.world.bend import bent_to_control
from vtour.world.control import solution_from_control
from vtour.world.gauge import gauge_enu, origin_of
from vtour.world.gravity import Gravity, up_from_cameras
from vtour.world.model import SparseModel
from vtour.world.models_alone import solve_models_alone
from vtour.world.options import WORLD_DEFAULTS, WorldOptions
from vtour.world.panoramas import (
    solve_without_photos,
    solved_spheres,
    with_compass,
    write_standpoints,
)
from vtour.world.positions import compare_with_gps, measured_ups, solution_from_gps
from vtour.world.restated import restate
from vtour.world.scale_bars import measured_bars, report_bars, scaled_by_bars
from vtour.world.scan_photos import guess_from_targets, report_tie, tie_to_scans
from vtour.world.scan_search import Guess
from vtour.world.scans import (
    SiteScans,
    chained,
    doubt_of_units,
    enu_from_scan_apart,
    inverse,
    solution_with_scans,
    with_world_axes,
    world_of_scans,
)
from vtour.world.similarity import Similarity
from vtour.world.solution import Solution, anchor_of, moved
from vtour.world.sphere_poses import level_attitudes
from vtour.world.survey_files import Survey, read_survey
from vtour.world.ties import marked_points
from vtour.world.triangulate import MarkedPoint

log = logging.getLogger(__name__)

MIN_PHOTOS = 3
OFF_BY_POSITIONS = (2.0, 0.05, 0.1)
"""Metres, share of the scale and radians that a world from positions or compass may be off."""


def solve_world(
    work: Workspace,
    out: Workspace,
    options: WorldOptions = WORLD_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Solve world_from_sfm and world_from_scan.

    Reads ``sfm/``, the registered scans, the inventory, control, marks and targets, site.yaml.
    Writes ``world.json``; ``sparse/``, the photos in the world; for a site with panoramas
    ``spheres/``, photos and panoramas in the world, and ``standpoints.json``; for a site with
    scans ``scan/stations.json``. Without ``sfm/``, where photos and panoramas hang together too
    little, panoramas are placed by GPS; where there are none either, models made elsewhere tell the
    world.
    """
    site = read_site_of(work)
    site_anchor = site.anchor if site else None
    panoramas = {source.name: source for source in panorama_sources(work)}
    heard = StageReport(stage="world")
    scans = SiteScans.read(work, site_anchor, heard)
    if not work.sfm.exists() and scans:
        return solve_scans_alone(out, scans, site, panoramas, options, heard)
    if not work.sfm.exists() and not panoramas:
        models = models_of_site(work)
        if not models:
            raise nothing_to_place(work)
        return solve_models_alone(out, models, site_anchor)
    if not work.sfm.exists():
        return solve_without_photos(out, site, panoramas, options)
    model = SparseModel.read(work.sfm)
    progress(0.1, f"{len(model.names)} cameras")
    level = level_attitudes(model.names, model.cam_from_sfm, panoramas, measured_ups(work))
    gravity = up_from_cameras(level)
    model, solution = solve(work, model, gravity, site_anchor, options)
    enu_from_scan = None
    if scans:
        add_to(solution.report, heard)
        inner = part_of(progress, 0.2, 0.6)
        alone = solution
        solution, enu_from_scan = joined_with_scans(work, model, alone, scans, panoramas, inner)
        if solution is not alone:
            restate(work, model, alone, solution, scans.frame, options)
    solution = with_compass(solution, model, panoramas)
    report = solution.report
    _, pixel_sizes = model.depths_and_pixel_sizes()
    if solution.scale is Scale.metric and len(pixel_sizes) and not model.is_sphere.all():
        size = float(np.median(pixel_sizes)) * solution.enu_from_sfm.scale
        report.measure("ground_sampling_distance", size, n=len(pixel_sizes))
    progress(0.6, "writing")
    world_from_sfm = with_world_axes(solution.enu_from_sfm)
    world = world_of(solution, world_from_sfm)
    if scans and enu_from_scan:
        world_from_scan = with_world_axes(enu_from_scan)
        world.world_from_scan = columns_from_matrix(world_from_scan.matrix)
        world.scan_tied = solution.source is ScaleSource.scan
        scans.write(out, world_from_scan)
    model.write_in_world(world_from_sfm, out.spheres if panoramas else out.sparse)
    if panoramas:
        photos = model.write_photos(out.sparse)
        if 0 < photos < MIN_PHOTOS:
            remove(out.sparse)
            report.warnings.append(f"{photos} photos solved, expected {MIN_PHOTOS}: no model")
        solved = solved_spheres(model)
        write_standpoints(out, site, panoramas, solved, world, options, report)
    write_json(out.world, world.to_json())
    progress(1.0, f"scale from {solution.source.value}")
    return report


def solve(
    work: Workspace,
    model: SparseModel,
    gravity: Gravity,
    site_anchor: SiteAnchor | None,
    options: WorldOptions,
) -> tuple[SparseModel, Solution]:
    """The best solution that the captures allow: control points, GPS and scale bars, the gauge.

    The model is the one given, or bent to the control points.
    """
    report = StageReport(stage="world")
    survey = read_survey(work, report) if options.use_control else Survey()
    marked = marked_points(survey, model, report)
    solution = None
    if survey.control:
        bent = bent_to_control(model, survey.control, marked, gravity, report)
        if bent is not model:
            model, marked = bent, marked_points(survey, bent, StageReport(stage="world"))
        solution = solution_from_control(
            survey.control, marked, model, gravity, site_anchor, report
        )
        if solution and options.use_gps:
            compare_with_gps(work, model, solution, survey.control.name, report)
    if solution is None and options.use_gps:
        solution = solution_from_gps(work, model, gravity, site_anchor, options, report)
    if solution is None:
        solution = solution_from_gauge(model, gravity, site_anchor)
    bars = measured_bars(survey, marked, report)
    solution = scaled_by_bars(solution, bars, model, report)
    report_bars(bars, solution, report)
    return model, replace(solution, report=report)


def nothing_to_place(work: Workspace) -> CaptureError:
    """The error for a site of which nothing hangs together, such as a single photo."""
    photos, scans = len(work.files.usable_photos()), len(work.files.usable_scans())
    found = f"{photos} usable photos" + (f", {scans} scans that cannot be used" if scans else "")
    return CaptureError(
        f"{found}: expected at least {MIN_PHOTOS} photos that overlap by 60 % or more"
    )


def solve_scans_alone(
    out: Workspace,
    scans: SiteScans,
    site: Site | None,
    panoramas: Mapping[str, PanoramaSource],
    options: WorldOptions,
    report: StageReport,
) -> StageReport:
    """Write the world of a site whose scans are all that hangs together."""
    world = world_of_scans(scans.frame)
    scans.write(out, with_world_axes(scans.frame.enu_from_scan))
    if panoramas:
        write_standpoints(out, site, panoramas, {}, world, options, report)
    write_json(out.world, world.to_json())
    return report


def joined_with_scans(
    work: Workspace,
    model: SparseModel,
    solution: Solution,
    scans: SiteScans,
    panoramas: Mapping[str, PanoramaSource],
    progress: Progress,
) -> tuple[Solution, Similarity | None]:
    """The solution with the scans' scale, and enu_from_scan; None where nothing ties them."""
    report = solution.report
    apart = enu_from_scan_apart(solution, scans.frame)
    guesses = []
    if by_targets := guess_from_targets(scans.targets_in_scan(), marked_in_photos(work, model)):
        guesses.append(by_targets)
    if apart:
        guess = chained(inverse(apart), solution.enu_from_sfm)
        guesses.append(Guess(guess, *OFF_BY_POSITIONS))
    tie = tie_to_scans(work, model, panoramas, scans.points_of(work), guesses, report, progress)
    if tie is None:
        report.warnings.append(
            "scans: placed by their coordinates and those of the photos, not by what both show"
            if apart
            else "scans: left out, nothing says where they lie to the photos; photograph what was "
            "scanned, or mark three targets of targets.csv in photos"
        )
        return solution, apart
    if doubt := doubt_of_units(solution, tie.scan_from_sfm.scale, tie.scale_sigma):
        report.warnings.append(doubt)
        return solution, None
    report_tie(tie, report)
    joined = solution_with_scans(
        solution, scans.frame, tie.scan_from_sfm, tie.scale_sigma, model.centres_in_sfm
    )
    return joined, chained(joined.enu_from_sfm, inverse(tie.scan_from_sfm))


def marked_in_photos(work: Workspace, model: SparseModel) -> dict[str, MarkedPoint]:
    """Where photos show surveyed points, sfm, by label; what is wrong with them was said before."""
    unheard = StageReport(stage="world")
    return marked_points(read_survey(work, unheard), model, unheard)


def add_to(report: StageReport, more: StageReport) -> None:
    """Add the measures, warnings and details of another report of the stage."""
    report.measures |= more.measures
    report.warnings += [text for text in more.warnings if text not in report.warnings]
    report.details |= more.details


def world_of(solution: Solution, world_from_sfm: Similarity) -> World:
    """The contract of world.json."""
    return World(
        scale=solution.scale,
        scale_source=solution.source,
        north=solution.north,
        up=solution.up,
        anchor=solution.anchor,
        world_from_sfm=columns_from_matrix(world_from_sfm.matrix),
        scale_sigma=solution.scale_sigma,
        position_sigma_m=solution.position_sigma_m,
        control_points=world_from_sfm.apply(solution.control_in_sfm).round(4).tolist(),
    )


def read_site_of(work: Workspace) -> Site | None:
    """site.yaml of the captures, None when there is none to use."""
    path = work.site_path()
    return None if path is None else read_site(path)


def solution_from_gauge(
    model: SparseModel, gravity: Gravity, site_anchor: SiteAnchor | None
) -> Solution:
    """Scale and north unknown, up assumed; an anchor only when site.yaml says one."""
    enu_from_sfm = gauge_enu(model, gravity)
    return Solution(
        enu_from_sfm=moved(enu_from_sfm, -origin_of(model, enu_from_sfm)),
        source=ScaleSource.none,
        north=North.unknown,
        up=Up.assumed,
        anchor=anchor_of(site_anchor) if site_anchor else None,
    )
