"""The scans' part of the stage ``world``: scale and up from the scan, one frame with the photos."""

import math
from dataclasses import dataclass, replace

import numpy as np

from vtour.clouds.store import PointStore
from vtour.control_files import Control, ScanTarget, read_control, read_targets
from vtour.files import write_json
from vtour.frames import WORLD_FROM_ENU, FloatArray, columns_from_matrix
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.report import StageReport
from vtour.schema.site import SiteAnchor
from vtour.schema.world import North, ScaleSource, Up, World
from vtour.workspace import Workspace
from vtour.world.scan_frame import (
    ScanFrame,
    Scans,
    SeenTarget,
    frame_of_scans,
    placed_stations,
    targets_in_scan,
)
from vtour.world.scan_tie import Scans as ScanPoints
from vtour.world.similarity import Similarity, rotation_between
from vtour.world.solution import Solution, about_other_anchor

UP = np.array([0.0, 0.0, 1.0])
SCALE_SIGMAS = 4.0
MAX_OFF_UP = np.radians(15.0)  # of the photos' guess against the scan's
MOST_OFF_SCALE = 0.01  # of a survey's scale against the scan's: more, and one of them is wrong
SCALE_SLACK = 0.002  # photos bend: a survey's scale may differ by this much without a word


@dataclass(frozen=True)
class SiteScans:
    """The registered scans of a site, and the frame that they have by themselves."""

    scans: Scans
    frame: ScanFrame
    targets: list[ScanTarget]

    @classmethod
    def read(
        cls, work: Workspace, site_anchor: SiteAnchor | None, report: StageReport
    ) -> "SiteScans | None":
        """None without registered scans. Raises InputError for a damaged file or table."""
        scans = Scans.read(work)
        if scans is None:
            return None
        control, targets = read_targets_and_control(work)
        points = scans.sample(work)
        frame = frame_of_scans(scans, points, control, targets, site_anchor, report)
        return cls(scans, frame, targets)

    def targets_in_scan(self) -> list[SeenTarget]:
        """Where stations saw targets, scan; what is wrong with them was said before."""
        return targets_in_scan(self.scans, self.targets, StageReport(stage="world"))

    def points_of(self, work: Workspace) -> ScanPoints:
        """The registered stations with their raw points."""
        stores = {name: PointStore.open(work.raw_scan(name)) for name in self.scans.ids}
        mirrors = {name: self.scans.stations[name].has_mirror for name in self.scans.ids}
        return ScanPoints.of(self.scans.registration, stores, mirrors)

    def write(self, out: Workspace, world_from_scan: Similarity) -> None:
        """Write stations.json."""
        write_json(out.stations, placed_stations(self.scans, world_from_scan).to_json())


def read_targets_and_control(work: Workspace) -> tuple[Control | None, list[ScanTarget]]:
    """control.csv and targets.csv of the captures, as far as they are there."""
    used = {file.kind: file for file in work.files.files if file.status is FileStatus.used}
    control, targets = used.get(FileKind.control), used.get(FileKind.targets)
    return (
        read_control(work.capture_path(control)) if control else None,
        read_targets(work.capture_path(targets)) if targets else [],
    )


def with_world_axes(enu_from_b: Similarity) -> Similarity:
    """The same similarity with world axes: east, up, south."""
    return Similarity(
        enu_from_b.scale,
        WORLD_FROM_ENU @ enu_from_b.rotation,
        WORLD_FROM_ENU @ enu_from_b.translation,
    )


def world_of_scans(frame: ScanFrame) -> World:
    """The world of a site whose photos, if any, are not tied to its scans."""
    return World(
        scale=Solution(frame.enu_from_scan, ScaleSource.scan, frame.north, frame.up).scale,
        scale_source=ScaleSource.scan,
        north=frame.north,
        up=frame.up,
        anchor=frame.anchor,
        world_from_sfm=columns_from_matrix(np.eye(4)),
        world_from_scan=columns_from_matrix(with_world_axes(frame.enu_from_scan).matrix),
        position_sigma_m=frame.position_sigma_m,
    )


