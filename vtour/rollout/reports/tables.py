"""A programme as tables: phases, sites, dates, deliverables, gates, changes and the like."""

from collections.abc import Iterator
from datetime import datetime

from vtour.rollout.audit import Entry
from vtour.rollout.catalog_file import due
from vtour.rollout.figures import DeliverableState, deliverable_figures
from vtour.rollout.lines import JUDGED, phase_name
from vtour.rollout.numbers import finding_line
from vtour.rollout.reports.sheets import Cell, Column, Kind, Sheet, columns_of
from vtour.rollout.situation import Situation
from vtour.rollout.states import CHAIN
from vtour.rollout.timeline import (
    VIETNAM,
    day_of,
    known_days,
    lateness,
    phases_by_id,
    planned_days,
)
from vtour.rollout.waivers import waiver_for
from vtour.rollout.wording import text_in
from vtour.rollout.words.kinds import kind_name
from vtour.rollout.words.names import name_of, ranking_name, step_name
from vtour.rollout.words.say import say
from vtour.schema.catalog import (
    CatalogSite,
    Deliverable,
    Gate,
    LocationClass,
    PhaseKind,
    SiteState,
)
from vtour.schema.gates import Finding, GateReport
from vtour.schema.report import MEASURES

W, D, T, R = Kind.whole, Kind.day, Kind.time, Kind.real


def all_sheets(situation: Situation, language: str) -> list[Sheet]:
    """All of them, in the order in which they are read."""
    tables = (
        phases, sites, dates, durations, deliverables, gates, packages, changes, waivers,
    )  # fmt: skip
    return [_with_names(table(situation, language), situation, language) for table in tables]


def _with_names(table: Sheet, situation: Situation, language: str) -> Sheet:
    """The table with the names of its sites beside their ids."""
    place = next((n for n, each in enumerate(table.columns) if each.key == "site"), None)
    if place is None:
        return table
    names: dict[Cell, str] = {
        site.id: text_in(site.name, language) for site in situation.catalog.sites
    }
    beside = place + 1
    columns = [*table.columns[:beside], Column("site_name"), *table.columns[beside:]]
    rows = [[*row[:beside], names.get(row[place], ""), *row[beside:]] for row in table.rows]
    return Sheet(table.name, columns, rows)


