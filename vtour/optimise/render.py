"""Render a textured mesh on the CPU by ray casting: posters and comparisons, without GL."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, TexturedMesh, UInt8Array
from vtour.optimise.bake import NOTHING_HIT, points_on_faces, sample_texture, scene_of

FloatArray = NDArray[np.float64]
BAND_RAYS = 1 << 20
PLAIN_GREY = 0.7 * 255


@dataclass(frozen=True)
class View:
    """A pinhole camera in the world that looks from ``position`` to ``target``, +Y upwards."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov_deg: float
    """Vertical."""
    width: int
    height: int


def render_mesh(
    mesh: TexturedMesh,
    view: View,
    background: UInt8Array,
    oversampling: int = 2,
    scene: Any = None,
) -> UInt8Array:
    """The mesh over ``background``, (height, width, 3) uint8 sRGB; each pixel the mean of n x n.

    Unlit with a texture; without one, grey and brighter where it faces the camera.

    scene : that of ``scene_of`` for the mesh, when it is rendered more than once.
    """
    scene = scene_of(mesh.positions, mesh.faces) if scene is None else scene
    image = np.empty((view.height, view.width, 3), np.uint8)
    rows = max(1, BAND_RAYS // (view.width * oversampling**2))
    for start in range(0, view.height, rows):
        stop = min(view.height, start + rows)
        rays = camera_rays(view, start, stop, oversampling)
        hits = scene.cast_rays(rays)
        face, where = hits["primitive_ids"].numpy(), hits["primitive_uvs"].numpy()
        hit = face != NOTHING_HIT
        band = background[start:stop].astype(np.float32)
        band = band.repeat(oversampling, axis=0).repeat(oversampling, axis=1).reshape(-1, 3)
        if mesh.texture is None:
            normals = hits["primitive_normals"].numpy()[hit]
            facing = np.abs((normals * rays[hit, 3:]).sum(axis=1, keepdims=True))
            band[hit] = PLAIN_GREY * (0.35 + 0.65 * facing)
        else:
            uvs = points_on_faces(mesh.uvs, mesh.faces, face[hit], where[hit])
            band[hit] = sample_texture(mesh.texture, uvs)
        blocks = band.reshape(stop - start, oversampling, view.width, oversampling, 3)
        image[start:stop] = np.rint(blocks.mean(axis=(1, 3)))
    return image


def camera_rays(view: View, start: int, stop: int, oversampling: int) -> Float32Array:
    """Origins and unit directions, (k, 6), of some pixel rows; row 0 on top, centres at +0.5."""
    right, up, forward = view_axes(view)
    half = math.tan(math.radians(view.fov_deg) / 2)
    rows = (np.arange(start * oversampling, stop * oversampling) + 0.5) / oversampling
    cols = (np.arange(view.width * oversampling) + 0.5) / oversampling
    y, x = np.meshgrid(
        (1 - 2 * rows / view.height) * half,
        (2 * cols - view.width) / view.height * half,
        indexing="ij",
    )
    directions = forward + x[..., None] * right + y[..., None] * up
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    rays = np.empty((x.size, 6), np.float32)
    rays[:, :3] = view.position
    rays[:, 3:] = directions.reshape(-1, 3)
    return rays


def view_axes(view: View) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Unit vectors to the right, up and forward of a camera, in the world."""
    forward = np.asarray(view.target, np.float64) - np.asarray(view.position, np.float64)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    return right, np.cross(right, forward), forward
