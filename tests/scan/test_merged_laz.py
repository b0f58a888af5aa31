import laspy
import numpy as np
import pyproj
import pytest

from vtour.clouds.crs import crs_from_wkt
from vtour.clouds.store import write_store
from vtour.errors import OptionError
from vtour.frames import enu_from_geodetic, world_from_enu
from vtour.scan.cleaning.merged_laz import plane_of, projected_metres, utm_zone, write_laz
from vtour.schema.world import Anchor

ANCHOR = Anchor(lat=21.8556, lon=106.7468, height_m=265.0)
RNG = np.random.default_rng(0)


def cloud(count=5000):
    return {
        "xyz": RNG.uniform(-60, 60, (count, 3)).astype(np.float32),
        "rgb": RNG.integers(0, 256, (count, 3)).astype(np.uint8),
        "intensity": RNG.integers(0, 65536, count).astype(np.uint16),
        "station": (np.arange(count) % 3).astype(np.uint16),
    }


def written(folder, columns, plane):
    store = write_store(folder / "cloud", columns)
    write_laz(folder / "merged.laz", store, plane)
    return laspy.read(folder / "merged.laz")


def test_an_anchored_cloud_is_projected_within_a_millimetre(tmp_path):
    columns = cloud()
    las = written(tmp_path, columns, plane_of(ANCHOR, 0, []))
    assert las.header.parse_crs().to_epsg() == 32648
    to_geodetic = pyproj.Transformer.from_crs(32648, 4979, always_xy=True)
    place = (ANCHOR.lat, ANCHOR.lon, ANCHOR.height_m)
    for i in range(0, 5000, 250):
        lon, lat, _ = to_geodetic.transform(las.x[i], las.y[i], 0.0)
        found = world_from_enu(enu_from_geodetic(lat, lon, las.z[i], place))
        assert found == pytest.approx(columns["xyz"][i], abs=1e-3)


@pytest.mark.parametrize("datum", ["WGS 84 ellipsoid", "orthometric height (Hòn Dấu)"])
def test_heights_count_from_what_the_world_says(tmp_path, datum):
    plane = plane_of(ANCHOR.model_copy(update={"datum": datum}), 0, [])
    text = written(tmp_path, cloud(10), plane).header.vlrs[-1].record_data
    assert text.decode().rstrip("\0").endswith(f"heights in metres: {datum}")


def test_colours_intensity_and_stations_come_along(tmp_path):
    columns = cloud()
    las = written(tmp_path, columns, plane_of(ANCHOR, 0, []))
    assert (las.header.point_format.id, str(las.header.version)) == (7, "1.4")
    assert np.array_equal(np.stack([las.red, las.green, las.blue], -1) // 257, columns["rgb"])
    assert np.array_equal(las.intensity, columns["intensity"])
    assert np.array_equal(las.point_source_id, columns["station"] + 1)
    assert not np.asarray(las.classification).any()
    assert las.header.scales.tolist() == [0.001] * 3
    assert las.header.global_encoding.wkt


def test_without_colours_it_is_point_format_6(tmp_path):
    columns = {name: values for name, values in cloud().items() if name != "rgb"}
    assert written(tmp_path, columns, plane_of(ANCHOR, 0, [])).header.point_format.id == 6


def test_without_an_anchor_the_header_says_that_it_is_local(tmp_path):
    columns = cloud()
    las = written(tmp_path, columns, plane_of(None, 0, ["EPSG:32648"]))
    assert las.header.parse_crs() is None
    assert las.header.system_identifier == "LOCAL EAST NORTH UP"
    assert b"east, north, up" in las.header.vlrs[0].record_data
    east, up, south = columns["xyz"].T
    expected = np.stack([east, -south, up], -1)
    assert las.xyz == pytest.approx(expected, abs=6e-4)


def test_the_same_cloud_gives_the_same_bytes(tmp_path):
    columns = cloud()
    written(tmp_path, columns, plane_of(ANCHOR, 0, []))
    first = (tmp_path / "merged.laz").read_bytes()
    written(tmp_path, columns, plane_of(ANCHOR, 0, []))
    assert (tmp_path / "merged.laz").read_bytes() == first


@pytest.mark.parametrize(
    ("lat", "lon", "epsg"),
    [(21.9, 106.7, 32648), (-33.9, 18.4, 32734), (0, -180, 32601), (10, 180, 32601),
     (84, 10, 32661), (-81, 0, 32761)],
)  # fmt: skip
def test_zones(lat, lon, epsg):
    assert utm_zone(lat, lon) == epsg


def test_the_option_goes_before_the_crs_of_the_files():
    assert plane_of(ANCHOR, 3405, ["EPSG:32648"]).crs.to_epsg() == 3405
    assert plane_of(ANCHOR, 0, [None, "EPSG:32649", "EPSG:32649"]).crs.to_epsg() == 32649
    assert plane_of(ANCHOR, 0, ["EPSG:32649", "EPSG:32647"]).crs.to_epsg() == 32648
    assert plane_of(ANCHOR, 0, ["EPSG:2994", "nonsense"]).crs.to_epsg() == 32648
    assert projected_metres("EPSG:2994") is None  # feet
    assert projected_metres("user-defined, only its units are told") is None
    assert projected_metres("EPSG:32648+5773").to_epsg() == 32648


@pytest.mark.parametrize("told", ["EPSG:3405", "EPSG:3405+5773", "EPSG:32648+5773"])
def test_the_crs_that_a_file_tells_is_found_by_the_text_that_is_kept_of_it(told):
    expected = int(told[5:].split("+")[0])
    assert plane_of(ANCHOR, 0, [crs_from_wkt(told).text]).crs.to_epsg() == expected


@pytest.mark.parametrize("epsg", [4326, 2994, 999999])
def test_an_option_that_is_no_projection_in_metres_is_refused(epsg):
    with pytest.raises(OptionError, match=f"epsg={epsg}: expected a projected CRS in metres"):
        plane_of(ANCHOR, epsg, [])
