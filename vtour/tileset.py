"""What tilesets (3D Tiles 1.1) of points and of meshes share: their frame, boxes and JSON.

Frames. The tileset's own frame, below its root transform, is z-up: x east, y north, z up about
the world's origin, as 3D Tiles wants. Content is glTF, y-up, in world coordinates; a runtime
turns it by +90 degrees about x before all else: (x, y, z) in glTF is (x, -z, y) in the tileset.
So ``world = WORLD_FROM_ENU @ tileset``, always. The root transform is ECEF from that frame where
the world has an anchor, true north and metres, and absent else; it is for globes. A viewer that
shows the world undoes it and applies ``frames.world_from_tileset`` instead.
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vtour.files import write_text
from vtour.frames import columns_from_matrix, ecef_from_geodetic, enu_axes_in_ecef
from vtour.schema.world import North, Scale, World

DIGITS = 9


class Refine(StrEnum):
    """Whether the tiles below a tile are shown beside it or in its place."""

    beside = "ADD"
    instead = "REPLACE"


def root_transform(world: World) -> list[float] | None:
    """Column-major 4x4 ECEF from east, north, up about the anchor; None where that is unknown."""
    if world.anchor is None or world.north is not North.true or world.scale is not Scale.metric:
        return None
    place = (world.anchor.lat, world.anchor.lon)
    matrix = np.eye(4)
    matrix[:3, :3] = enu_axes_in_ecef(*place).T
    matrix[:3, 3] = ecef_from_geodetic(*place, world.anchor.height_m)
    return columns_from_matrix(matrix)


def box_of_bounds(low: ArrayLike, high: ArrayLike) -> list[float]:
    """A 3D Tiles box, centre and half axes in the tileset, of two corners (3,) in the world."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    centre, half = (low + high) / 2, (high - low) / 2
    x, y, z = centre[0], -centre[2], centre[1]
    box = [x, y, z, half[0], 0, 0, 0, half[2], 0, 0, 0, half[1]]
    return [short(value) for value in box]


def write_tileset_json(
    path: Path, root: dict[str, Any], refine: Refine, extras: dict[str, Any] | None = None
) -> None:
    """Write one tileset file; the tiles below ``root`` inherit how it refines."""
    box = np.array(root["boundingVolume"]["box"]).reshape(4, 3)
    value: dict[str, Any] = {"asset": {"version": "1.1", "generator": "vtour"}}
    if extras:
        value["extras"] = extras
    value["geometricError"] = short(2 * np.linalg.norm(box[1:]))
    value["root"] = {"refine": refine.value, **root}
    write_text(path, json.dumps(value, separators=(",", ":")) + "\n")


def short(value: Any) -> float:
    """A number in few digits, a micrometre of a kilometre; counts stay whole."""
    return value if isinstance(value, int) else float(f"{value:.{DIGITS}g}")
