"""Peak resident memory of this process and its children while a block runs."""

import contextlib
import threading
from pathlib import Path
from types import TracebackType

import psutil

CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
INTERVAL_S = 0.2


class PeakMemory:
    """Measure a block: ``with PeakMemory() as memory: ...; memory.peak_bytes``.

    On Linux the kernel's high-water mark is reset and read, which misses nothing of this process;
    its children, and everything elsewhere, are sampled five times a second.
    """

    def __enter__(self) -> "PeakMemory":
        self._stop = threading.Event()
        self._sampled = 0
        self._has_mark = _reset_high_water_mark()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def peak_bytes(self) -> int:
        """The peak so far."""
        return max(self._sampled, _high_water_mark() if self._has_mark else 0)

    def _sample(self) -> None:
        process = psutil.Process()
        while True:
            total = process.memory_info().rss
            with contextlib.suppress(psutil.Error):
                for child in process.children(recursive=True):
                    with contextlib.suppress(psutil.Error):
                        total += child.memory_info().rss
            self._sampled = max(self._sampled, total)
            if self._stop.wait(INTERVAL_S):
                return


def _reset_high_water_mark() -> bool:
    try:
        CLEAR_REFS.write_text("5")
    except OSError:
        return False
    return True


def _high_water_mark() -> int:
    for line in STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
