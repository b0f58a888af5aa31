"""Burn-up and forecast: against hand counts, and programmes that were played to their end."""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.rollout.histories import PHASES, accepted_on, catalog, site, walk
from vtour.rollout.burnup import (
    CAUTIOUS,
    LIKELY,
    Unknown,
    burn_up,
    forecast_of,
    likely_weeks,
    weekly_throughput,
)

START = date(2021, 6, 6)


def weekly(count):
    """So many sites, one accepted every week from START on."""
    days = [START + timedelta(weeks=place) for place in range(count)]
    return [site(f"s{n}", history=accepted_on(str(day))) for n, day in enumerate(days)]


def test_burn_up_counts_what_stands():
    read = catalog(
        site("a", history=[*accepted_on("2021-07-01"), *walk(("returned", "2021-08-01"))]),
        site("b", history=accepted_on("2021-07-01")),
        site("c", "2022", accepted_on("2022-07-01")),
    )
    first, second, third = burn_up(read)
    assert (first.phase, first.expected) == ("2021", 9)
    assert first.points == [(date(2021, 7, 1), 2), (date(2021, 8, 1), 1)]
    assert second.points == [(date(2022, 7, 1), 1)]
    assert third.points == []


def test_weeks_go_back_from_today_to_the_first_acceptance_without_it():
    read = catalog(*weekly(4))  # 6, 13, 20, 27 June
    assert weekly_throughput(read, date(2021, 6, 27)) == [1, 1, 1]
    assert weekly_throughput(read, date(2021, 7, 4)) == [1, 1, 1, 0]
    assert weekly_throughput(read, date(2021, 7, 3)) == [1, 1, 1]  # 12 June to 3 July
    assert weekly_throughput(read, START) == []
    assert weekly_throughput(catalog(), START) == []


def test_a_steady_pace_goes_on():
    phases = [{**PHASES[0], "sites": 12}, *PHASES[1:]]
    found = forecast_of(catalog(*weekly(9), phases=phases), START + timedelta(weeks=8))
    first = found.phases[0]

    assert (found.accepted, found.weeks, found.throughput) == (9, 8, [1] * 8)
    assert first.remaining == 3
    assert first.likely == first.cautious == START + timedelta(weeks=11)
    second = found.phases[1]  # begins when the first one is full
    assert second.likely == START + timedelta(weeks=11 + 12)
    assert [each.phase for each in found.phases] == ["2021", "2022", "2023"]


def test_an_uneven_pace_gives_a_range():
    days = [0, 1, 2, 30, 31, 60]
    read = catalog(
        *(site(f"s{d}", history=accepted_on(str(START + timedelta(days=d)))) for d in days)
    )
    phase = forecast_of(read, START + timedelta(days=70)).phases[0]
    assert phase.likely < phase.cautious
    assert forecast_of(read, START + timedelta(days=70)).phases[0] == phase


def test_a_full_phase_needs_no_forecast():
    read = catalog(*weekly(9))
    first, second, _ = forecast_of(read, START + timedelta(weeks=9)).phases
    assert (first.remaining, first.likely, first.unknown) == (0, None, None)
    assert second.remaining == 12
    assert second.likely is not None


@pytest.mark.parametrize(
    ("count", "weeks_later", "reason"),
    [
        (0, 10, Unknown.few_sites),
        (3, 30, Unknown.few_sites),
        (4, 7, Unknown.few_weeks),
        (4, 80, Unknown.standstill),
    ],
)
def test_too_little_data_is_said(count, weeks_later, reason):
    found = forecast_of(catalog(*weekly(count)), START + timedelta(weeks=weeks_later))
    assert found.unknown is reason
    assert {phase.unknown for phase in found.phases} == {reason}
    assert {phase.likely for phase in found.phases} == {None}


def test_sites_that_were_adopted_make_no_pace():
    read = catalog(*weekly(8))
    adopted = frozenset(range(1, 7))  # every site's steps have these numbers here
    found = forecast_of(read, START + timedelta(weeks=9), adopted)
    assert (found.accepted, found.throughput, found.unknown) == (8, [], Unknown.few_sites)
    assert found.phases[0].remaining == 1


def test_a_day_decades_away_is_no_forecast():
    days = [0, 0, 0, 7]
    sites = [
        site(f"s{n}", history=accepted_on(str(START + timedelta(days=d))))
        for n, d in enumerate(days)
    ]
    phases = [{"id": "2021", "sites": 90_000, "start": "2021-05-01", "end": "2021-12-31"}]
    found = forecast_of(catalog(*sites, phases=phases), START + timedelta(weeks=52))
    assert found.phases[0].unknown is Unknown.too_far


def test_the_days_are_kept_as_often_as_they_say():
    """Programmes of known pace: 8 weeks seen, 15 sites to go. See the figures in burnup.py."""
    chance = np.random.default_rng(5)
    kept = {LIKELY: 0, CAUTIOUS: 0}
    trials = 150
    for trial in range(trials):
        past = chance.poisson(1.0, 8)
        past[0] = max(past[0], 1)
        likely, cautious = likely_weeks(past.tolist(), [15], seed=trial)[0]
        done = week = 0
        while done < 15:
            done += chance.poisson(1.0)
            week += 1
        kept[LIKELY] += likely is None or week <= likely
        kept[CAUTIOUS] += cautious is None or week <= cautious
    assert 0.42 <= kept[LIKELY] / trials <= 0.68
    assert 0.78 <= kept[CAUTIOUS] / trials <= 0.95
