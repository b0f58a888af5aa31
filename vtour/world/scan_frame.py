"""Where registered scans lie on the earth and which way is up, by their own words.

Control points seen as targets go first, then a CRS of the files, then the poses that scanners
with a compensator wrote. Scans are metric, so all transforms here are rigid.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import PointStore
from vtour.control_files import Control, Role, ScanTarget
from vtour.frames import (
    FloatArray,
    columns_from_matrix,
    matrix_from_columns,
    transform_points,
)
from vtour.schema.report import StageReport
from vtour.schema.scans import PlacedStation, PlacedStations, Registration, Station
from vtour.schema.site import SiteAnchor
from vtour.schema.world import Anchor, North, Up
from vtour.station_files import read_registration, read_station_list, station_from_told
from vtour.workspace import Workspace
from vtour.world.control import (
    about_site,
    anchor_near,
    enu_from_control,
    is_above_sea,
    misfit_tolerance,
    placed,
)
from vtour.world.gauge import ground_centre
from vtour.world.places import anchor_if_near
from vtour.world.similarity import (
    BoolArray,
    Similarity,
    distances,
    on_a_line,
    rigid_from_points,
    robust_similarity,
    similarity_from_points,
)
from vtour.world.solution import Place, about_other_anchor, anchor_of

MIN_TARGETS = 3
TARGET_SIGMAS = 5.0
LEAST_TOLERANCE_M = 0.05  # that targets may be off: registration and reading them add to surveys
MAX_OFF_SCALE = 0.01  # of targets against control points: more is another unit, or a wrong table
SAMPLE_POINTS = 20_000  # of each station, for the ground and the middle of the site
DISAGREE_M = 1.0  # two files that tell a CRS put one point this far apart: one of them is wrong


@dataclass(frozen=True)
class Scans:
    """The registered stations, and what was read of them."""

    registration: Registration
    stations: dict[str, Station]

    @classmethod
    def read(cls, work: Workspace) -> "Scans | None":
        """None when there is no registration. Raises InputError when a file is damaged."""
        if not work.registration.is_file():
            return None
        registration = read_registration(work.registration)
        return cls(registration, {one.id: one for one in read_station_list(work.scan_list)})

    def scan_from_station(self, station: str) -> FloatArray:
        """4x4, rigid. Raises StopIteration for a station that is not registered: a bug."""
        found = next(one for one in self.registration.stations if one.id == station)
        return matrix_from_columns(found.scan_from_station)

    @property
    def ids(self) -> list[str]:
        """The registered stations, in order."""
        return [one.id for one in self.registration.stations]

    def sample(self, work: Workspace) -> FloatArray:
        """Evenly chosen points (n, 3) of all registered stations, scan."""
        parts = []
        for name in self.ids:
            xyz = PointStore.open(work.raw_scan(name)).column("xyz")
            step = max(1, len(xyz) // SAMPLE_POINTS)
            parts.append(transform_points(self.scan_from_station(name), xyz[::step]))
        return np.concatenate(parts)


@dataclass(frozen=True)
class ScanFrame:
    """enu_from_scan (its scale is 1), about ``anchor`` when it is placed on the earth."""

    enu_from_scan: Similarity
    north: North
    up: Up
    anchor: Anchor | None = None
    position_sigma_m: float | None = None

    @property
    def is_placed(self) -> bool:
        """Whether the scans themselves tell where on the earth they are."""
        return self.north is North.true


def frame_of_scans(
    scans: Scans,
    points: FloatArray,
    control: Control | None,
    targets: list[ScanTarget],
    site_anchor: SiteAnchor | None,
    report: StageReport,
) -> ScanFrame:
    """The best frame that the scans allow by themselves; warnings and residuals go to ``report``.

    points : (n, 3) a sample of the scans, scan.
    """
    if control and targets:
        frame = frame_by_targets(scans, points, control, targets, site_anchor, report)
        if frame is not None:
            return frame
    by_crs = frame_by_crs(scans, points, site_anchor, report)
    return by_crs or frame_by_poses(scans, points, site_anchor)


def frame_by_targets(
    scans: Scans,
    points: FloatArray,
    control: Control,
    targets: list[ScanTarget],
    site_anchor: SiteAnchor | None,
    report: StageReport,
) -> ScanFrame | None:
    """The frame by control points that scans show as targets; None, with a warning, without.

    Rotation and translation only: the scan has the scale. Check points judge it.
    """
    site_anchor = anchor_near(control, site_anchor, report)
    enu, middle = enu_from_control(control, site_anchor)
    row_of = {point.label: row for row, point in enumerate(control.points)}
    seen = [one for one in targets_in_scan(scans, targets, report) if one.label in row_of]
    rows = [row_of[one.label] for one in seen]
    there = np.array([one.in_scan for one in seen]).reshape(-1, 3)
    is_control = np.array([control.points[row].role is Role.control for row in rows], bool)
    names = np.array([one.label for one in seen])
    count = len(set(names[is_control]))
    if count < MIN_TARGETS:
        report.warnings.append(
            f"targets.csv: {count} targets are control points of {control.name}, "
            f"expected {MIN_TARGETS} or more: not used for the place"
        )
        return None
    sigmas = np.array([control.points[row].sigma_m for row in rows])
    known = enu[rows]
    inside, doubt = targets_that_agree(
        known[is_control], there[is_control], sigmas[is_control], names[is_control]
    )
    if doubt:
        report.warnings.append(f"targets.csv: {doubt} ({control.name}): not used for the place")
        return None
    used = np.flatnonzero(is_control)[inside]
    fit = rigid_from_points(known[used], there[used], 1 / sigmas[used] ** 2)
    off = distances(fit, known, there)
    for row in np.setdiff1d(np.flatnonzero(is_control), used):
        others = (names[used] == names[row]).any()
        of = f" of station {seen[row].station}" if others else ""
        report.warnings.append(f"{names[row]}: its target{of} is {off[row]:.2f} m off, left out")
    report.measure("scan_control_residual", float(np.sqrt((off[used] ** 2).mean())), n=len(used))
    checks = off[~is_control]
    if len(checks):
        rms = float(np.sqrt((checks**2).mean()))
        report.measure("scan_check_residual", rms, n=len(checks))
    sigma = float(np.sqrt((off[used] ** 2).sum() / max(3 * len(used) - 6, 1) / len(used)))
    anchor, fit = placed(fit, points, control, middle, site_anchor, report)
    return ScanFrame(fit, North.true, Up.measured, anchor, sigma)


def targets_that_agree(
    enu: FloatArray, in_scan: FloatArray, sigmas: FloatArray, labels: NDArray[np.str_]
) -> tuple[BoolArray, str]:
    """Which targets (n,) one rigid fit puts on their control points, and why they do not carry it.

    A scan is as large as its site, so the fit has no scale: one of its own is told as a wrong unit.

    labels : (n,) the same for a target that several stations saw.
    """
    tolerance = max(TARGET_SIGMAS * float(np.median(sigmas)), LEAST_TOLERANCE_M)
    _, inside = robust_similarity(enu, in_scan, tolerance, rigid_from_points)
    most = len(set(labels[inside])) >= MIN_TARGETS and inside.sum() * 2 > len(enu)
    scale = scale_of_targets(enu, in_scan, sigmas, inside if most else None)
    if scale is not None:
        hint = " (feet?)" if 0.29 < min(scale, 1 / scale) < 0.32 else ""
        return inside, f"control points are {scale:.4g} times as far apart as targets{hint}"
    if not most:
        count, least = int(inside.sum()), f"{tolerance:.2g} m"
        return inside, f"{count} of {len(enu)} targets agree with control points within {least}"
    if on_a_line(enu[inside]) or on_a_line(in_scan[inside]):
        return inside, "the targets that agree lie on one line"
    return inside, ""


def scale_of_targets(
    enu: FloatArray, in_scan: FloatArray, sigmas: FloatArray, inside: BoolArray | None
) -> float | None:
    """The scale of the targets inside when it is not 1, as far as they can tell.

    inside : (n,); None when no rigid fit has most of them: then those that one with scale has.
    """
    if inside is None:
        _, inside = robust_similarity(enu, in_scan, misfit_tolerance(enu, in_scan, sigmas))
        if inside.sum() < MIN_TARGETS or inside.sum() * 2 <= len(enu):
            return None
    fit = similarity_from_points(enu[inside], in_scan[inside])
    spread = float(np.linalg.norm(enu[inside] - enu[inside].mean(axis=0)))
    noise = TARGET_SIGMAS * float(np.median(sigmas[inside])) / max(spread, 1e-9)
    return fit.scale if abs(np.log(fit.scale)) > max(MAX_OFF_SCALE, noise) else None


@dataclass(frozen=True)
class SeenTarget:
    """A target as one station saw it: its place (3,) in ``scan``."""

    label: str
    station: str
    in_scan: FloatArray


def targets_in_scan(
    scans: Scans, targets: list[ScanTarget], report: StageReport
) -> list[SeenTarget]:
    """Where the registered stations saw targets: one that two of them saw is there twice."""
    seen = []
    named = [one.name for one in scans.stations.values()]
    names = {name: scans.stations[name].name or name for name in scans.ids}
    by_name = {names[name]: name for name in scans.ids if named.count(names[name]) == 1}
    by_name |= {name: name for name in scans.ids}
    missing = sorted({one.station for one in targets} - set(by_name))
    unclear = [name for name in missing if named.count(name) > 1]
    if unclear:
        ids = sorted(one.id for one in scans.stations.values() if one.name in unclear)
        report.warnings.append(
            f"targets.csv: {', '.join(unclear)}: several stations have this name, their targets "
            f"are left out; name the station by its id: {', '.join(ids)}"
        )
    if unknown := [name for name in missing if name not in unclear]:
        report.warnings.append(
            f"targets.csv: {', '.join(unknown)}: not a registered station, its targets are left out"
        )
    for one in targets:
        if one.station in by_name:
            name = by_name[one.station]
            scan_from_told = scans.scan_from_station(name) @ station_from_told(scans.stations[name])
            there = transform_points(scan_from_told, np.array([one.xyz]))[0]
            seen.append(SeenTarget(one.label, one.station, there))
    return seen


def frame_by_crs(
    scans: Scans, points: FloatArray, site_anchor: SiteAnchor | None, report: StageReport
) -> ScanFrame | None:
    """The frame by the first station whose file has a CRS; None when no file has one."""
    told = [name for name in scans.ids if scans.stations[name].enu_anchor is not None]
    if not told:
        return None
    station = scans.stations[told[0]]
    anchor = station.enu_anchor
    if anchor is None:
        return None
    old: Place = (anchor.lat, anchor.lon, anchor.height_m)
    fit = _enu_from_scan(scans, told[0])
    _compare_files(scans, told, fit, old, points, report)
    site_anchor = anchor_if_near(site_anchor, old[:2], f"the CRS of {station.file}", report)
    same = site_anchor is None or is_above_sea(site_anchor.datum) == is_above_sea(anchor.datum)
    new, fit = about_site(fit, points, old, anchor.datum, site_anchor, same, report)
    return ScanFrame(fit, North.true, Up.measured, new)


def _enu_from_scan(scans: Scans, station: str) -> Similarity:
    """The file frame of a station, seen as enu, from scan."""
    pose = scans.stations[station].file_from_station
    file_from_station = np.eye(4) if pose is None else matrix_from_columns(pose)
    return similarity_of(file_from_station @ np.linalg.inv(scans.scan_from_station(station)))


def _compare_files(
    scans: Scans,
    told: list[str],
    fit: Similarity,
    place: Place,
    points: FloatArray,
    report: StageReport,
) -> None:
    """Warn when two files with a CRS put the site at different places."""
    middle = np.median(points, axis=0)
    for name in told[1:]:
        anchor = scans.stations[name].enu_anchor
        if anchor is None:
            continue
        its_own = (anchor.lat, anchor.lon, anchor.height_m)
        other = about_other_anchor(_enu_from_scan(scans, name), its_own, place)
        off = float(np.linalg.norm(other.apply(middle) - fit.apply(middle)))
        if off > DISAGREE_M:
            report.warnings.append(
                f"{scans.stations[name].file}: its coordinates put the site {off:.1f} m from where "
                f"{scans.stations[told[0]].file} puts it: the latter is used"
            )


def frame_by_poses(scans: Scans, points: FloatArray, site_anchor: SiteAnchor | None) -> ScanFrame:
    """Up as the first station's file says, else its own z; north is not known.

    The origin is amid the points on the lowest ground.
    """
    first = scans.ids[0]
    station = scans.stations[first]
    fit = _enu_from_scan(scans, first)
    fit = replace(fit, translation=fit.translation - ground_centre(fit.apply(points)))
    up = Up.measured if station.has_mirror and station.file_from_station else Up.assumed
    anchor = anchor_of(site_anchor) if site_anchor else None
    return ScanFrame(fit, North.unknown, up, anchor)


def similarity_of(matrix: NDArray[np.float64]) -> Similarity:
    """A 4x4 similarity as its parts."""
    scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
    return Similarity(scale, matrix[:3, :3] / scale, matrix[:3, 3].copy())


def placed_stations(scans: Scans, world_from_scan: Similarity) -> PlacedStations:
    """The contract of stations.json."""
    placed = [
        PlacedStation(
            id=one.id,
            file=one.file,
            scan=one.scan,
            world_from_station=columns_from_matrix(
                world_from_scan.matrix @ matrix_from_columns(one.scan_from_station)
            ),
            sigma_m=one.sigma_m,
            sigma_deg=one.sigma_deg,
            rmse_m=one.rmse_m,
            overlap=one.overlap,
        )
        for one in scans.registration.stations
    ]
    return PlacedStations(stations=placed)
