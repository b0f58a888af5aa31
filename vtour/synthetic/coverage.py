"""How well a set of cameras covers a surface: what photogrammetry can be held to."""

from dataclasses import dataclass

import numpy as np

from vtour.frames import FloatArray
from vtour.synthetic.cameras import Camera
from vtour.synthetic.geometry import IntArray
from vtour.synthetic.render import RayMesh

MAX_ANGLE_DEG = 75.0
LEAST_PHOTOS = 3


@dataclass(frozen=True)
class Samples:
    """Points on a surface: (n, 3) metres, world, and (n, 3) unit normals outwards."""

    points: FloatArray
    normals: FloatArray


def sample_surface(vertices: FloatArray, faces: IntArray, step_m: float, seed: int = 0) -> Samples:
    """Random points, one for each ``step_m`` square of surface, the same for the same seed."""
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    double_area = np.linalg.norm(cross, axis=1)
    rng = np.random.default_rng(seed)
    count = int(double_area.sum() / 2 / step_m**2)
    # Stratified: one random place in each of ``count`` equal shares of the area.
    share = (np.arange(count) + rng.random(count)) / count * double_area.sum()
    face = np.minimum(np.searchsorted(np.cumsum(double_area), share), len(faces) - 1)
    u, v = rng.random((2, count))
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    picked = corners[face]
    points = (
        picked[:, 0]
        + u[:, None] * (picked[:, 1] - picked[:, 0])
        + v[:, None] * (picked[:, 2] - picked[:, 0])
    )
    normals = cross[face] / np.maximum(double_area[face], 1e-12)[:, None]
    return Samples(points, normals)


def photos_per_sample(scene: RayMesh, samples: Samples, cameras: list[Camera]) -> IntArray:
    """How many photos see each sample within MAX_ANGLE_DEG of its normal: (n,)."""
    count = np.zeros(len(samples.points), np.int64)
    for camera in cameras:
        count[seen_by(scene, samples, camera)] += 1
    return count


def seen_by(scene: RayMesh, samples: Samples, camera: Camera) -> IntArray:
    """Numbers of the samples that one photo sees."""
    way = camera.centre - samples.points
    distance = np.linalg.norm(way, axis=1)
    facing = np.einsum("ij,ij->i", way, samples.normals) / np.maximum(distance, 1e-9)
    candidates = np.flatnonzero(facing > np.cos(np.radians(MAX_ANGLE_DEG)))
    local = -way[candidates] @ camera.world_from_cam
    # The radial polynomial is only meant for what lies within the image.
    wide = max(camera.lens.width, camera.lens.height) / camera.lens.focal_px
    ahead = np.abs(local[:, :2]).max(1) < wide * local[:, 2]
    candidates = candidates[ahead]
    pixels = camera.pixels_from_world(samples.points[candidates])
    size = np.array([camera.lens.width, camera.lens.height])
    candidates = candidates[((pixels > 0) & (pixels < size)).all(1)]
    along = way[candidates] / distance[candidates, None]
    start = samples.points[candidates] + 0.003 * samples.normals[candidates]
    reach = scene.first_hits(start, along)["t_hit"]
    seen: IntArray = candidates[reach > distance[candidates] - 0.05]
    return seen
