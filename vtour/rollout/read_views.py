"""What the dashboard shows of a catalogue, as plain values: sites, gates, deliverables, history."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from vtour.rollout.audit import Entry
from vtour.rollout.burnup import Forecast
from vtour.rollout.catalog_file import due
from vtour.rollout.figures import (
    DeliverableFigures,
    DeliverableState,
    Figures,
    Reports,
    deliverable_figures,
)
from vtour.rollout.numbers import finding_line
from vtour.rollout.read_files import Outlines
from vtour.rollout.timeline import (
    Adopted,
    Late,
    known_days,
    passed,
    planned_days,
    reached,
    standing,
    unknown_days,
    waivers_in_force,
)
from vtour.rollout.waivers import not_covered, standing_waivers, waiver_for
from vtour.rollout.words.kinds import kind_name
from vtour.schema.catalog import (
    Catalog,
    CatalogSite,
    Deliverable,
    Gate,
    LocationClass,
    Phase,
    SiteState,
    Waiver,
)
from vtour.schema.gates import Finding, GateReport
from vtour.schema.report import MEASURES

MAIL = re.compile(r"\s*<?[^\s<>@]+@[^\s<>@]+>?")


@dataclass(frozen=True)
class Note:
    """Something that readers must know of what they see.

    kind  : newer (a newer file cannot be read), lag (the log has more), audit (the log is not
            what was written), gates, outlines (a file that cannot be used).
    lines : what is wrong, by language.
    """

    kind: str
    lines: Mapping[str, str]


@dataclass(frozen=True)
class SiteView:
    """One site as lists and maps show it.

    planned  : the next state that it is to reach, and by when.
    since    : when it came into its state; None before its first step.
    failed   : gates that did not pass when they were last looked at, waived ones left out.
    waived   : gates that a manager let pass and that still count.
    reached  : when it reached which state, days that nobody knows left out.
    parts    : its deliverables that are accepted or passed, and how many are due.
    """

    site: CatalogSite
    phase: Phase | None
    late: Late | None
    planned: tuple[SiteState, date] | None
    since: datetime | None
    accepted: bool
    failed: tuple[Gate, ...]
    waived: tuple[Gate, ...]
    reached: Mapping[SiteState, date]
    parts: tuple[int, int]

    @property
    def is_placed(self) -> bool:
        """Whether its location is one that may be drawn: a placeholder is not."""
        return self.site.location.certainty is not LocationClass.placeholder

    @cached_property
    def search_text(self) -> str:
        """What the site is called and where it is, without accents and case."""
        site, admin = self.site, self.site.admin
        said = [
            site.id, *site.name.values(), admin.commune, admin.commune_code,
            admin.former_commune or "", admin.former_district or "", site.contractor or "",
            site.kind or "", *(kind_name(site.kind, language) for language in ("vi", "en")),
        ]  # fmt: skip
        return bare_text(" ".join(said))


@dataclass(frozen=True)
class MeasureView:
    """A threshold of a deliverable against what was measured; ``passed`` is None before that."""

    name: str
    unit: str
    min: float | None
    max: float | None
    found: float | None
    passed: bool | None


@dataclass(frozen=True)
class DeliverableView:
    """One deliverable that is due.

    findings : what was looked at of it that is no measure against a threshold.
    """

    deliverable: Deliverable
    state: DeliverableState
    late: bool
    measures: tuple[MeasureView, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class GateView:
    """One gate as it was last looked at.

    waiver : the one in force; None, too, when it does not cover ``beyond``.
    """

    gate: Gate
    passed: bool | None
    findings: tuple[Finding, ...]
    waiver: Waiver | None
    beyond: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class StepView:
    """One entry of the audit log, or a step of the history that the log does not tell.

    state  : after it; ``gates``: those gone through, True passed, False waived.
    waived : the gate that a manager let pass with it.
    """

    at: datetime
    action: str
    state: SiteState
    by: str
    role: str
    to: str | None
    reason: str | None
    entry: int
    signed: bool
    gates: Mapping[Gate, bool] = field(default_factory=dict)
    waived: Gate | None = None


@dataclass(frozen=True)
class SiteDetail:
    """All there is to show of one site.

    passed  : the states that it has reached, those before them included.
    unknown : of these, the ones that it had reached before the catalogue was kept.
    waivers : those in force.
    """

    view: SiteView
    reached: Mapping[SiteState, date]
    passed: Collection[SiteState]
    unknown: Collection[SiteState]
    planned: Mapping[SiteState, date]
    deliverables: tuple[DeliverableView, ...]
    gates: tuple[GateView, ...]
    checked_at: datetime | None
    history: tuple[StepView, ...]
    waivers: Collection[Waiver]
    report: GateReport | None


@dataclass(frozen=True)
class RolloutView:
    """A catalogue with its log and gate reports, as they were at one time."""

    name: str
    read_at: datetime
    today: date
    catalog: Catalog
    entries: Mapping[str, tuple[Entry, ...]]
    reports: Reports
    figures: Figures
    forecast: Forecast
    adopted: Adopted
    sites: tuple[SiteView, ...]
    outlines: Outlines
    notes: tuple[Note, ...]

    @cached_property
    def by_id(self) -> Mapping[str, SiteView]:
        """Sites by their ids."""
        return {view.site.id: view for view in self.sites}

    @cached_property
    def phases(self) -> Mapping[str, Phase]:
        """Phases by their ids, in the order of the catalogue."""
        return {phase.id: phase for phase in self.catalog.phases}

    def detail(self, site_id: str) -> SiteDetail | None:
        """All there is to show of one site; None when there is none of that id."""
        view = self.by_id.get(site_id)
        return None if view is None else detail_of(self, view)


def site_views(
    catalog: Catalog, reports: Reports, figures: Figures, today: date, adopted: Adopted
) -> tuple[SiteView, ...]:
    """All sites, in the order of the catalogue."""
    phases = {phase.id: phase for phase in catalog.phases}
    late = {each.site: each for each in figures.late}
    parts: dict[str, list[DeliverableFigures]] = {}
    for each in deliverable_figures(catalog, reports, today):
        parts.setdefault(each.site, []).append(each)
    return tuple(
        _site_view(site, phases.get(site.phase), late.get(site.id), reports, parts, adopted)
        for site in catalog.sites
    )


def _site_view(
    site: CatalogSite,
    phase: Phase | None,
    late: Late | None,
    reports: Reports,
    parts: Mapping[str, list[DeliverableFigures]],
    adopted: Adopted,
) -> SiteView:
    report = reports.get(site.id)
    gates = report.gates if report else []
    mine = parts.get(site.id, [])
    good = (DeliverableState.accepted, DeliverableState.passed)
    done = passed(site)
    ahead = [each for each in planned_days(site, phase).items() if each[0] not in done]
    withdrawn = site.state is SiteState.withdrawn
    return SiteView(
        site=site,
        phase=phase,
        late=late,
        planned=None if withdrawn or not ahead else ahead[0],
        since=site.history[-1].at if site.history else None,
        accepted=bool(standing(site)),
        failed=tuple(each.gate for each in gates if not (each.passed or waiver_for(site, each))),
        waived=tuple(standing_waivers(site, report)),
        reached=known_days(site, adopted),
        parts=(sum(each.state in good for each in mine), len(mine)),
    )


def detail_of(view: RolloutView, site_view: SiteView) -> SiteDetail:
    """All there is to show of one site."""
    site = site_view.site
    report = view.reports.get(site.id)
    return SiteDetail(
        view=site_view,
        reached=reached(site),
        passed=passed(site),
        unknown=unknown_days(site, view.adopted),
        planned=planned_days(site, site_view.phase),
        deliverables=_deliverables(view, site, report),
        gates=_gates(site, report),
        checked_at=report.at if report else None,
        history=_history(site, view.entries.get(site.id, ())),
        waivers=list(standing_waivers(site, report).values()),
        report=report,
    )


def _deliverables(
    view: RolloutView, site: CatalogSite, report: GateReport | None
) -> tuple[DeliverableView, ...]:
    alone = view.catalog.model_copy(update={"sites": [site]})
    figures = {each.id: each for each in deliverable_figures(alone, view.reports, view.today)}
    found: dict[str, list[Finding]] = {}
    for gate in report.gates if report else []:
        for finding in gate.findings:
            if finding.deliverable is not None:
                found.setdefault(finding.deliverable, []).append(finding)
    return tuple(
        _deliverable(each, figures.get(each.id), found.get(each.id, []))
        for each in due(view.catalog, site)
    )


def _deliverable(
    deliverable: Deliverable, figures: DeliverableFigures | None, findings: list[Finding]
) -> DeliverableView:
    measured = {each.measure: each for each in findings if each.measure is not None}
    measures = []
    for name, bound in deliverable.thresholds.items():
        unit, _ = MEASURES.get(name, ("", ""))
        found = measured.pop(name, None)
        measures.append(
            MeasureView(
                name, unit, bound.min, bound.max,
                found.found if found else None, found.passed if found else None,
            )
        )  # fmt: skip
    named = {each.name for each in measures}
    return DeliverableView(
        deliverable,
        figures.state if figures else DeliverableState.unmeasured,
        bool(figures and figures.late),
        tuple(measures),
        tuple(each for each in findings if each.measure not in named),
    )


def _gates(site: CatalogSite, report: GateReport | None) -> tuple[GateView, ...]:
    """Every gate that was looked at or waived, in the order of the contract."""
    results = {each.gate: each for each in report.gates} if report else {}
    waived = waivers_in_force(site)
    views = []
    for gate in Gate:
        result, waiver = results.get(gate), waived.get(gate)
        if result is None and waiver is None:
            continue
        beyond = not_covered(site, result) if waiver and result else []
        if beyond:
            waiver = None
        views.append(
            GateView(
                gate,
                result.passed if result else None,
                tuple(result.findings) if result else (),
                waiver,
                tuple(beyond),
            )
        )
    return tuple(views)


def _history(site: CatalogSite, entries: tuple[Entry, ...]) -> tuple[StepView, ...]:
    """The newest first: what the log tells, and steps of the catalogue that it does not."""
    told = [_told(entry) for entry in entries]
    known = {step.entry for step in told}
    told += [
        StepView(
            step.at, "set", step.state, without_mail(step.by), str(step.role),
            without_mail(step.to) if step.to else None,
            without_mail(step.reason) if step.reason else None, step.entry, False,
        )
        for step in site.history
        if step.entry not in known
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda step: step.entry, reverse=True))


def _told(entry: Entry) -> StepView:
    to = entry.change.added.get("history", {}).get("to")
    waived = entry.change.added.get("waivers", {}).get("gate")
    return StepView(
        at=entry.at,
        action=entry.action,
        state=entry.state,
        by=without_mail(entry.actor),
        role=str(entry.role),
        to=without_mail(to) if isinstance(to, str) else None,
        reason=without_mail(entry.reason) if entry.reason else None,
        entry=entry.entry,
        signed=entry.signature is not None,
        gates={gate: each.passed for gate, each in entry.gates.items()},
        waived=next((gate for gate in Gate if gate == waived), None),
    )


def finding_words(finding: Finding, language: str) -> str:
    """A finding in words; its key when it was written by a version that had other words."""
    try:
        return finding_line(finding, language)
    except (KeyError, IndexError, ValueError):
        return finding.key


def without_mail(text: str) -> str:
    """A claimed name or a reason without any address of e-mail."""
    kept = MAIL.sub("", text).strip()
    return kept or text.partition("@")[0].strip(" <") or "?"


def planned_days_of(view: SiteView) -> Mapping[SiteState, date]:
    """By when a site is to reach which state."""
    return planned_days(view.site, view.phase)


def bare_text(text: str) -> str:
    """A text without accents and case: 'Đền' and 'den' agree."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(each for each in letters if not unicodedata.combining(each)).casefold()
