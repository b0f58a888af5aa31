"""report.html: what a build measured, for people. Reads reports/*.json and the inventory only."""

import base64
import contextlib
import json
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from vtour.errors import InputError
from vtour.files import write_text
from vtour.pipeline import current_reports
from vtour.records import TIMINGS
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
    environment = Environment(
        loader=PackageLoader("vtour"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    page = environment.get_template("report.html").render(
        site=title_of(work),
        stopped_by=stopped_by,
        frame=frame_sentences(work) if "world" in reports else [],
        reports=reports,
        times=read_times(work),
        time_names=TIMINGS,
        about={stage.name: stage.about for stage in STAGES},
        help={name: text for name, (_, text) in MEASURES.items()},
        files=sorted(work.files.files, key=lambda f: (STATUS_ORDER.index(f.status), f.path)),
        not_registered=reports["sparse"].details.get("not_registered", {})
        if "sparse" in reports
        else {},
        finished=len(reports) == len(STAGES),
        poster=data_uri("image/webp", work.poster.read_bytes()) if work.poster.is_file() else None,
        thumbs=panorama_thumbs(work),
        graph=graph_picture(work),
        headline=headline(reports),
    )
    write_text(work.report_page, page)


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
    ScaleSource.manual: "what people entered",
}


def frame_sentences(work: Workspace) -> list[str]:
    """Whether one may measure in the model, and which way it lies, in plain words."""
    world = World.model_validate_json(work.world.read_text(encoding="utf-8"))
    if world.scale is Scale.metric:
        sigma = world.scale_sigma
        within = f", good to {100 * sigma:.2g} %" if sigma is not None else ""
        size = f"Size: in metres, from {SCALE_SOURCES[world.scale_source]}{within}."
    else:
        size = (
            "Size: unknown, so do not measure in this model. "
            "Photograph with GPS on, or add control points."
        )
    north = "North: known." if world.north is North.true else "North: unknown."
    up = "Upright: measured." if world.up is Up.measured else "Upright: as the photos suggest."
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
    ("photos_registered", "photos registered"),
    ("panoramas_registered", "panoramas registered"),
    ("reprojection_error", "reprojection error"),
    ("ground_sampling_distance", "ground sampling distance"),
    ("gps_residual", "residual to GPS"),
    ("check_residual", "residual at check points"),
    ("dense_points", "points"),
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
)
"""Measures of unit 1 that are no counts."""


def figure(measure: Measure, name: str = "") -> str:
    """A measure as people read it: 1.2 MB, 4.1 mm, 0.71 px, 12,345, 97 %, 24 of 24."""
    value, unit = measure.value, measure.unit
    if name in SHARES:
        return f"{100 * value:.3g} %"
    if name in ("photos_registered", "panoramas_registered") and measure.n:
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


def data_uri(media_type: str, data: bytes) -> str:
    """Bytes as an address that holds them."""
    return f"data:{media_type};base64," + base64.b64encode(data).decode()
