"""The Flask application: pages, package files and the JSON API over scene packages."""

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, Response

from viewer import api, files, frontend, pages, rollout_api, rollout_ogc, rollout_pages
from viewer.errors import add_error_handlers
from viewer.frontend import FrontEnd
from viewer.headers import page_policy, set_common_headers
from viewer.replies import text_reply
from viewer.rollout_pages import RolloutShow
from vtour.publish.read import PackageLibrary
from vtour.rollout.read import Rollout

ROLLOUT_TEMPLATES = ("rollout.html", "rollout_site.html")
STATIC = Path(__file__).parent / "static"


def create_app(
    paths: Sequence[Path | str],
    *,
    frame_ancestors: Sequence[str] = ("self",),
    static: Path = STATIC,
    catalog: Path | str | None = None,
) -> Flask:
    """Make the application that shows the packages below ``paths``.

    paths           : packages, work folders, or folders of either.
    frame_ancestors : who may embed pages: self, none, or origins.
    static          : the built front end.
    catalog         : the catalogue that /rollout shows; without one there is no such page.

    Raises InputError for a path that is not there, for an id that two packages share and for a
    catalogue that cannot be used, OptionError for a frame ancestor that is none.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PAGE_POLICY"] = page_policy(frame_ancestors)
    app.config["MAX_CONTENT_LENGTH"] = 0
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.merge_slashes = False
    app.extensions["library"] = PackageLibrary([Path(path) for path in paths])
    app.extensions["frontend"] = FrontEnd(static)
    blueprints = [pages.bp, files.bp, frontend.bp, api.bp]
    if catalog is not None:
        app.extensions["rollout"] = RolloutShow(Rollout(Path(catalog)))
        for template in ROLLOUT_TEMPLATES:
            app.jinja_env.get_template(template)  # compiled before the first reader comes
        blueprints += [rollout_pages.bp, rollout_api.bp, rollout_ogc.bp]
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.after_request(set_common_headers)
    add_error_handlers(app)
    return app


def healthz() -> Response:
    """Say that the process answers."""
    return text_reply(b'{"status": "ok"}\n', "application/json", cache="no-store")
