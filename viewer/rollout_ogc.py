"""OGC API Features 1.0, part 1 (17-069r4), core and GeoJSON: the sites as one collection.

A parameter that is not described is an error (requirement 8), as is a value that cannot be
(requirement 9). Sites without a place match every bbox, and sites without a time every datetime
(requirements 23 C and 25 C): they would never be found otherwise.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import NoReturn
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request, url_for

from viewer.api import Reader, asked_reader, json_reply
from viewer.openapi import DEFAULT_LIMIT, GEOJSON, MAX_LIMIT
from viewer.rollout_api import feature_of, geojson_reply
from viewer.rollout_models import (
    OgcCollection,
    OgcCollections,
    OgcConformance,
    OgcExtent,
    OgcLanding,
    OgcLink,
    OgcSpatialExtent,
    OgcTemporalExtent,
    SiteFeatures,
)
from viewer.rollout_pages import current_show
from vtour.rollout.read import RolloutView, SiteView
from vtour.schema.catalog import SiteState

bp = Blueprint("rollout_ogc", __name__, url_prefix="/api/v1/ogc")

CONFORMS_TO = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
JSON, HTML = "application/json", "text/html"
DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

TITLES = {"vi": "Các điểm", "en": "Sites"}
ABOUT = {
    "vi": "Các điểm của chương trình, vị trí theo WGS 84. Điểm chỉ có vị trí tạm thì không có "
    "hình học; thời gian là lúc đổi trạng thái gần nhất.",
    "en": "The sites of the programme, in WGS 84. A site with a placeholder only has no geometry; "
    "its time is that of its last change of state.",
}


@bp.get("")
def landing() -> Response:
    """The landing page of OGC API Features: where everything is."""
    _only("lang")
    view, reader = current_show().view, asked_reader()
    speaks = Reader(reader.language or "vi")
    return json_reply(
        OgcLanding(
            title=str(speaks.text(view.catalog.programme.name)),
            description=" ".join(
                part
                for part in (
                    str(speaks.text(view.catalog.programme.description)),
                    str(speaks.text(view.catalog.programme.notice)),
                )
                if part
            ),
            links=[
                _self(JSON),
                _link("service-desc", url_for("api.openapi", _external=True), JSON, "OpenAPI 3.1"),
                _link("service-doc", url_for("api.docs", _external=True), HTML, "API"),
                _link("conformance", url_for(".conformance", _external=True), JSON),
                _link("data", url_for(".collections", _external=True), JSON),
            ],
        )
    )


@bp.get("/")
def landing_with_slash() -> Response:
    """The same under the address that some programs make."""
    return landing()


@bp.get("/conformance")
def conformance() -> Response:
    """The conformance classes of OGC API Features that are kept to."""
    _only()
    return json_reply(OgcConformance(conformsTo=CONFORMS_TO))


@bp.get("/collections")
def collections() -> Response:
    """The collections of features: one, of sites."""
    _only("lang")
    found = _collection(current_show().view, asked_reader())
    return json_reply(OgcCollections(links=[_self(JSON)], collections=[found]))


@bp.get("/collections/sites")
def collection() -> Response:
    """The collection of sites: its extent and where its features are."""
    _only("lang")
    return json_reply(_collection(current_show().view, asked_reader()))


@bp.get("/collections/sites/items")
def items() -> Response:
    """Sites as GeoJSON features, page by page, selected by place, time, phase and state."""
    _only("lang", "bbox", "datetime", "limit", "offset", "phase", "state")
    view, reader = current_show().view, asked_reader()
    limit = min(_whole("limit", DEFAULT_LIMIT, 1), MAX_LIMIT)
    offset = _whole("offset", 0, 0)
    selected = _selected(view)
    rows = selected[offset : offset + limit]
    links = [
        _self(GEOJSON),
        _link("collection", url_for(".collection", _external=True), JSON),
    ]
    if offset + limit < len(selected):
        links.append(_page("next", offset + limit, limit))
    if offset > 0:
        links.append(_page("prev", max(offset - limit, 0), limit))
    return geojson_reply(
        SiteFeatures(
            type="FeatureCollection",
            features=[feature_of(each, reader) for each in rows],
            links=links,
            numberMatched=len(selected),
            numberReturned=len(rows),
        ).to_json()
    )


@bp.get("/collections/sites/items/<site_id>")
def item(site_id: str) -> Response:
    """One site as a GeoJSON feature."""
    _only("lang")
    view, reader = current_show().view, asked_reader()
    found = view.by_id.get(site_id)
    if found is None:
        abort(404, f"site {site_id!r}: not found, expected one of {url_for('.items')}")
    feature = feature_of(found, reader)
    links = [
        _self(GEOJSON),
        _link("collection", url_for(".collection", _external=True), JSON),
        _link("alternate", url_for("rollout.site", site_id=site_id, _external=True), HTML),
    ]
    return geojson_reply(feature.model_copy(update={"links": links}).to_json())


def _collection(view: RolloutView, reader: Reader) -> OgcCollection:
    language = reader.language or "vi"
    speaks = Reader(language)
    return OgcCollection(
        id="sites",
        title=str(speaks.text(TITLES)),
        description=str(speaks.text(ABOUT)),
        extent=_extent(view),
        itemType="feature",
        crs=[CRS84],
        links=[
            _link("self", url_for(".collection", _external=True), JSON),
            _link("items", url_for(".items", _external=True), GEOJSON),
        ],
    )


def _extent(view: RolloutView) -> OgcExtent:
    places = [each.site.location for each in view.sites if each.is_placed]
    times = sorted(aware(each.since) for each in view.sites if each.since)
    spatial = temporal = None
    if places:
        lons, lats = [each.lon for each in places], [each.lat for each in places]
        spatial = OgcSpatialExtent(bbox=[[min(lons), min(lats), max(lons), max(lats)]], crs=CRS84)
    if times:
        temporal = OgcTemporalExtent(interval=[[_written(times[0]), _written(times[-1])]])
    return OgcExtent(spatial=spatial, temporal=temporal)


@dataclass(frozen=True)
class Window:
    """A part of time; None where it is open."""

    start: datetime | None
    end: datetime | None

    def has(self, time: datetime) -> bool:
        """Whether a time lies in it, its ends included."""
        return (self.start is None or time >= self.start) and (self.end is None or time <= self.end)


def _selected(view: RolloutView) -> list[SiteView]:
    box, window = _box(), _window()
    phase, state = request.args.get("phase"), request.args.get("state")
    if phase is not None and phase not in view.phases:
        _refuse("phase", phase, ", ".join(view.phases))
    if state is not None and state not in tuple(SiteState):
        _refuse("state", state, ", ".join(SiteState))
    return [
        each
        for each in view.sites
        if (phase is None or each.site.phase == phase)
        and (state is None or each.site.state == state)
        and (box is None or not each.is_placed or _is_in(each, box))
        and (window is None or each.since is None or window.has(aware(each.since)))
    ]


def _is_in(view: SiteView, box: tuple[float, float, float, float]) -> bool:
    """Whether a site lies in a box; one whose west is east of its east crosses 180 degrees."""
    west, south, east, north = box
    lat, lon = view.site.location.lat, view.site.location.lon
    if not south <= lat <= north:
        return False
    return west <= lon <= east if west <= east else lon >= west or lon <= east


def _box() -> tuple[float, float, float, float] | None:
    text = request.args.get("bbox")
    if text is None:
        return None
    parts = text.split(",")
    expected = "west,south,east,north in degrees of WGS 84"
    if len(parts) not in (4, 6) or not all(NUMBER.fullmatch(part.strip()) for part in parts):
        _refuse("bbox", text, expected)
    numbers = [float(part) for part in parts]
    west, south, east, north = (
        numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])
    )
    if not (
        all(isfinite(each) for each in numbers)
        and abs(west) <= 180
        and abs(east) <= 180
        and -90 <= south <= north <= 90
    ):
        _refuse("bbox", text, expected)
    return west, south, east, north


def _window() -> Window | None:
    text = request.args.get("datetime")
    if text is None:
        return None
    expected = "a time such as 2021-05-03T00:00:00Z, or two with / between, one of them .. perhaps"
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 2 and all(part in ("", "..") for part in parts)):
        _refuse("datetime", text, expected)
    times: list[datetime | None] = []
    for part in parts:
        if len(parts) == 2 and part in ("", ".."):
            times.append(None)
            continue
        time = _time(part)
        if time is None:
            _refuse("datetime", text, expected)
        times.append(time)
    start, end = times[0], times[-1]
    if start is not None and end is not None and start > end:
        _refuse("datetime", text, "the earlier time first")
    return Window(start, end)


def _time(text: str) -> datetime | None:
    """A time as RFC 3339 writes it; None for anything else."""
    if not DATE_TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def aware(time: datetime) -> datetime:
    """The time with its zone: UTC where none is said."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _whole(name: str, default: int, least: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 12 and int(text) >= least):
        _refuse(name, text, f"a whole number from {least}")
    return int(text)


def _only(*names: str) -> None:
    """Refuse parameters that are not described, and those that are there twice."""
    for name, values in request.args.lists():
        if name not in names:
            expected = ", ".join(names) or "none"
            abort(400, f"parameter {name!r}: not known here, expected {expected}")
        if len(values) > 1:
            abort(400, f"parameter {name!r}: found {len(values)} times, expected once")


def _refuse(name: str, found: str, expected: str) -> NoReturn:
    abort(400, f"{name}={found[:100]}: expected {expected}")


def _link(rel: str, href: str, kind: str, title: str | None = None) -> OgcLink:
    return OgcLink(href=href, rel=rel, type=kind, title=title)


def _self(kind: str) -> OgcLink:
    return _link("self", _address(request.args.items()), kind)


def _page(rel: str, offset: int, limit: int) -> OgcLink:
    kept = {name: value for name, value in request.args.items() if name != "offset"}
    pages = {**kept, "limit": str(limit)} | ({"offset": str(offset)} if offset else {})
    return _link(rel, _address(pages.items()), GEOJSON)


def _address(arguments: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(arguments))
    return request.base_url + (f"?{query}" if query else "")
