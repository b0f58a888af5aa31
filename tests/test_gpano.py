import math
from xml.etree import ElementTree

import pytest
from PIL import Image
from sample_photos import gpano_xmp, write_photo

from vtour.errors import CaptureError
from vtour.gpano import (
    gpano_from_xmp,
    gpano_packet,
    heading_of,
    is_full_sphere_size,
    is_sphere,
    read_gpano,
    sphere_area,
    sphere_values,
    xmp_problem,
)

BOUND = "<x xmlns:GPano='http://ns.google.com/photos/1.0/panorama/'>"


def test_attributes_keep_their_types():
    xmp = gpano_xmp(ProjectionType="equirectangular", PoseHeadingDegrees="285.5",
                    UsePanoramaViewer="True").decode()  # fmt: skip
    assert gpano_from_xmp(xmp) == {
        "PoseHeadingDegrees": 285.5,
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": True,
    }


def test_elements_are_read_too():
    xmp = (
        BOUND + "<GPano:ProjectionType>equirectangular</GPano:ProjectionType><GPano:A >-3</GPano:A>"
    )
    found = gpano_from_xmp(xmp)
    assert found == {"A": -3.0, "ProjectionType": "equirectangular"}
    assert is_sphere(found)


def test_it_is_read_from_a_jpeg(tmp_path):
    path = write_photo(tmp_path / "a.jpg", xmp=gpano_xmp(ProjectionType="equirectangular"))
    with Image.open(path) as image:
        assert is_sphere(read_gpano(image))


def test_entities_are_not_expanded():
    assert gpano_from_xmp(BOUND + "<GPano:B>&b;</GPano:B>") == {"B": "&b;"}


def test_a_large_packet_is_not_read():
    class Opened:
        info = {"xmp": b" " * 2_000_000 + gpano_xmp(ProjectionType="equirectangular")}  # noqa: RUF012
        format = "PNG"

    assert read_gpano(Opened()) == {}


@pytest.mark.parametrize(
    ("size", "sphere"), [((4096, 2048), True), ((1998, 999), False), ((4096, 2047), False)]
)
def test_the_size_of_a_sphere(size, sphere):
    assert is_full_sphere_size(*size) is sphere


def test_only_the_prefix_of_the_namespace_counts():
    other = "<x xmlns:GPano='http://example.org/' GPano:ProjectionType='equirectangular'/>"
    assert gpano_from_xmp(other) == {}
    own = BOUND.replace("GPano=", "g=") + "<g:ProjectionType>equirectangular</g:ProjectionType>"
    assert is_sphere(gpano_from_xmp(own))


@pytest.mark.parametrize(
    ("packet", "problem"),
    [
        (b"<x/>", None),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "XMP with a DOCTYPE or entities, expected none"),
        ("<!doctype x>".encode("utf-16"), "XMP with a DOCTYPE or entities, expected none"),
        (b" " * 10_000_000, "XMP of 10.0 MB, expected at most 1 MB"),
    ],
)
def test_a_packet_that_is_refused(packet, problem):
    assert xmp_problem(packet) == problem


def gpano(full=(4000, 2000), crop=(4000, 1000), at=(0, 500)):
    crop_of = "CroppedArea{}Pixels".format
    names = ["FullPanoWidthPixels", "FullPanoHeightPixels"]
    names += [crop_of(name) for name in ("ImageWidth", "ImageHeight", "Left", "Top")]
    return dict(zip(names, map(float, (*full, *crop, *at)), strict=True))


