import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.scan.registration.fine import inverse
from vtour.scan.registration.posegraph import (
    Joined,
    Link,
    agreeing,
    components,
    difference,
    residual_m,
    solve,
)


def rigid(turn_deg, shift):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(turn_deg)).as_matrix()
    matrix[:3, 3] = shift
    return matrix


TRUTH = [
    np.eye(4),
    rigid([0, 0, 90], [10, 0, 0]),
    rigid([0, 0, 180], [10, 8, 0.5]),
    rigid([2, -3, 250], [0, 8, 0]),
]


def link(a, b, off=None, score=0.5):
    a_from_b = inverse(TRUTH[a]) @ TRUTH[b]
    if off is not None:
        a_from_b = a_from_b @ off
    centre = np.array([3.0, 1.0, 0.5])
    return Link(a, b, a_from_b, np.diag([1e12] * 3 + [1e6] * 3), centre, 5.0, score)


def test_exact_links_give_the_truth() -> None:
    links = [link(0, 1), link(1, 2), link(2, 3), link(0, 3), link(1, 3)]
    solved = solve([0, 1, 2, 3], links)
    for station, truth in enumerate(TRUTH):
        assert solved.scan_from_station[station] == pytest.approx(truth, abs=1e-9)


def test_a_loop_that_does_not_close_is_shared_out() -> None:
    # Four links on a ring, their turns sure, one 4 cm too long: a quarter of it is left on each.
    off = rigid([0, 0, 0], [0.04, 0, 0])
    links = [link(0, 1), link(1, 2), link(2, 3), link(0, 3, off)]
    solved = solve([0, 1, 2, 3], links)
    left = [np.linalg.norm(difference(one, solved.scan_from_station)[3:]) for one in links]
    assert left == pytest.approx([0.01] * 4, abs=1e-4)


def test_covariance_of_one_link_by_hand() -> None:
    # Turn and shift of 1 mrad and 1 mm about a centre 5 m from the origin of b.
    centre = TRUTH[1][:3, 3] + np.array([5.0, 0, 0])
    one = Link(0, 1, TRUTH[1], 1e6 * np.eye(6), centre, 5.0, 1.0)
    covariance = solve([0, 1], [one]).covariance[1]
    assert np.diag(covariance)[:3] == pytest.approx([1e-6] * 3)
    assert np.diag(covariance)[3:] == pytest.approx([1e-6, 26e-6, 26e-6])


def test_a_link_that_contradicts_the_loop_is_named() -> None:
    wrong = link(1, 3, rigid([0, 0, 0], [0.5, 0, 0]), score=0.9)
    links = [link(0, 1), link(1, 2), link(2, 3), link(0, 3), wrong]
    kept, against = agreeing(4, links, 0.1)
    assert against == [wrong]
    assert len(kept) == 4


def test_residual_adds_turn_at_the_radius() -> None:
    one = link(0, 1, rigid([0, 0, 0], [0.03, 0, 0]))
    assert residual_m(one, dict(enumerate(TRUTH))) == pytest.approx(0.03)


def test_components_by_size() -> None:
    assert components(4, [link(1, 3)]) == [[1, 3], [0], [2]]


def test_joined_by_pairs_one_after_the_other() -> None:
    joined = Joined(6, [(0, 3), (4, 5)])
    assert joined.are(3, 0)
    assert not joined.are(3, 4)
    joined.join(5, 3)
    assert joined.are(0, 4)
    assert [joined.first(station) for station in range(6)] == [0, 1, 2, 0, 0, 0]


def test_covariance_grows_with_what_the_links_contradict_each_other() -> None:
    # Two links of one pair, 1 mm each in x, 20 mm apart: each off by 10 mm, so 200 in all of 6
    # spare figures. Together they would tell x to 0.5 mm^2, were they right.
    centre = TRUTH[1][:3, 3]
    far = TRUTH[1].copy()
    far[0, 3] += 0.02
    links = [Link(0, 1, place, 1e6 * np.eye(6), centre, 5.0, 1.0) for place in (TRUTH[1], far)]
    covariance = solve([0, 1], links).covariance[1]
    assert covariance[3, 3] == pytest.approx(0.5e-6 * 200 / 6, rel=1e-3)
