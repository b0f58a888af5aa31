import numpy as np

from vtour.reconstruct.views import (
    Observations,
    angle_weights,
    images_that_share,
    source_views,
    triangulation_angles_deg,
)


def test_triangulation_angle_of_a_right_triangle():
    angle = triangulation_angles_deg(
        np.array([[0.0, 0, 1], [0.0, 0, 10]]), np.zeros(3), np.array([1.0, 0, 1])
    )

    np.testing.assert_allclose(angle, [90, np.degrees(np.arctan(1 / 9))])


def test_weight_is_largest_at_a_dozen_degrees():
    weights = angle_weights(np.array([1.0, 6.0, 12.0, 25.0, 60.0]))

    assert weights.argmax() == 2
    assert weights[2] == 1
    assert weights[0] < weights[1] and weights[4] < weights[3]


def test_sources_share_points_and_have_a_baseline():
    """Four cameras before one wall: beside (1), almost in the same place (2), far off (3)."""
    points = np.array([[x, 0.0, 10.0] for x in np.linspace(-1, 1, 20)])
    centres = {
        0: np.zeros(3),
        1: np.array([2.0, 0, 0]),
        2: np.array([0.05, 0, 0]),
        3: np.array([30.0, 0, 5]),
        4: np.array([2.1, 0, 0]),
    }
    seen_by = {0: range(20), 1: range(20), 2: range(20), 3: range(20), 4: range(5)}
    rows = [(image, point) for image, its in seen_by.items() for point in its]
    observations = Observations(
        image=np.array([image for image, _ in rows]),
        point=np.array([point for _, point in rows]),
        pixel=np.zeros((len(rows), 2)),
        position=points,
    )

    chosen = source_views(observations, centres, count=2)

    assert chosen[0][0] == 1
    assert 4 not in chosen[0]  # only five points in common
    assert chosen[4] == []


def test_images_share_as_many_points_as_asked():
    points = {
        7: np.array([1, 2, 3]),
        2: np.array([2, 3, 9]),
        5: np.array([3]),
        4: np.array([], int),
    }

    assert images_that_share(points, 2) == {2: [7], 4: [], 5: [], 7: [2]}
    assert images_that_share(points, 1) == {2: [5, 7], 4: [], 5: [2, 7], 7: [2, 5]}
