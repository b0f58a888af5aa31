"""A point tileset of the wall of wall.py, built in code: the colours of its south side as points.

The root holds every eighth point, four leaves hold the quarters. The root's transform is that of a
place on the Earth, as vtour writes it where there is an anchor: a viewer that does not undo it in
float64 shows nothing, or points that tremble.
"""

import json
import shutil
import struct

import numpy as np

from tests.browser.wall import HIGH, LOW, QUARTERS, write_wall
from tests.sample_packages import change_manifest
from vtour.files import file_digest, write_json
from vtour.frames import ecef_from_geodetic, enu_axes_in_ecef

LAT_DEG, LON_DEG, HEIGHT_M = 21.8556, 106.7468, 265.0
SPACING = 0.02
WORLD_FROM_TILESET = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
FLOAT, UBYTE = 5126, 5121
AWAY = 0.004
"""The points lie so far before the wall, so that one sees whether they are drawn or the wall is."""


def root_transform():
    """ecef_from_local: (16) column-major; local is east, north, up."""
    matrix = np.eye(4)
    matrix[:3, :3] = enu_axes_in_ecef(LAT_DEG, LON_DEG).T
    matrix[:3, 3] = ecef_from_geodetic(LAT_DEG, LON_DEG, HEIGHT_M)
    return matrix.T.ravel().tolist()


def linear_from_srgb(colour):
    """Unit-range linear from 8-bit sRGB (IEC 61966-2-1)."""
    c = np.asarray(colour) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def point_glb(xyz, linear=None, intensity=None):
    """A GLB of points; xyz in glTF's frame, y up: (n, 3) float32."""
    arrays = [("POSITION", np.asarray(xyz, "<f4"), FLOAT, "VEC3", False)]
    if linear is not None:
        rgba = np.concatenate([linear, np.ones((len(linear), 1))], axis=1)
        arrays.append(("COLOR_0", np.rint(rgba * 255).astype("u1"), UBYTE, "VEC4", True))
    if intensity is not None:
        arrays.append(("_INTENSITY", np.asarray(intensity, "<f4"), FLOAT, "SCALAR", False))
    accessors, views, body = [], [], b""
    for _, values, component, kind, normalized in arrays:
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": values.nbytes})
        accessor = {
            "bufferView": len(views) - 1,
            "componentType": component,
            "count": len(values),
            "type": kind,
            "normalized": normalized,
        }
        if kind == "VEC3":
            accessor |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        accessors.append(accessor)
        body += values.tobytes()
    names = {name: index for index, (name, *_) in enumerate(arrays)}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"mode": 0, "attributes": names}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body += b"\0" * (-len(body) % 4)
    length = 12 + 8 + len(text) + 8 + len(body)
    head = struct.pack("<4sII", b"glTF", 2, length)
    return (
        head
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(body), b"BIN\0")
        + body
    )


def wall_points():
    """(n, 3) in the world and (n, 3) sRGB of the wall's south side, row by row."""
    x, y = np.meshgrid(
        np.arange(LOW[0] + SPACING / 2, HIGH[0], SPACING),
        np.arange(LOW[1] + SPACING / 2, HIGH[1], SPACING),
    )
    world = np.stack([x, y, np.full_like(x, HIGH[2] + AWAY)], axis=-1).reshape(-1, 3)
    colours = np.empty((len(world), 3))
    for name, colour in QUARTERS.items():
        colours[is_in(world, name)] = colour
    return world, colours


def is_in(world, name):
    west, top = name in ("red", "blue"), name in ("red", "green")
    middle = (LOW[1] + HIGH[1]) / 2
    return ((world[:, 0] < 0) == west) & ((world[:, 1] > middle) == top)


def box_of(world):
    """A bounding volume in the tileset's frame: x east, y north, z up."""
    low, high = world.min(axis=0), world.max(axis=0)
    (x, y, z), (a, b, c) = (low + high) / 2, (high - low) / 2 + 1e-3
    return {"box": [x, -z, y, a, 0, 0, 0, c, 0, 0, 0, b]}


def write_points(folder, *, colour=True):
    """points/ below ``folder``; returns what tour.json says of it and the digests of its files."""
    (folder / "points").mkdir()
    world, srgb = wall_points()
    linear = linear_from_srgb(srgb)
    coarse = np.zeros(len(world), bool)
    coarse[::8] = True

    def tile(name, part, error):
        more = (
            {"linear": linear[part]}
            if colour
            else {"intensity": world[part][:, 1].astype(np.float32) / 3}
        )
        (folder / "points" / f"{name}.glb").write_bytes(point_glb(world[part], **more))
        return {
            "boundingVolume": box_of(world[part]),
            "geometricError": error,
            "content": {"uri": f"{name}.glb"},
        }

    root = tile("root", coarse, SPACING * np.sqrt(8))
    root["boundingVolume"] = box_of(world)
    root |= {"refine": "ADD", "transform": root_transform()}
    root["children"] = [tile(name, is_in(world, name) & ~coarse, 0) for name in QUARTERS]
    extras = {"points": len(world), "spacing": SPACING}
    tileset = {"asset": {"version": "1.1"}, "extras": extras, "geometricError": 5, "root": root}
    write_json(folder / "points/tileset.json", tileset)
    files = {f"points/{each.name}": each for each in (folder / "points").iterdir()}
    points = {
        "uri": "points/tileset.json",
        "world_from_tileset": WORLD_FROM_TILESET,
        "count": len(world),
        "bytes": sum(each.stat().st_size for each in files.values()),
        "bounds_min": world.min(axis=0).tolist(),
        "bounds_max": world.max(axis=0).tolist(),
        "has_colour": colour,
    }
    return points, {uri: file_digest(each) for uri, each in files.items()}


def write_scanned_wall(folder, *, model=True, colour=True):
    """The wall's package with its points, or of its points alone; returns its folder."""
    write_wall(folder)
    points, files = write_points(folder, colour=colour)

    def change(tour):
        tour["id"] = folder.name
        tour["points"] = [points]
        tour["files"] |= files
        tour["world"]["scale_source"] = "scan"
        tour["accuracy"] = {
            "registration_rmse": {"value": 0.003, "unit": "m"},
            "cloud_spacing": {"value": SPACING, "unit": "m"},
        }
        if not model:
            for uri in [uri for uri in tour["files"] if uri.startswith("model/")]:
                del tour["files"][uri]
            tour["models"], tour["hotspots"] = [], []
            del tour["poster"]
            shutil.rmtree(folder / "model")

    change_manifest(folder, change)
    return folder
