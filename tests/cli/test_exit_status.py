"""Exit status of every command: 2 in one line, 70 with its traceback, 130 to be resumed."""

import signal
import subprocess
import sys
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from tests.sample_photos import texture, write_photo
from vtour.cli.build import stopped_by_signals
from vtour.cli.main import COMMANDS, STAGE_NAMES, cli
from vtour.cli.options import VtourGroup
from vtour.errors import CaptureError, ResourceError


def run_raising(error):
    @click.group(cls=VtourGroup)
    def group():
        pass

    @group.command()
    def fail():
        raise error

    return CliRunner().invoke(group, ["fail"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CaptureError("a.jpg: found\n ZIP,  expected a photo"), 2),
        (ResourceError("disk full"), 2),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (ResourceError("\x07a\udce9.jpg: not readable"), 2),
    ],
)
def test_what_is_not_a_bug_is_one_line(error, status):
    result = run_raising(error)

    assert result.exit_code == status
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr and "\x07" not in result.stderr


@pytest.mark.parametrize("lost", [True, False])
def test_sigterm_that_a_library_made_an_error_of_is_an_interruption(lost):
    """``lost``: the error came, and the signal's own was thrown away."""
    code = (
        "import signal, click\n"
        "from vtour.cli.options import VtourGroup\n"
        "from vtour.cli.stopping import listen_to_sigterm\n"
        "@click.group(cls=VtourGroup)\n"
        "def group(): pass\n"
        "@group.command()\n"
        "def fail():\n"
        f"    if {lost}:\n"
        "        try: signal.raise_signal(signal.SIGTERM)\n"
        "        except KeyboardInterrupt: pass\n"
        "    raise ImportError('not there')\n"
        "listen_to_sigterm()\n"
        "group(['fail'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == (130 if lost else 70)
    assert ("Interrupted" in done.stderr) == lost
    assert ("Traceback" in done.stderr) == (not lost)


def test_output_that_nobody_reads_is_no_success(tmp_path):
    (tmp_path / "captures" / "photos").mkdir(parents=True)
    for number in range(3000):
        (tmp_path / "captures" / f"a note of some length {number}.txt").write_text("")
    command = [sys.executable, "-m", "vtour", "inspect", str(tmp_path / "captures"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


def test_a_bug_keeps_its_traceback():
    result = run_raising(RuntimeError("oops"))

    assert result.exit_code == 70
    assert "Traceback" in result.stderr and "RuntimeError: oops" in result.stderr
    assert "bug in vtour" in result.stderr


@pytest.mark.parametrize("arguments", [["nope"], ["info"], ["info", "--nope", "x"], ["--nope"]])
def test_wrong_usage_is_2(arguments):
    assert CliRunner().invoke(cli, arguments).exit_code == 2


@pytest.mark.parametrize("name", ["info", "validate", "serve", "inspect"])
def test_path_that_is_not_there_is_2(tmp_path, name):
    result = CliRunner().invoke(cli, [name, str(tmp_path / "nope")])

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1 and "nope" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*COMMANDS, *STAGE_NAMES])
def test_every_command_has_help(name):
    result = CliRunner().invoke(cli, [name, "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def hear_ctrl_c():
    """A shell makes what it starts in the background deaf to Ctrl-C, and tests may run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_told_to_stop_says_that_it_can_go_on(tmp_path, number):
    for index in range(3):
        write_photo(tmp_path / "captures" / f"{index}.jpg", texture(seed=index))
    command = [sys.executable, "-m", "vtour", "build", "captures", "--out", "work"]
    process = subprocess.Popen(
        [*command, "--progress", "json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    with process:
        process.stdout.readline()  # the first event: the run has begun
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.strip() == "Interrupted: what was finished is kept, run the same again."


def test_a_disk_that_is_full_for_the_report_too_is_one_line(tmp_path, monkeypatch, caplog):
    for number in range(4):
        write_photo(tmp_path / "captures" / f"{number}.jpg", texture(seed=number))

    def full(*_, **__):
        raise ResourceError("work: disk full")

    monkeypatch.setattr("vtour.cli.build.write_report_page", full)
    monkeypatch.setattr("vtour.cli.build.make_plan", full)
    arguments = ["build", str(tmp_path / "captures"), "--out", str(tmp_path / "work")]
    result = CliRunner().invoke(cli, [*arguments, "--progress", "none"])

    assert result.exit_code == 2
    assert result.stderr.splitlines() == ["Error: work: disk full"]
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_python_threw_away_is_heard_at_the_next_progress():
    """What is raised while an object is freed is printed, and gone."""

    class Freed:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    heard = []
    display = SimpleNamespace(listen=lambda *what: heard.append(what))
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stopped_by_signals(display) as listen:
        listen("stage", 0.1, "")
        freed = Freed()
        del freed
        listen("stage", 0.2, "")
    assert heard == [("stage", 0.1, "")]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_an_import_turned_into_its_own_error_is_an_interruption():
    """As C extensions do whose initialisation is interrupted."""
    display = SimpleNamespace(listen=lambda *what: None)
    with pytest.raises(KeyboardInterrupt), stopped_by_signals(display):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as reason:
            raise ImportError("initialization failed") from reason
    with pytest.raises(ImportError), stopped_by_signals(display):
        raise ImportError("not there")
