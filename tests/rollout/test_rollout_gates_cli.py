"""``vtour catalog gates`` and ``waive`` as people run them."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from evidence_sites import SITE, change_text, change_tour, write_site

from vtour.cli.main import cli
from vtour.rollout.audit import log_path, read_log
from vtour.rollout.catalog_file import read_catalog
from vtour.rollout.gates.files import read_gates
from vtour.rollout.timeline import day_of
from vtour.rollout.words.names import name_of
from vtour.schema.catalog import Gate

MANAGER = ("--as", "Nguyễn An")
REASON = "giấy phép sử dụng đang chờ ký"


@pytest.fixture
def path(tmp_path):
    return write_site(tmp_path)


def run(*arguments):
    return CliRunner().invoke(cli, ["catalog", *map(str, arguments)])


def waive(path, gate="rights", who=MANAGER, reason=REASON):
    return run("waive", SITE, gate, path, *who, "--reason", reason)


def test_all_gates_of_a_site(path):
    done = run("gates", SITE, path, "--lang", "en")
    assert done.exit_code == 0, done.output
    assert "ground_sampling_distance is 0.012 m, ≤ 0.02" in done.output
    assert "11 passed, 0 waived, 0 failed" in done.output
    assert len(read_gates(path, SITE).gates) == 11


def test_a_failing_gate_is_status_1_and_said_in_vietnamese(path):
    change_tour(path, license=None)
    done = run("gates", SITE, path, "--lang", "vi")
    assert done.exit_code == 1
    assert "KHÔNG ĐẠT  Bản quyền (rights)" in done.output
    assert "- tour.json chưa ghi giấy phép sử dụng" in done.output
    assert "10 đạt, 0 miễn trừ, 1 không đạt" in done.output


def test_gates_before_a_state(path):
    change_tour(path, license=None)
    assert run("gates", SITE, path, "--for", "permitted", "--lang", "en").exit_code == 0
    done = run("gates", SITE, path, "--for", "published", "--lang", "en")  # long before it
    assert done.exit_code == 1
    assert "1 passed, 0 waived, 2 failed" in done.output
    done = run("gates", SITE, path, "--for", "on_hold")
    assert (done.exit_code, "no gate stands before on_hold" in done.output) == (2, True)


def test_all_sites_and_json(path):
    done = run("gates", "--all", path, "--json")
    assert done.exit_code == 0
    (report,) = json.loads(done.output)
    assert [gate["gate"] for gate in report["gates"]] == ["permit"]


@pytest.mark.parametrize("arguments", [(), ("a", "b", "c"), ("--all", "a", "b")])
def test_arguments_that_make_no_sense(arguments):
    assert run("gates", *arguments).exit_code == 2


def test_unknown_site(path):
    done = run("gates", "nobody", path)
    assert (done.exit_code, "no site 'nobody'" in done.output) == (2, True)


def test_a_waiver_shows_and_the_gate_is_no_failure(path):
    change_tour(path, license=None)
    assert waive(path).exit_code == 0
    (site,) = read_catalog(path).sites
    (waiver,) = site.waivers
    assert (waiver.gate, waiver.by, waiver.reason, waiver.entry) == (
        "rights",
        "Nguyễn An",
        REASON,
        1,
    )
    (entry,) = read_log(log_path(path)).entries
    assert entry.gates["rights"].waived
    assert entry.gates["rights"].findings == ["no licence in tour.json"]
    done = run("gates", SITE, path, "--lang", "vi")
    assert done.exit_code == 0
    assert "miễn trừ   Bản quyền" in done.output
    assert f"Nguyễn An miễn trừ ngày {day_of(waiver.at):%d/%m/%Y} (mục 1): {REASON}" in done.output


@pytest.mark.parametrize(
    ("who", "reason", "said"),
    [
        (("--as", "Trần Bình"), REASON, "acts as contractor, expected a manager"),
        (("--as", "Lê Chi"), REASON, "acts as reviewer, expected a manager"),
        (("--as", "Lê Chi", "--role", "manager"), REASON, "programme.people says reviewer"),
        (("--as", "Ai Đó", "--role", "manager"), REASON, "none of programme.people"),
        (MANAGER, "  ", "without a reason"),
    ],
)
def test_who_may_waive(path, who, reason, said):
    change_tour(path, license=None)
    before = path.read_bytes()
    done = waive(path, who=who, reason=reason)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert path.read_bytes() == before
    assert not log_path(path).exists()


def test_nothing_to_waive(path):
    done = waive(path)
    assert (done.exit_code, "nothing to waive" in done.output) == (2, True)


def test_waived_already(path):
    change_tour(path, license=None)
    assert waive(path).exit_code == 0
    done = waive(path)
    assert (done.exit_code, "waived already" in done.output) == (2, True)


def test_other_gates_still_fail(path):
    change_tour(path, license=None)
    change_text(path, "count: 3", "count: 4")
    assert waive(path).exit_code == 0
    done = run("gates", SITE, path, "--lang", "en")
    assert done.exit_code == 1
    assert "9 passed, 1 waived, 1 failed" in done.output


def test_the_page_tells_of_every_gate_by_its_names():
    page = (Path(__file__).parents[2] / "docs" / "gates.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    assert sorted(told) == sorted((str(gate), name_of(gate, "vi")) for gate in Gate)
