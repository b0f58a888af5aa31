"""A program run to its end, or cut at a limit: its processor time and the peak of its memory.

It is started by a small process of its own (this file as a program): the kernel counts the memory
of whoever starts a program towards the peak of the program.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

INTERVAL_S = 0.1
DONE = "done"
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """What became of a program.

    fate       : DONE, or in words why it did not end well.
    cpu_s      : of it and of the processes it waited for; less than it took when it was cut.
    process_mb : resident memory of the largest of its processes, as the kernel counts it.
    tree_mb    : of all of them together, seen ten times a second.
    """

    fate: str
    wall_s: float
    cpu_s: float
    process_mb: float
    tree_mb: float

    @property
    def is_done(self) -> bool:
        return self.fate == DONE


def run_child(
    command: list[str],
    log: Path,
    *,
    limit_s: float,
    limit_bytes: float = float("inf"),
    folder: Path | None = None,
) -> Child:
    """Run a program; what it says goes to ``log``. It ends when this process does."""
    small = [sys.executable, __file__, str(log), str(limit_s), str(limit_bytes), *command]
    told = subprocess.run(small, cwd=folder, stdout=subprocess.PIPE, check=True)
    return Child(**json.loads(told.stdout))


def watched(command: list[str], log: Path, limit_s: float, limit_bytes: float) -> Child:
    """The small process: runs a program in a group of its own, so that all of it can be cut."""
    started, parent, tree, cut = time.perf_counter(), os.getppid(), 0, ""
    told: list[int] = []
    for name in ENDS:
        signal.signal(name, lambda number, _: told.append(number))
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            tree = max(tree, tree_bytes(process.pid))
            wall_s = time.perf_counter() - started
            reasons = {
                f"cut after {limit_s:g} s": wall_s > limit_s,
                f"cut at {limit_bytes / 1e9:.1f} GB": tree > limit_bytes,
                "cut with the benchmark": bool(told) or os.getppid() != parent,
            }
            if not cut and any(reasons.values()):
                cut = next(reason for reason, holds in reasons.items() if holds)
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(INTERVAL_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Child(
        cut or fate_of(process.returncode, log),
        time.perf_counter() - started,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024 / 1e6,
        tree / 1e6,
    )


def fate_of(code: int, log: Path) -> str:
    """DONE, or the exit status and the last line of what the program said."""
    if code == 0:
        return DONE
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"failed with {code}: {lines[-1].strip()[:200] if lines else 'no word'}"


def tree_bytes(pid: int) -> int:
    """Resident memory of a process and all below it; 0 when it is gone."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        return total
    return total


if __name__ == "__main__":
    log, limit_s, limit_bytes, *command = sys.argv[1:]
    print(json.dumps(asdict(watched(command, Path(log), float(limit_s), float(limit_bytes)))))
