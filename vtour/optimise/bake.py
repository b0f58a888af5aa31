"""Carry the colours of a textured mesh over to another mesh of nearly the same surface.

Each texel of the new texture looks up the closest point of the source. Both look-ups, texel to
triangle and point to closest point, are Open3D ray-casting scenes: 1.2 and 0.8 us each on 2
cores, and every query is independent, so the result does not depend on the number of threads.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, TexturedMesh, UInt8Array, UInt32Array
from vtour.optimise.unwrap import uv_area
from vtour.progress import Progress, no_progress

BAND_TEXELS = 1 << 20
MAX_OVERSAMPLING = 4
NOTHING_HIT = 0xFFFFFFFF


def bake_texture(
    source: TexturedMesh,
    target: TexturedMesh,
    size_px: int,
    progress: Progress = no_progress,
) -> UInt8Array:
    """The texture of ``target``, (size_px, size_px, 3) uint8 sRGB, seen on ``source``.

    Texels are the mean of up to 4 x 4 look-ups when the source has more detail; what lies
    between charts is filled from their borders, so that mip levels stay clean.
    """
    if source.texture is None:
        raise ValueError("the source has no texture to bake from")
    closest = scene_of(source.positions, source.faces)
    flat = np.concatenate([target.uvs, np.zeros_like(target.uvs[:, :1])], axis=1)
    charts = scene_of(flat, target.faces)
    factor = _oversampling(source, target, size_px)
    colours = np.zeros((size_px, size_px, 3), np.float32)
    weights = np.zeros((size_px, size_px), np.float32)
    rows = max(1, BAND_TEXELS // (size_px * factor * factor))
    for start in range(0, size_px, rows):
        stop = min(size_px, start + rows)
        face, corner_weights = _texels_of_rows(charts, start, stop, size_px, factor)
        hit = face != NOTHING_HIT
        points = points_on_faces(target.positions, target.faces, face[hit], corner_weights[hit])
        found = closest.compute_closest_points(points)
        uvs = points_on_faces(
            source.uvs,
            source.faces,
            found["primitive_ids"].numpy(),
            found["primitive_uvs"].numpy(),
        )
        seen = np.zeros((len(face), 4), np.float32)
        seen[hit, :3] = sample_texture(source.texture, uvs)
        seen[hit, 3] = 1
        blocks = seen.reshape(stop - start, factor, size_px, factor, 4).sum(axis=(1, 3))
        colours[start:stop], weights[start:stop] = blocks[..., :3], blocks[..., 3]
        progress(stop / size_px)
    return np.rint(fill_gaps(colours, weights)).astype(np.uint8)


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
    """Bilinear look-up, (k, 3) float32 of 0 to 255; clamped at the borders.

    uvs : (0, 0) is the outer corner of the top left texel; texel centres lie at +0.5.
    """
    height, width = texture.shape[:2]
    x = np.clip(uvs[:, 0] * width - 0.5, 0, width - 1).astype(np.float32)
    y = np.clip(uvs[:, 1] * height - 0.5, 0, height - 1).astype(np.float32)
    col, row = x.astype(np.int32), y.astype(np.int32)
    right, down = np.minimum(col + 1, width - 1), np.minimum(row + 1, height - 1)
    fx, fy = (x - col)[:, None], (y - row)[:, None]
    top = texture[row, col] * (1 - fx) + texture[row, right] * fx
    low = texture[down, col] * (1 - fx) + texture[down, right] * fx
    result: Float32Array = top * (1 - fy) + low * fy
    return result


def _oversampling(source: TexturedMesh, target: TexturedMesh, size_px: int) -> int:
    """How many look-ups along a texel's edge: source texels per target texel, a power of two."""
    if source.texture is None:
        return 1
    height, width = source.texture.shape[:2]
    ours = uv_area(target.uvs, target.faces) * size_px * size_px
    theirs = uv_area(source.uvs, source.faces) * height * width
    ratio = math.sqrt(theirs / ours) if ours > 0 else 1.0
    return int(2 ** np.clip(math.floor(math.log2(max(ratio, 1))), 0, math.log2(MAX_OVERSAMPLING)))


def _texels_of_rows(
    charts: Any, start: int, stop: int, size_px: int, factor: int
) -> tuple[NDArray[np.uint32], Float32Array]:
    """The face under each (oversampled) texel centre of some rows, and where in the face."""
    step = 1 / (size_px * factor)
    rows = (np.arange(start * factor, stop * factor) + 0.5) * step
    cols = (np.arange(size_px * factor) + 0.5) * step
    v, u = np.meshgrid(rows, cols, indexing="ij")
    rays = np.zeros((u.size, 6), np.float32)
    rays[:, 0], rays[:, 1], rays[:, 2], rays[:, 5] = u.ravel(), v.ravel(), 1, -1
    hits = charts.cast_rays(rays)
    return hits["primitive_ids"].numpy(), hits["primitive_uvs"].numpy()


def fill_gaps(sums: Float32Array, weights: Float32Array) -> Float32Array:
    """Means where there is a weight, elsewhere the mean of the nearest coarser texel that has one.

    sums : (n, n, 3), weights : (n, n). Push-pull (Gortler et al. 1996), halving until one texel.
    """
    size = len(weights)
    known = weights > 0
    means = np.where(known[..., None], sums / np.maximum(weights, 1)[..., None], 0)
    if known.all() or not known.any() or size == 1:
        return means.astype(np.float32)
    half = (size + 1) // 2
    edge = 2 * half - size
    parts = np.concatenate([means * known[..., None], known[..., None]], axis=2)
    parts = np.pad(parts.astype(np.float32), ((0, edge), (0, edge), (0, 0)))
    coarse = parts.reshape(half, 2, half, 2, 4).sum(axis=(1, 3))
    filled = fill_gaps(coarse[..., :3], coarse[..., 3])
    spread = filled.repeat(2, axis=0).repeat(2, axis=1)[:size, :size]
    return np.where(known[..., None], means, spread).astype(np.float32)
