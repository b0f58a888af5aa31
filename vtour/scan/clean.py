"""Stage ``cloud``: one clean, thinned cloud with normals from all registered stations.

Every station is read three to five times, in chunks: to count where its points lie; to make its
range image; to see where other stations looked through its points, once or twice; to judge each
point and sort the kept ones into blocks of space. Blocks are thinned one by one, then finished
with the points around them. So memory holds a range image, those of the witnesses, and a few
blocks, however many points there are.

Measured on the full synthetic site (2.5 M points of three stations, true poses), two persons, lone
points on 0.5 % of the rays and a point between the surfaces of every edge planted in one station:
99.97 % of the lone points, 96.6 % of those between surfaces and 95.1 % of the persons' points go,
and 0.08 % of the true points. Of the site as it is, 0.08 % go, none of them as moving. How many
neighbours a point needs within how many cells trades true points for those between surfaces:

    needed  cells   true points lost   lone points found   between surfaces found
       2     2.5        0.13 %              100 %                  97.3 %
       3     3.5        0.10 %              99.95 %                95.1 %   (kept)
       2     3.5        0.04 %              99.95 %                92.4 %
       3     4.0        0.06 %              99.9 %                 93.2 %
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, PointStore
from vtour.errors import CaptureError
from vtour.files import resource_errors
from vtour.progress import Progress, no_progress, part_of
from vtour.scan.cells import NOWHERE
from vtour.scan.cleaning.blocks import Blocks, Counts, grouped
from vtour.scan.cleaning.merged_laz import plane_of, write_laz
from vtour.scan.cleaning.merging import Tally, finish_blocks, thin_blocks
from vtour.scan.cleaning.options import CLEAN_DEFAULTS, CleanOptions, Region, Thinning
from vtour.scan.cleaning.records import RecordFiles, Records, records_of
from vtour.scan.cleaning.sources import Source, read_sources
from vtour.scan.cleaning.views import Judge, Limits, Reason, Views
from vtour.scan.range_image import FINER
from vtour.schema.report import StageReport
from vtour.schema.world import Anchor, North, Scale, World
from vtour.threads import in_order
from vtour.workspace import Workspace

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

BLOCK_POINTS = 500_000
CELLS_ACROSS = 400  # of the coarse grid, along the longest side of the scene
REACH = 3.5 * FINER  # cells: neighbours of a point in its own scan lie that near
USUAL_SHARE = 0.0005  # of the points at each end of each axis that do not count for the box
GAP_CELLS = 4  # a wider gap, 1 to 2 % of the scene, parts what lies far off from the scene
FEW_POINTS = 10  # strays that need no word
AROUND_CONTROL = 0.25  # of the control points' extent
GREY = 128


def merge_scans(
    work: Workspace,
    out: Workspace,
    options: CleanOptions = CLEAN_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Clean, merge and thin the stations of ``work.stations`` into ``out.scan_cloud``, world.

    Also writes ``out.merged_scan``. Raises CaptureError when no point is left.
    """
    world = work.read_world()
    sources, missing = read_sources(work)
    report = StageReport(stage="cloud")
    tally = Tally(given=sum(source.store.count for source in sources))
    spacing, cell = grid_of(sources, options)
    plane = plane_of(anchor_of(world), options.epsg, [s.station.crs for s in sources])
    with resource_errors(out.root):
        out.scan_cloud.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".cloud.", dir=out.scan_cloud.parent) as folder:
            counts = counted(sources, cell)
            limits = limits_of(options, counts, cell, world)
            blocks = grouped(counts, cell, BLOCK_POINTS)
            parts = RecordFiles(Path(folder) / "blocks")
            views = Views(Path(folder) / "views")
            sort_into_blocks(
                sources, views, limits, blocks, parts, tally, part_of(progress, 0.05, 0.6)
            )
            check_left(tally)
            spacing = thin_blocks(
                blocks, parts, spacing, options, tally, part_of(progress, 0.6, 0.7)
            )
            distances = finish_blocks(
                blocks, parts, sources, spacing, options, tally, out.scan_cloud,
                part_of(progress, 0.7, 0.9),
            )  # fmt: skip
    store = PointStore.open(out.scan_cloud)
    if not store.count:
        raise nothing_left(tally)
    progress(0.9, "write LAZ")
    write_laz(out.merged_scan, store, plane)
    tell(report, tally, store.count, spacing, distances, options)
    report.warnings += warnings_of(sources) + region_warnings(tally, options)
    report.details["stations"] = [source.station.id for source in sources]
    report.details["stations_not_placed"] = missing
    report.details["laz"] = plane.about
    progress(1.0)
    return report


