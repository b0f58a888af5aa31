"""Ambient occlusion: how much of the light from all around reaches each place of a surface.

Rays over the hemisphere, weighted by the cosine, up to a distance: without one, the inside of
every room would be black. Each texel of a block of 4 x 4 casts other rays of one even set, and
the block's mean has the quality of all of them (interleaved sampling, Keller and Heidrich 2001).

Open3D's compute_ambient_occlusion casts from the coarse surface with its own normals, and has no
such sharing: with as many rays its noise is four times as large.
"""

import numpy as np

from vtour.glb.mesh import Float32Array
from vtour.optimise.shaping.master_surface import MasterSurface

BLOCK = 4
RAYS = 16  # of each texel; 256 of each block
BAND_RAYS = 1 << 20
SAME_SIDE = 0.9  # cosine: neighbours that share their rays
OFFSET = 1e-4  # of the diagonal: rays start above the surface


def directions() -> Float32Array:
    """(16, 16, 3) unit vectors of the hemisphere around +z, by cosine: for a texel, for a ray.

    256 places of a golden spiral on the unit disc, lifted (Malley's method, Pharr et al.,
    section 13.6.3); each texel has every sixteenth. Over half-planes the 256 are off by 0.4 %
    (root mean square), those of a Hammersley set by 2.6 %.
    """
    count = BLOCK * BLOCK * RAYS
    index = np.arange(count)
    radius = np.sqrt((index + 0.5) / count)
    angle = index * (np.pi * (np.sqrt(5) - 1))
    height = np.sqrt(1 - radius**2)
    spiral = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
    fan = spiral.reshape(RAYS, BLOCK * BLOCK, 3).transpose(1, 0, 2)
    return np.ascontiguousarray(fan, np.float32)


def openness(
    master: MasterSurface,
    points: Float32Array,
    faces_up: Float32Array,
    normals: Float32Array,
    texel: np.ndarray,
    reach: float,
) -> Float32Array:
    """Share (k,) of the cosine-weighted hemisphere that nothing covers within ``reach``.

    points   : (k, 3) on the master; faces_up : normals (k, 3) of its faces there.
    normals  : (k, 3) unit, with the detail of normal maps.
    texel    : (k,) number in its block, 0 to 15.
    """
    fan = directions()
    starts = points + faces_up * np.float32(OFFSET * master.diagonal)
    result = np.empty(len(points), np.float32)
    step = BAND_RAYS // RAYS
    for first in range(0, len(points), step):
        these = slice(first, first + step)
        right, ahead = _axes(normals[these])
        local = fan[texel[these]]
        rays = np.empty((len(local), RAYS, 6), np.float32)
        rays[..., :3] = starts[these, None]
        rays[..., 3:] = np.float32(reach) * (
            local[..., :1] * right[:, None]
            + local[..., 1:2] * ahead[:, None]
            + local[..., 2:] * normals[these, None]
        )
        covered = master.rays.test_occlusions(rays, tnear=0.0, tfar=1.0).numpy()
        result[these] = 1 - covered.mean(axis=1)
    return result


def _axes(normals: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Two unit vectors (k, 3) across each normal (Duff et al. 2017)."""
    x, y, z = normals.T
    sign = np.where(z < 0, np.float32(-1), np.float32(1))
    a = -1 / (sign + z)
    b = x * y * a
    one = np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1)
    two = np.stack([b, sign + y * y * a, -y], axis=1)
    return one.astype(np.float32), two.astype(np.float32)


def shared(
    values: Float32Array, known: np.ndarray, points: Float32Array, normals: Float32Array
) -> Float32Array:
    """Mean over the block around each texel, of those that lie near and face the same way.

    values, known : (h, w); points, normals : (h, w, 3). Two texels are near when they are not
    much further apart than their distance in texels says.
    """
    pad = ((BLOCK, BLOCK), (BLOCK, BLOCK))
    padded = np.pad(values * known, pad)
    mask = np.pad(known, pad)
    places, sides = np.pad(points, (*pad, (0, 0))), np.pad(normals, (*pad, (0, 0)))
    height, width = values.shape
    texel_size = _texel_size(points, known)
    total, count = np.zeros_like(values), np.zeros_like(values)
    half = BLOCK // 2
    for down in range(-half, half + 1):
        for right in range(-half, half + 1):
            top, left = BLOCK + down, BLOCK + right
            window = np.s_[top : top + height, left : left + width]
            near = mask[window] & ((sides[window] * normals).sum(axis=2) > SAME_SIDE)
            apart = np.linalg.norm(places[window] - points, axis=2)
            near &= apart <= 3 * texel_size * max(1.0, float(np.hypot(down, right)))
            # The first and last row cast the same rays, so each counts half; columns likewise.
            share = np.float32(
                (0.5 if abs(down) == half else 1) * (0.5 if abs(right) == half else 1)
            )
            total += np.where(near, share * padded[window], 0)
            count += share * near
    result: Float32Array = np.where(known, total / np.maximum(count, 0.25), 1).astype(np.float32)
    return result


def _texel_size(points: Float32Array, known: np.ndarray) -> float:
    """Median distance between neighbours in a row of texels."""
    both = known[:, 1:] & known[:, :-1]
    if not both.any():
        return 0.0
    steps = np.linalg.norm(points[:, 1:][both] - points[:, :-1][both], axis=1)
    return float(np.median(steps))
