import numpy as np

from vtour.reconstruct.region import around_cameras, around_control, in_usual_box


def test_a_few_far_points_are_outside_the_usual_box():
    rng = np.random.default_rng(0)
    points = np.vstack([rng.uniform(0, 10, (1000, 3)), [[100, 5, 5]], [[14, 5, 5]]])

    inside = in_usual_box(points, 0.005)

    # nearly all lie in 0 to 10, the box in -5.5 to 15.5
    assert inside[:1000].all() and not inside[1000] and inside[1001]


def test_a_hill_behind_the_site_is_not_around_the_cameras():
    """Cameras on a circle of 10 m see things 3 m away: the plan is 20 m wide, 10 m around it."""
    angle = np.arange(0, 2 * np.pi, 0.1)
    centres = np.stack([10 * np.cos(angle), np.full_like(angle, 1.6), 10 * np.sin(angle)], axis=1)
    near = centres * [0.7, 1, 0.7]
    far = [[19.5, 3, 0], [20.5, 3, 0], [0, 90, 0], [0, 0, -25]]

    inside = around_cameras(np.vstack([near, far]), centres)

    assert inside[:-4].all()
    assert inside[-4:].tolist() == [True, False, True, False]


def test_cameras_in_a_row_before_a_facade_keep_the_facade():
    """The plan is a line: what is as far away as usual stays."""
    centres = np.stack([np.arange(5) * 0.5, np.zeros(5), np.zeros(5)], axis=1)
    facade = np.stack([np.linspace(-2, 4, 50), np.zeros(50), np.full(50, -6)], axis=1)

    assert around_cameras(facade, centres).all()
    assert not around_cameras(np.vstack([facade, [[0, 0, -20]]]), centres)[-1]


def test_the_site_lies_around_its_control_points():
    """A plan of 20 x 8 m is widened by 5 m; how high something is does not matter."""
    control = np.array([[0, 0, 0], [20, 1, 0], [20, 3, 8], [0, 2, 8]], float)
    points = np.array([[10, 50, 4], [-4.9, 0, 4], [-5.1, 0, 4], [10, 0, 12.9], [10, 0, 13.1]])

    assert around_control(points, control).tolist() == [True, True, False, True, False]
