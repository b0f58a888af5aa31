"""Work shared by the cores of this machine: tasks that release the GIL, results in order."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def worker_count() -> int:
    """Threads that this process may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_order(task: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[T, R]]:
    """Each item with the result of ``task``, in order, worked on by all cores.

    Items whose turn has not come are dropped at once when a task or the caller raises.
    """
    with ThreadPoolExecutor(worker_count()) as pool:
        try:
            yield from zip(items, pool.map(task, items), strict=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
