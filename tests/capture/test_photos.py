import pytest
from PIL import Image
from sample_photos import odd_exif, quarters, texture, write_turned

from vtour.capture.photos import examine_photo
from vtour.files import read_image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_photos_are_measured_and_seen_upright(tmp_path, suffix, orientation):
    path = write_turned(tmp_path / f"a.{suffix}", orientation)

    facts = examine_photo(path)

    assert facts.problem is None
    assert (facts.width_px, facts.height_px) == (480, 640)
    assert facts.luma.shape == (640, 480)
    assert quarters(facts.luma) == [0, 80, 160, 240]
    assert facts.exif.orientation == orientation
    pixels = read_image(path)
    assert pixels.shape == (640, 480, 3)
    assert quarters(pixels) == [0, 80, 160, 240]


def test_a_tiff_turned_by_its_xmp_alone_is_measured_upright(tmp_path):
    xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    image = Image.fromarray(texture())
    image.save(tmp_path / "a.tif", tiffinfo={700: xmp.encode()})

    facts = examine_photo(tmp_path / "a.tif")

    assert (facts.width_px, facts.height_px) == (480, 640)
    assert read_image(tmp_path / "a.tif").shape == (*facts.luma.shape, 3) == (640, 480, 3)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_odd_exif_stops_neither_the_look_nor_the_reading(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(texture()).convert("RGB").save(path, exif=odd_exif())

    facts = examine_photo(path)

    assert facts.problem is None
    assert (facts.width_px, facts.height_px) == (480, 640)
    assert read_image(path).shape == (640, 480, 3)
