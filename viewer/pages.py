"""The two pages for people: the index of tours, and one tour."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from viewer.frontend import Entry
from viewer.languages import LANGUAGE_NAMES, LANGUAGES, ChosenText, language_of, text_in
from viewer.replies import text_reply
from viewer.texts import size_words, words_in
from vtour.publish.read import PackageLibrary, PackageRef
from vtour.schema.tour import Node, Poster, Tour, Usage

bp = Blueprint("pages", __name__)

BASE_WIDTH = 1024
"""Pixels across the base image of a panorama."""


@bp.get("/")
def index() -> Response:
    """The index of tours, and what cannot be shown and why."""
    library: PackageLibrary = current_app.extensions["library"]
    language = language_of(request)
    return page_reply(
        "index.html",
        language,
        entry=current_app.extensions["frontend"].entry("src/index.ts"),
        cards=[_card(package, language) for package in library.packages().values()],
        broken=[(entry.root.name, entry.summary) for entry in library.broken()],
        has_rollout="rollout" in current_app.extensions,
    )


@bp.get("/t/<tour_id>")
def tour(tour_id: str) -> AnyResponse:
    """The page of one tour; 404 when there is no such tour."""
    package: PackageRef | None = current_app.extensions["library"].get(tour_id)
    if package is None:
        abort(404)
    language, node = language_of(request), request.args.get("node")
    return page_reply(
        "tour.html",
        language,
        entry=current_app.extensions["frontend"].entry("src/tour.ts"),
        tour=package.tour,
        title=_name(package.tour, language),
        description=text_in(package.tour.description, language),
        poster=poster_url(package, node),
        poster_absolute=poster_url(package, node, absolute=True),
        poster_size=picture_of(package.tour, node),
        nodes=[_node_name(node, language) for node in package.tour.nodes],
        hotspots=[
            (text_in(spot.title, language), text_in(spot.text, language))
            for spot in package.tour.hotspots
        ],
        version=package.digest,
    )


@bp.get("/t/<tour_id>/")
def tour_with_slash(tour_id: str) -> AnyResponse:
    """The same page under the address that people often type."""
    query = request.query_string.decode("ascii", "ignore")
    address = url_for(".tour", tour_id=tour_id) + (f"?{query}" if query else "")
    return redirect(address, code=308)


def page_reply(template: str, language: str, *, status: int = 200, **values: Any) -> Response:
    """Render one page in one language, under the page policy."""
    entry: Entry | None = values.get("entry")
    common = {
        "lang": language,
        "words": words_in(language),
        "languages": [(tag, LANGUAGE_NAMES[tag], _in_language(tag)) for tag in LANGUAGES],
        "canonical": _in_language(language),
    }
    html = render_template(template, **{**common, **values, "entry": entry})
    response = text_reply(
        html.encode(), "text/html; charset=utf-8", cache="no-cache", status=status
    )
    response.headers["Vary"] = "Accept-Encoding, Accept-Language"
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = current_app.config["PAGE_POLICY"]
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return response


def file_url(package: PackageRef, name: str, *, absolute: bool = False) -> str:
    """The address of a file that never changes its content: the digest is in it."""
    digest = package.tour.files.get(name, "")[:16] or None
    return url_for(
        "files.package_file", tour_id=package.id, name=name, v=digest, _external=absolute
    )


def picture_of(tour: Tour, node_id: str | None = None) -> Poster | None:
    """The whole sphere of a node that a link names; else the poster; without one, the sphere of the
    node that the tour begins in.
    """
    spheres = {node.id: node.panorama.base for node in tour.nodes}
    if node_id not in spheres:
        if tour.poster or not spheres:
            return tour.poster
        node_id = tour.start.node if tour.start else None
    uri = spheres.get(node_id or "", tour.nodes[0].panorama.base)
    return Poster(uri=uri, width=BASE_WIDTH, height=BASE_WIDTH // 2)


def poster_url(
    package: PackageRef, node_id: str | None = None, *, absolute: bool = False
) -> str | None:
    """The address of the tour's picture; None when it has none."""
    picture = picture_of(package.tour, node_id)
    return file_url(package, picture.uri, absolute=absolute) if picture else None


def first_load_bytes(tour: Tour) -> int | None:
    """Bytes of the first model that a viewer downloads: the coarsest one for the web."""
    sizes = [
        derivative.bytes
        for model in tour.models[:1]
        for derivative in model.derivatives
        if derivative.usage is Usage.web3d
    ]
    return sizes[0] if sizes else None


def _card(package: PackageRef, language: str) -> dict[str, Any]:
    size = first_load_bytes(package.tour)
    return {
        "id": package.id,
        "name": _name(package.tour, language),
        "description": text_in(package.tour.description, language),
        "poster": poster_url(package),
        "poster_size": picture_of(package.tour),
        "size": None if size is None else size_words(size, language),
    }


def _node_name(node: Node, language: str) -> ChosenText:
    return text_in(node.name, language) or ChosenText(node.id, "und")


def _name(tour: Tour, language: str) -> ChosenText:
    return text_in(tour.name, language) or ChosenText(tour.id, "und")


def _in_language(tag: str) -> str:
    """The page's address in another language."""
    return f"{request.script_root}{request.path}?lang={tag}"
