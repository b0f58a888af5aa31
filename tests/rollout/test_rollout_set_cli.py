"""``vtour catalog set`` and ``audit verify`` as people run them."""

import subprocess

import pytest
from click.testing import CliRunner
from evidence_sites import SITE, change_tour, write_site

from vtour.cli.main import cli
from vtour.rollout.audit import log_path, read_log
from vtour.rollout.catalog_file import read_catalog


@pytest.fixture
def path(tmp_path):
    return write_site(tmp_path)


def run(*arguments):
    return CliRunner().invoke(cli, ["catalog", *map(str, arguments)])


def go(path, state, name, *more):
    return run("set", SITE, state, path, "--as", name, "--lang", "en", *more)


def test_up_to_the_review_with_evidence_at_every_step(path):
    for state, name in (
        ("permitted", "Nguyễn An"),
        ("captured", "Trần Bình"),
        ("delivered", "Trần Bình"),
        ("processing", "Lê Chi"),
        ("in_review", "Lê Chi"),
    ):
        done = go(path, state, name)
        assert done.exit_code == 0, done.output
    entry = read_log(log_path(path)).entries[-1]
    assert {"captures", "package"} <= set(entry.evidence)
    assert all(record.passed for record in entry.gates.values())
    assert run("audit", "verify", path, "--lang", "en").exit_code == 0


def test_a_gate_that_fails_stops_it_with_status_1_and_nothing_is_written(path):
    for state, name in (("permitted", "Nguyễn An"), ("captured", "Trần Bình")):
        go(path, state, name)
    before, log = path.read_text(), log_path(path).read_bytes()
    (path.parent / "captures" / SITE / "later.jpg").write_bytes(b"x")
    done = go(path, "delivered", "Trần Bình")
    assert done.exit_code == 1
    assert "FAIL" in done.output and "captures" in done.output
    assert "site tam-thanh: not taken to Delivered, since gates fail" in done.output
    assert (path.read_text(), log_path(path).read_bytes()) == (before, log)


def test_a_waived_gate_lets_pass_and_stays_told(path):
    change_tour(path, hotspots=[])
    (path.parent / "captures" / SITE / "later.jpg").write_bytes(b"x")
    for state, name in (("permitted", "Nguyễn An"), ("captured", "Trần Bình")):
        go(path, state, name)
    waived = run("waive", SITE, "captures", path, "--as", "Nguyễn An", "--reason", "ảnh thêm")
    assert waived.exit_code == 0, waived.output
    assert go(path, "delivered", "Trần Bình").exit_code == 0
    entry = read_log(log_path(path)).entries[-1]
    assert [gate for gate, record in entry.gates.items() if record.waived] == ["captures"]


def test_a_waiver_does_not_cover_what_comes_later(path):
    folder = path.parent / "captures" / SITE
    (folder / "later.jpg").write_bytes(b"x")
    waive = ("waive", SITE, "captures", path, "--as", "Nguyễn An", "--reason", "ảnh thêm")
    for state, name in (("permitted", "Nguyễn An"), ("captured", "Trần Bình")):
        go(path, state, name)
    assert run(*waive).exit_code == 0
    again = run(*waive)
    assert again.exit_code == 2
    assert "is waived already" in again.output
    (folder / "latest.jpg").write_bytes(b"x")
    stopped = go(path, "delivered", "Trần Bình")
    assert stopped.exit_code == 1
    assert "the waiver does not cover this" in stopped.output
    assert run(*waive).exit_code == 0
    assert go(path, "delivered", "Trần Bình").exit_code == 0


@pytest.mark.parametrize(
    ("state", "name", "more", "message"),
    [
        ("accepted", "Nguyễn An", (), "expected 'vtour catalog accept'"),
        ("captured", "Trần Bình", (), "cannot go from planned to captured"),
        ("permitted", "Phạm Dung", (), "as what? expected --role manager or contractor"),
        ("permitted", "Ai đó", ("--role", "manager"), "none of programme.people"),
        ("permitted", "Nguyễn An", ("--sign", "no-such-key"), "no such key"),
    ],
)
def test_what_is_refused_is_one_line_and_status_2(path, state, name, more, message):
    before = path.read_text()
    done = go(path, state, name, *more)
    assert done.exit_code == 2
    assert message in done.output
    assert done.output.count("\n") == 1
    assert path.read_text() == before
    assert not log_path(path).exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("set", SITE, "captured"),
            "từ planned sang captured, chỉ có thể chuyển sang: per",
        ),
        (("set", "Tam Thanh", "permitted"), "không có điểm 'Tam Thanh', có lẽ là tam-thanh"),
        (("waive", SITE, "permit"), "miễn trừ permit thiếu lý do"),
    ],
)
def test_what_is_refused_is_said_in_vietnamese(path, words, message):
    done = run(*words, path, "--as", "Nguyễn An", "--role", "manager", "--lang", "vi")
    assert done.exit_code == 2
    assert message in done.output
    assert done.output.count("\n") == 1


