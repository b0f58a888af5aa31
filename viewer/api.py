"""The JSON API, /api/v1: tours, their models, nodes and hotspots for other viewers and apps."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from viewer.api_models import (
    BrokenOut,
    DerivativeOut,
    FileOut,
    HotspotList,
    HotspotOut,
    MediaOut,
    ModelList,
    ModelOut,
    ModelTilesOut,
    NodeList,
    NodeOut,
    PanoramaOut,
    Text,
    TourDetail,
    TourList,
    TourSummary,
)
from viewer.headers import allow_other_origins
from viewer.languages import text_in
from viewer.openapi import LANGUAGE_TAG, openapi_document
from viewer.pages import file_url, first_load_bytes, picture_of, poster_url
from viewer.replies import media_type, text_reply
from vtour.publish.read import PackageLibrary, PackageRef
from vtour.schema.base import Model
from vtour.schema.tour import Hotspot, Node, TourModel

bp = Blueprint("api", __name__, url_prefix="/api/v1")


class Reader(NamedTuple):
    """Who asks: a language, or None for all of them."""

    language: str | None

    def text(self, texts: Mapping[str, str]) -> Text:
        """All languages, or the best one as a plain string, '' when there is no text."""
        if self.language is None:
            return dict(texts)
        chosen = text_in(texts, self.language)
        return chosen.text if chosen else ""


@bp.get("/tours")
def tours() -> Response:
    """All tours that this server shows."""
    library: PackageLibrary = current_app.extensions["library"]
    reader = asked_reader()
    return json_reply(
        TourList(
            tours=[
                TourSummary(**_summary(package, reader)) for package in library.packages().values()
            ],
            broken=[
                BrokenOut(folder=entry.root.name, reason=entry.summary)
                for entry in library.broken()
            ],
        )
    )


@bp.get("/tours/<tour_id>")
def tour(tour_id: str) -> Response:
    """One tour's metadata: texts, frame, anchor, accuracy, first view."""
    package, reader = _package(tour_id), asked_reader()
    found = package.tour
    return json_reply(
        TourDetail(
            **_summary(package, reader),
            license=found.license,
            credit=found.credit,
            world=found.world,
            anchor=found.anchor,
            start=found.start,
            accuracy=found.accuracy,
            models=url_for(".models", tour_id=tour_id),
            nodes=url_for(".nodes", tour_id=tour_id),
            hotspots=url_for(".hotspots", tour_id=tour_id),
        )
    )


@bp.get("/tours/<tour_id>/models")
def models(tour_id: str) -> Response:
    """The models of one tour, each with its derivatives."""
    package, reader = _package(tour_id), asked_reader()
    found = [_model(package, model, reader) for model in package.tour.models]
    return json_reply(ModelList(models=found))


@bp.get("/tours/<tour_id>/nodes")
def nodes(tour_id: str) -> Response:
    """The standpoints of one tour: poses, panoramas and links."""
    package, reader = _package(tour_id), asked_reader()
    return json_reply(NodeList(nodes=[_node(package, node, reader) for node in package.tour.nodes]))


@bp.get("/tours/<tour_id>/hotspots")
def hotspots(tour_id: str) -> Response:
    """The hotspots of one tour: world positions, texts and media."""
    package, reader = _package(tour_id), asked_reader()
    return json_reply(
        HotspotList(hotspots=[_hotspot(package, spot, reader) for spot in package.tour.hotspots])
    )


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description of the API, in OpenAPI 3.1."""
    return plain_json_reply(openapi_document(current_app))


@bp.get("/docs")
def docs() -> Response:
    """The description of the API as a page."""
    page = render_template("api.html", api=openapi_document(current_app))
    return text_reply(page.encode(), "text/html; charset=utf-8")


@bp.route("/", defaults={"rest": ""}, methods=["GET"])
@bp.route("/<path:rest>", methods=["GET"])
def nothing(rest: str) -> Response:
    """Answer every other address below /api/v1 with a problem document."""
    abort(404, f"no such address, expected one of {url_for('.openapi')}")


def json_reply(value: Model) -> Response:
    """A model as JSON, readable by every origin."""
    return plain_json_reply(value.to_json())


def plain_json_reply(value: dict[str, Any]) -> Response:
    """A JSON object, readable by every origin."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return allow_other_origins(text_reply(body.encode(), "application/json"))


