"""vtour catalog diff: two versions of a catalogue, in words."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from tests.rollout.catalogs import TEXT, write_catalog
from tests.rollout.kept_books import take
from vtour.cli.main import cli
from vtour.rollout.catalog_file import catalog_from_text
from vtour.rollout.differences import differences


def changed(*replacements):
    text = TEXT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def lines(new, old=TEXT, language="en"):
    found = differences(catalog_from_text(old), catalog_from_text(new))
    return [(each.part, each.line(language)) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "part", "line"),
    [
        ("sites: 2,", "sites: 9,", "phases", "2021.sites: 2 -> 9"),
        ("end: 2022-12-31", "end: 2023-03-31", "phases", "2022.end: 2022-12-31 -> 2023-03-31"),
        (
            "{max: 0.02}", "{max: 0.05}", "profiles",
            "standard.deliverables.model.thresholds.ground_sampling_distance.max: 0.02 -> 0.05",
        ),
        (
            "accepted: 2021-09-01", "accepted: 2021-10-01", "den-ky-cung",
            "planned.accepted: 2021-09-01 -> 2021-10-01",
        ),
        ("captured: 2021-06-01, ", "", "den-ky-cung", "planned.captured: removed: 2021-06-01"),
        (
            "lon: 106.74680", "lon: 106.74780", "tam-thanh",
            "moved by 103 m: 21.85557, 106.7468 -> 21.85557, 106.7478",
        ),
        (
            "class: placeholder", "class: unverified", "nhi-thanh",
            "location.class: placeholder -> unverified",
        ),
        ("contractor: Công ty A\n", "contractor: Công ty B\n", "den-ky-cung",
         "contractor: Công ty A -> Công ty B"),
        ("    phase: '2022'", "    phase: '2021'", "nhi-thanh", "phase: 2022 -> 2021"),
        ("roles: [reviewer]", "roles: [reviewer, manager]", "programme",
         "people.Lê Chi.roles: reviewer -> reviewer, manager"),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words(old, new, part, line):
    assert lines(changed((old, new))) == [(part, line)]


def test_sites_that_came_and_went():
    without = TEXT[: TEXT.index("  - id: nhi-thanh")] + "# the end\n"
    assert lines(without) == [
        ("nhi-thanh", "removed: Nhị Thanh cave / Động Nhị Thanh, phase 2022, Planned")
    ]
    assert lines(TEXT, without, "vi") == [
        ("nhi-thanh", "thêm: Động Nhị Thanh / Nhị Thanh cave, giai đoạn 2022, Đã lập kế hoạch")
    ]
    assert lines(TEXT) == []


def test_order_and_comments_are_no_difference():
    start, end = TEXT.index("  # the second one"), TEXT.index("  - id: nhi-thanh")
    moved = TEXT[:start] + TEXT[end : TEXT.index("# the end")] + TEXT[start:end]
    assert lines(moved) == []


@pytest.fixture
def repository(tmp_path):
    path = write_catalog(tmp_path)
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    return path


def run(*words):
    return CliRunner().invoke(cli, ["catalog", "diff", *map(str, words)])


def test_the_catalogue_since_a_revision(repository):
    assert run("HEAD", repository, "--lang", "en").stdout == "no differences since HEAD\n"
    take(repository, "tam-thanh", "permitted", "2021-05-01", waiver=("links", "máy chủ hỏng"))
    take(repository, "tam-thanh", "captured", "2021-06-01")

    result = run("HEAD", repository, "--lang", "en")
    assert result.stdout.splitlines() == [
        "Since HEAD: 0 sites added, 0 removed, 1 changed",
        "tam-thanh: Tam Thanh cave",
        "  state: Planned -> Captured (steps: 2)",
        "  Links was waived by Nguyễn An: máy chủ hỏng",
    ]
    value = json.loads(run("HEAD", repository, "--json").stdout)
    assert [each["part"] for each in value["differences"]] == ["tam-thanh", "tam-thanh"]


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=x", "HEAD~7", "HEAD:catalog.yaml"])
def test_an_unknown_revision_is_one_line(repository, revision):
    result = run("--", revision, repository)
    assert result.exit_code == 2
    expected = "unknown revision, expected a commit, branch or tag of git"
    assert result.stderr == f"Error: {revision}: {expected}\n"


def test_a_file_that_was_not_there_is_one_line(repository):
    other = repository.with_name("other.yaml")
    other.write_text(TEXT, encoding="utf-8")
    result = run("HEAD", other)
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: other.yaml: not in revision HEAD, expected one that has it\n",
    )


def test_a_folder_without_git_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    result = run("HEAD", write_catalog(tmp_path))
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: catalog.yaml: in no git repository, expected one to compare with\n",
    )


def test_no_git_is_one_line(tmp_path, monkeypatch):
    path = write_catalog(tmp_path)
    monkeypatch.setenv("PATH", "")
    result = run("HEAD", path)
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: git: not found, expected it on the PATH\n",
    )


def test_an_old_version_that_was_broken_is_named(repository):
    repository.write_text(TEXT.replace("version: 1", "version: 1\nextra: x"), encoding="utf-8")
    subprocess.run(["git", "-C", str(repository.parent), "add", "."], check=True)
    subprocess.run(
        ["git", "-C", str(repository.parent), "-c", "user.name=A", "-c", "user.email=a@example.org",
         "commit", "-qm", "two"], check=True,
    )  # fmt: skip
    repository.write_text(TEXT, encoding="utf-8")
    result = run("HEAD", repository)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: catalog.yaml@HEAD:3:1: extra: unknown field")
