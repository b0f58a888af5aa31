"""``vtour catalog status``: how far a programme is."""

from datetime import datetime
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.catalog_reading import day_option, json_option, situation_of
from vtour.cli.catalog_tables import say_table
from vtour.cli.text import say, say_json
from vtour.rollout.figures import Figures, PhaseFigures
from vtour.rollout.lines import (
    deliverables_line,
    holdings_line,
    share_line,
    states_line,
    upkeep_line,
)
from vtour.rollout.reports.as_json import figures_json
from vtour.rollout.reports.tables import durations
from vtour.rollout.situation import Situation
from vtour.rollout.timeline import Late, day_of
from vtour.rollout.wording import both_names, day, number, text_in
from vtour.rollout.words.names import name_of, step_name
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import PhaseKind
from vtour.yaml_marks import without_collection

MANY = 15


@click.command()
@catalog_argument
@lang_option
@day_option
@json_option
@click.option("--all", "show_all", is_flag=True, help="List all late sites and waivers.")
@without_collection()
def status(
    catalog: Path, language: str, today: datetime | None, as_json: bool, show_all: bool
) -> None:
    """Say how far the programme is: phases against the plan, late sites, waivers.

    A site is accepted when it was, and was not returned or withdrawn since. It is late when it has
    not reached a state whose planned day has passed; the end of its phase is the day by which it is
    to be accepted, where nothing else is planned.
    """
    situation = situation_of(catalog, today, language)
    figures = situation.figures()
    if as_json:
        say_json({"catalog": situation.name, **figures_json(figures, situation, language)})
        return
    _head(situation, language)
    _phases(figures, language)
    _summary(figures, language)
    _days(situation, language)
    _late(situation, figures.late, language, None if show_all else MANY)
    _waivers(situation, language, None if show_all else MANY)


def _head(situation: Situation, language: str) -> None:
    programme = situation.catalog.programme
    as_of = words("as_of", language, day=day(situation.today, language))
    say(f"{text_in(programme.name, language)} ({situation.name}, {as_of})")
    if programme.notice:
        say(text_in(programme.notice, language))
    say()


def _phases(figures: Figures, language: str) -> None:
    keys = (
        "col_phase", "col_expected", "col_listed", "col_accepted", "col_published", "col_late",
        "col_waivers", "col_revisits", "col_end",
    )  # fmt: skip
    rows = [[words(key, language) for key in keys]]
    rows += [_row(each.id, each, language) for each in figures.phases]
    rows.append(_row(words("whole", language), figures.total, language))
    say_table(rows, right=range(1, 8))
    say()


def _row(name: str, row: PhaseFigures, language: str) -> list[str]:
    counts = (row.listed, row.accepted, row.published, row.late, row.waivers, row.revisits_due)
    expected = "–" if row.kind is PhaseKind.upkeep else number(row.expected, language)
    return [name, expected, *(number(n, language) for n in counts), day(row.end, language)]


def _summary(figures: Figures, language: str) -> None:
    lines = {
        "states_now": states_line(figures.total, language) or words("nothing", language),
        "deliverables_now": deliverables_line(figures, language),
        "punctuality": share_line(figures.on_time.all, language),
        "first_pass": share_line(figures.first_pass, language),
    }
    if any(each.kind is PhaseKind.upkeep for each in figures.phases):
        lines["upkeep"] = upkeep_line(figures, language)
    if figures.holdings.sites:
        lines["holdings"] = holdings_line(figures.holdings, language)
    for key, line in lines.items():
        say(f"{words(key, language)}: {line}")


def _days(situation: Situation, language: str) -> None:
    table = durations(situation, language)
    if not table.rows:
        return
    rows = [[column.title(language) for column in table.columns]]
    for name, *numbers in table.rows:
        cells = [
            number(n, language, 1 if isinstance(n, float) else 0)
            if isinstance(n, (int, float))
            else "–"
            for n in numbers
        ]
        rows.append([str(name), *cells])
    say()
    say(words("days_title", language))
    say_table(rows, right=range(1, len(table.columns)), indent="  ")


def _late(situation: Situation, late: list[Late], language: str, most: int | None) -> None:
    if not late:
        return
    names = {site.id: both_names(site.name, language) for site in situation.catalog.sites}
    say()
    say(words("late_sites", language, count=number(len(late), language)))
    keys = ("col_site", "col_phase", "col_missed", "col_planned", "col_days_late", "col_name")
    rows = [[words(key, language) for key in keys]]
    rows += [
        [
            each.site, each.phase, step_name(each.state, language), day(each.planned, language),
            number(each.days, language), names[each.site],
        ]
        for each in late[:most]
    ]  # fmt: skip
    say_table(rows, right=[4], indent="  ")
    _more(len(late), most, language)


def _waivers(situation: Situation, language: str, most: int | None) -> None:
    rows = [
        [
            site.id, name_of(waiver.gate, language), waiver.reason, waiver.by,
            day(day_of(waiver.at), language),
        ]
        for site in situation.catalog.sites
        for waiver in situation.waivers(site).values()
    ]  # fmt: skip
    if not rows:
        return
    say()
    say(words("waivers_title", language, count=number(len(rows), language)))
    for site_id, gate, reason, by, when in rows[:most]:
        line = words("waiver_line", language, gate=gate, reason=reason, by=by, day=when)
        say(f"  {site_id}: {line}")
    _more(len(rows), most, language)


def _more(count: int, most: int | None, language: str) -> None:
    if most is not None and count > most:
        say("  " + words("more_lines", language, count=number(count - most, language)))
