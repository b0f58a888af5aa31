"""What the reading commands of ``vtour catalog`` share: the day, the situation, what is told."""

import gc
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from vtour.cli.text import say
from vtour.rollout.situation import Situation, read_situation
from vtour.rollout.words.say import say as words

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

day_option: Decorator = click.option(
    "--on",
    "today",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    metavar="DATE",
    help="Show all as it was at the end of a day, such as 2026-11-30 or 30/11/2026. "
    "[default: today in Vietnam]",
)
json_option: Decorator = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


def situation_of(catalog: Path, today: datetime | None, language: str) -> Situation:
    """The situation; what was completed or cannot be read is told beside the output.

    No garbage is looked for until the command ends: of a large catalogue all stays, and looking
    takes a quarter of the time.
    """
    if gc.isenabled():
        gc.disable()
        click.get_current_context().call_on_close(gc.enable)
    found = read_situation(catalog, as_day(today))
    for entry in found.completed:
        values = {"name": found.name, "entry": entry.entry, "site": entry.site}
        say(words("completed_from_log", language, **values, state=entry.state), err=True)
    for line in found.unread:
        say(line, err=True)
    return found


def as_day(value: datetime | None) -> date | None:
    """The day that was named, if one was."""
    return value.date() if value else None
