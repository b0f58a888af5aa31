"""Gate ``acceptance``: what is there now is what was accepted, and the record still says so."""

from vtour.errors import InputError
from vtour.files import file_digest
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.evidence import no_evidence
from vtour.rollout.gates.findings import at_most, bad, good
from vtour.schema.catalog import Acceptance
from vtour.schema.gates import Finding
from vtour.tour.validate import validate_package


def check_acceptance(case: Case) -> list[Finding]:
    """The digests of the last acceptance are those of today's package, captures and record."""
    if not case.site.acceptances:
        return [bad("acceptance_none")]
    last = case.site.acceptances[-1]
    return [_record(case, last), *_package(case, last), *_captures(case, last)]


def _record(case: Case, last: Acceptance) -> Finding:
    path = case.file(last.record)
    if path is None or not path.is_file():
        return bad("acceptance_record_gone", file=last.record)
    try:
        found = file_digest(path)
    except OSError as error:
        return bad("acceptance_record_gone", file=f"{last.record} ({error.strerror})")
    if found != last.sha256:
        values = {"found": found[:12], "expected": last.sha256[:12]}
        return bad("acceptance_record_changed", file=last.record, **values)
    return good("acceptance_record", file=last.record, entry=last.entry)


def _package(case: Case, last: Acceptance) -> list[Finding]:
    """tour.json is the accepted one, and every file is still the one that it lists."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    if case.package.digest != last.package:
        values = {"found": case.package.digest[:12], "expected": last.package[:12]}
        return [bad("acceptance_package_other", **values)]
    try:
        errors = validate_package(case.package.root).errors
    except InputError as error:
        errors = [str(error)]
    changed = at_most([bad("package_error", text=text) for text in errors])
    return changed or [good("acceptance_package", digest=last.package[:12])]


def _captures(case: Case, last: Acceptance) -> list[Finding]:
    """Captures that were moved away later are no fault: their digest stands in the record."""
    found = case.evidence().get("captures")
    if last.captures is None or found is None:
        return []
    if found != last.captures:
        values = {"found": found[:12], "expected": last.captures[:12]}
        return [bad("acceptance_captures_other", **values)]
    return [good("acceptance_captures", digest=last.captures[:12])]
