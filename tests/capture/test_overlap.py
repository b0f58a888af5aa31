import numpy as np
import pytest
from sample_photos import texture

from vtour.capture.forecast import forecast, overlap_warnings, pairs_to_try_again
from vtour.capture.overlap import (
    Link,
    _area_share,
    _moves_ahead,
    find_features,
    likely_pairs,
    link,
    match,
)
from vtour.schema.inventory import GpsFix

WALL = texture(1600, 480, seed=3)


def window(x, width=640):
    return find_features(WALL[:, x : x + width])


def test_overlap_of_a_flat_wall_is_the_shared_area():
    # windows of 640 px, moved by 160 px: three quarters are shared
    found = link(window(0), window(160))
    assert found.share == pytest.approx(0.75, abs=0.07)
    assert found.share_back == pytest.approx(0.75, abs=0.07)
    assert not found.ahead


def test_a_close_up_lies_whole_in_the_wide_photo():
    import cv2

    wall = cv2.GaussianBlur(cv2.resize(WALL, None, fx=2, fy=2), (0, 0), 1)
    wide = cv2.resize(wall[:960, :1280], (640, 480), interpolation=cv2.INTER_AREA)
    found = link(find_features(wide), find_features(wall[240:720, 320:960]))
    assert found.share == pytest.approx(0.25, abs=0.08)
    assert found.share_back > 0.98


def test_the_shared_area_of_a_homography():
    photo = window(0)  # 640 x 480
    closer = np.array([[2, 0, -320], [0, 2, -240], [0, 0, 1.0]])  # twice as near, same centre
    aside = np.array([[1, 0, 160], [0, 1, 0], [0, 0, 1.0]])
    behind = np.diag([-1.0, -1.0, -1.0])  # the same points, but all behind the camera
    for b_from_a, share in ((closer, 0.25), (np.linalg.inv(closer), 1), (aside, 0.75), (behind, 0)):
        assert _area_share(b_from_a, photo, photo) == pytest.approx(share, abs=0.02)


def test_photos_of_different_things_do_not_meet():
    assert link(window(0), find_features(texture(seed=9))) is None


def test_a_plain_photo_has_no_features_and_meets_nothing():
    plain = find_features(np.full((480, 640), 128, np.uint8))
    assert len(plain.points) == 0
    assert link(plain, window(0)) is None


def test_matches_are_mutual():
    pairs = match(window(0), window(160))
    assert len(pairs) > 50
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)
    back = match(window(160), window(0))
    assert {tuple(p) for p in pairs[:, ::-1]} & {tuple(p) for p in back}


def test_the_same_at_any_thread_count():
    import cv2

    threads = cv2.getNumThreads()
    results = []
    try:
        for count in (1, 4):
            cv2.setNumThreads(count)
            results.append((window(0), link(window(0), window(200))))
    finally:
        cv2.setNumThreads(threads)
    assert np.array_equal(results[0][0].descriptors, results[1][0].descriptors)
    assert results[0][1] == results[1][1]


def cross(x, y, z):
    return np.array([[0, -z, y], [z, 0, -x], [-y, x, 0.0]])


@pytest.mark.parametrize(
    ("move", "ahead"), [((0, 0, 1), True), ((1, 0, 0), False), ((1, 0, 0.2), False),
                        ((0.1, 0, 1), True)],
)  # fmt: skip
def test_walking_ahead_is_told_by_the_epipole(move, ahead):
    # f = 500 px, centre (320, 240); F = K^-T [t]x K^-1, whose epipole is K t
    inverse = np.linalg.inv(np.array([[500, 0, 320], [0, 500, 240], [0, 0, 1.0]]))
    fundamental = inverse.T @ cross(*move) @ inverse
    assert _moves_ahead(fundamental, window(0)) is ahead


def test_few_photos_are_all_compared():
    assert likely_pairs([window(0)] * 4, [None] * 4) == [
        (0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3),
    ]  # fmt: skip


def test_many_photos_are_compared_with_likely_neighbours():
    # two passes along the wall, back and forth: 0..5, then 5..0
    stops = [*range(0, 960, 160), *range(800, -1, -160), 0, 160]
    features = [window(x) for x in stops]
    pairs = likely_pairs(features, [None] * len(stops))
    assert pairs == sorted(set(pairs))
    assert len(pairs) < len(stops) * (len(stops) - 1) / 2
    assert {(i, 11 - i) for i in range(6)} <= set(pairs)  # the same place, by looks


def test_neighbours_by_gps():
    plain = [find_features(np.full((48, 64), 9, np.uint8))] * 20
    places = [GpsFix(lat=21 + 0.001 * min(i, 19 - i), lon=106.0) for i in range(20)]
    assert (0, 19) in likely_pairs(plain, places)


def test_forecast_names_groups_and_low_overlap():
    links = {(0, 1): Link(50, 0.8, 0.6, False), (1, 2): Link(50, 0.7, 0.4, False)}
    found = forecast(5, links)
    assert found.groups == [[0, 1, 2], [3], [4]]
    assert found.overlap == 0.4  # the median of 0.8, 0.7, 0.4, 0, 0
    told = overlap_warnings(found, ["a", "b", "c", "d", "e"])
    assert "3 groups" in told[0]
    assert "apart: d, e:" in told[0]
    assert "40%" in told[1]


def test_photos_apart_are_tried_once_more_with_the_largest_group():
    links = {(0, 1): Link(50, 0.8, 0.6, False), (1, 2): Link(50, 0.7, 0.4, False)}
    tried = [(0, 1), (1, 2), (2, 3)]
    assert pairs_to_try_again(4, links, tried) == [(1, 3), (0, 3)]
    assert pairs_to_try_again(3, links, tried) == []


def test_forecast_of_a_walk_straight_ahead():
    links = {(i, i + 1): Link(80, 0.6, 0.6, True) for i in range(3)}
    told = overlap_warnings(forecast(4, links), list("abcd"))
    assert len(told) == 1
    assert told[0].startswith("4 of 4 photos look along the way walked")


def test_forecast_of_good_photos_warns_of_nothing():
    links = {(i, i + 1): Link(80, 0.7, 0.7, False) for i in range(3)}
    assert overlap_warnings(forecast(4, links), list("abcd")) == []
