"""Photos as people name them."""

import pytest

from vtour.photo_names import PhotoNames

NAMES = PhotoNames(["photos/a/P1.jpg", "photos/b/P1.jpg", "photos/b/P2.jpg", "top.jpg"])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("photos/b/P2.jpg", "photos/b/P2.jpg"),
        ("b/P2.jpg", "photos/b/P2.jpg"),
        ("P2.jpg", "photos/b/P2.jpg"),
        ("a\\P1.jpg", "photos/a/P1.jpg"),
        ("./top.jpg", "top.jpg"),
        ("photos/top.jpg", "top.jpg"),
        ("P1.jpg", None),
        ("P3.jpg", None),
    ],
)
def test_a_photo_is_found_by_path_or_by_its_only_name(given, meant):
    assert NAMES.find(given) == meant


def test_what_is_not_found_is_answered_with_what_may_be_meant():
    assert "did you mean 'P2.jpg'?" in NAMES.not_found("P2.jpeg")
    assert "is there 2 times" in NAMES.not_found("P1.jpg")
    assert NAMES.not_found("nothing like it").endswith("not found among the usable photos")
