"""Let a gate pass that does not hold: only a manager may, with a reason, and it shows."""

from vtour.errors import InputError
from vtour.rollout.ledger import Actor, Book, Proposal, now
from vtour.rollout.timeline import waivers_in_force
from vtour.rollout.transitions import check_role, check_unchanged, gate_records
from vtour.schema.catalog import CatalogSite, Gate, Role
from vtour.schema.gates import GateReport


def check_waiving(book: Book, actor: Actor, site_id: str, gate: Gate, reason: str) -> CatalogSite:
    """The site, when this actor may waive this gate of it now. Raises InputError else."""
    site = book.site(site_id)
    check_role(book.catalog.programme, actor)
    if actor.role is not Role.manager:
        raise InputError(
            f"site {site.id}: {actor.name} acts as {actor.role}, expected a manager to waive a gate"
        )
    if not reason.strip():
        raise InputError(f"site {site.id}: gate {gate} waived without a reason, expected --reason")
    if gate in waivers_in_force(site):
        raise InputError(f"site {site.id}: gate {gate} is waived already")
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
        raise InputError(f"site {site.id}: gate {gate} holds, there is nothing to waive")
    at = now()
    waiver = {"gate": str(gate), "at": at.isoformat(), "by": actor.name, "reason": reason.strip()}
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
