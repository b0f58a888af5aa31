import pytest
from PIL import Image

from vtour.errors import InputError
from vtour.tour.media import MediaShelf, ascii_slug, rights_text, write_web_image


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
        ("a", b"", "without suffix"),
    ],
)
def test_what_is_not_published(tmp_path, name, content, said):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / name).write_bytes(content)
    shelf = MediaShelf(source=tmp_path / "media", target=tmp_path / "out")

    with pytest.raises(InputError, match=said):
        shelf.add(name, {})


@pytest.mark.parametrize("name", ["../site.yaml", "/etc/passwd", "media/../../a.jpg", "a\\b.jpg"])
def test_media_never_come_from_outside(tmp_path, name):
    shelf = MediaShelf(source=tmp_path / "media", target=tmp_path / "out")

    with pytest.raises(InputError, match="expected a relative path"):
        shelf.add(name, {})


def test_captions_never_come_from_outside_either(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.mp3").write_bytes(b"ID3")
    (tmp_path / "notes.vtt").write_text("WEBVTT\n")
    (tmp_path / "media" / "a.vtt").symlink_to(tmp_path / "notes.vtt")
    shelf = MediaShelf(source=tmp_path / "media", target=tmp_path / "out")

    with pytest.raises(InputError, match="leads outside"):
        shelf.add("a.mp3", {})
    assert not list(tmp_path.glob("out/*"))


def test_two_files_never_share_a_name_and_one_file_has_one(tmp_path):
    (tmp_path / "media").mkdir()
    for name in ("Ảnh.mp3", "anh.mp3"):
        (tmp_path / "media" / name).write_bytes(b"ID3")
    shelf = MediaShelf(source=tmp_path / "media", target=tmp_path / "out")

    names = [shelf.add(name, {}).uri for name in ("Ảnh.mp3", "anh.mp3", "media/anh.mp3")]

    assert names == ["media/anh.mp3", "media/anh-2.mp3", "media/anh-2.mp3"]


def test_slug_keeps_vietnamese_readable():
    assert ascii_slug("Động Đăng (2)") == "dong-dang-2"
