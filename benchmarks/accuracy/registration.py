"""Registration of scans against the truth, and against Open3D's own global and ICP pipeline.

    python -m benchmarks.accuracy.registration SMALL FULL [--starts 100]

SMALL, FULL are captures of the synthetic site. ``starts`` gives every pair of its stations a pose
that is 30 degrees and 5 m wrong, about and along random directions; ``none`` gives none, once;
``turned`` turns the points themselves by 30 degrees, so that no station is level, and gives none.
``pair`` has a transform with it, ``three`` has no truth: there the loop is what is told.

Open3D runs its tutorial on the same thinned clouds: FPFH and RANSAC (voxel 0.32 m, radius 2 and 5
voxels, distance 1.5 voxels, edge length 0.9, 100 000 iterations, 0.999), then point-to-plane ICP
(distance 0.4 voxels), whatever the start.

turn_deg, shift_mm : error against the truth, the median and the greatest
success            : trials below 0.05 degrees and 1 cm, of ``trials``
near               : trials below 1 degree and 10 cm
cpu_s              : CPU seconds a trial; the machine was shared. A search does not depend on the
                     start, so it is run once a pair: a row ``none`` tells what it costs
"""

import argparse
import functools
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.accuracy.scan_stores import e57_stations, ply_points, write_stations
from benchmarks.machine import append_results, real_captures
from vtour.clouds.store import PointStore
from vtour.frames import matrix_from_columns
from vtour.scan.register import register_stations, thin_station
from vtour.scan.registration.fine import inverse
from vtour.scan.registration.linking import Start, Tried, from_starts, searched
from vtour.scan.registration.pairwise import Limits, Scan
from vtour.schema.scans import Registration
from vtour.station_files import read_station_list
from vtour.workspace import Workspace

TURN_DEG, SHIFT_M = 30.0, 5.0
VOXEL_M = 0.32  # of Open3D's pipeline
Pose = np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("small", type=Path)
    parser.add_argument("full", type=Path)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    for name, captures, most in (
        ("small", arguments.small, 300_000),
        ("full", arguments.full, 60_000),
    ):
        if arguments.only in name:
            rows += synthetic_rows(name, captures, most, arguments.starts)
    for name in ("pair", "three"):
        folder = real_captures("scans") if arguments.only in name else None
        if folder is not None:
            rows += pair_rows(folder) if name == "pair" else three_rows(folder)
    append_results("registration", rows)


def synthetic_rows(name: str, captures: Path, most: int, starts: int) -> list[dict[str, object]]:
    """Pairs from wrong starts, from none, turned; thinned once to so many points at most."""
    clouds, poses = e57_stations(captures)
    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        scans = thinned(Path(folder), clouds, most)
        pairs = list(combinations(range(len(scans)), 2))
        trials = [(pairs[n % len(pairs)], wrong_pose(rng)) for n in range(starts)]
        truths = {(i, j): inverse(poses[i]) @ poses[j] for i, j in pairs}

        @functools.cache
        def found_anew(pair: tuple[int, int]) -> Tried:
            return searched(scans, pair, Limits())

        def from_wrong(pair: tuple[int, int], wrong: Pose) -> Pose | None:
            start = Start("pose", truths[pair] @ wrong, 1.0)
            tried = from_starts(scans, pair, [start], Limits())
            if tried is None or not tried.is_believed:
                tried = found_anew(pair)
            return tried.fit.a_from_b if tried.is_believed else None

        def from_none(pair: tuple[int, int], _: Pose) -> Pose | None:
            tried = searched(scans, pair, Limits())
            return tried.fit.a_from_b if tried.is_believed else None

        def by_open3d(pair: tuple[int, int], _: Pose) -> Pose | None:
            return open3d_pose(scans[pair[0]], scans[pair[1]])

        rows = [
            row(name, "starts", "vtour", trials, from_wrong, truths),
            row(name, "starts", "open3d", trials, by_open3d, truths),
            row(name, "none", "vtour", [(pair, np.eye(4)) for pair in pairs], from_none, truths),
        ]
        rows.append(turned_row(name, clouds, most, truths, rng, Path(folder)))
        return rows


