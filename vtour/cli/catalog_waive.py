"""``vtour catalog waive``: let a gate pass that does not hold."""

from pathlib import Path

import click

from vtour.cli.bar import one_bar
from vtour.cli.catalog_options import (
    actor_of,
    actor_options,
    catalog_argument,
    lang_option,
    open_and_tell,
)
from vtour.cli.options import Words
from vtour.cli.text import say
from vtour.rollout.gates.check import gates_for
from vtour.rollout.ledger import Book, Proposal, record
from vtour.rollout.waiving import check_waiving, waiver_proposal
from vtour.rollout.words.names import name_of
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import Gate, Role


@click.command()
@click.argument("site")
@click.argument("gate", type=Words(Gate))
@catalog_argument
@actor_options
@click.option("--reason", default="", help="Why: needed, and shown wherever the site is.")
@lang_option
def waive(
    site: str,
    gate: Gate,
    catalog: Path,
    name: str | None,
    role: Role | None,
    key: Path | None,
    reason: str,
    language: str,
) -> None:
    """Let GATE of SITE pass although it does not hold: for managers, with a reason.

    The waiver shows in gates, reports, dashboard and acceptance record. It counts until the site is
    returned, or a new version of an accepted site is begun.

    \b
    Examples:
      vtour catalog waive hang-gio links --as 'Nguyễn An' --reason 'hai hang không thông nhau'
    """  # noqa: D301
    book = open_and_tell(catalog, language)
    actor = actor_of(book.catalog.programme, name, role, key)
    before = check_waiving(book, actor, site, gate, reason)
    bar, progress = one_bar()
    with bar:
        checked = gates_for(catalog, book.catalog, before, (gate,), progress=progress)

    def propose(now: Book) -> Proposal:
        return waiver_proposal(now, actor, site, gate, reason, checked)

    _, entry = record(catalog, actor, propose)
    say(words("waive_done", language, site=site, gate=name_of(gate, language), entry=entry.entry))
