"""Planes and a sphere, ray-cast exactly, with a texture that is a function of the place."""

from dataclasses import dataclass

import numpy as np

from vtour.reconstruct.stereo import Sparse, View

SIZE = (160, 120)
FOCAL_PX = 160.0
FLOOR, WALL = ((0.0, -0.9, -0.435), -2.0), ((0.0, 0.0, 1.0), 6.0)
BALL = ((0.3, 0.0, 4.2), 0.8)


@dataclass(frozen=True)
class Rendered:
    view: View
    depth: np.ndarray  # (h, w) along the optical axis
    normal: np.ndarray  # (h, w, 3) camera frame, facing the camera
    place: np.ndarray  # (h, w, 3) world


def texture(place):
    """Grey levels 0 to 255: forty waves of all directions, from 1 to 20 a unit."""
    rng = np.random.default_rng(5)
    value = np.zeros(place.shape[:-1])
    for _ in range(40):
        direction = rng.normal(size=3)
        wave = direction / np.linalg.norm(direction) * 2 * np.pi * 2 ** rng.uniform(0, 4.3)
        value += np.sin(place @ wave + rng.uniform(0, 2 * np.pi))
    return np.clip(128 + 10 * value, 0, 255)


def looking(centre, target):
    """cam_from_world (3, 4) of a camera at ``centre``: x right, y down, world y down too."""
    forward = np.subtract(target, centre)
    forward = forward / np.linalg.norm(forward)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return np.column_stack([rotation, -rotation @ np.asarray(centre, dtype=float)])


def rendered(centre, *, planes=(FLOOR, WALL), balls=(BALL,), size=SIZE, flat_wall=False):
    """One photo of the scene with its truth; ``planes`` are (normal, offset): n . x = offset."""
    width, height = size
    k = np.array([[FOCAL_PX, 0, width / 2], [0, FOCAL_PX, height / 2], [0, 0, 1.0]])
    cam_from_world = looking(centre, (0.0, 0.0, 4.5))
    fine = cast(centre, cam_from_world, k, size, planes, balls, per_pixel=2)
    grey = texture(fine[2])
    if flat_wall:
        grey = np.where(fine[3] == 1, 190.0, grey)
    grey = grey.reshape(height, 2, width, 2).mean(axis=(1, 3))
    depth, normal, place, _ = cast(centre, cam_from_world, k, size, planes, balls, per_pixel=1)
    view = View(
        name=str(centre),
        calibration=k,
        cam_from_world=cam_from_world,
        grey=np.rint(grey).astype(np.uint8),
    )
    return Rendered(view, depth, normal, place)


def cast(centre, cam_from_world, k, size, planes, balls, per_pixel):
    """Depth, normal, place and number of the surface hit, by ray and surface equations."""
    width, height = size[0] * per_pixel, size[1] * per_pixel
    v, u = (np.mgrid[0:height, 0:width] + 0.5) / per_pixel
    rays = np.stack([(u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1], np.ones_like(u)], axis=-1)
    rays = rays @ cam_from_world[:, :3]
    centre = np.asarray(centre, dtype=float)
    depth = np.full((height, width), np.inf)
    normal = np.zeros((height, width, 3))
    surface = np.full((height, width), -1)
    for number, (direction, offset) in enumerate(planes):
        n = np.array(direction) / np.linalg.norm(direction)
        along = (offset - centre @ n) / (rays @ n)
        hit = (along > 0) & (along < depth)
        depth[hit], surface[hit] = along[hit], number
        normal[hit] = -n * np.sign(rays[hit] @ n)[:, None]
    for number, (middle, radius) in enumerate(balls, start=len(planes)):
        to_centre = centre - middle
        a, b = np.sum(rays * rays, axis=-1), rays @ to_centre
        root = b * b - a * (to_centre @ to_centre - radius**2)
        along = (-b - np.sqrt(np.maximum(root, 0))) / a
        hit = (root > 0) & (along > 0) & (along < depth)
        depth[hit], surface[hit] = along[hit], number
        normal[hit] = ((centre + rays * along[..., None] - middle) / radius)[hit]
    place = centre + rays * np.where(np.isfinite(depth), depth, 0)[..., None]
    return depth, normal @ cam_from_world[:, :3].T, place, surface


def sparse_points(photo, count=60, noise=0.02):
    """Sparse points as a solver would give them: here and there, a little off."""
    rng = np.random.default_rng(3)
    height, width = photo.depth.shape
    rows, cols = rng.integers(0, height, count), rng.integers(0, width, count)
    depths = photo.depth[rows, cols] * (1 + noise * rng.normal(size=count))
    return Sparse(pixels=np.stack([cols + 0.5, rows + 0.5], axis=1), depths=depths)
