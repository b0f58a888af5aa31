"""Distances between marked points: as the scale, and as a check of it."""

import numpy as np
import pytest

from tests.world.solved_photos import SCALE, write_work
from tests.world.test_control import CENTRES, POINTS, SITE, control_text, marks_text
from vtour.control_files import read_scale_bars
from vtour.errors import InputError
from vtour.frames import geodetic_from_enu, matrix_from_columns
from vtour.workspace import Workspace
from vtour.world.solve import solve_world

ANCHOR = (21.85, 106.75, 260.0)


def distance(a, b):
    return float(np.linalg.norm(np.subtract(POINTS[a], POINTS[b])))


def bars_text(*bars):
    """Lines of (from, to, what is wrong with the length in metres)."""
    lines = [f"{a},{b},{distance(a, b) + off:.6f},0.001" for a, b, off in bars]
    return "\n".join(["from,to,length_m,sigma_m", *lines]) + "\n"


def solve(tmp_path, bars, *, control=None, fixes=None):
    texts = {"scalebars.csv": bars, "marks.csv": marks_text(), "site.yaml": SITE}
    if control:
        texts["control.csv"] = control
    work = write_work(tmp_path, CENTRES, fixes, texts)
    out = Workspace(tmp_path / "out", work.captures)
    report = solve_world(work, out)
    world = out.world.read_text()
    return __import__("json").loads(world), report


def scale_of(world):
    matrix = matrix_from_columns(world["world_from_sfm"])
    return float(np.linalg.det(matrix[:3, :3]) ** (1 / 3))


def noisy_fixes():
    offsets = np.random.default_rng(2).normal(0, 1.0, CENTRES.shape)
    return {n: geodetic_from_enu(c, ANCHOR) for n, c in enumerate(CENTRES + offsets, 1)}


def test_bars_give_the_scale(tmp_path):
    world, report = solve(tmp_path, bars_text(("A", "B", 0), ("C", "D", 0)))
    assert (world["scale"], world["scale_source"]) == ("metric", "scale_bars")
    assert (world["north"], world["up"]) == ("unknown", "assumed")
    assert scale_of(world) == pytest.approx(SCALE, rel=1e-5)
    assert 0.0005 < world["scale_sigma"] < 0.002
    assert report.measures["scale_bar_residual"].n == 2
    assert report.details["scale_bars"]["A-B"]["role"] == "scale"


def test_the_bar_that_differs_from_the_others_is_named(tmp_path):
    world, report = solve(tmp_path, bars_text(("A", "B", 0), ("C", "D", 1.0), ("A", "E", 0)))
    assert scale_of(world) == pytest.approx(SCALE, rel=1e-5)
    [told] = [text for text in report.warnings if text.startswith("scalebars.csv")]
    assert "C-D" in told
    assert told.endswith("left out")
    assert not report.details["scale_bars"]["C-D"]["used"]


def test_two_bars_that_contradict_each_other_give_no_scale(tmp_path):
    world, report = solve(tmp_path, bars_text(("A", "B", 0), ("C", "D", 1.0)))
    assert world["scale"] == "unknown"
    [told] = [text for text in report.warnings if "contradict" in text]
    assert "A-B (1)" in told
    assert "C-D" in told


def test_bars_are_better_than_gps_and_gps_keeps_the_rest(tmp_path):
    world, report = solve(tmp_path, bars_text(("A", "B", 0), ("C", "D", 0)), fixes=noisy_fixes())
    assert (world["scale_source"], world["north"]) == ("scale_bars", "true")
    assert scale_of(world) == pytest.approx(SCALE, rel=1e-5)
    assert len(report.details["gps_positions"]) == len(CENTRES)


def test_a_length_in_feet_is_told_by_gps(tmp_path):
    bars = f"from,to,length_m\nA,B,{distance('A', 'B') / 0.3048}\n"
    _, report = solve(tmp_path, bars, fixes=noisy_fixes())
    assert [text for text in report.warnings if "from that of GPS: a length wrong?" in text]


def test_bars_check_control_points(tmp_path):
    bars = bars_text(("A", "B", 0), ("C", "D", -0.1))
    world, report = solve(tmp_path, bars, control=control_text())
    assert world["scale_source"] == "control"
    assert report.details["scale_bars"]["C-D"] == {
        "role": "check",
        "used": False,
        "length_m": pytest.approx(distance("C", "D") - 0.1),
        "sigma_m": 0.001,
        "off_m": pytest.approx(0.1, abs=1e-4),
    }
    [told] = [text for text in report.warnings if text.startswith("scalebars.csv")]
    assert "C-D" in told


def test_ends_that_no_photo_shows_are_named(tmp_path):
    world, report = solve(tmp_path, bars_text(("A", "B", 0)) + "A,Z,1.0,0.001\n")
    assert world["scale_source"] == "scale_bars"
    assert "scalebars.csv: A-Z left out, Z not found in photos" in report.warnings


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("A,A,1,0.1", "line 2: from 'A' to 'A', expected two points"),
        ("A,,1,0.1", "line 2: from 'A' to '', expected two points"),
        ("A,B,1,0.1\nB,A,1,0.1", "line 3: B to A again"),
        ("A,B,0,0.1", "line 2: length_m 0, expected more than 0"),
        ("A,B,1,-1", "line 2: sigma_m -1, expected more than 0"),
        ("A,B,1,5,0.1", "line 2: 5 values, expected 4"),
        ('A,B,"1,5",0.1', "a number with a decimal point"),
    ],
)
def test_a_bad_table_is_told_in_one_line(tmp_path, rows, message):
    path = tmp_path / "scalebars.csv"
    path.write_text(f"from,to,length_m,sigma_m\n{rows}\n")
    with pytest.raises(InputError, match=message):
        read_scale_bars(path)
