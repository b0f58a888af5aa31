"""Nodes in a work folder, as the stages before ``links`` and ``package`` leave them."""

import base64
import io
import math

import numpy as np
from PIL import Image

from tests.tour.work_folders import capture, write_work_folder
from vtour.files import write_json

TILE_PX, WIDTHS = 32, (64, 128)
LEVEL_ROTATION = [0.0, 0.0, 0.0, 1.0]


def turned(heading_deg):
    """A rotation xyzw about +Y: the middle of the picture looks ``heading_deg`` from north."""
    half = math.radians(-heading_deg) / 2
    return [0.0, math.sin(half), 0.0, math.cos(half)]


def standpoint(node, position, **changes):
    return {
        "id": node,
        "source": f"panoramas/{node}.jpg",
        "position": [float(value) for value in position],
        "rotation": LEVEL_ROTATION,
        "placed_by": "sfm",
        "levelled": True,
        **changes,
    }


def write_standpoints(work, points):
    write_json(work.standpoints, {"version": "1.0", "standpoints": points})


def preview(size=(16, 8)):
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, "WEBP")
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def panorama_fields(node):
    """What the pyramid stage lists of a node; URIs are those in the package."""
    return {
        "projection": "equirectangular",
        "tile_size": TILE_PX,
        "formats": ["webp"],
        "base": f"panoramas/{node}/base.webp",
        "thumb": f"panoramas/{node}/thumb.webp",
        "template": f"panoramas/{node}/{{level}}/{{col}}_{{row}}.{{ext}}",
        "levels": [
            {"width": width, "cols": width // TILE_PX, "rows": width // TILE_PX // 2}
            for width in WIDTHS
        ],
        "preview": preview(),
        "native_width": 128,
    }


def write_tiles(folder):
    """Pictures of one pyramid, each tile of its own colour."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 32), "teal").save(folder / "base.webp")
    Image.new("RGB", (40, 30), "navy").save(folder / "thumb.webp")
    for level, width in enumerate(WIDTHS):
        (folder / str(level)).mkdir(exist_ok=True)
        for col in range(width // TILE_PX):
            for row in range(width // TILE_PX // 2):
                colour = (40 * col, 60 * row, 100 * level)
                tile = Image.new("RGB", (TILE_PX, TILE_PX), colour)
                tile.save(folder / str(level) / f"{col}_{row}.webp")


def write_pyramids(work, points):
    for point in points:
        write_tiles(work.tiles / point["id"])
    ids = [point["id"] for point in points]
    write_json(
        work.tiles / "tiles.json", {"panoramas": {node: panorama_fields(node) for node in ids}}
    )
    write_masters(work, {point["id"]: point["rotation"] for point in points})


def write_masters(work, rotations):
    masters = [
        {
            "id": node,
            "source": f"panoramas/{node}.jpg",
            "width": 128,
            "height": 64,
            "native_width": 128,
            "rotation": rotation,
            "levelled": True,
            "tilt_deg": 0,
            "captured": 1,
            "blurred": False,
        }
        for node, rotation in rotations.items()
    ]
    write_json(work.masters / "masters.json", {"masters": masters})


def write_ways(work, pairs):
    links = [
        {"from_node": a, "to": b, "source": "sfm"} for x, y in pairs for a, b in ((x, y), (y, x))
    ]
    write_json(work.ways, {"links": links})


def write_node_folder(tmp_path, points, site_yaml=None, *, with_model=False, pairs=(), **world):
    """A work folder with nodes that ``links`` and ``package`` can work on; returns it."""
    files = [capture(point["source"], "panorama") for point in points]
    work = write_work_folder(tmp_path, site_yaml, files, **world)
    if not with_model:
        for path in (work.derivatives_list, work.poster, work.mesh, *work.sparse.iterdir()):
            path.unlink()
    write_standpoints(work, points)
    write_pyramids(work, points)
    write_ways(work, pairs)
    return work


def write_walls(path, *walls):
    """A mesh of upright rectangles from (x0, z0) to (x1, z1), from y = -1 to 4."""
    import open3d as o3d

    vertices, faces = [], []
    for x0, z0, x1, z1 in walls:
        first = len(vertices)
        vertices += [[x0, -1, z0], [x1, -1, z1], [x1, 4, z1], [x0, 4, z0]]
        faces += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    path.parent.mkdir(parents=True, exist_ok=True)
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(np.array(vertices, float)),
        o3d.utility.Vector3iVector(np.array(faces, np.int32)),
    )
    o3d.io.write_triangle_mesh(str(path), mesh)
