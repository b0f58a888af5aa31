import numpy as np
import pytest

from vtour.clouds.store import write_store
from vtour.world.scan_pictures import (
    equalised,
    picture_of_station,
    ranges_of_station,
    sphere_width,
    spread_out,
)
from vtour.world.scan_places import picture_from_place, places_to_look_from, sample_of_cloud


def ball(tmp_path, columns=400, **more):
    """A scan of a ball of 5 m around the mirror; black but for what is named by direction."""
    column, row = np.meshgrid(np.arange(columns), np.arange(columns // 2))
    azimuth = 2 * np.pi * (column.reshape(-1) + 0.5) / columns
    elevation = np.pi / 2 - np.pi * (row.reshape(-1) + 0.5) / (columns // 2)
    level = np.cos(elevation)
    rays = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], axis=1)
    values = np.full(len(rays), 40)
    for place, value in MARKS:
        values[rays @ place > np.cos(0.15)] = value
    found = {"rgb": np.repeat(values[:, None], 3, axis=1).astype(np.uint8)}
    found = {"intensity": (values * 200).astype(np.uint16)} if more.get("intensity") else found
    return write_store(tmp_path / "ball", {"xyz": (5 * rays).astype(np.float32), **found})


NORTH, EAST, UP = np.array([0.0, 1, 0]), np.array([1.0, 0, 0]), np.array([0.0, 0, 1])
AHEAD_UP = np.array([0, np.cos(0.5), np.sin(0.5)])
MARKS = ((NORTH, 250), (EAST, 180), (AHEAD_UP, 120))


def test_a_picture_is_upright_and_not_mirrored(tmp_path):
    """y of the station is the middle, x to its right by a quarter, z up."""
    picture = picture_of_station(ball(tmp_path))
    height, width = picture.grey.shape

    assert picture.grey[height // 2, width // 2] == 250
    assert picture.grey[height // 2, 3 * width // 4] == 180
    assert picture.grey[round(height * (0.5 - 0.5 / np.pi)), width // 2] == 120
    assert picture.grey[height // 2, width // 4] == 40
    known = picture.ranges[np.isfinite(picture.ranges)]
    np.testing.assert_allclose(known, 5.0, atol=1e-3)
    assert picture.seen.all()


def test_a_picture_has_the_detail_of_its_scan(tmp_path):
    assert sphere_width(ball(tmp_path, columns=700)) == pytest.approx(700, abs=4)


def test_intensity_is_ranked(tmp_path):
    picture = picture_of_station(ball(tmp_path, intensity=True))
    height, width = picture.grey.shape

    assert not picture.is_colour
    middle, right = picture.grey[height // 2, width // 2], picture.grey[height // 2, 3 * width // 4]
    assert middle >= right > picture.grey[height // 2, width // 4]


def test_what_was_not_seen_stays_black():
    seen = np.zeros((64, 128), bool)
    seen[:32] = True

    found = equalised(np.random.default_rng(0).gamma(1, 1, (64, 128)), seen)

    assert found[32:].max() == 0
    assert found[:32].std() > 40


def test_without_colours_there_is_no_picture(tmp_path):
    store = write_store(tmp_path, {"xyz": np.ones((5, 3), np.float32)})

    assert picture_of_station(store) is None


def test_ranges_are_known_without_colours(tmp_path):
    store = ball(tmp_path)
    bare = write_store(tmp_path / "bare", {"xyz": store.column("xyz")})

    ranges = ranges_of_station(bare)

    np.testing.assert_array_equal(ranges, picture_of_station(store).ranges)
    np.testing.assert_allclose(ranges[np.isfinite(ranges)], 5.0, atol=1e-3)


def test_places_are_spread():
    places = np.array([[0.0], [0.1], [10.0], [0.2], [5.0]])

    assert spread_out(places, 3) == [0, 2, 4]
    assert spread_out(places, 9) == [0, 1, 2, 3, 4]


def test_a_cloud_hides_what_is_behind_its_nearest_points(tmp_path):
    rng = np.random.default_rng(0)
    near = np.column_stack([rng.uniform(-1, 1, 20_000), np.full(20_000, 2.0),
                            rng.uniform(-1, 1, 20_000)])  # fmt: skip
    far = near * [3, 0, 3] + [0, 8.0, 0]
    values = np.repeat([200, 60], 20_000)
    rgb = np.repeat(values[:, None], 3, axis=1).astype(np.uint8)
    xyz = np.concatenate([near, far]).astype(np.float32)
    cloud = sample_of_cloud(write_store(tmp_path, {"xyz": xyz, "rgb": rgb}), np.eye(4))

    picture = picture_from_place(cloud, np.zeros(3))

    height, width = picture.grey.shape
    middle = np.s_[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20]
    assert np.all(picture.grey[middle] == 200)
    np.testing.assert_allclose(picture.ranges[middle], 2.0, rtol=0.05)
    assert not picture.seen[:, : width // 4].any()


def test_places_stand_on_the_ground_amid_a_cloud_and_around_it():
    rng = np.random.default_rng(0)
    ground = rng.uniform(-10, 10, (30_000, 3)) * [1, 1, 0]

    places = places_to_look_from(ground, 8)

    assert places.shape == (8, 3)
    np.testing.assert_allclose(places[:4, 2], 1.6)
    assert (np.abs(places[:4, :2]) < 10).all()
    assert (np.linalg.norm(places[4:, :2], axis=1) > 9).all()
