"""Memory: the peak of this process and its children, and whether what a stage needs is there."""

import contextlib
import mmap
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from numpy.typing import NDArray

from vtour.errors import ResourceError

CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
CONTAINER = Path("/sys/fs/cgroup")
INTERVAL_S = 0.2
SWITCH = "VTOUR_MEMORY_CHECK"
ENGINES_BYTES = 450_000_000
"""Python with the engines loaded, before any data: 420 to 480 MB, measured on Linux."""


def forget_pages(array: NDArray[Any]) -> None:
    """Give the pages of a mapped file back to the system; what was written stays written."""
    mapped = getattr(array, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


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


@dataclass(frozen=True)
class MemoryNeed:
    """Peak memory that a stage is predicted to need, engines included, and what lowers it."""

    peak_bytes: int
    lower: str


def check_memory(stage: str, need: MemoryNeed) -> None:
    """Raise ResourceError, one line, when the machine lacks the memory that a stage needs.

    A prediction may be wrong by a factor of two: the environment variable VTOUR_MEMORY_CHECK=off
    lets a stage try.
    """
    there = memory_there()
    if need.peak_bytes > there and os.environ.get(SWITCH) != "off":
        raise ResourceError(
            f"{stage}: needs about {need.peak_bytes / 1e9:.1f} GB of memory, "
            f"{there / 1e9:.1f} GB available: lower {need.lower}, "
            f"or set {SWITCH}=off to try all the same"
        )


def memory_there() -> int:
    """Memory that a stage can have: what is free, and what this process holds already."""
    return available_bytes() + int(psutil.Process().memory_info().rss)


def available_bytes() -> int:
    """Memory that can still be had: of the machine, or of the container when that has less."""
    there = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # no container, or one without a limit
        limit = int((CONTAINER / "memory.max").read_text())
        used = int((CONTAINER / "memory.current").read_text())
        lines = (CONTAINER / "memory.stat").read_text().splitlines()
        cached = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
        there = min(there, max(0, limit - used + cached))
    return there