def turned_row(
    name: str,
    clouds: list[np.ndarray],
    most: int,
    truths: dict[tuple[int, int], Pose],
    rng: np.random.Generator,
    folder: Path,
) -> dict[str, object]:
    """Every pair once, the second station's points turned, without a start."""
    turns = [np.eye(4)] + [wrong_pose(rng, 0.0) for _ in clouds[1:]]
    turned = [cloud @ turn[:3, :3].T for cloud, turn in zip(clouds, turns, strict=True)]
    scans = thinned(folder / "turned", turned, most)

    def found(pair: tuple[int, int], _: Pose) -> Pose | None:
        tried = searched(scans, pair, Limits())
        if not tried.is_believed:
            return None
        return inverse(turns[pair[0]]) @ tried.fit.a_from_b @ turns[pair[1]]

    trials = [(pair, np.eye(4)) for pair in truths]
    return row(name, "turned", "vtour", trials, found, truths)


def thinned(folder: Path, clouds: list[np.ndarray], most: int) -> list[Scan]:
    work = write_stations(folder, clouds, [None] * len(clouds))
    return [
        thin_station(one, PointStore.open(work.raw_scan(one.id)), 0.0, most)
        for one in read_station_list(work.scan_list)
    ]


def wrong_pose(rng: np.random.Generator, shift_m: float = SHIFT_M) -> Pose:
    """A turn about, and a shift along, random directions."""
    axis, along = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 3)))
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(np.radians(TURN_DEG) * axis).as_matrix()
    pose[:3, 3] = shift_m * along
    return pose


def row(
    captures: str,
    start: str,
    engine: str,
    trials: list[tuple[tuple[int, int], Pose]],
    find: Callable[[tuple[int, int], Pose], Pose | None],
    truths: dict[tuple[int, int], Pose],
) -> dict[str, object]:
    """Run all trials; a pose that was not believed has no error and is no success."""
    begun = time.process_time()
    off = [errors(find(pair, wrong), truths[pair]) for pair, wrong in trials]
    cpu_s = (time.process_time() - begun) / len(trials)
    turn, shift = np.array(off).T
    found = np.isfinite(turn)
    return figures(captures, start, engine, turn[found], shift[found], len(trials), cpu_s)


def figures(
    captures: str,
    start: str,
    engine: str,
    turn: np.ndarray,
    shift: np.ndarray,
    trials: int,
    cpu_s: float,
) -> dict[str, object]:
    def told(values: np.ndarray, digits: int) -> tuple[object, object]:
        if not len(values):
            return "", ""
        return round(float(np.median(values)), digits), round(float(values.max()), digits)

    turns, shifts = told(turn, 4), told(1000 * shift, 2)
    return {
        "captures": captures,
        "start": start,
        "engine": engine,
        "trials": trials,
        "success": int(((turn < 0.05) & (shift < 0.01)).sum()),
        "near": int(((turn < 1.0) & (shift < 0.1)).sum()),
        "median_turn_deg": turns[0],
        "max_turn_deg": turns[1],
        "median_shift_mm": shifts[0],
        "max_shift_mm": shifts[1],
        "loop_mm": "",
        "rmse_mm": "",
        "overlap": "",
        "cpu_s": round(cpu_s, 2),
    }


def errors(found: Pose | None, truth: Pose) -> tuple[float, float]:
    """Degrees and metres between two poses."""
    if found is None:
        return np.inf, np.inf
    off = inverse(truth) @ found
    turn = np.degrees(np.linalg.norm(Rotation.from_matrix(off[:3, :3]).as_rotvec()))
    return float(turn), float(np.linalg.norm(off[:3, 3]))


