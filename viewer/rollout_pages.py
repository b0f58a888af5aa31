"""The pages of the rollout: the dashboard, and one site. They change nothing."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from viewer.languages import LANGUAGE_NAMES, language_of
from viewer.pages import page_reply, picture_of, poster_url
from viewer.rollout_charts import GROUPS, BurnUpChart, bar_of, burn_up_chart
from viewer.rollout_map import SiteMap, basemap_origin, draw_map
from viewer.rollout_shapes import SHAPES, SIGNS, shape_path
from viewer.rollout_table import choice_of, contractors_of, table_of
from viewer.rollout_texts import ROLLOUT_LANGUAGES, Speaker, rollout_words
from viewer.texts import words_in
from vtour.publish.read import PackageLibrary, PackageRef
from vtour.rollout.read import Rollout, RolloutView, SiteView, without_mail
from vtour.schema.catalog import Role, SiteState

bp = Blueprint("rollout", __name__)


class Shown:
    """One reading of the catalogue with what is drawn of it, each drawing made once."""

    def __init__(self, view: RolloutView) -> None:
        self.view = view

    @cached_property
    def wide_map(self) -> SiteMap | None:
        """For desktop pages and paper."""
        return draw_map(self.view, 780, radius=10, font=11)

    @cached_property
    def narrow_map(self) -> SiteMap | None:
        """For phones."""
        return draw_map(self.view, 356, radius=12, font=10)

    @cached_property
    def charts(self) -> list[BurnUpChart]:
        """Accepted sites over time, a chart for each phase that makes new sites."""
        forecasts = {each.phase: each for each in self.view.forecast.phases}
        return [
            burn_up_chart(line, forecasts.get(line.phase), self.view.today)
            for line in self.view.figures.burn_up
        ]

    def draw(self) -> None:
        """Make all drawings now, so that the first reader need not wait for them."""
        _ = self.wide_map, self.narrow_map, self.charts


class RolloutShow:
    """The rollout that an application shows."""

    def __init__(self, rollout: Rollout) -> None:
        self._rollout = rollout
        self._shown = Shown(rollout.view())
        self._shown.draw()

    def current(self) -> Shown:
        """The newest reading."""
        view = self._rollout.view()
        shown = self._shown
        if shown.view is not view:
            shown = self._shown = Shown(view)
        return shown


def current_show() -> Shown:
    """The newest reading of this application's rollout."""
    show: RolloutShow = current_app.extensions["rollout"]
    return show.current()


@bp.get("/rollout")
def dashboard() -> Response:
    """How far the programme is: phases, map, table of sites."""
    shown, language = current_show(), rollout_language()
    view = shown.view
    choice = choice_of(request.args, view)
    return rollout_reply(
        "rollout.html",
        language,
        view,
        shown=shown,
        bars={each.id: bar_of(each) for each in view.figures.phases},
        groups=GROUPS,
        choice=choice,
        table=table_of(view, choice, language),
        contractors=contractors_of(view),
        states=[state for state in SiteState if view.figures.total.by_state.get(state)],
        unplaced=[each for each in view.sites if not each.is_placed],
        border=sum(each.site.location.border_zone for each in view.sites),
        query=choice.query(page=choice.page),
    )


@bp.get("/rollout/")
def dashboard_with_slash() -> AnyResponse:
    """The same page under the address that people often type."""
    query = request.query_string.decode("ascii", "ignore")
    return redirect(url_for(".dashboard") + (f"?{query}" if query else ""), code=308)


@bp.get("/rollout/<site_id>")
def site(site_id: str) -> Response:
    """All that is known of one site; 404 when there is no such site."""
    view, language = current_show().view, rollout_language()
    detail = view.detail(site_id)
    if detail is None:
        abort(404)
    package = _package(detail.view)
    return rollout_reply(
        "rollout_site.html",
        language,
        view,
        detail=detail,
        site=detail.view.site,
        each=detail.view,
        package=package,
        poster=poster_url(package) if package else None,
        poster_size=picture_of(package.tour) if package else None,
        roles={str(role): role for role in Role},
        without_mail=without_mail,
    )


def rollout_language() -> str:
    """The language of a rollout page: Vietnamese or English."""
    return "vi" if language_of(request) == "vi" else "en"


def rollout_reply(template: str, language: str, view: RolloutView, **values: Any) -> Response:
    """Render one page; the policy lets in the pictures of the base map, and nothing else."""
    origin = basemap_origin(view.catalog.programme.basemap)
    response = page_reply(
        template,
        language,
        entry=current_app.extensions["frontend"].entry("src/rollout.ts"),
        words=words_in(language) | rollout_words(language),
        languages=[(tag, LANGUAGE_NAMES[tag], _in_language(tag)) for tag in ROLLOUT_LANGUAGES],
        canonical=f"{request.script_root}{request.path}?lang={language}",
        view=view,
        programme=view.catalog.programme,
        say=Speaker(language),
        shapes=SHAPES,
        signs=SIGNS,
        shape_path=shape_path,
        basemap_origin=origin,
        **values,
    )
    if origin not in (None, "self"):
        policy = response.headers["Content-Security-Policy"]
        policy = policy.replace("img-src 'self'", f"img-src 'self' {origin}", 1)
        response.headers["Content-Security-Policy"] = policy
    return response


def _package(view: SiteView) -> PackageRef | None:
    """The tour of a site, when this server has it."""
    library: PackageLibrary = current_app.extensions["library"]
    return library.get(view.site.evidence.tour or view.site.id)


def _in_language(tag: str) -> str:
    """The address of the page in another language, filters included."""
    arguments = {name: value for name, value in request.args.items() if name != "lang"}
    return f"{request.script_root}{request.path}?{urlencode({**arguments, 'lang': tag})}"
