"""Time and memory of cleaning and merging scans, by the number of points.

    python -m benchmarks.speed.scan_clean [--million 2 --million 100] [--spacing 0.05]
        [--folder TMP]

Four stations in a hall of 60 by 36 by 12 m, ray by ray, with 2 mm of noise. CPU seconds are of all
cores; memory is the peak of the process, engines included. Files are written below --folder: about
70 bytes a point, all in all.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks.machine import append_results
from vtour.clouds.store import StoreWriter
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.memory import PeakMemory
from vtour.scan.clean import merge_scans
from vtour.scan.cleaning.options import CleanOptions
from vtour.workspace import Workspace

LOW, HIGH = np.array([-30.0, 0.0, -18.0]), np.array([30.0, 12.0, 18.0])
CENTRES = ((-15.0, 1.6, -6.0), (14.0, 1.7, -7.0), (-13.0, 1.5, 8.0), (16.0, 1.6, 6.0))
LOWEST_RAD = np.radians(-62)
NOISE_M = 0.002
WORLD_FROM_LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def scan_hall(folder: Path, centre: np.ndarray, columns: int, seed: int) -> int:
    """Write one scan as a store, some columns of the scanner at a time."""
    rng = np.random.default_rng(seed)
    step = 2 * np.pi / columns
    elevation = np.arange(LOWEST_RAD, np.pi / 2, step)
    with StoreWriter(folder) as writer:
        for start in range(0, columns, 200):
            azimuth = -np.pi + step * (np.arange(start, min(columns, start + 200)) + 0.4)
            az, el = (g.reshape(-1) for g in np.meshgrid(azimuth, elevation, indexing="ij"))
            rays = np.stack([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)], -1)
            level = rays @ WORLD_FROM_LEVEL.T
            with np.errstate(divide="ignore"):
                far = np.where(level > 0, (HIGH - centre) / level, (LOW - centre) / level)
            ranges = far.min(axis=1) + NOISE_M * rng.standard_normal(len(rays))
            shade = (ranges * 20 % 256).astype(np.uint8)
            writer.append(
                {
                    "xyz": (rays * ranges[:, None]).astype(np.float32),
                    "rgb": np.repeat(shade[:, None], 3, axis=1),
                    "intensity": shade.astype(np.uint16) * 257,
                }
            )
    return writer.count


def hall_work(folder: Path, million: float) -> Workspace:
    work = Workspace(folder)
    columns = round(np.sqrt(million * 1e6 / len(CENTRES) * 360 / 152))
    stations, placed = [], []
    for number, centre in enumerate(CENTRES):
        name = f"station-{number + 1}"
        points = scan_hall(work.raw_scan(name), np.array(centre), columns, number)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = WORLD_FROM_LEVEL, centre
        source = {"id": name, "file": "hall", "scan": number}
        box = {"bounds_min": [-60.0] * 3, "bounds_max": [60.0] * 3}
        stations.append({**source, "points": points, "has_mirror": True, **box})
        placed.append({**source, "world_from_station": columns_from_matrix(pose)})
    write_json(work.scan_list, {"stations": stations})
    write_json(work.stations, {"stations": placed})
    frame = {"scale": "metric", "scale_source": "scan", "north": "true", "up": "measured"}
    anchor = {"lat": 21.8556, "lon": 106.7468, "height_m": 265.0}
    identity = columns_from_matrix(np.eye(4))
    write_json(work.world, {**frame, "world_from_sfm": identity, "anchor": anchor})
    return work


def told(share: float, note: str = "") -> None:
    mb = psutil.Process().memory_info().rss / 1e6
    print(
        f"{time.perf_counter():.0f} s  {share:.3f} {note}  {mb:.0f} MB", file=sys.stderr, flush=True
    )


def measured(folder: Path, million: float, spacing_m: float) -> dict[str, object]:
    work = hall_work(folder / "work", million)
    wall, cpu = time.perf_counter(), time.process_time()
    with PeakMemory() as memory:
        report = merge_scans(
            work, Workspace(folder / "out"), CleanOptions(spacing_m=spacing_m), told
        )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    given = report.details["points_in"]
    removed = report.details["removed"]
    return {
        "points_in": given,
        "points_out": int(report.measures["cloud_points"].value),
        "spacing_mm": round(1000 * report.details["thinned_to_m"], 2),
        "wrongly_moving": removed["moving"],
        "wrongly_isolated": removed["isolated"],
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "points_per_cpu_s": round(given / cpu),
        "peak_mb": round(memory.peak_bytes / 1e6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", type=float, action="append")
    parser.add_argument("--spacing", type=float, default=0.0, help="metres; 0 as by default")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        warm = hall_work(Path(folder) / "warm", 0.05)
        merge_scans(warm, Workspace(Path(folder) / "warm-out"), CleanOptions())
        for million in arguments.million or [2, 20]:
            with tempfile.TemporaryDirectory(dir=folder) as own:
                append_results(
                    "speed-scan-clean", [measured(Path(own), million, arguments.spacing)]
                )


if __name__ == "__main__":
    main()
