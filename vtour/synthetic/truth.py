"""The ground truth beside the captures: written, read again, and compared with a result.

``truth/cameras.json``  every photo: lens and pose; the order is that of the survey
``truth/colmap/``       the same as a COLMAP text model
``truth/panoramas.json`` standpoints of the panoramas, cameras of the set to stitch
``truth/stations.json`` poses of the laser scans
``truth/targets.json``  targets and hotspots, world
``truth/mesh.ply``      the courtyard without its surroundings, world
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import write_json, write_text
from vtour.frames import columns_from_matrix, similarity_matrix
from vtour.synthetic.cameras import Camera, Lens
from vtour.synthetic.courtyard import Site, Target
from vtour.synthetic.panoramas import Standpoint
from vtour.synthetic.scans import Station

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """A sample site's truth as read from its folder."""

    folder: Path
    cameras: list[Camera]

    @property
    def mesh_path(self) -> Path:
        """The true surface, PLY, world."""
        return self.folder / "mesh.ply"


def write_cameras(folder: Path, cameras: list[Camera]) -> None:
    """Write cameras.json and the COLMAP text model."""
    write_json(folder / "cameras.json", {"cameras": [_camera_record(one) for one in cameras]})
    write_colmap_text(folder / "colmap", cameras)


def _camera_record(camera: Camera) -> dict[str, Any]:
    lens = camera.lens
    return {
        "file": camera.file,
        "group": lens.name,
        "model": "RADIAL",
        "width": lens.width,
        "height": lens.height,
        "params": lens.params,
        "world_from_cam": [float(value) for value in camera.world_from_cam.T.reshape(-1)],
        "centre": [float(value) for value in camera.centre],
    }


def load_truth(folder: Path) -> Truth:
    """Read ``truth/`` of a sample site; raises InputError when it is not one."""
    path = folder / "cameras.json"
    try:
        records = json.loads(path.read_text(encoding="utf-8"))["cameras"]
        cameras = [_camera_from_record(record) for record in records]
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        raise InputError(f"{path}: {found}, expected the truth of a sample site") from None
    return Truth(folder, cameras)


def _camera_from_record(record: dict[str, Any]) -> Camera:
    focal, x, y, k1, k2 = record["params"]
    lens = Lens(record["group"], record["width"], record["height"], focal, (x, y), (k1, k2))
    rotation = np.array(record["world_from_cam"], float).reshape(3, 3).T
    return Camera(record["file"], lens, rotation, np.array(record["centre"], float))


def write_panorama_poses(folder: Path, places: list[Standpoint], cameras: list[Camera]) -> None:
    """Write panoramas.json: 4x4 poses column-major, as all matrices in JSON."""
    records = [
        {
            "file": place.file,
            "world_from_pano": columns_from_matrix(
                similarity_matrix(1.0, place.world_from_pano, place.centre)
            ),
        }
        for place in places
    ]
    value = {"panoramas": records, "set": [_camera_record(camera) for camera in cameras]}
    write_json(folder / "panoramas.json", value)


def write_stations(folder: Path, stations: list[Station], file: str) -> None:
    """Write stations.json: poses of the scans in the world and in ENU, column-major."""
    records = [
        {
            "id": station.name,
            "file": file,
            "scan": number,
            "world_from_station": columns_from_matrix(station.world_from_station),
            "enu_from_station": columns_from_matrix(station.enu_from_station),
        }
        for number, station in enumerate(stations)
    ]
    write_json(folder / "stations.json", {"stations": records})


def write_targets(folder: Path, targets: list[Target], hotspots: dict[str, FloatArray]) -> None:
    """Write targets.json: where targets and hotspots truly are, world."""
    value = {
        "targets": {
            target.label: {"role": target.role, "position": [float(x) for x in target.centre]}
            for target in targets
        },
        "hotspots": {name: [float(x) for x in place] for name, place in hotspots.items()},
    }
    write_json(folder / "targets.json", value)


def write_colmap_text(folder: Path, cameras: list[Camera]) -> None:
    """Write cameras.txt, images.txt and an empty points3D.txt; image names are below photos/."""
    lenses = {camera.lens.name: camera.lens for camera in cameras}
    numbers = {name: number + 1 for number, name in enumerate(lenses)}
    lines = ["# CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]"]
    for name, lens in lenses.items():
        params = " ".join(repr(float(value)) for value in lens.params)
        lines.append(f"{numbers[name]} RADIAL {lens.width} {lens.height} {params}")
    write_text(folder / "cameras.txt", "\n".join(lines) + "\n")
    lines = ["# IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, then a line of points (none)"]
    for number, camera in enumerate(cameras):
        cam_from_world = camera.world_from_cam.T
        x, y, z, w = quaternion_from_rotation(cam_from_world)
        translation = -cam_from_world @ camera.centre
        values = " ".join(repr(float(value)) for value in (w, x, y, z, *translation))
        name = camera.file.removeprefix("photos/")
        lines += [f"{number + 1} {values} {numbers[camera.lens.name]} {name}", ""]
    write_text(folder / "images.txt", "\n".join(lines) + "\n")
    write_text(folder / "points3D.txt", "# POINT3D_ID X Y Z R G B ERROR TRACK[] (none)\n")


def quaternion_from_rotation(rotation: FloatArray) -> FloatArray:
    """Unit quaternion xyzw of a (3, 3) rotation, w >= 0."""
    from scipy.spatial.transform import Rotation

    quaternion: FloatArray = Rotation.from_matrix(rotation).as_quat(canonical=True)
    return quaternion


def write_mesh(path: Path, site: Site) -> None:
    """Write the courtyard's own faces as binary PLY."""
    kept = site.faces[site.inside == 1]
    used, faces = np.unique(kept, return_inverse=True)
    vertices = site.vertices[used].astype("<f4")
    rows = np.empty(len(kept), np.dtype([("n", "u1"), ("v", "<i4", 3)]))
    rows["n"], rows["v"] = 3, faces.reshape(-1, 3)
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment frame world, metres, Y up\n"
        f"element vertex {len(vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {len(rows)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header.encode() + vertices.tobytes() + rows.tobytes())


def load_mesh(path: Path) -> tuple[FloatArray, NDArray[np.int64]]:
    """Vertices (n, 3) and faces (m, 3) of a mesh file; raises InputError when it has none."""
    import open3d as o3d

    mesh = o3d.io.read_triangle_mesh(path)
    if not mesh.has_triangles():
        raise InputError(f"{path}: no triangles found, expected the truth's mesh")
    return np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.int64)
