"""What report.html says of a finished model, from the reports of its stages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vtour.frames import WORLD_FROM_ENU, FloatArray, enu_from_geodetic
from vtour.plan import StagePlan, duration
from vtour.report.charts import Bars, histogram, round_edges
from vtour.report.pictures import Album, depth_picture
from vtour.report.solved import Solved
from vtour.schema.report import Measure, StageReport
from vtour.schema.world import World
from vtour.workspace import Workspace

WORST_PHOTOS = 6
LONG_S = 10.0
WRONG = 2.0


# photos -----------------------------------------------------------------------
def lost_places(work: Workspace, world: World | None, lost: list[str]) -> dict[str, FloatArray]:
    """Where photos that were not registered say they were taken, (3,) in the world, by name."""
    if world is None or world.anchor is None:
        return {}
    anchor = (world.anchor.lat, world.anchor.lon, world.anchor.height_m)
    fixes = {file.path: file.gps for file in work.files.files if file.gps}
    found = {}
    for name in lost:
        fix = fixes.get(name)
        if fix is not None:
            enu = enu_from_geodetic(fix.lat, fix.lon, anchor[2], anchor)
            found[name] = WORLD_FROM_ENU @ enu
    return found


@dataclass(frozen=True)
class PixelSizes:
    """Sizes of a photo's pixel on the surface, over the photos, in metres."""

    median: float
    finest: tuple[str, float]
    coarsest: tuple[str, float]
    photos: int


def pixel_sizes(solved: Solved) -> PixelSizes | None:
    """Median and range of the ground sampling distance; None when no photo was solved."""
    sizes = sorted(
        (camera.pixel_m, camera.name) for camera in solved.cameras if camera.pixel_m is not None
    )
    if not sizes:
        return None
    return PixelSizes(
        median=float(np.median([size for size, _ in sizes])),
        finest=(sizes[0][1], sizes[0][0]),
        coarsest=(sizes[-1][1], sizes[-1][0]),
        photos=len(sizes),
    )


def residual_bars(solved: Solved, world_report: StageReport | None) -> list[Bars]:
    """Histograms of what does not fit: points in the photos, cameras and their GPS positions."""
    found = []
    if len(solved.errors_px):
        edges = [0.2 * k for k in range(11)]
        found.append(
            histogram(
                "Reprojection error of the sparse points",
                solved.errors_px,
                [round(edge, 1) for edge in edges],
                "pixels",
            )
        )
    off = gps_distances(world_report)
    if len(off):
        edges = round_edges(float(np.quantile(off, 0.95)) * 1.2, 8)
        found.append(histogram("Distance of the cameras to their GPS", off, edges, "metres"))
    return found


def gps_distances(report: StageReport | None) -> FloatArray:
    """How far each camera is from its GPS position, metres; of those that the stage measured."""
    places = report.details.get("gps_positions", {}) if report else {}
    return np.array([place["off_m"] for place in places.values() if "off_m" in place], np.float64)


# control ----------------------------------------------------------------------
@dataclass(frozen=True)
class ControlRow:
    """One surveyed point: what it was used for, and how far off the model is there, in metres."""

    label: str
    role: str
    marks: int
    mark_error_px: float | None
    east_north_up_m: tuple[float, float, float] | None

    @property
    def distance_m(self) -> float | None:
        """Length of the residual."""
        off = self.east_north_up_m
        return None if off is None else float(np.linalg.norm(off))


def control_rows(report: StageReport | None) -> list[ControlRow]:
    """The residuals of control and check points, check points first, the worst first."""
    entries: Mapping[str, Mapping[str, Any]] = report.details.get("control", {}) if report else {}
    rows = [_control_row(label, entry) for label, entry in entries.items()]
    return sorted(rows, key=lambda row: (row.role != "check", -(row.distance_m or 0.0), row.label))


def _control_row(label: str, entry: Mapping[str, Any]) -> ControlRow:
    off = entry.get("east_north_up_m")
    role = str(entry.get("role", "control"))
    if role == "control" and entry.get("used") is False:
        role = "control, not used"
    return ControlRow(
        label=label,
        role=role,
        marks=int(entry.get("marks") or 0),
        mark_error_px=entry.get("mark_error_px"),
        east_north_up_m=(off[0], off[1], off[2]) if off else None,
    )


@dataclass(frozen=True)
class ScaleBarRow:
    """A distance between two marked points: as measured, and how far off the model is."""

    name: str
    role: str
    length_m: float
    off_m: float


