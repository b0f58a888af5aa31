import pytest

from vtour.errors import InputError
from vtour.privacy_file import (
    add_region,
    privacy_from_text,
    read_privacy,
    remove_proposal,
    sign_review,
)
from vtour.schema.privacy import AddedRegion, PrivacyFile, Review

DIGEST = "0a" * 32
GOOD = f"""\
# the guide, who does not want to be seen
add:
  - {{file: photos/ảnh 1.jpg, x_px: 310, y_px: 22.5, width_px: 40, height_px: 5e1, note: no}}
  - file: stitched/san-truoc.jpg   # the car
    x_px: 8100
    y_px: 2100
    width_px: 200
    height_px: 60
remove: [p0123456789, "p9876543210"]
review: {{by: 'Nguyễn Thị Lan', date: 2026-11-25, digest: {DIGEST}}}
"""


def test_a_full_file():
    privacy = privacy_from_text(GOOD)
    assert [region.height_px for region in privacy.add] == [50, 60]
    assert privacy.add[0].note == "no"
    assert privacy.remove == ["p0123456789", "p9876543210"]
    assert privacy.review == Review(by="Nguyễn Thị Lan", date="2026-11-25", digest=DIGEST)


@pytest.mark.parametrize("text", ["", "# nothing yet\n\n", "add:\nremove:\nreview:\n", "add: []"])
def test_a_file_that_says_nothing(text):
    assert privacy_from_text(text) == PrivacyFile()


BOX = "file: a.jpg, x_px: 1, y_px: 2, width_px: 3"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- a", "privacy.yaml: found no mapping, expected 'add:', 'remove:' or 'review:'"),
        ("blur: []", "privacy.yaml:1:1: blur: unknown field"),
        (f"add:\n- {{{BOX}}}", "privacy.yaml:2:3: add[0].height_px: missing, expected a value"),
        (f"add: [{{{BOX}, height_px: 0}}]", "add[0].height_px: found '0', expected greater than 0"),
        (f"add: [{{{BOX}, height_px: x}}]", "add[0].height_px: found 'x', expected a number"),
        (f"add: [{{{BOX}, height_px: .inf}}]", "add[0].height_px: found '.inf', expected a"),
        ("add: {}", "privacy.yaml:1:6: add: expected a list"),
        ("remove: [one]", "remove[0]: found 'one', expected the id of a proposal, such as p01"),
        ("review: {by: Lan}", "review.date: missing, expected a value"),
        (
            f"review: {{by: Lan, date: 25/11, digest: {DIGEST}}}",
            "review.date: found '25/11', expected a date such as 2026-11-30",
        ),
        ("review: {by: L, date: 2026-11-30, digest: a}", "expected a digest of 64 hex digits"),
        ("remove: &x [p0123456789]", "privacy.yaml:1:9: anchor (&)"),
        ("remove: []\nremove: []", "privacy.yaml:2:1: key 'remove' is written twice"),
    ],
)
def test_an_error_names_the_place(text, error):
    with pytest.raises(InputError) as caught:
        privacy_from_text(text)
    assert error in str(caught.value)


def test_edits_keep_what_people_wrote(tmp_path):
    path = tmp_path / "privacy.yaml"
    path.write_text(GOOD, encoding="utf-8")
    remove_proposal(path, "p1111111111")
    remove_proposal(path, "p1111111111")
    add_region(path, AddedRegion(file="photos/b.jpg", x_px=1, y_px=2.5, width_px=3, height_px=4))
    sign_review(path, Review(by="Trần Văn Ba", date="2026-11-26", digest="1b" * 32))

    text = path.read_text(encoding="utf-8")
    assert text.startswith("# the guide, who does not want to be seen\nadd:\n")
    assert "# the car" in text and "note: no" in text and '"p9876543210"' in text
    assert "y_px: 2.5" in text and "width_px: 3\n" in text
    assert [text.index(word) for word in ("add:", "remove:", "review:")] == sorted(
        text.index(word) for word in ("add:", "remove:", "review:")
    )
    privacy = read_privacy(path)
    assert privacy.remove == ["p0123456789", "p9876543210", "p1111111111"]
    assert [region.file for region in privacy.add][2] == "photos/b.jpg"
    assert privacy.review.by == "Trần Văn Ba" and privacy.review.digest == "1b" * 32


@pytest.mark.parametrize("before", [None, "", "# mine\n", "add:\nremove:\n"])
def test_edits_begin_where_nothing_was_said(tmp_path, before):
    path = tmp_path / "privacy.yaml"
    if before is not None:
        path.write_text(before)
    remove_proposal(path, "p1111111111")
    add_region(path, AddedRegion(file="a: b", x_px=1, y_px=2, width_px=3, height_px=4, note="no"))

    privacy = read_privacy(path)
    assert privacy.remove == ["p1111111111"]
    assert privacy.add[0].file == "a: b" and privacy.add[0].note == "no"
    assert path.read_text().startswith("#") or before in ("", "add:\nremove:\n")


def test_an_edit_of_a_file_that_is_not_valid_changes_nothing(tmp_path):
    path = tmp_path / "privacy.yaml"
    path.write_text("remove: [x]\n")
    with pytest.raises(InputError, match=r"privacy\.yaml:1:10"):
        remove_proposal(path, "p1111111111")
    assert path.read_text() == "remove: [x]\n"
