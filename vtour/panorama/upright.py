"""Which way is up in a stitched sphere, and where its middle looks. Pure arrays.

Two kinds of evidence, in one least-squares problem: photographers hold the camera level, so every
photo's x axis is horizontal (Brown and Lowe 2007, section 5); and the planes through the eye and
an upright edge contain the vertical, so their normals are horizontal too. Edges are a hundred
times as many and exact on buildings, but trees and rocks have them as well: they are reweighted
(Cauchy), and count only when enough of them agree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]

HELD_SIGMA = np.radians(0.8)
"""How level a camera is held or its tripod head turns."""
LEAN = 0.01
"""Weight of the photos' own up axes: it decides when all photos look the same way."""
EDGE_REACH = np.radians(5.0)
EDGE_SCALE = np.radians(0.25)
EDGE_SIGMA = np.radians(2.0)
"""Of one edge as evidence: large, because edges of one wall err together."""
LEAST_EDGES = 25
LEAST_LENGTH = 0.03
"""Of an edge, as a share of the picture's long side."""
STEEP = np.radians(35.0)
ROUNDS = 20


@dataclass(frozen=True)
class Up:
    """up_in_world (3,) unit; how many edges agreed; how far they moved it, radians."""

    direction: FloatArray
    edges: int
    moved: float


def find_up(world_from_cam: FloatArray, normals_in_world: FloatArray, lengths: FloatArray) -> Up:
    """Up from the photos' axes (n, 3, 3) and from edges' normals (m, 3), lengths (m,)."""
    held = up_from_axes(world_from_cam)
    aside = world_from_cam[:, :, 0]
    axes = aside.T @ aside / HELD_SIGMA**2
    near = np.abs(normals_in_world @ held) < np.sin(EDGE_REACH)
    normals, weight = normals_in_world[near], lengths[near] / max(lengths.max(initial=0), 1e-9)
    up = held
    agree = 0
    for _ in range(ROUNDS):
        off = normals @ up
        robust = weight / (1 + (off / EDGE_SCALE) ** 2) / EDGE_SIGMA**2
        edges = (normals * robust[:, None]).T @ normals
        up = _flattest(axes + edges, up)
        agree = int((np.abs(off) < 3 * EDGE_SCALE).sum())
    if agree < LEAST_EDGES:
        return Up(held, agree, 0.0)
    return Up(up, agree, float(np.arccos(np.clip(up @ held, -1, 1))))


def up_from_axes(world_from_cam: FloatArray) -> FloatArray:
    """The direction most nearly at right angles to all cameras' x axes, upright for the photos."""
    aside, own_up = world_from_cam[:, :, 0], -world_from_cam[:, :, 1].mean(axis=0)
    spread = aside.T @ aside / len(aside) - LEAN * np.outer(own_up, own_up)
    return _flattest(spread, own_up)


def _flattest(matrix: FloatArray, like: FloatArray) -> FloatArray:
    _, vectors = np.linalg.eigh(matrix)
    up: FloatArray = vectors[:, 0]
    return up if up @ like >= 0 else -up


def pano_from_world(up_in_world: FloatArray, forward_in_world: FloatArray) -> FloatArray:
    """Rotation (3, 3) to the level sphere whose middle (-Z) is nearest to ``forward``."""
    back = -forward_in_world + up_in_world * (forward_in_world @ up_in_world)
    if np.linalg.norm(back) < 1e-3:  # straight up or down: any heading does
        back = np.cross(up_in_world, np.eye(3)[np.argmin(np.abs(up_in_world))])
    back /= np.linalg.norm(back)
    return np.stack([np.cross(up_in_world, back), up_in_world, back])


def find_edges(grey: UInt8Array) -> FloatArray:
    """Straight edges (n, 2, 2) of a grey picture: x and y of both ends, pixels.

    LSD: von Gioi et al., PAMI 2010, OpenCV's.
    """
    import cv2

    lines = cv2.createLineSegmentDetector().detect(grey)[0]
    if lines is None:
        return np.zeros((0, 2, 2))
    ends = lines.reshape(-1, 2, 2).astype(np.float64) + 0.5
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    kept: FloatArray = ends[length > LEAST_LENGTH * max(grey.shape)]
    return kept


def upright_normals(
    rays: FloatArray, world_from_cam: FloatArray, up_in_world: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Normals (m, 3) in the world of edges that may be upright, and their lengths in radians.

    rays : (n, 2, 3) unit, of both ends, in cam. Edges far from the vertical through their middle
    are left out, and those near the zenith and nadir, where every direction is upright.
    """
    ends = rays @ world_from_cam.T
    normals = np.cross(ends[:, 0], ends[:, 1])
    length = np.linalg.norm(normals, axis=1)
    normals /= np.maximum(length[:, None], 1e-12)
    middle = ends.sum(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    good = (np.abs(middle @ up_in_world) < np.cos(STEEP)) & (length > 0)
    return normals[good], np.arcsin(np.clip(length[good], 0, 1))
