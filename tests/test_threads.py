"""Tasks on all cores: their order, how far they run ahead, what happens when one fails."""

import threading
import time

import pytest

from vtour.threads import AHEAD, in_order, worker_count


def test_results_come_in_order_whoever_is_first():
    def slow_first(item):
        time.sleep(0.05 if item == 0 else 0)
        return item * item

    assert list(in_order(slow_first, range(20))) == [(n, n * n) for n in range(20)]
    assert list(in_order(slow_first, [])) == []


def test_a_slow_caller_finds_few_results_waiting():
    done = []
    results = in_order(lambda item: done.append(item), range(200))
    for item, _ in results:
        if item < 3:
            time.sleep(0.05)
            assert len(done) <= item + 1 + AHEAD * worker_count() + 1
    assert sorted(done) == list(range(200))


def test_a_task_that_fails_drops_those_after_it():
    begun, stopped = [], []

    def task(item):
        begun.append(item)
        if item == 3:
            raise ValueError("three")
        time.sleep(0.01)

    with pytest.raises(ValueError, match="three"):
        for _ in in_order(task, range(500), lambda: stopped.append(len(begun))):
            pass
    assert len(begun) < 50
    assert stopped


def test_a_caller_that_fails_stops_what_runs():
    """Tasks wait until they are stopped: without it the end would never come."""
    stopped = threading.Event()

    def task(item):
        if item > 0:
            assert stopped.wait(60)

    with pytest.raises(KeyboardInterrupt):
        for _ in in_order(task, range(50), stopped.set):
            raise KeyboardInterrupt
    assert stopped.is_set()
