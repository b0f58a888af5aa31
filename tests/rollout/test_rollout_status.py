"""vtour catalog status, show and forecast, as people see them."""

import json
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from tests.rollout.catalogs import TEXT, write_catalog
from tests.rollout.kept_books import take, write_book
from vtour.cli.main import cli
from vtour.rollout.situation import read_situation
from vtour.rollout.wording import both_names, day, megabytes, moment, number, percent
from vtour.schema.catalog import SiteState
from vtour.schema.gates import GateReport


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Nothing here changes it."""
    return write_book(tmp_path_factory.mktemp("book"))


def run(*words):
    result = CliRunner().invoke(cli, ["catalog", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.stdout


def row(output, start):
    line = next(line for line in output.splitlines() if line.strip().startswith(start))
    return line.split()


def test_status_sets_phases_against_the_plan(kept):
    output = run("status", kept, "--lang", "en", "--on", "2022-01-10")

    assert row(output, "2021") == ["2021", "2", "2", "1", "1", "1", "1", "0", "2021-12-31"]
    assert row(output, "2022") == ["2022", "1", "1", "0", "0", "0", "0", "0", "2022-12-31"]
    assert row(output, "All")[:4] == ["All", "3", "3", "1"]
    assert row(output, "tam-thanh")[:5] == ["tam-thanh", "2021", "Acceptance", "2021-12-31", "10"]
    assert "den-ky-cung: Links: =cổng đang bảo trì (Nguyễn An, 2021-08-01)" in output


def test_status_in_vietnamese_writes_days_as_people_do(kept):
    output = run("status", kept, "--lang", "vi", "--on", "2022-01-10")
    assert "tính đến ngày 10/01/2022" in output
    assert "Động Tam Thanh / Tam Thanh cave" in output
    assert "Điểm bị trễ (1)" in output


def test_status_on_an_earlier_day_is_what_it_was_then(kept):
    before = json.loads(run("status", kept, "--json", "--on", "2021-07-31"))
    after = json.loads(run("status", kept, "--json", "--on", "2021-08-01"))

    assert (before["total"]["accepted"], after["total"]["accepted"]) == (0, 1)
    assert (before["waivers"], len(after["waivers"])) == ([], 1)
    assert before["total"]["by_state"]["in_review"] == 1
    assert before["on_time"]["all"] == {"part": 0, "of": 1, "rate": 0.0}
    assert read_situation(kept).site("den-ky-cung").state is SiteState.published


def test_status_says_few_late_sites_unless_asked(tmp_path):
    text = "".join(
        f"  - {{id: s{n}, phase: '2021', name: {{vi: A}}, "
        "admin: {commune_code: '05986', commune: B}, "
        "location: {class: unverified, lat: 21.8, lon: 106.7}}\n"
        for n in range(20)
    )
    path = write_catalog(
        tmp_path,
        "version: 1\nprogramme: {name: {vi: A}}\nphases:\n"
        "  - {id: '2021', sites: 20, start: 2021-01-01, end: 2021-12-31}\nsites:\n" + text,
    )
    short, whole = run("status", path, "--lang", "en"), run("status", path, "--lang", "en", "--all")
    assert "and 5 more" in short
    assert (short.count("2021-12-31"), whole.count("2021-12-31")) == (17, 22)


def test_upkeep_is_told_where_a_phase_is_for_it(tmp_path):
    phase = "  - {id: '2023', kind: upkeep, start: 2023-01-01, end: 2023-12-31}\n"
    path = write_catalog(tmp_path, TEXT.replace("profiles:\n", phase + "profiles:\n", 1))
    take(path, "den-ky-cung", "published", "2022-05-01", action="adopt", reason="trước đây")
    line = "Upkeep: published sites: 1, maintained: 0, to be looked at again: 0"
    assert line in run("status", path, "--lang", "en")
    assert row(run("status", path, "--lang", "en"), "2023")[1] == "–"


def test_show_says_what_is_planned_reached_and_next(kept):
    output = run("show", "den-ky-cung", kept, "--lang", "en", "--on", "2021-08-10")

    assert "Published (published), since 2021-08-05 (5 days)" in output
    assert row(output, "Captured")[1:] == ["2021-06-01", "2021-06-03", "2", "days", "late"]
    assert row(output, "Accepted")[1:] == ["2021-09-01", "2021-08-01", "in", "time"]
    assert "? ground_sampling_distance <= 0.02 m: not measured" in output
    assert "Maintained (maintained): by manager; needs Acceptance (not looked at)" in output
    assert "Links: =cổng đang bảo trì" in output
    returned = run("show", "tam-thanh", kept, "--lang", "vi")
    assert "ảnh mờ; thiếu cửa hang" in returned
    assert "Đã bàn giao (delivered): do đơn vị thi công hoặc người thẩm định" in returned


def test_show_has_the_gates_that_were_looked_at(tmp_path):
    path = write_book(tmp_path)
    (tmp_path / "catalog.gates").mkdir()
    finding = {"key": "late", "values": {"state": "captured", "date": "2021-06-01"}}
    report = GateReport.model_validate(
        {
            "site": "tam-thanh",
            "at": "2021-09-10T03:00:00Z",
            "gates": [
                {"gate": "captures", "passed": True, "findings": []},
                {"gate": "links", "passed": False, "findings": [{**finding, "passed": False}]},
            ],
        }
    )
    text = json.dumps(report.to_json())
    (tmp_path / "catalog.gates" / "tam-thanh.json").write_text(text, encoding="utf-8")
    (tmp_path / "catalog.gates" / "nhi-thanh.json").write_text("{}", encoding="utf-8")

    result = CliRunner().invoke(cli, ["catalog", "show", "tam-thanh", str(path), "--lang", "en"])
    assert "Gates, looked at 2021-09-10 10:00" in result.output
    assert "  pass    Captures" in result.output
    assert "  FAIL    Links\n      - late: captured was planned for 2021-06-01" in result.output
    assert (
        "Delivered (delivered): by contractor or reviewer; needs Captures (passed)" in result.output
    )
    assert "catalog.gates/nhi-thanh.json" in result.stderr  # told, and nothing else is lost
    value = json.loads(run("show", "tam-thanh", path, "--json"))
    assert value["next"][0]["state"] == "captured"
    assert value["findings"][0]["line"] == "late: captured was planned for 2021-06-01"


def test_forecast_without_enough_data_says_why(kept):
    output = run("forecast", kept, "--lang", "en", "--on", "2022-01-10")
    assert "sites accepted on a known day: 1, expected at least 4" in output
    assert row(output, "2021-08")[1:] == ["1", "0"]
    value = json.loads(run("forecast", kept, "--json", "--on", "2022-01-10"))
    assert value["forecast"]["unknown"] == "few_sites"
    assert value["burn_up"][0]["points"] == [{"date": "2021-08-01", "accepted": 1}]


def test_a_site_that_is_not_there_is_one_line(kept):
    result = CliRunner().invoke(cli, ["catalog", "show", "nowhere", str(kept)])
    assert result.exit_code == 2
    assert result.stderr == "Error: catalog.yaml: no site 'nowhere'\n"


def test_a_catalogue_that_was_changed_by_hand_gives_no_report(tmp_path):
    path = write_book(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("state: returned", "state: accepted", 1), encoding="utf-8")
    result = CliRunner().invoke(cli, ["catalog", "status", str(path)])
    assert result.exit_code == 2
    assert "tam-thanh" in result.stderr


def test_adopted_states_have_no_day(tmp_path):
    path = write_book(tmp_path)
    take(path, "nhi-thanh", "published", "2023-02-01", action="adopt", reason="từ năm 2020")
    output = run("show", "nhi-thanh", path, "--lang", "en")
    assert "before the catalogue was kept" in output
    value = json.loads(run("status", path, "--json", "--on", "2023-02-02"))
    assert value["total"]["accepted"] == 2
    assert value["on_time"]["all"]["of"] == 3  # den-ky-cung twice, tam-thanh's end of phase


def test_numbers_and_days_read_as_in_the_language():
    assert (number(1234.5, "vi"), number(1234.5, "en")) == ("1.234", "1,234")
    assert (number(0.0213, "vi"), number(2.0, "vi"), number(1234567, "en")) == (
        "0,0213", "2", "1,234,567",
    )  # fmt: skip
    assert (percent(0.25, "vi"), percent(None, "en")) == ("25 %", "–")
    assert (day(date(2026, 11, 3), "vi"), day(None, "en")) == ("03/11/2026", "–")
    assert moment(datetime(2026, 11, 3, 18, 30, tzinfo=UTC), "en") == "2026-11-04 01:30"
    assert megabytes(12_345_678, "vi") == "12,3 MB"
    assert both_names({"vi": "Hồ", "en": "Lake"}, "en") == "Lake / Hồ"
    assert both_names({"vi": "Hồ"}, "en") == "Hồ"
