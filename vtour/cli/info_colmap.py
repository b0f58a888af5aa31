"""Facts about COLMAP's files: models, databases, depth and normal maps."""

import math
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.reconstruct.depthmaps import read_map

Facts = dict[str, Any]

MODEL_FILES = ("cameras", "images", "points3D")


def is_model_folder(folder: Path) -> bool:
    """Whether a folder holds a COLMAP model, binary or text."""
    return any((folder / f"cameras{suffix}").is_file() for suffix in (".bin", ".txt"))


def model_facts(folder: Path) -> Facts:
    """Cameras, images and points of a COLMAP model. Raises InputError when it is damaged."""
    import pycolmap

    suffix = ".bin" if (folder / "cameras.bin").is_file() else ".txt"
    for name in MODEL_FILES:
        if not (folder / f"{name}{suffix}").is_file():
            raise InputError(f"{folder}: no {name}{suffix}, expected a whole COLMAP model")
    if suffix == ".bin":
        check_cameras_file(folder / "cameras.bin")
        check_images_file(folder / "images.bin")
        check_points_file(folder / "points3D.bin")
    try:
        model = pycolmap.Reconstruction(str(folder))
    except (ValueError, RuntimeError, MemoryError, OSError, IndexError) as error:
        reason = str(error).splitlines()[0][:160]
        raise InputError(f"{folder}: damaged COLMAP model ({reason})") from None
    return {
        "kind": "COLMAP model",
        "format": "binary" if suffix == ".bin" else "text",
        "images": model.num_images(),
        "images_registered": model.num_reg_images(),
        "points": model.num_points3D(),
        "observations": model.compute_num_observations(),
        "reprojection_error_px": _finite(model.compute_mean_reprojection_error()),
        "track_length": _finite(model.compute_mean_track_length()),
        "cameras": [_camera_facts(model.cameras[key]) for key in sorted(model.cameras)],
    }


IMAGE_HEAD = struct.Struct("<I7dI")  # id, rotation, translation, camera; then name\0, count
POINT_HEAD = struct.Struct("<Q3d3BdQ")  # id, place, colour, error, length of the track
KEYPOINT_BYTES, TRACK_BYTES = 24, 8
LEAST_CAMERA_BYTES = 24 + 2 * 8  # id, model, width, height; the leanest model has two parameters


def check_cameras_file(path: Path) -> None:
    """Raise InputError when cameras.bin is too short for its count; see the images."""
    data = path.read_bytes()
    if len(data) < 8 + LEAST_CAMERA_BYTES * _count(path, data):
        raise _cut(path)


def check_images_file(path: Path) -> None:
    """Raise InputError unless images.bin ends where its counts say.

    pycolmap believes the counts of a truncated file: it takes minutes and all memory.
    Layout: COLMAP, src/colmap/scene/reconstruction_io.cc.
    """
    data = path.read_bytes()
    offset = 8
    for _ in range(_count(path, data)):
        name_end = data.find(b"\0", offset + IMAGE_HEAD.size)
        if name_end < 0 or name_end + 9 > len(data):
            raise _cut(path)
        (points,) = struct.unpack_from("<Q", data, name_end + 1)
        offset = name_end + 9 + KEYPOINT_BYTES * points
    if offset != len(data):
        raise _cut(path)


def check_points_file(path: Path) -> None:
    """Raise InputError unless points3D.bin ends where its counts say; see the images."""
    data = path.read_bytes()
    offset = 8
    for _ in range(_count(path, data)):
        if offset + POINT_HEAD.size > len(data):
            raise _cut(path)
        track = POINT_HEAD.unpack_from(data, offset)[-1]
        offset += POINT_HEAD.size + TRACK_BYTES * track
    if offset != len(data):
        raise _cut(path)


def _count(path: Path, data: bytes) -> int:
    if len(data) < 8:
        raise _cut(path)
    return int(struct.unpack_from("<Q", data)[0])


def _cut(path: Path) -> InputError:
    return InputError(f"{path}: damaged COLMAP model (its length is not what its counts say)")


def _camera_facts(camera: Any) -> Facts:
    return {
        "model": str(camera.model.name),
        "size_px": [int(camera.width), int(camera.height)],
        "focal_px": float(camera.mean_focal_length()),
    }


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


QUERIES = {
    "cameras": "SELECT count(*) FROM cameras",
    "images": "SELECT count(*) FROM images",
    "keypoints": "SELECT coalesce(sum(rows), 0) FROM keypoints",
    "pairs_matched": "SELECT count(*) FROM matches WHERE rows > 0",
    "pairs_verified": "SELECT count(*) FROM two_view_geometries WHERE rows > 0",
    "matches_verified": "SELECT coalesce(sum(rows), 0) FROM two_view_geometries",
}


def database_facts(path: Path) -> Facts:
    """Counts of a COLMAP database, opened read only. Raises InputError when it is no such one."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            counts = {
                name: int(database.execute(query).fetchone()[0]) for name, query in QUERIES.items()
            }
    except sqlite3.Error as error:
        raise InputError(f"{path.name}: {error}, expected a COLMAP database") from None
    return {"kind": "COLMAP database", **counts}


def depth_map_facts(path: Path) -> Facts:
    """Size and range of a depth map, or size of a normal map. Raises InputError when damaged."""
    values = read_map(path)
    size = [int(values.shape[1]), int(values.shape[0])]
    if values.ndim == 3:
        kind = "COLMAP normal map" if values.shape[2] == 3 else "COLMAP map"
        return {"kind": kind, "size_px": size, "channels": int(values.shape[2])}
    known = values[np.isfinite(values) & (values > 0)]
    facts: Facts = {
        "kind": "COLMAP depth map",
        "size_px": size,
        "known_share": round(known.size / max(values.size, 1), 4),
    }
    if known.size:
        low, middle, high = (float(value) for value in np.percentile(known, (0, 50, 100)))
        facts |= {"depth_min": low, "depth_median": middle, "depth_max": high}
    return facts
