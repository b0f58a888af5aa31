"""Gate ``deliverables``: as many as were agreed, with the figures that were agreed."""

import unicodedata

from vtour.capture.seal import is_written_later, read_manifest
from vtour.errors import InputError
from vtour.rollout.gates.case import Case, Measured
from vtour.rollout.gates.evidence import no_evidence
from vtour.rollout.gates.findings import at_most, bad, digest_of, good
from vtour.rollout.numbers import bounds, figure
from vtour.schema.catalog import Deliverable, DeliverableKind, Threshold
from vtour.schema.gates import Finding
from vtour.schema.inventory import FileStatus
from vtour.schema.report import MEASURES


def check_deliverables(case: Case) -> list[Finding]:
    """The evidence is of this site, counts are reached, measures lie within their thresholds."""
    if not case.deliverables:
        return [bad("deliverables_none")]
    stranger = no_evidence(case)
    if stranger:
        return stranger
    found = [*_damaged(case), *_of_these_captures(case)]
    for deliverable in case.deliverables:
        found.append(_count(case, deliverable))
        found += [
            _threshold(case, deliverable, measure, threshold)
            for measure, threshold in deliverable.thresholds.items()
        ]
    return found


def _damaged(case: Case) -> list[Finding]:
    damaged = case.reports.damaged
    return at_most([bad("report_damaged", file=file, why=why) for file, why in damaged.items()])


def _of_these_captures(case: Case) -> list[Finding]:
    """What was processed is what was sealed, file by file; nothing to say without both."""
    if case.inventory is None or case.seal is None:
        return []
    try:
        sealed = {_normal(name): digest for name, digest in read_manifest(case.seal).items()}
    except InputError:
        return []  # the gate ``captures`` says it
    used = [
        file
        for file in case.inventory.files
        if file.status is FileStatus.used and not is_written_later(file.path)
    ]
    others = [file for file in used if sealed.get(_normal(file.path)) != file.sha256]
    if others:
        of = digest_of(f"{file.path} {file.sha256}" for file in others)
        return [bad("work_other_captures", count=len(others), first=others[0].path, of=of)]
    return [good("work_of_captures", count=len(used))]


def _normal(name: str) -> str:
    """A name as it is compared: copies made by macOS spell 'Đền' in another normal form."""
    return unicodedata.normalize("NFC", name)


def _count(case: Case, deliverable: Deliverable) -> Finding:
    """At least as many as were agreed, one where no count was."""
    assert case.package is not None
    tour, kind = case.package.tour, deliverable.kind or DeliverableKind.tour
    found = {
        DeliverableKind.model: len(tour.models),
        DeliverableKind.panoramas: len(tour.nodes),
        DeliverableKind.points: len(tour.points),
        DeliverableKind.tour: 1,
    }[kind]
    least = deliverable.count or 1
    return Finding(
        key=f"count_{kind}",
        values={"deliverable": deliverable.id, "found": found, "least": least},
        passed=found >= least,
        deliverable=deliverable.id,
        found=found,
        min=least,
    )


def _threshold(case: Case, deliverable: Deliverable, measure: str, threshold: Threshold) -> Finding:
    """The worst of the stages that have a measure, against its threshold."""
    unit = MEASURES[measure][0]

    def found(key: str, worst: Measured | None = None, **values: str) -> Finding:
        about = {"deliverable": deliverable.id, "measure": measure}
        return Finding(
            key=key,
            values={**about, "required": bounds(threshold.min, threshold.max, unit), **values},
            passed=worst is not None and excess(worst, threshold) <= 0,
            deliverable=deliverable.id,
            measure=measure,
            found=worst.value if worst else None,
            min=threshold.min,
            max=threshold.max,
            unit=unit,
        )

    measured = case.reports.measured(measure)
    if not measured:
        return found("measure_missing")
    other = next((each for each in measured if each.unit != unit), None)
    if other is not None:
        return found("measure_unit", unit=other.unit, expected=unit, stage=other.stage)
    worst = max(measured, key=lambda each: excess(each, threshold))
    return found("measure", worst, found=figure(worst.value, unit), stage=worst.stage)


def excess(measured: Measured, threshold: Threshold) -> float:
    """How far a figure is outside its threshold; how far inside, as a negative number."""
    over = [] if threshold.max is None else [measured.value - threshold.max]
    under = [] if threshold.min is None else [threshold.min - measured.value]
    return max(over + under)
