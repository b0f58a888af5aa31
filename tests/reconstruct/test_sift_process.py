"""SIFT in other processes: the same keypoints, and what is said where such a process fails."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from vtour.errors import ResourceError
from vtour.reconstruct.sift_process import SiftProcesses, extract


def spots(seed):
    soft = gaussian_filter(np.random.default_rng(seed).normal(0, 1, (240, 320)), 2.5)
    return np.clip(128 + 45 * soft / soft.std(), 0, 255).astype(np.uint8)


def test_processes_find_what_this_one_finds():
    images = [spots(seed) for seed in range(5)]
    with SiftProcesses() as processes, ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda image: processes(image, 300, -1), images))
        assert 1 <= len(processes._all) <= 2
    assert all(process.popen.poll() is not None for process in processes._all)
    for image, (points, descriptors) in zip(images, found, strict=True):
        expected = extract(image, 300, -1)
        assert len(points) >= 300
        np.testing.assert_array_equal(points, expected[0])
        np.testing.assert_array_equal(descriptors, expected[1])


@pytest.mark.skipif(not hasattr(os, "getsid"), reason="sessions are of POSIX")
def test_a_process_is_not_reached_by_the_terminal():
    with SiftProcesses() as processes:
        processes(spots(0), 100, 0)
        assert os.getsid(processes._all[0].popen.pid) != os.getsid(0)


def test_a_process_that_is_killed_is_told_in_one_line():
    with SiftProcesses() as processes:
        processes(spots(0), 100, 0)
        processes._all[0].popen.kill()
        status = processes._all[0].popen.wait()
        with pytest.raises(ResourceError, match=rf"^features: .* status {status}, expected key"):
            processes(spots(0), 100, 0)


def test_what_fails_in_a_process_keeps_its_traceback():
    with SiftProcesses() as processes:
        with pytest.raises(RuntimeError, match=r"(?s)Traceback.*in extract.*width and height"):
            processes(np.zeros((0, 0), np.uint8), 100, 0)
        assert len(processes(spots(0), 100, 0)[0]) >= 100  # it goes on


def test_what_start_up_files_print_is_no_answer(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("print('hello')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with SiftProcesses() as processes:
        assert len(processes(spots(0), 100, 0)[0]) >= 100


def test_modules_are_those_of_this_process(tmp_path, monkeypatch):
    """Not those of the folder one is in, and none before the standard library."""
    (tmp_path / "queue.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    with SiftProcesses() as processes:
        assert len(processes(spots(0), 100, 0)[0]) >= 100


ENDS_EARLY = """
import os, threading, time
import numpy as np
from vtour.reconstruct.sift_process import SiftProcesses
grey = np.random.default_rng(0).integers(0, 255, (900, 1200)).astype(np.uint8)
with SiftProcesses() as processes:
    processes(grey[:100, :100], 100, 0)
    threading.Thread(target=lambda: processes(grey, 8000, -1), daemon=True).start()
    time.sleep(0.3)
    os._exit(7)
"""


def test_processes_end_in_silence_when_this_one_dies():
    done = subprocess.run(
        [sys.executable, "-c", ENDS_EARLY], capture_output=True, timeout=60, check=False
    )  # their end of the pipe is closed as well
    assert (done.returncode, done.stderr) == (7, b"")
