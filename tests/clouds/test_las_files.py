import struct

import cloud_files as make
import laspy
import numpy as np
import pyproj
import pytest

from vtour.clouds import las
from vtour.clouds.crs import EnuFromCrs, crs_from_wkt
from vtour.clouds.read import raw_chunks, read_cloud_headers
from vtour.clouds.station import StationReader, check_usable_crs, cloud_warnings
from vtour.errors import CaptureError, InputError
from vtour.frames import ecef_from_geodetic, enu_axes_in_ecef

UTM = np.array([680_500.0, 2_417_850.0, 265.0])  # zone 48 north, near Lang Son


def station(path):
    headers = read_cloud_headers(path)
    reader = StationReader(path, headers)
    chunks = list(reader.chunks())
    xyz = np.concatenate([chunk["xyz"] for chunk in chunks])
    return xyz.astype(np.float64), reader, cloud_warnings(path, headers)


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_points_colours_and_intensities(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(las, "CHUNK_POINTS", 30)
    xyz = make.some_points(70)
    rgb = np.random.default_rng(1).integers(0, 65536, (70, 3), np.uint16)
    rgb[0] = 65535
    intensity = np.arange(70, dtype=np.uint16)
    path = make.write_las(tmp_path / f"a.{suffix}", xyz, rgb=rgb, intensity=intensity)
    chunks = list(raw_chunks(path, read_cloud_headers(path)))
    assert [len(chunk.xyz) for chunk in chunks] == [30, 30, 10]
    assert np.allclose(np.concatenate([c.xyz for c in chunks]), xyz, atol=0.0006)
    assert np.array_equal(np.concatenate([c.rgb for c in chunks]), rgb >> 8)
    assert np.array_equal(np.concatenate([c.intensity for c in chunks]), intensity)


def test_colours_of_8_bits_are_kept(tmp_path):
    rgb = np.array([[0, 10, 255], [1, 2, 3]], np.uint16)
    path = make.write_las(tmp_path / "a.las", make.some_points(2), rgb=rgb)
    (chunk,) = raw_chunks(path, read_cloud_headers(path))
    assert np.array_equal(chunk.rgb, rgb)


def test_withheld_points_are_invalid(tmp_path):
    path = make.write_las(tmp_path / "a.las", make.some_points(5))
    cloud = laspy.read(path)
    cloud.withheld = [0, 1, 0, 1, 1]
    cloud.write(str(path))
    (chunk,) = raw_chunks(path, read_cloud_headers(path))
    assert (len(chunk.xyz), chunk.invalid) == (2, 3)


def projected_from_enu(enu, anchor, crs):
    """Exactly, by pyproj alone: geocentric, then geographic, then the map."""
    ecef = ecef_from_geodetic(*anchor) + enu @ enu_axes_in_ecef(*anchor[:2])
    to_geodetic = pyproj.Transformer.from_crs(4978, 4979, always_xy=True)
    lon, lat, height = to_geodetic.transform(*ecef.T)
    to_map = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    east, north = to_map.transform(lon, lat)
    return np.stack([east, north, height], -1)


@pytest.mark.parametrize("size", [40.0, 3000.0])
def test_scale_and_convergence_of_the_map_are_undone(tmp_path, size):
    anchor = (21.855, 106.746, 265.0)
    enu = make.some_points(400, size=size) * [1, 1, 0.05]
    path = make.write_las(tmp_path / "a.laz", projected_from_enu(enu, anchor, 32648), crs=32648)
    xyz, reader, _ = station(path)
    own = reader.placing.enu_anchor
    there = ecef_from_geodetic(own.lat, own.lon, own.height_m)
    pose = reader.placing.file_from_station
    found = (xyz + pose[:3, 3]) @ enu_axes_in_ecef(own.lat, own.lon) + there
    truth = ecef_from_geodetic(*anchor) + enu @ enu_axes_in_ecef(*anchor[:2])
    assert (
        np.abs(found - truth).max() < 0.0011
    )  # a millimetre of the file's resolution, and float32
    assert reader.placing.enu.error_m < 2e-5


def test_a_map_100_m_wide_is_4_cm_too_short_uncorrected(tmp_path):
    """UTM's scale near the middle of a zone is 0.9996 (Snyder, Map Projections, p. 57)."""
    ends = np.array([[500_000.0, 2_400_000, 0], [500_100, 2_400_000, 0]])
    xyz, _, _ = station(make.write_las(tmp_path / "a.las", ends, crs=32648))
    assert np.linalg.norm(xyz[1] - xyz[0]) == pytest.approx(100 / 0.9996, abs=0.001)


def test_points_far_outside_go_the_exact_way():
    facts = crs_from_wkt("EPSG:32648")
    enu = EnuFromCrs(facts, UTM, np.array([100.0, 100, 10]))
    far = UTM + np.array([[0, 0, 0], [50_000, 0, 0], [100, -100, 5]])
    assert np.abs(enu.apply(far) - enu.exact(far)).max() < 2e-5


def test_vietnamese_zones_lie_where_they_should():
    # VN-2000 / TM-3 107-15: x0 = 500 km at 107.25 degrees east, scale 0.9999
    facts = crs_from_wkt("EPSG:9215")
    enu = EnuFromCrs(facts, np.array([500_000.0, 2_417_000, 0]), np.full(3, 50.0))
    assert enu.anchor.lon == pytest.approx(107.25, abs=0.003)  # the datums differ by some 200 m
    ends = enu.exact(np.array([[500_000.0, 2_417_000, 0], [500_100, 2_417_000, 0]]))
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(100 / 0.9999, abs=1e-3)


@pytest.mark.parametrize(
    ("crs", "east_m", "up_m"),
    [
        ("EPSG:2225", 1200 / 3937, 1200 / 3937),  # US survey feet
        ("EPSG:2994", 0.3048, 0.3048),  # international feet
        ("EPSG:2225+6360", 1200 / 3937, 1200 / 3937),  # NAVD88 in US survey feet
        ("EPSG:2225+5703", 1200 / 3937, 1.0),  # feet on the map, heights in metres
        ("EPSG:32648+5773", 1.0, 1.0),
    ],
)
def test_feet_become_metres_and_the_user_is_told(tmp_path, crs, east_m, up_m):
    place = {"EPSG:2994": [900_000, 900_000, 300]}.get(crs, [6_500_000, 2_000_000, 300])
    place = UTM if "32648" in crs else np.array(place, float)
    xyz, reader, told = station(
        make.write_las(
            tmp_path / "a.las", place + np.array([[0, 0, 0], [10, 0, 0], [0, 0, 10]]), crs=crs
        )
    )
    assert np.linalg.norm(xyz[1] - xyz[0]) == pytest.approx(10 * east_m, rel=2e-3)
    assert xyz[2, 2] - xyz[0, 2] == pytest.approx(10 * up_m, abs=1e-3)
    assert any("becomes metres" in text for text in told) is (east_m != 1)
    assert any("no geoid is applied" in text for text in told) is ("+" in crs)
    assert reader.headers.crs.metres == pytest.approx(east_m)


def test_units_of_geotiff_keys_go_before_those_of_the_code(tmp_path):
    keys = make.geo_keys(k1024=1, k3072=32648, k3076=9003)
    path = make.write_las(
        tmp_path / "a.las", UTM / 0.3048006 + [[0, 0, 0], [10, 0, 0]], vlrs=[keys], form=3
    )
    xyz, reader, _ = station(path)
    assert reader.headers.crs.unit == "US survey foot"
    assert np.linalg.norm(xyz[1] - xyz[0]) == pytest.approx(10 * 1200 / 3937, rel=1e-3)
    assert reader.placing.enu_anchor.lat == pytest.approx(21.855, abs=0.01)


def test_units_of_the_map_are_not_those_of_a_vertical_crs(tmp_path):
    keys = make.geo_keys(k1024=1, k3072=32648, k3076=9003, k4096=5773)  # EGM96, metres
    path = make.write_las(tmp_path / "a.las", make.some_points(3), vlrs=[keys], form=3)
    crs = read_cloud_headers(path).crs
    assert (crs.unit, crs.up_metres) == ("US survey foot", 1.0)


def test_units_alone_scale_a_cloud_without_a_place(tmp_path):
    keys = make.geo_keys(k1024=1, k3072=32767, k3076=9002, k4099=9001)
    path = make.write_las(
        tmp_path / "a.las", np.array([[0, 0, 1], [10.0, 0, 3]]), vlrs=[keys], form=3
    )
    xyz, reader, _ = station(path)
    assert np.allclose(xyz[1] - xyz[0], [3.048, 0, 2], atol=1e-5)
    assert reader.placing.enu_anchor is None


def test_degrees_are_refused_with_what_to_do(tmp_path):
    path = make.write_las(tmp_path / "a.las", np.array([[106.7, 21.8, 260]]), crs=4326)
    with pytest.raises(
        CaptureError, match=r"latitude and longitude \(EPSG:4326.*out_srs=EPSG:32648"
    ):
        check_usable_crs(read_cloud_headers(path))


def test_degrees_without_a_crs_are_known_by_their_numbers(tmp_path):
    metres = make.some_points(200)
    degrees = np.array([106.7468, 21.8556, 265.0]) + metres * [1e-5, 1e-5, 1]
    path = make.write_ply(tmp_path / "a.ply", make.xyz_columns(degrees, np.float64))
    with pytest.raises(CaptureError, match=r"^a\.ply: latitude and longitude by its numbers"):
        station(path)
    mast = metres * [0.02, 0.02, 1]  # 40 cm wide, 20 m high, at its origin and beside it
    for shift in ([0, 0, 0], [0.5, 0, 2]):
        xyz, *_ = station(make.write_ply(tmp_path / "b.ply", make.xyz_columns(mast + shift)))
        assert len(xyz) == 200


def test_an_unknown_crs_is_a_warning(tmp_path):
    keys = make.geo_keys(k1024=1, k3072=60000)
    path = make.write_las(tmp_path / "a.las", make.some_points(3), vlrs=[keys], form=3)
    _, reader, told = station(path)
    assert "its CRS cannot be read" in told[0] and reader.headers.crs is None


def test_feet_without_saying_so(tmp_path):
    """By the name; by the extent; by a place that only feet would put into the CRS's area."""
    points = make.some_points(3)
    *_, told = station(make.write_las(tmp_path / "hall_ftUS.las", points, crs=None))
    assert any("speaks of feet" in text for text in told)
    *_, told = station(make.write_las(tmp_path / "left.las", points, crs=None))
    assert told == ["no CRS and no units in the file: taken as metres"]
    *_, told = station(make.write_las(tmp_path / "wide.las", points * 1000, crs=None))
    assert any("hardly metres" in text for text in told)
    north_in_feet = UTM / [1, 0.3048, 1] * [1 / 0.3048, 1, 1]
    _, reader, _ = station(make.write_las(tmp_path / "b.las", north_in_feet + points, crs=32648))
    assert "were its numbers feet, it would lie inside" in reader.placing.warnings[0]
    assert reader.placing.enu_anchor is None


@pytest.mark.parametrize("form", ["WKT2_2019", "WKT1_GDAL", "TOWGS84"])
def test_north_before_east_is_told_and_gives_no_place(tmp_path, form):
    version = "WKT1_GDAL" if form == "TOWGS84" else form
    text = pyproj.CRS.from_epsg(3405).to_wkt(version)  # VN-2000 / UTM zone 48N
    if form == "TOWGS84":
        ellipsoid = 'AUTHORITY["EPSG","7030"]]'
        assert ellipsoid in text
        text = text.replace(ellipsoid, f"{ellipsoid},TOWGS84[-192,-39,-111,0,0,0,0]", 1)
    swapped = UTM[[1, 0, 2]] + make.some_points(9)
    path = make.write_las(tmp_path / "a.las", swapped, vlrs=[wkt_record(text)])
    xyz, reader, _ = station(path)
    assert "with x and y exchanged it would lie inside" in reader.placing.warnings[0]
    assert reader.placing.enu_anchor is None and np.abs(xyz).max() < 20
    right = make.write_las(tmp_path / "b.las", swapped[:, [1, 0, 2]], vlrs=[wkt_record(text)])
    _, reader, _ = station(right)
    assert reader.placing.enu_anchor.lat == pytest.approx(21.855, abs=0.01)
    assert reader.placing.warnings == ()


def test_a_cloud_far_from_its_origin_keeps_its_millimetres(tmp_path):
    xyz = make.some_points(50) + np.array([600_000, 2_000_000, 50])
    found, reader, _ = station(make.write_las(tmp_path / "a.las", xyz))
    pose = reader.placing.file_from_station
    assert np.abs(found + pose[:3, 3] - xyz).max() < 0.00052
    assert np.array_equal(pose[:3, :3], np.eye(3)) and np.abs(found).max() < 30


# what is wrong --------------------------------------------------------------------------------


def cut(path, size):
    with path.open("r+b") as stream:
        stream.truncate(size)
    return path


def test_a_laz_cut_in_half_is_known_by_its_header(tmp_path):
    path = make.write_las(tmp_path / "a.laz", make.some_points(5000))
    cut(path, path.stat().st_size // 2)
    with pytest.raises(InputError, match=r"^a\.laz: truncated, .* its last part is missing$"):
        read_cloud_headers(path)


def test_a_file_cut_before_its_extended_records_is_truncated(tmp_path):
    """As a COPC has them: the index lies behind the points."""
    path = make.write_las(tmp_path / "a.laz", make.some_points(5000))
    data = bytearray(path.read_bytes())
    struct.pack_into("<QI", data, 235, len(data), 1)
    path.write_bytes(data + bytes(60))
    cut(path, len(data) // 2)
    with pytest.raises(InputError, match=r"^a\.laz: truncated, [\d,]+ bytes, expected"):
        read_cloud_headers(path)


def test_a_laz_damaged_inside_is_told_with_what_was_read(tmp_path):
    path = make.write_las(tmp_path / "a.laz", make.some_points(5000))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    headers = read_cloud_headers(path)
    try:
        list(raw_chunks(path, headers))
    except InputError as error:
        assert "a.laz: damaged or cut short after" in str(error) and "\n" not in str(error)


def test_a_header_that_lies(tmp_path):
    path = make.write_las(tmp_path / "a.las", make.some_points(10))
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, 247, 10**12)  # number of points, LAS 1.4
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"points in its header|truncated"):
        read_cloud_headers(path)


def test_a_laz_that_promises_more_points_than_it_has(tmp_path):
    path = make.write_las(tmp_path / "a.laz", make.some_points(10))
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, 247, 1_000_000)
    path.write_bytes(data)
    headers = read_cloud_headers(path)
    with pytest.raises(InputError, match=r"^a\.laz: .*points"):
        list(raw_chunks(path, headers))


