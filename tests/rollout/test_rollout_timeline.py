"""Days and stays read off histories."""

from datetime import date, datetime

from tests.rollout.histories import accepted_on, catalog, site, walk
from vtour.rollout.audit import Entry
from vtour.rollout.timeline import (
    Late,
    acceptance_changes,
    adopted_entries,
    day_of,
    first_reached,
    known_days,
    lateness,
    phases_by_id,
    planned_days,
    reached,
    standing,
    stays,
    unknown_days,
)
from vtour.schema.catalog import SiteState as S


def one(**more):
    read = catalog(site("a", **more))
    return read.sites[0], phases_by_id(read)["2021"]


def test_a_day_is_that_of_vietnam():
    assert day_of(datetime.fromisoformat("2021-06-01T16:59:59+00:00")) == date(2021, 6, 1)
    assert day_of(datetime.fromisoformat("2021-06-01T17:00:00+00:00")) == date(2021, 6, 2)
    assert day_of(datetime.fromisoformat("2021-06-01T17:00:00")) == date(2021, 6, 2)


def test_a_state_counts_from_the_first_time():
    steps = [("captured", "2021-06-01"), ("returned", "2021-06-05"), ("captured", "2021-06-09")]
    a, _ = one(history=walk(*steps))
    assert first_reached(a) == {S.captured: date(2021, 6, 1), S.returned: date(2021, 6, 5)}


def test_an_acceptance_ends_with_a_return_but_not_with_a_new_version():
    history = accepted_on("2021-06-06") + walk(
        ("published", "2021-06-08"), ("processing", "2021-07-01")
    )
    a, _ = one(history=history)
    assert standing(a) == {S.accepted: date(2021, 6, 6), S.published: date(2021, 6, 8)}

    a, _ = one(history=[*history, *walk(("returned", "2021-07-02"))])
    assert standing(a) == {}
    assert S.accepted not in reached(a)
    assert S.captured in reached(a)

    again = [*history, *walk(("returned", "2021-07-02")), *accepted_on("2021-08-01")]
    a, _ = one(history=again)
    assert standing(a) == {S.accepted: date(2021, 8, 1)}
    assert list(acceptance_changes(a)) == [
        (date(2021, 6, 6), 1),
        (date(2021, 7, 2), -1),
        (date(2021, 8, 1), 1),
    ]


def test_stays_end_with_the_next_step():
    a, _ = one(history=walk(("permitted", "2021-06-01"), ("captured", "2021-06-11")))
    first, last = stays(a)
    assert (first.state, first.days(last.start)) == (S.permitted, 10.0)
    assert last.end is None
    assert stays(one()[0]) == []


def test_without_a_planned_day_the_phase_says_when_a_site_is_to_be_accepted():
    a, phase = one(planned={"captured": "2021-07-01"})
    assert planned_days(a, phase) == {S.captured: date(2021, 7, 1), S.accepted: date(2021, 12, 31)}
    a, phase = one(planned={"accepted": "2021-09-01"})
    assert planned_days(a, phase) == {S.accepted: date(2021, 9, 1)}


def test_late_is_the_first_state_that_was_missed():
    planned = {"permitted": "2021-06-01", "captured": "2021-07-01"}
    a, phase = one(planned=planned, history=walk(("permitted", "2021-06-03")))
    assert lateness(a, phase, date(2021, 7, 1)) is None  # the day itself is not over
    assert lateness(a, phase, date(2021, 7, 11)) == Late(
        "a", "2021", S.captured, date(2021, 7, 1), 10
    )


def test_a_site_that_was_accepted_in_time_and_returned_is_late():
    history = [*accepted_on("2021-06-06"), *walk(("returned", "2021-06-10"))]
    a, phase = one(history=history)
    late = lateness(a, phase, date(2022, 1, 10))
    assert late is not None
    assert (late.state, late.days) == (S.accepted, 10)


def test_a_site_that_was_withdrawn_is_never_late():
    a, phase = one(history=walk(("withdrawn", "2021-06-06")))
    assert lateness(a, phase, date(2030, 1, 1)) is None


def test_a_state_that_was_skipped_is_not_missed():
    history = walk(("published", "2021-06-06"))
    a, phase = one(history=history, planned={"captured": "2021-06-01", "maintained": "2021-08-01"})
    late = lateness(a, phase, date(2021, 7, 1))
    assert late is None
    assert lateness(a, phase, date(2021, 8, 2)).state is S.maintained


def test_what_was_adopted_has_no_day():
    history = walk(("published", "2026-06-06"), ("returned", "2026-06-08"))
    a, _ = one(history=history)
    adopted = frozenset((1,))
    assert list(acceptance_changes(a, adopted)) == []
    assert [stay.state for stay in stays(a, adopted)] == [S.returned]
    assert S.captured in unknown_days(a, adopted)
    assert S.maintained not in unknown_days(a, adopted)
    assert unknown_days(a, frozenset()) == set()
    assert known_days(a, adopted).keys() == reached(a).keys() - unknown_days(a, adopted)
    assert known_days(a, frozenset()) == reached(a) != {}


def test_the_log_says_what_was_adopted():
    entries = [
        Entry.model_validate(
            {
                "entry": number,
                "previous": None,
                "at": "2026-06-06T00:00:00Z",
                "action": action,
                "site": "a",
                "actor": "Lan",
                "role": "manager",
                "state": "published",
                "change": {},
            }
        )
        for number, action in enumerate(("set", "adopt"), start=1)
    ]
    assert adopted_entries(entries) == {2}
