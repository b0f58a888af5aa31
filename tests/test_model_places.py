"""Where models stand in the world: turned, scaled and shifted as worked by hand."""

import cloud_files as make
import numpy as np
import pyproj
import pytest

from tests.model_captures import taken, write_obj, write_ply
from tests.models.model_files import square
from vtour.clouds.store import PointStore
from vtour.files import write_json
from vtour.frames import enu_from_geodetic, matrix_from_columns, transform_points, world_from_enu
from vtour.model_files import models_of_site
from vtour.model_places import UPRIGHT_FROM_FILE, Placing, place_model
from vtour.scan.read import read_scans
from vtour.schema.models import PlacedBy, UpAxis
from vtour.schema.scans import RegisteredStation, Registration
from vtour.schema.world import World
from vtour.station_files import read_placed_stations, read_station_list
from vtour.world.solve import solve_world

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
ANCHOR = {"lat": 21.85, "lon": 106.75, "height_m": 260.0}
UTM = np.array([680_500.0, 2_417_850, 265])  # EPSG:32648, near the anchor


def world(**changes):
    told = {
        "scale": "metric", "scale_source": "gps", "north": "true", "up": "measured",
        "anchor": ANCHOR, "world_from_sfm": IDENTITY,
    }  # fmt: skip
    return World.model_validate(told | changes)


def placing(tmp_path, entry="", name="a.obj", alone=False, low=(0, 0, 0), high=(1, 1, 1), **more):
    """How a box is placed that models.yaml says ``entry`` of."""
    write = {"obj": write_obj, "ply": write_ply}[name.rpartition(".")[2]]
    write(tmp_path / "captures" / "models" / name, low, high)
    yaml = f"models:\n  - {{file: {name}, {entry}}}\n" if entry else None
    (model,) = models_of_site(taken(tmp_path, yaml))
    return place_model(model, world(**more), alone=alone)


def put(found: Placing, *points):
    return found.to_world(np.array(points, float))


def test_a_turned_model_in_centimetres_with_z_up(tmp_path):
    """100, 200, 300 cm with z up is 1, 3, -2 m upright; a quarter turn clockwise makes 2, 3, 1;
    the position puts it 10 m east, 20 m north and 5 m up of the origin.
    """
    entry = "units: cm, position: {enu_m: [10, 20, 5]}, heading_deg: 90"
    found = placing(tmp_path, entry, high=(100, 200, 300))
    assert found.placed_by is PlacedBy.position and found.warnings == []
    np.testing.assert_allclose(put(found, [100, 200, 300]), [[12, 8, -19]], atol=1e-12)
    np.testing.assert_allclose(put(found, [0, 0, 0]), [[10, 5, -20]], atol=1e-12)
    np.testing.assert_allclose(found.rotation @ [0, 1, 0], [1, 0, 0], atol=1e-12)  # its y: east


@pytest.mark.parametrize(
    ("unit", "metres"), [("mm", 0.001), ("ft", 0.3048), ("us-ft", 1200 / 3937), ("m", 1.0)]
)
def test_units(tmp_path, unit, metres):
    found = placing(tmp_path, f"units: {unit}, position: {{enu_m: [0, 0, 0]}}")
    np.testing.assert_allclose(put(found, [1, 0, 0]), [[metres, 0, 0]], rtol=1e-12)


@pytest.mark.parametrize("axis", UpAxis)
def test_the_axis_that_is_up_points_up_without_mirroring(axis):
    upright = UPRIGHT_FROM_FILE[axis]
    up = np.zeros(3)
    up["xyz".index(axis.value[-1])] = -1 if axis.value.startswith("-") else 1
    assert (upright @ up).tolist() == [0, 1, 0]
    assert np.linalg.det(upright) == pytest.approx(1)
    if axis.value[-1] != "x":
        assert (upright @ [1, 0, 0]).tolist() == [1, 0, 0]


