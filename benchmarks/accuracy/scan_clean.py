"""Cleaning and merging of the synthetic scans against their truth.

    python -m benchmarks.accuracy.scan_clean [--size small] [--captures FOLDER] [--plain]

The stations are put into the world by their true poses. Planted in the scan of the first one: two
persons (cylinders of 1.75 m, 0.5 m wide) that hide what is behind them, lone points on 0.5 % of
the rays (dust, birds), and points between near and far surfaces along every edge (mixed pixels).
``--plain`` plants nothing: all that is removed then was removed wrongly.

Removed wrongly: within 1 cm of the true surface, yet left out for another reason than thinning.
Distances and normals are of the thinned cloud, inside the courtyard, whose surface alone is known.
CPU seconds are of all cores, numba compiled before; memory is the peak of the process, with the
engines, but without what this benchmark loads later.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import append_results
from vtour.clouds.store import PointStore, write_store
from vtour.files import write_json
from vtour.frames import matrix_from_columns
from vtour.memory import PeakMemory
from vtour.scan.clean import merge_scans
from vtour.scan.cleaning.options import CleanOptions, Region, Thinning
from vtour.synthetic.compare import SITE_HIGH_M, SITE_LOW_M
from vtour.synthetic.options import ANCHOR, Size, SyntheticOptions
from vtour.synthetic.render import RayMesh
from vtour.synthetic.synthesise import synthesise_site
from vtour.synthetic.truth import load_mesh
from vtour.workspace import Workspace

SITE, NOISE, MIXED, PERSON = 0, 1, 2, 3
PERSONS = ((-3.0, 3.2), (3.4, 1.6))  # x, z: in the open court, in view of all three stations
PERSON_RADIUS_M, PERSON_HEIGHT_M = 0.25, 1.75
NOISE_SHARE = 0.005
NEAR_M = 0.01
CLEAR_M = 0.05  # planted points nearer to the surface than that are no noise


@dataclass
class Raw:
    """One scan with what each point is. xyz in the station's frame."""

    xyz: np.ndarray
    rgb: np.ndarray
    intensity: np.ndarray
    label: np.ndarray

    def world(self, world_from_station: np.ndarray) -> np.ndarray:
        points = self.xyz.astype(np.float64) @ world_from_station[:3, :3].T
        return (points + world_from_station[:3, 3]).astype(np.float32)


def read_e57(path: Path) -> list[Raw]:
    import pye57

    scans = pye57.E57(str(path))
    found = []
    for number in range(scans.scan_count):
        raw = scans.read_scan_raw(number)
        xyz = np.stack([raw[f"cartesian{axis}"] for axis in "XYZ"], -1).astype(np.float32)
        rgb = np.stack([raw[f"color{name}"] for name in ("Red", "Green", "Blue")], -1)
        intensity = np.rint(raw["intensity"] * 65535).astype(np.uint16)
        found.append(Raw(xyz, rgb.astype(np.uint8), intensity, np.zeros(len(xyz), np.int8)))
    return found


def with_persons(raw: Raw, station_from_world: np.ndarray, ground_m: float) -> None:
    """Upright cylinders in front of what the rays hit."""
    up = station_from_world[:3, 1]
    rays = raw.xyz / np.linalg.norm(raw.xyz, axis=1, keepdims=True)
    ranges = np.linalg.norm(raw.xyz, axis=1)
    for x, z in PERSONS:
        foot = station_from_world[:3] @ np.array([x, ground_m, z, 1.0])
        level = rays - np.outer(rays @ up, up)
        middle = foot - (foot @ up) * up
        a, b = (level**2).sum(1), level @ middle
        root = b**2 - a * (middle @ middle - PERSON_RADIUS_M**2)
        hit = (b - np.sqrt(np.maximum(root, 0))) / np.maximum(a, 1e-9)
        height = hit * (rays @ up) - foot @ up
        there = (root > 0) & (hit > 0) & (hit < ranges)
        there &= (height > 0) & (height < PERSON_HEIGHT_M)
        ranges[there], raw.label[there] = hit[there], PERSON
        raw.rgb[there] = (200, 40, 160)
    raw.xyz = (rays * ranges[:, None]).astype(np.float32)


