"""Work shared by the cores of this machine: tasks that release the GIL, results in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2  # tasks a thread that may be begun before the caller has taken their results


def worker_count() -> int:
    """Threads that this process may run at once."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_order(
    task: Callable[[T], R], items: Iterable[T], stop: Callable[[], None] = lambda: None
) -> Iterator[tuple[T, R]]:
    """Each item with the result of ``task``, in order, worked on by all cores.

    Few results wait for the caller, so that a slow one costs no memory. When a task or the caller
    raises, items whose turn has not come are dropped, and ``stop`` is called before the tasks that
    run are waited for.
    """
    waiting: deque[tuple[T, Future[R]]] = deque()
    with ThreadPoolExecutor(worker_count()) as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(task, item)))
                if len(waiting) > AHEAD * worker_count():
                    yield _taken(waiting)
            while waiting:
                yield _taken(waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop()
            raise


def _taken(waiting: deque[tuple[T, Future[R]]]) -> tuple[T, R]:
    item, future = waiting.popleft()
    return item, future.result()
