"""Features and verified matches as a COLMAP database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import ResourceError
from vtour.reconstruct.pairs import Pair
from vtour.reconstruct.sift import Float32Array, UInt8Array, UInt32Array


@dataclass(frozen=True)
class Features:
    """SIFT of one image: (n, 4) float32 x, y, scale, orientation; (n, 128) uint8.

    Pixels are those of an image of ``size`` (width, height): the full-size upright photo, or the
    full sphere at the size in which features were looked for.
    """

    size: tuple[int, int]
    keypoints: Float32Array
    descriptors: UInt8Array
    sky: NDArray[np.bool_] | None = None
    """Which keypoints, (n,), may lie on clouds; None when that was not looked for."""


@dataclass(frozen=True)
class VerifiedPair:
    """Matches of two images (indices into the list of images) and their geometry."""

    pair: Pair
    matches: UInt32Array
    geometry: Any

    @property
    def inliers(self) -> int:
        """How many matches agree with the geometry."""
        return len(self.geometry.inlier_matches)


def database_bytes(features: list[Features], verified: list[VerifiedPair]) -> int:
    """Room that a database needs while it is written: its pages twice, for SQLite's journal.

    A full disk ends the process in SQLite, or COLMAP says that it has no database at all.
    """
    keypoints = sum(one.keypoints.nbytes for one in features)
    matches = sum(one.matches.nbytes + 8 * one.inliers for one in verified)
    pages = 4 * len(features) + 4 * len(verified) + 50  # begun, or of an index
    return 2 * (keypoints + matches + pages * PAGE_BYTES)


PAGE_BYTES = 4096


def write_database(
    path: Path,
    names: list[str],
    features: list[Features],
    cameras: list[Any],
    verified: list[VerifiedPair],
) -> None:
    """Write a COLMAP database; image ids are 1 + index.

    Raises ResourceError when COLMAP cannot: a full disk shows only so.
    """
    try:
        _write_tables(path, names, features, cameras, verified)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise ResourceError(
            f"{path.parent}: the database cannot be written ({reason}), is the disk full?"
        ) from error


def _write_tables(
    path: Path,
    names: list[str],
    features: list[Features],
    cameras: list[Any],
    verified: list[VerifiedPair],
) -> None:
    import pycolmap

    with pycolmap.Database.open(path) as database, pycolmap.DatabaseTransaction(database):
        for camera in {camera.camera_id: camera for camera in cameras}.values():
            database.write_camera(camera, use_camera_id=True)
            rig = pycolmap.Rig(rig_id=camera.camera_id)
            rig.add_ref_sensor(camera.sensor_id)
            database.write_rig(rig, use_rig_id=True)
        for number, (name, one, camera) in enumerate(
            zip(names, features, cameras, strict=True), start=1
        ):
            _write_image(database, number, name, camera, one)
        for one_pair in verified:
            first, second = (index + 1 for index in one_pair.pair)
            database.write_matches(first, second, one_pair.matches)
            database.write_two_view_geometry(first, second, one_pair.geometry)


def _write_image(database: Any, number: int, name: str, camera: Any, features: Features) -> None:
    import pycolmap

    image = pycolmap.Image(name=name, camera_id=camera.camera_id, image_id=number)
    database.write_image(image, use_image_id=True)
    frame = pycolmap.Frame(frame_id=number, rig_id=camera.camera_id)
    frame.add_data_id(image.data_id)
    database.write_frame(frame, use_frame_id=True)
    database.write_keypoints(number, features.keypoints)
