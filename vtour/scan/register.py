"""Stage ``register``: all stations in the frame of the first, loops closed, wrong pairs named.

Every station is thinned (thin.py) to surfaces at several scales (surface.py) and what its mirror
saw (sight.py). Pairs start from targets, from the poses that files tell, or from nothing at all
(pairwise.py), converge, and have to prove themselves (evidence.py). The pairs that agree with each
other solve the poses (posegraph.py).
"""

import logging
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from vtour.clouds.store import PointStore
from vtour.control_files import ScanTarget, read_targets
from vtour.errors import CaptureError
from vtour.files import write_json
from vtour.frames import FloatArray, transform_points
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.scan.registration.fine import inverse
from vtour.scan.registration.free_space import RangeBounds
from vtour.scan.registration.linking import Start, Tried, link_stations
from vtour.scan.registration.pairwise import Limits, Scan
from vtour.scan.registration.registered import Result, registration_of, tell
from vtour.scan.registration.same_station import holds_points, is_same_place, same_stations, where
from vtour.scan.registration.start_poses import common_targets, pose_from_targets, told_pose
from vtour.scan.registration.surface import levels_of
from vtour.scan.registration.voxel_means import VoxelMeans
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.report import StageReport
from vtour.schema.scans import Station
from vtour.station_files import read_station_list, station_from_told
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MIN_POINTS = 1_000
LEAST_VOXEL_M = 0.01
COARSEST_POINTS = 1_500
FILLED = 0.85  # points left of all, from which on a voxel is wider than the spacing
DENSE = 0.5  # the same, so that a point of another station finds one beside it
ALL_POINTS = 7_000_000  # of all stations together, some 110 bytes each with levels and trees
REPEATED = 0.95  # overlap from which a station may hold the points of another
FEW_POINTS = 20_000  # a station keeps, however many there are


@dataclass(frozen=True, kw_only=True)
class RegisterOptions(StageOptions):
    """Options of the stage ``register``."""

    use_poses: bool = option(True, "start from the poses that the files tell")
    use_targets: bool = option(True, "start from the targets of targets.csv")
    voxel_m: float = option(
        0.0, "finest voxel; 0: by the spacing of the points and max_points", unit="m", minimum=0
    )
    max_points: int = option(
        300_000, "points of a station after thinning, at most", minimum=10_000, maximum=3_000_000
    )
    min_overlap: float = option(
        0.1, "share of the smaller station that has to lie on the other", minimum=0, maximum=1
    )
    start_reach_m: float = option(
        1.0, "how far a told pose may be off before another is searched", unit="m", minimum=0
    )
    loop_tolerance_m: float = option(
        0.1, "how far a pair may be off what the others say before it is left out",
        unit="m", minimum=0.001,
    )  # fmt: skip
    target_tolerance_m: float = option(
        0.02, "how far a target may be off between two stations", unit="m", minimum=0.001
    )


REGISTER_DEFAULTS = RegisterOptions()