@pytest.mark.parametrize(
    ("size", "told", "area"),
    [
        ((4000, 2000), {}, (4000, 0, 0, 4000, 2000)),
        ((4001, 2000), {}, (4000, 0, 0, 4000, 2000)),
        ((4002, 2000), {}, (4000, 0, 0, 4000, 2000)),
        ((4000, 2001), {}, (4000, 0, 0, 4000, 2000)),
        ((3998, 2000), {}, (3998, 0, 0, 3998, 1999)),
        ((4001, 2000), gpano((4001, 2000), (4001, 2000), (0, 0)), (4000, 0, 0, 4000, 2000)),
        ((4002, 2001), gpano(crop=(4002, 2001), at=(0, 0)), (4002, 0, 0, 4002, 2001)),
        ((2000, 1000), {"FullPanoWidthPixels": 4000.0}, (2000, 0, 0, 2000, 1000)),
        ((4000, 1000), gpano(), (4000, 0, 500, 4000, 1000)),
        ((2000, 1000), gpano(crop=(2000, 1000), at=(1000, 300)), (4000, 1000, 300, 2000, 1000)),
        ((2000, 500), gpano(), (2000, 0, 250, 2000, 500)),  # scaled since it was taken
        ((4000, 2000), gpano(full=(0, 0), crop=(0, 0)), (4000, 0, 0, 4000, 2000)),
    ],
)
def test_where_an_image_lies_on_its_sphere(size, told, area):
    found = sphere_area(*size, told)
    assert (found.full_width, found.left, found.top, found.width, found.height) == area


@pytest.mark.parametrize(
    ("size", "told", "message"),
    [
        ((4000, 1990), {}, "4000 x 1990 px: not 2:1 and no cropped area in GPano"),
        ((32769, 16384), {}, "32769 x 16384 px, expected at most 32768 x 16384 px"),
        ((1_000_000, 100), {}, "1000000 x 100 px, expected at most 32768 x 16384 px"),
        ((4000, 1000), gpano(full=(4000, 1800)), "full size is 4000 x 1800 px, expected 2:1"),
        ((5000, 1000), gpano(crop=(5000, 1000)), "5000 px wide, expected at most the full 4000"),
        ((4000, 2100), gpano(crop=(4000, 2100)), "2100 px high, expected at most the full 2000"),
        ((4000, 1000), gpano(at=(0, 1200)), "from 1200 to 2200 px, expected it inside"),
        ((4000, 1000), gpano(at=(-9, 500)), "from -9 to 3991 px, expected it inside"),
        ((4000, 1500), gpano(), "but GPano's cropped area is 4000 x 1000 px"),
        ((4000, 1000), gpano(full=(90000, 45000)), "GPano's full size is 90000 x 45000 px, exp"),
        ((4000, 2000), {"ProjectionType": "cylindrical"}, "is 'cylindrical', expected equirect"),
        ((4000, 1000), gpano() | {"FullPanoWidthPixels": "wide"}, "is 'wide', expected a whole"),
        ((4000, 1000), gpano() | {"FullPanoWidthPixels": -5.0}, "is -5, expected a positive"),
    ],
)
def test_what_is_no_place_on_a_sphere(size, told, message):
    with pytest.raises(CaptureError) as error:
        sphere_area(*size, told)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_the_share_of_the_sphere():
    # A band from +30 to -30 degrees: sin 30 = 1/2, so half of the sphere.
    area = sphere_area(3600, 600, gpano(full=(3600, 1800), crop=(3600, 600), at=(0, 600)))
    assert area.captured == pytest.approx(0.5)


def test_what_is_written_is_read_again():
    packet = gpano_packet(
        sphere_values(4096, heading_deg=-15, is_level=True), rights='CC BY "4.0" <b>&'
    )
    ElementTree.fromstring(packet.decode().partition("?>")[2].rpartition("<?")[0])
    found = gpano_from_xmp(packet.decode())
    assert is_sphere(found)
    assert sphere_area(4096, 2048, found).is_full
    assert math.degrees(heading_of(found)) == pytest.approx(345)
    assert found["PosePitchDegrees"] == found["PoseRollDegrees"] == 0
    assert "PoseHeadingDegrees" not in gpano_from_xmp(gpano_packet(sphere_values(4096)).decode())


def test_only_the_geometry_is_written():
    junk = {f"Junk{number}": "x" * 200 for number in range(1000)}
    values = sphere_values(4096, heading_deg=10, is_level=True)
    packet = gpano_packet({**junk, **values, "CaptureSoftware": "of Lan", "PoseRollDegrees": "?"})
    del values["PoseRollDegrees"]
    assert gpano_from_xmp(packet.decode()) == dict(sorted(values.items()))
    assert len(packet) < 1500
