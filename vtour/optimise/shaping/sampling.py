"""Look up points, values and colours on meshes: what baking and rendering share."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array, UInt32Array
from vtour.glb.scene import Texture, Wrap
from vtour.srgb import linear_from_srgb

NOTHING_HIT = 0xFFFFFFFF
WRAP_CODES = {Wrap.clamp: 0, Wrap.repeat: 1, Wrap.mirror: 2}
LEVELS: Float32Array = (np.arange(256, dtype=np.float32) / np.float32(255)).astype(np.float32)


LIGHT_OF_LEVELS = linear_from_srgb(LEVELS)


def scene_of(positions: Float32Array, faces: UInt32Array) -> Any:
    """An Open3D ray-casting scene of one mesh."""
    import open3d

    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        open3d.core.Tensor.from_numpy(np.ascontiguousarray(positions, np.float32)),
        open3d.core.Tensor.from_numpy(np.ascontiguousarray(faces, np.uint32)),
    )
    return scene


def points_on_faces(
    values: Float32Array,
    faces: UInt32Array,
    face: NDArray[np.uint32],
    corner_weights: Float32Array,
) -> Float32Array:
    """Interpolate vertex values: (k, 2) weights of the second and third corner, as Open3D's."""
    corners = faces[face]
    second, third = corner_weights[:, :1], corner_weights[:, 1:]
    result: Float32Array = (
        values[corners[:, 0]] * (1 - second - third)
        + values[corners[:, 1]] * second
        + values[corners[:, 2]] * third
    )
    return result


def sample_texture(texture: UInt8Array, uvs: Float32Array) -> Float32Array:
    """Bilinear look-up, (k, channels) float32 of 0 to 255; clamped at the borders.

    uvs : (0, 0) is the outer corner of the top left texel; texel centres lie at +0.5.
    """
    levels = np.arange(256, dtype=np.float32)
    result: Float32Array = _sampled(texture, levels, np.asarray(uvs, np.float32), 0, 0)
    return result


def sample_light(texture: Texture, uvs: Float32Array) -> Float32Array:
    """Bilinear look-up in a colour texture, wrapped: (k, channels) float32, linear, 0 to 1.

    Texels are decoded before they are mixed, as GPUs do; a fourth channel is taken as it is.
    """
    along_u, along_v = (WRAP_CODES[wrap] for wrap in texture.wrap)
    pixels, uvs = texture.pixels, np.asarray(uvs, np.float32)
    light: Float32Array = _sampled(pixels[..., :3], LIGHT_OF_LEVELS, uvs, along_u, along_v)
    if pixels.shape[2] < 4:
        return light
    alpha = _sampled(pixels[..., 3:], LEVELS, uvs, along_u, along_v)
    return np.concatenate([light, alpha], axis=1).astype(np.float32)


def sample_values(texture: Texture, uvs: Float32Array) -> Float32Array:
    """Bilinear look-up in a texture of numbers, wrapped: (k, channels) float32, 0 to 1."""
    along_u, along_v = (WRAP_CODES[wrap] for wrap in texture.wrap)
    uvs = np.asarray(uvs, np.float32)
    result: Float32Array = _sampled(texture.pixels, LEVELS, uvs, along_u, along_v)
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _texel(index: int, size: int, wrap: int) -> int:
    if wrap == 1:
        return index % size
    if wrap == 2:
        index = index % (2 * size)
        return index if index < size else 2 * size - 1 - index
    return min(max(index, 0), size - 1)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sampled(
    pixels: UInt8Array, levels: Float32Array, uvs: Float32Array, along_u: int, along_v: int
) -> Float32Array:
    height, width, channels = pixels.shape
    result = np.empty((len(uvs), channels), np.float32)
    for k in range(len(uvs)):
        x = np.float64(uvs[k, 0]) * width - 0.5
        y = np.float64(uvs[k, 1]) * height - 0.5
        if along_u == 0:
            x = min(max(x, 0.0), width - 1.0)
        if along_v == 0:
            y = min(max(y, 0.0), height - 1.0)
        col, row = int(np.floor(x)), int(np.floor(y))
        fx, fy = np.float32(x - col), np.float32(y - row)
        left, right = _texel(col, width, along_u), _texel(col + 1, width, along_u)
        upper, lower = _texel(row, height, along_v), _texel(row + 1, height, along_v)
        for c in range(channels):
            top = levels[pixels[upper, left, c]] * (1 - fx) + levels[pixels[upper, right, c]] * fx
            low = levels[pixels[lower, left, c]] * (1 - fx) + levels[pixels[lower, right, c]] * fx
            result[k, c] = top * (1 - fy) + low * fy
    return result
