import json

import pytest
from PIL import Image
from work_folders import listed_media

from vtour.errors import InputError
from vtour.files import write_json
from vtour.rights import rights_text
from vtour.tour.media import MediaShelf, ascii_slug, write_web_image
from vtour.workspace import Workspace


def shelf_of(tmp_path, *names):
    """A shelf for the captures in ``tmp_path``, whose only hotspot names these media."""
    spot = {"id": "a", "at": {"enu_m": [0, 0, 0]}, "title": {"en": "A"}, "media": names}
    site = json.dumps({"id": "a", "name": {"en": "A"}, "hotspots": [spot]}, ensure_ascii=False)
    (tmp_path / "site.yaml").write_text(site)
    work = Workspace(tmp_path / "work", tmp_path)
    files = listed_media(tmp_path)
    write_json(work.inventory, {"site_id": "a", "layout": "standard", "files": files})
    return MediaShelf(work=work, target=tmp_path / "out")


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("© Bảo tàng".encode(), "© Bảo tàng"),
        ("© Bảo tàng".encode().decode("latin-1"), "© Bảo tàng"),  # as Pillow gives it
        (b"\xa9 Mus\xe9e", "© Musée"),
        ("A. Nguyen\0", "A. Nguyen"),
        (7, "7"),
    ],
)
def test_rights_are_read_as_utf_8_else_as_latin_1(stored, meant):
    assert rights_text(stored) == meant


def test_rights_beyond_ascii_survive_a_second_time(tmp_path):
    exif = Image.Exif()
    exif[0x013B] = "Đỗ Thị Hoà".encode()
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    write_web_image(tmp_path / "a.jpg", tmp_path / "b.webp")
    write_web_image(tmp_path / "b.webp", tmp_path / "c.webp")

    with Image.open(tmp_path / "c.webp") as image:
        assert rights_text(image.getexif()[0x013B]) == "Đỗ Thị Hoà"
        assert len(image.getexif()) == 1


def test_image_without_rights_has_no_exif(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")
    write_web_image(tmp_path / "a.png", tmp_path / "b.webp")

    with Image.open(tmp_path / "b.webp") as image:
        assert "exif" not in image.info
        assert image.mode == "RGBA"


def test_photo_is_shown_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif)
    write_web_image(tmp_path / "a.jpg", tmp_path / "b.webp")

    with Image.open(tmp_path / "b.webp") as image:
        assert image.size == (20, 30)


def test_odd_exif_does_not_keep_an_image_from_being_shown_upright(tmp_path):
    maker_as_fraction = b"\x0f\1\5\0\1\0\0\0\x26\0\0\0"
    turned = b"\x12\1\3\0\1\0\0\0\6\0\0\0"
    exif = b"Exif\0\0II*\0\x08\0\0\0\2\0" + maker_as_fraction + turned + bytes(4)
    Image.new("RGB", (30, 20)).save(tmp_path / "a.jpg", exif=exif + b"\1\0\0\0\2\0\0\0")
    write_web_image(tmp_path / "a.jpg", tmp_path / "b.webp")

    with Image.open(tmp_path / "b.webp") as image:
        assert image.size == (20, 30)
        assert "exif" not in image.info


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.mp3", b"<html>", "not what .mp3 promises"),
        ("a.mp4", b"RIFF", "not what .mp4 promises"),
        ("a.jpg", b"GIF89a", "found GIF"),
        ("a.exe", b"MZ", "expected one of"),
        ("a", b"x", "without suffix"),
        ("a.jpg", b"", "an empty file"),
    ],
)
def test_what_is_not_published(tmp_path, name, content, said):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / name).write_bytes(content)
    shelf = shelf_of(tmp_path, name)

    with pytest.raises(InputError, match=said):
        shelf.add(name, {})


@pytest.mark.parametrize("name", ["../site.yaml", "/etc/passwd", "media/../../a.jpg", "a\\b.jpg"])
def test_media_never_come_from_outside(tmp_path, name):
    (tmp_path / "media").mkdir()
    shelf = shelf_of(tmp_path, name)

    with pytest.raises(InputError, match="expected a file in media/ of the captures"):
        shelf.add(name, {})


def test_media_never_come_through_a_link_to_a_folder(tmp_path):
    (tmp_path / "private").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "private" / "a.jpg")
    captures = tmp_path / "captures"
    captures.mkdir()
    (captures / "media").symlink_to(tmp_path / "private")
    shelf = shelf_of(captures, "a.jpg")

    with pytest.raises(InputError, match="media: symbolic link to a folder: not followed"):
        shelf.add("a.jpg", {})


def test_media_that_become_links_later_are_refused(tmp_path):
    captures = tmp_path / "captures"
    (captures / "media").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(captures / "media" / "a.jpg")
    shelf = shelf_of(captures, "a.jpg")
    (captures / "media").rename(tmp_path / "private")
    (captures / "media").symlink_to(tmp_path / "private")

    with pytest.raises(InputError, match="leads outside"):
        shelf.add("a.jpg", {})


def test_captions_never_come_from_outside_either(tmp_path):
    captures = tmp_path / "captures"
    (captures / "media").mkdir(parents=True)
    (captures / "media" / "a.mp3").write_bytes(b"ID3")
    (tmp_path / "notes.vtt").write_text("WEBVTT\n")
    (captures / "media" / "a.vtt").symlink_to(tmp_path / "notes.vtt")
    shelf = shelf_of(captures, "a.mp3")

    with pytest.raises(InputError, match="leads outside"):
        shelf.add("a.mp3", {})
    assert not list(captures.glob("out/*"))


def test_two_files_never_share_a_name_and_one_file_has_one(tmp_path):
    (tmp_path / "media").mkdir()
    for name in ("Ảnh.mp3", "anh.mp3"):
        (tmp_path / "media" / name).write_bytes(b"ID3")
    shelf = shelf_of(tmp_path, "Ảnh.mp3", "anh.mp3")

    names = [shelf.add(name, {}).uri for name in ("Ảnh.mp3", "anh.mp3", "media/anh.mp3")]

    assert names == ["media/anh.mp3", "media/anh-2.mp3", "media/anh-2.mp3"]


def test_slug_keeps_vietnamese_readable():
    assert ascii_slug("Động Đăng (2)") == "dong-dang-2"


def test_a_picture_with_a_face_is_published_blurred(tmp_path):
    (tmp_path / "media").mkdir()
    Image.new("RGB", (40, 30), "red").save(tmp_path / "media" / "a.png")
    shelf = shelf_of(tmp_path, "a.png")
    copy = shelf.work.blurred / "media" / "a.png"
    copy.parent.mkdir(parents=True)
    Image.new("RGB", (40, 30), "blue").save(copy, format="JPEG")
    media = shelf.add("a.png", {})

    with Image.open(tmp_path / "out" / media.uri.removeprefix("media/")) as image:
        red, _, blue = image.convert("RGB").getpixel((20, 15))
    assert blue > 200 > 50 > red
