"""The world from the positions in the photos: where they are, whether they can be true."""

import numpy as np

from vtour.frames import FloatArray, enu_from_geodetic, geodetic_from_enu
from vtour.panorama_sources import panorama_sources
from vtour.schema.inventory import GpsFix
from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor, North, ScaleSource, Up
from vtour.workspace import Workspace
from vtour.world.gauge import origin_of
from vtour.world.gps import MEASURED_UP_SIGMA, NORTH_SIGMA, OUTLIER_SIGMAS, GpsFit, fit_gps
from vtour.world.gravity import Gravity
from vtour.world.model import SparseModel
from vtour.world.options import WorldOptions
from vtour.world.places import are_swapped, fixes_and_anchor
from vtour.world.similarity import BoolArray, Similarity
from vtour.world.solution import Place, Solution, about_other_anchor, anchor_of
from vtour.world.sphere_poses import upright_attitudes

MIN_FIXES = 3
MAX_OFF_GPS_M = 60.0  # phones between walls are off by less
MAX_OFF_GRAVITY = np.radians(60.0)
CAMERA_HEIGHT = "WGS 84, height as the camera wrote it"
ELLIPSOID = "WGS 84 ellipsoid, by the cameras' own words"
NO_HEIGHT = "WGS 84, height not measured"


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
    usable, site_anchor = fixes_and_anchor(middle[:2], site_anchor, report)
    if not usable:
        return None
    enu = np.array([enu_from_fix(fix.lat, fix.lon, fix.height_m, middle) for fix in found])
    sigmas = np.array([fix.sigma_m or options.gps_sigma_m for fix in found])
    panoramas = {source.name: source for source in panorama_sources(work)}
    # Gimbals are not asked here: on brighton they tilt the fit 0.9 degrees against the fixes.
    upright = upright_attitudes(model.names, model.cam_from_sfm, panoramas, {})
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
    offsets = fit.enu_from_sfm.apply(model.centres_in_sfm[rows]) - enu
    off = np.linalg.norm(np.nan_to_num(offsets), axis=1)
    report_positions(names, fit.inside, off, report)
    datum = datum_of(found)
    anchor, enu_from_sfm = place_origin(fit.enu_from_sfm, model, middle, datum, site_anchor)
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


def measured_ups(work: Workspace) -> dict[str, list[float]]:
    """Up in the camera of the photos whose gimbal measured it, by the photo's name."""
    return {one.path: one.up_in_camera for one in work.files.usable_photos() if one.up_in_camera}


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


def report_positions(
    names: list[str], inside: BoolArray, off_m: FloatArray, report: StageReport
) -> None:
    """Every position in the details; those far from where the others put them are named."""
    report.details["gps_positions"] = {
        name: {"inside": bool(good), "off_m": round(float(off), 3)}
        for name, good, off in zip(names, inside, off_m, strict=True)
    }
    for name, good, off in zip(names, inside, off_m, strict=True):
        if not good:
            report.warnings.append(f"{name}: its GPS position is off by {off:.0f} m, left out")


def datum_of(fixes: list[GpsFix]) -> str:
    """What the heights of positions count from, as far as cameras told."""
    known = [fix for fix in fixes if fix.height_m is not None]
    if not known:
        return NO_HEIGHT
    return ELLIPSOID if all(fix.is_ellipsoidal for fix in known) else CAMERA_HEIGHT


def place_origin(
    enu_from_sfm: Similarity,
    model: SparseModel,
    middle: Place,
    datum: str,
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
    return Anchor(lat=place[0], lon=place[1], height_m=place[2], datum=datum), moved_fit


def restate_positions(
    work: Workspace, model: SparseModel, solution: Solution, report: StageReport
) -> None:
    """Measure how far positions are off in a world that was changed after the fit to them."""
    anchor, told = solution.anchor, report.details["gps_positions"]
    if anchor is None:
        return
    place, fixes = (anchor.lat, anchor.lon, anchor.height_m), read_fixes(work)
    rows = [row for row, name in enumerate(model.names) if name in told]
    found = [fixes[model.names[row]] for row in rows]
    enu = np.array([enu_from_fix(fix.lat, fix.lon, fix.height_m, place) for fix in found])
    offsets = np.nan_to_num(solution.enu_from_sfm.apply(model.centres_in_sfm[rows]) - enu)
    off = np.linalg.norm(offsets, axis=1)
    inside = np.array([told[model.names[row]]["inside"] for row in rows])
    report.measure("gps_residual", float(np.sqrt((off[inside] ** 2).mean())), n=int(inside.sum()))
    for row, one in zip(rows, off.tolist(), strict=True):
        told[model.names[row]]["off_m"] = round(one, 3)


def compare_with_gps(
    work: Workspace, model: SparseModel, solution: Solution, name: str, report: StageReport
) -> None:
    """Warn when control points and GPS put the photos far apart: a wrong crs does that.

    VN-2000 read as WGS 84 is about 225 m off. Heights are not compared: their kinds differ.
    name : of the table of control points.
    """
    fixes = read_fixes(work)
    rows = [row for row, one in enumerate(model.names) if one in fixes]
    if len(rows) < MIN_FIXES or solution.anchor is None:
        return
    anchor = solution.anchor
    place = (anchor.lat, anchor.lon, anchor.height_m)
    found = [fixes[model.names[row]] for row in rows]
    there = np.array([enu_from_fix(fix.lat, fix.lon, None, place)[:2] for fix in found])
    offsets = solution.enu_from_sfm.apply(model.centres_in_sfm[rows])[:, :2] - there
    off = float(np.linalg.norm(np.median(offsets, axis=0)))
    if off > MAX_OFF_GPS_M:
        lat, lon = np.median([(fix.lat, fix.lon) for fix in found], axis=0)
        swapped = are_swapped(float(lat), float(lon), anchor)
        hint = (
            "latitude and longitude of GPS are swapped"
            if swapped
            else ("is its crs (or the anchor of site.yaml) the right one?")
        )
        report.warnings.append(
            f"{name}: puts the photos {off:.0f} m from their GPS positions: {hint}"
        )
    far = np.linalg.norm(offsets, axis=1)
    spread = 1.4826 * float(np.median(far))
    report.details["gps_positions"] = {
        model.names[row]: {"inside": bool(one <= OUTLIER_SIGMAS * spread), "off_m": round(one, 3)}
        for row, one in zip(rows, far.tolist(), strict=True)
    }
