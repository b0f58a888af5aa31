"""Rooms of walls and boxes, and what a levelled scanner sees of them."""

from pathlib import Path

import numpy as np

from vtour.clouds.store import write_store
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.schema.scans import Registration, Station, StationList
from vtour.workspace import Workspace

# Boxes by their least and greatest corner; a room is a box seen from inside.
HALL = [
    ((0.0, 0.0, 0.0), (12.0, 8.0, 4.0)),
    ((2.0, 5.5, 0.0), (3.2, 8.0, 2.2)),
    ((7.5, 0.0, 0.0), (8.1, 1.7, 4.0)),
    ((9.5, 5.0, 0.0), (11.0, 6.0, 1.0)),
    ((4.6, 2.6, 0.0), (5.2, 3.4, 1.2)),
    ((0.0, 2.0, 2.4), (0.8, 3.5, 3.1)),
]
OTHER_HALL = [
    ((0.0, 0.0, 0.0), (6.0, 17.0, 2.6)),
    ((1.0, 3.0, 0.0), (2.5, 3.6, 2.6)),
    ((4.0, 8.0, 0.0), (6.0, 9.0, 0.8)),
    ((0.0, 13.0, 0.0), (1.8, 14.5, 1.9)),
    ((3.2, 11.3, 0.0), (3.6, 11.7, 2.6)),
]
NOISE_M = 0.002
ROWS, COLUMNS = 100, 240


def pose(x, y, z, heading_deg, tilt_deg=(0.0, 0.0)):
    """room_from_station (4, 4): a scanner at a place, turned and nearly level."""
    from scipy.spatial.transform import Rotation

    matrix = np.eye(4)
    angles = [heading_deg, *tilt_deg]
    matrix[:3, :3] = Rotation.from_euler("ZYX", angles, degrees=True).as_matrix()
    matrix[:3, 3] = x, y, z
    return matrix


def scan(boxes, room_from_station, seed=0):
    """Points (n, 3) float32, station: the nearest hit of each ray, with noise along it."""
    rng = np.random.default_rng(seed)
    azimuth = (np.arange(COLUMNS) + rng.random()) / COLUMNS * 2 * np.pi
    elevation = np.radians(np.linspace(-60, 89, ROWS) + 0.3 * rng.random())
    azimuth, elevation = (grid.reshape(-1) for grid in np.meshgrid(azimuth, elevation))
    rays = np.stack(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ],
        -1,
    )
    ranges = nearest_hits(boxes, room_from_station[:3, 3], rays @ room_from_station[:3, :3].T)
    ranges = ranges + NOISE_M * rng.standard_normal(len(ranges))
    return (rays * ranges[:, None]).astype(np.float32)


def nearest_hits(boxes, origin, rays):
    """Distance (n,) to the first face: out of the first box, which is the room, or into others."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slabs = [
            np.sort([(np.array(low) - origin) / rays, (np.array(high) - origin) / rays], axis=0)
            for low, high in boxes
        ]
    nearest = slabs[0][1].min(1)
    for enters, leaves in slabs[1:]:
        enter, leave = enters.max(1), leaves.min(1)
        hit = (enter < leave) & (enter > 0)
        nearest = np.where(hit & (enter < nearest), enter, nearest)
    return nearest


def work_of(root: Path, clouds, told=None, **fields):
    """A work folder with these stations."""
    work = Workspace(root)
    stations = []
    for number, cloud in enumerate(clouds):
        name = f"s{number + 1}"
        write_store(work.raw_scan(name), {"xyz": np.asarray(cloud, np.float32)})
        known = told[number] if told is not None else None
        station = Station(
            id=name,
            file="scans/hall.e57",
            scan=number,
            points=len(cloud),
            has_mirror=fields.get("has_mirror", True),
            file_from_station=None if known is None else columns_from_matrix(known),
            bounds_min=[-20.0] * 3,
            bounds_max=[20.0] * 3,
        )
        stations.append(station)
    write_json(work.scan_list, StationList(stations=stations).to_json())
    return work


def read_registration(work):
    return Registration.model_validate_json(work.registration.read_text())


def errors(found, truth):
    """Metres and degrees between two rigid transforms (4, 4)."""
    off = np.linalg.inv(truth) @ found
    turn = np.arccos(np.clip((np.trace(off[:3, :3]) - 1) / 2, -1, 1))
    return float(np.linalg.norm(off[:3, 3])), float(np.degrees(turn))


# Longer than the scanner reaches: nothing tells where along it a station stands.
CORRIDOR = [((-500.0, -1.5, 0.0), (500.0, 1.5, 3.0))]
# Columns every 3 m, as far as the scanner reaches.
COLONNADE = [((-500.0, -4.0, 0.0), (500.0, 4.0, 4.0))] + [
    ((3.0 * bay - 0.25, side - 0.25, 0.0), (3.0 * bay + 0.25, side + 0.25, 4.0))
    for bay in range(-12, 13)
    for side in (-2.25, 2.25)
]


def scan_within(boxes, room_from_station, reach_m, seed=0):
    """The same as scan, nothing of it farther than so many metres."""
    points = scan(boxes, room_from_station, seed)
    return points[np.linalg.norm(points, axis=1) < reach_m]
