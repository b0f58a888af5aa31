"""Kill a build with SIGKILL in every stage, start it again, and compare the packages.

python -m benchmarks.reliability.kill CAPTURES [--profile preview] [--times 1] [--set S.O=V ...]

For each stage: a finished build loses that stage's record and results, is started, killed at a
random moment of the stage, and started again. Later stages are found valid only if the bytes of
their inputs are the same, and the package must have the digest that it had.
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
from vtour.files import remove, tree_digest
from vtour.stages import STAGES


def command(captures: Path, work: Path, arguments: argparse.Namespace) -> list[str]:
    settings = [part for setting in arguments.set for part in ("--set", setting)]
    options = ["--profile", arguments.profile, "--progress", "json", *settings]
    return [sys.executable, "-m", "vtour", "build", str(captures), "--out", str(work), *options]


def build(captures: Path, work: Path, arguments: argparse.Namespace) -> list[str]:
    """Build to the end; the names of the stages that ran."""
    done = subprocess.run(
        command(captures, work, arguments), check=True, capture_output=True, text=True
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [e["stage"] for e in events if e["event"] == "stage" and not e["cached"]]


def kill_in_stage(
    captures: Path, work: Path, arguments: argparse.Namespace, stage: str, delay_s: float
) -> None:
    """Start a build and kill it ``delay_s`` after the stage before was found or ended."""
    names = [s.name for s in STAGES]
    before = names[names.index(stage) - 1] if stage != names[0] else None
    with subprocess.Popen(command(captures, work, arguments), stdout=subprocess.PIPE) as process:
        if before is not None:
            for line in process.stdout or ():
                event = json.loads(line)
                if (event["event"], event.get("stage")) == ("stage", before):
                    break
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)


def without_stage(whole: Path, work: Path, stage: str) -> None:
    """Copy a finished build, without one stage's record and results."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(whole, work)
    (work / ".vtour" / "stages" / f"{stage}.json").unlink()
    for name in next(s for s in STAGES if s.name == stage).writes:
        remove(work / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", type=Path)
    parser.add_argument("--profile", default="preview")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    with tempfile.TemporaryDirectory() as folder:
        whole, work = Path(folder) / "whole", Path(folder) / "killed"
        build(arguments.captures, whole, arguments)
        want = tree_digest(whole / "package")
        times = json.loads((whole / "reports" / "run.json").read_text())
        rows = []
        for stage in [s.name for s in STAGES] * arguments.times:
            without_stage(whole, work, stage)
            delay_s = chance.uniform(0, times[stage]["wall_time"]["value"])
            kill_in_stage(arguments.captures, work, arguments, stage, delay_s)
            killed = not (work / ".vtour" / "stages" / f"{stage}.json").exists()
            ran = build(arguments.captures, work, arguments)
            row = {
                "captures": arguments.captures.name,
                "stage": stage,
                "after_s": round(delay_s, 2),
                "killed_inside": killed,
                "ran_again": " ".join(ran),
                "same_package": tree_digest(work / "package") == want,
            }
            rows.append(row)
    append_results("kill", rows)
    sys.exit(0 if all(row["same_package"] for row in rows) else 1)


if __name__ == "__main__":
    main()
