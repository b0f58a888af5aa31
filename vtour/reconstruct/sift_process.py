"""SIFT in processes of its own, so that it runs on all cores.

pycolmap 4.2 holds Python's lock while it extracts: two threads took 3.46 s for two images of
1800 x 1200 px, one after the other 1.77 s each. A process starts in 0.4 s, without numba and the
rest of vtour. It answers on its standard output what comes in on its standard input: a pickle of
the arguments of `extract`, and a pickle of its result and of the traceback, one of which is None.
"""

import json
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import ResourceError

UInt8Array = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

Extract = Callable[[UInt8Array, int, int], tuple[FloatArray, UInt8Array]]
"""Grey image (h, w), most keypoints, first octave to keypoints and descriptors, as `extract`."""

READY = b"vtour: ready for SIFT\n"
"""Before it, standard output may hold what start-up files of Python print."""

START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from vtour.reconstruct.sift_process import main
main()
"""


def extract(
    grey: UInt8Array, max_features: int, first_octave: int
) -> tuple[FloatArray, UInt8Array]:
    """SIFT of one image, in this process.

    grey         : (h, w).
    first_octave : -1 doubles the image first.

    Returns keypoints (n, 4): x, y, scale in pixels, orientation; and descriptors (n, 128).
    """
    import pycolmap

    options = pycolmap.FeatureExtractionOptions()
    options.use_gpu = False
    options.num_threads = 1
    options.max_image_size = 100_000  # photos are resized before
    options.sift.max_num_features = max_features
    options.sift.first_octave = first_octave
    extractor = pycolmap.FeatureExtractor.create(options, pycolmap.Device.cpu)
    keypoints, descriptors = extractor.extract_from_uint8_array(np.ascontiguousarray(grey))
    points = np.asarray(pycolmap.keypoints_to_matrix(keypoints), dtype=np.float64)
    return points, np.asarray(descriptors.data, dtype=np.uint8)


Answer = tuple[tuple[FloatArray, UInt8Array] | None, str | None]


class SiftProcesses:
    """Processes that extract, as many as threads ask at a time; ended with the ``with`` block."""

    def __enter__(self) -> "SiftProcesses":
        self._idle: SimpleQueue[_SiftProcess] = SimpleQueue()
        self._all: list[_SiftProcess] = []
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        for process in self._all:
            process.popen.communicate()

    def kill(self) -> None:
        """End all processes now, whatever they do; who waits for one gets a ResourceError."""
        for process in self._all:
            process.popen.kill()

    def __call__(
        self, grey: UInt8Array, max_features: int, first_octave: int
    ) -> tuple[FloatArray, UInt8Array]:
        """What `extract` returns, from one of the processes.

        Raises ResourceError when the process is gone, RuntimeError with its traceback when it
        failed.
        """
        if not sys.executable:
            return extract(grey, max_features, first_octave)
        try:
            process = self._idle.get_nowait()
        except Empty:
            process = _SiftProcess()
            self._all.append(process)
        result, problem = process.answer((grey, max_features, first_octave))
        self._idle.put(process)
        if result is None:
            raise RuntimeError(problem)
        return result


class _SiftProcess:
    """A process with the modules of this one.

    It is no part of the terminal's group: Ctrl+C is for this process alone.
    """

    def __init__(self) -> None:
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.popen = subprocess.Popen(
            [sys.executable, "-P", "-c", START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **apart,
        )
        self._is_ready = False

    def answer(self, request: tuple[UInt8Array, int, int]) -> Answer:
        """What the process answers. Raises ResourceError when it is gone."""
        try:
            return self._asked(request)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.popen.kill()
            status = self.popen.wait()
        hint = "; was memory short?" if status < 0 else ""
        raise ResourceError(
            f"features: a process for SIFT ended with status {status}, expected keypoints{hint}"
        )

    def _asked(self, request: tuple[UInt8Array, int, int]) -> Answer:
        requests: Any = self.popen.stdin
        answers: Any = self.popen.stdout
        pickle.dump(request, requests)
        requests.flush()
        while not self._is_ready:
            line = answers.readline()
            if not line:
                raise EOFError
            self._is_ready = line == READY
        answer: Answer = pickle.load(answers)
        return answer


def main() -> None:
    """Answer requests on standard input until there are no more, or nobody reads the answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    import pycolmap

    pycolmap.logging.minloglevel = pycolmap.logging.ERROR.value
    try:
        answers.write(READY)
        answers.flush()
        while True:
            pickle.dump(_answer(pickle.load(sys.stdin.buffer)), answers)
            answers.flush()
    except (EOFError, OSError):
        os._exit(0)


def _answer(request: tuple[UInt8Array, int, int]) -> Answer:
    try:
        return extract(*request), None
    except Exception:
        return None, traceback.format_exc()
