"""When a site was in which state: days and stays, read off its history.

All days are those of Vietnam, which keeps UTC+7 all the year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from vtour.rollout.audit import Entry
from vtour.rollout.states import CHAIN, DONE
from vtour.schema.catalog import (
    Catalog,
    CatalogSite,
    Gate,
    Phase,
    PhaseKind,
    SiteState,
    Waiver,
)

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
DAY_S = 86_400.0
ADOPT = "adopt"
"""What the log calls it when a state is taken over."""
UNDONE = (SiteState.returned, SiteState.withdrawn)
"""What ends an acceptance. A new version in work does not: the accepted one stays published."""


Adopted = frozenset[int]
"""Entries of the log that took over what sites had reached before, on days that nobody knows."""
NONE: Adopted = frozenset()


@dataclass(frozen=True)
class Stay:
    """A site in a state, from one transition to the next.

    end : None when it is there still.
    """

    site: str
    state: SiteState
    start: datetime
    end: datetime | None

    def days(self, now: datetime) -> float:
        """How long it was, or has been until now."""
        return ((self.end or now) - self.start).total_seconds() / DAY_S


@dataclass(frozen=True)
class Late:
    """A site that has not reached a state by the day that was planned for it."""

    site: str
    phase: str
    state: SiteState
    planned: date
    days: int


def adopted_entries(entries: Iterable[Entry]) -> Adopted:
    """The entries that took over states without a known day: see Adopted."""
    return frozenset(entry.entry for entry in entries if entry.action == ADOPT)


def day_of(time: datetime) -> date:
    """The day in Vietnam; a time without a zone is taken as UTC."""
    return _aware(time).astimezone(VIETNAM).date()


def end_of_day(day: date) -> datetime:
    """The end of a day in Vietnam."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM) + timedelta(days=1)


def first_reached(site: CatalogSite) -> dict[SiteState, date]:
    """The day on which a site first came into each state; planned only when it came back to it."""
    reached: dict[SiteState, date] = {}
    for step in site.history:
        reached.setdefault(step.state, day_of(step.at))
    return reached


def standing(site: CatalogSite) -> dict[SiteState, date]:
    """Since when a site stands as accepted, published, maintained; nothing when it does not.

    One that was returned or withdrawn stands no more, until it is accepted again.
    """
    since: dict[SiteState, date] = {}
    for step in site.history:
        if step.state in DONE:
            since.setdefault(step.state, day_of(step.at))
        elif step.state in UNDONE:
            since.clear()
    return since


def unknown_days(site: CatalogSite, adopted: Adopted) -> set[SiteState]:
    """The states that a site had reached before the catalogue was kept."""
    states = {step.state for step in site.history if step.entry in adopted and step.state in CHAIN}
    return set(CHAIN[: max(CHAIN.index(state) for state in states) + 1]) if states else set()


def known_days(site: CatalogSite, adopted: Adopted) -> dict[SiteState, date]:
    """The days of what counts against the plan, without those that nobody knows."""
    unknown = unknown_days(site, adopted)
    return {state: day for state, day in reached(site).items() if state not in unknown}


def reached(site: CatalogSite) -> dict[SiteState, date]:
    """What counts against the plan: states once reached, and those done only while they stand."""
    first = first_reached(site)
    kept = {state: day for state, day in first.items() if state not in DONE}
    return {**kept, **standing(site)}


def stays(site: CatalogSite, adopted: Adopted = NONE) -> list[Stay]:
    """Every stay of a site in a state, oldest first.

    Left out are those that began at an unknown time: as planned, and in states that were adopted.
    """
    times = [_aware(step.at) for step in site.history]
    ends: list[datetime | None] = [*times[1:], None]
    return [
        Stay(site.id, step.state, start, end)
        for step, start, end in zip(site.history, times, ends, strict=False)
        if step.entry not in adopted
    ]


def acceptance_changes(site: CatalogSite, adopted: Adopted = NONE) -> Iterator[tuple[date, int]]:
    """+1 on each day on which a site came to stand as accepted, -1 when it did no more.

    Of acceptances that were adopted nothing is told.
    """
    stands = told = False
    for step in site.history:
        if step.state in DONE and not stands:
            stands, told = True, step.entry not in adopted
            if told:
                yield day_of(step.at), 1
        elif step.state in UNDONE and stands:
            stands = False
            if told:
                yield day_of(step.at), -1


def passed(site: CatalogSite) -> set[SiteState]:
    """The states that a site has reached, those before them included."""
    done = reached(site).keys() & set(CHAIN)
    return set(CHAIN[: max(CHAIN.index(state) for state in done) + 1]) if done else set()


def waivers_in_force(site: CatalogSite) -> dict[Gate, Waiver]:
    """The last waiver of each gate that did not end: see waivers_given."""
    return {waiver.gate: waiver for waiver in waivers_given(site)}


def waivers_given(site: CatalogSite) -> list[Waiver]:
    """The waivers that did not end: those given since the site was last returned or withdrawn, or
    since work on a new version of an accepted site began.
    """
    before: SiteState = SiteState.planned
    since = 0
    for step in site.history:
        is_new_version = before in DONE and step.state is SiteState.processing
        if is_new_version or step.state in UNDONE:
            since = step.entry
        before = step.state
    return [waiver for waiver in site.waivers if waiver.entry > since]


def planned_days(site: CatalogSite, phase: Phase | None) -> dict[SiteState, date]:
    """By when a site is to reach which state; accepted by its phase's end, if nothing is said."""
    days = {state: site.planned[state] for state in CHAIN if state in site.planned}
    if phase is not None and phase.kind is PhaseKind.new:
        days.setdefault(SiteState.accepted, phase.end)
    return days


def lateness(site: CatalogSite, phase: Phase | None, today: date) -> Late | None:
    """The first state that a site should have reached by now, and has not; None when on time.

    A state counts as reached when one after it was. A site that was withdrawn is never late.
    """
    if site.state is SiteState.withdrawn:
        return None
    done = passed(site)
    days = planned_days(site, phase)
    for state in CHAIN:
        if state in days and days[state] < today and state not in done:
            return Late(site.id, site.phase, state, days[state], (today - days[state]).days)
    return None


def phases_by_id(catalog: Catalog) -> dict[str, Phase]:
    """The phases of a catalogue by their ids."""
    return {phase.id: phase for phase in catalog.phases}


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)
