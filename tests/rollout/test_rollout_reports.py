"""Reports as files: read back by other programs than those that wrote them."""

import csv
import io
import json
import re
import zipfile
from datetime import date, datetime
from html.parser import HTMLParser

import openpyxl
import pytest
from click.testing import CliRunner

from tests.rollout.catalogs import TEXT, write_catalog
from tests.rollout.kept_books import write_book
from vtour.cli.main import cli
from vtour.rollout.reports.calendar import escaped, folded
from vtour.rollout.reports.csv_files import written
from vtour.rollout.reports.write import ReportFormat, contents
from vtour.rollout.situation import read_situation
from vtour.schema.gates import GateReport

TODAY = date(2022, 1, 10)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The small catalogue with a gate report of den-ky-cung, one measure within its threshold."""
    path = write_book(tmp_path_factory.mktemp("reports"))
    finding = {"key": "late", "values": {"state": "captured", "date": "2021-06-01"}}
    gone = {"key": "file_gone", "values": {"file": "a.html"}, "passed": False}
    report = GateReport.model_validate(
        {
            "site": "den-ky-cung",
            "at": "2021-07-31T03:00:00Z",
            "gates": [
                {
                    "gate": "deliverables",
                    "passed": True,
                    "findings": [
                        {
                            **finding, "passed": True, "deliverable": "model", "found": 0.013,
                            "measure": "ground_sampling_distance", "max": 0.02, "unit": "m",
                        }
                    ],
                },
                {"gate": "links", "passed": False, "findings": [gone]},
            ],
            "package": {
                "tour": "den-ky-cung", "digest": "ab" * 32, "bytes": 12_345_678, "models": 1,
                "panoramas": 7, "point_clouds": 0, "hotspots": 3,
            },
        }
    )  # fmt: skip
    folder = path.with_name("catalog.gates")
    folder.mkdir()
    text = json.dumps(report.to_json())
    (folder / "den-ky-cung.json").write_text(text, encoding="utf-8")
    return path


def files(kept, language="en", formats=tuple(ReportFormat)):
    return contents(read_situation(kept, TODAY), formats, language)


def workbook(kept, language="en"):
    data = files(kept, language, [ReportFormat.xlsx])["rollout.xlsx"]
    return openpyxl.load_workbook(io.BytesIO(data))


def table(page):
    """The rows of a page as dicts by their headers."""
    header, *rows = page.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_same_day_gives_the_same_bytes(kept):
    assert files(kept) == files(kept)


def test_the_workbook_has_real_days_and_numbers(kept):
    book = workbook(kept)
    assert book.sheetnames == [
        "Phases", "Sites", "Dates", "Days in states", "Deliverables", "Gates", "Packages",
        "Changes", "Waivers", "Columns", "Notes",
    ]  # fmt: skip
    first, _, whole = table(book["Phases"])
    assert (first["Phase"], first["End"]) == ("2021", datetime(2021, 12, 31))
    assert (first["Plan"], first["Accepted"], first["Late"], first["Returned"]) == (2, 1, 1, 1)
    assert (whole["Phase"], whole["Plan"]) == ("All", 3)
    sites = {row["Id"]: row for row in table(book["Sites"])}
    assert sites["tam-thanh"]["Latitude"] == 21.85557
    assert sites["tam-thanh"]["Commune code"] == "05986"  # a text: the zero stays
    assert sites["nhi-thanh"]["Latitude"] is None
    assert sites["nhi-thanh"]["Radius (m)"] == 5000
    assert sites["tam-thanh"]["Days late"] == 10
    dates = {row["Site"]: row for row in table(book["Dates"])}
    assert dates["den-ky-cung"]["Planned: Captured"] == datetime(2021, 6, 1)
    assert dates["den-ky-cung"]["Reached: Captured"] == datetime(2021, 6, 3)
    days = {row["State"]: row for row in table(book["Days in states"])}
    assert (days["Permitted"]["Stays"], days["Permitted"]["Mean days"]) == (1, 33)
    assert (days["Captured"]["Stays"], days["Captured"]["Mean days"]) == (2, 19)  # 28 and 10
    changes = table(book["Changes"])
    assert [row["Entry"] for row in changes] == list(range(1, 8))
    assert changes[0]["When"] == datetime(2021, 5, 1, 9, 0)  # of Vietnam
    model = table(book["Deliverables"])[0]
    assert (model["Found"], model["At most"], model["Result"]) == (0.013, 0.02, "passed")
    gates = {row["Gate"]: row["Result"] for row in table(book["Gates"])}
    assert gates == {"Deliverables": "passed", "Links": "waived"}
    assert table(book["Packages"])[0]["Size (bytes)"] == 12_345_678


def test_the_workbook_is_ready_to_filter_and_print(kept):
    for page in list(workbook(kept))[:-1]:
        assert page.auto_filter.ref.startswith("A1:")
        assert page.freeze_panes == "B2"
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.page_setup.fitToHeight == 0
        assert page.print_title_rows == "$1:$1"
        assert page["A1"].font.bold
    formats = {c.number_format for c in workbook(kept, "vi")["Giai đoạn"][2]}
    assert "dd/mm/yyyy" in formats


def test_no_text_becomes_a_formula(kept):
    """The waiver's reason begins with =."""
    page = workbook(kept)["Waivers"]
    cell = next(cell for row in page.iter_rows() for cell in row if "bảo trì" in str(cell.value))
    assert (cell.value, cell.data_type) == ("=cổng đang bảo trì", "s")
    assert cell.quotePrefix
    data = files(kept, formats=[ReportFormat.xlsx])["rollout.xlsx"]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        pages = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
    assert len(pages) == 11
    assert not any(b"<f>" in page or b"<hyperlink" in page for page in pages)