def test_gltf_is_y_up_and_obj_and_ply_z_up_unless_told(tmp_path):
    np.testing.assert_allclose(
        put(placing(tmp_path / "o", alone=True), [1, 2, 3]), [[1, 3, -2]], atol=1e-12
    )
    np.testing.assert_allclose(
        put(placing(tmp_path / "p", name="a.ply", alone=True), [1, 2, 3]), [[1, 3, -2]]
    )
    np.testing.assert_allclose(
        put(placing(tmp_path / "y", "up: y", alone=True), [1, 2, 3]), [[1, 2, 3]]
    )
    folder = tmp_path / "g" / "captures" / "models"
    folder.mkdir(parents=True)
    square().glb(folder / "a.glb")
    (model,) = models_of_site(taken(tmp_path / "g"))
    found = place_model(model, world(), alone=True)
    assert found.placed_by is PlacedBy.own
    np.testing.assert_allclose(put(found, [1, 2, 3]), [[1, 2, 3]])


def test_a_matrix_takes_the_file_as_it_is(tmp_path):
    # a quarter turn about z, twice as large, moved by 5, 6, 7: 1, 2, 3 -> -4, 2, 6 -> 1, 8, 13
    rows = "[[0, -2, 0, 5], [2, 0, 0, 6], [0, 0, 2, 7], [0, 0, 0, 1]]"
    found = placing(tmp_path, f"world_from_model: {rows}")
    assert found.placed_by is PlacedBy.matrix
    np.testing.assert_allclose(put(found, [1, 2, 3]), [[1, 8, 13]], atol=1e-12)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(3), atol=1e-12)


def test_a_position_on_the_earth(tmp_path):
    found = placing(tmp_path, "position: {lat: 21.851, lon: 106.752, height: 270}")
    east, north, up = enu_from_geodetic(21.851, 106.752, 270, tuple(ANCHOR.values()))
    np.testing.assert_allclose(put(found, [0, 0, 0]), [[east, up, -north]], atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"anchor": None}, "place on the earth is not known"),
        ({"north": "unknown"}, "north is not known"),
        ({"scale": "unknown", "scale_source": "none"}, "scale is not known"),
        ({"anchor": {**ANCHOR, "lat": 22.85}}, " km from the site"),
    ],
)
@pytest.mark.parametrize("how", ["position", "crs"])
def test_what_cannot_be_placed_stands_at_the_origin_and_says_so(tmp_path, how, changes, said):
    entry = "position: {lat: 21.85, lon: 106.75, height: 260}"
    low, high = np.zeros(3), np.ones(3)
    if how == "crs":
        entry, low, high = "crs: 'EPSG:32648'", UTM, UTM + 2
    found = placing(tmp_path, entry, low=low, high=high, **changes)
    assert found.placed_by is PlacedBy.unknown
    assert said in found.warnings[0] and "models/a.obj" in found.warnings[0]
    middle = put(found, (low + high) / 2)[0]
    assert np.abs(middle).max() < 2


def test_nothing_told_is_the_world_only_for_a_model_alone(tmp_path):
    alone = placing(tmp_path / "a", alone=True)
    assert alone.placed_by is PlacedBy.own
    unknown = {"scale": "unknown", "scale_source": "none"}
    assert placing(tmp_path / "c", alone=True, **unknown).warnings == []
    with_others = placing(tmp_path / "b")
    assert with_others.placed_by is PlacedBy.unknown
    assert any("says its units: metres are taken" in text for text in with_others.warnings)
    assert "models.yaml does not say where it stands" in with_others.warnings[0]
    np.testing.assert_array_equal(put(with_others, [1, 2, 3]), put(alone, [1, 2, 3]))


