import numpy as np

from vtour.world.scan_features import matched, placed_in_scan, words_of_picture, words_of_sphere
from vtour.world.scan_pictures import ScanPicture


def words_at(*places):
    """Words of norm 512 that differ in where their one entry stands."""
    found = np.zeros((len(places), 128), np.uint8)
    for row, place in enumerate(places):
        found[row, place : place + 4] = 255
    return found


def mottled_sphere(seed=0, width=720):
    import cv2

    rng = np.random.default_rng(seed)
    sphere = cv2.resize(rng.uniform(0, 255, (24, 48)), (width, width // 2))
    sphere += cv2.resize(rng.uniform(-80, 80, (80, 160)), (width, width // 2))
    return np.clip(sphere, 0, 255).astype(np.uint8)


def test_words_match_only_both_ways_and_only_one():
    first = words_at(0, 10, 20, 20)
    second = words_at(10, 0, 40, 20)

    assert matched(first, second).tolist() == [[0, 1], [1, 0], [2, 3]]


def test_a_word_that_two_are_like_does_not_match():
    assert matched(words_at(0, 10), words_at(0, 0, 10)).tolist() == [[1, 2]]


def test_nothing_matches_nothing():
    assert matched(words_at(0, 1), words_at()).shape == (0, 2)
    assert words_of_picture(np.zeros((60, 60), np.uint8), 10)[1].shape == (0, 128)


def test_a_turned_sphere_has_its_features_turned():
    """Columns moved to the right by a quarter: yaw grows, so forward (-z) goes to +x."""
    sphere = mottled_sphere()
    one, two = words_of_sphere(sphere), words_of_sphere(np.roll(sphere, 180, axis=1))

    pairs = matched(one.words, two.words)
    turned = one.rays[pairs[:, 0]] @ np.array([[0, 0, 1.0], [0, 1, 0], [-1, 0, 0]])
    agree = (turned * two.rays[pairs[:, 1]]).sum(axis=1) > np.cos(0.005)

    assert len(pairs) > 100
    assert agree.mean() > 0.9


def test_features_get_ranges_but_not_at_edges():
    sphere = mottled_sphere()
    ranges = np.full(sphere.shape, 4.0, np.float32)
    ranges[:, 360:] = 8.0
    ranges[:40] = np.inf
    picture = ScanPicture(sphere, ranges, np.isfinite(ranges), True)
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])

    placed = placed_in_scan(picture, turn, np.array([1.0, 2.0, 3.0]))

    found = words_of_sphere(sphere)
    assert set(np.unique(placed.distances)) == {4.0, 8.0}
    assert 0.5 * len(found.rays) < len(placed.rays) < len(found.rays)
    away = np.linalg.norm(placed.points - [1.0, 2.0, 3.0], axis=1)
    np.testing.assert_allclose(away, placed.distances)
    in_pano = placed.rays @ turn
    assert (placed.distances[in_pano[:, 0] > 0.02] == 8.0).all()
    assert (placed.distances[in_pano[:, 0] < -0.02] == 4.0).all()
