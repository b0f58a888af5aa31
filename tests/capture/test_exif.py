import math
import warnings

import pytest
from PIL import Image
from sample_photos import write_photo

from vtour.capture.exif import (
    camera_name,
    gps_from_tags,
    read_exif,
    rtk_sigma_m,
    taken_from,
    up_from_gimbal,
)
from vtour.capture.focal import focal_px_from_exif, sensor_diagonal_px

F35, F_MM, PLANE_X, PLANE_UNIT, PIXEL_X = 0xA405, 0x920A, 0xA20E, 0xA210, 0xA002


def read(tmp_path, **tags):
    with Image.open(write_photo(tmp_path / "a.jpg", **tags)) as image:
        return read_exif(image)


def test_gps_of_degrees_minutes_seconds(tmp_path):
    gps = {1: "N", 2: (21.0, 51.0, 36.0), 3: "E", 4: (106.0, 45.0, 18.0), 5: b"\0", 6: 271.5}
    fix = read(tmp_path, gps={**gps, 31: 2.5}).gps
    assert fix.lat == pytest.approx(21 + 51 / 60 + 36 / 3600)  # 21.86
    assert fix.lon == pytest.approx(106.755)
    assert (fix.height_m, fix.sigma_m) == (271.5, 2.5)


def test_gps_south_west_below_the_sea():
    tags = {1: "S", 2: (33.0, 30.0, 0.0), 3: b"W\0", 4: (70.0, 15.0, 0.0), 5: b"\1", 6: 12.0}
    fix = gps_from_tags(tags, [])
    assert (fix.lat, fix.lon, fix.height_m) == (-33.5, -70.25, -12.0)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, "0, 0"),
        ({2: (91.0, 0.0, 0.0)}, "not valid"),
        ({2: (math.nan, 0.0, 0.0)}, "not valid"),
        ({2: "abc"}, "not valid"),
        ({2: (106.0, 0.0, 0.0), 4: (21.0, 0.0, 0.0)}, "latitude and longitude are swapped"),
        ({9: "V"}, "void"),
    ],
)
def test_gps_that_is_no_position_is_noted_and_left_out(change, note):
    notes = []
    tags = {1: "N", 2: (21.0, 0.0, 0.0), 3: "E", 4: (106.0, 0.0, 0.0)}
    assert gps_from_tags(tags | change, notes) is None
    assert note in notes[0]


def test_without_gps_there_is_no_note():
    notes = []
    assert gps_from_tags({0: b"\2\2\0\0"}, notes) is None
    assert notes == []


def test_rtk_sigma_is_that_of_the_plane():
    xmp = 'drone-dji:RtkStdLon="0.03" drone-dji:RtkStdLat="0.04" drone-dji:RtkStdHgt="0.1"'
    assert rtk_sigma_m(xmp) == 0.05  # 3-4-5
    assert rtk_sigma_m("") is None


# Focal lengths by hand: full frame is 36 x 24 mm, its diagonal 43.267 mm.


def test_focal_of_a_full_frame_photo():
    assert focal_px_from_exif({F35: 28, F_MM: 28.0}, None, (1500, 1000)) == pytest.approx(
        28 / 36 * 1500, abs=1e-3
    )


def test_focal_is_the_same_upright():
    tags = {F35: 28, F_MM: 28.0}
    assert focal_px_from_exif(tags, None, (1000, 1500)) == focal_px_from_exif(
        tags, None, (1500, 1000)
    )


def test_focal_of_a_wide_crop_of_a_small_sensor_counts_the_whole_sensor():
    # 16:9 from 4:3, crop factor 20 / 3.61 = 5.5: sensor 4000 x 3000, diagonal 5000 px
    focal = focal_px_from_exif({F35: 20, F_MM: 3.61}, None, (4000, 2250))
    assert focal == pytest.approx(20 * 5000 / 43.267, abs=0.1)


def test_focal_of_a_square_crop_of_a_full_frame_sensor():
    # the full height is used: sensor 1500 x 1000
    focal = focal_px_from_exif({F35: 50, F_MM: 50.0}, None, (1000, 1000))
    assert focal == pytest.approx(50 / 36 * 1500, abs=1e-3)


def test_without_the_true_focal_length_the_image_is_the_sensor():
    assert sensor_diagonal_px(4000, 3000, None) == 5000


