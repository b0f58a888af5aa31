"""What the report says of accuracy, depth, surface and time, from the reports of the stages."""

import numpy as np
import pytest

from tests.tour.work_folders import capture, world_json
from vtour.files import write_json
from vtour.plan import StagePlan
from vtour.reconstruct.depthmaps import write_map
from vtour.report.sections import (
    control_rows,
    depth_rows,
    gps_distances,
    lost_places,
    plan_sentences,
    scale_bar_rows,
    surface_sentences,
    time_rows,
)
from vtour.schema.report import Measure, StageReport
from vtour.schema.world import World
from vtour.workspace import Workspace


class NoPictures:
    def thumb(self, name):
        return None


def world_report(**details):
    return StageReport(stage="world", details=details)


def point(role, off, **more):
    return {
        "role": role,
        "used": True,
        "marks": 3,
        "mark_error_px": 0.4,
        "east_north_up_m": off,
    } | more


def test_check_points_come_first_and_the_worst_of_each():
    report = world_report(
        control={
            "A": point("control", [0.001, 0, 0]),
            "B": point("check", [0.003, 0.004, 0]),
            "C": point("check", [0.0, 0, 0.012]),
            "D": point("control", None, used=False, mark_error_px=None, marks=1),
        }
    )
    rows = control_rows(report)
    assert [row.label for row in rows] == ["C", "B", "A", "D"]
    assert rows[1].distance_m == pytest.approx(0.005)
    assert (rows[3].role, rows[3].distance_m) == ("control, not used", None)
    assert control_rows(None) == [] and control_rows(world_report()) == []


def test_gps_distances_and_scale_bars_are_shown_when_the_stage_tells_them():
    report = world_report(
        gps_positions={"a": {"inside": True, "off_m": 0.5}, "b": {"inside": False, "off_m": 9.0}},
        scale_bars={
            "bar-1": {"role": "scale", "used": True, "length_m": 1.5, "off_m": 0.002},
            "bar-2": {"role": "scale", "used": False, "length_m": 2.0, "off_m": -0.3},
            "bar-3": {"role": "check", "used": False, "length_m": 3.0, "off_m": 0.001},
        },
    )
    assert list(gps_distances(report)) == [0.5, 9.0]
    assert [row.role for row in scale_bar_rows(report)] == ["scale", "scale, left out", "check"]
    assert (scale_bar_rows(report)[0].length_m, scale_bar_rows(report)[0].off_m) == (1.5, 0.002)
    assert len(gps_distances(None)) == 0 and scale_bar_rows(None) == []


def test_photos_with_gps_that_were_not_registered_have_a_place(tmp_path):
    work = Workspace(tmp_path)
    # 0.001 degrees of latitude are 110.7 m at 21.85 degrees north (Bowring's series)
    north = capture("n.jpg", "photo", gps={"lat": 21.851, "lon": 106.75})
    files = [north, capture("nowhere.jpg", "photo")]
    write_json(work.inventory, {"site_id": "a", "layout": "photos", "files": files})
    world = World.model_validate(world_json())

    places = lost_places(work, world, ["n.jpg", "nowhere.jpg", "gone.jpg"])
    assert list(places) == ["n.jpg"]
    np.testing.assert_allclose(places["n.jpg"], [0, 0, -110.7], atol=0.1)  # -z is north
    no_anchor = World.model_validate(world_json(anchor=None))
    assert lost_places(work, no_anchor, ["n.jpg"]) == {}


def test_the_worst_depth_maps_come_first_with_pictures(tmp_path):
    work = Workspace(tmp_path)
    shares = {f"{number}.jpg": number / 10 for number in range(10)}
    names = {f"{number}.jpg": f"{number}.jpg" for number in range(10)}
    for name in names:
        depth = np.full((30, 400), 2, np.float32)
        write_map(work.depth / "stereo" / "depth_maps" / f"{name}.geometric.bin", depth)
    report = StageReport(stage="depth", details={"completeness": shares, "images": names})

    rows = depth_rows(work, report, NoPictures())
    assert [row.share for row in rows] == [number / 10 for number in range(10)]
    assert [row.depth is not None for row in rows] == [True] * 6 + [False] * 4
    assert rows[0].depth.startswith("data:image/webp;base64,") and len(rows[0].depth) < 4000
    old = StageReport(stage="depth", details={"completeness": shares})
    assert not any(row.depth for row in depth_rows(work, old, NoPictures()))
    assert depth_rows(work, None, NoPictures()) == []


@pytest.mark.parametrize(
    ("edges", "vertices", "holes", "said", "unsaid"),
    [
        (True, True, 0, "It is closed (watertight)", "open"),
        (True, True, 7, "It is open (not watertight): it has 7 borders", "closed (watertight)"),
        (False, True, 0, "The surface is not clean (not manifold)", "watertight"),
        (True, False, 0, "The surface is not clean (not manifold)", "watertight"),
    ],
)
def test_the_surface_in_plain_words(edges, vertices, holes, said, unsaid):
    report = StageReport(
        stage="mesh", details={"edge_manifold": edges, "vertex_manifold": vertices}
    )
    report.measure("holes", holes)
    text = " ".join(surface_sentences(report))
    assert said in text and unsaid not in text


def test_what_was_closed_is_said_to_be_a_guess():
    report = StageReport(stage="mesh", details={"edge_manifold": True, "holes_closed": 14})
    assert surface_sentences(report)[-1] == "14 small holes were closed: their surface is a guess."
    assert surface_sentences(StageReport(stage="mesh")) == []


def times(**seconds):
    return {
        stage: {
            "wall_time": Measure(value=value, unit="s"),
            "peak_memory": Measure(value=1e9, unit="B"),
        }
        for stage, value in seconds.items()
    }


def test_a_wrong_plan_is_told():
    plan = {
        "features": StagePlan("features", 60, 10**9),
        "depth": StagePlan("depth", 100, 10**9),
        "world": StagePlan("world", 0.1, 10**9),
        "mesh": StagePlan("mesh", 10, 10**9, resumes=True),
    }
    took = times(features=31, depth=230, world=0.9, mesh=100, package=1)
    rows = time_rows(["features", "depth", "world", "mesh", "package", "links"], took, plan)
    wrong = {row.stage: row.is_wrong for row in rows}
    # world is short, mesh went on where it was, package was never planned, links did not run
    assert wrong == {
        "features": False,
        "depth": True,
        "world": False,
        "mesh": False,
        "package": False,
    }
    assert plan_sentences(rows) == [
        "Planned 3 min, took 4 min, for the stages that were planned.",
        "The plan was wrong for depth: planned 2 min, took 4 min.",
    ]
    assert plan_sentences(time_rows(["depth"], times(depth=3), {})) == []
