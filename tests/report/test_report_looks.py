"""What the report says of derivatives beside their master."""

import json

import pytest
from optimise.looks.looks_scenes import board, noise

from tests.tour.work_folders import write_work_folder
from vtour import report_page
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.compare import looks_and_frames
from vtour.optimise.looks.distances import distances_of
from vtour.optimise.looks.entries import looks_entry, record_looks
from vtour.optimise.looks.quality import Try
from vtour.optimise.looks.strips import strip_webp
from vtour.report.looks import looks_rows
from vtour.report_page import figure, write_report_page
from vtour.schema.report import Measure, StageReport

AHEAD = View((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), 40.0, 96, 96)


@pytest.fixture
def made(tmp_path):
    """A work folder with the report of two derivatives, and the strip of one."""
    work = write_work_folder(tmp_path)
    master = board(noise(64, grain=4))
    report, entries = StageReport(stage="derivatives"), {}
    for name, scene in (("thumb", board(noise(64, grain=4, seed=2))), ("high", master)):
        looks, one, other = looks_and_frames(master, scene, [AHEAD])
        tries = [Try(57, 0.912345678, 1234)] if name == "high" else []
        entries[name] = looks_entry(looks, distances_of(master, scene, 500), 2_000_000, tries)
    work.looks_strip("high").parent.mkdir(parents=True)
    work.looks_strip("high").write_bytes(strip_webp(one, other))
    record_looks(report, entries, metric=True)
    return work, StageReport.model_validate(json.loads(report.model_dump_json()))


def test_measures_are_of_the_finest(made):
    _, report = made

    assert report.measures["derivative_ssim"].value == 1
    assert report.measures["derivative_ssim"].note == "high"
    assert report.measures["derivative_hausdorff"].value < 1e-5
    assert set(report.details["looks"]) == {"thumb", "high"}


def test_without_a_scale_there_are_no_metres(made):
    _, report = made
    other = StageReport(stage="derivatives")
    record_looks(other, report.details["looks"], metric=False)

    assert set(report.measures) - set(other.measures) == {"derivative_hausdorff"}


def test_rows_coarse_to_fine(made):
    thumb, high = looks_rows(*made)

    assert (thumb.name, high.name) == ("thumb", "high")
    assert thumb.ssim < 0.5 < high.ssim == 1
    assert thumb.silhouette_share == 0
    assert thumb.strip is None
    assert high.strip.startswith("data:image/webp;base64,")
    assert high.tries == [(57, 0.91235, 1234)]


def test_the_page_shows_them(made, monkeypatch):
    work, report = made
    monkeypatch.setattr(report_page, "current_reports", lambda _: {"derivatives": report})
    write_report_page(work)
    page = work.report_page.read_text("utf-8")

    assert "Web versions" in page
    assert "1.0000" in page
    assert "Texture qualities tried: 57 (SSIM 0.9123, 1.23 kB)." in page
    assert page.count('<figure class="strip">') == 1


def test_without_them_nothing_is_shown(tmp_path, monkeypatch):
    work = write_work_folder(tmp_path)
    report = StageReport(stage="derivatives")
    record_looks(report, {}, metric=True)
    monkeypatch.setattr(report_page, "current_reports", lambda _: {"derivatives": report})
    write_report_page(work)

    assert report.measures == {}
    assert "Web versions" not in work.report_page.read_text("utf-8")


def test_figures():
    assert figure(Measure(value=0.98765, unit="1"), "derivative_ssim") == "0.9877"
    assert figure(Measure(value=0.0123, unit="1"), "derivative_silhouette") == "1.23 %"