def register_stations(
    work: Workspace,
    out: Workspace,
    options: RegisterOptions = REGISTER_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Register all stations. Reads ``scan/raw.json``, ``scan/raw/`` and targets.csv.

    Writes ``scan/registration.json``. Stations that fit no other, hold few points or repeat
    another one are left out with the reason, and said as warnings.

    Raises CaptureError when no station holds enough points.
    """
    report = StageReport(stage="register")
    stations = read_station_list(work.scan_list)
    left_out = {
        station.id: f"{station.points:,} points, expected {MIN_POINTS:,} or more"
        for station in stations
        if station.points < MIN_POINTS
    }
    left_out |= same_stations(work, [one for one in stations if one.id not in left_out])
    usable = [station for station in stations if station.id not in left_out]
    if not usable:
        raise CaptureError(f"none of {len(stations)} scans holds {MIN_POINTS:,} points or more")
    scans = thin_stations(work, usable, options, part_of(progress, 0.0, 0.4))
    targets = read_station_targets(work, stations, report) if options.use_targets else {}
    starts = starts_of(usable, targets, options, report)
    tried = link_stations(
        scans,
        starts,
        Limits(min_overlap=options.min_overlap),
        options.loop_tolerance_m,
        part_of(progress, 0.4, 0.95),
    )
    repeated, said = repeats(work, usable, tried)
    left_out |= repeated
    others = [one for one in tried if not {usable[one.a].id, usable[one.b].id} & repeated.keys()]
    result = Result.of(usable, scans, others, options.loop_tolerance_m)
    registration = registration_of(result, left_out)
    tell(report, result, registration, options.start_reach_m)
    report.warnings += said
    write_json(out.registration, registration.to_json())
    progress(1.0, f"{len(registration.stations)} of {len(stations)} stations")
    return report


def repeats(
    work: Workspace, stations: list[Station], tried: list[Tried]
) -> tuple[dict[str, str], list[str]]:
    """Why stations are left out, by id, as they repeat another; and what is said of others."""
    left_out: dict[str, str] = {}
    said: list[str] = []
    for one in tried:
        if not one.is_believed or one.fit.evidence.overlap < REPEATED:
            continue
        pair = [(stations[one.a], stations[one.b]), (stations[one.b], stations[one.a])]
        poses = [one.fit.a_from_b, inverse(one.fit.a_from_b)]
        turn = int(stations[one.a].points < stations[one.b].points)
        larger, smaller = pair[turn]
        if not holds_points(work, larger, smaller, poses[turn]):
            continue
        if is_same_place(larger, smaller, poses[turn]):
            left_out.setdefault(
                smaller.id, f"the same points as {larger.id} ({where(larger)}), from one place"
            )
        else:
            said.append(
                f"{larger.id} ({where(larger)}) holds the points of {smaller.id} "
                f"({where(smaller)}): they count twice"
            )
    return left_out, said


def thin_stations(
    work: Workspace, stations: list[Station], options: RegisterOptions, progress: Progress
) -> list[Scan]:
    """Thin every station to surfaces, in one pass over its points."""
    most = min(options.max_points, max(FEW_POINTS, ALL_POINTS // len(stations)))
    scans = []
    for number, station in enumerate(stations):
        progress(number / len(stations), station.id)
        store = PointStore.open(work.raw_scan(station.id))
        scans.append(thin_station(station, store, options.voxel_m, most))
    return scans


def thin_station(station: Station, store: PointStore, voxel_m: float, most: int) -> Scan:
    """One station's surfaces and what its mirror saw."""
    means = VoxelMeans(voxel_m or LEAST_VOXEL_M, most)
    sight = RangeBounds.empty() if station.has_mirror else None
    for chunk in store.chunks():
        means.add(chunk["xyz"])
        if sight is not None:
            sight.add(chunk["xyz"])
    while not voxel_m and means.count > FILLED * store.count:
        means.double()
    levels = levels_of(
        means.points(), means.voxel_m, coarsest=COARSEST_POINTS, has_mirror=station.has_mirror
    )
    dense = [level.voxel_m for level in levels if len(level.points) < DENSE * store.count]
    spacing_m = dense[0] if dense else levels[-1].voxel_m
    return Scan(station.id, levels, sight.widened() if sight else None, spacing_m)


def read_station_targets(
    work: Workspace, stations: list[Station], report: StageReport
) -> dict[str, dict[str, FloatArray]]:
    """Where targets.csv puts its targets, by station and label, (3,) metres, station."""
    if not work.inventory.is_file():
        return {}
    files = [
        file
        for file in work.files.files
        if file.kind is FileKind.targets and file.status is FileStatus.used
    ]
    targets: list[ScanTarget] = read_targets(work.capture_path(files[0])) if files else []
    known = {station.name: station for station in stations if station.name}
    known |= {station.id: station for station in stations}
    unknown = sorted({target.station for target in targets} - set(known))
    if unknown:
        report.warnings.append(
            f"targets.csv: {', '.join(unknown)}: no station has this id or name, "
            "its targets are left out"
        )
    found: dict[str, dict[str, FloatArray]] = {}
    for target in targets:
        if target.station in known:
            station = known[target.station]
            place = transform_points(station_from_told(station), np.array([target.xyz]))[0]
            found.setdefault(station.id, {})[target.label] = place
    return found


def starts_of(
    stations: list[Station],
    targets: dict[str, dict[str, FloatArray]],
    options: RegisterOptions,
    report: StageReport,
) -> dict[tuple[int, int], list[Start]]:
    """What tells how pairs lie, best first: targets, then the poses of the files."""
    starts: dict[tuple[int, int], list[Start]] = {}
    residuals: dict[str, dict[str, float]] = {}
    for pair in combinations(range(len(stations)), 2):
        a, b = stations[pair[0]], stations[pair[1]]
        told: list[Start] = []
        labels, in_a, in_b = common_targets(targets.get(a.id, {}), targets.get(b.id, {}))
        fitted = pose_from_targets(in_a, in_b, options.target_tolerance_m)
        if fitted is not None:
            pose, off, used = fitted
            told.append(Start("targets", pose, 2 * options.target_tolerance_m))
            residuals[f"{a.id}, {b.id}"] = dict(zip(labels, off.round(4).tolist(), strict=True))
            report.warnings += [
                f"target {label} is off by {1000 * far:.0f} mm between {a.id} and {b.id}: left out"
                for label, far, is_used in zip(labels, off, used, strict=True)
                if not is_used
            ]
        pose_told = told_pose(a, b) if options.use_poses else None
        if pose_told is not None:
            told.append(Start("pose", pose_told, options.start_reach_m))
        starts[pair] = told
    if residuals:
        report.details["targets_m"] = residuals
    return starts
