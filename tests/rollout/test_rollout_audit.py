"""Whatever is done to the log is found."""

import json
import random

import pytest
from catalogs import write_catalog

from vtour.rollout.audit import check_head, line_of, log_path, read_log
from vtour.rollout.ledger import Actor, Proposal, open_book, record
from vtour.schema.catalog import Role, SiteState


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A catalogue with a log of eight lines: path, bytes of the log, what the catalogue says."""
    path = write_catalog(tmp_path_factory.mktemp("audit"))
    sites = ("tam-thanh", "den-ky-cung")
    states = (SiteState.permitted, SiteState.captured, SiteState.delivered, SiteState.on_hold)
    for turn in range(8):
        site, state = sites[turn % 2], states[turn // 2]
        record(
            path,
            Actor("Nguyễn An", Role.manager),
            lambda book, site=site, state=state: Proposal(
                site,
                "set",
                state,
                "vì mưa",
                added={
                    "history": {
                        "at": "2026-11-26T10:00:00+00:00",
                        "state": str(state),
                        "by": "Nguyễn An",
                        "role": "manager",
                    }
                },
            ),
        )
    return path, log_path(path).read_bytes(), open_book(path).catalog.programme.audit


def found(tmp_path, data, head):
    path = tmp_path / "catalog.audit.jsonl"
    path.write_bytes(data)
    log = read_log(path)
    return [*log.faults, *check_head(log, head, "catalog.yaml")]


def test_the_log_as_it_was_written_has_no_fault(tmp_path, kept):
    assert found(tmp_path, kept[1], kept[2]) == []


def test_every_entry_is_found_to_be_written_in_its_only_form(kept):
    for line in kept[1].splitlines():
        value = json.loads(line)
        assert line.decode() == json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )


def test_any_changed_byte_is_found(tmp_path, kept):
    _, data, head = kept
    chance = random.Random(1)
    for _ in range(400):
        place = chance.randrange(len(data))
        other = chance.choice([byte for byte in range(256) if byte != data[place]])
        forged = data[:place] + bytes([other]) + data[place + 1 :]
        assert found(tmp_path, forged, head), place


def test_any_cut_is_found(tmp_path, kept):
    _, data, head = kept
    for end in range(0, len(data), 7):
        assert found(tmp_path, data[:end], head), end
        assert found(tmp_path, data[end + 1 :], head), end


def test_any_line_that_is_gone_moved_or_there_twice_is_found(tmp_path, kept):
    _, data, head = kept
    lines = data.splitlines(keepends=True)
    for one in range(len(lines)):
        assert found(tmp_path, b"".join(lines[:one] + lines[one + 1 :]), head)
        assert found(tmp_path, b"".join(lines[: one + 1] + lines[one:]), head)
        for other in range(one):
            swapped = list(lines)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert found(tmp_path, b"".join(swapped), head)


def test_a_rewritten_end_is_found_by_the_head_that_was_noted_elsewhere(tmp_path, kept):
    path, data, head = kept
    log = read_log(log_path(path))
    last = log.entries[-1].model_copy(update={"reason": "vì nắng"})
    forged = b"".join(data.splitlines(keepends=True)[:-1]) + line_of(last) + b"\n"
    faults = found(tmp_path, forged, head)
    assert [(fault.key, fault.line) for fault in faults] == [("audit_head", 8)]


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"a":' * 5000, b"1" * 2_000_000],
)
def test_lines_that_are_no_entries(tmp_path, kept, line):
    _, data, _ = kept
    path = tmp_path / "log"
    path.write_bytes(data + line + b"\n")
    assert ("audit_line", 9) in [(fault.key, fault.line) for fault in read_log(path).faults]


def test_the_same_entry_in_another_form_is_found(tmp_path, kept):
    _, data, _ = kept
    lines = data.splitlines(keepends=True)
    path = tmp_path / "log"
    path.write_bytes(b"".join(lines[:-1]) + lines[-1].replace(b'{"action"', b'{ "action"'))
    assert [fault.key for fault in read_log(path).faults] == ["audit_form"]
