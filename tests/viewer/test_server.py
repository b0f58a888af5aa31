"""The real server in a process of its own: it answers, refuses a taken port, and stops."""

import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest

COMMANDS = {
    "module": [sys.executable, "-m", "viewer"],
    "command": [sys.executable, "-m", "vtour", "serve"],
}


def start(command, *arguments):
    return subprocess.Popen(
        [*COMMANDS[command], *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_serves_until_interrupted_and_ends_cleanly(packages, command):
    with start(command, packages, "--port", "0") as process:
        guard = threading.Timer(30, process.kill)
        guard.start()
        try:
            line = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert line.startswith("1 tour(s) at ") and address, line
            with urllib.request.urlopen(f"{address[0]}healthz", timeout=20) as response:
                assert response.status == 200
        finally:
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate()
            guard.cancel()
    assert process.returncode == 0
    assert "Traceback" not in errors and out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_port_that_is_taken_is_one_line_and_status_2(packages, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(command, packages, "--port", port) as process:
            out, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == ""
    assert re.fullmatch(rf"Error: port {port} on 127\.0\.0\.1: .*expected a free one.*\n", errors)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{missing}"], "nothing there"),
        (["{packages}", "--host", "no such host"], "expected a name or address"),
        (["{packages}", "--frame-ancestors", "a;b"], "frame-ancestors"),
        (["{packages}", "--port", "99999"], "port 99999: expected 0 to 65535"),
        (["{packages}", "--threads", "0"], "threads 0: expected 1 to 256"),
        (["{packages}", "{twin}"], "expected every id once"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_2(packages, tmp_path, capsys, arguments, said):
    from sample_packages import write_package

    from viewer.__main__ import main

    write_package(tmp_path / "twin", "box")
    names = {"missing": tmp_path / "no", "packages": packages, "twin": tmp_path / "twin"}
    status = main(["--port", "0", *(argument.format(**names) for argument in arguments)])

    error = capsys.readouterr().err
    assert status == 2
    assert said in error and len(error.splitlines()) == 1
