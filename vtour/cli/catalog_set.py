"""``vtour catalog set``: take a site to another state."""

from pathlib import Path

import click

from vtour.cli.catalog_options import (
    actor_of,
    actor_options,
    catalog_argument,
    lang_option,
    open_and_tell,
)
from vtour.cli.options import Words
from vtour.cli.text import say
from vtour.rollout.ledger import Book, Proposal, record
from vtour.rollout.refusals import refused
from vtour.rollout.transitions import Wish, proposal_of, rule_of
from vtour.rollout.words.names import name_of
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import Role, SiteState

FOUND_FAILURES = 1


@click.command("set")
@click.argument("site")
@click.argument("state", type=Words(SiteState))
@catalog_argument
@actor_options
@click.option("--reason", help="Why: needed for returned, on_hold, withdrawn.")
@click.option("--to", help="To whom a site is returned. [default: its contractor]")
@click.option(
    "--adopt",
    is_flag=True,
    help="Take over a state that was reached before the catalogue was kept, without gates.",
)
@lang_option
@click.pass_context
def set_state(
    context: click.Context,
    site: str,
    state: SiteState,
    catalog: Path,
    name: str | None,
    role: Role | None,
    key: Path | None,
    reason: str | None,
    to: str | None,
    adopt: bool,
    language: str,
) -> None:
    """Take SITE to STATE, when the gates on the way hold. Exit status 1 when they do not.

    Who may do it depends on the state: 'vtour catalog show SITE' says what is possible and what it
    needs. Acceptance has a command of its own, 'vtour catalog accept'.

    \b
    Examples:
      vtour catalog set tam-thanh permitted --as 'Nguyễn An' --role manager
      vtour catalog set tam-thanh returned --as 'Trần Bình' --role reviewer --reason 'ảnh mờ'
      vtour catalog set den-ky-cung published --adopt --as 'Nguyễn An' --role manager \\
        --reason 'on show since 2022'
    """  # noqa: D301
    book = open_and_tell(catalog, language)
    actor = actor_of(book.catalog.programme, name, role, key)
    wish = Wish(site, state, reason, to, adopt)
    resumes = book.site(site).state is SiteState.on_hold
    if state is SiteState.accepted and not (adopt or resumes):
        raise refused("accept_by_command", site=site)
    rule, before = rule_of(book, actor, wish), book.site(site)
    checked = None
    if rule.gates:
        from vtour.cli.bar import one_bar
        from vtour.cli.catalog_gates import failing, print_report
        from vtour.rollout.gates.check import gates_for

        bar, progress = one_bar()
        with bar:
            checked = gates_for(catalog, book.catalog, before, rule.gates, progress=progress)
        if failing(before, checked):
            print_report(before, checked, language)
            say(words("gates_stop", language, site=site, state=name_of(state, language)), err=True)
            context.exit(FOUND_FAILURES)

    def propose(now: Book) -> Proposal:
        return proposal_of(now, actor, wish, checked)

    _, entry = record(catalog, actor, propose)
    say(
        words(
            "set_done",
            language,
            site=site,
            old=name_of(before.state, language),
            new=name_of(state, language),
            entry=entry.entry,
            by=entry.actor,
        )
    )
