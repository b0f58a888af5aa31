"""SIFT in processes of its own, so that it runs on all cores.

pycolmap 4.2 holds Python's lock while it extracts: two threads took 3.46 s for two images of
1800 x 1200 px, one after the other 1.77 s each. A process starts in 0.4 s, without numba and the
rest of vtour. It answers on its standard output what comes in on its standard input.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import ResourceError

UInt8Array = NDArray[np.uint8]
FloatArray = NDArray[np.float64]

VTOUR = Path(__file__).parents[1]
Extract = Callable[[UInt8Array, int, int], tuple[FloatArray, UInt8Array]]
"""Grey image (h, w), most keypoints, first octave to keypoints and descriptors, as `extract`."""


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


class SiftProcesses:
    """Processes that extract, as many as threads ask at a time; ended with the ``with`` block."""

    def __enter__(self) -> "SiftProcesses":
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._all:
            process.kill()
            process.communicate()

    def __call__(
        self, grey: UInt8Array, max_features: int, first_octave: int
    ) -> tuple[FloatArray, UInt8Array]:
        """What `extract` returns, from one of the processes. Raises ResourceError when it ended."""
        try:
            process = self._idle.get_nowait()
        except Empty:
            process = self._started()
        answer: tuple[FloatArray, UInt8Array]
        try:
            pickle.dump((grey, max_features, first_octave), process.stdin)  # type: ignore[arg-type]
            process.stdin.flush()  # type: ignore[union-attr]
            answer = pickle.load(process.stdout)  # type: ignore[arg-type]
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise ResourceError(
                f"features: a process for SIFT ended with status {process.wait()}, expected "
                "keypoints; was memory short?"
            ) from None
        self._idle.put(process)
        return answer

    def _started(self) -> "subprocess.Popen[bytes]":
        """A new process: it has the vtour of this one, and no other module from the folder that one
        happens to be in. It is no part of the terminal's group: Ctrl+C is for this process.
        """
        paths = [str(VTOUR.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vtour.reconstruct.sift_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._all.append(process)
        return process


def serve(requests: Any, answers: Any) -> None:
    """Answer requests until there are no more."""
    import pycolmap

    pycolmap.logging.minloglevel = pycolmap.logging.ERROR.value
    while True:
        try:
            request = pickle.load(requests)
        except EOFError:
            return
        pickle.dump(extract(*request), answers)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
