"""Photos to package on real captures: time and peak memory of each stage, and what came out.

python -m benchmarks.speed.whole [--profile web] [--keep FOLDER] [arch lund-door brighton]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import append_results, real_captures
from vtour.stages import STAGES

SETS = ("arch", "lund-door", "brighton")
FIGURES = (
    "photos_in",
    "photos_registered",
    "reprojection_error",
    "sparse_points",
    "gps_residual",
    "ground_sampling_distance",
    "depth_completeness",
    "dense_points",
    "faces",
    "thumb_bytes",
    "medium_bytes",
    "high_bytes",
    "package_bytes",
)


def measure(name: str, profile: str, keep: Path | None) -> tuple[dict, list[dict]] | None:
    """One fresh build in a process of its own: the figures, and a row for each stage."""
    captures = real_captures(name)
    if captures is None:
        return None
    work = (keep or Path(tempfile.mkdtemp())) / name
    shutil.rmtree(work, ignore_errors=True)
    command = [sys.executable, "-m", "vtour", "build", captures, "--out", work]
    started = time.perf_counter()
    subprocess.run([*command, "--profile", profile, "--progress", "plain"], check=True)
    wall_s = time.perf_counter() - started

    times = json.loads((work / "reports" / "run.json").read_text())
    measures = {}
    for stage in STAGES:
        report = json.loads((work / "reports" / f"{stage.name}.json").read_text())
        measures.update({k: v["value"] for k, v in report.get("measures", {}).items()})
    peak = max(t["peak_memory"]["value"] for t in times.values())
    row = {"captures": name, "profile": profile, "wall_s": round(wall_s, 1)}
    row |= {"peak_GB": round(peak / 1e9, 2)}
    row |= {figure: _short(measures.get(figure)) for figure in FIGURES}
    row |= {"validator_errors": len(errors_of(work / "package"))}
    stages = [
        {
            "captures": name,
            "profile": profile,
            "stage": stage.name,
            "wall_s": round(times[stage.name]["wall_time"]["value"], 1),
            "peak_GB": round(times[stage.name]["peak_memory"]["value"] / 1e9, 2),
        }
        for stage in STAGES
    ]
    if keep is None:
        shutil.rmtree(work.parent)
    return row, stages


def errors_of(package: Path) -> list[str]:
    """Errors in a package: schema, files, digests, and the Khronos validator on each model."""
    command = [sys.executable, "-m", "vtour", "validate", package, "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    errors: list[str] = json.loads(done.stdout)["errors"]
    return errors


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == round(value) else f"{value:.4g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--profile", default="web")
    parser.add_argument("--keep", type=Path, help="folder to leave the builds in")
    arguments = parser.parse_args()
    done = [measure(name, arguments.profile, arguments.keep) for name in arguments.sets]
    found = [result for result in done if result is not None]
    if found:
        append_results("whole", [row for row, _ in found])
        append_results("whole-stages", [row for _, rows in found for row in rows])
    print(f"{len(found)} sets measured, {len(done) - len(found)} skipped")


if __name__ == "__main__":
    main()