@pytest.mark.parametrize(("place", "value"), [(12, 0), (12, 0xF0000000)])
def test_laz_chunks_of_absurd_size(tmp_path, place, value):
    path = make.write_las(tmp_path / "a.laz", make.some_points(10))
    data = bytearray(path.read_bytes())
    record = data.find(b"laszip encoded") - 2 + 54
    struct.pack_into("<I", data, record + place, value)
    path.write_bytes(data)
    with pytest.raises(InputError, match="LAZ chunks of"):
        read_cloud_headers(path)


# what a station becomes ------------------------------------------------------------------------

FEET_HERE = (
    'LOCAL_CS["site",UNIT["US survey foot",0.304800609601219],AXIS["X",EAST],AXIS["Y",NORTH]]'
)


def wkt_record(text):
    return laspy.VLR("LASF_Projection", 2112, "", text.encode() + b"\0")


def test_a_local_system_tells_its_units_alone(tmp_path):
    ends = np.array([[0, 0, 1], [10.0, 0, 3]])
    path = make.write_las(tmp_path / "a.las", ends, vlrs=[wkt_record(FEET_HERE)])
    xyz, reader, told = station(path)
    assert np.allclose(xyz[1] - xyz[0], np.array([10, 0, 2]) * 1200 / 3937, atol=1e-6)
    assert reader.placing.enu_anchor is None
    assert any("US survey foot, becomes metres" in text for text in told)


