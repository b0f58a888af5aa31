"""Work folders of scans for benchmarks: stations filled in by hand, as the reader would."""

import json
from pathlib import Path

import numpy as np

from vtour.clouds.store import write_store
from vtour.files import write_json
from vtour.frames import columns_from_matrix, matrix_from_columns
from vtour.schema.scans import Station, StationList
from vtour.workspace import Workspace


def e57_stations(captures: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Points (n, 3) float32 of the synthetic stations, and their true poses (4, 4)."""
    import pye57

    truth = json.loads((captures / "truth" / "stations.json").read_text())["stations"]
    file = pye57.E57(str(captures / truth[0]["file"]))
    clouds, poses = [], []
    for station in truth:
        data = file.read_scan_raw(station["scan"])
        xyz = np.stack([data[f"cartesian{axis}"] for axis in "XYZ"], -1)
        clouds.append(xyz.astype(np.float32))
        poses.append(matrix_from_columns(station["enu_from_station"]))
    return clouds, poses


def ply_points(path: Path) -> np.ndarray:
    """Points (n, 3) float32 of a PLY, those at the origin left out: they are no returns."""
    import open3d as o3d

    points = np.asarray(o3d.io.read_point_cloud(str(path)).points)
    return points[np.linalg.norm(points, axis=1) > 0.01].astype(np.float32)


def write_stations(
    root: Path,
    clouds: list[np.ndarray],
    told: list[np.ndarray | None],
    *,
    has_mirror: bool = True,
    file: str = "scans/stations.e57",
) -> Workspace:
    """A work folder with these stations; ``told`` are the poses of the file."""
    work = Workspace(root)
    stations = []
    for number, (cloud, pose) in enumerate(zip(clouds, told, strict=True)):
        name = f"station-{number + 1}"
        write_store(work.raw_scan(name), {"xyz": np.asarray(cloud, np.float32)})
        station = Station(
            id=name,
            file=file,
            scan=number,
            points=len(cloud),
            has_mirror=has_mirror,
            file_from_station=None if pose is None else columns_from_matrix(pose),
            bounds_min=np.min(cloud, axis=0).tolist() if len(cloud) else [0.0] * 3,
            bounds_max=np.max(cloud, axis=0).tolist() if len(cloud) else [0.0] * 3,
        )
        stations.append(station)
    write_json(work.scan_list, StationList(stations=stations).to_json())
    return work
