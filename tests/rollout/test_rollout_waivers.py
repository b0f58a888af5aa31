"""A waiver lets pass what was there when it was given, and nothing worse."""

import pytest

from vtour.rollout.gates.findings import at_most, bad
from vtour.rollout.waivers import (
    identity,
    not_covered,
    standing_waivers,
    waived_findings,
    waiver_for,
)
from vtour.schema.catalog import CatalogSite, Gate, Waiver
from vtour.schema.gates import Finding, GateReport, GateResult


def measured(found, *, name="gsd_m", least=None, most=0.01, passed=False):
    return Finding(
        key="measure",
        values={"deliverable": "model", "measure": name, "found": f"{found} m", "stage": "mesh"},
        passed=passed,
        deliverable="model",
        measure=name,
        found=found,
        min=least,
        max=most,
        unit="m",
    )


def gate(*findings):
    return GateResult(gate=Gate.deliverables, passed=False, findings=list(findings))


def waiver_of(*findings, entry=1):
    return Waiver(
        gate=Gate.deliverables,
        at="2026-11-26T10:00:00Z",
        by="Nguyễn An",
        reason="x",
        entry=entry,
        found=waived_findings(gate(*findings)),
    )


def site_of(*waivers):
    return CatalogSite.model_construct(history=[], waivers=list(waivers))


def beyond(waiver, *findings):
    return not_covered(site_of(waiver), gate(*findings))


@pytest.mark.parametrize(
    ("then", "now", "covered"),
    [
        (measured(0.012), measured(0.012), True),
        (measured(0.012), measured(0.011), True),
        (measured(0.012), measured(0.013), False),
        (measured(0.012), measured(0.012, name="residual_m"), False),
        (measured(0.5, least=0.9, most=None), measured(0.6, least=0.9, most=None), True),
        (measured(0.5, least=0.9, most=None), measured(0.4, least=0.9, most=None), False),
        (measured(2.0, least=0.1, most=1.0), measured(0.05, least=0.1, most=1.0), False),
        (measured(2.0, most=1.0), measured(2.2, least=2.5, most=3.0), False),
        (measured(2.0, most=1.0), measured(1.9, most=0.5), True),
        (measured(None), measured(0.02), False),
        (measured(None), measured(None), True),
        (measured(0.02), measured(None), False),
        (bad("file_gone", file="a.pdf"), bad("file_gone", file="a.pdf"), True),
        (bad("file_gone", file="a.pdf"), bad("file_gone", file="b.pdf"), False),
    ],
)
def test_what_is_no_worse_than_it_was_is_covered(then, now, covered):
    assert (beyond(waiver_of(then), now) == []) is covered


def test_what_fails_besides_is_not_covered_and_what_holds_now_does_not_matter():
    first, second = bad("file_gone", file="a.pdf"), bad("file_gone", file="b.pdf")
    assert beyond(waiver_of(first, second), second) == []
    assert beyond(waiver_of(first), first, second, measured(0.001, passed=True)) == [second]


def test_others_of_many_are_not_covered():
    def many(*numbers):
        return at_most([bad("file_gone", file=f"{number:03}.pdf") for number in numbers])

    waiver = waiver_of(*many(*range(20)))
    assert beyond(waiver, *many(*range(20))) == []
    for others in (range(21), [*range(12), *range(30, 38)]):
        assert [each.key for each in beyond(waiver, *many(*others))] == ["gate_more"]


def test_the_day_on_which_a_finding_is_made_is_no_part_of_it():
    def over(day):
        return bad("permit_over", of="flight 12", number="12", until="2022-01-01", day=day)

    assert beyond(waiver_of(over("2026-11-26")), over("2026-11-27")) == []


def test_a_second_waiver_adds_to_the_first():
    first, second = bad("file_gone", file="a.pdf"), bad("file_gone", file="b.pdf")
    site = site_of(waiver_of(first), waiver_of(second, entry=2))
    found = waiver_for(site, gate(first, second))
    assert found is not None
    assert found.entry == 2
    assert waiver_for(site, gate(first, measured(0.02))) is None


def test_a_waiver_that_covers_too_little_does_not_stand():
    site = site_of(waiver_of(measured(0.012)))

    def stands(found):
        report = GateReport(site="a", at="2026-11-26T10:00:00Z", gates=[gate(measured(found))])
        return list(standing_waivers(site, report)) == [Gate.deliverables]

    assert stands(0.012)
    assert not stands(0.013)
    assert list(standing_waivers(site, None)) == [Gate.deliverables]


def test_long_findings_have_short_names_that_tell_them_apart():
    one = bad("file_gone", file="a" * 500)
    other = bad("file_gone", file="a" * 499 + "b")
    assert len(identity(one)) <= 200
    assert identity(one) != identity(other)
