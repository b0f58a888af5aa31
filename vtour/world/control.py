"""The world from control points: known coordinates, marked in photos.

Check points take no part in the fit: their residual is the accuracy that a report may state.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vtour.control_files import ENU, Control, Height, Role
from vtour.errors import InputError
from vtour.frames import FloatArray, enu_from_geodetic, geodetic_from_enu
from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor, North, ScaleSource, Up
from vtour.world.gauge import ground_centre
from vtour.world.gravity import Gravity
from vtour.world.model import SparseModel
from vtour.world.places import MAX_OFF_KM, km_between
from vtour.world.similarity import (
    BoolArray,
    Similarity,
    distances,
    on_a_line,
    robust_similarity,
    samples_of,
    similarity_from_points,
)
from vtour.world.solution import Place, Solution, about_other_anchor, anchor_of
from vtour.world.survey import geodetic_from_control
from vtour.world.ties import Tie, ties_of
from vtour.world.triangulate import MarkedPoint

MIN_POINTS = 3
MAX_MISFIT = 0.02  # of the extent of the points: more than photos bend
MISFIT_SIGMAS = 5.0
MAX_OFF_GRAVITY = np.radians(60.0)
UP = np.array([0.0, 0.0, 1.0])
SEA_LEVEL = "orthometric height as in {name} ({crs}), above sea level, no geoid applied"
NOT_TOLD = "height as in {name}, which does not tell what it counts from"
SEA_LEVEL_WORDS = ("orthometric", "sea level", "geoid", "egm", "hon dau", "hòn dấu")


@dataclass(frozen=True)
class ControlFit:
    """enu_from_sfm by the control points, and how good it is.

    inside      : which of the control points the fit used.
    residuals_m : distance of each control point after the fit.
    noise_m     : standard deviation of one coordinate of a point.
    """

    enu_from_sfm: Similarity
    inside: BoolArray
    residuals_m: FloatArray
    noise_m: float
    scale_sigma: float
    position_sigma_m: float


def solution_from_control(
    control: Control,
    marked: dict[str, MarkedPoint],
    model: SparseModel,
    gravity: Gravity,
    site_anchor: SiteAnchor | None,
    report: StageReport,
) -> Solution | None:
    """Fit the photos to the survey; None, with a warning, when it does not carry the world.

    marked : where the points lie in the sparse model, by label.

    Raises InputError for coordinates that its CRS cannot have.
    """
    site_anchor = anchor_near(control, site_anchor, report)
    enu, middle = enu_from_control(control, site_anchor)
    ties = ties_of(control, enu, marked)
    chosen = [tie for tie in ties if tie.point.role is Role.control]
    fit, reason = fit_control(chosen, gravity)
    if fit is None:
        report.warnings.append(f"{control.name}: {reason}: not used")
        return None
    _name_outliers(chosen, fit, report)
    _measure(control.name, ties, chosen, fit, report)
    anchor, enu_from_sfm = placed(
        fit.enu_from_sfm, model.points_in_sfm, control, middle, site_anchor, report
    )
    return Solution(
        enu_from_sfm=enu_from_sfm,
        source=ScaleSource.control,
        north=North.true,
        up=Up.measured,
        anchor=anchor,
        scale_sigma=fit.scale_sigma,
        position_sigma_m=fit.position_sigma_m,
        control_in_sfm=np.array([tie.marked.in_sfm for tie in chosen])[fit.inside],
        report=report,
    )


def anchor_near(
    control: Control, site_anchor: SiteAnchor | None, report: StageReport
) -> SiteAnchor | None:
    """The anchor of site.yaml; None, with a warning, when control lies at another place."""
    if site_anchor is None or control.crs == ENU or not control.points:
        return site_anchor
    lat, lon, _ = np.median(geodetic_from_control(control), axis=0)
    far = km_between((float(lat), float(lon)), (site_anchor.lat, site_anchor.lon))
    if far <= MAX_OFF_KM:
        return site_anchor
    report.warnings.append(
        f"site.yaml: its anchor is {far:,.0f} km from the points of {control.name}: not used"
    )
    return None


def enu_from_control(
    control: Control, site_anchor: SiteAnchor | None
) -> tuple[FloatArray, Place | None]:
    """East, north, up metres (n, 3) of all points, and the place they are about.

    The place is None for local coordinates without an anchor.
    """
    if control.crs == ENU:
        local = np.array([point.xyz for point in control.points]).reshape(-1, 3)
        if site_anchor is None:
            return local, None
        return local, (site_anchor.lat, site_anchor.lon, site_anchor.height_m)
    geodetic = geodetic_from_control(control)
    for point, place in zip(control.points, geodetic, strict=True):
        if not np.isfinite(place).all():
            raise InputError(
                f"{control.name}: {point.label} lies outside of what {control.crs} maps"
            )
    if not len(geodetic):
        return np.zeros((0, 3)), None
    lat, lon, height = (float(value) for value in np.median(geodetic, axis=0))
    middle = (lat, lon, height)
    enu = [enu_from_geodetic(lat, lon, height, middle) for lat, lon, height in geodetic.tolist()]
    return np.array(enu), middle


def fit_control(ties: list[Tie], gravity: Gravity) -> tuple[ControlFit | None, str]:
    """The robust fit of control points, or None and why these cannot carry the world."""
    if len(ties) < MIN_POINTS:
        return None, f"{len(ties)} control points can be used, expected {MIN_POINTS} or more"
    enu = np.array([tie.enu_m for tie in ties])
    sfm = np.array([tie.marked.in_sfm for tie in ties])
    sigmas = np.array([tie.point.sigma_m for tie in ties])
    if on_a_line(sfm):
        return None, "the control points lie on one line"
    tolerance = misfit_tolerance(enu, sfm, sigmas)
    fit, inside = robust_similarity(enu, sfm, tolerance)
    if inside.sum() < MIN_POINTS or inside.sum() * 2 <= len(ties):
        return None, _misfit(ties, enu, sfm, tolerance)
    if on_a_line(sfm[inside]):
        return None, "the control points that agree lie on one line"
    weights = 1 / expected_variances(ties, fit.scale)
    fit = similarity_from_points(enu[inside], sfm[inside], weights[inside])
    up = fit.rotation @ gravity.up_in_sfm
    off = float(np.arccos(np.clip(up @ UP, -1, 1)))
    if gravity.certain and off > MAX_OFF_GRAVITY:
        degrees = f"{np.degrees(off):.0f} degrees"
        return None, f"it puts the cameras {degrees} off upright (x and y swapped?)"
    return _judged(fit, inside, ties, enu, sfm), ""


def misfit_tolerance(enu: FloatArray, sfm: FloatArray, sigmas: FloatArray) -> float:
    """How far a control point may be off, metres: more is a typo, not noise or bent photos.

    The scale for it comes from the triple with the least median distance (Rousseeuw 1984).
    """
    best, least = similarity_from_points(enu, sfm), np.inf
    for sample in samples_of(len(sfm), 3):
        rows = list(sample)
        tried = similarity_from_points(enu[rows], sfm[rows])
        middle = float(np.median(distances(tried, enu, sfm)))
        if middle < least:
            best, least = tried, middle
    extent = max(float(np.linalg.norm(a - b)) for a, b in combinations(sfm, 2))
    return max(MISFIT_SIGMAS * float(np.median(sigmas)), MAX_MISFIT * best.scale * extent)


def _misfit(ties: list[Tie], enu: FloatArray, sfm: FloatArray, tolerance: float) -> str:
    """Why too few control points agree, with what would make them."""
    _, swapped = robust_similarity(enu[:, [1, 0, 2]], sfm, tolerance)
    hint = " (x and y swapped?)" if swapped.sum() * 2 > len(ties) else ""
    labels = ", ".join(tie.point.label for tie in ties)
    return f"{labels} do not agree with the photos within {tolerance:.2g} m{hint}"


def _judged(
    fit: Similarity, inside: BoolArray, ties: list[Tie], enu: FloatArray, sfm: FloatArray
) -> ControlFit:
    """Residuals and sigmas: from the misfit, and from what the points were said to be good for."""
    residuals = distances(fit, enu, sfm)
    count = int(inside.sum())
    dof = 3 * count - 7
    squares = float((residuals[inside] ** 2).sum())
    expected = float(expected_variances(ties, fit.scale)[inside].sum())
    noise = float(np.sqrt((squares + expected) / (dof + 3 * count)))
    spread = fit.scale * (sfm[inside] - sfm[inside].mean(axis=0))
    return ControlFit(
        enu_from_sfm=fit,
        inside=inside,
        residuals_m=residuals,
        noise_m=noise,
        scale_sigma=noise / float(np.linalg.norm(spread)),
        position_sigma_m=noise / float(np.sqrt(count)),
    )


def expected_variances(ties: list[Tie], scale: float) -> FloatArray:
    """Expected squared distance (n,) of each point: three surveyed coordinates, and its marks."""
    surveyed = 3 * np.array([tie.point.sigma_m for tie in ties]) ** 2
    marked = scale * np.array([tie.marked.sigma_in_sfm for tie in ties])
    result: FloatArray = surveyed + marked**2
    return result


def _name_outliers(ties: list[Tie], fit: ControlFit, report: StageReport) -> None:
    for tie, inside, off in zip(ties, fit.inside, fit.residuals_m, strict=True):
        if not inside:
            report.warnings.append(
                f"{tie.point.label}: {off:.2f} m from where the other control points put it, "
                "left out (a typo, or a wrong mark?)"
            )


def _measure(
    name: str, ties: list[Tie], control: list[Tie], fit: ControlFit, report: StageReport
) -> None:
    """Residuals of control and check points, and of each of them in the details."""
    inside = {tie.point.label for tie, good in zip(control, fit.inside, strict=True) if good}
    _measure_offsets(ties, inside, fit.enu_from_sfm, report)
    if "check_residual" not in report.measures:
        report.warnings.append(f"{name}: no check point, so its accuracy is not proven")
    report.measure("scale_sigma", fit.scale_sigma)


def _measure_offsets(
    ties: list[Tie], used: set[str], enu_from_sfm: Similarity, report: StageReport
) -> None:
    offsets = {t.point.label: enu_from_sfm.apply(t.marked.in_sfm) - t.enu_m for t in ties}
    checks = {tie.point.label for tie in ties if tie.point.role is Role.check}
    for name, labels in (("control_residual", used), ("check_residual", checks)):
        off = [float(np.linalg.norm(offsets[label])) for label in offsets if label in labels]
        if off:
            report.measure(name, float(np.sqrt(np.mean(np.square(off)))), n=len(off))
    report.details["control"] = {
        tie.point.label: {
            "role": tie.point.role.value,
            "used": tie.point.label in used,
            "marks": len(tie.marked.used),
            "mark_error_px": round(tie.marked.error_px, 3),
            "east_north_up_m": [round(float(value), 4) for value in offsets[tie.point.label]],
        }
        for tie in ties
    }


def restate_control(
    control: Control, marked: dict[str, MarkedPoint], solution: Solution, report: StageReport
) -> None:
    """Measure the residuals anew in a world that was changed after the fit."""
    enu, middle = enu_from_control(control, None)
    fit, anchor = solution.enu_from_sfm, solution.anchor
    if middle is not None and anchor is not None:
        fit = about_other_anchor(fit, (anchor.lat, anchor.lon, anchor.height_m), middle)
    used = {label for label, one in report.details["control"].items() if one["used"]}
    _measure_offsets(ties_of(control, enu, marked), used, fit, report)


def placed(
    enu_from_b: Similarity,
    points_in_b: FloatArray,
    control: Control,
    middle: Place | None,
    site_anchor: SiteAnchor | None,
    report: StageReport,
) -> tuple[Anchor | None, Similarity]:
    """Anchor and enu_from_b about it, for photos or scans with points (n, 3).

    Local coordinates are about the anchor of site.yaml, or about their own origin without one.
    An anchor with an ellipsoidal height gives way in height to control above sea level.
    """
    if control.crs == ENU or middle is None:
        return (anchor_of(site_anchor) if site_anchor else None), enu_from_b
    if control.height is Height.orthometric:
        report.warnings.append(
            f"{control.name}: heights above sea level ({control.crs}) without a geoid: the "
            "anchor's height is above sea level, too, not above the WGS 84 ellipsoid"
        )
    if control.height is Height.unknown:
        report.warnings.append(
            f"{control.name}: does not tell what its heights count from, expected a line "
            "'# height: orthometric' (above sea level) or 'ellipsoidal': taken as they are"
        )
    same = site_anchor is not None and _is_same_kind(control.height, site_anchor)
    datum = datum_of(control)
    return about_site(enu_from_b, points_in_b, middle, datum, site_anchor, same, report)


def about_site(
    enu_from_b: Similarity,
    points_in_b: FloatArray,
    middle: Place,
    datum: str,
    site_anchor: SiteAnchor | None,
    same_heights: bool,
    report: StageReport,
) -> tuple[Anchor, Similarity]:
    """Turn a frame about ``middle`` into one about the site's anchor, or the ground amid it.

    datum : of the heights; same_heights: whether the site's anchor counts from the same.
    """
    ground = geodetic_from_enu(ground_centre(enu_from_b.apply(points_in_b)), middle)
    if site_anchor is None:
        anchor = Anchor(lat=ground[0], lon=ground[1], height_m=ground[2], datum=datum)
    elif same_heights:
        anchor = anchor_of(site_anchor)
    else:
        anchor = replace_height(site_anchor, ground[2], datum)
        report.warnings.append(
            f"site.yaml: its anchor's height is of another kind ({site_anchor.datum}): the "
            f"world's origin is at {ground[2]:.2f} m, {datum}"
        )
    place = (anchor.lat, anchor.lon, anchor.height_m)
    return anchor, about_other_anchor(enu_from_b, middle, place)


def datum_of(control: Control) -> str:
    """What heights of the world count from, in words."""
    if control.height is Height.orthometric:
        return SEA_LEVEL.format(name=control.name, crs=control.crs)
    if control.height is Height.unknown:
        return NOT_TOLD.format(name=control.name)
    return f"WGS 84 ellipsoid ({control.crs})"


def _is_same_kind(height: Height, site_anchor: SiteAnchor) -> bool:
    above_sea = is_above_sea(site_anchor.datum)
    return height is not Height.unknown and above_sea == (height is Height.orthometric)


def is_above_sea(datum: str) -> bool:
    """Whether heights count from the sea, by the words of their datum."""
    return any(word in datum.lower() for word in SEA_LEVEL_WORDS)


def replace_height(site_anchor: SiteAnchor, height_m: float, datum: str) -> Anchor:
    """The anchor of site.yaml at another height of another kind."""
    return Anchor(lat=site_anchor.lat, lon=site_anchor.lon, height_m=height_m, datum=datum)
