"""How far a programme is, in figures: pure functions over a catalogue and its gate reports.

What each figure means stands beside it, once, for reports, dashboard and data alike. Nothing here
reads a file or the clock: ``today`` is a day in Vietnam. ``adopted`` are entries of the log that
took over what was reached before the catalogue was kept (timeline.adopted_entries): these sites
count as accepted, but tell nothing of punctuality, of days or of pace.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import fmean, median

from vtour.rollout.burnup import BurnUp, burn_up
from vtour.rollout.catalog_file import due
from vtour.rollout.states import CHAIN
from vtour.rollout.timeline import (
    NONE,
    Adopted,
    Late,
    end_of_day,
    lateness,
    phases_by_id,
    planned_days,
    reached,
    standing,
    stays,
    unknown_days,
)
from vtour.rollout.waivers import standing_waivers
from vtour.schema.catalog import (
    Catalog,
    CatalogSite,
    DeliverableKind,
    Gate,
    PhaseKind,
    SiteState,
)
from vtour.schema.gates import GateReport

Reports = Mapping[str, GateReport]
"""The last gate report of each site that has one, by the site's id."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    of: int

    @property
    def rate(self) -> float | None:
        """0 to 1; None of nothing."""
        return self.part / self.of if self.of else None


@dataclass(frozen=True)
class PhaseFigures:
    """One phase, or the whole programme (id 'all').

    expected     : sites that the plan asks for.
    listed       : sites of the catalogue, those withdrawn included.
    by_state     : how many are in each state now.
    accepted     : sites that stand as accepted, published or maintained. One whose next version is
                   in work stands; one that was returned or withdrawn since does not.
    published    : of these, the ones that were published.
    late         : sites that have not reached a state whose planned day has passed.
    waived       : sites with a gate that a manager let pass, that was not returned since and at
                   which nothing worse was found; ``waivers``: how many such gates.
    revisits_due : published sites whose day to be looked at again has passed.
    """

    id: str
    kind: PhaseKind
    start: date
    end: date
    expected: int
    listed: int
    by_state: dict[SiteState, int]
    accepted: int
    published: int
    late: int
    waived: int
    waivers: int
    revisits_due: int


class DeliverableState(StrEnum):
    """How a deliverable stands: accepted with its site, else as its thresholds were last met."""

    accepted = "accepted"
    passed = "passed"
    failed = "failed"
    unmeasured = "unmeasured"


@dataclass(frozen=True)
class DeliverableFigures:
    """One deliverable of one site; late when it is due, and not accepted."""

    site: str
    id: str
    kind: DeliverableKind | None
    state: DeliverableState
    due: date | None
    late: bool


@dataclass(frozen=True)
class OnTime:
    """Planned days that were kept, of those that have passed or were reached.

    all      : of every state that has a planned day.
    by_state : the same by state. Sites that were withdrawn are left out.
    """

    all: Share
    by_state: dict[SiteState, Share]


@dataclass(frozen=True)
class StateDays:
    """How long sites stay in a state, in days.

    stays, mean, median : of stays that have ended; a site that comes back has one more.
    now, now_mean       : sites that are there now, and for how long so far.
    """

    stays: int
    mean: float | None
    median: float | None
    now: int
    now_mean: float | None


@dataclass(frozen=True)
class Holdings:
    """What the scene packages hold, as last measured.

    sites : those with a measured package.
    """

    sites: int = 0
    models: int = 0
    panoramas: int = 0
    point_clouds: int = 0
    hotspots: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Figures:
    """All figures of a programme on one day."""

    today: date
    phases: list[PhaseFigures]
    total: PhaseFigures
    late: list[Late]
    deliverables: dict[DeliverableState, int]
    deliverables_late: int
    on_time: OnTime
    days_in_state: dict[SiteState, StateDays]
    first_pass: Share
    holdings: Holdings
    published_holdings: Holdings
    burn_up: list[BurnUp]


def figures_of(catalog: Catalog, reports: Reports, today: date, adopted: Adopted = NONE) -> Figures:
    """All of them."""
    delivered = deliverable_figures(catalog, reports, today)
    counts = Counter(each.state for each in delivered)
    live = [site for site in catalog.sites if SiteState.published in standing(site)]
    return Figures(
        today=today,
        phases=phase_table(catalog, reports, today),
        total=total_figures(catalog, reports, today),
        late=late_sites(catalog, today),
        deliverables={state: counts[state] for state in DeliverableState},
        deliverables_late=sum(each.late for each in delivered),
        on_time=on_time(catalog, today, adopted),
        days_in_state=days_in_state(catalog, today, adopted),
        first_pass=first_pass(catalog, adopted),
        holdings=holdings(catalog.sites, reports),
        published_holdings=holdings(live, reports),
        burn_up=burn_up(catalog),
    )


def phase_table(catalog: Catalog, reports: Reports, today: date) -> list[PhaseFigures]:
    """Every phase, in the order of the catalogue: asked for against what there is."""
    sites: dict[str, list[CatalogSite]] = {phase.id: [] for phase in catalog.phases}
    for site in catalog.sites:
        sites.setdefault(site.phase, []).append(site)
    return [
        _phase_figures(
            catalog, reports, phase.id, phase.kind, (phase.start, phase.end), phase.sites,
            sites[phase.id], today,
        )
        for phase in catalog.phases
    ]  # fmt: skip


def total_figures(catalog: Catalog, reports: Reports, today: date) -> PhaseFigures:
    """The whole programme as one row."""
    span = (
        min(phase.start for phase in catalog.phases),
        max(phase.end for phase in catalog.phases),
    )
    expected = sum(phase.sites for phase in catalog.phases)
    return _phase_figures(
        catalog, reports, "all", PhaseKind.new, span, expected, catalog.sites, today
    )