def test_every_column_is_explained_in_both_languages(kept):
    for language, sheet in (("en", "Columns"), ("vi", "Giải thích cột")):
        book = workbook(kept, language)
        explained = {(row[0], row[1]) for row in book[sheet].iter_rows(2, values_only=True)}
        for page in list(book)[:-2]:
            for cell in page[1]:
                assert (page.title, cell.value) in explained
        assert all(row[2] for row in book[sheet].iter_rows(2, values_only=True))


def test_csv_reads_as_it_was_written(kept):
    made = files(kept, formats=[ReportFormat.csv])
    assert sorted(made) == [
        "changes.csv", "dates.csv", "deliverables.csv", "dictionary.csv", "durations.csv",
        "gates.csv", "packages.csv", "phases.csv", "sites.csv", "waivers.csv",
    ]  # fmt: skip
    assert made["sites.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(made["sites.csv"].decode("utf-8-sig"), newline="")))
    assert rows[1]["Latitude"] == "21.85557"
    assert rows[0]["Name (vi)"] == "Đền Kỳ Cùng"
    waivers = list(csv.DictReader(io.StringIO(made["waivers.csv"].decode("utf-8-sig"), newline="")))
    assert waivers[0]["Reason"] == "'=cổng đang bảo trì"
    assert waivers[0]["When"] == "2021-08-01 09:00"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_stays_a_text_in_csv(start):
    assert written(f"{start}1+1") == f"'{start}1+1"
    assert written(-1.5) == "-1.5"  # a number is one


def test_geojson_draws_no_placeholder(kept):
    value = json.loads(files(kept, formats=[ReportFormat.geojson])["sites.geojson"])
    features = {each["id"]: each for each in value["features"]}
    point = {"type": "Point", "coordinates": [106.7468, 21.85557]}  # longitude first
    assert features["tam-thanh"]["geometry"] == point
    placeholder = features["nhi-thanh"]
    assert placeholder["geometry"] is None
    assert placeholder["properties"]["location_class"] == "placeholder"
    assert placeholder["properties"]["location_radius_m"] == 5000
    assert "21.88" not in json.dumps(placeholder)
    assert features["tam-thanh"]["properties"]["late"] is True


def unfolded(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def test_the_calendar_keeps_to_its_standard(kept):
    data = files(kept, "vi", [ReportFormat.ics])["milestones.ics"]
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    lines = unfolded(data)
    assert lines[0] == "BEGIN:VCALENDAR"
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(uids) == len(set(uids)) == 4
    start = lines.index("UID:den-ky-cung.captured@20.vtour")
    event = lines[start : lines.index("END:VEVENT", start)]
    assert "DTSTART;VALUE=DATE:20210601" in event
    assert "DTEND;VALUE=DATE:20210602" in event
    assert "SUMMARY:✓ Đền Kỳ Cùng: Đã thu thập" in event
    assert "DTSTAMP:20220109T170000Z" in event  # midnight in Vietnam


def test_long_lines_are_folded_between_letters():
    text = "SUMMARY:" + "Động Tam Thanh, " * 12
    parts = folded(text).removesuffix("\r\n").split("\r\n")
    assert all(len(part.encode()) <= 75 for part in parts)
    assert len(parts) > 2
    assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == text
    assert escaped("a,b;c\\d\r\ne\x07") == "a\\,b\\;c\\\\d\\ne"


class Page(HTMLParser):
    """What a page loads and how deep it is."""

    def __init__(self):
        super().__init__()
        self.loads, self.text, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href", "action")]

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize(
    ("language", "late"), [("en", "Late sites (1)"), ("vi", "Điểm bị trễ (1)")]
)
def test_the_page_stands_on_its_own(kept, language, late):
    html = files(kept, language, [ReportFormat.html])["report.html"].decode()
    page = Page()
    page.feed(html)
    assert page.loads == []
    assert "script" not in page.tags
    assert page.tags.count("svg") == 2 + 3  # phases, and the key
    assert f'<html lang="{language}">' in html
    assert late in "".join(page.text)
    assert "=cổng đang bảo trì" in "".join(page.text)
    assert not re.search(r"url\(|@import|https?://", html.split("<main>")[0])


def test_names_cannot_break_the_page(tmp_path):
    name = "<script>alert(1)</script>"
    path = write_catalog(tmp_path, TEXT.replace("Động Tam Thanh", name))
    html = contents(read_situation(path, TODAY), [ReportFormat.html], "vi")["report.html"].decode()
    assert name not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def run(*words):
    return CliRunner().invoke(cli, ["catalog", "export", *map(str, words)])


def test_export_writes_a_file_by_its_suffix_or_all_into_a_folder(kept, tmp_path):
    result = run(kept, "--to", tmp_path / "a.xlsx", "--on", "2022-01-10", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a.xlsx").read_bytes() == files(kept)["rollout.xlsx"]
    result = run(kept, "--to", tmp_path / "all", "--on", "2022-01-10", "--lang", "en")
    assert sorted(p.name for p in (tmp_path / "all").iterdir()) == sorted(files(kept))
    result = run(kept, "--to", tmp_path / "some", "--format", "ics", "--format", "html")
    assert sorted(p.name for p in (tmp_path / "some").iterdir()) == [
        "milestones.ics",
        "report.html",
    ]
    run(kept, "--to", tmp_path / "t.csv", "--on", "2022-01-10", "--lang", "en")
    assert (tmp_path / "t.csv").read_bytes() == files(kept)["sites.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "x.docx"], "x.docx: format 'docx', expected xlsx, csv, geojson, ics, html"),
        (["--to", "catalog.yaml"], "catalog.yaml: format 'yaml', expected"),
        (["--to", "x.csv", "--format", "csv", "--format", "ics"], "2 formats for one file"),
    ],
)
def test_export_refuses_what_it_cannot_write(kept, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = run(kept, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []
