"""Facts about the text files that vtour reads and writes: JSON, tables, checksums."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from vtour.capture.seal import read_manifest
from vtour.cli.info_nodes import (
    Facts,
    masters_facts,
    node_facts,
    pyramids_facts,
    standpoints_facts,
    ways_facts,
)
from vtour.control_files import check_table_size
from vtour.errors import InputError
from vtour.report_page import figure
from vtour.schema.inventory import Inventory
from vtour.schema.masters import Masters, Pyramids
from vtour.schema.report import Measure, StageReport
from vtour.schema.standpoints import Standpoints, Ways
from vtour.schema.tour import Derivative, ModelTiles, Points, Tour
from vtour.schema.world import World
from vtour.stages import BY_NAME

T = TypeVar("T")

MAX_JSON_BYTES = 64 << 20
KNOWN_JSON = (
    "tour.json, inventory.json, world.json, standpoints.json, links.json, masters.json, "
    "tiles.json, derivatives.json or a stage's report"
)
PANORAMA_FILES: dict[str, tuple[Any, Callable[[Any], Facts]]] = {
    "standpoints": (Standpoints, standpoints_facts),
    "links": (Ways, ways_facts),
    "masters": (Masters, masters_facts),
    "panoramas": (Pyramids, pyramids_facts),
}
TABLES = {
    "label,x,y,z": "control points",
    "label,file,x_px,y_px": "marks in photos",
    "from,to,length_m": "scale bars",
    "label,station,x,y,z": "targets in scans",
}


def json_facts(path: Path) -> Facts:
    """Facts of a JSON file of ours, told by its fields. Raises InputError for any other."""
    value = _json_value(path)
    if isinstance(value, list):
        found = _checked(path, TypeAdapter(list[Derivative]), value)
        return {"kind": "list of derivatives", "derivatives": [derivative_facts(d) for d in found]}
    fields = set(value) if isinstance(value, dict) else set()
    if {"asset", "world"} <= fields:
        return tour_facts(_checked(path, TypeAdapter(Tour), value))
    if {"site_id", "files"} <= fields:
        return inventory_facts(_checked(path, TypeAdapter(Inventory), value))
    if "world_from_sfm" in fields:
        return world_facts(_checked(path, TypeAdapter(World), value))
    if {"stage", "measures"} <= fields:
        return report_facts(_checked(path, TypeAdapter(StageReport), value))
    for name, (kind, facts_of) in PANORAMA_FILES.items():
        if name in fields and fields <= {"version", name, "left_out"}:
            return facts_of(_checked(path, TypeAdapter(kind), value))
    if fields and fields <= set(BY_NAME):
        times = _checked(path, TypeAdapter(dict[str, dict[str, Measure]]), value)
        return {
            "kind": "times of a build",
            "stages": [{"stage": s, **_figures(times[s])} for s in BY_NAME if s in times],
        }
    raise InputError(f"{path.name}: JSON of an unknown kind, expected {KNOWN_JSON}")


def _json_value(path: Path) -> Any:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise InputError(f"{path.name}: larger than {MAX_JSON_BYTES:,} bytes, expected less")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not valid JSON ({error})") from None


def _checked(path: Path, kind: TypeAdapter[T], value: Any) -> T:
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path.name}: {where}: {first['msg']}") from None


def tour_facts(tour: Tour) -> Facts:
    """What a scene package holds, by its manifest."""
    facts: Facts = {
        "kind": "manifest of a scene package",
        "id": tour.id,
        "name": tour.name,
        "generator": tour.asset.generator,
        "license": tour.license or "none",
        "world": tour.world.to_json(),
    }
    if tour.anchor:
        facts["anchor"] = tour.anchor.to_json()
    return {
        **facts,
        "languages": sorted({tag for spot in tour.hotspots for tag in spot.title} | set(tour.name)),
        "nodes": [node_facts(node) for node in tour.nodes],
        "hotspots": len(tour.hotspots),
        "tours": len(tour.tours),
        "files": len(tour.files),
        "accuracy": _figures(tour.accuracy),
        "derivatives": [derivative_facts(d) for model in tour.models for d in model.derivatives],
        "model_tilesets": [tile_facts(model.tiles) for model in tour.models if model.tiles],
        "point_tilesets": [point_facts(points) for points in tour.points],
    }


def point_facts(points: Points) -> Facts:
    """One tileset of points: how many, how close, how large."""
    told = points.to_json()
    return {"uri": points.uri} | {
        name: told[name] for name in ("count", "bytes", "spacing_m", "has_colour") if name in told
    }


def tile_facts(tiles: ModelTiles) -> Facts:
    """One tileset of a model: how many faces, how large."""
    told = tiles.to_json()
    names = ("faces", "bytes", "first_bytes", "error_m")
    return {"uri": tiles.uri} | {name: told[name] for name in names if name in told}


def derivative_facts(derivative: Derivative) -> Facts:
    """One web version of a model."""
    facts: Facts = {
        "quality": derivative.quality.value,
        "uri": derivative.uri,
        "bytes": derivative.bytes,
        "faces": derivative.faces,
    }
    return facts | ({"texture_px": derivative.texture_px} if derivative.texture_px else {})


def inventory_facts(inventory: Inventory) -> Facts:
    """Counts by kind and by what becomes of them."""
    facts: Facts = {
        "kind": "inventory of captures",
        "id": inventory.site_id,
        "layout": inventory.layout,
        "files": len(inventory.files),
        "kinds": dict(sorted(Counter(file.kind.value for file in inventory.files).items())),
        "status": dict(sorted(Counter(file.status.value for file in inventory.files).items())),
        "cameras": sorted({file.camera for file in inventory.files if file.camera}),
    }
    if inventory.expected_overlap is not None:
        facts["expected_overlap"] = round(inventory.expected_overlap, 3)
    return {**facts, "warnings": len(inventory.warnings)}


def world_facts(world: World) -> Facts:
    """The frame of a site."""
    fields = world.to_json()
    return {"kind": "world frame", **{k: v for k, v in fields.items() if k != "world_from_sfm"}}


def report_facts(report: StageReport) -> Facts:
    """What one stage measured."""
    return {
        "kind": "report of a stage",
        "stage": report.stage,
        "measures": _figures(report.measures),
        "warnings": report.warnings,
    }


def _figures(measures: dict[str, Measure]) -> dict[str, str]:
    return {name: figure(measure) for name, measure in measures.items()}


def table_facts(path: Path) -> Facts:
    """Rows of control.csv, marks.csv, scalebars.csv or targets.csv.

    Raises InputError for another table, or for control points without a CRS.
    """
    check_table_size(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8, expected UTF-8") from None
    notes = [line.lstrip("# ").strip() for line in lines if line.startswith("#")]
    reader = csv.DictReader(line for line in lines if line and not line.startswith("#"))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"{path.name}: {error}, expected a table of short values") from None
    header = ",".join(rows[0]) if rows and None not in rows[0] else ""
    kind = next((kind for start, kind in TABLES.items() if header.startswith(start)), None)
    if kind is None:
        expected = " or ".join(f"'{start},...'" for start in TABLES)
        raise InputError(f"{path.name}: columns {header or 'none'!r}, expected {expected}")
    if kind == "marks in photos":
        photos = {row["file"] for row in rows}
        labels = {row["label"] for row in rows}
        return {"kind": kind, "marks": len(rows), "labels": len(labels), "photos": len(photos)}
    if kind == "targets in scans":
        stations = {row["station"] for row in rows}
        return {"kind": kind, "targets": len(rows), "stations": len(stations)}
    if kind == "scale bars":
        return {"kind": kind, "bars": len(rows)}
    crs = next((note.removeprefix("crs:").strip() for note in notes if note.startswith("crs:")), "")
    if not crs:
        raise InputError(f"{path.name}: no CRS, expected a first line '# crs: EPSG:9215, ...'")
    roles = Counter(row.get("role") or "control" for row in rows)
    return {"kind": kind, "crs": crs, "points": len(rows), "roles": dict(sorted(roles.items()))}


def sums_facts(path: Path) -> Facts:
    """How many files a delivery's checksums cover."""
    return {"kind": "checksums of a delivery", "files": len(read_manifest(path))}
