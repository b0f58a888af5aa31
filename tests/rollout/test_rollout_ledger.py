"""The catalogue and its log stay together, whatever happens on the way."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from catalogs import TEXT, write_catalog

from vtour.errors import InputError
from vtour.rollout import ledger
from vtour.rollout.audit import log_path, read_log
from vtour.rollout.ledger import Actor, Proposal, open_book, record
from vtour.schema.catalog import Role, SiteState

AN = Actor("Nguyễn An", Role.manager)
STATES = (SiteState.permitted, SiteState.captured)


def step(book, site="tam-thanh", state=None, by="Nguyễn An"):
    """The site to the other one of two states."""
    state = state or STATES[book.site(site).state is STATES[0]]
    item = {"at": "2026-11-26T10:00:00+00:00", "state": str(state), "by": by, "role": "manager"}
    return Proposal(site, "set", state, added={"history": item})


def test_catalogue_and_log_agree_after_a_step(tmp_path):
    path = write_catalog(tmp_path)
    book, entry = record(path, AN, step)
    again = open_book(path)

    assert entry.entry == 1
    assert again.catalog.programme.audit == again.log.head == book.log.head
    assert again.site("tam-thanh").state is SiteState.permitted
    assert again.site("tam-thanh").history[0].entry == 1
    assert again.site("den-ky-cung").state is SiteState.planned
    assert entry.change.before == {"state": "planned"}
    assert entry.change.after == {"state": "permitted"}


def test_what_proposes_may_refuse_and_nothing_is_written(tmp_path):
    path = write_catalog(tmp_path)

    def refuse(book):
        raise InputError("no")

    with pytest.raises(InputError):
        record(path, AN, refuse)
    assert path.read_text() == TEXT
    assert not log_path(path).exists()


def test_a_catalogue_that_lags_is_completed(tmp_path):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    before = path.read_text()
    record(path, AN, step)
    after = path.read_text()
    path.write_text(before)

    book = open_book(path)
    assert [entry.entry for entry in book.completed] == [2]
    assert path.read_text() == after


def test_a_lagging_catalogue_that_was_edited_keeps_both(tmp_path):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    path.write_text(TEXT.replace("showcaves.com", "đo tại chỗ"))

    book = open_book(path)
    assert book.site("tam-thanh").location.source == "đo tại chỗ"
    assert book.site("tam-thanh").state is SiteState.permitted


def test_a_catalogue_that_leads_is_an_error(tmp_path):
    path = write_catalog(tmp_path)
    for _ in range(2):
        record(path, AN, step)
    lines = log_path(path).read_bytes().splitlines(keepends=True)
    log_path(path).write_bytes(lines[0])
    with pytest.raises(InputError, match=r"1 lines, expected 2 .* the end was cut off"):
        open_book(path)
    log_path(path).unlink()
    with pytest.raises(InputError, match=r"0 lines, expected 2"):
        record(path, AN, step)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("state: permitted", "state: captured", "state captured, the audit log says permitted"),
        ("by: Nguyễn An", "by: Ai đó", "history is not what the audit log says"),
        ("    state: planned   #", "    state: published   #", "den-ky-cung: state published"),
        ("- id: tam-thanh", "- id: tam-thanh-2", "tam-thanh has 1 entries in the audit log"),
    ],
)
def test_what_only_commands_write_is_not_changed_by_hand(tmp_path, old, new, message):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message):
        record(path, AN, step)
    assert path.read_text() == text.replace(old, new)


def test_what_people_write_may_change_at_any_time(tmp_path):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    path.write_text(path.read_text().replace("Động Tam Thanh", "Chùa Tam Thanh") + "# thêm\n")
    record(path, AN, step)
    assert "Chùa Tam Thanh" in path.read_text()
    assert path.read_text().endswith("# thêm\n")


def test_somebody_saves_the_file_while_a_step_is_written(tmp_path, monkeypatch):
    path = write_catalog(tmp_path)
    real, saved = ledger.append, []

    def append_and_save(*args):
        real(*args)
        if not saved:
            saved.append(True)
            path.write_text(path.read_text().replace("showcaves.com", "đo tại chỗ"))

    monkeypatch.setattr(ledger, "append", append_and_save)
    book, _ = record(path, AN, step)
    assert book.site("tam-thanh").location.source == "đo tại chỗ"
    assert book.site("tam-thanh").state is SiteState.permitted
    assert open_book(path).completed == ()


def test_rights_and_a_byte_order_mark_stay(tmp_path):
    path = write_catalog(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    path.chmod(0o640)
    record(path, AN, step)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# Danh")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    write_catalog(real)
    link = tmp_path / "catalog.yaml"
    link.symlink_to(real / "catalog.yaml")
    record(link, AN, step)
    assert link.is_symlink()
    assert log_path(real / "catalog.yaml").exists()
    assert open_book(real / "catalog.yaml").site("tam-thanh").state is SiteState.permitted
    assert "permitted" in (real / "catalog.yaml").read_text()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_rollout_ledger import step
from vtour.rollout.ledger import Actor, record
from vtour.schema.catalog import Role
print("ready", flush=True)
actor = Actor({name!r}, Role.manager)
for _ in range({times}):
    record(Path({path!r}), actor, lambda book: step(book, {site!r}, by={name!r}))
"""


