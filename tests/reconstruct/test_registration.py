"""Reasons in words, from a graph of matches."""

from vtour.reconstruct.registration import MatchGraph, reason_not_registered, short_list
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

GRAPH = MatchGraph(
    keypoints={"a": 2000, "b": 2000, "c": 2000, "d": 120, "e": 2000, "f": 2000, "g": 2000},
    matches={("a", "b"): 400, ("b", "c"): 200, ("b", "e"): 20, ("f", "g"): 90, ("a", "c"): 70},
    flat={("f", "g"), ("a", "b")},
)


def test_partners_are_found_on_both_sides():
    assert GRAPH.partners("b") == {"a": 400, "c": 200, "e": 20}


def test_groups_hang_together_the_largest_first():
    graph = MatchGraph(
        dict.fromkeys("abcde", 1), {("a", "b"): 9, ("c", "d"): 9, ("d", "e"): 9, ("a", "c"): 0}
    )
    assert graph.groups() == [{"c", "d", "e"}, {"a", "b"}]


def test_the_largest_group_hangs_together():
    assert GRAPH.largest_group() == {"a", "b", "c", "e"}
    assert MatchGraph({"a": 1, "b": 1}, {}).largest_group() == set()


def test_a_group_is_flat_when_nearly_all_pairs_are():
    assert GRAPH.is_flat({"f", "g"})
    assert not GRAPH.is_flat({"a", "b", "c"})
    assert not GRAPH.is_flat({"a", "g"})  # no pair at all


def test_each_reason_is_told():
    registered = {"a", "b"}
    reasons = {name: reason_not_registered(name, registered, GRAPH) for name in "cdefg"}
    assert "200 matches with b, yet no position fits" in reasons["c"]
    assert reasons["d"].startswith("120 keypoints only")
    assert reasons["e"] == "20 matches only with b: too little overlap"
    assert reasons["f"] == "overlaps only photos outside the main group (g)"
    lonely = MatchGraph({"x": 900}, {})
    assert reason_not_registered("x", registered, lonely) == "no other photo overlaps it enough"


def test_a_poor_picture_is_told_before_what_the_matches_say():
    def reason(**measured):
        photo = CaptureFile(
            path="e", kind=FileKind.photo, status=FileStatus.used, bytes=1, sha256="", **measured
        )
        return reason_not_registered("e", {"a", "b"}, GRAPH, photo)

    few = "20 matches only with b: too little overlap"
    good = {"sharpness": 0.8, "clipped_dark": 0.01, "clipped_light": 0.0}
    assert reason(**good) == reason() == few
    assert reason(sharpness=0.42) == (
        f"blurred (sharpness 0.42, sharp ones have 0.65 or more); {few}"
    )
    assert reason(clipped_dark=0.6, sharpness=0.9) == f"too dark (60% of it is black); {few}"
    assert reason(clipped_light=0.4) == f"too bright (40% of it is white); {few}"


def test_long_lists_are_cut():
    assert short_list(["b", "a"]) == "a, b"
    assert short_list("abcdefghij") == "a, b, c, d, e, f, g, h and 2 more"
