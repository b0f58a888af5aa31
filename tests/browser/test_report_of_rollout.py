"""The report page in Chromium: nothing leaves the screen, axe-core finds nothing, it prints."""

from datetime import date
from pathlib import Path

import pytest

from tests.browser.needs import lacks
from tests.rollout.kept_books import write_book
from vtour.rollout.reports.write import ReportFormat, contents
from vtour.rollout.situation import read_situation

AXE = Path(__file__).parents[2] / "viewer/web/node_modules/axe-core/axe.min.js"
VIOLATIONS = "async () => (await axe.run()).violations.map((each) => each.id)"
SIZES = {"phone": (390, 844), "narrow": (320, 568), "desktop": (1440, 900)}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    situation = read_situation(write_book(folder), date(2022, 1, 10))
    path = folder / "report.html"
    path.write_bytes(contents(situation, [ReportFormat.html], "vi")["report.html"])
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_report_fits_and_is_accessible(browser, report, size, scheme):
    if not AXE.is_file():
        lacks("viewer/web: axe-core is missing, run npm ci there")
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.add_script_tag(path=AXE)
    assert page.evaluate(VIOLATIONS) == []
    assert asked == [report.as_uri()]
    page.close()


def test_the_report_prints_all_columns(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1032, "height": 700})  # A4 across within its margins
    cut = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.close()
