"""report.html: what a build measured, for people: one page that holds all it shows.

Reads what the stages wrote: reports, the inventory, the solved cameras, small pictures. The parts
of the page are made in ``vtour.report``.
"""

import contextlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from vtour.errors import InputError
from vtour.files import write_text
from vtour.fitting import read_lowered
from vtour.pipeline import current_reports
from vtour.plan import duration, read_plan
from vtour.report.charts import svg_of_bars
from vtour.report.looks import looks_rows
from vtour.report.maps import camera_map, caption, overlap_bars, overlap_map
from vtour.report.models import model_rows
from vtour.report.pictures import Album, data_uri
from vtour.report.problems import match_groups, problem_groups
from vtour.report.scans import scan_parts
from vtour.report.sections import (
    control_rows,
    depth_rows,
    lost_places,
    pixel_sizes,
    plan_sentences,
    residual_bars,
    scale_bar_rows,
    surface_sentences,
    time_rows,
)
from vtour.report.solved import read_solved
from vtour.schema.inventory import FileStatus
from vtour.schema.report import MEASURES, Measure, StageReport
from vtour.schema.world import North, Scale, ScaleSource, Up, World
from vtour.siteyaml import read_site
from vtour.stages import STAGES
from vtour.tour.graph import read_graph
from vtour.tour.graph_picture import svg_of_graph
from vtour.tour.nodes import read_panoramas
from vtour.tour.site_files import title_from_folder
from vtour.workspace import Workspace

MANY_THUMBS = 24
MOST_PICTURES = 60
"""Of photos: about 5 kB each."""
MEDIA_TYPES = {".jpg": "image/jpeg", ".webp": "image/webp", ".png": "image/png"}
STATUS_ORDER = (
    FileStatus.unusable,
    FileStatus.not_processed_yet,
    FileStatus.ignored,
    FileStatus.used,
)


