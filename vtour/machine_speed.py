"""How fast this machine is now, against the one that the plan's rates were measured on.

A fixed piece of work on one thread, then on all at once: sorting, gathering and roots of many
numbers, which reads memory as the stages do. The median of some rounds counts: a short disturbance
does no harm, and other programs that keep the machine busy are seen.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.threads import worker_count

NUMBERS = 300_000
ROUNDS = 9
REFERENCE_ONE_S = 0.0181
"""Of the reference: AMD EPYC, 2 cores, Python 3.11, numpy 2.4 (benchmarks/speed/plan.py).

Within a build, as it is used: in a process that has done nothing before it takes 0.0212.
"""
REFERENCE_SHARE_S = 0.0103
"""Of the reference, for each piece when both its cores work."""


@dataclass(frozen=True)
class Speed:
    """Times of this machine divided by those of the reference: 2 is half as fast.

    one : for work on one thread.
    all : for work on all threads that this process may use.
    """

    one: float
    all: float


REFERENCE = Speed(one=1.0, all=1.0)


def measure_speed() -> Speed:
    """Measure this machine: in half a second on the reference."""
    one_s, share_s = measure_seconds()
    return Speed(one=one_s / REFERENCE_ONE_S, all=share_s / REFERENCE_SHARE_S)


def measure_seconds() -> tuple[float, float]:
    """Seconds for a piece of work on one thread, and for each piece when all threads work."""
    numbers = np.random.default_rng(0).random(NUMBERS, dtype=np.float32)
    threads = worker_count()
    piece(numbers)  # the first is slower: memory is fetched from the system
    one_s = statistics.median(_seconds(numbers, 1) for _ in range(ROUNDS))
    all_s = statistics.median(_seconds(numbers, threads) for _ in range(ROUNDS))
    return one_s, all_s / threads


def _seconds(numbers: NDArray[np.float32], threads: int) -> float:
    started = time.perf_counter()
    if threads == 1:
        piece(numbers)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(piece, [numbers] * threads))
    return time.perf_counter() - started


def piece(numbers: NDArray[np.float32]) -> float:
    """One piece of work."""
    order = np.argsort(numbers)
    gathered = numbers[order[::-1]]
    return float(np.sqrt(gathered * gathered + numbers).sum())