def test_coordinates_from_the_earths_centre_are_refused(tmp_path):
    wkt = pyproj.CRS.from_epsg(4978).to_wkt("WKT1_GDAL")
    path = make.write_las(tmp_path / "a.las", make.some_points(3), vlrs=[wkt_record(wkt)])
    with pytest.raises(CaptureError, match=r"^a\.las: coordinates from the Earth's centre"):
        station(path)


def test_coordinates_that_lie_nowhere_are_refused(tmp_path):
    columns = make.xyz_columns(np.full((5, 3), 1e30), np.float64)
    with pytest.raises(CaptureError, match=r"^a\.ply: coordinates such as 1e\+30, expected metres"):
        station(make.write_ply(tmp_path / "a.ply", columns))
    far = make.write_las(tmp_path / "b.las", np.full((5, 3), 9e7), crs=32648)
    with pytest.raises(
        CaptureError, match=r"^b\.las: 90000000, 90000000 lies nowhere in EPSG:32648"
    ):
        station(far)


def test_marks_of_missing_points_do_not_move_the_middle(tmp_path):
    xyz = np.vstack([np.full((50, 3), 1e30), make.some_points(20) + 700.0])
    found, reader, _ = station(
        make.write_ply(tmp_path / "a.ply", make.xyz_columns(xyz, np.float64))
    )
    assert len(found) == 20 and reader.invalid == 50
    assert np.abs(reader.placing.file_from_station[:3, 3] - 700).max() < 10


