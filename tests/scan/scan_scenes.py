"""Scans of a room with level walls, made ray by ray, and the work folder that holds them."""

import numpy as np

from vtour.clouds.store import write_store
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.workspace import Workspace

LOW, HIGH = np.array([-5.0, 0.0, -4.0]), np.array([5.0, 3.0, 4.0])
"""Corners of the room, world: +Y up."""
ANCHOR = {"lat": 21.8556, "lon": 106.7468, "height_m": 265.0}


def pose(centre, heading_deg=0.0):
    """world_from_station (4, 4) of a level scanner: its z is the world's +Y."""
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) @ turn
    matrix[:3, 3] = centre
    return matrix


def rays_in_station(columns):
    """Unit directions of a regular grid from -62 degrees to the zenith: (n, 3)."""
    step = 2 * np.pi / columns
    azimuth = -np.pi + step * (np.arange(columns) + 0.37)
    elevation = np.arange(np.radians(-62), np.pi / 2, step) + 0.23 * step
    az, el = (grid.reshape(-1) for grid in np.meshgrid(azimuth, elevation, indexing="ij"))
    return np.stack([np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el)], -1)


def room_ranges(centre, rays):
    """How far the walls, floor and ceiling are along rays of the world."""
    with np.errstate(divide="ignore"):
        far = np.where(rays > 0, (HIGH - centre) / rays, (LOW - centre) / rays)
    return far.min(axis=1)


def cylinder_ranges(centre, rays, x, z, radius, low=0.0, high=1.75):
    """How far an upright cylinder is along rays of the world, inf where it is missed."""
    a = rays[:, 0] ** 2 + rays[:, 2] ** 2
    b = rays[:, 0] * (x - centre[0]) + rays[:, 2] * (z - centre[2])
    root = b**2 - a * ((x - centre[0]) ** 2 + (z - centre[2]) ** 2 - radius**2)
    hit = (b - np.sqrt(np.maximum(root, 0))) / np.maximum(a, 1e-12)
    height = centre[1] + hit * rays[:, 1]
    return np.where((root > 0) & (hit > 0) & (height > low) & (height < high), hit, np.inf)


def scan_room(world_from_station, columns=720, cylinders=(), noise_m=0.002, seed=0):
    """Points (n, 3) float32, station, and what each is of: 0 the room, 1 the first cylinder..."""
    rays = rays_in_station(columns)
    in_world = rays @ world_from_station[:3, :3].T
    centre = world_from_station[:3, 3]
    ranges = [room_ranges(centre, in_world)]
    ranges += [cylinder_ranges(centre, in_world, *cylinder) for cylinder in cylinders]
    label = np.argmin(ranges, axis=0)
    noise = noise_m * np.random.default_rng(seed).standard_normal(len(rays))
    return (rays * (np.min(ranges, axis=0) + noise)[:, None]).astype(np.float32), label


def room_distance(points):
    """Distance (n,) of points in the world to the nearest wall, floor or ceiling."""
    return np.abs(np.concatenate([points - LOW, HIGH - points], axis=1)).min(axis=1)


def world_of(points, world_from_station):
    moved = points.astype(np.float64) @ world_from_station[:3, :3].T + world_from_station[:3, 3]
    return moved.astype(np.float32)


def scanned_work(folder, scans, *, world=None, **station_fields):
    """A work folder with scans: tuples (columns of the store, world_from_station)."""
    work = Workspace(folder)
    stations, placed = [], []
    for number, (columns, world_from_station) in enumerate(scans):
        name = f"s{number}"
        write_store(work.raw_scan(name), columns)
        xyz = columns["xyz"] if len(columns["xyz"]) else np.zeros((1, 3))
        source = {"id": name, "file": "scans/room.e57", "scan": number}
        fields = {
            "points": len(columns["xyz"]),
            "has_mirror": True,
            "bounds_min": xyz.min(0).tolist(),
            "bounds_max": xyz.max(0).tolist(),
        }
        stations.append({**source, **fields, **station_fields})
        placed.append({**source, "world_from_station": columns_from_matrix(world_from_station)})
    write_json(work.scan_list, {"stations": stations})
    write_json(work.stations, {"stations": placed})
    frame = {"scale": "metric", "scale_source": "scan", "north": "true", "up": "measured"}
    told = {**frame, "world_from_sfm": columns_from_matrix(np.eye(4)), "anchor": ANCHOR}
    write_json(work.world, {**told, **(world or {})})
    return work
