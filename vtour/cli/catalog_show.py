"""``vtour catalog show``: everything that is known of one site."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.catalog_reading import day_option, json_option, situation_of
from vtour.cli.catalog_tables import table_lines
from vtour.cli.text import say, say_json
from vtour.rollout.catalog_file import due
from vtour.rollout.lines import phase_name
from vtour.rollout.numbers import finding_line
from vtour.rollout.reports.as_json import site_json
from vtour.rollout.situation import Situation
from vtour.rollout.states import CHAIN, rule_for, ways_from
from vtour.rollout.timeline import (
    day_of,
    phases_by_id,
    planned_days,
    reached,
    unknown_days,
    waivers_in_force,
)
from vtour.rollout.transitions import held_state
from vtour.rollout.waivers import not_covered, waiver_for
from vtour.rollout.wording import day, days_long, megabytes, moment, number, text_in
from vtour.rollout.words.kinds import kind_name
from vtour.rollout.words.names import name_of, ranking_name
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import CatalogSite, Deliverable, Gate
from vtour.schema.gates import Finding, GateReport
from vtour.schema.report import MEASURES

MARKS = {True: "+", False: "-", None: "?"}
"""Passed, failed, not measured."""


@click.command()
@click.argument("site")
@catalog_argument
@lang_option
@day_option
@json_option
def show(site: str, catalog: Path, language: str, today: datetime | None, as_json: bool) -> None:
    """Show everything about SITE: plan, deliverables, gates, history, and what can come next."""
    situation = situation_of(catalog, today, language)
    found = situation.site(site)
    if as_json:
        say_json(site_json(situation, found, language))
        return
    say(f"{found.id}: {text_in(found.name, language)}")
    for section in (_facts, _dates, _deliverables, _gates, _waivers, _acceptances, _history, _next):
        for line in section(situation, found, language):
            say(line)


def _facts(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    rows = [[words(key, language), value] for key, value in _fact_pairs(situation, site, language)]
    yield from table_lines(rows, indent="  ")


def _fact_pairs(
    situation: Situation, site: CatalogSite, language: str
) -> Iterator[tuple[str, str]]:
    yield "show_names", "; ".join(f"{tag}: {name}" for tag, name in site.name.items())
    name = phase_name(situation.catalog, site.phase, language)
    yield "show_phase", f"{site.phase}{f' ({name})' if name else ''}"
    yield "show_state", _state(situation, site, language)
    rank = ranking_name(site.ranking.level, language)
    year = f" {site.ranking.year}" if site.ranking.year else ""
    yield "show_kind", f"{kind_name(site.kind, language) or '–'}, {rank}{year}"
    yield "show_admin", _admin(site, language)
    yield "show_location", _location(site, language)
    yield "show_contractor", site.contractor or "–"
    drone = f" ({words('show_aerial', language)})" if site.aerial else ""
    yield "show_profile", (site.profile or situation.catalog.programme.profile) + drone
    for permit in site.permits:
        until = words("show_until", language, day=day(permit.valid_until, language))
        yield (
            "show_permits",
            words(
                "show_permit_line",
                language,
                kind=name_of(permit.kind, language),
                number=permit.number,
                issuer=permit.issuer,
                issued=day(permit.issued, language),
                until=until if permit.valid_until else "",
            ),
        )
    if site.revisit:
        yield "col_revisit", day(site.revisit, language)


def _state(situation: Situation, site: CatalogSite, language: str) -> str:
    name = name_of(site.state, language)
    if not site.history:
        return f"{name} ({site.state})"
    since = day_of(site.history[-1].at)
    return words(
        "show_state_line",
        language,
        state=name,
        word=site.state,
        day=day(since, language),
        days=days_long(max((situation.today - since).days, 0), language),
    )


def _admin(site: CatalogSite, language: str) -> str:
    former = [site.admin.former_commune, site.admin.former_district]
    return words(
        "show_admin_line",
        language,
        commune=site.admin.commune,
        code=site.admin.commune_code,
        inferred=words("show_inferred", language) if site.admin.inferred else "",
        former=", ".join(each for each in former if each) or words("show_former_unknown", language),
    )


def _location(site: CatalogSite, language: str) -> str:
    place = site.location
    radius = number(place.radius_m, language) if place.radius_m else ""
    line = words(
        "show_location_line",
        language,
        lat=place.lat,
        lon=place.lon,
        certainty=name_of(place.certainty, language),
        radius=words("show_radius", language, radius=radius) if radius else "",
        source=f" ({place.source})" if place.source else "",
    )
    return f"{line}; {words('show_border', language)}" if place.border_zone else line


def _dates(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    phase = phases_by_id(situation.catalog).get(site.phase)
    planned, done = planned_days(site, phase), reached(site)
    adopted = unknown_days(site, situation.adopted)
    rows = [["", words("col_planned", language), words("col_reached", language), ""]]
    for state in CHAIN:
        plan, on = planned.get(state), done.get(state)
        if plan is None and on is None:
            continue
        notes = []
        if state in adopted:
            notes.append(words("show_before_catalogue", language))
        elif plan is not None and (on or situation.today) > plan:
            days = ((on or situation.today) - plan).days
            notes.append(words("show_days_late", language, days=days_long(days, language)))
        elif plan is not None and on is not None:
            notes.append(words("show_in_time", language))
        if plan is not None and state not in site.planned:
            notes.append(words("show_end_of_phase", language))
        rows.append(
            [name_of(state, language), day(plan, language), day(on, language), "; ".join(notes)]
        )
    if len(rows) > 1:
        yield words("show_dates", language)
        yield from table_lines(rows, indent="  ")


def _deliverables(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    measured = _measured(situation.reports.get(site.id))
    them = due(situation.catalog, site)
    if them:
        yield words("show_deliverables", language)
    for each in them:
        yield f"  {each.id}: {_what(each, language)}"
        findings = measured.get(each.id, [])
        for finding in findings:
            yield f"    {MARKS[finding.passed]} {finding_line(finding, language)}"
        looked_at = {finding.measure for finding in findings}
        for name, bounds in each.thresholds.items():
            if name not in looked_at:
                unit = "" if MEASURES[name][0] == "1" else f" {MEASURES[name][0]}"
                limits = [
                    f"{sign} {number(value, language)}{unit}"
                    for sign, value in ((">=", bounds.min), ("<=", bounds.max))
                    if value is not None
                ]
                missing = words("unmeasured", language)
                yield f"    {MARKS[None]} {name} {', '.join(limits)}: {missing}"


def _what(each: Deliverable, language: str) -> str:
    parts = [text_in(each.name, language) or (name_of(each.kind, language) if each.kind else "–")]
    if each.count:
        parts.append(words("show_at_least", language, count=number(each.count, language)))
    if each.due:
        parts.append(words("show_due", language, day=day(each.due, language)))
    return ", ".join(parts)


def _measured(report: GateReport | None) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for gate in report.gates if report else []:
        for finding in gate.findings if gate.gate is Gate.deliverables else []:
            found.setdefault(finding.deliverable or "", []).append(finding)
    return found


def _gates(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    report = situation.reports.get(site.id)
    if report is None:
        yield words("show_no_gates", language, site=site.id)
        return
    yield words("show_gates", language, time=moment(report.at, language))
    in_force = waivers_in_force(site)
    for result in report.gates:
        failed = "gate_waived" if waiver_for(site, result) else "gate_fail"
        stands = words("gate_pass" if result.passed else failed, language)
        yield f"  {stands}  {name_of(result.gate, language)}"
        for finding in result.findings:
            if not finding.passed:
                yield f"      {MARKS[False]} {finding_line(finding, language)}"
        for finding in not_covered(site, result) if result.gate in in_force else []:
            line = words("waiver_exceeded", language, finding=finding_line(finding, language))
            yield f"      {line}"
    facts = report.package
    if facts is not None:
        values = {name: getattr(facts, name) for name in ("models", "panoramas", "point_clouds")}
        size = megabytes(facts.bytes, language)
        line = words("show_package_line", language, **values, size=size)
        yield f"  {words('show_package', language)}: {line}"
        yield f"    {facts.digest}"


def _waivers(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    in_force = situation.waivers(site)
    if site.waivers:
        yield words("waivers_title", language, count=len(site.waivers))
    for each in site.waivers:
        line = words(
            "waiver_line",
            language,
            gate=name_of(each.gate, language),
            reason=each.reason,
            by=each.by,
            day=moment(each.at, language),
        )
        lapsed = in_force.get(each.gate) != each
        yield f"  {line}{'; ' + words('waiver_lapsed', language) if lapsed else ''}"


def _acceptances(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    if site.acceptances:
        yield words("show_acceptances", language)
    for each in site.acceptances:
        values = {"by": each.by, "record": each.record, "package": each.package}
        time = moment(each.at, language)
        yield "  " + words("show_acceptance_line", language, time=time, **values)


def _history(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    if site.history:
        yield words("show_history", language)
    rows = []
    for step in site.history:
        to = f" -> {step.to}" if step.to else ""
        role = name_of(step.role, language)
        known = step.entry not in situation.adopted
        note = "" if known else f" ({words('show_before_catalogue', language)})"
        rows.append(
            [
                str(step.entry), moment(step.at, language), name_of(step.state, language) + to,
                f"{step.by} ({role})", (step.reason or "") + note,
            ]
        )  # fmt: skip
    if rows:
        yield from table_lines(rows, right=[0], indent="  ")


def _next(situation: Situation, site: CatalogSite, language: str) -> Iterator[str]:
    """Each way on: by whom, and through which gates, each as it was last found."""
    report, in_force = situation.reports.get(site.id), waivers_in_force(site)
    results = {result.gate: result for result in (report.gates if report else [])}
    held = held_state(site)
    ways = ways_from(site.state, held)
    if ways:
        yield words("show_next", language)
    for state in ways:
        rule = rule_for(site.state, state, held)
        if rule is None:
            continue
        gates = []
        for gate in rule.gates:
            result = results.get(gate)
            if result is None:
                key = "waived" if gate in in_force else "not_looked_at"
            else:
                failed = "waived" if waiver_for(site, result) else "failed"
                key = "passed" if result.passed else failed
            gates.append(f"{name_of(gate, language)} ({words(key, language)})")
        roles = words("show_or", language).join(
            name_of(role, language) for role in sorted(rule.roles)
        )
        needs = words("show_next_gates", language, gates=", ".join(gates)) if gates else ""
        line = words("show_next_line", language, roles=roles, gates=needs)
        yield f"  {name_of(state, language)} ({state}): {line}"