def phases(situation: Situation, language: str) -> Sheet:
    """One row a phase, and the whole programme last."""
    figures = situation.figures()
    likely = {each.phase: (each.likely, each.cautious) for each in situation.forecast().phases}
    columns = [
        *columns_of(["phase", "name", "kind", ("start", D), ("end", D), ("expected", W),
                     ("listed", W)]),
        *(Column("in_state", W, (("state", name_of(state, language)),)) for state in SiteState),
        *columns_of([("accepted", W), ("published", W), ("late", W), ("waivers", W),
                     ("revisits", W), ("likely", D), ("cautious", D)]),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for row in (*figures.phases, figures.total):
        whole = row is figures.total
        rows.append(
            [
                say("whole", language) if whole else row.id,
                "" if whole else phase_name(situation.catalog, row.id, language),
                "" if whole else name_of(row.kind, language),
                row.start,
                row.end,
                None if row.kind is PhaseKind.upkeep else row.expected,
                row.listed,
                *row.by_state.values(),
                row.accepted,
                row.published,
                row.late,
                row.waivers,
                row.revisits_due,
                *likely.get(row.id, (None, None)),
            ]
        )
    return Sheet("phases", columns, rows)


def sites(situation: Situation, language: str) -> Sheet:
    """One row a site: what and where it is, and how far."""
    columns = columns_of(
        ["id", "phase", "name_vi", "name_en", "name_zh", "site_kind", "ranking", "contractor",
         "state", ("since", D), "missed", ("days_late", W), ("waivers", W), ("revisit", D),
         "district", "commune_code", "commune", ("lat", Kind.degrees), ("lon", Kind.degrees),
         "certainty", ("radius", W), "source"]
    )  # fmt: skip
    rows = [_site_row(situation, site, language) for site in situation.catalog.sites]
    return Sheet("sites", columns, rows)


def _site_row(situation: Situation, site: CatalogSite, language: str) -> list[Cell]:
    late = lateness(site, phases_by_id(situation.catalog).get(site.phase), situation.today)
    place = site.location
    is_known = place.certainty is not LocationClass.placeholder
    return [
        site.id, site.phase, site.name.get("vi", ""), site.name.get("en", ""),
        site.name.get("zh-Hans", ""), kind_name(site.kind, language),
        ranking_name(site.ranking.level, language),
        site.contractor or "", name_of(site.state, language),
        day_of(site.history[-1].at) if site.history else None,
        step_name(late.state, language) if late else "", late.days if late else None,
        len(situation.waivers(site)), site.revisit,
        site.admin.former_district or "", site.admin.commune_code, site.admin.commune,
        place.lat if is_known else None, place.lon if is_known else None,
        name_of(place.certainty, language), place.radius_m, place.source or "",
    ]  # fmt: skip


def dates(situation: Situation, language: str) -> Sheet:
    """One row a site: by when it was to reach each state, and when it did."""
    columns = [
        *columns_of(["site", "phase", "state"]),
        *(
            Column(key, D, (("state", name_of(state, language)),))
            for state in CHAIN[1:]
            for key in ("planned_for", "reached_on")
        ),
    ]
    phases = phases_by_id(situation.catalog)
    rows: list[list[Cell]] = []
    for site in situation.catalog.sites:
        planned = planned_days(site, phases.get(site.phase))
        done = known_days(site, situation.adopted)
        pairs = [(planned.get(state), done.get(state)) for state in CHAIN[1:]]
        start: list[Cell] = [site.id, site.phase, name_of(site.state, language)]
        rows.append([*start, *(on for pair in pairs for on in pair)])
    return Sheet("dates", columns, rows)


def packages(situation: Situation, language: str) -> Sheet:
    """One row for each site whose package was measured."""
    columns = columns_of(
        ["site", "phase", "state", ("looked_at", T), ("models", W), ("panoramas", W),
         ("point_clouds", W), ("bytes", W), ("package", Kind.long_text)]
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for site in situation.catalog.sites:
        report = situation.reports.get(site.id)
        facts = report.package if report else None
        if report is not None and facts is not None:
            start: list[Cell] = [site.id, site.phase, name_of(site.state, language)]
            numbers = (facts.models, facts.panoramas, facts.point_clouds, facts.bytes)
            rows.append([*start, local(report.at), *numbers, facts.digest])
    return Sheet("packages", columns, rows)


def durations(situation: Situation, language: str) -> Sheet:
    """One row for each state that any site was in: how long sites stay in it."""
    columns = columns_of(
        ["state", ("stays", W), ("mean", R), ("median", R), ("now", W), ("now_mean", R)]
    )
    rows: list[list[Cell]] = [
        [
            name_of(state, language), each.stays, _one(each.mean), _one(each.median), each.now,
            _one(each.now_mean),
        ]
        for state, each in situation.figures().days_in_state.items()
    ]  # fmt: skip
    return Sheet("durations", columns, rows)


def _one(days: float | None) -> float | None:
    """Days to one decimal place."""
    return None if days is None else round(days, 1)


def deliverables(situation: Situation, language: str) -> Sheet:
    """One row for each threshold of each deliverable; one for a deliverable without any."""
    columns = columns_of(
        ["site", "phase", "deliverable", "kind", ("count", W), ("due", D), "deliverable_state",
         "measure", ("least", R), ("most", R), ("found", R), "unit", "passed"]
    )  # fmt: skip
    states = {
        (each.site, each.id): each.state
        for each in deliverable_figures(situation.catalog, situation.reports, situation.today)
    }
    rows = [
        row
        for site in situation.catalog.sites
        for each in due(situation.catalog, site)
        if (site.id, each.id) in states
        for row in _deliverable_rows(
            site, each, states[site.id, each.id], situation.reports.get(site.id), language
        )
    ]
    return Sheet("deliverables", columns, rows)


def _deliverable_rows(
    site: CatalogSite,
    each: Deliverable,
    state: DeliverableState,
    report: GateReport | None,
    language: str,
) -> Iterator[list[Cell]]:
    start: list[Cell] = [
        site.id, site.phase, text_in(each.name, language) or each.id,
        name_of(each.kind, language) if each.kind else "", each.count, each.due,
        say(JUDGED[state], language),
    ]  # fmt: skip
    found = {finding.measure: finding for finding in _findings(report, each.id)}
    for name, bounds in each.thresholds.items():
        finding = found.get(name)
        word = "unmeasured" if finding is None else "passed" if finding.passed else "failed"
        value = finding.found if finding else None
        unit = MEASURES[name][0]
        yield [*start, name, bounds.min, bounds.max, value, unit, say(word, language)]
    if not each.thresholds:
        yield [*start, "", None, None, None, "", ""]


def _findings(report: GateReport | None, deliverable: str) -> Iterator[Finding]:
    for gate in report.gates if report else []:
        if gate.gate is Gate.deliverables:
            yield from (each for each in gate.findings if each.deliverable == deliverable)


def gates(situation: Situation, language: str) -> Sheet:
    """One row for each thing that was looked at; one for a gate where nothing was to look at."""
    columns = columns_of(
        ["site", "phase", ("looked_at", T), "gate", "passed", ("finding", Kind.long_text),
         ("found", R), ("least", R), ("most", R), "unit"]
    )  # fmt: skip
    rows: list[list[Cell]] = []
    for site in situation.catalog.sites:
        report = situation.reports.get(site.id)
        for result in report.gates if report else []:
            at = local(report.at) if report else None
            start: list[Cell] = [site.id, site.phase, at, name_of(result.gate, language)]
            failed = "waived" if waiver_for(site, result) else "failed"
            for each in result.findings:
                word = say("passed" if each.passed else failed, language)
                line = finding_line(each, language)
                numbers: list[Cell] = [each.found, each.min, each.max, each.unit or ""]
                rows.append([*start, word, line, *numbers])
            if not result.findings:
                word = say("passed" if result.passed else failed, language)
                rows.append([*start, word, "", None, None, None, ""])
    return Sheet("gates", columns, rows)


def changes(situation: Situation, language: str) -> Sheet:
    """One row for each entry of the audit log."""
    columns = columns_of(
        [("entry", W), ("at", T), "site", "action", "from", "to", "by", "role",
         ("reason", Kind.long_text), "signed", ("digest", Kind.long_text)]
    )  # fmt: skip
    rows = [_change_row(entry, language) for entry in situation.entries]
    return Sheet("changes", columns, rows)


def _change_row(entry: Entry, language: str) -> list[Cell]:
    before = entry.change.before.get("state")
    digests = "; ".join(f"{name} {digest}" for name, digest in entry.evidence.items())
    return [
        entry.entry, local(entry.at), entry.site, entry.action,
        name_of(SiteState(before), language) if before else "", name_of(entry.state, language),
        entry.actor, name_of(entry.role, language), entry.reason or "",
        say("yes" if entry.signature else "no", language), digests,
    ]  # fmt: skip


def waivers(situation: Situation, language: str) -> Sheet:
    """One row for each gate that was waived."""
    columns = columns_of(
        ["site", "phase", "gate", ("at", T), "by", ("reason", Kind.long_text), "in_force",
         ("entry", W)]
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [
            site.id, site.phase, name_of(each.gate, language), local(each.at), each.by,
            each.reason, say("yes" if each in situation.waivers(site).values() else "no", language),
            each.entry,
        ]
        for site in situation.catalog.sites
        for each in site.waivers
    ]  # fmt: skip
    return Sheet("waivers", columns, rows)


def dictionary(tables: list[Sheet], language: str) -> Sheet:
    """What every column of every table means."""
    rows: list[list[Cell]] = [
        [table.title(language), column.title(language), column.meaning(language)]
        for table in tables
        for column in table.columns
    ]
    columns = columns_of(["sheet", "word", ("meaning", Kind.long_text)])
    return Sheet("dictionary", columns, rows)


def local(time: datetime) -> datetime:
    """The time in Vietnam, without a zone: spreadsheets know none."""
    return time.astimezone(VIETNAM).replace(tzinfo=None)
