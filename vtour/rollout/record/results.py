"""Section III of an acceptance record: measured against required."""

from functools import partial

from vtour.rollout.numbers import bounds, figure
from vtour.rollout.record.facts import RecordFacts
from vtour.rollout.record.sheet import Both, Cell, Sheet
from vtour.rollout.record.texts import both, cell, in_both, local
from vtour.rollout.record.words import RECORD_WORDS
from vtour.rollout.words.measures import measure_name
from vtour.rollout.words.names import name_of
from vtour.schema.catalog import Deliverable, Gate
from vtour.schema.gates import Finding
from vtour.schema.report import MEASURES

WIDTHS_MM = (12, 63, 30, 30, 30)


def results(sheet: Sheet, facts: RecordFacts) -> None:
    """Each deliverable with its count and its measures, measured against required."""
    sheet.heading(both("rec_results"))
    rows: list[list[Cell]] = []
    for number, deliverable in enumerate(facts.deliverables, start=1):
        rows.append(_count_row(facts, deliverable, number))
        rows += [
            _measure_row(facts, deliverable, measure, f"{number}.{place}")
            for place, measure in enumerate(deliverable.thresholds, start=1)
        ]
    heads = [both(f"rec_{name}") for name in ("number", "item", "required", "measured", "result")]
    sheet.table(heads, rows, WIDTHS_MM)
    for each in facts.left_out:
        name = local(each.name, each.id)
        words = RECORD_WORDS["rec_left_out"]
        vi = words["vi"].format(name=name.vi, reason=each.left_out)
        sheet.text(Both(vi, words["en"].format(name=name.en, reason=each.left_out)))
    sheet.text(both("rec_measures_note"), italic=True)


def _count_row(facts: RecordFacts, deliverable: Deliverable, number: int) -> list[Cell]:
    named = [local(deliverable.name)] if deliverable.name else []
    kind = deliverable.kind
    if kind is not None and not named:
        named = [in_both(partial(name_of, kind))]
    least = deliverable.count or 1
    found = facts.found(deliverable.id, None)
    return [
        cell(str(number), centred=True, bold=True),
        cell(*named, bold=True),
        cell(f"≥ {least}", centred=True),
        _measured(found),
        _verdict(facts, found),
    ]


def _measure_row(
    facts: RecordFacts, deliverable: Deliverable, measure: str, number: str
) -> list[Cell]:
    threshold, unit = deliverable.thresholds[measure], MEASURES[measure][0]
    found = facts.found(deliverable.id, measure)
    required = bounds(threshold.min, threshold.max, unit, "vi")
    return [
        cell(number, centred=True),
        cell(in_both(partial(measure_name, measure))),
        cell(unbroken(required), centred=True),
        _measured(found),
        _verdict(facts, found),
    ]


def unbroken(text: str) -> str:
    """A figure that stays on one line with its sign and unit."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _measured(found: Finding | None) -> Cell:
    if found is None or found.found is None:
        return cell(both("rec_not_measured"), centred=True)
    return cell(unbroken(figure(found.found, found.unit or "1", "vi")), centred=True)


def _verdict(facts: RecordFacts, found: Finding | None) -> Cell:
    if found is not None and found.passed:
        return cell(both("rec_passed"), centred=True)
    result = facts.result(Gate.deliverables)
    waived = result is not None and facts.stands(result) == "rec_waived"
    return cell(both("rec_waived" if waived else "rec_failed"), centred=True, bold=True)
