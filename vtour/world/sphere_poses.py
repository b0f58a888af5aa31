"""Panoramas in a solved model, and which way is up in images whose cameras measured it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.frames import FloatArray
from vtour.panorama_sources import GPano, PanoramaSource
from vtour.sphere import PANO_FROM_CAM, rotation_from_angles
from vtour.world.similarity import rotation_between

QUARTER = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""A turn of 90 degrees about a camera's y axis."""
UP_IN_LEVEL = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True)
class Attitude:
    """What a panorama's metadata tell of its attitude, radians; None where they are silent."""

    heading: float | None
    pitch: float | None
    roll: float | None

    @property
    def level_from_pano(self) -> FloatArray | None:
        """The turn (3, 3) that levels the panorama and leaves its heading."""
        if self.pitch is None or self.roll is None:
            return None
        return rotation_from_angles(0.0, self.pitch, self.roll)

    @property
    def world_from_pano(self) -> FloatArray:
        """Rotation (3, 3), with 0 for what is not known."""
        return rotation_from_angles(self.heading or 0.0, self.pitch or 0.0, self.roll or 0.0)


def attitude_of(gpano: GPano) -> Attitude:
    """The attitude that GPano gives. Cameras without a compass write a heading of just 0."""
    heading, pitch, roll = (
        _radians(gpano, f"Pose{angle}Degrees") for angle in ("Heading", "Pitch", "Roll")
    )
    has_compass = heading is not None and heading % math.tau != 0
    return Attitude(heading if has_compass else None, pitch, roll)


def _radians(gpano: GPano, name: str) -> float | None:
    value = gpano.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return math.radians(value) if math.isfinite(value) else None


def upright_attitudes(
    names: list[str],
    cam_from_sfm: FloatArray,
    panoramas: Mapping[str, PanoramaSource],
    ups: Mapping[str, Sequence[float]],
) -> FloatArray:
    """Attitudes (n, 3, 3) whose x axes are level.

    Photographers hold photos level, so theirs are taken as they are; those of panoramas and of
    drones (``ups``: up in the camera, by name) are corrected by what their camera measured.
    """
    found = cam_from_sfm.copy()
    for row, name in enumerate(names):
        if name in ups:
            found[row] = rotation_between(np.asarray(ups[name]), UP_IN_LEVEL) @ cam_from_sfm[row]
        tilt = attitude_of(panoramas[name].gpano).level_from_pano if name in panoramas else None
        if tilt is not None:
            found[row] = PANO_FROM_CAM @ tilt @ PANO_FROM_CAM @ cam_from_sfm[row]
    return found


def level_attitudes(
    names: list[str],
    cam_from_sfm: FloatArray,
    panoramas: Mapping[str, PanoramaSource],
    ups: Mapping[str, Sequence[float]],
) -> FloatArray:
    """Attitudes (m, 3, 3) to find the up direction from.

    A panorama is level all round, as is a photo whose up was measured: it counts as two cameras
    that look a quarter turn apart.
    """
    upright = upright_attitudes(names, cam_from_sfm, panoramas, ups)
    level = [row for row, name in enumerate(names) if name in panoramas or name in ups]
    return np.concatenate([upright, QUARTER @ upright[level]])


def world_from_pano_of(world_from_cam: FloatArray) -> FloatArray:
    """The attitude (3, 3) of a panorama from that of its spherical camera in COLMAP."""
    result: FloatArray = world_from_cam @ PANO_FROM_CAM.T
    return result


def pose_sigmas(rays: FloatArray, distances: FloatArray, sigma: float) -> tuple[float, float]:
    """Standard deviations of a panorama's position and of its rotation (radians), per axis.

    rays (n, 3) : unit directions to sparse points; distances (n,) to them; sigma : radians, of
    one direction. The inverse of the normal matrix of a resection (Foerstner and Wrobel 2016,
    12.2.3) with the points held fixed, so the true values are somewhat larger.
    """
    normal = np.zeros((6, 6))
    for ray, distance in zip(rays, distances, strict=True):
        across = np.eye(3) - np.outer(ray, ray)
        change = np.hstack([_cross(ray), -across / distance])  # of the direction, by turn and shift
        normal += change.T @ change
    if np.linalg.matrix_rank(normal) < 6:
        return math.inf, math.inf
    covariance = np.linalg.inv(normal) * sigma**2
    turn, shift = np.diag(covariance)[:3], np.diag(covariance)[3:]
    return float(np.sqrt(shift.mean())), float(np.sqrt(turn.mean()))


def _cross(v: FloatArray) -> FloatArray:
    return np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])


def observed_rays(model: Any, name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit rays (n, 3) to the sparse points of an image, in the model's frame, their distances
    (n,), and the angles (n,) in radians between them and where the points were seen.
    """
    image = model.find_image_with_name(name)
    seen = image.get_observation_points2D()
    points = np.array([model.points3D[p.point3D_id].xyz for p in seen]).reshape(-1, 3)
    offsets = points - image.projection_center()
    distances = np.linalg.norm(offsets, axis=1)
    rays = offsets / np.maximum(distances, 1e-12)[:, None]
    in_cam = image.camera.cam_ray_from_img(np.array([p.xy for p in seen]).reshape(-1, 2))
    found = np.asarray(in_cam) @ image.cam_from_world().rotation.matrix()
    angles = np.arccos(np.clip(np.einsum("ij,ij->i", rays, found), -1, 1))
    return rays, distances, angles
