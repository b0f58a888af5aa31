import hashlib
import unicodedata

import pytest

from vtour.capture.seal import (
    MANIFEST_NAME,
    decoded,
    encoded,
    read_manifest,
    seal_captures,
    verify_captures,
)
from vtour.errors import InputError

NAMES = ["photos/a.jpg", "photos/đền 1.jpg", "50% off\r\n.txt", "site.yaml"]


@pytest.fixture
def sealed(tmp_path):
    (tmp_path / "photos").mkdir()
    for name in NAMES:
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    assert seal_captures(tmp_path) == len(NAMES)
    return tmp_path


def test_the_form_is_that_of_bagit(sealed):
    digest = hashlib.sha256(NAMES[2].encode()).hexdigest()
    lines = (sealed / MANIFEST_NAME).read_bytes().decode().split("\n")
    assert lines[0] == f"{digest}  50%25 off%0D%0A.txt"
    assert [line[66:] for line in lines[1:]] == [
        "photos/a.jpg",
        "photos/đền 1.jpg",
        "site.yaml",
        "",
    ]


def test_an_untouched_folder_verifies_and_seals_the_same(sealed):
    assert verify_captures(sealed).is_none
    before = (sealed / MANIFEST_NAME).read_bytes()
    seal_captures(sealed)
    assert (sealed / MANIFEST_NAME).read_bytes() == before


def test_every_way_of_tampering_is_found(sealed):
    (sealed / "photos/a.jpg").write_bytes(b"other")
    (sealed / "site.yaml").unlink()
    (sealed / "photos/new.jpg").write_bytes(b"x")
    (sealed / "Thumbs.db").write_bytes(b"the file manager wrote again")
    found = verify_captures(sealed)
    assert found.changed == ["photos/a.jpg"]
    assert found.missing == ["site.yaml"]
    assert found.extra == ["photos/new.jpg"]
    assert found.checked == 4
    assert not found.is_none


def test_a_copy_with_decomposed_names_is_the_same(sealed):
    name = sealed / "photos/đền 1.jpg"
    name.rename(sealed / unicodedata.normalize("NFD", "photos/đền 1.jpg"))
    assert verify_captures(sealed).is_none


def test_names_go_there_and_back():
    for name in ("a%0Ab", "a\nb\r%", "%25", "plain"):
        assert decoded(encoded(name)) == name
    assert decoded("a%20b%0d") == "a%20b\r"


def test_a_folder_without_a_manifest(tmp_path):
    with pytest.raises(InputError, match="expected a manifest"):
        verify_captures(tmp_path)


@pytest.mark.parametrize(
    "line", ["hello", "0" * 63 + "  a", "0" * 64 + "  ../a", "0" * 64 + "  /etc/passwd", "0" * 64]
)
def test_a_line_that_is_not_of_the_form(tmp_path, line):
    (tmp_path / MANIFEST_NAME).write_text("0" * 64 + f"  ok.txt\n{line}\n")
    with pytest.raises(InputError, match=rf"{MANIFEST_NAME}:2: found"):
        read_manifest(tmp_path / MANIFEST_NAME)


def test_manifests_of_other_programs_are_read(tmp_path):
    digest = "AB" * 32
    (tmp_path / MANIFEST_NAME).write_bytes(f"\ufeff{digest} *./a.txt\r\n\r\n".encode())
    assert read_manifest(tmp_path / MANIFEST_NAME) == {"a.txt": digest.lower()}


def test_an_empty_folder_is_not_sealed(tmp_path):
    with pytest.raises(InputError, match="expected captures to seal"):
        seal_captures(tmp_path)


def test_a_seal_is_not_written_over_when_something_changed(sealed):
    before = (sealed / MANIFEST_NAME).read_bytes()
    assert seal_captures(sealed) == len(NAMES)  # nothing has changed
    (sealed / "site.yaml").write_bytes(b"other")
    (sealed / "new.txt").write_bytes(b"new")

    with pytest.raises(InputError, match="since then 1 changed, 0 missing, 1 extra; expected"):
        seal_captures(sealed)

    assert (sealed / MANIFEST_NAME).read_bytes() == before
    assert seal_captures(sealed, replace=True) == len(NAMES) + 1
    assert verify_captures(sealed).is_none


def test_the_review_is_signed_after_the_delivery(sealed):
    (sealed / "privacy.yaml").write_text("remove: []\n")
    found = verify_captures(sealed)
    assert found.is_none and found.later == ["privacy.yaml"]

    seal_captures(sealed)
    assert verify_captures(sealed).later == []
    (sealed / "privacy.yaml").write_text("# changed\n")
    (sealed / "photos/privacy.yaml").write_text("not in the root\n")
    found = verify_captures(sealed)
    assert (found.changed, found.extra, found.later) == (
        [],
        ["photos/privacy.yaml"],
        ["privacy.yaml"],
    )
    (sealed / "privacy.yaml").unlink()
    assert verify_captures(sealed).missing == ["privacy.yaml"]
