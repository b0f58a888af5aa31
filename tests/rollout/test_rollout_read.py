"""What the viewer reads of a rollout: changes are noticed, what cannot be read is said."""

import json
import threading
import time
from datetime import UTC, datetime

import pytest

from tests.rollout.rollout_sample import step, write_report, write_rollout
from vtour.errors import InputError
from vtour.rollout import read as read_module
from vtour.rollout.audit import log_path
from vtour.rollout.read import Rollout, finding_words, without_mail
from vtour.schema.catalog import Gate, SiteState
from vtour.schema.gates import Finding

NOW = datetime(2021, 9, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return write_rollout(tmp_path / "rollout")


@pytest.fixture
def eager(monkeypatch):
    """Looks at the disk whenever it is asked, and waits as long as reading takes."""
    monkeypatch.setattr(read_module, "RECHECK_S", 0.0)
    monkeypatch.setattr(read_module, "WAIT_S", 30.0)


def files_of(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_views_say_what_catalogue_log_and_gates_say(path):
    view = Rollout(path).view()
    published, returned = view.by_id["tam-thanh"], view.by_id["nhi-thanh"]

    assert view.notes == ()
    assert published.accepted and published.waived == (Gate.links,) and published.failed == ()
    assert published.parts == (2, 2)
    assert not returned.accepted and returned.failed == (Gate.deliverables, Gate.links)
    assert returned.late.state is SiteState.accepted and returned.parts == (0, 2)
    assert not view.by_id["chua-bac-nga"].is_placed


def test_detail_puts_measured_against_required(path):
    detail = Rollout(path).view().detail("nhi-thanh")
    model = detail.deliverables[0]

    assert [
        (each.name, each.max, each.min, each.found, each.passed) for each in model.measures
    ] == [
        ("ground_sampling_distance", 0.02, None, 0.034, False),
        ("photos_registered", None, 40.0, None, None),
    ]
    assert [step.state for step in detail.history][:2] == [SiteState.returned, SiteState.in_review]
    assert detail.history[0].by == "Lê Chi" and detail.history[0].to == "Công ty A"


def test_reading_writes_nothing(path):
    before = files_of(path.parent)
    view = Rollout(path).view()
    view.detail("tam-thanh")

    assert files_of(path.parent) == before


def test_a_step_is_noticed(path, eager):
    rollout = Rollout(path)
    step(path, "ai-chi-lang", SiteState.captured, NOW)

    assert rollout.view().by_id["ai-chi-lang"].site.state is SiteState.captured


def test_a_gate_report_is_noticed(path, eager):
    rollout = Rollout(path)
    report = {
        "site": "den-ky-cung",
        "at": NOW.isoformat(),
        "gates": [{"gate": "permit", "passed": False}],
    }
    write_report(path, "den-ky-cung", report)

    assert rollout.view().by_id["den-ky-cung"].failed == (Gate.permit,)


def test_outlines_are_noticed(path, eager):
    square = [[106.7, 21.8], [106.8, 21.8], [106.8, 21.9], [106.7, 21.8]]
    feature = {
        "type": "Feature",
        "properties": {"code": "05986"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  plan:", "  boundaries: b.geojson\n  plan:"), encoding="utf-8")
    rollout = Rollout(path)
    missing = rollout.view()
    outlines = {"type": "FeatureCollection", "features": [feature]}
    (path.parent / "b.geojson").write_text(json.dumps(outlines))

    assert [note.kind for note in missing.notes] == ["outlines"] and missing.outlines == {}
    assert rollout.view().notes == () and len(rollout.view().outlines["05986"][0]) == 4


def test_a_file_that_cannot_be_read_leaves_the_last_good_one_and_says_why(path, eager):
    rollout = Rollout(path)
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("class: sourced", "class: somewhere", 1), encoding="utf-8")
    view = rollout.view()

    assert len(view.sites) == 6 and [note.kind for note in view.notes] == ["newer"]
    assert (
        "catalog.yaml:" in view.notes[0].lines["en"] and "'somewhere'" in view.notes[0].lines["vi"]
    )
    assert view.notes[0].lines["en"] != view.notes[0].lines["vi"]

    path.write_text(good, encoding="utf-8")
    assert rollout.view().notes == ()


def test_a_file_that_is_gone_leaves_the_last_good_one(path, eager):
    rollout = Rollout(path)
    path.unlink()

    assert [note.kind for note in rollout.view().notes] == ["newer"]


def test_a_bug_while_reading_leaves_the_last_good_one(path, eager, monkeypatch, caplog):
    rollout = Rollout(path)

    def fails(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(read_module, "figures_of", fails)
    step(path, "ai-chi-lang", SiteState.captured, NOW)

    assert [note.kind for note in rollout.view().notes] == ["newer"]
    assert "a bug" in caplog.text


@pytest.mark.parametrize("text", ["version: 2\n", "\tversion: 1\n", ""])
def test_a_catalogue_that_never_was_good_is_refused(tmp_path, text):
    path = tmp_path / "catalog.yaml"
    path.write_text(text)

    with pytest.raises(InputError, match=r"catalog\.yaml"):
        Rollout(path)


def test_no_catalogue_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"catalog\.yaml"):
        Rollout(tmp_path / "catalog.yaml")


def test_a_tampered_log_is_said(path):
    log = log_path(path)
    log.write_bytes(log.read_bytes().replace("Lê Chi".encode(), "Lê Cha".encode(), 1))

    assert [note.kind for note in Rollout(path).view().notes] == ["audit"]


def test_a_state_written_by_hand_is_said(path):
    text = path.read_text(encoding="utf-8").replace(
        "    state: published\n", "    state: planned\n"
    )
    path.write_text(text, encoding="utf-8")
    notes = Rollout(path).view().notes

    assert [note.kind for note in notes] == ["audit"] and "tam-thanh" in notes[0].lines["vi"]


def test_a_catalogue_that_lags_is_said_and_not_completed(path):
    before = path.read_bytes()
    step(path, "ai-chi-lang", SiteState.captured, NOW)
    path.write_bytes(before)
    notes = Rollout(path).view().notes

    assert [note.kind for note in notes] == ["lag"] and path.read_bytes() == before


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"site": "tam-thanh"}', '{"site": "x", "at": "2021-01-01T00:00:00Z"}'],
)
def test_a_gate_report_that_cannot_be_used_is_said(path, text):
    (path.with_name("catalog.gates") / "tam-thanh.json").write_text(text)
    view = Rollout(path).view()

    assert [note.kind for note in view.notes] == ["gates"]
    assert "tam-thanh" in view.notes[0].lines["en"] and "tam-thanh" not in view.reports


def test_many_threads_read_one_catalogue_while_it_changes(path, monkeypatch):
    monkeypatch.setattr(read_module, "RECHECK_S", 0.001)
    rollout, seen, faults = Rollout(path), [], []
    end = time.monotonic() + 1.0

    def read():
        while time.monotonic() < end:
            view = rollout.view()
            seen.append(view.by_id["ai-chi-lang"].site.state)
            if view.notes:
                faults.append(view.notes)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for state in (SiteState.captured, SiteState.delivered):
        step(path, "ai-chi-lang", state, NOW)
    for thread in threads:
        thread.join()
    until = time.monotonic() + 20
    while rollout.view().by_id["ai-chi-lang"].site.state is not SiteState.delivered:
        assert time.monotonic() < until
    assert faults == [] or all(note.kind == "lag" for notes in faults for note in notes)
    assert seen


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Lê Chi", "Lê Chi"),
        ("Lê Chi <chi@example.org>", "Lê Chi"),
        ("chi@example.org", "chi"),
        ("<chi@example.org>", "chi"),
        ("hỏi chi@example.org nhé", "hỏi nhé"),
    ],
)
def test_addresses_of_mail_are_left_out(said, shown):
    assert without_mail(said) == shown


def test_a_finding_of_another_version_is_shown_by_its_key():
    assert finding_words(Finding(key="no_such_key", passed=True), "vi") == "no_such_key"
    assert finding_words(Finding(key="late", passed=True), "vi") == "late"  # its values are missing
    words = finding_words(Finding(key="file_gone", values={"file": "a"}, passed=True), "en")
    assert words == "'a' is not there"
