"""Maps from above: where things lie on the sheet, worked from a drawing.

Four cameras at the corners of a square of 10 m; the world's z points south, down the sheet.
"""

import re

import numpy as np
import pytest

from vtour.report.maps import (
    CELL_PX,
    MARGIN,
    WIDTH,
    camera_map,
    caption,
    overlap_bars,
    overlap_map,
    round_length,
    sheet_of,
)
from vtour.report.solved import Camera, Solved

NORTH, DOWN = (0.0, 0.0, -1.0), (0.0, -1.0, 0.0)
KNOWN = {"metric": True, "north": True}
UNKNOWN = {"metric": False, "north": False}
NOBODY = np.zeros((0, 3))


def camera(name, x, z, forward=NORTH, is_sphere=False):
    return Camera(name, is_sphere, np.array([x, 1.5, z]), np.array(forward), np.pi / 6, 0.01)


def solved(cameras, points=NOBODY, seen_by=()):
    points = np.asarray(points, float)
    seen = np.asarray(seen_by, int) if len(seen_by) else np.full(len(points), 3)
    return Solved(cameras, points, seen, np.full(len(points), 0.5))


CORNERS = [
    camera("nw", 0, 0),
    camera("ne", 10, 0),
    camera("sw", 0, 10),
    camera("se", 10, 10, DOWN),
]


def discs(svg):
    """Centre of every camera by its name."""
    found = re.findall(r"<title>([^<]+)</title><circle cx=\"([\d.]+)\" cy=\"([\d.]+)\"", svg)
    return {name: (float(x), float(y)) for name, x, y in found}


def test_north_is_up_and_east_is_right():
    places = discs(camera_map(solved(CORNERS), {}, **KNOWN))
    side = WIDTH - MARGIN
    assert places == {
        "nw": (MARGIN, MARGIN), "ne": (side, MARGIN), "sw": (MARGIN, side), "se": (side, side),
    }  # fmt: skip


def test_a_wedge_points_where_the_photo_looks():
    drawn = camera_map(solved([camera("a", 0, 0), camera("b", 10, 10)]), {}, **KNOWN)
    x, y = discs(drawn)["a"]
    ends = re.findall(r"<path d=\"M[\d. ]+L([\d.-]+) ([\d.-]+)L([\d.-]+) ([\d.-]+)z", drawn)
    left, right = np.array(ends[0], float).reshape(2, 2) - [x, y]
    # 30 degrees to either side of up, 20 px long
    assert left == pytest.approx([-10, -20 * np.cos(np.pi / 6)], abs=0.06)
    assert right == pytest.approx([10, -20 * np.cos(np.pi / 6)], abs=0.06)


def test_who_looks_down_and_panoramas_have_no_wedge():
    cameras = [camera("down", 0, 0, DOWN), camera("round", 9, 0, is_sphere=True)]
    drawn = camera_map(solved(cameras), {}, **UNKNOWN)
    assert "L" not in "".join(re.findall(r'<path d="([^"]*)"', drawn))
    assert 'class="sphere"' in drawn


def test_what_is_not_known_is_not_drawn():
    known, unknown = (camera_map(solved(CORNERS), {}, **how) for how in (KNOWN, UNKNOWN))
    assert 'class="north"' in known and 'class="scale"' in known and ">2 m<" in known
    assert 'class="north"' not in unknown and 'class="scale"' not in unknown


def test_photos_that_failed_are_crosses_and_one_far_away_does_not_shrink_the_map():
    lost = {"near <b>": np.array([5.0, 0, -5]), "far": np.array([10_000.0, 0, 0])}
    drawn = camera_map(solved(CORNERS), lost, **KNOWN)
    assert drawn.count('class="lost"') == 1
    assert "near &lt;b&gt;: not registered" in drawn and "far" not in drawn
    y = discs(drawn)["nw"][1]
    assert y > MARGIN + 50  # the map reaches to the near one, 5 m north of the square


def test_few_stray_points_do_not_widen_the_map():
    cloud = np.random.default_rng(0).uniform(0, 10, (1000, 3))
    cloud[:10] *= 1000
    sheet = sheet_of(solved(CORNERS, cloud), NOBODY)
    assert sheet.scale == pytest.approx((WIDTH - 2 * MARGIN) / 10)


def test_the_horizon_does_not_widen_the_map():
    wall = np.random.default_rng(0).uniform(0, 10, (800, 3))
    hills = np.random.default_rng(1).uniform(200, 300, (200, 3))  # a fifth of the points
    sheet = sheet_of(solved(CORNERS, np.vstack([wall, hills])), NOBODY)
    assert sheet.scale == pytest.approx((WIDTH - 2 * MARGIN) / 10)


def test_panoramas_amid_far_hills_stay_large():
    stands = [camera("a", 0, 0, is_sphere=True), camera("b", 10, 0, is_sphere=True)]
    hills = np.random.default_rng(1).uniform(-500, 500, (300, 3))
    sheet = sheet_of(solved(stands, hills), NOBODY)
    # as far around as the site is large: 30 m by 20 m
    assert sheet.scale == pytest.approx((WIDTH - 2 * MARGIN) / 30)
    as_photos = [camera("a", 0, 0), camera("b", 10, 0)]
    assert (
        sheet_of(solved(as_photos, hills), NOBODY).scale < 1
    )  # of these the map shows what they saw


def test_squares_have_the_median_count_of_their_points():
    # a camera at either end keeps the scale: 432 px for 10 m; three points within one square
    points = [[5.0, 0, 5.0], [5.01, 3, 5.0], [5.0, 1, 5.01], [2.0, 0, 2.0]]
    drawn = overlap_map(solved(CORNERS, points, [2, 4, 9, 2]), **KNOWN)
    found = {
        int(seen): path for seen, path in re.findall(r'<path class="seen(\d)" d="([^"]*)"', drawn)
    }
    column = int((MARGIN + 5 * 43.2) // CELL_PX * CELL_PX)
    assert found[4].startswith(f"M{column} {column}h5")
    assert set(found) == {2, 4}


def test_points_are_counted_by_how_many_see_them():
    bars = overlap_bars(np.array([2, 2, 3, 5, 6, 50]))
    assert (bars.labels, bars.counts) == (["2", "3", "4", "5 or more"], [2, 1, 0, 3])
    assert overlap_bars(np.array([1, 5])).labels[0] == "1"


@pytest.mark.parametrize(("most", "length"), [(7.3, 5), (20, 20), (0.9, 0.5), (199, 100)])
def test_scale_bars_are_round(most, length):
    assert round_length(most) == pytest.approx(length)


def test_the_caption_names_what_is_on_the_map():
    near, far = np.array([5.0, 1.6, 5.0]), np.array([1e4, 1.6, 0.0])
    assert caption(solved(CORNERS), {"a.jpg": near}) == (
        "Blue: where each photo was taken, and where it looks (a dot alone looks straight down). "
        "Grey: points that were solved. "
        "Red crosses: photos that were not registered, at their GPS position."
    )
    off_the_map = caption(solved(CORNERS), {"b.jpg": far})
    assert "crosses" not in off_the_map
    assert off_the_map.endswith("1 more lie far off the map by their GPS position.")
    assert caption(solved([camera("p", 0, 0, is_sphere=True)]), {}).startswith("Orange")
