"""A large catalogue: lint and status of 1,000 sites with 20 deliverables each, in fresh processes.

python -m benchmarks.speed.catalog [--sites N] [--deliverables N] [--runs N] [--no-results]

Prints seconds of wall clock and of processor time from the start of ``vtour`` to its end, the
least and the median of the runs; the target is 2 s.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import append_results
from vtour.rollout.communes import communes

COMMANDS = {
    "lint": ["lint"],
    "status": ["status"],
}
HEAD = """\
version: 1
programme:
  name: {vi: Chương trình thử, en: Trial programme}
phases:
  - id: '2026'
    name: {vi: Một, en: One}
    sites: %d
    start: 2026-01-01
    end: 2026-12-31
profiles:
  standard:
    deliverables: []
sites:
"""


def large_catalog(sites: int, deliverables: int) -> str:
    """Sites as people write them: one field a line, deliverables one a line with a threshold."""
    all_communes = list(communes().values())
    lines = [HEAD % sites]
    for number in range(sites):
        commune = all_communes[number % len(all_communes)]
        lines.append(
            f"""\
  - id: site-{number}
    phase: '2026'
    name: {{vi: Điểm {number}, en: Site {number}}}
    kind: temple
    admin:
      former_district: Thành phố Lạng Sơn
      commune_code: '{commune.code}'
      commune: {commune.name}
    location:
      class: sourced
      lat: {commune.lat}
      lon: {commune.lon}
      source: survey
    contractor: Công ty A
    planned:
      captured: 2026-06-01
      delivered: 2026-07-01
      accepted: 2026-09-01
    deliverables:
"""
        )
        lines += [
            f"      - {{id: d{each}, kind: model, count: 1, "
            "thresholds: {ground_sampling_distance: {max: 0.02}}}\n"
            for each in range(deliverables)
        ]
        lines.append("    state: planned\n")
    return "".join(lines)


def seconds_of(arguments: list[str]) -> tuple[float, float]:
    """Wall clock and processor time of one command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "vtour", "catalog", *arguments], capture_output=True, text=True
    )
    wall = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{arguments}: ended with {done.returncode}\n{done.stdout}{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--deliverables", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-results", action="store_true", help="only print")
    wanted = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.yaml"
        path.write_text(large_catalog(wanted.sites, wanted.deliverables), encoding="utf-8")
        for name, arguments in COMMANDS.items():
            runs = [seconds_of([*arguments, str(path)]) for _ in range(wanted.runs)]
            walls, cpus = zip(*runs, strict=True)
            rows.append(
                {
                    "command": name,
                    "sites": wanted.sites,
                    "deliverables": wanted.deliverables,
                    "MB": round(path.stat().st_size / 1e6, 2),
                    "runs": wanted.runs,
                    "wall_s_min": round(min(walls), 2),
                    "wall_s_median": round(statistics.median(walls), 2),
                    "cpu_s_min": round(min(cpus), 2),
                    "cpu_s_median": round(statistics.median(cpus), 2),
                }
            )
    if wanted.no_results:
        print(*rows, sep="\n")
    else:
        append_results("catalog", rows)


if __name__ == "__main__":
    main()