def anchor_of(world: World) -> Anchor | None:
    """The anchor when metres of the world are metres east and north of it, else None."""
    true = world.scale is Scale.metric and world.north is North.true
    return world.anchor if true else None


def grid_of(sources: Sequence[Source], options: CleanOptions) -> tuple[float, float]:
    """Spacing to begin with, and the edge of the coarse cells: that times a power of two."""
    weights = np.array([source.store.count for source in sources], np.float64)
    order = np.argsort([source.spacing_m for source in sources], kind="stable")
    along = np.cumsum(weights[order]) / weights.sum()
    middle = sources[int(order[np.searchsorted(along, 0.5)])].spacing_m
    spacing = options.spacing_m or max(middle, 1e-4)
    low = np.min([source.low for source in sources], axis=0)
    high = np.max([source.high for source in sources], axis=0)
    wanted = float((high - low).max()) / CELLS_ACROSS / spacing
    return spacing, spacing * 2 ** max(3, int(np.ceil(np.log2(max(wanted, 1)))))


def counted(sources: Sequence[Source], cell_m: float) -> Counts:
    """How many points of all stations lie in each coarse cell."""
    counts = Counts.none()
    for source in sources:
        for columns in source.chunks():
            counts = counts.with_points(source.in_world(columns["xyz"]), cell_m)
    return counts


def limits_of(options: CleanOptions, counts: Counts, cell_m: float, world: World) -> Limits:
    """What is asked of a point, with the box to keep.

    Raises CaptureError when the region is around control points and the world has none.
    """
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    if options.region is Region.auto and len(counts.keys):
        low, high = counts.quantiles(USUAL_SHARE, cell_m)
        margin = 0.5 * (high - low) + 0.05 * float((high - low).max())
        low, high = counts.box_with(low - margin, high + margin, cell_m, GAP_CELLS)
    if options.region is Region.control:
        if not world.control_points:
            raise CaptureError(
                "cloud: region control, found no control points that the world was solved from, "
                "expected control.csv; or use region auto or none"
            )
        places = np.array(world.control_points)
        around_m = AROUND_CONTROL * float(np.ptp(places[:, [0, 2]], axis=0).max())
        low[[0, 2]] = places[:, [0, 2]].min(axis=0) - around_m
        high[[0, 2]] = places[:, [0, 2]].max(axis=0) + around_m
    return Limits(
        min_range_m=options.min_range_m,
        max_range_m=options.max_range_m,
        least_cosine=float(np.cos(np.radians(options.max_incidence_deg))),
        neighbours=options.min_neighbours,
        reach=REACH,
        noise_m=4 * options.range_noise_m,
        moving_margin_m=options.moving_margin_m,
        low=low,
        high=high,
    )


def sort_into_blocks(
    sources: Sequence[Source],
    views: Views,
    limits: Limits,
    blocks: Blocks,
    parts: RecordFiles,
    tally: Tally,
    progress: Progress,
) -> None:
    """Judge all points and write those that are kept to the files of their blocks, in order."""
    for done, source in enumerate(sources):
        progress(0.3 * done / len(sources), f"look from {source.station.id}")
        if source.width:
            views.add(source, limits)
    for done, source in enumerate(sources):
        progress(0.3 + 0.7 * done / len(sources), f"clean {source.station.id}")
        judge = Judge.of(source, sources, views, limits)
        colour_there = any("rgb" in other.store.columns for other in sources)
        for columns, (reason, cost) in in_order(judge.judge, source.chunks()):
            records = records_from(source, columns, cost, colour_there)
            block = blocks.of_points(records["xyz"])
            reason[(reason == Reason.kept) & (block == NOWHERE)] = Reason.out_of_region
            for code, number in zip(*np.unique(reason, return_counts=True), strict=True):
                tally.reasons[Reason(code)] += int(number)
            kept = reason == Reason.kept
            parts.spread(records[kept], block[kept])


