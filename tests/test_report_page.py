"""report.html: what a person reads of a build, finished or failed."""

import json

import pytest

from tests.tour.node_folders import standpoint, write_node_folder
from tests.tour.work_folders import PHOTO, write_work_folder
from vtour import report_page
from vtour.files import write_json
from vtour.fitting import Lowered, keep_lowered
from vtour.plan import Plan, StagePlan, keep_plan
from vtour.report_page import figure, headline, panorama_thumbs, write_report_page
from vtour.schema.report import Measure, StageReport
from vtour.stages import STAGES
from vtour.tour.site_files import title_from_folder

UNKNOWN = {"scale": "unknown", "scale_source": "none", "north": "unknown", "up": "assumed"}


def page_of(work, monkeypatch, reports, stopped_by=None):
    monkeypatch.setattr(report_page, "current_reports", lambda _: reports)
    write_report_page(work, stopped_by)
    return work.report_page.read_text(encoding="utf-8")


def reports():
    sparse = StageReport(stage="sparse", warnings=["b.jpg: not registered, <blurred>"])
    sparse.measure("photos_registered", 7, n=8)
    return {"inventory": StageReport(stage="inventory"), "sparse": sparse}


def test_a_failed_build_says_why(tmp_path, monkeypatch):
    page = page_of(write_work_folder(tmp_path), monkeypatch, reports(), "no two photos overlap")
    assert "The last run failed:</b> no two photos overlap" in page
    assert "Run the same command again" not in page


def test_a_stopped_build_says_how_to_go_on(tmp_path, monkeypatch):
    page = page_of(write_work_folder(tmp_path), monkeypatch, reports())
    assert f"2 of {len(STAGES)} stages have a result. Run the same command again" in page


def test_without_site_yaml_report_and_tour_have_one_title(tmp_path, monkeypatch):
    work = write_work_folder(tmp_path)
    page = page_of(work, monkeypatch, reports())
    assert f"<h1>{title_from_folder(work.files)}</h1>" in page


def test_warnings_are_text_and_the_title_is_the_site_s(tmp_path, monkeypatch):
    site = "id: old-box\nname: {vi: Hộp cũ}\n"
    page = page_of(write_work_folder(tmp_path, site), monkeypatch, reports())
    assert "<h1>Hộp cũ</h1>" in page
    assert "&lt;blurred&gt;" in page
    assert "<strong>7 of 8</strong>" in page


@pytest.mark.parametrize(
    ("world", "said"),
    [
        ({"scale_sigma": 0.011}, "in metres, from the GPS positions of the photos, good to 1.1 %"),
        (UNKNOWN, "Size: unknown, so do not measure in this model."),
        (UNKNOWN, "North: unknown. Upright: as the photos suggest."),
    ],
)
def test_whether_one_may_measure_is_said_first(tmp_path, monkeypatch, world, said):
    work = write_work_folder(tmp_path, **world)
    page = page_of(work, monkeypatch, reports() | {"world": StageReport(stage="world")})
    assert said in page
    assert page.index(said) < page.index("What to look at")


@pytest.mark.parametrize(
    ("value", "unit", "name", "text"),
    [
        (0.9684, "1", "depth_completeness", "96.8 %"),
        (12345, "1", "faces", "12,345"),
        (0.0064, "m", "check_residual", "6.4 mm"),
        (1_610_000, "B", "package_bytes", "1.61 MB"),
        (150, "s", "wall_time", "2.5 min"),
        (0.219, "px", "reprojection_error", "0.219 px"),
    ],
)
def test_figures_read_as_people_write_them(value, unit, name, text):
    assert figure(Measure(value=value, unit=unit), name) == text


def test_panoramas_are_drawn_and_shown(tmp_path, monkeypatch):
    points = [standpoint("yard", (0, 1, 0)), standpoint("gate", (4, 1, 0))]
    work = write_node_folder(tmp_path, points, pairs=[("yard", "gate")])
    links = StageReport(stage="links")
    links.measure("nodes", 2)
    links.measure("links", 1)
    page = page_of(work, monkeypatch, {"inventory": StageReport(stage="inventory")})

    assert page.count("data:image/webp;base64,") == 2  # a thumb of each
    assert page.count("data:image/svg+xml;base64,") == 1
    assert headline({"links": links})[0][1] == "panoramas in the tour"


def test_the_thumb_is_the_file_that_the_pyramid_lists(tmp_path):
    work = write_node_folder(
        tmp_path, [standpoint("gate", (0, 1, 0)), standpoint("yard", (4, 1, 0))]
    )
    listed = json.loads((work.tiles / "tiles.json").read_text())
    listed["panoramas"]["yard"]["thumb"] = "panoramas/yard/thumb.jpg"  # as the stage writes it
    (work.tiles / "tiles.json").write_text(json.dumps(listed))
    (work.tiles / "yard" / "thumb.jpg").write_bytes(b"picture")

    gate, yard = panorama_thumbs(work)

    assert gate[0] == "gate" and gate[1].startswith("data:image/webp;base64,")
    assert yard == ("yard", "data:image/jpeg;base64,cGljdHVyZQ==")
    (work.tiles / "tiles.json").unlink()
    assert panorama_thumbs(work) == []


