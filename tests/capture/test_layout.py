import os
import unicodedata
from pathlib import Path

import pytest
from sample_photos import gpano_xmp, texture, write_photo

from vtour.capture.layout import check_folder, classify, walk_captures
from vtour.errors import InputError
from vtour.slugs import slug_from_name

PLY = b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n%send_header\n"


def make(root, *names, data=b"x"):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def kinds(root):
    layout, found = classify(walk_captures(root))
    return layout, {f.entry.name: (f.kind.value, f.status.value, f.reason) for f in found}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Động Tam Thanh (2)", "dong-tam-thanh-2"),
        (unicodedata.normalize("NFD", "Đền Kỳ Cùng"), "den-ky-cung"),
        ("Straße", "strasse"),
        ("三清山", "site"),
        ("--", "site"),
        ("a" * 80, "a" * 64),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_slug(name, slug):
    assert slug_from_name(name) == slug


def test_the_standard_layout(tmp_path):
    make(
        tmp_path,
        "photos/flight 1/a.jpg", "photos/a.mask.png", "photos/clip.MP4", "photos/a.dng",
        "photos/notes.txt", "panoramas/p.jpg", "panoramas/p.mask.png",
        "panoramas/gate/1.jpg", "panoramas/gate/lens.txt",
        "scans/s.e57", "models/m.glb", "media/a.mp3", "truth/cameras.json", "reference/x.txt",
        "Thumbs.db", "photos/.DS_Store", "photos/._a.jpg", ".git/config", "site.yaml",
        "control.csv", "marks.csv", "gcp_list.txt", "scalebars.csv", "targets.csv",
        "manifest-sha256.txt", "stray.jpg", "b.zip",
        "drawings/plan.pdf",
    )  # fmt: skip
    layout, found = kinds(tmp_path)
    assert layout == "standard"
    later = "not_processed_yet"
    expected = {
        "photos/flight 1/a.jpg": ("photo", "used"),
        "photos/a.mask.png": ("mask", "used"),
        "panoramas/p.mask.png": ("mask", later),
        "photos/clip.MP4": ("other", "ignored"),
        "photos/a.dng": ("other", "ignored"),
        "photos/notes.txt": ("other", "ignored"),
        "panoramas/p.jpg": ("panorama", "used"),
        "panoramas/gate/1.jpg": ("panorama_set", "used"),
        "panoramas/gate/lens.txt": ("panorama_set", "used"),
        "scans/s.e57": ("scan", "used"),
        "models/m.glb": ("model", "used"),
        "media/a.mp3": ("media", "ignored"),
        "truth/cameras.json": ("other", "ignored"),
        "reference/x.txt": ("other", "ignored"),
        "Thumbs.db": ("other", "ignored"),
        "photos/.DS_Store": ("other", "ignored"),
        "photos/._a.jpg": ("other", "ignored"),
        ".git/config": ("other", "ignored"),
        "site.yaml": ("site", "used"),
        "control.csv": ("control", "used"),
        "marks.csv": ("marks", "used"),
        "gcp_list.txt": ("gcp_list", "used"),
        "scalebars.csv": ("scale_bars", "used"),
        "targets.csv": ("targets", "used"),
        "manifest-sha256.txt": ("other", "ignored"),
        "stray.jpg": ("other", "ignored"),
        "b.zip": ("other", "ignored"),
        "drawings/plan.pdf": ("other", "ignored"),
    }
    assert {name: value[:2] for name, value in found.items()} == expected
    for name, (_, status, reason) in found.items():
        assert (status == "used") == (reason is None), name
    assert "raw" in found["photos/a.dng"][2]
    assert "video" in found["photos/clip.MP4"][2]
    assert "unpack" in found["b.zip"][2]


def test_a_bare_folder_of_photos(tmp_path):
    write_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "sub" / "b.JPG", seed=1)
    make(tmp_path, "cloud.las", "readme.txt")
    write_photo(tmp_path / "p.jpg", xmp=gpano_xmp(ProjectionType="equirectangular"))
    layout, found = kinds(tmp_path)
    assert layout == "photos"
    assert [found[name][0] for name in ("a.jpg", "sub/b.JPG", "p.jpg", "cloud.las")] == [
        "photo", "photo", "panorama", "scan",
    ]  # fmt: skip
    assert found["readme.txt"][1] == "ignored"


def test_a_bare_folder_of_spheres(tmp_path):
    write_photo(tmp_path / "a.jpg", texture(2000, 1000))
    write_photo(tmp_path / "b.jpg", xmp=gpano_xmp(ProjectionType="equirectangular"))
    layout, found = kinds(tmp_path)
    assert layout == "panoramas"
    assert {value[0] for value in found.values()} == {"panorama"}


def test_bare_folders_of_clouds_and_of_models(tmp_path):
    make(tmp_path / "s", "a.ply", data=PLY % b"")
    assert kinds(tmp_path / "s")[0] == "scans"
    make(tmp_path / "m", "a.ply", data=PLY % b"element face 12\n")
    assert kinds(tmp_path / "m")[0] == "models"
    (tmp_path / "e").mkdir()
    assert kinds(tmp_path / "e") == ("empty", {})


def test_links_that_leave_the_folder_are_not_opened(tmp_path):
    outside, root = tmp_path / "out", tmp_path / "in"
    write_photo(outside / "a.jpg")
    write_photo(root / "photos" / "own.jpg")
    (root / "photos" / "far.jpg").symlink_to(outside / "a.jpg")
    (root / "photos" / "near.jpg").symlink_to("own.jpg")
    (root / "photos" / "gone.jpg").symlink_to("nothing.jpg")
    (root / "photos" / "folder").symlink_to(outside)
    (root / "photos" / "loop").symlink_to(root)
    _, found = kinds(root)
    assert found["photos/near.jpg"][1] == "used"
    assert "outside" in found["photos/far.jpg"][2]
    assert "cannot be reached" in found["photos/gone.jpg"][2]
    for name in ("photos/folder", "photos/loop"):
        assert "not followed" in found[name][2]
    assert not any(name.startswith("photos/folder/") for name in found)


def test_a_pipe_is_not_opened(tmp_path):
    (tmp_path / "photos").mkdir()
    os.mkfifo(tmp_path / "photos" / "a.jpg")
    assert "regular file" in kinds(tmp_path)[1]["photos/a.jpg"][2]


def test_a_name_that_is_not_utf8_is_told(tmp_path):
    (tmp_path / "photos").mkdir()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/photos/\xff.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert "not UTF-8" in kinds(tmp_path)[1]["photos/\\xff.jpg"][2]


def test_a_work_folder_is_not_a_capture(tmp_path):
    write_photo(tmp_path / "a.jpg")
    make(tmp_path, "work/.vtour/keys.json", "work/inventory.json", "work/depth/images/a.jpg")
    make(tmp_path, "out/a.jpg")
    names = [entry.name for entry in walk_captures(tmp_path, skip=tmp_path / "out")]
    assert names == ["a.jpg", "work"]


def test_the_order_does_not_depend_on_the_disk(tmp_path):
    make(tmp_path, "photos/b.jpg", "photos/B.jpg", "photos/a/z.jpg", "photos/a.jpg")
    names = [entry.name for entry in walk_captures(tmp_path)]
    assert names == sorted(names)


def test_what_is_no_folder(tmp_path):
    with pytest.raises(InputError, match="not found, expected a folder"):
        check_folder(tmp_path / "none")
    make(tmp_path, "file")
    with pytest.raises(InputError, match="found a file, expected a folder"):
        check_folder(tmp_path / "file")
