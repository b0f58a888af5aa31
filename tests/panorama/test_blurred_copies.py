"""What blurred copies hold besides their pixels: transparency, rights."""

import math

import numpy as np
import pytest
from people import photo_with_face, site_of, sphere_with_faces
from PIL import Image

from vtour.equirect import stream_sphere
from vtour.panorama.blur import blur_people
from vtour.panorama.transparent import read_shown
from vtour.panorama_sources import PanoramaSource
from vtour.privacy_record import read_regions

PHOTO = "photos/a.jpg"


def run(work):
    blur_people(work, work)
    return read_regions(work)


@pytest.fixture(scope="module")
def photo():
    return photo_with_face(200, 60)


def hidden_by_alpha(captures, name, pixels, rows):
    """Write an RGBA PNG whose given rows are transparent, colours kept; returns its alpha."""
    path = captures / name
    path.parent.mkdir(parents=True, exist_ok=True)
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[rows] = 0
    Image.fromarray(np.dstack([pixels, alpha])).save(path)
    return alpha


def test_what_alpha_hides_is_not_published_with_a_blurred_place(tmp_path):
    """A photographer who was masked out, and a box elsewhere in the same panorama."""
    name = "panoramas/hall.png"
    pixels = sphere_with_faces(1024, (0, -40))
    pixels[320:] = np.where(pixels[320:] == 120, (0, 255, 0), pixels[320:])
    alpha = hidden_by_alpha(tmp_path / "captures", name, pixels, np.s_[320:])
    box = f"add: [{{file: {name}, x_px: 100, y_px: 100, width_px: 60, height_px: 40}}]\n"
    work = site_of(tmp_path, {name: None}, privacy=box)
    found = run(work)

    assert [region.source for region in found.regions] == ["added"]  # the hidden are not searched
    copy = work.publishable(name, work.captures / name)
    assert copy == work.blurred / name
    with Image.open(copy) as image:
        assert image.format == "PNG" and image.mode == "RGBA"
        bands = np.array(image).astype(int)
    assert (bands[..., 3] == alpha).all()
    assert np.ptp(bands[320:, :, :3], axis=(0, 1)).max() == 0  # nor are they in the file
    assert (bands[:90, :, :3] == pixels[:90]).all()
    assert np.abs(bands[100:140, 100:160, :3] - pixels[100:140, 100:160]).max() <= 12
    source = PanoramaSource(
        id="hall", name=name, path=copy, sha256="0" * 64, width_px=1024, height_px=512, gpano={}
    )
    _, captured = stream_sphere(source)
    assert captured == pytest.approx((1 + math.sin(math.radians(22.5))) / 2, abs=0.01)


def test_a_hotspots_picture_keeps_its_transparency(tmp_path, photo):
    name = "media/man.png"
    hidden_by_alpha(tmp_path / "captures", name, photo, np.s_[300:])
    work = site_of(tmp_path, {name: None})
    found = run(work)
    assert {region.file for region in found.regions} == {name}
    with Image.open(work.blurred / name) as image:
        assert image.mode == "RGBA" and image.getpixel((5, 310))[3] == 0


def exif_texts(path):
    """Author and rights as their bytes say, in UTF-8."""
    with Image.open(path) as image:
        held = image.getexif()
        texts = {tag: held[tag] for tag in (0x013B, 0x8298)}
    return {
        tag: (text if isinstance(text, bytes) else text.encode("latin-1")).decode().strip("\0")
        for tag, text in texts.items()
    }


def test_rights_stay_readable_in_every_language(tmp_path, photo):
    told = {0x013B: "阮氏兰", 0x8298: "© Nguyễn Thị Lan"}
    exif = Image.Exif()
    exif.update({tag: text.encode() for tag, text in told.items()})
    names = (PHOTO, "media/man.png")
    for name in names:
        path = tmp_path / "captures" / name
        path.parent.mkdir(parents=True)
        alpha = np.full(photo.shape[:2], 255, np.uint8)
        bands = np.dstack([photo, alpha]) if name.endswith("png") else photo
        Image.fromarray(bands).save(path, exif=exif)
        assert exif_texts(path) == told
    work = site_of(tmp_path, dict.fromkeys(names))
    run(work)
    assert [exif_texts(work.blurred / name) for name in names] == [told, told]


@pytest.mark.parametrize("mode", ["LA", "P", "tRNS"])
def test_every_kind_of_transparency_is_seen(tmp_path, mode):
    bands = np.full((600, 40, 4), (200, 200, 200, 255), np.uint8)
    bands[300:] = (9, 9, 9, 0)
    image = Image.fromarray(bands)
    more = {"transparency": (9, 9, 9)} if mode == "tRNS" else {}
    image = image.quantize(8) if mode == "P" else image.convert("RGB" if more else mode)
    image.save(tmp_path / "a.png", **more)

    shown = read_shown(tmp_path / "a.png", is_sphere=True)

    assert (shown.alpha[:300] == 255).all() and (shown.alpha[300:] == 0).all()
    assert np.abs(shown.pixels.astype(int) - 200).max() <= 2
    small = read_shown(tmp_path / "a.png", is_sphere=True, max_side_px=300)
    assert small.pixels.shape == (300, 20, 3)
    assert np.abs(small.pixels.astype(int) - 200).max() <= 6
