"""gcp_list.txt of ODM: what is read of it, where its pixels lie, what is wrong with a bad one."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from vtour.control_files import Height, Role
from vtour.errors import InputError
from vtour.gcp_list import read_gcp_list, upright_pixel
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

FIRST = "EPSG:32648\n"


def photo(path, orientation=1):
    return CaptureFile(
        path=path, kind=FileKind.photo, status=FileStatus.used, bytes=1, sha256="",
        width_px=800, height_px=600, orientation=orientation,
    )  # fmt: skip


PHOTOS = [photo("photos/a.jpg"), photo("photos/b.jpg"), photo("photos/turned.jpg", 6)]


def read(tmp_path, text):
    path = tmp_path / "gcp_list.txt"
    path.write_text(text, encoding="utf-8")
    return read_gcp_list(path, PHOTOS)


def test_points_and_marks(tmp_path):
    listed = read(
        tmp_path,
        "WGS84 UTM 48N\n"
        "# geo_x geo_y geo_z im_x im_y image_name name\n"
        "681000.5\t2417000.25\t260\t100\t200\ta.jpg\tG1\textra\n"
        "681000.5 2417000.25 260.0 300 400 photos/b.jpg G1\n"
        "681010 2417010 261 1 2 a.jpg\n"
        "681010 2417010 261 3 4 b.jpg\n"
        "681020 2417020 262 5 6 a.jpg check-1\n"
        "681030 2417030 263 7 8 a.jpg G3 check\n",
    )
    control = listed.control
    assert (control.crs, control.height, control.name) == (
        "EPSG:32648", Height.unknown, "gcp_list.txt",
    )  # fmt: skip
    assert [(point.label, point.role) for point in control.points] == [
        ("G1", Role.control), ("check-1", Role.check), ("G3", Role.check),
        ("point 1", Role.control),
    ]  # fmt: skip
    assert control.points[0].xyz == (681000.5, 2417000.25, 260.0)
    first, second = listed.marks[:2]
    assert (first.label, first.photo, first.x_px, first.y_px) == (
        "G1",
        "photos/a.jpg",
        100.5,
        200.5,
    )
    assert (second.photo, second.x_px) == ("photos/b.jpg", 300.5)
    assert [mark.label for mark in listed.marks].count("point 1") == 2
    assert listed.notes == []


@pytest.mark.parametrize("order", [1, -1])
def test_a_line_without_a_name_takes_that_of_its_place(tmp_path, order):
    lines = ["1 2 3 4 5 a.jpg\n", "1 2 3 6 7 b.jpg G1\n"][::order]
    listed = read(tmp_path, FIRST + "".join(lines))
    assert [point.label for point in listed.control.points] == ["G1"]
    assert {(mark.label, mark.photo) for mark in listed.marks} == {
        ("G1", "photos/a.jpg"), ("G1", "photos/b.jpg"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "crs"),
    [
        ("WGS84 UTM 48S", "EPSG:32748"),
        ("WGS84 UTM 48", "EPSG:32648"),
        ("epsg:9215", "EPSG:9215"),
        ("WGS84", "EPSG:4326"),
        ("+proj=utm +zone=48 +datum=WGS84 +units=m", "+proj=utm +zone=48 +datum=WGS84 +units=m"),
    ],
)
def test_projections(tmp_path, first, crs):
    assert read(tmp_path, f"{first}\n1 2 3 4 5 a.jpg\n").control.crs == crs


def test_the_kind_of_height_may_be_told(tmp_path):
    listed = read(tmp_path, f"{FIRST}# height: ellipsoidal\n1 2 3 4 5 a.jpg\n")
    assert listed.control.height is Height.ellipsoidal


def test_a_point_without_height_is_left_out(tmp_path):
    listed = read(tmp_path, f"{FIRST}1 2 NaN 4 5 a.jpg A\n1 2 NaN 4 5 b.jpg A\n")
    assert listed.control.points == []
    assert listed.notes == ["gcp_list.txt: A without a height, left out"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_of_the_stored_photo_become_those_of_the_upright_one(orientation):
    pixels = np.zeros((4, 7), np.uint8)
    pixels[1, 5] = 255
    stored = Image.fromarray(pixels)
    stored.getexif()[0x0112] = orientation
    row, column = np.argwhere(np.asarray(ImageOps.exif_transpose(stored)))[0]
    assert upright_pixel((5.5, 1.5), orientation, (7, 4)) == (column + 0.5, row + 0.5)


def test_pixels_of_a_turned_photo_are_those_that_odm_counts(tmp_path):
    """Stored 600 x 800 px, shown 800 x 600 px after a quarter turn to the right."""
    listed = read(tmp_path, f"{FIRST}1 2 3 100 700 turned.jpg\n")
    [mark] = listed.marks
    assert (mark.x_px, mark.y_px) == (800 - 700.5, 100.5)
    assert "turned by EXIF" in listed.notes[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty, expected a first line"),
        (FIRST, "no point below its projection"),
        ("VN-2000\n1 2 3 4 5 a.jpg\n", "line 1: projection VN-2000, expected"),
        ("EPSG:99999\n1 2 3 4 5 a.jpg\n", "line 1: EPSG:99999 is not a known coordinate system"),
        ("+proj=nowhere\n1 2 3 4 5 a.jpg\n", "line 1: .proj=nowhere is not a known"),
        ("1 2 3 4 5 a.jpg\n", "line 1: projection 1 2 3 4 5 a.jpg, expected"),
        (f"{FIRST}1 2 3 4 5\n", "line 2: 5 values, expected geo_x geo_y"),
        (f"{FIRST}1,2,3,4,5,a.jpg\n", "line 2: 1 values, expected .* separated by blanks or tabs"),
        (f"{FIRST}1 2 3,5 4 5 a.jpg\n", "line 2: geo_z '3,5', expected a number with a decimal"),
        (f"{FIRST}1 nan 3 4 5 a.jpg\n", "line 2: geo_y 'nan', expected a number"),
        (f"{FIRST}1 2 3 4 x a.jpg\n", "line 2: im_y 'x', expected a number"),
        (f"{FIRST}1 2 3 4 5 aa.jpg\n", "line 2: photo 'aa.jpg' not found .* did you mean"),
        (f"{FIRST}1 2 3 801 5 a.jpg\n", "line 2: pixel 801.5, 5.5, expected one inside of 800 x"),
        (f"{FIRST}1 2 3 4 5 a.jpg A\n1 2 3 6 7 a.jpg A\n", "line 3: A in photos/a.jpg again"),
        (f"{FIRST}1 2 3 4 5 a.jpg A\n1 2 4 6 7 b.jpg A\n", "line 3: A at other coordinates than"),
        (f"{FIRST}# height: sea\n1 2 3 4 5 a.jpg\n", "height 'sea', expected orthometric or"),
    ],
)
def test_a_bad_list_is_told_in_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, text)
    assert "\n" not in str(error.value)
