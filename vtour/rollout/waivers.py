"""Which waivers count for what was found: one lets pass what its manager saw, and nothing worse."""

import hashlib

from vtour.rollout.timeline import waivers_given, waivers_in_force
from vtour.schema.catalog import CatalogSite, Gate, WaivedFinding, Waiver
from vtour.schema.gates import Finding, GateReport, GateResult

LONGEST = 200


def waived_findings(result: GateResult) -> list[WaivedFinding]:
    """What a waiver of this gate lets pass: all that failed."""
    return [
        WaivedFinding(of=identity(each), found=each.found)
        for each in result.findings
        if not each.passed
    ]


def waiver_for(site: CatalogSite, result: GateResult) -> Waiver | None:
    """The waiver that lets a site through a gate that failed; None when there is none, or when
    something was found that no waiver covers.
    """
    waiver = waivers_in_force(site).get(result.gate)
    return None if waiver is None or not_covered(site, result) else waiver


def not_covered(site: CatalogSite, result: GateResult) -> list[Finding]:
    """What failed and no waiver in force covers: it was not there then, or is worse than it was."""
    seen = [
        each
        for waiver in waivers_given(site)
        if waiver.gate is result.gate
        for each in waiver.found
    ]
    return [
        finding
        for finding in result.findings
        if not finding.passed and not any(_covers(each, finding) for each in seen)
    ]


def standing_waivers(site: CatalogSite, report: GateReport | None) -> dict[Gate, Waiver]:
    """The waivers in force, without those that do not cover what was found since."""
    exceeded = {
        result.gate
        for result in (report.gates if report else [])
        if not result.passed and not_covered(site, result)
    }
    in_force = waivers_in_force(site)
    return {gate: waiver for gate, waiver in in_force.items() if gate not in exceeded}


def identity(finding: Finding) -> str:
    """What a finding is of. A figure with a bound is not part of it, but on which side it lies."""
    if finding.of is not None:
        said = [finding.of]
    elif finding.min is not None or finding.max is not None:
        said = [finding.deliverable or "", finding.measure or ""]
    else:
        said = [str(value) for _, value in sorted(finding.values.items())]
    text = " ".join(" ".join([finding.key, *said, _side(finding)]).split())
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 17]} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _side(finding: Finding) -> str:
    if finding.found is not None and finding.max is not None and finding.found > finding.max:
        return "above"
    if finding.found is not None and finding.min is not None and finding.found < finding.min:
        return "below"
    return ""


def _covers(waived: WaivedFinding, finding: Finding) -> bool:
    if waived.of != identity(finding):
        return False
    side = _side(finding)
    if not side or finding.found is None or waived.found is None:
        return finding.found == waived.found
    return finding.found <= waived.found if side == "above" else finding.found >= waived.found