def test_damaged_links_hide_the_drawing_only(tmp_path, monkeypatch):
    work = write_node_folder(tmp_path, [standpoint("yard", (0, 1, 0))])
    work.ways.write_text("{")
    page = page_of(work, monkeypatch, {"inventory": StageReport(stage="inventory")})

    assert "svg+xml" not in page and page.count("data:image/webp;base64,") == 1


def test_a_stage_that_measured_nothing_takes_no_room(tmp_path, monkeypatch):
    page = page_of(write_work_folder(tmp_path), monkeypatch, reports())

    assert "<h2>sparse" in page and "<h2>inventory" not in page


def test_photos_that_failed_are_shown_by_reason_and_warned_of_once(tmp_path, monkeypatch):
    sparse = StageReport(stage="sparse", warnings=["lens 1: odd"])
    sparse.details["not_registered"] = {
        f"photos/{number:02}.jpg": "no other photo overlaps it enough" for number in range(14)
    }
    sparse.warnings += [
        f"{path}: not registered, {why}" for path, why in sparse.details["not_registered"].items()
    ]
    found = {"inventory": StageReport(stage="inventory"), "sparse": sparse}
    page = page_of(write_work_folder(tmp_path), monkeypatch, found)

    assert "<b>14 photos:</b> No overlap, see below" in page
    assert "add photos around it" in page and "2 more</summary>" in page
    assert page.count("photos/05.jpg: not registered") == 0
    assert "<b>sparse:</b> lens 1: odd" in page


def test_a_finished_model_shows_maps_residuals_control_depth_and_surface(tmp_path, monkeypatch):
    work = write_work_folder(tmp_path)
    mesh = StageReport(stage="mesh", details={"edge_manifold": True, "vertex_manifold": True})
    mesh.measure("holes", 1)
    entry = {"role": "check", "used": False, "marks": 3, "mark_error_px": 0.5}
    control = {"<P1>": {**entry, "east_north_up_m": [0.001, -0.002, 0.0031]}}
    gps = {"P1.jpg": {"inside": True, "off_m": 0.4}}
    bars = {"bar": {"role": "check", "used": False, "length_m": 1.5, "off_m": 0.002}}
    details = {"control": control, "gps_positions": gps, "scale_bars": bars}
    page = page_of(
        work,
        monkeypatch,
        {
            "inventory": StageReport(stage="inventory"),
            "world": StageReport(stage="world", details=details),
            "depth": StageReport(stage="depth", details={"completeness": {PHOTO: 0.25}}),
            "mesh": mesh,
        },
    )

    assert 'class="map"' in page and f"<title>{PHOTO}</title>" in page
    assert "Distance of the cameras to their GPS" in page
    assert "&lt;P1&gt;" in page and "3.1 mm" in page and "3.82 mm" in page
    assert "Measured distances" in page and "1.5 m" in page and "2 mm" in page
    assert 'value="0.25"' in page and "25 %" in page
    assert "It is open (not watertight)" in page
    assert "overlap" not in page  # the model of this site has no points


def test_plan_and_what_was_lowered_are_told(tmp_path, monkeypatch):
    work = write_work_folder(tmp_path)
    keep_plan(work, Plan((StagePlan("depth", 100.0, 10**9),)))
    keep_lowered(work, Lowered("depth", "depth_px", 3200, 2048, 9 * 10**9, 5 * 10**9))
    write_json(work.report("run"), {"depth": {"wall_time": {"value": 300.0, "unit": "s"}}})
    found = {"inventory": StageReport(stage="inventory"), "depth": StageReport(stage="depth")}
    page = page_of(work, monkeypatch, found)

    assert "Memory was short:</b> depth.depth_px lowered from 3200 to 2048" in page
    assert "The plan was wrong for depth: planned 2 min, took 5 min." in page


def test_the_turntable_is_shown_from_one_file(tmp_path, monkeypatch):
    work = write_work_folder(tmp_path)
    work.turntable.write_bytes(b"picture")
    page = page_of(work, monkeypatch, reports())
    assert page.count("cGljdHVyZQ==") == 1 and page.count("background-position-x") == 8


@pytest.mark.slow
def test_the_sample_site_has_all_parts_in_a_small_page(small_build):
    write_report_page(small_build)
    page = small_build.report_page.read_text(encoding="utf-8")

    assert page.count('class="map"') == 3 and page.count('class="chart"') >= 2
    assert "Surveyed points" in page and "Its depth map" in page and 'class="turn"' in page
    assert "Laser scans" in page and "pairs of stations" in page
    assert "http" not in page.replace("http://www.w3.org", "")  # nothing is fetched
    assert "<script" not in page
    assert len(page) < 3_000_000
