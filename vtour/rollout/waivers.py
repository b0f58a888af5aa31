"""Which waivers count for what was found: one lets pass what its manager saw, and nothing worse."""

import hashlib

from vtour.rollout.timeline import waivers_in_force
from vtour.schema.catalog import CatalogSite, WaivedFinding, Waiver
from vtour.schema.gates import Finding, GateResult

LONGEST = 200


def waived_findings(result: GateResult) -> list[WaivedFinding]:
    """What a waiver of this gate lets pass: all that failed."""
    return [
        WaivedFinding(of=identity(each), found=each.found)
        for each in result.findings
        if not each.passed
    ]


def waiver_for(site: CatalogSite, result: GateResult) -> Waiver | None:
    """The waiver that lets a site through a gate that failed; None when there is none, or when it
    does not cover what was found.
    """
    waiver = waivers_in_force(site).get(result.gate)
    return None if waiver is None or not_covered(waiver, result) else waiver


def not_covered(waiver: Waiver, result: GateResult) -> list[Finding]:
    """What failed and was not there when the gate was waived, or is worse than it was."""
    seen = {each.of: each.found for each in waiver.found}
    return [
        each
        for each in result.findings
        if not each.passed and (identity(each) not in seen or _is_worse(each, seen[identity(each)]))
    ]


def identity(finding: Finding) -> str:
    """What a finding is of. A figure is not part of it where it has bounds: figures compare."""
    if finding.min is not None or finding.max is not None:
        said = [finding.deliverable, finding.measure]
    else:
        said = [str(value) for _, value in sorted(finding.values.items())]
    text = " ".join(" ".join([finding.key, *(each for each in said if each)]).split())
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 17]} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _is_worse(finding: Finding, before: float | None) -> bool:
    if finding.found is None or before is None:
        return finding.found != before
    over = finding.max is not None and finding.found > max(before, finding.max)
    under = finding.min is not None and finding.found < min(before, finding.min)
    return over or under
