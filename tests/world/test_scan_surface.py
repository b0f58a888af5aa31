import numpy as np

from vtour.clouds.store import write_store
from vtour.world.scan_surface import SightLines, Surface, thinned


def floor(count=4000, seed=0):
    """Points of a floor of 4 x 4 m at z = 1."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(-2, 2, (count, 2)), np.full(count, 1.0)])


def test_planes_lie_in_the_floor_and_end_with_it():
    surface = Surface(floor(), 0.02)
    places = np.array([[0.0, 0.0, 1.03], [1.0, -1.0, 0.99], [0.0, 0.0, 1.9], [3.5, 0.0, 1.0]])

    planes = surface.planes_at(places, 0.2)

    assert planes.good.tolist() == [True, True, False, False]
    np.testing.assert_allclose(np.abs(planes.normals[:2, 2]), 1.0, atol=1e-9)
    np.testing.assert_allclose(planes.points[:2, 2], 1.0)


def test_a_scan_holds_places_on_it():
    surface = Surface(floor(), 0.02)
    places = np.array([[0.3, 0.2, 1.004], [0.3, 0.2, 1.03], [2.6, 0.0, 1.0]])

    assert surface.holds(places, 0.01).tolist() == [True, False, False]


def test_stations_are_thinned_to_a_point_a_cell(tmp_path):
    raised = np.eye(4)
    raised[2, 3] = 2.0
    store = write_store(tmp_path, {"xyz": np.repeat(floor(500), 3, axis=0).astype(np.float32)})

    surface = Surface.of_stations([store, store], [np.eye(4), raised])

    assert 900 < len(surface.points) <= 1000
    assert set(surface.points[:, 2].round(3)) == {1.0, 3.0}


def test_the_first_point_of_a_cell_is_kept():
    points = np.array([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [5.1, 0.0, 0.0], [0.1, 0.1, 0.1]])

    kept = thinned(points.astype(np.float32), 1.0)

    np.testing.assert_allclose(kept, points[[0, 2]])


def test_sight_lines_tell_what_hangs_in_the_air():
    ranges = np.full((180, 360), 5.0, np.float32)
    ranges[:20] = np.inf
    pose = np.eye(4)
    pose[:3, 3] = [10.0, 0.0, 0.0]
    sights = SightLines.of(ranges, pose)

    gaps = sights.gaps_at(np.array([[13.0, 0, 0], [10.0, 6.0, 0], [10.0, 0, 4.0]]))

    np.testing.assert_allclose(gaps, [2.0, -1.0, np.nan])
