import pytest
from PIL import Image
from sample_photos import gpano_xmp, write_photo

from vtour.capture.gpano import gpano_from_xmp, is_full_sphere_size, is_sphere, read_gpano


def test_attributes_keep_their_types():
    xmp = gpano_xmp(ProjectionType="equirectangular", PoseHeadingDegrees="285.5",
                    UsePanoramaViewer="True").decode()  # fmt: skip
    assert gpano_from_xmp(xmp) == {
        "PoseHeadingDegrees": 285.5,
        "ProjectionType": "equirectangular",
        "UsePanoramaViewer": True,
    }


def test_elements_are_read_too():
    xmp = "<GPano:ProjectionType>equirectangular</GPano:ProjectionType><GPano:A >-3</GPano:A>"
    found = gpano_from_xmp(xmp)
    assert found == {"A": -3.0, "ProjectionType": "equirectangular"}
    assert is_sphere(found)


def test_it_is_read_from_a_jpeg(tmp_path):
    path = write_photo(tmp_path / "a.jpg", xmp=gpano_xmp(ProjectionType="equirectangular"))
    with Image.open(path) as image:
        assert is_sphere(read_gpano(image))


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><GPano:B>&b;</GPano:B>'
    assert gpano_from_xmp(bomb) == {"B": "&b;"}


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