def test_focal_by_the_focal_plane():
    # 4000 px in 22.2 mm, f = 27 mm; and the same photo made smaller after the shot
    tags = {F_MM: 27.0, PLANE_X: 4000 / 2.22, PLANE_UNIT: 3, PIXEL_X: 4000}
    assert focal_px_from_exif(tags, None, (4000, 2667)) == pytest.approx(27 / 22.2 * 4000, abs=0.01)
    assert focal_px_from_exif(tags, None, (2000, 1333)) == pytest.approx(27 / 22.2 * 2000, abs=0.01)


def test_focal_by_the_camera_beats_a_focal_plane_that_an_editor_left_stale():
    tags = {F_MM: 27.0, PLANE_X: 4865.6, PLANE_UNIT: 2, PIXEL_X: 1024}
    focal = focal_px_from_exif(tags, "Canon EOS 450D", (1024, 683))
    assert focal == pytest.approx(27 / 22.3 * 1024, abs=1e-3)


@pytest.mark.parametrize("tags", [{}, {F35: 0}, {F35: 65535, F_MM: 1.0}, {F35: "x"}, {F_MM: 5.0}])
def test_focal_that_is_not_told_is_absent(tags):
    assert focal_px_from_exif(tags, None, (4000, 3000)) is None


def test_camera_and_time(tmp_path):
    exif = read(tmp_path, make="DJI  ", model="FC300S\0\0", taken="2024:05:06 07:08:09",
                subsecond="25", offset="+07:00", orientation=6)  # fmt: skip
    assert exif.camera == "DJI FC300S"
    assert exif.taken == "2024-05-06T07:08:09.25+07:00"
    assert exif.orientation == 6


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("NIKON CORPORATION", "NIKON D3X", "NIKON D3X"),
        ("Canon", "Canon EOS 450D", "Canon EOS 450D"),
        (None, None, None),
        ("Apple", None, "Apple"),
        ("Evil\x1b[2J", "X", "Evil [2J X"),
    ],
)
def test_camera_name(make, model, name):
    assert camera_name(make, model) == name


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "yesterday", None, b"\xff", 5])
def test_a_time_that_is_none(text):
    assert taken_from(text) is None


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_unknown_orientation_is_upright(tmp_path, value):
    assert read(tmp_path, orientation=value).orientation == 1


def test_damaged_exif_is_left_out(tmp_path):
    path = write_photo(tmp_path / "a.jpg", make="A", gps={1: "N", 2: (1.0, 2.0, 3.0)})
    data = path.read_bytes()
    start = data.index(b"Exif\0\0") + 6
    for cut in range(8, 60, 2):  # every tag's head once overwritten
        path.write_bytes(data[: start + cut] + b"\xff\xff" + data[start + cut + 2 :])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                read_exif(image)


def gimbal(pitch, roll):
    return f'drone-dji:GimbalRollDegree="{roll}" drone-dji:GimbalPitchDegree="{pitch}"'


@pytest.mark.parametrize(
    ("pitch", "roll", "up"),
    [
        ("-90.00", "+0.00", [0, 0, -1]),  # straight down: up is behind the camera
        ("+0.00", "+90.00", [-1, 0, 0]),  # rolled to the right: its left side is up
        ("-30.00", "+0.00", [0, -0.866025, -0.5]),
        ("+90.00", "+0.00", [0, 0, 1]),
    ],
)
def test_up_is_where_the_gimbal_says(pitch, roll, up):
    assert up_from_gimbal(gimbal(pitch, roll)) == pytest.approx(up, abs=1e-6)


def test_without_a_gimbal_up_is_not_known():
    assert up_from_gimbal("") is None
    assert up_from_gimbal(gimbal("+0.00", "+0.00")) is None
    assert up_from_gimbal('drone-dji:GimbalPitchDegree="-90.00"') is None


@pytest.mark.parametrize(
    ("ref", "height", "told"), [(0, 12, None), (1, -12, None), (2, 12, False), (3, -12, False)]
)
def test_heights_above_the_sea_are_told_since_exif_3(ref, height, told):
    tags = {1: "N", 2: (21.0, 0.0, 0.0), 3: "E", 4: (106.0, 0.0, 0.0), 5: bytes([ref]), 6: 12.0}
    fix = gps_from_tags(tags, [])
    assert (fix.height_m, fix.is_ellipsoidal) == (height, told)