def solution_with_scans(
    solution: Solution,
    frame: ScanFrame,
    scan_from_sfm: Similarity,
    scale_sigma: float,
    centres_in_sfm: FloatArray,
) -> Solution:
    """The solved world of the photos with what the scan knows better.

    Its scale always. Its place on the earth unless control points of the photos told that. Its up
    where neither did: compensators level to seconds of arc, positions in photos to degrees. A scan
    whose up is only assumed (a phone's PLY may lie on its side) keeps it where photos agree.
    """
    warn_of_scale(solution, scan_from_sfm.scale, scale_sigma)
    known = replace(solution, source=ScaleSource.scan, scale_sigma=scale_sigma)
    if solution.source is ScaleSource.control:
        middle = solution.control_in_sfm.mean(axis=0)
        return replace(known, enu_from_sfm=rescaled(solution.enu_from_sfm, scan_from_sfm, middle))
    if frame.is_placed and frame.anchor is None and solution.anchor is not None:
        solution.report.warnings.append(
            "control.csv: its coordinates are local and site.yaml has no anchor: the site has no "
            "place on a map, GPS of the photos is not used for it"
        )
    if frame.is_placed or (
        solution.north is not North.true and stands_upright(solution, frame, scan_from_sfm)
    ):
        return replace(
            known,
            enu_from_sfm=chained(frame.enu_from_scan, scan_from_sfm),
            north=frame.north,
            up=frame.up,
            anchor=frame.anchor if frame.is_placed else frame.anchor or solution.anchor,
            position_sigma_m=frame.position_sigma_m,
        )
    middle = centres_in_sfm.mean(axis=0)
    if solution.source is ScaleSource.none:
        middle = inverse(solution.enu_from_sfm).translation  # keeps the origin on the ground
    fit = rescaled(solution.enu_from_sfm, scan_from_sfm, middle)
    if frame.up is not Up.measured:
        return replace(known, enu_from_sfm=fit)
    up_in_sfm = scan_from_sfm.rotation.T @ frame.enu_from_scan.rotation.T @ UP
    turn = rotation_between(fit.rotation @ up_in_sfm, UP)
    pivot = fit.apply(centres_in_sfm.mean(axis=0))
    levelled = Similarity(fit.scale, turn @ fit.rotation, turn @ (fit.translation - pivot) + pivot)
    return replace(known, enu_from_sfm=levelled, up=Up.measured)


def doubt_of_units(solution: Solution, scale: float, sigma: float) -> str:
    """Why a scan's scale is not believed: surveys of the photos contradict it; empty otherwise.

    Formats without units are taken as metres: a scan in feet fits photos as well as one in metres.
    """
    if solution.source not in (ScaleSource.control, ScaleSource.scale_bars):
        return ""
    off = scale / solution.enu_from_sfm.scale
    allowed = SCALE_SIGMAS * math.hypot(solution.scale_sigma or 0.0, sigma)
    if abs(math.log(off)) <= max(allowed, MOST_OFF_SCALE):
        return ""
    named = {ScaleSource.control: "control points", ScaleSource.scale_bars: "scale bars"}
    return (
        f"scans: left out, they are {off:.4g} times as large as by {named[solution.source]}: are "
        "the units of their files metres?"
    )


def stands_upright(solution: Solution, frame: ScanFrame, scan_from_sfm: Similarity) -> bool:
    """Whether the scan's up is better than the photos': measured, or their guess confirms it."""
    if frame.up is Up.measured or solution.up is Up.measured:
        return frame.up is Up.measured
    up_in_scan = scan_from_sfm.rotation @ solution.enu_from_sfm.rotation.T @ UP
    return bool((frame.enu_from_scan.rotation @ up_in_scan) @ UP > np.cos(MAX_OFF_UP))


def warn_of_scale(solution: Solution, scale: float, sigma: float) -> None:
    """Say when what the photos' scale came from contradicts the scan."""
    if solution.source is ScaleSource.none:
        return
    off = abs(math.log(solution.enu_from_sfm.scale / scale))
    allowed = SCALE_SIGMAS * math.hypot(solution.scale_sigma or 0.0, sigma)
    if off > max(allowed, SCALE_SLACK):
        solution.report.warnings.append(
            f"the scale by {solution.source.value} differs by {off:.2%} from the scan's: "
            "the scan's is used"
        )


def rescaled(enu_from_sfm: Similarity, scan_from_sfm: Similarity, middle: FloatArray) -> Similarity:
    """The same place and turn with the scan's scale; ``middle`` (3,), sfm, stays."""
    scale = scan_from_sfm.scale
    shift = enu_from_sfm.apply(middle) - scale * enu_from_sfm.rotation @ middle
    return Similarity(scale, enu_from_sfm.rotation, shift)


def chained(a_from_b: Similarity, b_from_c: Similarity) -> Similarity:
    """a_from_c."""
    return Similarity(
        a_from_b.scale * b_from_c.scale,
        a_from_b.rotation @ b_from_c.rotation,
        a_from_b.apply(b_from_c.translation),
    )


def inverse(a_from_b: Similarity) -> Similarity:
    """b_from_a."""
    turn = a_from_b.rotation.T
    return Similarity(1 / a_from_b.scale, turn, -turn @ a_from_b.translation / a_from_b.scale)


def enu_from_scan_apart(solution: Solution, frame: ScanFrame) -> Similarity | None:
    """The scans in the photos' world by the places that both tell; None when one does not."""
    there, here = solution.anchor, frame.anchor
    if not frame.is_placed or solution.north is not North.true or there is None or here is None:
        return None
    return about_other_anchor(
        frame.enu_from_scan,
        (here.lat, here.lon, here.height_m),
        (there.lat, there.lon, there.height_m),
    )
