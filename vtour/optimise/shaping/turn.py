"""A scene turned, and made larger or smaller: directions turn with it."""

from dataclasses import replace

import numpy as np

from vtour.frames import FloatArray
from vtour.glb.scene import Part, Scene


def turned_part(part: Part, positions: FloatArray, turn: FloatArray) -> Part:
    """A part at new positions, (n, 3), with its normals and tangents turned by ``turn`` (3, 3)."""
    normals, tangents = part.normals, part.tangents
    if normals is not None:
        normals = (normals @ turn.T).astype(np.float32)
    if tangents is not None:
        along = (tangents[:, :3] @ turn.T).astype(np.float32)
        tangents = np.concatenate([along, tangents[:, 3:]], axis=1)
    return replace(part, positions=positions.astype(np.float32), normals=normals, tangents=tangents)


def turned_scene(scene: Scene, turn: FloatArray, scale: float) -> Scene:
    """The scene turned about its file's origin, each unit of it ``scale`` units long."""
    parts = [
        turned_part(part, scale * part.positions.astype(np.float64) @ turn.T, turn)
        for part in scene.parts
    ]
    x, y, z = (scale * turn @ np.array(scene.origin)).tolist()
    return replace(scene, parts=parts, origin=(x, y, z))