def scale_bar_rows(report: StageReport | None) -> list[ScaleBarRow]:
    """The measured distances that the world stage lists, in their order."""
    bars: Mapping[str, Mapping[str, Any]] = report.details.get("scale_bars", {}) if report else {}
    return [
        ScaleBarRow(
            name=name,
            role="scale, left out" if bar["role"] == "scale" and not bar["used"] else bar["role"],
            length_m=bar["length_m"],
            off_m=bar["off_m"],
        )
        for name, bar in bars.items()
    ]


# depth ------------------------------------------------------------------------
@dataclass(frozen=True)
class DepthRow:
    """Share of a photo whose depth was found; pictures of the photo and its map for the worst."""

    photo: str
    share: float
    thumb: str | None = None
    depth: str | None = None


def depth_rows(work: Workspace, report: StageReport | None, album: Album) -> list[DepthRow]:
    """Completeness of every photo's depth map, the worst first, the first few with pictures."""
    shares: Mapping[str, float] = report.details.get("completeness", {}) if report else {}
    names: Mapping[str, str] = report.details.get("images", {}) if report else {}
    map_of = {photo: _map_path(work, name) for name, photo in names.items()}
    rows: list[DepthRow] = []
    for photo, share in sorted(shares.items(), key=lambda item: (item[1], item[0])):
        path = map_of.get(photo)
        if len(rows) < WORST_PHOTOS and path is not None:
            rows.append(DepthRow(photo, share, album.thumb(photo), depth_picture(path)))
        else:
            rows.append(DepthRow(photo, share))
    return rows


def _map_path(work: Workspace, name: str) -> Path:
    return work.depth / "stereo" / "depth_maps" / f"{name}.geometric.bin"


# surface ----------------------------------------------------------------------
def surface_sentences(report: StageReport | None) -> list[str]:
    """Whether the surface is clean and closed, in plain words."""
    if report is None or "edge_manifold" not in report.details:
        return []
    holes = report.measures["holes"].value if "holes" in report.measures else None
    clean = report.details["edge_manifold"] and report.details.get("vertex_manifold", True)
    said = [
        "The surface is clean (manifold): it nowhere crosses or doubles itself along an edge."
        if clean
        else "The surface is not clean (not manifold): somewhere more than two faces share an "
        "edge. Programs for 3D printing or CAD will complain."
    ]
    if holes == 0 and clean:
        said.append("It is closed (watertight): it has a volume and can be printed.")
    elif holes:
        said.append(
            f"It is open (not watertight): it has {holes:,.0f} borders, where nothing was seen; "
            "a site without its underside always has one."
        )
    closed = report.details.get("holes_closed")
    if closed:
        said.append(f"{closed:,} small holes were closed: their surface is a guess.")
    return said


# time -------------------------------------------------------------------------
@dataclass(frozen=True)
class TimeRow:
    """A stage planned and done: seconds and bytes; what was not planned or measured is None."""

    stage: str
    planned_s: float | None
    took_s: float | None
    planned_bytes: float | None
    took_bytes: float | None
    resumed: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether a long stage took more than WRONG times what was planned, or less than that."""
        if self.planned_s is None or self.took_s is None or self.resumed:
            return False
        longer = max(self.planned_s, self.took_s)
        return longer >= LONG_S and longer > WRONG * min(self.planned_s, self.took_s)


def time_rows(
    stages: list[str],
    times: Mapping[str, Mapping[str, Measure]],
    plan: Mapping[str, StagePlan],
) -> list[TimeRow]:
    """Every stage that ran, in order."""
    rows = []
    for stage in stages:
        if stage not in times:
            continue
        planned, took = plan.get(stage), times[stage]
        rows.append(
            TimeRow(
                stage=stage,
                planned_s=planned.wall_s if planned else None,
                took_s=took["wall_time"].value if "wall_time" in took else None,
                planned_bytes=planned.peak_bytes if planned else None,
                took_bytes=took["peak_memory"].value if "peak_memory" in took else None,
                resumed=planned.resumes if planned else False,
            )
        )
    return rows


def plan_sentences(rows: list[TimeRow]) -> list[str]:
    """How the plan did: its total, and the stages for which it was wrong."""
    both = [
        row
        for row in rows
        if row.planned_s is not None and row.took_s is not None and not row.resumed
    ]
    if not both:
        return []
    planned, took = (sum(getattr(row, name) for row in both) for name in ("planned_s", "took_s"))
    said = [
        f"Planned {duration(planned)}, took {duration(took)}, for the stages that were planned."
    ]
    for row in both:
        if row.is_wrong and row.planned_s is not None and row.took_s is not None:
            said.append(
                f"The plan was wrong for {row.stage}: planned {duration(row.planned_s)}, "
                f"took {duration(row.took_s)}."
            )
    return said
