"""How fast and in how much memory scans are read: every format.

    python -m benchmarks.speed.scans [CAPTURES]

CAPTURES : folder with scans/ (the synthetic site); other formats are written from its clouds. Each
reading runs in a process of its own. CPU seconds are told, because the machine may be busy; those
of a child process are in them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import append_results, real_captures
from vtour.clouds.read import read_cloud_headers
from vtour.clouds.station import StationReader

READ = """
import json, sys, time
from pathlib import Path
import psutil
from vtour.clouds.read import read_cloud_headers
from vtour.clouds.station import StationReader
from vtour.memory import PeakMemory
import vtour.clouds.crs
def cpu():
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system
path = Path(sys.argv[1])
start, before, points = time.perf_counter(), cpu(), 0
with PeakMemory() as memory:
    headers = read_cloud_headers(path)
    for scan in range(len(headers.scans)):
        points += sum(len(c["xyz"]) for c in StationReader(path, headers, scan).chunks())
print(json.dumps([points, time.perf_counter() - start, cpu() - before, memory.peak_bytes]))
"""


def main() -> None:
    """Measure all files and append the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", type=Path, nargs="?")
    captures = parser.parse_args().captures
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for path in _files(captures, Path(folder)):
            rows.append(_measured(path))
    if rows:
        append_results("scans", rows)


def _files(captures: Path | None, folder: Path) -> Iterator[Path]:
    real = real_captures("scans")
    if real is not None:
        yield from sorted(real.glob("*.laz"))
    if captures is None:
        return
    for path in sorted((captures / "scans").iterdir()):
        yield path
        if path.suffix == ".las":
            yield from _other_formats(path, folder)


def _other_formats(las: Path, folder: Path) -> Iterator[Path]:
    """The same cloud as LAZ, PLY and text."""
    import laspy

    laz = folder / f"{las.stem}.laz"
    laspy.read(las).write(str(laz))
    yield laz
    chunks = list(StationReader(las, read_cloud_headers(las)).chunks())
    xyz = np.concatenate([chunk["xyz"] for chunk in chunks])
    rgb = np.concatenate([chunk["rgb"] for chunk in chunks])
    yield _ply(folder / f"{las.stem}.ply", xyz, rgb)
    text = folder / f"{las.stem}.xyz"
    np.savetxt(text, np.concatenate([xyz, rgb], 1), fmt="%.4f %.4f %.4f %d %d %d")
    yield text


def _ply(path: Path, xyz: Any, rgb: Any) -> Path:
    kinds = [(name, "<f4") for name in "xyz"] + [(name, "u1") for name in ("red", "green", "blue")]
    table = np.zeros(len(xyz), kinds)
    for index, name in enumerate("xyz"):
        table[name] = xyz[:, index]
    for index, name in enumerate(("red", "green", "blue")):
        table[name] = rgb[:, index]
    words = {"<f4": "float", "u1": "uchar"}
    properties = "".join(f"property {words[kind]} {name}\n" for name, kind in kinds)
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(xyz)}\n{properties}"
    path.write_bytes(f"{head}end_header\n".encode() + table.tobytes())
    return path


def _measured(path: Path) -> dict[str, object]:
    run = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
    )
    points, wall_s, cpu_s, peak = json.loads(run.stdout)
    return {
        "file": path.name,
        "points": points,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "points_per_wall_s": round(points / wall_s),
        "points_per_cpu_s": round(points / cpu_s),
        "peak_mb": round(peak / 1e6),
    }


if __name__ == "__main__":
    main()
