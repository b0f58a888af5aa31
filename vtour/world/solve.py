"""Stage ``world``: the one place that decides scale, up, north and origin.

Control points first, then GPS, else a plausible gauge. Origin: the anchor of site.yaml when
given, else amid the sparse points on the lowest ground.
"""

import logging
from dataclasses import replace

import numpy as np

from vtour.files import remove, write_json
from vtour.frames import (
    WORLD_FROM_ENU,
    FloatArray,
    columns_from_matrix,
    enu_from_geodetic,
    geodetic_from_enu,
)
from vtour.panorama_sources import panorama_sources
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import GpsFix
from vtour.schema.report import StageReport
from vtour.schema.site import Site, SiteAnchor
from vtour.schema.world import Anchor, North, Scale, ScaleSource, Up, World
from vtour.siteyaml import read_site
from vtour.workspace import Workspace
from vtour.world.control import solution_from_control
from vtour.world.gauge import gauge_enu, origin_of
from vtour.world.gps import MEASURED_UP_SIGMA, NORTH_SIGMA, GpsFit, fit_gps
from vtour.world.gravity import Gravity, up_from_cameras
from vtour.world.model import SparseModel
from vtour.world.options import WORLD_DEFAULTS, WorldOptions
from vtour.world.panoramas import (
    solve_without_photos,
    solved_spheres,
    with_compass,
    write_standpoints,
)
from vtour.world.similarity import Similarity
from vtour.world.solution import Place, Solution, about_other_anchor, anchor_of, moved
from vtour.world.sphere_poses import level_attitudes, upright_attitudes

log = logging.getLogger(__name__)

MIN_FIXES = 3
MIN_PHOTOS = 3
MAX_OFF_GPS_M = 60.0  # phones between walls are off by less
MAX_OFF_GRAVITY = np.radians(60.0)
CAMERA_HEIGHT = "WGS 84, height as the camera wrote it"
NO_HEIGHT = "WGS 84, height not measured"


