"""Take a site from one state to the next: who may, what must hold, what the log will say."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from vtour.rollout.audit import GateRecord
from vtour.rollout.catalog_file import digest_for_gates
from vtour.rollout.ledger import Actor, Book, Proposal, now
from vtour.rollout.numbers import finding_line
from vtour.rollout.refusals import RefusedError, either, refused
from vtour.rollout.states import Rule, next_in_chain, rule_for, ways_from
from vtour.rollout.waivers import waiver_for
from vtour.rollout.words.say import say
from vtour.schema.catalog import (
    CatalogSite,
    Gate,
    Person,
    Programme,
    Role,
    SiteState,
)
from vtour.schema.gates import GateReport, GateResult

S = SiteState
NEEDS_REASON = (S.returned, S.on_hold, S.withdrawn)


class GatesError(RefusedError):
    """Gates do not let a site pass; ``gates`` are those that failed."""

    exit_code = 1

    def __init__(
        self,
        site: CatalogSite,
        state: SiteState,
        gates: Sequence[Gate],
        checked: GateReport | None,
    ) -> None:
        found = {result.gate: result for result in (checked.gates if checked else [])}

        def line(language: str) -> str:
            said = "; ".join(
                f"{gate}: {_first_failure(found.get(gate), language)}" for gate in gates
            )
            return say("gates_fail", language, site=site.id, state=state, gates=said)

        super().__init__(line)
        self.gates = tuple(gates)


@dataclass(frozen=True)
class Wish:
    """What somebody wants.

    to     : whom a site is returned to.
    adopt  : a manager takes over a state that was reached before the catalogue was kept: any state,
             without gates, and said so.
    """

    site: str
    state: SiteState
    reason: str | None = None
    to: str | None = None
    adopt: bool = False


def rule_of(book: Book, actor: Actor, wish: Wish) -> Rule:
    """The rule of a wish. Raises InputError when there is no such way, or not for this actor."""
    site = book.site(wish.site)
    check_role(book.catalog.programme, actor)
    if wish.state is site.state:
        raise refused("already", site=site.id, state=site.state)
    if wish.adopt:
        rule = Rule(frozenset((Role.manager,)))
    else:
        held = held_state(site)
        found = rule_for(site.state, wish.state, held)
        if found is None:
            ways = ", ".join(ways_from(site.state, held))
            raise refused("no_way", site=site.id, old=site.state, new=wish.state, ways=ways)
        rule = found
    if actor.role not in rule.roles:
        raise refused(
            "not_the_role",
            site=site.id,
            actor=actor.name,
            role=actor.role,
            roles=either(sorted(rule.roles)),
            state=wish.state,
        )
    if wish.adopt and site.history:
        raise refused("adopt_late", site=site.id)
    if wish.to and wish.state is not S.returned:
        raise refused("to_without_return", site=site.id, to=wish.to)
    if actor.role is Role.contractor:
        check_firm(book.catalog.programme, actor, site)
    if (wish.adopt or wish.state in NEEDS_REASON) and not (wish.reason or "").strip():
        raise refused("no_reason", site=site.id, state=wish.state)
    if wish.state is S.accepted and not wish.adopt:
        check_acceptor(site, actor)
    return rule


def proposal_of(book: Book, actor: Actor, wish: Wish, checked: GateReport | None) -> Proposal:
    """The step to record. Raises InputError when it may not be taken, GatesError for its gates.

    checked : the gates of the rule, looked at before.
    """
    rule, site = rule_of(book, actor, wish), book.site(wish.site)
    if rule.gates and checked is not None:
        check_unchanged(book, site, checked)
    records = gate_records(site, rule.gates, checked)
    failed = [gate for gate, found in records.items() if not (found.passed or found.waived)]
    if failed:
        raise GatesError(site, wish.state, failed, checked)
    at = now()
    step: dict[str, object] = {
        "at": at.isoformat(),
        "state": str(wish.state),
        "by": actor.name,
        "role": str(actor.role),
        "to": wish.to or (site.contractor if wish.state is S.returned else None),
        "reason": wish.reason,
    }
    return Proposal(
        site.id,
        "adopt" if wish.adopt else "set",
        wish.state,
        wish.reason,
        added={"history": {key: value for key, value in step.items() if value is not None}},
        gates=records,
        evidence=checked.evidence if checked else {},
        at=at,
    )


def gate_records(
    site: CatalogSite, gates: Sequence[Gate], checked: GateReport | None
) -> dict[Gate, GateRecord]:
    """How the gates stand, waivers counted, for the log. A gate that nobody looked at fails."""
    found = {result.gate: result for result in (checked.gates if checked else [])}
    records = {}
    for gate in gates:
        result = found.get(gate)
        lines = [finding_line(each, "en") for each in result.findings] if result else []
        failed = [
            finding_line(each, "en")
            for each in (result.findings if result else [])
            if not each.passed
        ]
        passed = result is not None and result.passed
        records[gate] = GateRecord(
            passed=passed,
            waived=result is not None and not passed and waiver_for(site, result) is not None,
            findings=(lines if passed else failed) or ["not looked at"],
        )
    return records


def _first_failure(result: GateResult | None, language: str) -> str:
    failed = [each for each in (result.findings if result else []) if not each.passed]
    return finding_line(failed[0], language) if failed else say("not_looked", language)


def held_state(site: CatalogSite) -> SiteState | None:
    """The state in which a site was put on hold; None when it is not on hold."""
    if site.state is not S.on_hold:
        return None
    before = [step.state for step in site.history if step.state is not S.on_hold]
    return before[-1] if before else S.planned


def next_state(site: CatalogSite) -> SiteState | None:
    """The state that a site is meant to reach next, wherever it stands now."""
    if site.state is S.on_hold:
        held = held_state(site)
        return next_in_chain(held) if held else None
    if site.state is S.returned:
        return S.delivered
    return next_in_chain(site.state)


def person_of(programme: Programme, name: str) -> Person | None:
    """Whom the programme knows by a name."""
    return next((each for each in programme.people if same_name(each.name, name)), None)


def check_role(programme: Programme, actor: Actor) -> None:
    """Raise InputError when the programme names its people and the actor is none of that role."""
    if not programme.people:
        return
    person = person_of(programme, actor.name)
    if person is None:
        people = ", ".join(each.name for each in programme.people)
        raise refused("no_person", actor=actor.name, people=people)
    if actor.role not in person.roles:
        roles = either(person.roles)
        raise refused("no_such_role", actor=actor.name, role=actor.role, roles=roles)


def check_firm(programme: Programme, actor: Actor, site: CatalogSite) -> None:
    """Raise InputError when a contractor's person acts on the site of another contractor."""
    person = person_of(programme, actor.name)
    if person is None or person.contractor is None or site.contractor is None:
        return
    if not same_name(person.contractor, site.contractor):
        raise refused(
            "other_firm",
            site=site.id,
            firm=site.contractor,
            actor=actor.name,
            other=person.contractor,
        )


def check_acceptor(site: CatalogSite, actor: Actor) -> None:
    """Raise InputError when the acceptor has captured or delivered: nobody accepts their own."""
    hands = [step for step in site.history if step.state in (S.delivered, S.captured)]
    for step in hands:
        if same_name(step.by, actor.name):
            raise refused("own_work", site=site.id, actor=actor.name, state=step.state)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same for people."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    seen = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join("".join(seen).casefold().split())


def check_unchanged(book: Book, site: CatalogSite, checked: GateReport) -> None:
    """Raise InputError when the catalogue says something else than when gates were looked at."""
    if checked.of != digest_for_gates(book.catalog, site):
        raise refused("changed_meanwhile", site=site.id)
