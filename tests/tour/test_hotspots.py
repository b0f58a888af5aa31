"""Positions of hotspots, against values worked by hand."""

import numpy as np
import pytest
from work_folders import FOCAL, LOOKS_NORTH, SOUTH, write_mesh, write_sparse

from vtour.errors import InputError
from vtour.schema.site import SiteHotspot
from vtour.schema.world import Anchor, World
from vtour.tour.hotspots import Scene, place_hotspots
from vtour.tour.photo_rays import PhotoCamera, photo_cameras
from vtour.tour.surface import read_surface

ANCHOR = Anchor(lat=21.85, lon=106.75, height_m=260.0)
METRIC = {"scale": "metric", "scale_source": "gps", "north": "true", "up": "measured"}
UNKNOWN = {"scale": "unknown", "scale_source": "none", "north": "unknown", "up": "assumed"}
IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]


def world(**facts):
    return World.model_validate({**METRIC, **facts, "world_from_sfm": IDENTITY})


@pytest.fixture
def photos(tmp_path):
    write_sparse(tmp_path / "sparse", {"photos/a/P1.jpg": (LOOKS_NORTH, SOUTH)})
    return photo_cameras(tmp_path / "sparse")


@pytest.fixture
def surface(tmp_path):
    write_mesh(tmp_path / "mesh.ply")
    return read_surface(tmp_path / "mesh.ply")


def place(at, **scene):
    scene = Scene(**{"world": world(), **scene})
    spot = SiteHotspot.model_validate({"id": "a", "at": at, "title": {"en": "A"}})
    found = place_hotspots([spot], scene)
    return found.hotspots[0].position if found.hotspots else found.warnings[0]


def test_east_north_up():
    assert place({"enu_m": [1, 2, 3]}) == [1, 3, -2]


def test_a_place_read_off_a_scan():
    """A station at (3, 1.5, -4), its x to the east and its z up, y to the north."""
    pose = np.array([[1.0, 0, 0, 3], [0, 0, 1, 1.5], [0, -1, 0, -4], [0, 0, 0, 1]])
    at = {"station": "s", "xyz_m": [1, 2, 0.5]}

    np.testing.assert_allclose(place(at, stations={"s": pose}), [4, 2, -6])


def test_geodetic():
    # One second of arc of latitude near 21.85 degrees is 30.753 m (WGS 84 meridian radius).
    there = {"lat": 21.85 + 1 / 3600, "lon": 106.75, "height": 262.0}

    np.testing.assert_allclose(place(there, anchor=ANCHOR), [0, 2, -30.753], atol=0.01)


@pytest.mark.parametrize(
    ("x_px", "y_px", "expected"),
    [
        (200, 150, [0, 1, 2]),  # straight ahead: the south side of the box, 6 m away
        (200 + FOCAL / 10, 150, [0.6, 1, 2]),  # a slope of 0.1 to the right is east
        (200, 150 + FOCAL / 10, [0, 0.4, 2]),  # down in the photo is down
    ],
)
def test_pixel_of_a_photo_is_cast_onto_the_mesh(photos, surface, x_px, y_px, expected):
    at = {"photo": "P1.jpg", "x_px": x_px, "y_px": y_px}

    np.testing.assert_allclose(place(at, cameras=photos, surface=surface), expected, atol=1e-5)


def test_photo_that_looks_another_way(tmp_path, surface):
    # West of the box, looking east: its right is south (+Z), its forward east (+X).
    looks_east = [[0, 0, 1], [0, -1, 0], [1, 0, 0]]
    write_sparse(tmp_path / "s", {"photos/P2.jpg": (looks_east, np.array([-5.0, 1, 0]))})
    at = {"photo": "P2.jpg", "x_px": 200 + FOCAL / 4, "y_px": 150 + FOCAL / 8}

    found = place(at, cameras=photo_cameras(tmp_path / "s"), surface=surface)
    np.testing.assert_allclose(found, [-1, 0.5, 1], atol=1e-5)

    # From above, north at the top of the photo: its down is south (+Z), its forward is down.
    looks_down = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    write_sparse(tmp_path / "t", {"photos/P3.jpg": (looks_down, np.array([0.0, 10, 0]))})
    at = {"photo": "P3.jpg", "x_px": 200 + FOCAL / 20, "y_px": 150 + FOCAL / 10}
    found = place(at, cameras=photo_cameras(tmp_path / "t"), surface=surface)
    np.testing.assert_allclose(found, [0.4, 2, 0.8], atol=1e-5)


