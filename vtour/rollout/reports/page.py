"""A report as one HTML file that holds all it shows: no scripts, no links to elsewhere."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vtour.rollout.lines import phase_name, why_no_forecast
from vtour.rollout.reports.charts import burn_up_svg
from vtour.rollout.reports.tables import changes
from vtour.rollout.reports.xlsx import notes
from vtour.rollout.situation import Situation
from vtour.rollout.states import DONE
from vtour.rollout.timeline import (
    day_of,
    known_days,
    lateness,
    phases_by_id,
    planned_days,
)
from vtour.rollout.wording import both_names, day, moment, number, percent, text_in
from vtour.rollout.words.names import name_of, step_name
from vtour.rollout.words.say import say
from vtour.schema.catalog import CatalogSite, PhaseKind, SiteState

LAST_CHANGES = 50
S = SiteState
GROUPS = {
    S.planned: "begun-not",
    **dict.fromkeys((S.permitted, S.captured, S.delivered, S.processing), "work"),
    S.in_review: "review",
    **dict.fromkeys(DONE, "done"),
    **dict.fromkeys((S.returned, S.on_hold, S.withdrawn), "aside"),
}
"""How the chip of a state looks; its word stands in it."""


def page_of(situation: Situation, language: str) -> bytes:
    """The page."""

    def words(key: str, **values: Any) -> str:
        return say(key, language, **values)

    environment = Environment(
        loader=PackageLoader("vtour"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    programme = situation.catalog.programme
    html = environment.get_template("rollout.html").render(
        words=words,
        language=language,
        programme=text_in(programme.name, language),
        notice=text_in(programme.notice, language),
        as_of=say("as_of", language, day=day(situation.today, language)),
        cards=_cards(situation, language),
        phases=_phases(situation, language),
        charts=_charts(situation, language),
        late=_late(situation, language),
        sites=[_site(situation, site, language) for site in situation.catalog.sites],
        waivers=_waivers(situation, language),
        changes=_changes(situation, language),
        last_changes=number(LAST_CHANGES, language),
        notes=notes(situation, language),
    )
    return html.encode()


def _cards(situation: Situation, language: str) -> list[tuple[str, str]]:
    figures = situation.figures()
    total = figures.total
    of_plan = f"{number(total.accepted, language)} / {number(total.expected, language)}"
    return [
        (say("col_accepted", language), of_plan),
        (say("col_published", language), number(total.published, language)),
        (say("col_late", language), number(total.late, language)),
        (say("col_waivers", language), number(total.waivers, language)),
        (say("punctuality", language), percent(figures.on_time.all.rate, language)),
        (say("first_pass", language), percent(figures.first_pass.rate, language)),
    ]


def _phases(situation: Situation, language: str) -> list[dict[str, Any]]:
    figures = situation.figures()
    rows = []
    for row in (*figures.phases, figures.total):
        whole = row is figures.total
        upkeep = row.kind is PhaseKind.upkeep
        counts = (row.listed, row.accepted, row.published, row.late, row.waivers, row.revisits_due)
        rows.append(
            {
                "id": say("whole", language) if whole else row.id,
                "name": "" if whole else phase_name(situation.catalog, row.id, language),
                "expected": "–" if upkeep else number(row.expected, language),
                "counts": [number(count, language) for count in counts],
                "end": day(row.end, language),
                "whole": whole,
                "share": None if upkeep else min(row.accepted / max(row.expected, 1), 1),
            }
        )
    return rows


def _charts(situation: Situation, language: str) -> list[dict[str, Any]]:
    found = situation.forecast()
    charts = []
    for line, each in zip(situation.figures().burn_up, found.phases, strict=True):
        accepted = line.points[-1][1] if line.points else 0
        values = {"phase": line.phase, "accepted": accepted, "expected": line.expected}
        if each.remaining == 0:
            outlook = say("chart_all", language)
        elif each.unknown is not None:
            outlook = say(
                "forecast_no", language, why=why_no_forecast(found, each.unknown, language)
            )
        else:
            likely, cautious = day(each.likely, language), day(each.cautious, language)
            outlook = say("chart_outlook", language, likely=likely, cautious=cautious)
        picture = burn_up_svg(line, each, situation.today, language)
        charts.append(
            {
                "svg": Markup(picture),
                "title": say("chart_caption", language, **values),
                "outlook": outlook,
                "end": say("chart_end", language, day=day(line.end, language)),
            }
        )
    return charts


def _late(situation: Situation, language: str) -> list[list[str]]:
    names = {site.id: both_names(site.name, language) for site in situation.catalog.sites}
    return [
        [
            names[each.site], each.phase, step_name(each.state, language),
            day(each.planned, language), number(each.days, language),
        ]
        for each in situation.figures().late
    ]  # fmt: skip


def _site(situation: Situation, site: CatalogSite, language: str) -> dict[str, Any]:
    phase = phases_by_id(situation.catalog).get(site.phase)
    late = lateness(site, phase, situation.today)
    since = day(day_of(site.history[-1].at), language) if site.history else "–"
    return {
        "id": site.id,
        "name": both_names(site.name, language),
        "phase": site.phase,
        "commune": site.admin.commune,
        "location": name_of(site.location.certainty, language),
        "contractor": site.contractor or "–",
        "state": name_of(site.state, language),
        "group": GROUPS[site.state],
        "since": since,
        "planned": day(planned_days(site, phase).get(S.accepted), language),
        "accepted": day(known_days(site, situation.adopted).get(S.accepted), language),
        "late": number(late.days, language) if late else "",
        "waivers": ", ".join(name_of(gate, language) for gate in situation.waivers(site)),
    }


def _waivers(situation: Situation, language: str) -> list[list[str]]:
    return [
        [
            both_names(site.name, language), name_of(each.gate, language), each.reason, each.by,
            moment(each.at, language),
            say("yes" if each in situation.waivers(site).values() else "no", language),
        ]
        for site in situation.catalog.sites
        for each in site.waivers
    ]  # fmt: skip


def _changes(situation: Situation, language: str) -> list[list[str]]:
    names = {site.id: text_in(site.name, language) for site in situation.catalog.sites}
    rows = changes(situation, language).rows[-LAST_CHANGES:]
    times = [moment(entry.at, language) for entry in situation.entries[-LAST_CHANGES:]]
    return [
        [
            str(row[0]), time, names.get(str(row[2]), str(row[2])), str(row[4]) or "–",
            str(row[5]), f"{row[6]} ({row[7]})", str(row[8]),
        ]
        for row, time in zip(reversed(rows), reversed(times), strict=True)
    ]  # fmt: skip