def with_noise(raw: Raw, rng: np.random.Generator) -> Raw:
    """Lone points on some rays, and points added between the surfaces of every edge."""
    site = np.flatnonzero(raw.label == SITE)
    lone = rng.choice(site, int(NOISE_SHARE * len(site)), replace=False)
    raw.xyz[lone] *= rng.uniform(0.1, 0.9, len(lone))[:, None].astype(np.float32)
    raw.label[lone] = NOISE
    ranges = np.linalg.norm(raw.xyz, axis=1)
    follows = np.flatnonzero(np.abs(np.diff(ranges)) > 0.3)
    rays = raw.xyz / ranges[:, None]
    beside = np.einsum("ij,ij->i", rays[follows], rays[follows + 1]) > np.cos(np.radians(1.5))
    both = (raw.label[follows] == SITE) & (raw.label[follows + 1] == SITE)
    at = follows[beside & both]
    share = rng.uniform(0.1, 0.9, len(at))
    between = rays[at] + rays[at + 1]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    added = between * (ranges[at] * share + ranges[at + 1] * (1 - share))[:, None]
    return Raw(
        np.concatenate([raw.xyz, added.astype(np.float32)]),
        np.concatenate([raw.rgb, raw.rgb[at]]),
        np.concatenate([raw.intensity, raw.intensity[at]]),
        np.concatenate([raw.label, np.full(len(at), MIXED, np.int8)]),
    )


def work_folder(folder: Path, raws: list[Raw], poses: list[list[float]]) -> Workspace:
    """A work folder as the stages before leave it."""
    work = Workspace(folder)
    stations, placed = [], []
    for number, (raw, pose) in enumerate(zip(raws, poses, strict=True)):
        name = f"station-{number + 1}"
        columns = {"xyz": raw.xyz, "rgb": raw.rgb, "intensity": raw.intensity}
        write_store(work.raw_scan(name), columns)
        source = {"id": name, "file": "scans/stations.e57", "scan": number}
        stations.append(
            {
                **source,
                "points": len(raw.xyz),
                "has_mirror": True,
                "bounds_min": raw.xyz.min(0).tolist(),
                "bounds_max": raw.xyz.max(0).tolist(),
            }
        )
        placed.append({**source, "world_from_station": pose})
    write_json(work.scan_list, {"version": "1.0", "stations": stations})
    write_json(work.stations, {"version": "1.0", "stations": placed})
    frame = {"scale": "metric", "scale_source": "scan", "north": "true", "up": "measured"}
    anchor = dict(zip(("lat", "lon", "height_m"), ANCHOR, strict=True))
    identity = [float(value) for value in np.eye(4).reshape(-1)]
    write_json(work.world, {**frame, "world_from_sfm": identity, "anchor": anchor})
    return work


