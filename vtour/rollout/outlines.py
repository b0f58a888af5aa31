"""Outlines of communes from a GeoJSON file that the programme names (``programme.boundaries``)."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.rollout.communes import KM_PER_DEGREE
from vtour.rollout.refusals import Line, refused
from vtour.rollout.words.say import say

MAX_BYTES = 200_000_000
CODE_KEYS = (
    "code", "commune_code", "ward_code", "ma_xa", "maxa", "ma_phuong_xa", "ma", "gisserverid",
)  # fmt: skip
"""Properties that may hold the official code of a commune, in any case."""
LONGITUDE_LATITUDE = ("CRS84", "4326")

Ring = NDArray[np.float64]
"""(n, 2) float64, longitude and latitude in WGS 84 degrees; the first point is the last one too."""


@dataclass(frozen=True)
class RingsOutline:
    """The rings of a commune: outer ones and holes alike, as each line crossed changes the side."""

    rings: tuple[Ring, ...]

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a place is inside: a ray to the east crosses an odd number of lines."""
        crossings = 0
        for ring in self.rings:
            x0, y0, x1, y1 = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
            beside = (y0 > lat) != (y1 > lat)
            x0, y0, x1, y1 = x0[beside], y0[beside], x1[beside], y1[beside]
            crossings += int(np.count_nonzero(x0 + (lat - y0) / (y1 - y0) * (x1 - x0) > lon))
        return crossings % 2 == 1

    def km_outside(self, lat: float, lon: float) -> float:
        """How far outside a place lies, in kilometres; 0 inside."""
        if self.contains(lat, lon):
            return 0.0
        return min(_km_to_ring(lat, lon, ring) for ring in self.rings)


def read_outlines(path: Path) -> Mapping[str, RingsOutline]:
    """Outlines by the code of their commune.

    Raises RefusedError when the file cannot be used: no GeoJSON, not in degrees, no codes.
    """
    name = path.name
    value = _json(path)
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        found = value.get("type") if isinstance(value, dict) else type(value).__name__
        raise refused("outlines_no_collection", name=name, found=found)
    _check_crs(value.get("crs"), name)
    features = value.get("features")
    if not isinstance(features, list):
        raise refused("outlines_no_features", name=name)
    rings: dict[str, tuple[Ring, ...]] = {}
    for number, feature in enumerate(features, start=1):
        where = partial(_feature_line, name, number)
        code = _code(feature, where)
        if code is not None:
            rings[code] = (*rings.get(code, ()), *_rings(feature, where))
    if not rings:
        raise refused("outlines_none", name=name)
    return {code: RingsOutline(them) for code, them in rings.items()}


def _json(path: Path) -> Any:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise refused("outlines_large", name=path.name, size=size, most=MAX_BYTES)
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise refused("outlines_gone", name=path.name) from None
    except OSError as error:
        raise refused("outlines_unread", name=path.name, why=error.strerror) from None
    except json.JSONDecodeError as error:
        place = f"{path.name}:{error.lineno}:{error.colno}"
        raise refused("outlines_no_json", place=place, why=error.msg) from None
    except (UnicodeDecodeError, RecursionError):
        raise refused("outlines_no_text", name=path.name) from None


def _check_crs(crs: Any, name: str) -> None:
    """Old files name their system: anything but longitude and latitude would be read wrongly."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    system = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if system and not system.endswith(LONGITUDE_LATITUDE):
        raise refused("outlines_other_system", name=name, system=system)


def _feature_line(name: str, number: int, language: str) -> str:
    return say("outline_feature", language, name=name, number=number)


def _code(feature: Any, where: Line) -> str | None:
    """The code of a feature's commune; None for a province or a district."""
    if not isinstance(feature, dict) or not isinstance(feature.get("properties") or {}, dict):
        raise refused("outline_no_feature", where=where)
    properties = {key.lower(): value for key, value in (feature.get("properties") or {}).items()}
    for value in (*(properties.get(key) for key in CODE_KEYS), feature.get("id")):
        text = str(value).strip()
        if not text.isdecimal() or isinstance(value, (bool, float)):
            continue
        if len(text) == 5 or (isinstance(value, int) and len(text) == 4):
            return text.zfill(5)
        if len(text) in (2, 3):
            return None
    raise refused("outline_no_code", where=where)


def _rings(feature: dict[str, Any], where: Line) -> Iterator[Ring]:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        raise refused("outline_other_kind", where=where, found=kind)
    coordinates = geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise refused("outline_no_coordinates", where=where)
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise refused("outline_no_rings", where=where)
        for ring in polygon:
            yield _ring(ring, where)


def _ring(ring: Any, where: Line) -> Ring:
    try:
        points = np.array([point[:2] for point in ring], dtype=np.float64)
    except (TypeError, ValueError, IndexError):
        raise refused("outline_no_ring", where=where) from None
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 3:
        raise refused("outline_short_ring", where=where, count=len(points))
    within = np.abs(points) <= (180.0, 90.0)  # NaN is in nothing
    if not within.all():
        lon, lat = points[~within.all(axis=1)][0]
        raise refused("outline_no_degrees", where=where, lon=f"{lon:g}", lat=f"{lat:g}")
    closed: Ring = points if (points[0] == points[-1]).all() else np.vstack([points, points[:1]])
    return closed


def _km_to_ring(lat: float, lon: float, ring: Ring) -> float:
    """The distance of a place to a ring: on a plane that touches the Earth there, in kilometres."""
    scale = np.array([KM_PER_DEGREE * math.cos(math.radians(lat)), KM_PER_DEGREE])
    points = (ring - (lon, lat)) * scale
    start, along = points[:-1], np.diff(points, axis=0)
    length = (along**2).sum(axis=1)
    share = np.divide(
        -(start * along).sum(axis=1), length, out=np.zeros_like(length), where=length > 0
    )
    nearest = start + np.clip(share, 0, 1)[:, None] * along
    return float(np.hypot(nearest[:, 0], nearest[:, 1]).min())
