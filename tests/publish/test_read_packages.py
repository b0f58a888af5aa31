"""What the viewer may know of packages: where they are, and that they change on disk."""

import json

import pytest
from sample_packages import change_manifest, write_package

from vtour.errors import InputError
from vtour.publish.read import PackageLibrary, find_packages, package_folders, read_package


def test_a_path_is_a_package_a_work_folder_or_a_folder_of_either(tmp_path):
    write_package(tmp_path / "all/a", "a")
    write_package(tmp_path / "all/b/package", "b")
    write_package(tmp_path / "all/.hidden", "hidden")
    (tmp_path / "all/c").mkdir()

    assert list(find_packages([tmp_path / "all"])) == ["a", "b"]
    assert list(find_packages([tmp_path / "all/a"])) == ["a"]
    assert list(find_packages([tmp_path / "all/b"])) == ["b"]
    assert package_folders(tmp_path / "all/c") == []


def test_the_same_package_named_twice_is_one(tmp_path):
    package = write_package(tmp_path / "all/a", "a")
    (tmp_path / "link").symlink_to(package)

    assert list(find_packages([tmp_path / "all", package, tmp_path / "link"])) == ["a"]


def test_an_id_used_twice_names_both_folders(tmp_path):
    for name in ("one", "two"):
        write_package(tmp_path / name, "same")

    with pytest.raises(InputError, match=r"'same': found in .*one and in .*two"):
        find_packages([tmp_path])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "valid dictionary"),
        ("{}", "Field required"),
        (b"\xff\xfe\x00", "not valid JSON"),
    ],
)
def test_a_damaged_manifest_among_good_ones_is_set_aside(tmp_path, text, said):
    write_package(tmp_path / "a", "a")
    (tmp_path / "bad").mkdir()
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "bad/tour.json").write_bytes(data)

    library = PackageLibrary([tmp_path])

    assert list(library.packages()) == ["a"]
    (broken,) = library.broken()
    assert said in broken.reason and "\n" not in broken.reason
    assert str(tmp_path) in broken.reason and str(tmp_path) not in broken.summary


def test_a_twin_that_comes_while_serving_is_set_aside(tmp_path):
    write_package(tmp_path / "one", "same")
    library = PackageLibrary([tmp_path])
    write_package(tmp_path / "two", "same")
    library._looked_s = float("-inf")

    assert library.packages()["same"].root == tmp_path / "one"
    assert "expected every id once" in library.broken()[0].reason


def test_a_package_that_is_replaced_added_mended_or_removed_is_noticed(tmp_path):
    write_package(tmp_path / "a", "a")
    library = PackageLibrary([tmp_path])
    first = library.get("a").digest

    change_manifest(tmp_path / "a", lambda value: value.update(credit="New"))
    assert library.get("a").tour.credit == "New"
    assert library.get("a").digest != first

    write_package(tmp_path / "b", "b")
    (tmp_path / "a/tour.json").write_text("{")
    library._looked_s = float("-inf")
    assert list(library.packages()) == ["b"]
    assert len(library.broken()) == 1

    write_package(tmp_path / "a", "a")
    library._looked_s = float("-inf")
    assert list(library.packages()) == ["a", "b"]
    assert library.broken() == []


def test_only_listed_files_inside_the_package_are_there(tmp_path):
    package = write_package(tmp_path / "a", "a")
    (tmp_path / "secret").write_text("x")
    (package / "extra.txt").write_text("x")
    (package / "out").symlink_to(tmp_path / "secret")
    change_manifest(package, lambda value: value["files"].update(out="0" * 64, gone="0" * 64))
    found = read_package(package)

    assert found.file("model/site.thumb.glb").path == package / "model/site.thumb.glb"
    for name in ("extra.txt", "out", "gone", "../secret", "model", "", "tour.json"):
        assert found.file(name) is None, name


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a\\b", "a/../b", ".hidden", "a:b"])
def test_a_manifest_cannot_name_files_outside(tmp_path, name):
    package = write_package(tmp_path / "a", "a")

    def poster(value):
        value["poster"]["uri"] = name

    change_manifest(package, poster)
    with pytest.raises(InputError, match=r"poster\.uri"):
        read_package(package)


def test_a_manifest_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    package = write_package(tmp_path / "a", "a")
    monkeypatch.setattr("vtour.publish.read.MAX_MANIFEST_BYTES", 100)

    with pytest.raises(InputError, match="expected at most 100"):
        read_package(package)


def test_the_manifest_is_kept_byte_for_byte(tmp_path):
    package = write_package(tmp_path / "a", "a")
    text = json.dumps(json.loads((package / "tour.json").read_text()), indent=7)
    (package / "tour.json").write_text(text)

    assert read_package(package).manifest == text.encode()
