"""Kill a build with SIGKILL in every stage, start it again, and compare the packages.

python -m benchmarks.reliability.kill CAPTURES [--profile preview] [--times 1]

For each stage: a build that is there up to the stage before is started, killed as soon as it tells
progress inside the stage, and started again. The package must have the digest of a build that was
never killed.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import append_results
from vtour.files import tree_digest
from vtour.stages import STAGES


def command(captures: Path, work: Path, profile: str) -> list[str]:
    options = ["--profile", profile, "--progress", "json"]
    return [sys.executable, "-m", "vtour", "build", str(captures), "--out", str(work), *options]


def build(captures: Path, work: Path, profile: str) -> None:
    subprocess.run(command(captures, work, profile), check=True, stdout=subprocess.DEVNULL)


def kill_in_stage(captures: Path, work: Path, profile: str, stage: str, delay_s: float) -> float:
    """Start a build, kill it ``delay_s`` after the stage before ended; the share it had told."""
    names = [s.name for s in STAGES]
    before = names[names.index(stage) - 1] if stage != names[0] else None
    share = 0.0
    with subprocess.Popen(command(captures, work, profile), stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            event = json.loads(line)
            share = event.get("share", 0.0) if event["stage"] == stage else 0.0
            if event["stage"] == stage or (event["event"], event["stage"]) == ("stage", before):
                break
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", type=Path)
    parser.add_argument("--profile", default="preview")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        build(arguments.captures, whole, arguments.profile)
        want = tree_digest(whole / "package")
        times = json.loads((whole / "reports" / "run.json").read_text())
        rows = []
        for stage in [s.name for s in STAGES] * arguments.times:
            work = Path(folder) / "killed"
            shutil.rmtree(work, ignore_errors=True)
            delay_s = chance.uniform(0, times[stage]["wall_time"]["value"])
            kill_in_stage(arguments.captures, work, arguments.profile, stage, delay_s)
            killed_in = next(
                (
                    s.name
                    for s in STAGES
                    if not (work / ".vtour/stages" / f"{s.name}.json").exists()
                ),
                "after the end",
            )
            build(arguments.captures, work, arguments.profile)
            same = tree_digest(work / "package") == want
            rows.append(
                {
                    "captures": arguments.captures.name,
                    "aimed_at": stage,
                    "after_s": round(delay_s, 2),
                    "killed_in": killed_in,
                    "same_package": same,
                }
            )
            print(rows[-1], flush=True)
    append_results("kill", rows)
    sys.exit(0 if all(row["same_package"] for row in rows) else 1)


if __name__ == "__main__":
    main()
