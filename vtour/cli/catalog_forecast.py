"""``vtour catalog forecast``: what was accepted when, and when the rest is likely to be."""

from datetime import date, datetime
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.catalog_reading import day_option, json_option, situation_of
from vtour.cli.catalog_tables import say_table
from vtour.cli.text import say, say_json
from vtour.rollout.burnup import BurnUp, Forecast, PhaseForecast, Unknown
from vtour.rollout.figures import Figures
from vtour.rollout.lines import forecast_basis, why_no_forecast
from vtour.rollout.reports.as_json import burn_up_json, forecast_json
from vtour.rollout.wording import day, number
from vtour.rollout.words.say import say as words

MANY_MONTHS = 24


@click.command()
@catalog_argument
@lang_option
@day_option
@json_option
def forecast(catalog: Path, language: str, today: datetime | None, as_json: bool) -> None:
    """Show accepted sites over time by phase, and when the rest is likely to be accepted.

    The range comes from the weeks that were measured, not from the plan: of programmes with such a
    pace half are done by the 50 % day, 85 of 100 by the 85 % day. With fewer than 4 accepted sites
    or 8 weeks there is no forecast, and the reason is said.
    """
    situation = situation_of(catalog, today, language)
    figures, found = situation.figures(), situation.forecast()
    if as_json:
        say_json({"burn_up": burn_up_json(figures), "forecast": forecast_json(found, language)})
        return
    say(words("forecast_title", language))
    _burn_up(figures, language)
    say()
    _ranges(found, language)
    say()
    say(forecast_basis(found, language))


def _burn_up(figures: Figures, language: str) -> None:
    """A row for each month with a change, a column for each phase."""
    lines = figures.burn_up
    months = sorted({_month(on) for line in lines for on, _ in line.points})[-MANY_MONTHS:]
    rows = [["", *(line.phase for line in lines)]]
    rows += [
        [_named(month, language), *(_at(line, month, language) for line in lines)]
        for month in months
    ]
    rows.append(
        [words("col_expected", language), *(number(line.expected, language) for line in lines)]
    )
    say_table(rows, right=range(1, len(lines) + 1), indent="  ")


def _month(on: date) -> date:
    return on.replace(day=1)


def _named(month: date, language: str) -> str:
    return f"{month:%m/%Y}" if language == "vi" else f"{month:%Y-%m}"


def _at(line: BurnUp, month: date, language: str) -> str:
    counts = [count for on, count in line.points if _month(on) <= month]
    return number(counts[-1], language) if counts else "0"


def _ranges(found: Forecast, language: str) -> None:
    keys = ("col_phase", "forecast_remaining", "forecast_likely", "forecast_cautious",
            "forecast_planned_end")  # fmt: skip
    rows = [[words(key, language) for key in keys]]
    rows += [
        [
            each.phase, number(each.remaining, language), _day(each, each.likely, language),
            _day(each, each.cautious, language), day(each.end, language),
        ]
        for each in found.phases
    ]  # fmt: skip
    say_table(rows, right=[1], indent="  ")
    if any(each.unknown is Unknown.too_far for each in found.phases):
        say(f"  {why_no_forecast(found, Unknown.too_far, language)}")


def _day(each: PhaseForecast, found: date | None, language: str) -> str:
    if each.remaining == 0:
        return words("forecast_done", language)
    return day(found, language) if found else words("forecast_unknown", language)
