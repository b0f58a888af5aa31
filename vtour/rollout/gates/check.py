"""Look at the gates of a site, and keep what was found."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from vtour.errors import InputError
from vtour.progress import Progress, no_progress, part_of
from vtour.rollout.catalog_file import digest_for_gates
from vtour.rollout.gates.accepted import check_acceptance
from vtour.rollout.gates.captures import check_captures
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.content import (
    check_node_links,
    check_review,
    check_rights,
    check_texts,
    check_thumbnails,
)
from vtour.rollout.gates.deliverables import check_deliverables
from vtour.rollout.gates.files import read_gates, write_gates
from vtour.rollout.gates.package import check_budgets, check_scene_package
from vtour.rollout.gates.permits import check_permits
from vtour.rollout.gates.place import check_location
from vtour.rollout.ledger import now
from vtour.rollout.timeline import day_of
from vtour.schema.catalog import Catalog, CatalogSite, Gate
from vtour.schema.gates import Finding, GateReport, GateResult

CHECKS: dict[Gate, Callable[[Case], list[Finding]]] = {
    Gate.permit: check_permits,
    Gate.captures: check_captures,
    Gate.deliverables: check_deliverables,
    Gate.package: check_scene_package,
    Gate.budgets: check_budgets,
    Gate.privacy: check_review,
    Gate.texts: check_texts,
    Gate.rights: check_rights,
    Gate.thumbnails: check_thumbnails,
    Gate.links: check_node_links,
    Gate.location: check_location,
    Gate.acceptance: check_acceptance,
}


def check_gates(
    catalog_path: Path,
    catalog: Catalog,
    site: CatalogSite,
    gates: Iterable[Gate],
    *,
    at: datetime | None = None,
    progress: Progress = no_progress,
) -> GateReport:
    """Look at some gates of a site. Bad evidence is a finding that fails, never an error.

    at : the time that the report bears; now where none is given.

    Writes nothing.
    """
    at = at or now()
    wanted = list(dict.fromkeys(gates))
    case = Case(catalog_path, catalog, site, day_of(at))
    results = []
    for number, gate in enumerate(wanted):
        case.progress = part_of(progress, number / len(wanted), (number + 1) / len(wanted))
        case.progress(0.0, str(gate))
        results.append(_result(gate, CHECKS[gate](case)))
    progress(1.0)
    return GateReport(
        site=site.id,
        at=at,
        of=digest_for_gates(catalog, site),
        gates=results,
        evidence=case.evidence(),
        package=case.facts(),
    )


def gates_for(
    catalog_path: Path,
    catalog: Catalog,
    site: CatalogSite,
    gates: Iterable[Gate],
    *,
    progress: Progress = no_progress,
) -> GateReport:
    """The same, and what was found is kept beside the catalogue for reports and the dashboard.

    What is kept besides are the results of the other gates, as long as the evidence is the same.
    The report that is returned holds the gates that were asked for only.
    """
    report = check_gates(catalog_path, catalog, site, gates, progress=progress)
    if report.gates:
        write_gates(catalog_path, _with_earlier(catalog_path, report))
    return report


def _with_earlier(catalog_path: Path, report: GateReport) -> GateReport:
    try:
        before = read_gates(catalog_path, report.site)
    except InputError:
        return report
    if before is None or (before.evidence, before.of) != (report.evidence, report.of):
        return report
    seen = {result.gate for result in report.gates}
    earlier = [
        result.model_copy(update={"at": result.at or before.at})
        for result in before.gates
        if result.gate not in seen
    ]
    order = list(Gate)
    both = sorted([*report.gates, *earlier], key=lambda result: order.index(result.gate))
    return report.model_copy(update={"gates": both})


def _result(gate: Gate, findings: list[Finding]) -> GateResult:
    if not findings:
        raise RuntimeError(f"gate {gate} found nothing: it has to say what it looked at")
    return GateResult(gate=gate, passed=all(each.passed for each in findings), findings=findings)
