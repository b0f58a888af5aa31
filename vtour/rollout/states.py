"""From which state a site may go to which, who may do it, and which gates are looked at first."""

from dataclasses import dataclass

from vtour.schema.catalog import Gate, Role, SiteState

S, R = SiteState, Role

CHAIN = (
    S.planned, S.permitted, S.captured, S.delivered, S.processing,
    S.in_review, S.accepted, S.published, S.maintained,
)  # fmt: skip
"""The states that follow one another."""
ASIDE = (S.returned, S.on_hold, S.withdrawn)
DONE = (S.accepted, S.published, S.maintained)
REWORK = (S.captured, S.delivered, S.processing)
"""Where work goes on after a site was returned."""

CONTRACTOR = frozenset((R.contractor,))
MANAGER = frozenset((R.manager,))
WORKERS = frozenset((R.contractor, R.reviewer))
JUDGES = frozenset((R.reviewer, R.manager))

REVIEW_GATES = (Gate.captures, Gate.deliverables, Gate.package, Gate.budgets, Gate.links)
ACCEPTANCE_GATES = (
    Gate.permit, *REVIEW_GATES, Gate.privacy, Gate.texts, Gate.rights, Gate.thumbnails,
    Gate.location,
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One way from a state to another: who may take it, and what must hold first."""

    roles: frozenset[Role]
    gates: tuple[Gate, ...] = ()


FORWARD: dict[tuple[SiteState, SiteState], Rule] = {
    (S.planned, S.permitted): Rule(frozenset((R.contractor, R.manager)), (Gate.permit,)),
    (S.permitted, S.captured): Rule(CONTRACTOR, (Gate.permit,)),
    (S.captured, S.delivered): Rule(CONTRACTOR, (Gate.captures,)),
    (S.delivered, S.processing): Rule(WORKERS, (Gate.captures,)),
    (S.processing, S.in_review): Rule(WORKERS, REVIEW_GATES),
    (S.in_review, S.accepted): Rule(MANAGER, ACCEPTANCE_GATES),
    (S.accepted, S.published): Rule(MANAGER, (Gate.acceptance, Gate.privacy, Gate.rights)),
    (S.published, S.maintained): Rule(MANAGER, (Gate.acceptance,)),
}


def rule_for(old: SiteState, new: SiteState, held: SiteState | None = None) -> Rule | None:
    """The rule of a transition; None when there is no such way.

    held : the state in which a site was put on hold.
    """
    if (old, new) in FORWARD:
        return FORWARD[old, new]
    if new is S.on_hold and old not in (S.on_hold, S.withdrawn):
        return Rule(MANAGER)
    if new is S.withdrawn and old is not S.withdrawn:
        return Rule(MANAGER)
    if old is S.on_hold and new is held:
        return Rule(MANAGER, (Gate.acceptance,) if held in DONE else ())
    if old is S.withdrawn and new is S.planned:
        return Rule(MANAGER)
    if new is S.returned and old in (S.delivered, S.processing, S.in_review, *DONE):
        return Rule(JUDGES)
    if old is S.returned and new in REWORK:
        return Rule(WORKERS, (Gate.captures,) if new is not S.captured else ())
    if old in DONE and new is S.processing:  # a new version: accepted anew
        return Rule(frozenset(Role))
    return None


def ways_from(old: SiteState, held: SiteState | None = None) -> list[SiteState]:
    """The states that a site may go to."""
    return [new for new in SiteState if rule_for(old, new, held) is not None]


def next_in_chain(state: SiteState) -> SiteState | None:
    """The state that follows; None for the last one and for those aside."""
    if state not in CHAIN or state is CHAIN[-1]:
        return None
    return CHAIN[CHAIN.index(state) + 1]