def test_a_pose_in_a_map_is_turned_and_its_scan_keeps_its_size(tmp_path):
    """East of the middle of its zone the map's north points east of true north."""
    xyz = make.some_points(20)
    pose = ((np.sqrt(0.5), 0, 0, np.sqrt(0.5)), (680_500, 2_417_850, 265))
    wkt = pyproj.CRS.from_epsg(32648).to_wkt()
    writer = make.E57Writer(tmp_path / "a.e57", metadata=wkt)
    found, reader, _ = station(writer.scan(make.cartesian(xyz), pose=pose).close())
    placing = reader.placing
    assert np.allclose(found, xyz, atol=1e-5) and placing.has_mirror
    assert placing.enu_anchor.lat == pytest.approx(21.855, abs=0.01)
    # convergence: (lon - 105) sin lat = 1.7464 deg * sin 21.855 deg = 0.650 deg
    turned = placing.file_from_station[:3, :3] @ [1, 0, 0]  # the pose takes x to grid north
    assert np.degrees(np.arctan2(-turned[0], turned[1])) == pytest.approx(-0.650, abs=0.005)


def test_local_poses_beside_a_crs_are_local(tmp_path):
    wkt = pyproj.CRS.from_epsg(32648).to_wkt()
    writer = make.E57Writer(tmp_path / "a.e57", metadata=wkt)
    pose = ((np.sqrt(0.5), 0, 0, np.sqrt(0.5)), (1, 2, 3))
    _, reader, _ = station(writer.scan(make.cartesian(make.some_points(9)), pose=pose).close())
    assert reader.placing.enu_anchor is None
    assert reader.placing.warnings[0].endswith("the CRS is not used")
    assert reader.placing.file_from_station[:3, 3].tolist() == [1, 2, 3]


def test_the_datum_of_heights_is_what_the_file_tells():
    """EPSG:5773 is EGM96 height."""
    above_sea, not_told = (
        EnuFromCrs(crs_from_wkt(text), UTM, np.full(3, 10.0)).anchor.datum
        for text in ("EPSG:32648+5773", "EPSG:32648")
    )
    assert "orthometric (EGM96 height), above sea level" in above_sea
    assert "not tell what it counts from" in not_told
