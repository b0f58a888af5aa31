"""Gate ``permit``: the leaves that were given, on the day on which the site was captured."""

from datetime import date

from vtour.files import file_digest
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.findings import bad, good
from vtour.rollout.timeline import day_of
from vtour.schema.catalog import CatalogSite, Permit, PermitKind, SiteState
from vtour.schema.gates import Finding


def check_permits(case: Case) -> list[Finding]:
    """Each permit that is needed is recorded, was valid, and its file is the one that was meant."""
    kinds = needed_permits(case)
    if not kinds:
        return [good("permit_none_needed")]
    day = capture_day(case.site) or case.today
    return [finding for kind in kinds for finding in _of_kind(case, kind, day)]


def needed_permits(case: Case) -> list[PermitKind]:
    """The profile's, and one for flying where a drone captures."""
    kinds = list(dict.fromkeys(case.profile.permits))
    if case.site.aerial and PermitKind.flight not in kinds:
        kinds.append(PermitKind.flight)
    return kinds


def capture_day(site: CatalogSite) -> date | None:
    """When the site was last captured, as it is recorded or, for one taken over, as planned.

    None before it was captured.
    """
    days = [day_of(step.at) for step in site.history if step.state is SiteState.captured]
    if days:
        return days[-1]
    if site.state in (SiteState.planned, SiteState.permitted):
        return None
    return site.planned.get(SiteState.captured)


def _of_kind(case: Case, kind: PermitKind, day: date) -> list[Finding]:
    """What is found of the best permit of a kind: one without fault, else the latest."""
    permits = sorted(
        (each for each in case.site.permits if each.kind is kind), key=lambda each: each.issued
    )
    if not permits:
        return [bad(f"permit_missing_{kind}")]
    found = [_faults(case, permit, day) for permit in reversed(permits)]
    faults = next((each for each in found if not each), found[0])
    if faults:
        return faults
    best = list(reversed(permits))[found.index(faults)]
    values = {"number": best.number, "issuer": best.issuer, "day": str(day)}
    if best.valid_until is None:
        return [good(f"permit_open_{kind}", **values)]
    return [good(f"permit_valid_{kind}", **values, until=str(best.valid_until))]


def _faults(case: Case, permit: Permit, day: date) -> list[Finding]:
    faults = []
    if day < permit.issued:
        faults.append(_of_day("permit_early", permit, issued=str(permit.issued), day=str(day)))
    if permit.valid_until is not None and day > permit.valid_until:
        faults.append(_of_day("permit_over", permit, until=str(permit.valid_until), day=str(day)))
    return faults + _file_faults(case, permit)


def _of_day(key: str, permit: Permit, **values: str) -> Finding:
    """A permit that does not hold on a day: a waiver goes by the permit, the day moves on."""
    of = f"{permit.kind} {permit.number} {permit.issued} {permit.valid_until}"
    return bad(key, of=of, number=permit.number, **values)


def _file_faults(case: Case, permit: Permit) -> list[Finding]:
    """A flight at the border is not believed without the permit itself, sealed by its digest."""
    strict = permit.kind is PermitKind.flight and case.site.location.border_zone
    if permit.file is None:
        return [bad("permit_border_file", number=permit.number)] if strict else []
    path = case.file(permit.file)
    if path is None or not path.is_file():
        return [bad("permit_file_gone", number=permit.number, file=permit.file)]
    if permit.sha256 is None:
        return [bad("permit_border_digest", number=permit.number)] if strict else []
    try:
        found = file_digest(path)
    except OSError as error:
        return [
            bad(
                "permit_file_unreadable",
                number=permit.number,
                file=permit.file,
                why=str(error.strerror),
            )
        ]
    if found != permit.sha256:
        values = {"found": found[:12], "expected": permit.sha256[:12]}
        return [bad("permit_file_other", number=permit.number, file=permit.file, **values)]
    return []
