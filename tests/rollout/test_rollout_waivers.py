"""A waiver lets pass what was there when it was given, and nothing worse."""

import pytest

from vtour.rollout.gates.findings import at_most, bad
from vtour.rollout.waivers import identity, not_covered, waived_findings, waiver_for
from vtour.schema.catalog import CatalogSite, Gate, Waiver
from vtour.schema.gates import Finding, GateResult


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
        (measured(None), measured(0.02), False),
        (measured(None), measured(None), True),
        (measured(0.02), measured(None), False),
        (bad("file_gone", file="a.pdf"), bad("file_gone", file="a.pdf"), True),
        (bad("file_gone", file="a.pdf"), bad("file_gone", file="b.pdf"), False),
    ],
)
def test_what_is_no_worse_than_it_was_is_covered(then, now, covered):
    assert (not_covered(waiver_of(then), gate(now)) == []) is covered


def test_what_fails_besides_is_not_covered_and_what_holds_now_does_not_matter():
    first, second = bad("file_gone", file="a.pdf"), bad("file_gone", file="b.pdf")
    assert not_covered(waiver_of(first, second), gate(second)) == []
    assert not_covered(waiver_of(first), gate(first, second, measured(0.001, passed=True))) == [
        second
    ]


def test_more_of_many_is_not_covered():
    def many(count):
        return at_most([bad("file_gone", file=f"{number:03}.pdf") for number in range(count)])

    waiver = waiver_of(*many(20))
    assert not_covered(waiver, gate(*many(20))) == []
    assert not_covered(waiver, gate(*many(15))) == []
    assert [each.key for each in not_covered(waiver, gate(*many(21)))] == ["gate_more"]


def test_the_last_waiver_in_force_counts():
    site = CatalogSite.model_construct(
        history=[], waivers=[waiver_of(measured(0.012)), waiver_of(measured(0.02), entry=2)]
    )
    found = waiver_for(site, gate(measured(0.015)))
    assert found is not None
    assert found.entry == 2
    assert waiver_for(site, gate(measured(0.03))) is None


def test_long_findings_have_short_names_that_tell_them_apart():
    one = bad("file_gone", file="a" * 500)
    other = bad("file_gone", file="a" * 499 + "b")
    assert len(identity(one)) <= 200
    assert identity(one) != identity(other)
