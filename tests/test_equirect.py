"""Panoramas of many kinds, built in code, and what is read of them."""

import numpy as np
import pytest
from PIL import Image
from sample_photos import STORED, exif_of, texture

from vtour.equirect import (
    captured_share,
    luma_of,
    notes_of,
    read_sphere,
    stream_sphere,
    with_soft_fill,
)
from vtour.errors import InputError
from vtour.files import open_image, upright_size
from vtour.panorama_sources import PanoramaSource

WIDTH, HEIGHT = 512, 256
RGB = (200, 120, 40)


def source_of(path, gpano=None):
    with open_image(path) as image:
        width, height = upright_size(image)
    return PanoramaSource(
        id=path.stem, name=path.name, path=path, width_px=width, height_px=height, sha256="",
        gpano=gpano or {},
    )  # fmt: skip


def plain(width=WIDTH, height=HEIGHT):
    return np.full((height, width, 3), RGB, np.uint8)


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return source_of(path)


def vips_save(path, pixels, **options):
    import pyvips

    pyvips.Image.new_from_array(pixels).write_to_file(str(path), **options)
    return source_of(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_every_format_in_full(tmp_path, suffix):
    quality = {} if suffix in (".png", ".tif") else {"quality": 95}
    pixels, valid = read_sphere(save(tmp_path / f"a{suffix}", plain(), **quality), 4096)
    assert valid is None
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels.flags.c_contiguous
    assert np.abs(pixels - np.array(RGB, float)).max() <= 3


def test_depth_of_16_bits(tmp_path):
    deep = plain().astype(np.uint16) * 257
    for name in ("a.png", "a.tif"):
        source = vips_save(tmp_path / name, deep)
        assert (read_sphere(source, 4096)[0] == RGB).all()
        assert notes_of(source.path) == ["16 bits a channel: used with 8 bits"]


def test_grey_palette_and_cmyk(tmp_path):
    grey = save(tmp_path / "grey.jpg", plain()[..., 0])
    assert (read_sphere(grey, 4096)[0] == 200).all()
    palette = Image.fromarray(plain()).quantize(4)
    palette.save(tmp_path / "palette.png")
    assert np.ptp(read_sphere(source_of(tmp_path / "palette.png"), 4096)[0], axis=(0, 1)).max() == 0
    Image.fromarray(plain()).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    red, green, blue = read_sphere(source_of(tmp_path / "cmyk.jpg"), 4096)[0][9, 9].astype(int)
    assert red > green > blue


def test_what_is_transparent_was_not_captured(tmp_path):
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[200:] = 0
    pixels = np.dstack([plain(), alpha])
    pixels[200:, :, :3] = 0
    source = save(tmp_path / "a.png", pixels)
    found, valid = read_sphere(source, 4096)
    np.testing.assert_array_equal(valid, alpha > 0)
    assert (found[:200] == RGB).all()
    assert np.abs(found[200:] - np.array(RGB, float)).max() <= 2  # the edge's colour goes on
    assert notes_of(source.path) == ["alpha channel: transparent parts count as not captured"]
    image, captured = stream_sphere(source)
    assert np.abs(image.numpy() - np.array(RGB, float)).max() <= 2
    # Rows 0 to 200 of 256: from +90 degrees to 90 - 180 * 200 / 256.
    assert captured == pytest.approx((1 - np.sin(np.pi * (0.5 - 200 / 256))) / 2, abs=1e-4)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_is_turned_upright(tmp_path, orientation):
    seen = np.repeat(texture(WIDTH, HEIGHT)[..., None], 3, axis=2)
    stored = np.ascontiguousarray(STORED[orientation](seen))
    source = save(tmp_path / "a.png", stored, exif=exif_of(orientation=orientation))
    np.testing.assert_array_equal(read_sphere(source, 4096)[0], seen)
    np.testing.assert_array_equal(stream_sphere(source)[0].numpy(), seen)


CROP = {
    "FullPanoWidthPixels": 512.0, "FullPanoHeightPixels": 256.0,
    "CroppedAreaImageWidthPixels": 512.0, "CroppedAreaImageHeightPixels": 128.0,
    "CroppedAreaLeftPixels": 0.0, "CroppedAreaTopPixels": 32.0,
}  # fmt: skip


@pytest.mark.parametrize("width", [512, 256])
def test_a_part_is_put_in_its_place(tmp_path, width):
    path = tmp_path / "a.png"
    Image.fromarray(plain(512, 128)).save(path)
    pixels, valid = read_sphere(source_of(path, CROP), width)
    scale = width / 512
    rows = np.flatnonzero(valid.all(axis=1))
    assert (rows[0], rows[-1] + 1) == (32 * scale, 160 * scale)
    assert not valid[: rows[0]].any()
    assert np.abs(pixels - np.array(RGB, float)).max() <= 1
    image, captured = stream_sphere(source_of(path, CROP))
    assert (image.width, image.height, image.bands) == (512, 256, 3)
    assert captured == pytest.approx(captured_share(valid), abs=1e-3)


def test_a_copy_that_was_made_whole_is_whole(tmp_path):
    """A blurred copy may be the full sphere while its original is cropped."""
    path = tmp_path / "a.png"
    Image.fromarray(plain(512, 128)).save(path)
    source = source_of(path, CROP)
    Image.fromarray(plain()).save(path)
    assert read_sphere(source, 4096)[1] is None


def test_a_jpeg_is_shrunk_without_a_shift(tmp_path):
    ramp = np.linspace(0, 250, 1024)[None, :, None] * np.ones((512, 1, 3))
    source = save(tmp_path / "a.jpg", np.rint(ramp).astype(np.uint8), quality=95)
    pixels, _ = read_sphere(source, 128)
    assert pixels.shape == (64, 128, 3)
    expected = np.linspace(0, 250, 1024).reshape(128, 8).mean(axis=1)
    assert np.abs(pixels[32, 2:-2, 0] - expected[2:-2]).max() <= 1.5


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_what_is_cut_short_is_one_line(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    source = save(tmp_path / name, noise)
    data = source.path.read_bytes()
    source.path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError) as error:
        read_sphere(source, 4096)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_float_pixels_are_refused(tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.float32), "F").save(path)
    with pytest.raises(InputError, match="float pixels, expected 8 or 16 bits"):
        read_sphere(source_of(path), 4096)


