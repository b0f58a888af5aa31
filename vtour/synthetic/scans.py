"""Laser scans: three stations in one E57, and their thinned union as LAS.

Frame of a station: z up, x along its heading, metres, origin in the scanner's mirror. E57 poses
take it to ENU about the site's anchor; LAS is projected (EPSG:32648, ellipsoidal heights).
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from vtour.frames import (
    FloatArray,
    ecef_from_geodetic,
    enu_axes_in_ecef,
    enu_from_world,
    world_from_enu,
)
from vtour.synthetic.images import UInt8Array, developed
from vtour.synthetic.options import ANCHOR
from vtour.synthetic.render import Scene

RANGE_SIGMA_M = 0.002
MAX_RANGE_M = 45.0
LOWEST_DEG = -62.0
LAS_EPSG = 32648
LAS_DAY = date(2026, 3, 14)


@dataclass(frozen=True)
class Station:
    """Where a scanner stood: its place in the world, heading and tilt."""

    name: str
    centre: FloatArray
    heading_deg: float
    tilt_deg: tuple[float, float]

    @property
    def enu_from_station(self) -> FloatArray:
        """4x4 transform: the pose as E57 holds it."""
        from scipy.spatial.transform import Rotation

        angles = [90.0 - self.heading_deg, *self.tilt_deg]
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler("ZYX", angles, degrees=True).as_matrix()
        matrix[:3, 3] = enu_from_world(self.centre)
        return matrix

    @property
    def world_from_station(self) -> FloatArray:
        """4x4 transform of the same into the world."""
        matrix = np.eye(4)
        matrix[:3] = world_from_enu(self.enu_from_station[:3].T).T
        return matrix


STATIONS = (
    Station("station-1", np.array([-0.6, 1.55, 6.6]), 10.0, (0.4, -0.3)),
    Station("station-2", np.array([-6.6, 1.60, -2.2]), 130.0, (-0.2, 0.5)),
    Station("station-3", np.array([8.2, 1.52, -3.4]), 265.0, (0.3, 0.2)),
)


@dataclass(frozen=True)
class Cloud:
    """What one station measured.

    points     : (n, 3) float32 metres, station
    colours    : (n, 3) uint8, sRGB
    intensity  : (n,) float32, 0 to 1
    row_column : (n, 2) int64, the direction's place in the scanner's grid
    """

    points: Any
    colours: UInt8Array
    intensity: Any
    row_column: Any


def scan_from(scene: Scene, station: Station, columns: int, rng: np.random.Generator) -> Cloud:
    """Scan the site from a station: one range for each direction of a regular grid."""
    rows = round(columns / 2 * (90 - LOWEST_DEG) / 180)
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    azimuth = -2 * np.pi * (column.reshape(-1) + 0.5) / columns
    elevation = np.radians(90 - (row.reshape(-1) + 0.5) * 360 / columns)
    level = np.cos(elevation)
    along = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], -1)
    rays = np.einsum("ij,kj->ik", along, station.world_from_station[:3, :3])
    origins = np.broadcast_to(station.centre, rays.shape)
    hits = scene.look(origins, rays, np.full(len(rays), 2 * np.pi / columns))
    noise = RANGE_SIGMA_M * rng.standard_normal(len(rays))
    seen = np.flatnonzero(hits.distances < MAX_RANGE_M)
    ranges = hits.distances[seen].astype(np.float64) + noise[seen]
    colours = developed(hits.colours[seen][None], None)[0]
    facing = np.abs(np.einsum("ij,ij->i", hits.normals[seen].astype(np.float64), rays[seen]))
    luminance = colours @ np.array([0.3, 0.6, 0.1]) / 255
    intensity = (luminance * (0.3 + 0.7 * facing)).astype(np.float32)
    points = (ranges[:, None] * along[seen]).astype(np.float32)
    places = np.stack([row.reshape(-1)[seen], column.reshape(-1)[seen]], -1)
    return Cloud(points, colours, intensity, places)


def write_las(path: Path, clouds: list[Cloud], voxel_m: float) -> None:
    """Write the union of all stations, one point a voxel, projected with its CRS."""
    import laspy
    import pyproj

    enu = np.concatenate(
        [
            cloud.points.astype(np.float64) @ station.enu_from_station[:3, :3].T
            + station.enu_from_station[:3, 3]
            for cloud, station in zip(clouds, STATIONS, strict=True)
        ]
    )
    colours = np.concatenate([cloud.colours for cloud in clouds])
    intensity = np.concatenate([cloud.intensity for cloud in clouds])
    source = np.concatenate(
        [np.full(len(cloud.points), number + 1) for number, cloud in enumerate(clouds)]
    )
    _, kept = np.unique(np.floor(enu / voxel_m).astype(np.int64), axis=0, return_index=True)
    kept.sort()
    projected = projected_from_enu(enu[kept])
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.creation_date = LAS_DAY
    header.system_identifier = "SYNTHETIC"
    header.generating_software = "vtour synthetic"
    header.scales = np.full(3, 0.001)
    header.offsets = np.floor(projected.min(0) / 100) * 100
    header.add_crs(pyproj.CRS.from_epsg(LAS_EPSG))
    las = laspy.LasData(header)
    las.x, las.y, las.z = projected.T
    las.red, las.green, las.blue = (colours[kept].astype(np.uint16) * 257).T
    las.intensity = np.rint(intensity[kept] * 65535).astype(np.uint16)
    las.point_source_id = source[kept].astype(np.uint16)
    las.return_number = np.ones(len(kept), np.uint8)
    las.number_of_returns = np.ones(len(kept), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    las.write(str(path))


def projected_from_enu(enu: FloatArray) -> FloatArray:
    """UTM east, north and ellipsoidal height (n, 3) of ENU metres about the anchor."""
    import pyproj

    ecef = ecef_from_geodetic(*ANCHOR) + enu @ enu_axes_in_ecef(ANCHOR[0], ANCHOR[1])
    to_geodetic = pyproj.Transformer.from_crs(4978, 4979, always_xy=True)
    lon, lat, height = to_geodetic.transform(*ecef.T)
    to_plane = pyproj.Transformer.from_crs(4326, LAS_EPSG, always_xy=True)
    east, north = to_plane.transform(lon, lat)
    return np.stack([east, north, height], -1)
