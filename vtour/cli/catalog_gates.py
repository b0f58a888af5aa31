"""``vtour catalog gates``: what stands between a site and its next state."""

from pathlib import Path

import click

from vtour.cli.bar import one_bar
from vtour.cli.catalog_options import lang_option, open_and_tell
from vtour.cli.options import Words
from vtour.cli.text import say, say_json
from vtour.rollout.gates.check import gates_for
from vtour.rollout.ledger import Book
from vtour.rollout.numbers import finding_line
from vtour.rollout.refusals import refused
from vtour.rollout.states import FORWARD, rule_for
from vtour.rollout.timeline import day_of, waivers_in_force
from vtour.rollout.transitions import held_state, next_state
from vtour.rollout.waivers import not_covered, waiver_for
from vtour.rollout.wording import day
from vtour.rollout.words.names import name_of
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import CatalogSite, Gate, SiteState, Waiver
from vtour.schema.gates import Finding, GateReport, GateResult

FOUND_FAILURES = 1
CATALOG = Path("catalog.yaml")


@click.command()
@click.argument("names", nargs=-1, metavar="[SITE] [CATALOG]")
@click.option("--all", "every", is_flag=True, help="Every site, the gates before its next state.")
@click.option("--for", "state", type=Words(SiteState), help="Only the gates before this state.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
@lang_option
@click.pass_context
def gates(
    context: click.Context,
    names: tuple[str, ...],
    every: bool,
    state: SiteState | None,
    as_json: bool,
    language: str,
) -> None:
    """Look at the evidence of SITE, gate by gate. Exit status 1 when a gate fails.

    What is found is kept in catalog.gates/, for reports and the dashboard. A gate that a manager
    waived is shown as such, and is no failure.

    \b
    Examples:
      vtour catalog gates tam-thanh
      vtour catalog gates tam-thanh --for in_review
      vtour catalog gates --all --lang vi
    """  # noqa: D301
    site, path = _named(names, every)
    book = open_and_tell(path, language, err=as_json)
    sites = [book.site(site)] if site else book.catalog.sites
    looked = []
    for each in sites:
        wanted = _gates_before(book, each, state, every)
        if not wanted:
            continue
        bar, progress = one_bar()
        with bar:
            looked.append((each, gates_for(path, book.catalog, each, wanted, progress=progress)))
    if as_json:
        say_json([report.to_json() for _, report in looked])
    for each, report in looked if not as_json else ():
        print_report(each, report, language)
    if not looked and not as_json:
        say(words("gates_no_site", language))
    if any(failing(each, report) for each, report in looked):
        context.exit(FOUND_FAILURES)


def _named(names: tuple[str, ...], every: bool) -> tuple[str | None, Path]:
    """The site, if one is named, and the catalogue."""
    most = 1 if every else 2
    if len(names) > most or (not names and not every):
        raise click.UsageError("expected SITE and, if need be, CATALOG; or --all")
    site = None if every else names[0]
    rest = names if every else names[1:]
    return site, Path(rest[0]) if rest else CATALOG


def _gates_before(
    book: Book, site: CatalogSite, state: SiteState | None, every: bool
) -> tuple[Gate, ...]:
    """The gates before a state; of one site all that can be said of it now."""
    if state is None and not every:
        return tuple(gate for gate in Gate if gate is not Gate.acceptance or site.acceptances)
    goal = state or next_state(site)
    rule = rule_for(site.state, goal, held_state(site)) if goal else None
    if rule is None and state is not None and not every:
        rule = next((rule for (_, new), rule in FORWARD.items() if new is state), None)
    if not every and not (rule and rule.gates):
        raise refused("no_gate_before", site=site.id, state=state)
    return rule.gates if rule else ()


def failing(site: CatalogSite, report: GateReport) -> list[Gate]:
    """The gates that fail and are not waived."""
    return [each.gate for each in report.gates if not (each.passed or waiver_for(site, each))]


def print_report(site: CatalogSite, report: GateReport, language: str) -> None:
    """Each gate with all that was found, and a line that sums up."""
    waived = waivers_in_force(site)
    name = site.name.get(language) or next(iter(site.name.values()), "")
    say(f"{site.id}: {name} ({name_of(site.state, language)})")
    for result in report.gates:
        waiver = waived.get(result.gate)
        _print_gate(result, waiver, not_covered(site, result) if waiver else [], language)
    passed = sum(result.passed for result in report.gates)
    failed = len(failing(site, report))
    say(
        words(
            "gates_summary",
            language,
            passed=passed,
            waived=len(report.gates) - passed - failed,
            failed=failed,
        )
    )


def _print_gate(
    result: GateResult, waiver: Waiver | None, beyond: list[Finding], language: str
) -> None:
    stands = "pass" if result.passed else "waived" if waiver and not beyond else "fail"
    say(f"  {words(f'gate_{stands}', language)}  {name_of(result.gate, language)} ({result.gate})")
    for finding in sorted(result.findings, key=lambda each: each.passed):
        say(f"      {'+' if finding.passed else '-'} {finding_line(finding, language)}")
    if waiver is not None and not result.passed:
        say(f"      {waiver_line(waiver, language)}")
        for finding in beyond:
            line = words("waiver_exceeded", language, finding=finding_line(finding, language))
            say(f"      {line}")


def waiver_line(waiver: Waiver, language: str) -> str:
    """Who waived a gate, when, and why."""
    return words(
        "waived_by",
        language,
        by=waiver.by,
        day=day(day_of(waiver.at), language),
        entry=waiver.entry,
        reason=waiver.reason,
    )
