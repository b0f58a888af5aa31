"""Let a gate pass that does not hold: only a manager may, with a reason, and it shows."""

from vtour.rollout.ledger import Actor, Book, Proposal, now
from vtour.rollout.refusals import refused
from vtour.rollout.transitions import check_role, check_unchanged, gate_records
from vtour.rollout.waivers import waived_findings
from vtour.schema.catalog import CatalogSite, Gate, Role
from vtour.schema.gates import GateReport


def check_waiving(book: Book, actor: Actor, site_id: str, gate: Gate, reason: str) -> CatalogSite:
    """The site, when this actor may waive this gate of it now. Raises InputError else."""
    site = book.site(site_id)
    check_role(book.catalog.programme, actor)
    if actor.role is not Role.manager:
        raise refused("waive_not_the_role", site=site.id, actor=actor.name, role=actor.role)
    if not reason.strip():
        raise refused("waive_no_reason", site=site.id, gate=gate)
    return site


def waiver_proposal(
    book: Book, actor: Actor, site_id: str, gate: Gate, reason: str, checked: GateReport
) -> Proposal:
    """The waiver to record, with what was found at the gate.

    checked : of this gate, looked at before. Raises InputError when it holds: then there is nothing
              to waive.
    """
    site = check_waiving(book, actor, site_id, gate, reason)
    check_unchanged(book, site, checked)
    records = gate_records(site, (gate,), checked)
    if records[gate].passed:
        raise refused("waive_holds", site=site.id, gate=gate)
    if records[gate].waived:
        raise refused("waive_twice", site=site.id, gate=gate)
    at = now()
    found = [each.to_json() for each in waived_findings(checked.gates[0])]
    waiver = {
        "gate": str(gate),
        "at": at.isoformat(),
        "by": actor.name,
        "reason": reason.strip(),
        "found": found,
    }
    return Proposal(
        site.id,
        "waive",
        site.state,
        reason.strip(),
        added={"waivers": waiver},
        gates={gate: records[gate].model_copy(update={"waived": True})},
        evidence=checked.evidence,
        at=at,
    )
