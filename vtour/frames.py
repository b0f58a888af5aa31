"""Coordinate frames. Transforms are ``a_from_b``: they take coordinates in b to coordinates in a.

world    right-handed, metres when the scale is metric, +X east, +Y up, -Z north
enu      right-handed, x east, y north, z up (what surveyors use)
cam      COLMAP camera: x right, y down, z forward; pixel centres at +0.5
pano     +X right, +Y up, -Z forward; yaw 0 at the image centre, growing to the right
tileset  enu about the world's origin: a point tileset below its root transform

A picture of them is in docs/conventions.md.
"""

import itertools
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

# World axes written in ENU coordinates: X = east, Y = up, Z = south.
WORLD_FROM_ENU: FloatArray = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
ENU_FROM_WORLD: FloatArray = WORLD_FROM_ENU.T.copy()

WGS84_A_M = 6378137.0
WGS84_F = 1 / 298.257223563
WGS84_E2 = WGS84_F * (2 - WGS84_F)


def matrix_from_columns(columns: ArrayLike) -> FloatArray:
    """4x4 matrix from the 16 column-major numbers of a JSON file (as in glTF)."""
    return np.asarray(columns, dtype=np.float64).reshape(4, 4).T.copy()


def columns_from_matrix(matrix: ArrayLike) -> list[float]:
    """The 16 column-major numbers of a 4x4 matrix, as JSON files hold it."""
    return [float(value) for value in np.asarray(matrix, dtype=np.float64).T.reshape(16)]


def similarity_matrix(scale: float, rotation: ArrayLike, translation: ArrayLike) -> FloatArray:
    """4x4 matrix of x -> scale * rotation @ x + translation."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * np.asarray(rotation, dtype=np.float64)
    matrix[:3, 3] = np.asarray(translation, dtype=np.float64)
    return matrix


def transform_points(a_from_b: ArrayLike, points_in_b: ArrayLike) -> FloatArray:
    """Apply a 4x4 transform to (n, 3) points."""
    matrix = np.asarray(a_from_b, dtype=np.float64)
    points = np.asarray(points_in_b, dtype=np.float64)
    result: FloatArray = points @ matrix[:3, :3].T + matrix[:3, 3]
    return result


def box_corners(low: Iterable[float], high: Iterable[float]) -> FloatArray:
    """The eight corners (8, 3) of a box."""
    return np.array(list(itertools.product(*zip(low, high, strict=True))), np.float64)


def ecef_from_geodetic(lat_deg: float, lon_deg: float, height_m: float) -> FloatArray:
    """Earth-centred coordinates (3,) of a WGS 84 position (Hofmann-Wellenhof, GNSS, eq. 8.1)."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    radius = WGS84_A_M / math.sqrt(1 - WGS84_E2 * math.sin(lat) ** 2)
    return np.array(
        [
            (radius + height_m) * math.cos(lat) * math.cos(lon),
            (radius + height_m) * math.cos(lat) * math.sin(lon),
            (radius * (1 - WGS84_E2) + height_m) * math.sin(lat),
        ]
    )


def enu_axes_in_ecef(lat_deg: float, lon_deg: float) -> FloatArray:
    """Rows are the unit vectors east, north and up at a place, in ECEF: enu_from_ecef rotation."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    return np.array(
        [
            [-math.sin(lon), math.cos(lon), 0.0],
            [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)],
            [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)],
        ]
    )


def enu_from_geodetic(
    lat_deg: float, lon_deg: float, height_m: float, anchor: tuple[float, float, float]
) -> FloatArray:
    """Topocentric east, north, up metres (3,) of a position, from ``anchor`` (lat, lon, height)."""
    offset = ecef_from_geodetic(lat_deg, lon_deg, height_m) - ecef_from_geodetic(*anchor)
    enu: FloatArray = enu_axes_in_ecef(anchor[0], anchor[1]) @ offset
    return enu


def geodetic_from_enu(
    enu_m: ArrayLike, anchor: tuple[float, float, float]
) -> tuple[float, float, float]:
    """WGS 84 (lat_deg, lon_deg, height_m) of topocentric metres: the inverse of the above.

    Fixed-point iteration on the latitude; below 1e-9 degrees after 5 steps near the surface.
    """
    ecef = ecef_from_geodetic(*anchor) + enu_axes_in_ecef(anchor[0], anchor[1]).T @ np.asarray(
        enu_m, dtype=np.float64
    )
    x, y, z = (float(value) for value in ecef)
    distance = math.hypot(x, y)
    lat = math.atan2(z, distance * (1 - WGS84_E2))
    height = 0.0
    for _ in range(8):
        radius = WGS84_A_M / math.sqrt(1 - WGS84_E2 * math.sin(lat) ** 2)
        height = distance / math.cos(lat) - radius
        lat = math.atan2(z, distance * (1 - WGS84_E2 * radius / (radius + height)))
    return math.degrees(lat), math.degrees(math.atan2(y, x)), height


def world_from_enu(enu_m: ArrayLike) -> FloatArray:
    """World coordinates of (n, 3) or (3,) east-north-up metres."""
    result: FloatArray = np.asarray(enu_m, dtype=np.float64) @ WORLD_FROM_ENU.T
    return result


def enu_from_world(points_in_world: ArrayLike) -> FloatArray:
    """East-north-up metres of (n, 3) or (3,) world coordinates."""
    result: FloatArray = np.asarray(points_in_world, dtype=np.float64) @ ENU_FROM_WORLD.T
    return result


def world_from_tileset() -> list[float]:
    """Column-major 4x4 that places our point tilesets, for tour.json: WORLD_FROM_ENU.

    It takes a tileset's own z-up frame, below its root transform, to the world.
    """
    return columns_from_matrix(similarity_matrix(1.0, WORLD_FROM_ENU, np.zeros(3)))