def write_report_page(work: Workspace, stopped_by: str | None = None) -> None:
    """Write report.html from what is there; a build that stopped early gets a shorter page.

    stopped_by : the error that ended the build, if one did.
    """
    reports = current_reports(work)
    world = work.read_world() if "world" in reports else None
    not_registered = _details(reports, "sparse").get("not_registered", {})
    album = Album(work, MOST_PICTURES)
    rows = time_rows(list(reports), read_times(work), read_plan(work))
    page = (
        _environment()
        .get_template("report.html")
        .render(
            site=title_of(work),
            stopped_by=stopped_by,
            frame=_frame_of(work, world) if world else [],
            reports=reports,
            warnings=warnings_of(reports, not_registered),
            lowered=list(read_lowered(work).values()),
            about={stage.name: stage.about for stage in STAGES},
            help={name: text for name, (_, text) in MEASURES.items()},
            files=sorted(work.files.files, key=lambda f: (STATUS_ORDER.index(f.status), f.path)),
            not_registered=not_registered,
            finished=len(reports) == len(STAGES),
            poster=_poster_of(work),
            turntable=_picture_of(work.turntable),
            problems=problem_groups(work.files.files, not_registered, album),
            matched=match_groups(work, reports, album),
            depth=depth_rows(work, reports.get("depth"), album),
            control=control_rows(reports.get("world")),
            scale_bars=scale_bar_rows(reports.get("world")),
            surface=surface_sentences(reports.get("mesh")),
            looks=looks_rows(work, reports.get("derivatives")),
            is_metric=world is not None and world.scale is Scale.metric,
            time_rows=rows,
            plan=plan_sentences(rows),
            models=model_rows(work),
            scans=scan_parts(work, north=world is not None and world.north is North.true),
            thumbs=panorama_thumbs(work),
            graph=graph_picture(work),
            headline=headline(reports),
            **solved_parts(work, reports, world, list(not_registered)),
        )
    )
    write_text(work.report_page, page)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("vtour"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["metres"] = lambda value: figure(Measure(value=value, unit="m"))
    environment.filters["bytes"] = lambda value: figure(Measure(value=value, unit="B"))
    environment.filters["duration"] = duration
    return environment


def _details(reports: dict[str, StageReport], stage: str) -> dict[str, Any]:
    return reports[stage].details if stage in reports else {}


def _frame_of(work: Workspace, world: World) -> list[str]:
    others = (work.sparse, work.spheres, work.stations)
    is_models = bool(work.files.usable_models()) and not any(path.exists() for path in others)
    return frame_sentences(world, work.sparse.exists(), is_models)


def _poster_of(work: Workspace) -> str | None:
    """The picture of the site's model; of the first made elsewhere, when there is no other."""
    rows = [] if work.poster.is_file() else model_rows(work)
    return _picture_of(work.poster) or next((row.poster for row in rows if row.poster), None)


def _picture_of(path: Path) -> str | None:
    return data_uri("image/webp", path.read_bytes()) if path.is_file() else None


def warnings_of(
    reports: dict[str, StageReport], not_registered: dict[str, str]
) -> list[tuple[str, str]]:
    """Stages and their warnings, but for those about photos that are shown with their reason."""
    return [
        (name, warning)
        for name, report in reports.items()
        for warning in report.warnings
        if not any(
            warning == f"{path}: not registered, {why}" for path, why in not_registered.items()
        )
    ]


def solved_parts(
    work: Workspace,
    reports: dict[str, StageReport],
    world: World | None,
    lost: list[str],
) -> dict[str, Any]:
    """Maps and histograms of the solved cameras; all empty when none were solved.

    lost : the images that were not registered.
    """
    names = ("camera_map", "caption", "overlap_map", "pixels")
    parts: dict[str, Any] = {**dict.fromkeys(names), "charts": []}
    solved = read_solved(work) if world is not None else None
    if solved is None or world is None:
        return parts
    known = {"metric": world.scale is Scale.metric, "north": world.north is North.true}
    places = lost_places(work, world, lost)
    parts["camera_map"] = camera_map(solved, places, **known)
    parts["caption"] = caption(solved, places)
    if len(solved.points):
        parts["overlap_map"] = overlap_map(solved, **known)
        parts["charts"].append(overlap_bars(solved.seen_by))
    parts["charts"] += residual_bars(solved, reports.get("world"))
    parts["charts"] = [(bars.title, svg_of_bars(bars)) for bars in parts["charts"]]
    parts["pixels"] = pixel_sizes(solved) if world.scale is Scale.metric else None
    return parts


def title_of(work: Workspace) -> str:
    """What people call the site: a name of site.yaml, else the one that the tour gets."""
    names: dict[str, str] = {}
    with contextlib.suppress(InputError):  # a site.yaml that is gone or broken: said elsewhere
        path = work.site_path()
        names = read_site(path).name if path is not None else {}
    found = next((names[tag] for tag in ("en", "vi", *names) if tag in names), None)
    return found or title_from_folder(work.files)


SCALE_SOURCES = {
    ScaleSource.control: "surveyed control points",
    ScaleSource.scale_bars: "measured distances between marked points",
    ScaleSource.gps: "the GPS positions of the photos",
    ScaleSource.scan: "a laser scan",
    ScaleSource.manual: "what its makers say",
}


def frame_sentences(world: World, has_photos: bool = True, is_models: bool = False) -> list[str]:
    """Whether one may measure in the model, and which way it lies, in plain words.

    is_models : whether models made elsewhere are all that the world is known by.
    """
    if world.scale is Scale.metric:
        sigma = world.scale_sigma
        within = f", good to {100 * sigma:.2g} %" if sigma is not None else ""
        size = f"Size: in metres, from {SCALE_SOURCES[world.scale_source]}{within}."
    else:
        help = "Photograph with GPS on, or add control points."
        if is_models:
            help = "Tell the models' units in models.yaml."
        size = f"Size: unknown, so do not measure in this model. {help}"
    north = "North: known." if world.north is North.true else "North: unknown."
    assumed = "as the photos suggest" if has_photos else "assumed, by the scan's own z axis"
    assumed = "as the models' files say" if is_models else assumed
    is_measured = world.up is Up.measured and not is_models
    up = "Upright: measured." if is_measured else f"Upright: {assumed}."
    return [size, north, up]


def read_times(work: Workspace) -> dict[str, dict[str, Measure]]:
    """Wall time and peak memory of each stage, from reports/run.json."""
    path = work.report("run")
    if not path.is_file():
        return {}
    raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return {
        stage: {name: Measure.model_validate(value) for name, value in measures.items()}
        for stage, measures in raw.items()
    }


HEADLINE = (
    ("stations_registered", "scan stations registered"),
    ("registration_rmse", "RMS of registered scans"),
    ("scan_to_photos", "photos to scan"),
    ("photos_registered", "photos registered"),
    ("panoramas_registered", "panoramas registered"),
    ("reprojection_error", "reprojection error"),
    ("ground_sampling_distance", "ground sampling distance"),
    ("gps_residual", "residual to GPS"),
    ("check_residual", "residual at check points"),
    ("models_made", "models made elsewhere"),
    ("cloud_points", "points of the scan"),
    ("dense_points", "points of the photos"),
    ("faces", "faces"),
    ("nodes", "panoramas in the tour"),
    ("links", "links between them"),
    ("package_bytes", "package"),
)


def headline(reports: dict[str, StageReport]) -> list[tuple[str, str, Measure]]:
    """The few figures to see first, those that were measured."""
    measures = {name: m for report in reports.values() for name, m in report.measures.items()}
    return [(name, label, measures[name]) for name, label in HEADLINE if name in measures]


SHARES = (
    "expected_overlap",
    "depth_completeness",
    "faces_textured",
    "scale_sigma",
    "panorama_captured",
    "registration_overlap",
    "cloud_points_removed",
    "derivative_silhouette",
)
"""Measures of unit 1 that are no counts."""
FINE = ("derivative_ssim",)
"""Measures whose fourth decimal tells something."""
COUNTED_OF = ("photos_registered", "panoramas_registered", "stations_registered")
"""Counts that are shown with how many there were."""


def figure(measure: Measure, name: str = "") -> str:
    """A measure as people read it: 1.2 MB, 4.1 mm, 0.71 px, 12,345, 97 %, 24 of 24."""
    value, unit = measure.value, measure.unit
    if name in SHARES:
        return f"{100 * value:.3g} %"
    if name in COUNTED_OF and measure.n:
        return f"{value:.0f} of {measure.n}"
    if unit == "B":
        for name, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.0f} B"
    if unit == "m" and abs(value) < 0.1:
        return f"{value * 1000:.3g} mm"
    if unit == "s" and value >= 100:
        return f"{value / 60:.1f} min"
    if name in FINE:
        return f"{value:.4f}"
    text = f"{value:,.0f}" if value == round(value) or value >= 1000 else f"{value:.3g}"
    if unit == "deg":
        return f"{text}°"
    return text if unit == "1" else f"{text} {unit}"


def panorama_thumbs(work: Workspace) -> list[tuple[str, str]]:
    """The id and a small picture of the nodes, in order of their ids, at most MANY_THUMBS.

    Which file it is, tiles.json says; what cannot be read is not shown.
    """
    try:
        found = read_panoramas(work)
    except InputError:  # a damaged file: said where it is used, not where it is shown
        return []
    thumbs = []
    for node, panorama in sorted(found.items())[:MANY_THUMBS]:
        name = PurePosixPath(panorama.thumb or "none").name
        path = work.tiles / node / name
        media_type = MEDIA_TYPES.get(path.suffix)
        if media_type is not None and path.is_file():
            thumbs.append((node, data_uri(media_type, path.read_bytes())))
    return thumbs


def graph_picture(work: Workspace) -> str | None:
    """The graph of nodes and links; None when there is none, or it cannot be read."""
    if not (work.ways.is_file() and work.standpoints.is_file()):
        return None
    try:
        drawing = svg_of_graph(read_graph(work.root, work.captures))
    except InputError:  # a damaged file: said where it is used, not where it is shown
        return None
    return data_uri("image/svg+xml", drawing.encode())
