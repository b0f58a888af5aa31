"""The synthetic site against its truth: cameras, cloud, scale with GPS only and with control.

python -m benchmarks.accuracy.site [--size full] [--profile web] [--captures FOLDER] [--keep FOLDER]

Cameras and cloud are compared after one similarity fitted on the camera centres; the scale and the
absolute errors are those of the world as solved, with control and with GPS only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import append_results
from vtour.frames import transform_points
from vtour.synthetic.compare import camera_errors, cloud_errors
from vtour.synthetic.truth import load_truth


def run(*arguments: object) -> None:
    command = [sys.executable, "-m", "vtour", *map(str, arguments)]
    subprocess.run(command, check=True)


def read_points(path: Path) -> np.ndarray:
    import open3d as o3d

    return np.asarray(o3d.io.read_point_cloud(str(path)).points)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="full")
    parser.add_argument("--profile", default="web")
    parser.add_argument("--captures", type=Path, help="made before, by vtour synthetic")
    parser.add_argument("--keep", type=Path, help="folder to leave the build in")
    arguments = parser.parse_args()
    folder = arguments.keep or Path(tempfile.mkdtemp())
    captures = arguments.captures or folder / "captures"
    if not captures.exists():
        run("synthetic", captures, "--size", arguments.size)
    truth = load_truth(captures / "truth")

    work = folder / "work"
    started = time.perf_counter()
    run("build", captures, "--out", work, "--profile", arguments.profile, "--progress", "plain")
    wall_s = time.perf_counter() - started
    with_control = camera_errors(work / "sparse", truth)
    points = read_points(work / "dense" / "fused.ply")
    cloud = cloud_errors(transform_points(with_control.truth_from_model, points), truth)
    absolute = cloud_errors(points, truth)
    times = json.loads((work / "reports" / "run.json").read_text())
    peak = max(stage["peak_memory"]["value"] for stage in times.values())
    world = json.loads((work / "reports" / "world.json").read_text())["measures"]

    run("world", work, "--no-use-control", "--progress", "plain")
    with_gps = camera_errors(work / "sparse", truth)
    run("world", work, "--progress", "plain")

    row = {
        "size": arguments.size,
        "profile": arguments.profile,
        "photos": with_control.photos,
        "registered": with_control.registered,
        "centre_rms_mm": round(1000 * with_control.centre_rms_m, 2),
        "rotation_rms_deg": round(with_control.rotation_rms_deg, 4),
        "scale_error_gps": round(abs(with_gps.scale - 1), 5),
        "scale_error_control": round(abs(with_control.scale - 1), 6),
        "absolute_gps_m": round(with_gps.world_centre_rms_m, 3),
        "absolute_control_m": round(with_control.world_centre_rms_m, 4),
        "check_residual_m": round(world["check_residual"]["value"], 4),
        "cloud_points": len(points),
        "cloud_median_mm": round(1000 * cloud.median_m, 2),
        "cloud_median_absolute_mm": round(1000 * absolute.median_m, 2),
        "accuracy_2cm": round(cloud.accuracy[0.02], 3),
        "completeness_2cm": round(cloud.completeness[0.02], 3),
        "f_2cm": round(f_score(cloud, 0.02), 3),
        "accuracy_5cm": round(cloud.accuracy[0.05], 3),
        "completeness_5cm": round(cloud.completeness[0.05], 3),
        "f_5cm": round(f_score(cloud, 0.05), 3),
        "wall_s": round(wall_s, 1),
        "peak_GB": round(peak / 1e9, 2),
    }
    append_results("synthetic-site", [row])


def f_score(cloud, threshold_m: float) -> float:
    """Harmonic mean of accuracy and completeness."""
    a, c = cloud.accuracy[threshold_m], cloud.completeness[threshold_m]
    return 2 * a * c / (a + c) if a + c else 0.0


if __name__ == "__main__":
    main()