def _phase_figures(
    catalog: Catalog,
    reports: Reports,
    phase_id: str,
    kind: PhaseKind,
    span: tuple[date, date],
    expected: int,
    sites: list[CatalogSite],
    today: date,
) -> PhaseFigures:
    phases = phases_by_id(catalog)
    counts = Counter(site.state for site in sites)
    stand = [standing(site) for site in sites]
    waived = [standing_waivers(site, reports.get(site.id)) for site in sites]
    return PhaseFigures(
        id=phase_id,
        kind=kind,
        start=span[0],
        end=span[1],
        expected=expected,
        listed=len(sites),
        by_state={state: counts[state] for state in SiteState},
        accepted=sum(bool(each) for each in stand),
        published=sum(SiteState.published in each for each in stand),
        late=sum(lateness(site, phases.get(site.phase), today) is not None for site in sites),
        waived=sum(bool(each) for each in waived),
        waivers=sum(len(each) for each in waived),
        revisits_due=sum(
            site.revisit is not None and site.revisit < today and SiteState.published in each
            for site, each in zip(sites, stand, strict=True)
        ),
    )


def late_sites(catalog: Catalog, today: date) -> list[Late]:
    """Sites that are late, the latest first."""
    phases = phases_by_id(catalog)
    found = [lateness(site, phases.get(site.phase), today) for site in catalog.sites]
    return sorted((each for each in found if each), key=lambda each: (-each.days, each.site))


def deliverable_figures(
    catalog: Catalog, reports: Reports, today: date
) -> list[DeliverableFigures]:
    """Every deliverable that is due of a site, in the order of the catalogue."""
    rows: list[DeliverableFigures] = []
    for site in catalog.sites:
        if site.state is SiteState.withdrawn:
            continue
        stands = bool(standing(site))
        judged = _judged(reports.get(site.id))
        for each in due(catalog, site):
            state = DeliverableState.accepted if stands else judged.get(each.id)
            state = state or DeliverableState.unmeasured
            late = not stands and each.due is not None and each.due < today
            rows.append(DeliverableFigures(site.id, each.id, each.kind, state, each.due, late))
    return rows


def _judged(report: GateReport | None) -> dict[str, DeliverableState]:
    """By deliverable: whether all that was looked at of it passed."""
    judged: dict[str, DeliverableState] = {}
    for gate in report.gates if report else []:
        for finding in gate.findings if gate.gate is Gate.deliverables else []:
            if finding.deliverable is None:
                continue
            if not finding.passed:
                judged[finding.deliverable] = DeliverableState.failed
            judged.setdefault(finding.deliverable, DeliverableState.passed)
    return judged


def on_time(catalog: Catalog, today: date, adopted: Adopted = NONE) -> OnTime:
    """Which planned days were kept: see OnTime."""
    phases = phases_by_id(catalog)
    kept: Counter[SiteState] = Counter()
    all_of: Counter[SiteState] = Counter()
    for site in catalog.sites:
        if site.state is SiteState.withdrawn:
            continue
        done, unknown = reached(site), unknown_days(site, adopted)
        for state, planned in planned_days(site, phases.get(site.phase)).items():
            day = done.get(state)
            if state in unknown or (day is None and planned >= today):
                continue
            all_of[state] += 1
            kept[state] += day is not None and day <= planned
    return OnTime(
        all=Share(kept.total(), all_of.total()),
        by_state={state: Share(kept[state], all_of[state]) for state in CHAIN if all_of[state]},
    )


def days_in_state(
    catalog: Catalog, today: date, adopted: Adopted = NONE
) -> dict[SiteState, StateDays]:
    """How long sites stay in each state that any was in: see StateDays."""
    now = end_of_day(today)
    ended: dict[SiteState, list[float]] = {}
    open_now: dict[SiteState, list[float]] = {}
    for site in catalog.sites:
        for stay in stays(site, adopted):
            days = ended if stay.end else open_now
            days.setdefault(stay.state, []).append(max(stay.days(now), 0.0))
    return {
        state: StateDays(
            stays=len(ended.get(state, [])),
            mean=_mean(ended.get(state)),
            median=median(ended[state]) if state in ended else None,
            now=len(open_now.get(state, [])),
            now_mean=_mean(open_now.get(state)),
        )
        for state in SiteState
        if state in ended or state in open_now
    }


def _mean(values: list[float] | None) -> float | None:
    return fmean(values) if values else None


def first_pass(catalog: Catalog, adopted: Adopted = NONE) -> Share:
    """Sites accepted without having been returned before, of all that were ever accepted."""
    part = of = 0
    for site in catalog.sites:
        if any(step.entry in adopted for step in site.history):
            continue
        states = [step.state for step in site.history]
        if SiteState.accepted in states:
            of += 1
            before = states[: states.index(SiteState.accepted)]
            part += SiteState.returned not in before
    return Share(part, of)


def holdings(sites: Iterable[CatalogSite], reports: Reports) -> Holdings:
    """What the packages of these sites hold together."""
    facts = [reports[site.id].package for site in sites if site.id in reports]
    there = [each for each in facts if each is not None]
    return Holdings(
        sites=len(there),
        models=sum(each.models for each in there),
        panoramas=sum(each.panoramas for each in there),
        point_clouds=sum(each.point_clouds for each in there),
        hotspots=sum(each.hotspots for each in there),
        bytes=sum(each.bytes for each in there),
    )