def solve_world(
    work: Workspace,
    out: Workspace,
    options: WorldOptions = WORLD_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Solve world_from_sfm. Reads ``sfm/``, the inventory, control and marks, site.yaml.

    Writes ``world.json``; ``sparse/``, the photos in the world; and for a site with panoramas
    ``spheres/``, photos and panoramas in the world, and ``standpoints.json``. Without ``sfm/``,
    where photos and panoramas hang together too little, panoramas are placed by GPS.
    """
    site = read_site_of(work)
    panoramas = {source.name: source for source in panorama_sources(work)}
    if not work.sfm.exists():
        return solve_without_photos(out, site, panoramas, options)
    model = SparseModel.read(work.sfm)
    site_anchor = site.anchor if site else None
    progress(0.2, f"{len(model.names)} cameras")
    gravity = up_from_cameras(level_attitudes(model.names, model.cam_from_sfm, panoramas))
    solution = solve(work, model, gravity, site_anchor, options)
    solution = with_compass(solution, model, panoramas)
    report = solution.report
    _, pixel_sizes = model.depths_and_pixel_sizes()
    if solution.scale is Scale.metric and len(pixel_sizes) and not model.is_sphere.all():
        size = float(np.median(pixel_sizes)) * solution.enu_from_sfm.scale
        report.measure("ground_sampling_distance", size, n=len(pixel_sizes))
    progress(0.6, "writing")
    world_from_sfm = world_from_sfm_of(solution.enu_from_sfm)
    world = world_of(solution, world_from_sfm)
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
) -> Solution:
    """The best solution that the captures allow: control points, GPS, else the gauge."""
    report = StageReport(stage="world")
    solution = None
    if options.use_control:
        solution = solution_from_control(work, model, gravity, site_anchor, report)
        if solution and options.use_gps:
            compare_with_gps(work, model, solution, report)
    if solution is None and options.use_gps:
        solution = solution_from_gps(work, model, gravity, site_anchor, options, report)
    if solution is None:
        solution = solution_from_gauge(model, gravity, site_anchor)
    return replace(solution, report=report)


def world_from_sfm_of(enu_from_sfm: Similarity) -> Similarity:
    """The same similarity with world axes: east, up, south."""
    return Similarity(
        enu_from_sfm.scale,
        WORLD_FROM_ENU @ enu_from_sfm.rotation,
        WORLD_FROM_ENU @ enu_from_sfm.translation,
    )


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


def solution_from_gps(
    work: Workspace,
    model: SparseModel,
    gravity: Gravity,
    site_anchor: SiteAnchor | None,
    options: WorldOptions,
    report: StageReport,
) -> Solution | None:
    """Fit the cameras to their positions; None, with a warning, when these do not carry it."""
    fixes = read_fixes(work)
    rows = [row for row, name in enumerate(model.names) if name in fixes]
    if len(rows) < MIN_FIXES:
        if rows:
            what = "images" if model.is_sphere.any() else "photos"
            report.warnings.append(
                f"GPS: {len(rows)} {what} with a position, expected {MIN_FIXES} or more: not used"
            )
        return None
    found = [fixes[model.names[row]] for row in rows]
    known = [fix.height_m for fix in found if fix.height_m is not None]
    middle = (
        float(np.median([fix.lat for fix in found])),
        float(np.median([fix.lon for fix in found])),
        float(np.median(known)) if known else 0.0,
    )
    enu = np.array([enu_from_fix(fix.lat, fix.lon, fix.height_m, middle) for fix in found])
    sigmas = np.array([fix.sigma_m or options.gps_sigma_m for fix in found])
    panoramas = {source.name: source for source in panorama_sources(work)}
    upright = upright_attitudes(model.names, model.cam_from_sfm, panoramas)
    fit = fit_gps(model.centres_in_sfm[rows], enu, sigmas, upright[rows, 0], gravity)
    names = [model.names[row] for row in rows]
    reason = reason_not_to_use(fit, gravity, options)
    if reason:
        report.details["gps_not_used"] = {
            "residual_m": fit.residual_m,
            "scale_sigma": fit.scale_sigma,
            "positions": int(fit.inside.sum()),
        }
        report.warnings.append(f"GPS: {reason}: not used, so the scale is unknown")
        return None
    report.measure("gps_residual", fit.residual_m, n=int(fit.inside.sum()))
    report.measure("scale_sigma", fit.scale_sigma)
    warn_of_outliers(fit, names, enu, model.centres_in_sfm[rows], report)
    anchor, enu_from_sfm = place_origin(fit.enu_from_sfm, model, middle, bool(known), site_anchor)
    return Solution(
        enu_from_sfm=enu_from_sfm,
        source=ScaleSource.gps,
        north=North.true if fit.yaw_sigma <= NORTH_SIGMA else North.unknown,
        up=Up.measured if fit.tilt_sigma <= MEASURED_UP_SIGMA else Up.assumed,
        anchor=anchor,
        scale_sigma=fit.scale_sigma,
    )


def read_fixes(work: Workspace) -> dict[str, GpsFix]:
    """Positions that cameras wrote into photos and panoramas, by the image's name."""
    fixes = {file.path: file.gps for file in work.files.usable_photos() if file.gps}
    return fixes | {one.name: one.gps for one in panorama_sources(work) if one.gps}


def enu_from_fix(lat: float, lon: float, height_m: float | None, anchor: Place) -> FloatArray:
    """East, north, up of a position; up is NaN when its height is not known."""
    enu = enu_from_geodetic(lat, lon, anchor[2] if height_m is None else height_m, anchor)
    if height_m is None:
        enu[2] = np.nan
    return enu


def reason_not_to_use(fit: GpsFit, gravity: Gravity, options: WorldOptions) -> str:
    """Why a fit to GPS cannot carry the world; empty when it can."""
    used, given = int(fit.inside.sum()), len(fit.inside)
    if used < MIN_FIXES or used * 2 < given:
        return f"only {used} of {given} positions agree with the cameras"
    if fit.scale_sigma > options.max_scale_sigma:
        return (
            f"positions spread too little for their error, the scale would be uncertain by "
            f"{min(fit.scale_sigma, 9.99):.0%}"
        )
    if gravity.certain and fit.off_gravity > MAX_OFF_GRAVITY:
        return (
            f"positions put the cameras {np.degrees(fit.off_gravity):.0f} degrees off upright "
            "(latitude and longitude swapped?)"
        )
    return ""


def warn_of_outliers(
    fit: GpsFit, names: list[str], enu: FloatArray, centres: FloatArray, report: StageReport
) -> None:
    """Name the photos whose position lies far from where the others put them."""
    off = np.linalg.norm(np.nan_to_num(fit.enu_from_sfm.apply(centres) - enu), axis=1)
    for name, inside, distance in zip(names, fit.inside, off, strict=True):
        if not inside:
            report.warnings.append(f"{name}: its GPS position is off by {distance:.0f} m, left out")


def place_origin(
    enu_from_sfm: Similarity,
    model: SparseModel,
    middle: Place,
    has_height: bool,
    site_anchor: SiteAnchor | None,
) -> tuple[Anchor, Similarity]:
    """Turn a fit about ``middle`` (lat, lon, height) into one about the world's anchor."""
    if site_anchor:
        place = (site_anchor.lat, site_anchor.lon, site_anchor.height_m)
    else:
        place = geodetic_from_enu(origin_of(model, enu_from_sfm), middle)
    moved_fit = about_other_anchor(enu_from_sfm, middle, place)
    if site_anchor:
        return anchor_of(site_anchor), moved_fit
    datum = CAMERA_HEIGHT if has_height else NO_HEIGHT
    return Anchor(lat=place[0], lon=place[1], height_m=place[2], datum=datum), moved_fit


def compare_with_gps(
    work: Workspace, model: SparseModel, solution: Solution, report: StageReport
) -> None:
    """Warn when control points and GPS put the photos far apart: a wrong crs does that.

    VN-2000 read as WGS 84 is about 225 m off. Heights are not compared: their kinds differ.
    """
    fixes = read_fixes(work)
    rows = [row for row, name in enumerate(model.names) if name in fixes]
    if len(rows) < MIN_FIXES or solution.anchor is None:
        return
    anchor = solution.anchor
    place = (anchor.lat, anchor.lon, anchor.height_m)
    found = [fixes[model.names[row]] for row in rows]
    there = np.array([enu_from_fix(fix.lat, fix.lon, None, place)[:2] for fix in found])
    here = solution.enu_from_sfm.apply(model.centres_in_sfm[rows])[:, :2]
    off = float(np.linalg.norm(np.median(here - there, axis=0)))
    if off > MAX_OFF_GPS_M:
        report.warnings.append(
            f"control.csv: puts the photos {off:.0f} m from their GPS positions: "
            "is its crs (or the anchor of site.yaml) the right one?"
        )
