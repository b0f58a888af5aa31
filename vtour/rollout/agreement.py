"""Whether the catalogue says of its sites what the audit log says."""

from typing import Any

from pydantic import ValidationError

from vtour.rollout.audit import Entry, Fault, Log
from vtour.schema.catalog import (
    Acceptance,
    Catalog,
    CatalogSite,
    SiteState,
    Transition,
    Waiver,
)

LISTS: dict[str, Any] = {"history": Transition, "waivers": Waiver, "acceptances": Acceptance}


def disagreements(catalog: Catalog, log: Log) -> list[Fault]:
    """What was changed by hand: only commands write states, histories, waivers, acceptances.

    Lines of the log that the catalogue does not have yet are left out.
    """
    entries: dict[str, list[Entry]] = {}
    for entry in log.entries[: catalog.programme.audit.entries]:
        entries.setdefault(entry.site, []).append(entry)
    sites = {site.id: site for site in catalog.sites}
    faults = [
        Fault("site_gone", None, {"site": site, "entries": len(them)})
        for site, them in entries.items()
        if site not in sites
    ]
    for site in catalog.sites:
        faults += _of_site(site, entries.get(site.id, []))
    return faults


def _of_site(site: CatalogSite, entries: list[Entry]) -> list[Fault]:
    state = entries[-1].state if entries else SiteState.planned
    if site.state is not state:
        values = {"site": site.id, "found": str(site.state), "expected": str(state)}
        return [Fault("state_by_hand", None, values)]
    for name, contract in LISTS.items():
        try:
            told = [
                contract.model_validate({**entry.change.added[name], "entry": entry.entry})
                for entry in entries
                if name in entry.change.added
            ]
        except ValidationError:
            told = None
        if getattr(site, name) != told:
            return [Fault("list_by_hand", None, {"site": site.id, "list": name})]
    return []
