"""Where stations stand before they are registered: by their files, by targets."""

import numpy as np
from numpy.typing import NDArray

from vtour.frames import (
    FloatArray,
    ecef_from_geodetic,
    enu_axes_in_ecef,
    matrix_from_columns,
)
from vtour.scan.registration.features import rigid_from_points
from vtour.scan.registration.fine import inverse
from vtour.schema.scans import Station
from vtour.schema.world import Anchor

MIN_TARGETS = 3
LINE = 0.05  # targets whose second extent is below this share of the first lie on a line


def told_pose(a: Station, b: Station) -> FloatArray | None:
    """a_from_b by the poses of their files; None when these share no frame."""
    if a.file == b.file and a.file_from_station and b.file_from_station:
        from_a = matrix_from_columns(a.file_from_station)
        return inverse(from_a) @ matrix_from_columns(b.file_from_station)
    if a.enu_anchor is None or b.enu_anchor is None:
        return None
    from_a, from_b = enu_from_station(a), enu_from_station(b)
    return inverse(from_a) @ enu_from_enu(a.enu_anchor, b.enu_anchor) @ from_b


def enu_from_station(station: Station) -> FloatArray:
    """The pose in a file that is east, north, up; without one the station's frame is the file's."""
    if station.file_from_station is None:
        return np.eye(4)
    return matrix_from_columns(station.file_from_station)


def enu_from_enu(a: Anchor, b: Anchor) -> FloatArray:
    """4x4 from east, north, up about place b to the same about place a."""
    axes_a, axes_b = (enu_axes_in_ecef(place.lat, place.lon) for place in (a, b))
    at_a, at_b = (ecef_from_geodetic(place.lat, place.lon, place.height_m) for place in (a, b))
    pose = np.eye(4)
    pose[:3, :3] = axes_a @ axes_b.T
    pose[:3, 3] = axes_a @ (at_b - at_a)
    return pose


def pose_from_targets(
    in_a: FloatArray, in_b: FloatArray, tolerance_m: float
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]] | None:
    """a_from_b of common targets (n, 3), their residuals (n,), metres, and which were used.

    The worst is left out while it is off by more than the tolerance, as long as three stay. None
    when fewer than three fit, or these lie on a line.
    """
    used = np.ones(len(in_a), bool)
    while used.sum() >= MIN_TARGETS:
        pose = rigid_from_points(in_a[used], in_b[used])
        off = np.linalg.norm(in_b @ pose[:3, :3].T + pose[:3, 3] - in_a, axis=1)
        if off[used].max() <= tolerance_m:
            spread = np.linalg.svd(in_a[used] - in_a[used].mean(0), compute_uv=False)
            return (pose, off, used) if spread[1] > LINE * spread[0] else None
        used[np.argmax(np.where(used, off, -1))] = False
    return None


def common_targets(
    in_a: dict[str, FloatArray], in_b: dict[str, FloatArray]
) -> tuple[list[str], FloatArray, FloatArray]:
    """Labels that two stations share, and where each has them, (n, 3) both."""
    labels = sorted(in_a.keys() & in_b.keys())
    places = [np.array([where[label] for label in labels]).reshape(-1, 3) for where in (in_a, in_b)]
    return labels, places[0], places[1]
