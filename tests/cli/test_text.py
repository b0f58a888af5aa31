"""What is printed: whatever a name holds, it steers no terminal and stops no command."""

import io
import json
import os
import subprocess
import sys

import pytest
from rich.console import Console

from vtour.cli import progress
from vtour.cli.build import _print_outcome
from vtour.cli.text import printable, say_json
from vtour.pipeline import StageOutcome
from vtour.schema.report import StageReport
from vtour.stages import BY_NAME


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Động Tam Thanh.jpg", "Động Tam Thanh.jpg"),
        ("a\x1b[2J\x07.jpg", "a\\x1b[2J\\x07.jpg"),
        ("two\nlines", "two\\nlines"),
        ("caf\udce9.jpg", "caf\\udce9.jpg"),
        ("exe\u202egpj.jpg", "exe\\u202egpj.jpg"),
    ],
)
def test_names_are_printable(text, shown):
    assert printable(text) == shown


def test_json_of_odd_names_is_json_and_steers_nothing(capsys):
    value = {"a\udce9": ["\x9b2J\x7f", "Động", "\U000e0001"]}
    say_json(value)
    told = capsys.readouterr().out
    assert json.loads(told) == value
    assert all(c.isprintable() or c == "\n" for c in told) and "Động" in told


@pytest.mark.parametrize("name", ["photos/x[/y].jpg", "[bold]a.jpg", "a\x1b[2J.jpg"])
def test_a_bar_shows_a_name_as_it_is(name, monkeypatch):
    text = io.StringIO()
    monkeypatch.setattr(progress, "Console", lambda **_: Console(file=text, width=200))
    bar = progress.BarDisplay()
    with bar.progress:
        bar.listen(BY_NAME["features"], 0.5, name)
    assert printable(name) in text.getvalue()


def test_warnings_of_a_stage_steer_no_terminal(capsys):
    report = StageReport(stage="features", warnings=["a\x1b[2J.jpg: blurred"])
    _print_outcome(StageOutcome(BY_NAME["features"], report, cached=False, wall_s=1.0))
    assert capsys.readouterr().out == "warning: a\\x1b[2J.jpg: blurred\n"


@pytest.mark.parametrize("command", [["info"], ["validate"], ["inspect"], ["inspect", "--json"]])
def test_names_that_are_not_utf8_stop_no_command(tmp_path, command):
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    os.makedirs(folder + b"/photos")  # noqa: PTH103, pathlib has no paths of bytes
    with open(folder + b"/photos/\xe9.jpg", "w") as stream:  # noqa: PTH123
        stream.write("no photo")
    done = subprocess.run(
        [sys.executable, "-m", "vtour", *command, folder], capture_output=True, check=False
    )
    assert done.returncode in (0, 2), done.stderr
    assert b"Traceback" not in done.stderr