def _package(tour_id: str) -> PackageRef:
    package: PackageRef | None = current_app.extensions["library"].get(tour_id)
    if package is None:
        abort(404, f"tour {tour_id!r}: not found, expected one of {url_for('.tours')}")
    return package


def asked_reader() -> Reader:
    """Who asks, from ``?lang=``. Aborts with 400 for what is no language tag."""
    language = request.args.get("lang") or None
    if language is not None and not LANGUAGE_TAG.fullmatch(language):
        abort(400, f"lang={language}: expected a language tag such as vi, en or zh-Hans")
    return Reader(language)


def _summary(package: PackageRef, reader: Reader) -> dict[str, Any]:
    found = package.tour
    address, picture = poster_url(package), picture_of(found)
    texts = [found.name, found.description, *(spot.title for spot in found.hotspots)]
    return {
        "id": found.id,
        "name": reader.text(found.name),
        "description": reader.text(found.description),
        "languages": sorted({tag for text in texts for tag in text}),
        "poster": FileOut(url=address, width=picture.width, height=picture.height)
        if address and picture
        else None,
        "first_load_bytes": first_load_bytes(found),
        "page": url_for("pages.tour", tour_id=found.id),
        "manifest": url_for("files.package_file", tour_id=found.id, name="tour.json"),
        "version": package.digest,
    }


def _model(package: PackageRef, model: TourModel, reader: Reader) -> ModelOut:
    tiles, poster = model.tiles, model.poster
    return ModelOut(
        **model.model_dump(exclude={"title", "poster", "derivatives", "tiles"}),
        title=reader.text(model.title),
        poster=FileOut(url=file_url(package, poster.uri), width=poster.width, height=poster.height)
        if poster
        else None,
        tiles=ModelTilesOut(
            **tiles.model_dump(exclude={"uri", "tiles_sha256"}), url=file_url(package, tiles.uri)
        )
        if tiles
        else None,
        derivatives=[
            DerivativeOut(
                **derivative.model_dump(exclude={"uri"}),
                url=file_url(package, derivative.uri),
                type=media_type(derivative.uri),
            )
            for derivative in model.derivatives
        ],
    )


def _node(package: PackageRef, node: Node, reader: Reader) -> NodeOut:
    panorama = node.panorama
    files = url_for("pages.tour", tour_id=package.id) + "/files/"
    version = f"?v={panorama.tiles_sha256[:16]}" if panorama.tiles_sha256 else ""
    return NodeOut(
        id=node.id,
        name=reader.text(node.name),
        pose=node.pose,
        panorama=PanoramaOut(
            **panorama.model_dump(exclude={"base", "template", "levels", "thumb", "tiles_sha256"}),
            base=file_url(package, panorama.base),
            template=files + panorama.template + version,
            levels=panorama.levels,
            thumb=file_url(package, panorama.thumb) if panorama.thumb else None,
        ),
        links=node.links,
    )


def _hotspot(package: PackageRef, spot: Hotspot, reader: Reader) -> HotspotOut:
    return HotspotOut(
        id=spot.id,
        kind=spot.kind,
        position=spot.position,
        title=reader.text(spot.title),
        text=reader.text(spot.text),
        media=[
            MediaOut(
                url=file_url(package, item.uri),
                type=item.type,
                lang=item.lang,
                captions=file_url(package, item.captions) if item.captions else None,
                alt=reader.text(item.alt),
            )
            for item in spot.media
        ],
    )