def records_from(
    source: Source, columns: Columns, cost: Float32Array, colour_there: bool
) -> Records:
    """Records in the world of a chunk of a station; its intensity as grey without colours."""
    records = records_of(len(cost))
    records["xyz"] = source.in_world(columns["xyz"])
    records["station"] = source.number
    records["cost"] = cost
    if "intensity" in columns:
        records["intensity"] = columns["intensity"]
    if "rgb" in columns:
        records["rgb"] = columns["rgb"]
    elif colour_there:
        records["rgb"] = grey_of(source, columns)[:, None]
    return records


def grey_of(source: Source, columns: Columns) -> NDArray[np.uint8]:
    """Grey (n,) by intensity, stretched over the usual range of the station; else mid grey."""
    if "intensity" not in columns:
        return np.full(len(columns["xyz"]), GREY, np.uint8)
    dark, bright = source.grey
    share = (columns["intensity"].astype(np.float32) - dark) / (bright - dark)
    grey: NDArray[np.uint8] = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return grey


def check_left(tally: Tally) -> None:
    """Raise CaptureError when every point was left out."""
    if not tally.reasons[Reason.kept]:
        raise nothing_left(tally)


def nothing_left(tally: Tally) -> CaptureError:
    """Why there is no cloud."""
    main, number = max(
        ((r, n) for r, n in tally.reasons.items() if r is not Reason.kept),
        key=lambda item: item[1],
        default=(Reason.isolated, tally.lone),
    )
    return CaptureError(
        f"cloud: none of {tally.given} points is left, most were {main.name.replace('_', ' ')} "
        f"({number}), expected at least one; widen the limits of stage cloud"
    )


def tell(
    report: StageReport,
    tally: Tally,
    points: int,
    spacing: float,
    distances: Float32Array,
    options: CleanOptions,
) -> None:
    """Write measures and details."""
    noise = tally.reasons[Reason.isolated] + tally.lone
    moving = tally.reasons[Reason.moving]
    report.measure("cloud_points", points)
    report.measure("cloud_points_removed", (noise + moving) / max(tally.given, 1), n=tally.given)
    near = distances[np.isfinite(distances)]
    if len(near):
        report.measure("cloud_spacing", float(np.median(near)), n=len(near))
    report.details["points_in"] = tally.given
    report.details["removed"] = {
        "out_of_range": tally.reasons[Reason.out_of_range],
        "grazing": tally.reasons[Reason.grazing],
        "out_of_region": tally.reasons[Reason.out_of_region],
        "isolated": noise,
        "moving": moving,
        "thinned": tally.thinned,
        "beside_a_nearer_station": tally.outranked,
    }
    if options.thinning is not Thinning.none:
        report.details["thinned_to_m"] = round(spacing, 6)


def warnings_of(sources: Sequence[Source]) -> list[str]:
    """What the user should know of the stations."""
    warnings = []
    names = [s.station.id for s in sources if "rgb" not in s.store.columns]
    if names and len(names) < len(sources):
        warnings.append(
            f"no colours in {listed(names)}: shown in grey by the strength of the return"
        )
    blind = [s.station.id for s in sources if not s.width]
    if blind and len(sources) > 1:
        warnings.append(
            f"place of the scanner not known in {listed(blind)}: normals there point up and "
            "outward, and who walked by is only found by stations whose place is known"
        )
    return warnings


def region_warnings(tally: Tally, options: CleanOptions) -> list[str]:
    """That region auto left points out, when they are more than a few strays."""
    number = tally.reasons[Reason.out_of_region]
    if options.region is not Region.auto or number <= FEW_POINTS:
        return []
    return [
        f"{number:,} points lie far from all others and are left out: cloud.region=none keeps them"
    ]


def listed(names: Sequence[str]) -> str:
    """Names for a sentence: three at most."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
