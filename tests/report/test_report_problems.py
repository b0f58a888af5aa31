"""Photos that failed: the likely reason, what to do, and pictures of some."""

import numpy as np
import pytest
from PIL import Image

from tests.sample_photos import texture, write_photo
from vtour.reconstruct.registration import MatchGraph, reason_not_registered
from vtour.report import problems
from vtour.report.pictures import UNKNOWN, Album, coloured, depth_picture
from vtour.report.problems import (
    ALONE,
    APART,
    BLURRED,
    BRIGHT,
    DARK,
    LITTLE,
    OTHER,
    PER_GROUP,
    PLAIN,
    REPEATED,
    SET_ASIDE,
    likely_reason,
    match_groups,
    problem_groups,
)
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

GRAPH = MatchGraph(
    keypoints={"a": 5000, "b": 5000, "c": 5000, "few": 20, "alone": 900, "x": 900, "y": 900},
    matches={("a", "b"): 400, ("a", "c"): 20, ("x", "y"): 300},
)


def photo(path="photos/a.jpg", status=FileStatus.used, **more):
    return CaptureFile(
        path=path, kind=FileKind.photo, status=status, bytes=1, sha256="0" * 64, **more
    )


@pytest.mark.parametrize(
    ("name", "registered", "reason"),
    [
        ("few", {"a", "b"}, PLAIN),
        ("alone", {"a", "b"}, ALONE),
        ("x", {"a", "b"}, APART),
        ("c", {"a", "b"}, LITTLE),
        ("b", {"a"}, REPEATED),
    ],
)
def test_every_reason_of_the_stage_has_its_group(name, registered, reason):
    text = reason_not_registered(name, registered, GRAPH)
    assert likely_reason(text, photo(name)) is reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sharpness": 0.4}, BLURRED),
        ({"sharpness": 0.9, "clipped_dark": 0.7}, DARK),
        ({"sharpness": 0.9, "clipped_light": 0.7}, BRIGHT),
        ({"sharpness": 0.9}, ALONE),
        ({}, ALONE),
    ],
)
def test_what_the_pixels_say_comes_first(more, reason):
    assert likely_reason("no other photo overlaps it enough", photo(**more)) is reason


def test_a_blurred_photo_of_repeated_structure_is_not_called_blurred():
    text = "90 matches with b, yet no position fits: turned on the spot, repeated texture"
    assert likely_reason(text, photo(sharpness=0.4)) is REPEATED


def test_words_that_nobody_knows_yet_are_shown_as_they_are():
    assert likely_reason("a meteor hit it", photo()) is OTHER
    (group,) = problem_groups([photo("a")], {"a": "a meteor hit it"}, NoPictures())
    assert group.title == "Not registered" and group.shown[0].text == "a meteor hit it"


class NoPictures:
    def thumb(self, name):
        return None


def test_long_groups_show_some_and_name_the_rest():
    lost = {f"{number:03}.jpg": "no other photo overlaps it enough" for number in range(40)}
    (group,) = problem_groups([], lost, NoPictures())
    assert group.count == 40
    assert len(group.shown) == PER_GROUP
    assert group.rest[0] == "012.jpg" and group.rest[-1] == "039.jpg"


def test_what_the_inventory_set_aside_is_told_last():
    bad = photo("photos/bad.jpg", FileStatus.unusable, reason="damaged or truncated")
    note = photo("notes.txt", FileStatus.unusable).model_copy(update={"kind": FileKind.other})
    groups = problem_groups([bad, note], {"b": "20 keypoints only: dark"}, NoPictures())
    assert [group.title for group in groups] == [PLAIN.title, SET_ASIDE.title]
    assert [shown.path for shown in groups[1].shown] == ["photos/bad.jpg"]


@pytest.fixture
def work(tmp_path):
    """Two photos; a blurred copy of the second; the third is gone."""
    work = Workspace(tmp_path / "work", tmp_path / "captures")
    names = [f"photos/{number}.jpg" for number in range(3)]
    for name in names[:2]:
        write_photo(work.captures / name, texture(400, 300, 1))
    copy = work.blurred / names[1]
    copy.parent.mkdir(parents=True)
    Image.new("RGB", (400, 300), (250, 0, 0)).save(copy)
    work.inventory.write_text(
        Inventory(site_id="a", layout="photos", files=[photo(n) for n in names]).model_dump_json()
    )
    return work


def test_pictures_are_small_and_few_and_blurred_where_a_copy_is(work):
    album = Album(work, 2)
    first, second = album.thumb("photos/0.jpg"), album.thumb("photos/1.jpg")
    assert first.startswith("data:image/webp;base64,") and len(first) < 12_000
    assert len(second) < len(first) / 4  # the plain red copy, not the texture
    assert album.thumb("photos/0.jpg") is None  # no room is left
    assert Album(work, 2).thumb("photos/2.jpg") is None  # gone
    assert Album(work, 2).thumb("nobody.jpg") is None


def test_a_failed_build_tells_which_photos_overlap(work, monkeypatch):
    work.features.mkdir()
    work.database.write_bytes(b"")
    monkeypatch.setattr(problems.MatchGraph, "read", staticmethod(lambda _: GRAPH))
    reports = {"features": StageReport(stage="features")}
    groups = match_groups(work, reports, NoPictures())

    assert [(group.title, group.count) for group in groups] == [
        ("Photos that overlap each other", 3),
        ("Photos that overlap each other", 2),
        ("Photos that overlap no other", 2),
    ]
    assert groups[0].shown[2].text == "20 matches with a"
    assert groups[2].shown[1].text == "20 keypoints, matches none"
    assert [shown.path for shown in groups[0].shown] == ["a", "b", "c"]
    assert [shown.path for shown in groups[2].shown] == ["alone", "few"]
    solved = {**reports, "sparse": StageReport(stage="sparse")}
    assert match_groups(work, solved, NoPictures()) == []


def test_photos_that_all_overlap_need_other_advice(work, monkeypatch):
    work.features.mkdir()
    work.database.write_bytes(b"")
    graph = MatchGraph({"a": 1000, "b": 1000}, {("a", "b"): 40})
    monkeypatch.setattr(problems.MatchGraph, "read", staticmethod(lambda _: graph))
    (group,) = match_groups(work, {"features": StageReport(stage="features")}, NoPictures())
    assert group.title.endswith("all of them") and "step sideways" in group.advice


def test_a_damaged_database_hides_the_groups_only(work):
    work.features.mkdir()
    work.database.write_bytes(b"no database at all")
    assert match_groups(work, {"features": StageReport(stage="features")}, NoPictures()) == []


def test_depths_are_coloured_from_near_to_far():
    depth = np.array([[0, 1, 2, 4]], np.float32)
    unknown, near, middle, far = coloured(depth)[0].astype(int)
    assert list(unknown) == [UNKNOWN] * 3
    assert near.sum() > middle.sum() > far.sum()
    assert not coloured(np.zeros((2, 2), np.float32)).any(where=coloured(depth[:, :1]) != UNKNOWN)


def test_a_depth_map_that_is_damaged_has_no_picture(tmp_path):
    path = tmp_path / "1.jpg.geometric.bin"
    assert depth_picture(path) is None
    path.write_bytes(b"4&4&1&123")
    assert depth_picture(path) is None