def is_in(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which of (n, 3) float32 points are among others, exactly."""
    both = np.concatenate([points, others]).view(np.uint32).astype(np.uint64)
    keys = both[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ both[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    keys ^= both[:, 2] * np.uint64(0x165667B19E3779F9)
    found: np.ndarray = np.isin(keys[: len(points)], keys[len(points) :])
    return found


def measured(
    captures: Path, size: str, *, plain: bool, look: Path | None
) -> tuple[dict[str, object], dict[str, object]]:
    truth = json.loads((captures / "truth" / "stations.json").read_text())["stations"]
    poses = [station["world_from_station"] for station in truth]
    raws = read_e57(captures / "scans" / "stations.e57")
    rng = np.random.default_rng(0)
    if not plain:
        with_persons(raws[0], np.linalg.inv(matrix_from_columns(poses[0])), 0.0)
        raws[0] = with_noise(raws[0], rng)
    with tempfile.TemporaryDirectory() as folder:
        work = work_folder(Path(folder) / "work", raws, poses)
        thinned, plain_out = Workspace(Path(folder) / "thinned"), Workspace(Path(folder) / "all")
        merge_scans(work, thinned, CleanOptions(spacing_m=0.5))  # compiles
        merge_scans(work, plain_out, CleanOptions(thinning=Thinning.none, region=Region.none))
        started = time.process_time()
        with PeakMemory() as memory:
            report = merge_scans(work, thinned)
        cpu_s = time.process_time() - started
        every = PointStore.open(plain_out.scan_cloud)
        kept_world = np.array(every.column("xyz"))
        cloud = PointStore.open(thinned.scan_cloud)
        xyz, normal = np.array(cloud.column("xyz")), np.array(cloud.column("normal"))
        laz_bytes = thinned.merged_scan.stat().st_size
        if look:
            write_store(look, {name: np.array(cloud.column(name)) for name in cloud.columns})
    scene = RayMesh(*load_mesh(captures / "truth" / "mesh.ply"))
    row = judged(scene, raws, poses, kept_world)
    row |= quality(scene, xyz, normal)
    row |= {
        "cloud_points": cloud.count,
        "spacing_mm": round(1000 * report.measures["cloud_spacing"].value, 1),
        "laz_bytes_per_point": round(laz_bytes / cloud.count, 1),
        "cpu_s": round(cpu_s, 1),
        "peak_mb": round(memory.peak_bytes / 1e6),
    }
    return {"size": size, "planted": "no" if plain else "yes", **row}, report.details


def judged(
    scene: RayMesh, raws: list[Raw], poses: list[list[float]], kept_world: np.ndarray
) -> dict[str, object]:
    """What became of the points of each kind, before thinning."""
    matrices = [matrix_from_columns(pose) for pose in poses]
    points = np.concatenate([raw.world(m) for raw, m in zip(raws, matrices, strict=True)])
    label = np.concatenate([raw.label for raw in raws])
    kept = is_in(points, kept_world)
    distance = scene.distances(points)
    true = (label == SITE) & (distance < NEAR_M)
    row: dict[str, object] = {
        "points": len(points),
        "wrongly_removed": round(float((~kept[true]).mean()), 6),
        "removed_in_all": round(float((~kept).mean()), 5),
    }
    for name, kind in (("noise", NOISE), ("mixed", MIXED), ("person", PERSON)):
        planted = (label == kind) & (distance > CLEAR_M)
        row[f"{name}_planted"] = int(planted.sum())
        share = float((~kept[planted]).mean()) if planted.any() else float("nan")
        row[f"{name}_removed"] = round(share, 4)
    return row


def quality(scene: RayMesh, xyz: np.ndarray, normal: np.ndarray) -> dict[str, object]:
    """How near the kept points are to the true surface, and their normals to its own."""
    inside = ((xyz > SITE_LOW_M) & (xyz < SITE_HIGH_M)).all(1)
    points, normals = xyz[inside], normal[inside].astype(np.float64) / 127
    distance = scene.distances(points)
    start = points + 0.02 * normals
    hits = scene.first_hits(start, -normals)
    near = np.abs(hits["t_hit"] - 0.02) < 0.02
    true = hits["primitive_normals"][near]
    cosine = np.einsum("ij,ij->i", true, normals[near])
    angle = np.degrees(np.arccos(np.clip(np.abs(cosine), 0, 1)))
    return {
        "surface_median_mm": round(1000 * float(np.median(distance)), 2),
        "surface_95_mm": round(1000 * float(np.quantile(distance, 0.95)), 2),
        "normal_median_deg": round(float(np.median(angle)), 2),
        "normal_95_deg": round(float(np.quantile(angle, 0.95)), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=[size.value for size in Size], default="small")
    parser.add_argument("--captures", type=Path, help="made before, by vtour synthetic")
    parser.add_argument("--plain", action="store_true", help="plant nothing")
    parser.add_argument("--look", type=Path, help="keep the cloud here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        captures = arguments.captures
        if captures is None:
            captures = Path(folder) / "captures"
            synthesise_site(captures, SyntheticOptions(size=Size(arguments.size)))
        row, details = measured(
            captures, arguments.size, plain=arguments.plain, look=arguments.look
        )
        append_results("scan-clean", [row])
        print(json.dumps(details, indent=1))


if __name__ == "__main__":
    main()