def writer(path, name, site, times):
    code = textwrap.dedent(WRITER).format(
        here=str(Path(__file__).parent), path=str(path), name=name, site=site, times=times
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)


def test_two_people_at_once_lose_nothing(tmp_path):
    path = write_catalog(tmp_path)
    # Both change the same site: the worst case.
    people = [writer(path, name, "tam-thanh", 10) for name in ("An", "Bình")]
    assert [person.wait(120) for person in people] == [0, 0]
    for person in people:
        person.stdout.close()
    book = open_book(path)
    names = [step.by for step in book.site("tam-thanh").history]
    assert len(book.log.entries) == 20
    assert names.count("An") == names.count("Bình") == 10


def test_killed_at_any_moment_the_next_command_finds_both_whole(tmp_path):
    path = write_catalog(tmp_path)
    for turn in range(6):
        person = writer(path, "An", "tam-thanh", 1000)
        person.stdout.readline()
        time.sleep(0.05 + 0.037 * turn)
        person.send_signal(signal.SIGKILL)
        person.wait(30)
        person.stdout.close()
        book = open_book(path)
        assert book.catalog.programme.audit == book.log.head
        assert len(book.site("tam-thanh").history) == len(book.log.entries)
        assert not [fault for fault in book.log.faults if fault.key != "audit_torn"]
    record(path, AN, step)
    assert read_log(log_path(path)).faults == []


@pytest.mark.parametrize("call", ["append", "_replace"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_off_at_each_step_of_a_change(tmp_path, monkeypatch, call, when):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    real = getattr(ledger, call)

    class Killed(BaseException):
        pass

    def stop(*args):
        if when == "after":
            real(*args)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(ledger, call, stop)
        record(path, AN, step)
    book = open_book(path)
    written = 1 if (call, when) == ("append", "before") else 2
    assert len(book.log.entries) == len(book.site("tam-thanh").history) == written
    assert book.catalog.programme.audit == book.log.head


def test_what_a_killed_command_was_writing_is_cleared_away(tmp_path):
    path = write_catalog(tmp_path)
    left = tmp_path / ".catalog.4242.part.yaml"
    left.write_text("half")
    other = tmp_path / ".catalog.draft.4242.part.yaml"
    other.write_text("of another catalogue, being written")
    record(path, AN, step)
    assert not left.exists()
    assert other.exists()


def test_half_a_line_of_a_killed_command_never_happened(tmp_path):
    path = write_catalog(tmp_path)
    record(path, AN, step)
    with log_path(path).open("ab") as log:
        log.write(b'{"action":"se')
    assert [fault.key for fault in read_log(log_path(path)).faults] == ["audit_torn"]
    record(path, AN, step)
    assert read_log(log_path(path)).faults == []
    assert len(open_book(path).log.entries) == 2