def test_map_coordinates_without_a_crs_are_brought_near_and_told(tmp_path):
    found = placing(tmp_path, alone=True, low=UTM, high=np.add(UTM, [2, 4, 6]))
    assert found.placed_by is PlacedBy.unknown
    assert "tell their crs" in found.warnings[0]
    np.testing.assert_allclose(put(found, np.add(UTM, [1, 2, 0])), [[0, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(put(found, np.add(UTM, [2, 2, 6])), [[1, 6, 0]], atol=1e-6)


def test_a_model_in_utm_stands_where_pyproj_says(tmp_path):
    found = placing(tmp_path, "crs: 'EPSG:32648'", low=UTM - 300, high=UTM + 300)
    assert found.placed_by is PlacedBy.crs
    assert "what they count from is not told" in found.warnings[0]
    points = UTM + np.array([[0.0, 0, 0], [250, -280, 40], [-299, 299, -200]])
    lon, lat = pyproj.Transformer.from_crs(32648, 4326, always_xy=True).transform(*points.T[:2])
    expected = [
        world_from_enu(enu_from_geodetic(*place, tuple(ANCHOR.values())))
        for place in zip(lat, lon, points[:, 2], strict=True)
    ]
    np.testing.assert_allclose(put(found, *points), expected, atol=1e-4)
    np.testing.assert_allclose(found.matrix @ [*UTM, 1], [*put(found, UTM)[0], 1], atol=1e-4)


def test_a_model_with_y_up_in_utm(tmp_path):
    low, high = UTM[[0, 2, 1]] * [1, 1, -1] - 1, UTM[[0, 2, 1]] * [1, 1, -1] + 1
    found = placing(tmp_path, "crs: 'EPSG:32648', up: y", low=low, high=high)
    same = placing(tmp_path / "z", "crs: 'EPSG:32648'", low=UTM - 1, high=UTM + 1)
    np.testing.assert_allclose(put(found, (low + high) / 2), put(same, UTM), atol=1e-6)


def test_a_model_in_feet_of_a_crs(tmp_path):
    """EPSG:2992 counts in international feet: a foot up is 0.3048 m."""
    place = np.array([637_000.0, 851_000, 400])  # of Eugene, Oregon
    anchor = {"lat": 44.05, "lon": -123.07, "height_m": 120.0}
    found = placing(tmp_path, "crs: 'EPSG:2992'", low=place, high=place + 9, anchor=anchor)
    foot, head = put(found, place, np.add(place, [0, 0, 10]))
    assert (head - foot)[1] == pytest.approx(3.048, abs=1e-4)


def test_a_model_lands_where_scans_with_its_crs_land(tmp_path):
    """Within 1 mm: the world is that of the scan, 200 m of it, and the model has its corners."""
    captures = tmp_path / "captures"
    (captures / "scans").mkdir(parents=True)
    rng = np.random.default_rng(5)
    corners = UTM + np.array([[0.0, 0, 0], [200, 0, 0], [0, 200, 0], [200, 200, 30]])
    xyz = np.vstack([corners, UTM + rng.uniform(0, 200, (400, 3)) * [1, 1, 0.1]])
    make.write_las(captures / "scans" / "s.las", xyz, crs=32648)
    write_obj(captures / "models" / "a.obj", UTM, np.add(UTM, [200, 200, 30]))
    work = taken(tmp_path, "models:\n  - {file: a.obj, crs: 'EPSG:32648'}\n")
    read_scans(work, work)
    (station,) = read_station_list(work.scan_list)
    one = RegisteredStation(id="s", file=station.file, scan=0, scan_from_station=IDENTITY)
    write_json(work.registration, Registration(stations=[one]).to_json())
    solve_world(work, work)
    (placed,) = read_placed_stations(work.stations)
    scanned = transform_points(
        matrix_from_columns(placed.world_from_station),
        PointStore.open(work.raw_scan("s")).column("xyz"),
    )
    (model,) = models_of_site(work)
    found = place_model(model, work.read_world(), alone=False)
    assert found.warnings == []
    np.testing.assert_allclose(found.to_world(xyz), scanned, atol=0.001)
