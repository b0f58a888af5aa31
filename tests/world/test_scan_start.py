import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vtour.world.scan_start import (
    Matches,
    similar_triples,
    similarities_of_triples,
    start_from_matches,
)
from vtour.world.similarity import Similarity, similarity_from_points

TRUE = Similarity(
    3.5, Rotation.from_euler("xyz", (2.0, -0.7, 0.4)).as_matrix(), np.array([9.0, -4.0, 2.0])
)


def matches_with(wrong, count=400, seed=0):
    """Matches of 10 images and one station at the origin of the scan, a share of them wrong."""
    rng = np.random.default_rng(seed)
    in_scan = rng.uniform(-8, 8, (count, 3))
    in_sfm = (in_scan - TRUE.translation) @ TRUE.rotation / TRUE.scale
    image = rng.integers(0, 10, count)
    centres = rng.uniform(-2, 2, (10, 3))[image]
    offsets = in_sfm - centres
    distances = np.linalg.norm(offsets, axis=1)
    rays = offsets / distances[:, None]
    distances = distances * rng.normal(1, 0.005, count)
    lost = rng.permutation(count)[: round(wrong * count)]
    in_scan[lost] = rng.uniform(-8, 8, (len(lost), 3))
    good = np.ones(count, bool)
    good[lost] = False
    ranges = np.linalg.norm(in_scan, axis=1)
    station = np.zeros(count, np.int64)
    return Matches(image, station, centres, rays, distances, in_scan, ranges), good


@pytest.mark.parametrize("wrong", [0.0, 0.7, 0.9])
def test_a_similarity_is_found_among_wrong_matches(wrong):
    matches, good = matches_with(wrong)

    fit, inside = start_from_matches(matches)

    assert fit.scale == pytest.approx(TRUE.scale, rel=0.005)
    np.testing.assert_allclose(fit.rotation, TRUE.rotation, atol=0.005)
    assert inside[good].mean() > 0.98
    assert inside[~good].sum() <= 0.05 * len(matches)


def test_mixed_up_matches_agree_on_little():
    matches, _ = matches_with(0.0)

    found = start_from_matches(matches.mixed_up())

    assert found is None or found[1].sum() < 0.05 * len(matches)


def test_few_matches_give_nothing():
    matches, _ = matches_with(0.0)

    assert start_from_matches(matches[np.arange(2)]) is None
    assert start_from_matches(Matches.joined([])) is None


def test_triples_are_similar_and_the_same_again():
    matches, good = matches_with(0.7)

    triples = similar_triples(matches, 0)

    assert np.array_equal(triples, similar_triples(matches, 0))
    assert good[triples].all(axis=1).mean() > 5 * 0.3**3


def test_many_similarities_at_once_are_those_one_by_one():
    rng = np.random.default_rng(0)
    in_a, in_b = rng.normal(size=(2, 5, 3, 3))

    scales, rotations, shifts = similarities_of_triples(in_a, in_b)

    for row in range(5):
        one = similarity_from_points(in_a[row], in_b[row])
        assert scales[row] == pytest.approx(one.scale)
        np.testing.assert_allclose(rotations[row], one.rotation, atol=1e-9)
        np.testing.assert_allclose(shifts[row], one.translation, atol=1e-9)
