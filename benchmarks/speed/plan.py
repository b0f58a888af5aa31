"""The plan against what happened: finished work folders, stage by stage.

python -m benchmarks.speed.plan [--measure | --speed ONE,ALL] WORK...

Prints for each stage what vtour.workload expects, what reports/run.json says it took, and at the
end the factor by which each stage's RATES are wrong: multiply them by it. ``--speed`` is how much
slower than the reference the machine was then (``--measure`` takes what it is now). A folder that
a killed run had begun has too short a time: leave it out. Without folders it prints the seconds of
machine_speed's own work: its constants of the reference are 0.85 of those, see there.
"""

import argparse
import json
import math
from pathlib import Path

from benchmarks.machine import append_results
from vtour.cli.build import last_options, last_profile
from vtour.machine_speed import REFERENCE, Speed, measure_seconds, measure_speed
from vtour.plan import captured_sizes
from vtour.records import IDLE
from vtour.workfolder import open_work
from vtour.workload import loads
from vtour.workspace import Workspace

SHORT_S = 3.0
"""Stages that took less say nothing about rates."""


def rows_of(work: Workspace, speed: Speed) -> list[dict[str, object]]:
    """A row for each stage that ran, and one for their sum."""
    times = json.loads(work.report("run").read_text())
    expected = loads(captured_sizes(work), last_options(work))
    common = {
        "captures": work.captures.name if work.captures else "",
        "profile": last_profile(work).value,
        "slower_by": f"{speed.one:.2f}, {speed.all:.2f}",
    }
    rows, totals = [], [0.0, 0.0, 0.0, 0.0]
    for name, load in expected.items():
        report = work.report(name)
        if name not in times or not report.is_file() or IDLE in _details(report):
            continue
        figures = [load.wall_s(speed), times[name]["wall_time"]["value"]]
        figures += [load.peak_bytes / 1e9, times[name]["peak_memory"]["value"] / 1e9]
        rows.append({**common, "stage": name, **_columns(figures)})
        totals = [
            totals[0] + figures[0],
            totals[1] + figures[1],
            *map(max, totals[2:], figures[2:]),
        ]
    return [*rows, {**common, "stage": "all", **_columns(totals)}]


def _details(report: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(report.read_text()).get("details", {})
    return found


def _columns(figures: list[float]) -> dict[str, object]:
    planned_s, took_s, planned_gb, took_gb = figures
    return {
        "planned_s": round(planned_s, 1),
        "took_s": round(took_s, 1),
        "took/planned": round(took_s / planned_s, 2),
        "planned_GB": round(planned_gb, 2),
        "took_GB": round(took_gb, 2),
        "GB_took/planned": round(took_gb / planned_gb, 2),
    }


def print_factors(rows: list[dict[str, object]]) -> None:
    """The geometric mean over the folders of took / planned, for each stage."""
    by_stage: dict[str, list[float]] = {}
    for row in rows:
        if float(str(row["took_s"])) >= SHORT_S:
            by_stage.setdefault(str(row["stage"]), []).append(float(str(row["took/planned"])))
    print("\nrates to be multiplied by")
    for stage, ratios in by_stage.items():
        factor = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"  {stage:12} {factor:5.2f}  of {len(ratios)}: {min(ratios)} to {max(ratios)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--measure", action="store_true", help="the machine as fast as it is now")
    parser.add_argument("--speed", help="how much slower than the reference: one thread, all")
    arguments = parser.parse_args()
    if not arguments.folders:
        one_s, share_s = measure_seconds()
        print(f"one thread {one_s:.4f} s, all threads {share_s:.4f} s for each piece")
        return
    speed = measure_speed() if arguments.measure else REFERENCE
    if arguments.speed:
        one, of_all = (float(value) for value in arguments.speed.split(","))
        speed = Speed(one, of_all)
    print(f"speed: {speed.one:.2f} on one thread, {speed.all:.2f} on all")
    rows = [row for folder in arguments.folders for row in rows_of(open_work(folder), speed)]
    append_results("plan", rows)
    print_factors(rows)


if __name__ == "__main__":
    main()
