"""SIFT in other processes: the same keypoints, and one line where such a process ends."""

import signal
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
    assert all(process.poll() is not None for process in processes._all)
    for image, (points, descriptors) in zip(images, found, strict=True):
        expected = extract(image, 300, -1)
        assert len(points) >= 300
        np.testing.assert_array_equal(points, expected[0])
        np.testing.assert_array_equal(descriptors, expected[1])


def test_a_process_that_is_killed_is_told_in_one_line():
    with SiftProcesses() as processes:
        processes(spots(0), 100, 0)
        processes._all[0].send_signal(signal.SIGKILL)
        processes._all[0].wait()
        with pytest.raises(ResourceError, match=r"^features: .* status -9, expected keypoints"):
            processes(spots(0), 100, 0)


def test_a_module_of_the_folder_one_is_in_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "pickle.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with SiftProcesses() as processes:
        assert len(processes(spots(0), 100, 0)[0]) >= 100
