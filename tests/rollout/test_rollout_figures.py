"""Figures against sums made by hand."""

from datetime import date

import pytest

from tests.rollout.histories import accepted_on, catalog, noon, package, site, walk
from vtour.rollout.figures import (
    DeliverableState,
    Holdings,
    Share,
    deliverable_figures,
    figures_of,
    late_sites,
    phase_table,
    total_figures,
)
from vtour.schema.catalog import SiteState as S
from vtour.schema.gates import GateReport

TODAY = date(2022, 6, 30)


def programme():
    """Six sites: published, accepted, returned after acceptance, in work, planned, withdrawn."""
    waiver = {
        "gate": "links", "at": noon("2021-06-01"), "by": "Lan", "reason": "r", "entry": 1,
        "found": [{"of": "file_gone a.html"}],
    }  # fmt: skip
    returned = [*accepted_on("2021-09-01"), *walk(("returned", "2021-10-01"))]
    redone = walk(("captured", "2021-11-01"), ("returned", "2021-11-11"))
    return catalog(
        site(
            "pub",
            history=[*accepted_on("2021-08-01"), *walk(("published", "2021-08-11"))],
            planned={"accepted": "2021-08-01", "published": "2021-08-10"},
            waivers=[waiver],
            revisit="2022-06-01",
        ),
        site("acc", history=[*redone, *accepted_on("2022-02-01")]),
        site("ret", history=returned),
        site("cap", "2022", walk(("permitted", "2022-06-10"), ("captured", "2022-06-20"))),
        site("plan", "2022", planned={"permitted": "2022-06-20"}),
        site("gone", "2022", walk(("withdrawn", "2022-02-01")), planned={"captured": "2022-02-02"}),
    )


def report(site_id, *findings, **numbers):
    return GateReport.model_validate(
        {
            "site": site_id,
            "at": noon("2022-06-01"),
            "gates": [
                {
                    "gate": "deliverables",
                    "passed": all(passed for _, passed in findings),
                    "findings": [
                        {"key": "late", "deliverable": name, "passed": passed}
                        for name, passed in findings
                    ],
                }
            ],
            "package": package(site_id, **numbers) if numbers else None,
        }
    )


def test_the_phase_table_sets_what_there_is_against_the_plan():
    first, second, third, upkeep = phase_table(programme(), {}, TODAY)

    assert (first.expected, second.expected, third.expected, upkeep.expected) == (9, 12, 10, 0)
    assert (first.listed, first.accepted, first.published) == (3, 2, 1)
    assert {state: n for state, n in first.by_state.items() if n} == {
        S.published: 1,
        S.accepted: 1,
        S.returned: 1,
    }
    assert (first.late, first.waived, first.waivers, first.revisits_due) == (1, 1, 1, 1)
    assert (second.listed, second.accepted, second.late) == (3, 0, 1)
    assert (third.listed, sum(third.by_state.values())) == (0, 0)
    total = total_figures(programme(), {}, TODAY)
    assert (total.expected, total.listed, total.accepted, total.late) == (31, 6, 2, 2)
    assert (total.start, total.end) == (date(2021, 5, 1), date(2025, 12, 31))


@pytest.mark.parametrize(("gone", "waivers"), [("a.html", 1), ("b.html", 0)])
def test_a_waiver_counts_as_long_as_nothing_worse_is_found(gone, waivers):
    finding = {"key": "file_gone", "of": gone, "passed": False}
    found = GateReport.model_validate(
        {
            "site": "pub",
            "at": noon("2022-06-01"),
            "gates": [{"gate": "links", "passed": False, "findings": [finding]}],
        }
    )
    figures = figures_of(programme(), {"pub": found}, TODAY)

    assert (figures.phases[0].waived, figures.phases[0].waivers) == (waivers, waivers)
    assert figures.total.waivers == waivers


def test_late_sites_come_with_the_latest_first():
    assert [(late.site, late.state, late.days) for late in late_sites(programme(), TODAY)] == [
        ("ret", S.accepted, 181),
        ("plan", S.permitted, 10),
    ]


