"""Textures as a graphics card filters them: mip levels, trilinear, several taps at a slant.

OpenGL 4.6, section 8.14 (level by footprint, bilinear in a level, linear between levels) and
EXT_texture_filter_anisotropic. sRGB is decoded before it is filtered, also for the mip levels,
which are held in 8 bits, as graphics cards hold them. Numba kernels; the same at any number of
threads.

Footprints, level and taps are those of SwiftShader, with which Chromium draws where there is no
graphics card. Pictures of grain at a slant against three.js there: SSIM 0.970 with the stretch
from the longer and the shorter side of the footprint, 0.998 with that from its area (kept).
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code=misc
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt8Array
from vtour.glb.scene import Texture, Wrap
from vtour.srgb import linear_from_srgb, srgb_from_linear

TAPS = 8
"""Most taps at a slant: what the viewer asks of the graphics card."""
WRAPS = {Wrap.clamp: 0, Wrap.repeat: 1, Wrap.mirror: 2}
FINE = 16384
"""Entries of the table from linear to sRGB."""


_BYTES = np.arange(256) / 255
_FINE = np.arange(FINE) / (FINE - 1)
UNIT = np.stack([_BYTES, _BYTES, _BYTES, _BYTES], axis=1).astype(np.float32)
DECODED = UNIT.copy()
DECODED[:, :3] = linear_from_srgb(_BYTES)[:, None]
ENCODED = (255 * srgb_from_linear(_FINE)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Mips:
    """A texture at all its sizes.

    texels : (n, 4) uint8, level after level, row after row.
    levels : (k, 3) int64: first texel, width, height of each.
    values : (256, 4) float32: what a byte of each channel means.
    opaque : whether the fourth channel says 255 everywhere.
    """

    texels: UInt8Array
    levels: NDArray[np.int64]
    values: Float32Array
    wraps: tuple[int, int]
    opaque: bool


def mips_of(texture: Texture, *, srgb: bool) -> Mips:
    """All levels down to one texel, each half as large, rounded down."""
    height, width, channels = texture.pixels.shape
    sizes, start = [], 0
    wide, tall = width, height
    while True:
        sizes.append((start, wide, tall))
        start += wide * tall
        if wide == 1 and tall == 1:
            break
        wide, tall = max(1, wide // 2), max(1, tall // 2)
    texels = np.empty((start, 4), np.uint8)
    first = texels[: width * height].reshape(height, width, 4)
    first[..., :channels] = texture.pixels
    if channels < 4:
        texels[:, 3] = 255
    values = DECODED if srgb else UNIT
    for (a, w, h), (b, w2, h2) in pairwise(sizes):
        larger = texels[a : a + w * h].reshape(h, w, 4)
        _halve(larger, channels, values, ENCODED, srgb, texels[b : b + w2 * h2].reshape(h2, w2, 4))
    wraps = WRAPS[texture.wrap[0]], WRAPS[texture.wrap[1]]
    return Mips(texels, np.array(sizes, np.int64), values, wraps, channels < 4)


def look_up(
    mips: Mips, uvs: Float32Array, across: Float32Array, down: Float32Array, taps: int = TAPS
) -> Float32Array:
    """Colours (k, 4) float32 of 0 to 1, linear, at places uvs (k, 2).

    across, down : (k, 2), how the uvs change to the pixel on the right, and to that below.
    """
    out = np.ones((len(uvs), 4), np.float32)
    look_up_in = _look_up_colours if mips.opaque else _look_up_all
    look_up_in(mips.texels, mips.levels, mips.values, *mips.wraps, uvs, across, down, taps, out)
    return out


@njit(cache=True, nogil=True)
def _halve(larger, channels, values, encoded, srgb, out):
    """Bilinear at the middles of the smaller texels: the mean of four where the size is even."""
    tall, wide = larger.shape[:2]
    for i in range(out.shape[0]):
        y = max(0.0, (i + 0.5) * tall / out.shape[0] - 0.5)
        top = int(y)
        low = min(top + 1, tall - 1)
        fy = y - top
        for j in range(out.shape[1]):
            x = max(0.0, (j + 0.5) * wide / out.shape[1] - 0.5)
            left = int(x)
            right = min(left + 1, wide - 1)
            fx = x - left
            for c in range(channels):
                value = (1 - fy) * (
                    (1 - fx) * values[larger[top, left, c], c]
                    + fx * values[larger[top, right, c], c]
                ) + fy * (
                    (1 - fx) * values[larger[low, left, c], c]
                    + fx * values[larger[low, right, c], c]
                )
                if srgb and c < 3:
                    out[i, j, c] = int(encoded[int(value * (len(encoded) - 1) + 0.5)] + 0.5)
                else:
                    out[i, j, c] = int(value * 255 + 0.5)


@njit(cache=True, nogil=True, inline="always")
def _wrapped(i, size, wrap):
    if wrap == 0:
        return min(max(i, 0), size - 1)
    if wrap == 1:
        return i % size
    i = i % (2 * size)
    return i if i < size else 2 * size - 1 - i


@njit(cache=True, nogil=True, inline="always")
def _corners_of(u, v, start, wide, tall, u_wrap, v_wrap):
    """Rows of the four texels around a place, and how far it is from the first of them."""
    x, y = u * wide - 0.5, v * tall - 0.5
    left, top = math.floor(x), math.floor(y)
    a, b = _wrapped(int(left), wide, u_wrap), _wrapped(int(left) + 1, wide, u_wrap)
    c, d = _wrapped(int(top), tall, v_wrap), _wrapped(int(top) + 1, tall, v_wrap)
    c, d = start + c * wide, start + d * wide
    return c + a, c + b, d + a, d + b, x - left, y - top


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _footprint(ax, ay, bx, by, wide, tall, taps, coarsest):
    """The long axis of a footprint, how many taps lie on it, and at what level."""
    a, b = math.hypot(ax * wide, ay * tall), math.hypot(bx * wide, by * tall)
    area = abs(ax * by - bx * ay) * wide * tall
    long = max(a, b)
    if a < b:
        ax, ay = bx, by
    if not long < 1e9:  # where the surface is seen on edge, or the footprint is no number
        long, area, ax, ay = 1e9, 1e18, 0.0, 0.0
    stretch = min(max(long * long / max(area, 1e-12), 1.0), float(taps))
    level = min(math.log2(max(long / stretch, 1.0)), float(coarsest))
    return ax, ay, int(stretch + 0.5), level


def _look_up(channels):
    @njit(cache=True, nogil=True, error_model="numpy")
    def kernel(texels, levels, values, u_wrap, v_wrap, uvs, across, down, taps, out):
        wide, tall = levels[0, 1], levels[0, 2]
        coarsest = len(levels) - 1
        total = np.empty(channels, np.float64)
        for i in range(len(uvs)):
            u, v = float(uvs[i, 0]), float(uvs[i, 1])
            if not (abs(u) < 1e6 and abs(v) < 1e6):
                u = v = 0.0
            ax, ay, bx, by = across[i, 0], across[i, 1], down[i, 0], down[i, 1]
            ax, ay, count, level = _footprint(
                float(ax), float(ay), float(bx), float(by), wide, tall, taps, coarsest
            )
            finer = int(level)
            share = level - finer
            total[:] = 0
            for k in range(count):
                off = (k + 0.5) / count - 0.5
                for step in range(2):
                    weight = (share if step else 1 - share) / count
                    if weight > 0:
                        start, w, h = levels[min(finer + step, coarsest)]
                        p, q, r, s, fx, fy = _corners_of(
                            u + off * ax, v + off * ay, start, w, h, u_wrap, v_wrap
                        )
                        pw, qw = weight * (1 - fy) * (1 - fx), weight * (1 - fy) * fx
                        rw, sw = weight * fy * (1 - fx), weight * fy * fx
                        for c in range(channels):
                            total[c] += (
                                pw * values[texels[p, c], c]
                                + qw * values[texels[q, c], c]
                                + rw * values[texels[r, c], c]
                                + sw * values[texels[s, c], c]
                            )
            for c in range(channels):
                out[i, c] = total[c]

    return kernel


_look_up_colours, _look_up_all = _look_up(3), _look_up(4)


def encode(linear: Float32Array) -> Float32Array:
    """Bytes of sRGB, not rounded, (k, 3) float32; linear colours are cut to 0 and 1."""
    out = np.empty_like(linear)
    _encode(np.ascontiguousarray(linear), ENCODED, out)
    return out


@njit(cache=True, nogil=True)
def _encode(linear, encoded, out):
    last = len(encoded) - 1
    for i in range(linear.shape[0]):
        for c in range(3):
            value = min(max(linear[i, c], 0.0), 1.0)
            out[i, c] = encoded[int(value * last + 0.5)]
