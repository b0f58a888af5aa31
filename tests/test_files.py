import errno
import os
import struct
import tempfile
import zlib

import numpy as np
import pytest
from PIL import Image

from vtour import files
from vtour.errors import InputError, ResourceError
from vtour.files import (
    decoding,
    open_image,
    path_inside,
    read_image,
    replacing,
    resource_errors,
    tree_digest,
    write_json,
)


def test_replacing_leaves_the_old_file_when_writing_fails(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_json_is_stable_and_refuses_nan(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": "Động"})
    assert (tmp_path / "a.json").read_text() == '{\n  "a": "Động",\n  "b": 1\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "b.json", float("nan"))
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "disk full"), (errno.EACCES, "not permitted")]
)
def test_errors_of_the_disk_are_one_line(tmp_path, number, message):
    with pytest.raises(ResourceError, match=message), resource_errors(tmp_path):
        raise OSError(number, "text of the system")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/etc/passwd", "../a", "a/../../b", "a\\b", "c:/x", "http://x/y", "a\0b"],
)
def test_paths_that_leave_the_root_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="path"):
        path_inside(tmp_path, name)


def test_a_link_that_leaves_the_root_is_refused(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(InputError, match="leads outside"):
        path_inside(root, "out/secret.txt")


def test_paths_inside_may_hold_spaces_and_any_letters(tmp_path):
    assert path_inside(tmp_path, "ảnh số 1/tượng.jpg") == tmp_path / "ảnh số 1" / "tượng.jpg"


def test_tree_digest_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    before = tree_digest(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert tree_digest(tmp_path) != before


def test_exif_rotation_is_applied(tmp_path):
    # Orientation 6: the stored top row is the right column of the upright picture.
    stored = np.zeros((20, 40, 3), np.uint8)
    stored[:10] = [255, 0, 0]
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "a.jpg", exif=exif, quality=95)

    upright = read_image(tmp_path / "a.jpg")

    assert upright.shape == (40, 20, 3)
    assert upright[20, 15, 0] > 200
    assert upright[20, 5, 0] < 50


def test_a_smaller_image_keeps_its_shape(tmp_path):
    Image.new("RGB", (400, 200)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", max_side_px=100).shape == (50, 100, 3)


def test_a_truncated_jpeg_is_one_line(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg")
    whole = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"a.jpg: damaged or truncated"):
        read_image(tmp_path / "a.jpg")


def test_a_file_that_lies_about_its_type(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(InputError, match=r"a.jpg: found PDF, expected JPEG"):
        open_image(tmp_path / "a.jpg")


def test_a_billion_pixels_are_refused_by_the_header(tmp_path):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 40_000, 25_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(png)
    with pytest.raises(InputError, match="40000 x 25000 px, expected at most"):
        open_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("kind", "options", "shrink", "alone"),
    [
        ("png", {}, None, True),
        ("jpg", {}, None, True),
        ("jpg", {}, ("RGB", 100), False),
        ("jpg", {"progressive": True}, ("RGB", 100), True),
    ],
)
def test_big_images_are_decoded_one_at_a_time(tmp_path, monkeypatch, kind, options, shrink, alone):
    monkeypatch.setattr(files, "BIG_PIXELS", 400 * 300)
    path = tmp_path / f"a.{kind}"
    Image.new("RGB", (800, 600)).save(path, **options)
    with open_image(path) as image, decoding(image, shrink):
        assert files.BIG_IMAGE.locked() == alone
    assert not files.BIG_IMAGE.locked()


def test_the_lock_is_held_while_a_big_image_is_read_and_let_go_after_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BIG_PIXELS", 100)
    held = []
    real = files.eight_bit
    monkeypatch.setattr(
        files, "eight_bit", lambda image: held.append(files.BIG_IMAGE.locked()) or real(image)
    )
    Image.new("RGB", (80, 60)).save(tmp_path / "a.png")
    read_image(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(whole[:60])
    with pytest.raises(InputError, match="damaged"):
        read_image(tmp_path / "b.png")
    assert held == [True] and not files.BIG_IMAGE.locked()


def test_windows_flushes_files_through_handles_that_may_write(tmp_path, monkeypatch):
    opened = []
    real = os.open

    def noted(path, flags):
        opened.append((path, flags))
        return real(path, flags)

    monkeypatch.setattr(files, "ON_WINDOWS", True)
    monkeypatch.setattr(files.os, "open", noted)
    (tmp_path / "a").write_text("a")
    files.sync_file(tmp_path)
    files.sync_file(tmp_path / "a")
    assert opened == [(tmp_path / "a", os.O_RDWR)]


def test_no_place_for_temporary_files_is_one_line(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile._io, "open", full)
    monkeypatch.setattr(tempfile._os, "open", full)
    with pytest.raises(ResourceError, match=r"No usable temporary directory .* free some space"):
        files.temporary_folder()