def open3d_pose(a: Scan, b: Scan) -> Pose:
    """Open3D's tutorial: global registration, then ICP (docs, pipelines/global_registration)."""
    import open3d as o3d

    registration: Any = o3d.pipelines.registration
    clouds, features = [], []
    for scan in (a, b):
        cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(scan.at(VOXEL_M).points))
        near = o3d.geometry.KDTreeSearchParamHybrid(radius=2 * VOXEL_M, max_nn=30)
        cloud.estimate_normals(near)
        cloud.orient_normals_towards_camera_location(np.zeros(3))
        wide = o3d.geometry.KDTreeSearchParamHybrid(radius=5 * VOXEL_M, max_nn=100)
        clouds.append(cloud)
        features.append(registration.compute_fpfh_feature(cloud, wide))
    checks = [
        registration.CorrespondenceCheckerBasedOnEdgeLength(0.9),
        registration.CorrespondenceCheckerBasedOnDistance(1.5 * VOXEL_M),
    ]
    found = registration.registration_ransac_based_on_feature_matching(
        clouds[1], clouds[0], features[1], features[0], True, 1.5 * VOXEL_M,
        registration.TransformationEstimationPointToPoint(False), 3, checks,
        registration.RANSACConvergenceCriteria(100_000, 0.999),
    )  # fmt: skip
    found = registration.registration_icp(
        clouds[1], clouds[0], 0.4 * VOXEL_M, found.transformation,
        registration.TransformationEstimationPointToPlane(),
    )  # fmt: skip
    return np.array(found.transformation)


def registered(clouds: list[np.ndarray]) -> tuple[Registration, float]:
    """The stage without any start, and its CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        work = write_stations(Path(folder), clouds, [None] * len(clouds))
        out = Workspace(Path(folder) / "out")
        begun = time.process_time()
        register_stations(work, out)
        cpu_s = time.process_time() - begun
        return Registration.model_validate_json(out.registration.read_text()), cpu_s


def pair_rows(folder: Path) -> Iterator[dict[str, object]]:
    truth = np.loadtxt(folder / "pair" / "T_target_source.txt")
    clouds = [ply_points(folder / "pair" / f"{name}.ply") for name in ("target", "source")]
    registration, cpu_s = registered(clouds)
    turn, shift = errors(matrix_from_columns(registration.stations[-1].scan_from_station), truth)
    (pair,) = registration.pairs
    yield figures("pair", "none", "vtour", np.array([turn]), np.array([shift]), 1, cpu_s) | {
        "rmse_mm": round(1000 * pair.rmse_m, 1),
        "overlap": round(pair.overlap, 3),
    }
    with tempfile.TemporaryDirectory() as work:
        scans = thinned(Path(work), clouds, 300_000)
        begun = time.process_time()
        turn, shift = errors(open3d_pose(scans[0], scans[1]), truth)
        cpu_s = time.process_time() - begun
    yield figures("pair", "none", "open3d", np.array([turn]), np.array([shift]), 1, cpu_s)


def three_rows(folder: Path) -> Iterator[dict[str, object]]:
    clouds = [ply_points(path) for path in sorted((folder / "three-stations").glob("*.ply"))]
    registration, cpu_s = registered(clouds)
    poses = {(p.a, p.b): matrix_from_columns(p.a_from_b) for p in registration.pairs}
    names = [station.id for station in registration.stations]
    yield figures("three", "none", "vtour", np.zeros(0), np.zeros(0), 1, cpu_s) | {
        "loop_mm": loop_mm([poses[names[i], names[j]] for i, j in ((0, 1), (1, 2), (0, 2))]),
        "rmse_mm": round(1000 * float(np.mean([p.rmse_m for p in registration.pairs])), 1),
        "overlap": round(float(np.median([p.overlap for p in registration.pairs])), 3),
    }
    with tempfile.TemporaryDirectory() as work:
        scans = thinned(Path(work), clouds, 300_000)
        begun = time.process_time()
        found = [open3d_pose(scans[i], scans[j]) for i, j in ((0, 1), (1, 2), (0, 2))]
        cpu_s = time.process_time() - begun
    yield figures("three", "none", "open3d", np.zeros(0), np.zeros(0), 1, cpu_s) | {
        "loop_mm": loop_mm(found)
    }


def loop_mm(poses: list[Pose]) -> float:
    """How far the way round 0, 1, 2 ends from where it began."""
    off = poses[0] @ poses[1] @ inverse(poses[2])
    return round(1000 * float(np.linalg.norm(off[:3, 3])), 1)


if __name__ == "__main__":
    main()