def test_pixel_of_a_larger_photo_than_the_camera_was_solved_at(photos, surface):
    at = {"photo": "P1.jpg", "x_px": 2 * (200 + FOCAL / 10), "y_px": 300}
    sizes = {"photos/a/P1.jpg": (800, 600)}

    found = place(at, cameras=photos, surface=surface, sizes=sizes)
    np.testing.assert_allclose(found, [0.6, 1, 2], atol=1e-5)


def test_pixel_beside_the_mesh_stands_at_its_distance(photos, surface):
    at = {"photo": "P1.jpg", "x_px": 200 + FOCAL, "y_px": 150}
    slanted = 5 / np.sqrt(2)

    found = place({**at, "distance_m": 5}, cameras=photos, surface=surface)
    np.testing.assert_allclose(found, [slanted, 1, 8 - slanted], atol=1e-5)
    assert "meets no surface; give a distance_m" in place(at, cameras=photos, surface=surface)


@pytest.mark.parametrize(
    ("x_px", "y_px", "size"),
    [(401, 10, None), (10, 301, None), (1e300, 10, None), (801, 10, (800, 600))],
)
def test_pixel_outside_the_photo(photos, surface, x_px, y_px, size):
    at = {"photo": "P1.jpg", "x_px": x_px, "y_px": y_px, "distance_m": 5}
    sizes = {"photos/a/P1.jpg": size} if size else {}

    said = place(at, cameras=photos, surface=surface, sizes=sizes)

    width, height = size or (400, 300)
    assert f"pixel {x_px:g}, {y_px:g} is outside of 'P1.jpg', {width} x {height} px" in said


def test_the_corners_of_a_photo_are_in_it(photos):
    at = {"photo": "P1.jpg", "x_px": 400, "y_px": 300, "distance_m": np.hypot(250, 200) / 200}

    np.testing.assert_allclose(place(at, cameras=photos), [1, 0.25, 7], atol=1e-5)


def test_a_bad_hotspot_does_not_take_the_others_along(photos, monkeypatch):
    def no_ray(*arguments):
        raise InputError("P1.jpg: pixel 1, 1 has no ray in its lens model")

    monkeypatch.setattr(PhotoCamera, "ray_in_world", no_ray)
    spots = [
        {"id": "a", "at": {"photo": "P1.jpg", "x_px": 1, "y_px": 1}, "title": {"en": "A"}},
        {"id": "b", "at": {"lat": 0, "lon": 0, "height": 1e308}, "title": {"en": "B"}},
        {"id": "c", "at": {"enu_m": [1, 2, 3]}, "title": {"en": "C"}},
    ]
    wanted = [SiteHotspot.model_validate(spot) for spot in spots]
    found = place_hotspots(wanted, Scene(world=world(), anchor=ANCHOR, cameras=photos))

    assert [spot.id for spot in found.hotspots] == ["c"]
    assert "has no ray" in found.warnings[0] and "from the origin" in found.warnings[1]


@pytest.mark.parametrize(
    ("at", "scene", "said"),
    [
        ({"lat": 1, "lon": 2, "height": 3}, {}, "need an anchor"),
        (
            {"lat": 1, "lon": 2, "height": 3},
            {"anchor": ANCHOR, "world": world(**UNKNOWN)},
            "its latitude needs metres",
        ),
        (
            {"lat": 1, "lon": 2, "height": 3},
            {"anchor": ANCHOR, "world": world(north="unknown")},
            "east and north are unknown",
        ),
        ({"enu_m": [1, 2, 3]}, {"world": world(**UNKNOWN)}, "scale of the world is unknown"),
        ({"enu_m": [1, 2, 3]}, {"world": world(north="unknown")}, "east and north are unknown"),
        ({"photo": "x.jpg", "x_px": 1, "y_px": 1}, {}, "not found among the usable photos"),
        (
            {"photo": "x.jpg", "x_px": 1, "y_px": 1},
            {"sizes": {"photos/x.jpg": (9, 9)}},
            "the camera of photo 'photos/x.jpg' was not solved",
        ),
        ({"panorama": "p", "yaw_deg": 1, "pitch_deg": 1}, {}, "'p' is no node, there is no"),
        ({"station": "s", "xyz_m": [1, 2, 3]}, {}, "'s' is not registered, known are none"),
    ],
)
def test_what_cannot_be_placed_is_said_and_not_guessed(at, scene, said):
    assert said in place(at, **scene)
