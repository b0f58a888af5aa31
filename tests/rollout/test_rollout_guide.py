"""docs/rollout.md: its commands run in the order of the page, its tables say what the code does."""

import re
import shlex
import subprocess
from pathlib import Path

import evidence_sites
import pytest
from click.testing import CliRunner
from sample_packages import change_manifest

from vtour.cli.main import cli
from vtour.rollout.ledger import LOCK_S
from vtour.rollout.lint.check import Level, lint_catalog
from vtour.rollout.states import FORWARD
from vtour.rollout.words.names import NAMES
from vtour.rollout.words.say import say
from vtour.schema.catalog import SiteState

PAGE = Path(__file__).parents[2] / "docs" / "rollout.md"
TEXT = PAGE.read_text(encoding="utf-8")

ANNEX = """TT,Tên điểm,Giai đoạn,Xã,Vĩ độ,Kinh độ
1,Đền Cửa Đông,2021,Phường Lương Văn Tri,21.8449,106.7562
"""


def commands():
    blocks = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def folder(tmp_path, monkeypatch, viewer_libraries):
    """What the page starts from, in git: a site with permit, sealed captures and a built tour."""
    path = evidence_sites.write_site(tmp_path)
    for line in ("init -q", "config user.name An", "config user.email an@example.org",
                 "add catalog.yaml", "commit -qm first"):  # fmt: skip
        subprocess.run(["git", *line.split()], cwd=tmp_path, check=True)
    (tmp_path / "phu-luc.csv").write_text(ANNEX, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    return path


def cut_off_a_node(path):
    """No link leads to the last node any more: a reason to let gate ``links`` pass."""

    def cut(manifest):
        last = manifest["nodes"][-1]
        last["links"] = []
        for node in manifest["nodes"]:
            node["links"] = [link for link in node["links"] if link["to"] != last["id"]]

    change_manifest(evidence_sites.package_of(path), cut)


@pytest.mark.slow
def test_every_command_of_the_page_works_in_its_order(folder):
    ran = 0
    for line in commands():
        arguments = shlex.split(line)
        assert arguments[0] == "vtour", line
        if arguments[1] == "serve":
            continue
        if arguments[2] == "waive":
            cut_off_a_node(folder)
        done = CliRunner().invoke(cli, arguments[1:])
        assert done.exit_code == 0, f"{line}\n{done.output}"
        ran += 1
    assert ran >= 30
    assert lint_catalog(folder).of(Level.error) == []
    (record,) = (folder.parent / "acceptance").glob("*.docx")
    record.unlink()
    gone = [problem.line("catalog.yaml") for problem in lint_catalog(folder).of(Level.warning)]
    assert any("'acceptance/tam-thanh-1.docx' is not there" in line for line in gone)
    assert "id: den-cua-dong" in folder.read_text(encoding="utf-8")
    assert (folder.parent / "report.xlsx").is_file()
    assert {path.suffix for path in (folder.parent / "reports").iterdir()} >= {".csv", ".ics"}


def test_serve_takes_a_catalogue():
    (line,) = [each for each in commands() if "serve" in each]

    assert line == "vtour serve --catalog catalog.yaml"
    assert "--catalog" in CliRunner().invoke(cli, ["serve", "--help"]).output


def test_the_table_of_states_is_complete_and_names_who_may_set_them():
    rows = {
        cells[0].strip("`"): cells
        for line in TEXT.splitlines()
        if line.startswith("| `") and len(cells := [c.strip() for c in line[1:-1].split("|")]) == 4
    }

    assert list(rows) == [str(state) for state in SiteState]
    for state in SiteState:
        assert rows[state][1] == NAMES[state]["vi"]
    for (_, new), rule in FORWARD.items():
        said = {word.strip(" ,") for word in rows[new][2].split()}
        assert {str(role) for role in rule.roles} <= said, new


SAID = [
    say("tab", "en"),
    say("wrong_number", "en", field="lat", found="21,85", comma=say("decimal_comma", "en")),
    say("swapped", "en", lat="106.74", lon="21.85"),
    say(
        "not_in_commune",
        "en",
        lat=1,
        lon=2,
        km="30.8",
        area=say("box", "en"),
        commune="Phường Đông Kinh",
        hint="",
    ),
    say(
        "not_commune_name",
        "en",
        code="05977",
        expected="Phường Đông Kinh",
        found="Phường Kỳ Lừa",
        hint="",
    ),
    say("state_by_hand", "en", site="x", found="accepted", expected="in_review"),
    "written in braces, expected one field a line: only that can be changed",
    f"another command has been changing it for {LOCK_S:.0f} s, run again later",
    say("utf8", "en", found=17),
]


def test_the_page_says_what_lint_and_other_commands_say():
    rows = re.findall(r"^\| `([^`]+)` \|", TEXT.split("## When something")[1], re.MULTILINE)

    assert len(rows) == len(SAID)
    for row, said in zip(rows, SAID, strict=True):
        assert row in said
