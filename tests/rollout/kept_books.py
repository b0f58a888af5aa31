"""Catalogues on disk whose sites went through states by the ledger, on given days."""

from datetime import datetime

from tests.rollout.catalogs import write_catalog
from vtour.rollout.ledger import Actor, Proposal, record
from vtour.schema.catalog import Role, SiteState


def take(path, site, state, on, *, reason=None, action="set", waiver=None, role=Role.manager):
    """One step of a site, at nine in the morning of a day in Vietnam."""
    at = datetime.fromisoformat(f"{on}T02:00:00+00:00")
    step = {"at": at.isoformat(), "state": state, "by": "Nguyễn An", "role": str(role)}
    if reason:
        step["reason"] = reason
    added = {"history": step}
    if waiver:
        gate, why = waiver
        added["waivers"] = {
            "gate": gate, "at": at.isoformat(), "by": "Nguyễn An", "reason": why,
            "found": [{"of": "file_gone a.html"}],
        }  # fmt: skip
    proposal = Proposal(site, action, SiteState(state), reason, added=added, at=at)
    record(path, Actor("Nguyễn An", role), lambda book: proposal)


def write_book(folder):
    """The small catalogue: den-ky-cung published with a waiver, tam-thanh returned once."""
    path = write_catalog(folder)
    take(path, "den-ky-cung", "permitted", "2021-05-01")
    take(path, "den-ky-cung", "captured", "2021-06-03")
    take(path, "den-ky-cung", "in_review", "2021-07-01")
    take(path, "den-ky-cung", "accepted", "2021-08-01", waiver=("links", "=cổng đang bảo trì"))
    take(path, "den-ky-cung", "published", "2021-08-05")
    take(path, "tam-thanh", "captured", "2021-09-01")
    take(path, "tam-thanh", "returned", "2021-09-11", reason="ảnh mờ; thiếu cửa hang")
    return path