def test_luma_is_upright_and_small(tmp_path):
    seen = texture(WIDTH, HEIGHT)
    source = save(tmp_path / "a.png", np.rot90(seen), exif=exif_of(orientation=6))
    assert luma_of(source.path, 4096).shape == (HEIGHT, WIDTH)
    assert luma_of(source.path, 128).shape == (64, 128)


def test_a_soft_fill_joins_its_edge_and_is_even_at_the_pole():
    half = plain()
    half[:, WIDTH // 2 :] = (40, 120, 200)
    valid = np.zeros((HEIGHT, WIDTH), bool)
    valid[64:192] = True
    filled = with_soft_fill(half * valid[..., None].astype(np.uint8), valid)
    np.testing.assert_array_equal(filled[valid], half[valid])
    middle = np.s_[WIDTH // 8 : WIDTH * 3 // 8]
    assert np.abs(filled[192, middle].astype(int) - RGB).max() <= 12
    assert np.ptp(filled[-1], axis=0).max() <= 6
    assert filled.min() > 30


@pytest.mark.parametrize("size", [(513, 256), (514, 256), (512, 257), (510, 256)])
def test_a_sphere_that_is_a_pixel_off_is_read(tmp_path, size):
    image, captured = stream_sphere(save(tmp_path / "a.png", plain(*size)))
    assert (image.width, captured) == (2 * image.height, 1.0)
    assert (image.numpy() == RGB).all()