def test_deliverables_stand_as_their_site_or_as_they_were_measured():
    reports = {"cap": report("cap", ("model", True), ("model", True), ("panoramas", False))}
    rows = {(r.site, r.id): r.state for r in deliverable_figures(programme(), reports, TODAY)}

    assert rows["pub", "model"] is DeliverableState.accepted
    assert rows["cap", "model"] is DeliverableState.passed
    assert rows["cap", "panoramas"] is DeliverableState.failed
    assert rows["ret", "model"] is DeliverableState.unmeasured
    assert ("gone", "model") not in rows
    found = figures_of(programme(), reports, TODAY).deliverables
    assert found == {
        DeliverableState.accepted: 4,
        DeliverableState.passed: 1,
        DeliverableState.failed: 1,
        DeliverableState.unmeasured: 4,
    }


def test_a_deliverable_that_failed_once_has_failed_whatever_follows():
    reports = {"cap": report("cap", ("model", False), ("model", True))}
    rows = {(r.site, r.id): r.state for r in deliverable_figures(programme(), reports, TODAY)}
    assert rows["cap", "model"] is DeliverableState.failed


def test_a_deliverable_is_late_when_it_is_due_and_not_accepted():
    due = [{"id": "model", "due": "2021-06-01"}]
    read = catalog(
        site("a", deliverables=due), site("b", deliverables=due, history=accepted_on("2021-08-01"))
    )
    late = [(row.site, row.id) for row in deliverable_figures(read, {}, TODAY) if row.late]
    assert late == [("a", "model")]


def test_planned_days_that_are_still_to_come_say_nothing_of_punctuality():
    found = figures_of(programme(), {}, TODAY).on_time
    # pub: accepted kept, published a day late; acc: 2022-02-01 after 2021-12-31; ret: undone;
    # plan: permitted missed; cap and plan are to be accepted by 2022-12-31; gone is withdrawn.
    assert found.all == Share(1, 5)
    assert found.by_state == {
        S.permitted: Share(0, 1),
        S.accepted: Share(1, 3),
        S.published: Share(0, 1),
    }


def test_mean_days_are_of_stays_that_have_ended():
    days = figures_of(programme(), {}, TODAY).days_in_state

    assert (days[S.accepted].stays, days[S.accepted].mean) == (2, (10 + 30) / 2)
    assert days[S.accepted].now == 1
    # Two stays as returned: one goes on, one ended when acc was permitted on 27 January.
    assert days[S.returned].mean == pytest.approx(77)
    assert days[S.captured].mean == pytest.approx((1 + 1 + 10 + 1) / 4)
    assert days[S.captured].median == pytest.approx(1)
    # 20 June, nine in the morning, to the end of 30 June.
    assert (days[S.captured].now, days[S.captured].now_mean) == (1, pytest.approx(10 + 15 / 24))
    assert S.maintained not in days


def test_first_pass_counts_returns_before_the_acceptance_only():
    assert figures_of(programme(), {}, TODAY).first_pass == Share(2, 3)
    assert figures_of(catalog(), {}, TODAY).first_pass.rate is None


def test_holdings_add_up_and_published_ones_stand_apart():
    reports = {
        "pub": report("pub", models=1, panoramas=10, bytes=1000, hotspots=3),
        "cap": report("cap", models=2, point_clouds=1, bytes=500),
        "acc": report("acc"),
        "elsewhere": report("elsewhere", models=50),
    }
    found = figures_of(programme(), reports, TODAY)
    assert found.holdings == Holdings(2, 3, 10, 1, 3, 1500)
    assert found.published_holdings == Holdings(1, 1, 10, 0, 3, 1000)


def test_a_site_of_no_known_phase_is_in_the_total_only():
    read = programme()
    read.sites[0] = read.sites[0].model_copy(update={"phase": "1999"})
    assert phase_table(read, {}, TODAY)[0].listed == 2
    assert total_figures(read, {}, TODAY).listed == 6


def test_what_was_adopted_counts_as_accepted_and_tells_nothing_else():
    read = catalog(
        site("old", history=walk(("published", "2026-06-01"))),
        site("new", history=accepted_on("2021-06-10")),
    )
    late = date(2026, 6, 30)
    plain = figures_of(read, {}, late)
    # Entry 1 is that of old; new's first step has the same number here, so it is renumbered.
    for number, step in enumerate(read.sites[1].history, start=2):
        step.entry = number
    told = figures_of(read, {}, late, adopted=frozenset((1,)))

    assert plain.total.accepted == told.total.accepted == 2
    assert (plain.on_time.all, told.on_time.all) == (Share(1, 2), Share(1, 1))
    assert (S.published in plain.days_in_state, S.published in told.days_in_state) == (True, False)
    assert told.first_pass == Share(1, 1)