def test_signed_entries_hold_and_forged_ones_do_not(path, tmp_path):
    key, other = tmp_path / "key", tmp_path / "other"
    for each in (key, other):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(each)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    nobody = go(path, "permitted", "Nguyễn An", "--sign", key, "--lang", "vi")
    assert (nobody.exit_code, "chưa ghi khóa của 'Nguyễn An'" in nobody.output) == (2, True)
    text = path.read_text()
    person = "- {name: Nguyễn An, roles: [manager]}"
    assert person in text
    path.write_text(text.replace(person, f"- {{name: Nguyễn An, roles: [manager], key: {public}}}"))

    refused = go(path, "permitted", "Nguyễn An", "--sign", other)
    assert refused.exit_code == 2
    assert "not the key of 'Nguyễn An'" in refused.output
    assert go(path, "permitted", "Nguyễn An", "--sign", key).exit_code == 0
    verified = run("audit", "verify", path, "--signed", "--lang", "en")
    assert verified.exit_code == 0, verified.output
    assert "1 entries, 1 signed" in verified.output

    new = other.with_suffix(".pub").read_text().strip()
    text = path.read_text()
    path.write_text(text.replace(public, new))
    assert run("audit", "verify", path).exit_code == 1
    for until, holds in (("2000-01-01", False), ("2999-01-01", True)):
        former = f"{new}, former_keys: [{{key: {public}, until: {until}}}]"
        path.write_text(text.replace(public, former))
        assert (run("audit", "verify", path, "--signed").exit_code == 0) is holds


def test_an_entry_without_signature_is_told_when_all_are_to_have_one(path):
    go(path, "permitted", "Nguyễn An")
    assert run("audit", "verify", path).exit_code == 0
    assert run("audit", "verify", path, "--signed").exit_code == 1


def test_the_head_of_a_record_finds_a_log_that_was_cut_together_with_its_catalogue(path):
    start = path.read_text()
    go(path, "permitted", "Nguyễn An")
    head = read_catalog(path).programme.audit
    path.write_text(start)
    log_path(path).unlink()
    assert run("audit", "verify", path).exit_code == 0
    noted = run("audit", "verify", path, "--head", f"{head.entries}:{head.head}", "--lang", "en")
    assert noted.exit_code == 1
    assert "0 lines, expected 1 as --head says: the end was cut off" in noted.output
    assert run("audit", "verify", path, "--head", "7").exit_code == 2


def test_a_step_that_a_killed_command_left_undone_is_told(path):
    start = path.read_text()
    go(path, "permitted", "Nguyễn An")
    path.write_text(start)
    done = run("show", SITE, path, "--lang", "en")
    assert "completed from the log: entry 1, tam-thanh permitted" in done.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("on_hold", "--reason", "x" * 501), "reason: 501 characters, expected at most 500"),
        (("on_hold", "--reason", " "), "without a reason"),
        (("on_hold", "--reason", "a\udcff"), "unable to parse raw data"),
        (("on_hold", "--reason", "x", "--to", "Công ty A"), "expected it with 'returned' alone"),
        (("on_hold", "--reason", "x", "--as", "Nguyễn\u200b An"), "cannot be seen"),
    ],
)
def test_bad_options_are_one_line_and_nothing_is_written(path, options, message):
    before = path.read_text()
    state, *more = options
    done = go(path, state, "Nguyễn An", *more)
    assert (done.exit_code, message in done.output) == (2, True), done.output
    assert path.read_text() == before
    assert not log_path(path).exists()


def test_whom_a_site_is_returned_to_is_checked_before_anything_is_written(path):
    for state, name in (("permitted", "Nguyễn An"), ("captured", "Trần Bình")):
        go(path, state, name)
    go(path, "delivered", "Trần Bình")
    log = log_path(path).read_bytes()
    done = go(path, "returned", "Lê Chi", "--reason", "mờ", "--to", "x" * 600)
    assert done.exit_code == 2
    assert log_path(path).read_bytes() == log
    assert run("show", SITE, path).exit_code == 0


@pytest.mark.parametrize("head", ["0:" + "a" * 64, "1:" + "z" * 64, "²:" + "a" * 64, "1"])
def test_a_head_that_is_none(path, head):
    go(path, "permitted", "Nguyễn An")
    done = run("audit", "verify", path, "--head", head)
    assert done.exit_code == 2
    assert "expected COUNT:DIGEST" in done.output


def test_a_waiver_ends_when_the_site_is_withdrawn(path):
    (path.parent / "permits" / "relic.pdf").write_bytes(b"another")
    assert run("waive", SITE, "permit", path, "--as", "Nguyễn An", "--reason", "x").exit_code == 0
    for state in ("withdrawn", "planned"):
        assert go(path, state, "Nguyễn An", "--reason", "x").exit_code == 0
    assert go(path, "permitted", "Nguyễn An").exit_code == 1
