"""Pairs whose pose could as well be another: never the only thing that holds a station."""

import numpy as np
import pytest

from tests.scan.scanned_rooms import COLONNADE, pose, read_registration, scan_within, work_of
from vtour.scan.register import register_stations
from vtour.scan.registration import linking
from vtour.scan.registration.evidence import Evidence
from vtour.scan.registration.fine import PlaneFit
from vtour.scan.registration.linking import Known, Tried, closing, has_twin, surer
from vtour.scan.registration.pairwise import Limits, PairFit, Scan
from vtour.scan.registration.registered import confirmed
from vtour.workspace import Workspace


def fit(agreed=0.95, crossed=0.03, overlap=0.5, why_not="", shift=(0.0, 0.0, 0.0)):
    place = np.eye(4)
    place[:3, 3] = shift
    planes = PlaneFit(place, 0.003, 1000, 1e4 * np.eye(6), np.zeros(3), 5.0)
    return PairFit(place, Evidence(overlap, agreed, crossed, 0.003), planes, why_not)


def pair(a, b, is_doubtful=False, **fields):
    return Tried(a, b, fit(**fields), "search", is_doubtful=is_doubtful)


def test_a_colonnade_does_not_tell_where_a_station_stands(tmp_path) -> None:
    poses = [pose(1.5, 0, 1.6, 10.0, (0.3, -0.2)), pose(8.2, 0.4, 1.7, 120.0, (-0.2, 0.4))]
    clouds = [scan_within(COLONNADE, place, 20.0, seed) for seed, place in enumerate(poses)]
    out = Workspace(tmp_path / "out")
    report = register_stations(work_of(tmp_path / "work", clouds), out)
    registration = read_registration(out)
    assert [station.id for station in registration.stations] == ["s1"]
    (left_out,) = registration.left_out
    assert left_out.id == "s2"
    assert left_out.reason.startswith("how it lies to s1 is doubtful: other poses fit about")
    assert any(warning.startswith("s2: left out: how it lies") for warning in report.warnings)


def test_a_twin_is_as_good_where_both_look_however_much_overlaps() -> None:
    # 0.95^2 x 0.97 = 0.875 and 0.93^2 x 0.96 = 0.830: doubts of 0.125 and 0.170.
    assert has_twin([fit(), fit(agreed=0.93, crossed=0.04, overlap=0.15)])
    assert not has_twin([fit(), fit(agreed=0.8, crossed=0.1, overlap=0.4)])
    # Without mirrors: 0.7^2 and 0.46^2, doubts of 0.51 and 0.79, but qualities of 0.49 and 0.21.
    assert not has_twin([fit(agreed=0.7, crossed=None), fit(agreed=0.46, crossed=None)])
    # Clearly worse where both look, but three times as much overlaps.
    assert has_twin([fit(overlap=0.2), fit(agreed=0.85, crossed=0.1, overlap=0.6)])
    # A perfect pose beside one of 0.98^2 = 0.96, and one of 0.93^2 = 0.86.
    assert has_twin([fit(1.0, 0.0), fit(0.98, 0.0)])
    assert not has_twin([fit(1.0, 0.0), fit(0.93, 0.0)])
    assert not has_twin([fit(), fit(why_not="crosses")])
    assert not has_twin([fit(why_not="crosses"), fit(why_not="crosses")])


def test_a_doubtful_link_is_used_only_between_stations_that_sure_ones_join() -> None:
    tried = [pair(0, 1), pair(1, 2), pair(0, 2, True), pair(2, 3, True), pair(1, 3, True)]
    links = [one.link() for one in tried]
    assert confirmed(4, links, tried) == links[:3]


def test_a_loop_over_a_doubtful_pair_is_doubtful(monkeypatch) -> None:
    monkeypatch.setattr(linking, "predicted_overlap", lambda *_: 1.0)
    monkeypatch.setattr(linking, "refine_told", lambda *_: fit())
    for is_doubtful in (False, True):
        tried = {(0, 1): pair(0, 1), (1, 2): pair(1, 2, is_doubtful)}
        known = Known.of(3, tried, 0.1)
        closed = closing([None] * 3, (0, 2), None, known, Limits())
        assert closed.how == "loop"
        assert closed.is_doubtful is is_doubtful


@pytest.mark.parametrize(("is_doubtful", "taken"), [(False, 1), (True, 0)])
def test_a_doubtful_search_does_not_replace_a_told_pose(is_doubtful, taken) -> None:
    told = pair(0, 1, agreed=0.85)
    found = pair(0, 1, is_doubtful, agreed=0.98, overlap=0.9)
    assert surer(told, found) is (told, found)[taken]


def test_what_all_pairs_say_is_made_anew_only_after_one_more(monkeypatch) -> None:
    # Stations 0 to 5 in a row, each told to lie by the next; loops 0-2 and 1-3 are near enough.
    made = []
    known_of = Known.of
    monkeypatch.setattr(Known, "of", lambda *given: made.append(0) or known_of(*given))
    near = {(0, 2), (1, 3)}
    told = {(a, a + 1): [None] for a in range(5)}
    monkeypatch.setattr(
        linking, "from_starts", lambda _, at, starts, __: pair(*at) if starts else None
    )
    monkeypatch.setattr(
        linking, "predicted_overlap", lambda a, b, _: float((int(a.id), int(b.id)) in near)
    )
    monkeypatch.setattr(linking, "refine_told", lambda *_: fit())
    scans = [Scan(str(number), [], None) for number in range(6)]
    tried = linking.link_stations(scans, told, Limits(), 0.1)
    assert sum(one.how == "loop" for one in tried) == 2
    assert len(tried) == 7
    assert len(made) == 3
