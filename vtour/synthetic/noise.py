"""Solid value noise: the grain of every procedural surface. Pure numba, no state.

Value noise on a lattice with a quintic fade (Perlin, Improving Noise, 2002, for the fade), and
sums of octaves that fade out as they near the size of a pixel: the texture is band-limited where
it is made, so one ray a pixel suffices inside a surface (Norton, Rockwood and Skolmoski,
Clamping, 1982).

numba's cache does not see changes of functions in another file: remove ``__pycache__`` after a
change here, or materials.py goes on with the old ones.
"""

# mypy: disable-error-code="untyped-decorator,no-any-return"

from typing import Any

import numpy as np
from numba import njit

MASK = 0xFFFFFFFF


@njit(cache=True, inline="always")
def hash01(x: int, y: int, z: int, seed: int) -> float:
    """A number in [0, 1) from four integers, by multiply and xor-shift in 32 bits."""
    h = (x * 374761393 + y * 668265263 + z * 1274126177 + seed * 362437) & MASK
    h = ((h ^ (h >> 15)) * 2246822519) & MASK
    h = ((h ^ (h >> 13)) * 3266489917) & MASK
    return ((h ^ (h >> 16)) & MASK) / 4294967296.0


@njit(cache=True, inline="always")
def _fade(t: float) -> float:
    return t * t * t * (t * (t * 6.0 - 15.0) + 10.0)


@njit(cache=True)
def value_noise(x: float, y: float, z: float, seed: int) -> float:
    """Noise in -1 to 1 at a point of a lattice of unit spacing."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    i, j, k = int(fx), int(fy), int(fz)
    u, v, w = _fade(x - fx), _fade(y - fy), _fade(z - fz)
    a = hash01(i, j, k, seed) * (1 - u) + hash01(i + 1, j, k, seed) * u
    b = hash01(i, j + 1, k, seed) * (1 - u) + hash01(i + 1, j + 1, k, seed) * u
    c = hash01(i, j, k + 1, seed) * (1 - u) + hash01(i + 1, j, k + 1, seed) * u
    d = hash01(i, j + 1, k + 1, seed) * (1 - u) + hash01(i + 1, j + 1, k + 1, seed) * u
    near = a * (1 - v) + b * v
    far = c * (1 - v) + d * v
    return 2.0 * (near * (1 - w) + far * w) - 1.0


@njit(cache=True)
def fractal_noise(
    x: float, y: float, z: float, frequency: float, gain: float, footprint: float, seed: int
) -> float:
    """Octaves of noise from ``frequency`` (1/m) up to the pixel, about -1 to 1.

    footprint : metres that one pixel covers; octaves finer than that have faded out.
    """
    total = 0.0
    amplitude = 1.0
    for octave in range(11):
        keep = (1.0 - frequency * footprint) * 2.0
        if keep <= 0.0:
            break
        noise = value_noise(x * frequency, y * frequency, z * frequency, seed + octave)
        total += amplitude * min(keep, 1.0) * noise
        amplitude *= gain
        frequency *= 2.03
    return total


@njit(cache=True)
def ridged_noise(
    x: float, y: float, z: float, frequency: float, octaves: int, footprint: float, seed: int
) -> float:
    """Sharp ridges, 0 to about 1: cracks and karst edges (Musgrave, 1994)."""
    total = 0.0
    amplitude = 0.5
    for octave in range(octaves):
        keep = (1.0 - frequency * footprint) * 2.0
        if keep <= 0.0:
            break
        noise = value_noise(x * frequency, y * frequency, z * frequency, seed + 31 * octave)
        total += amplitude * min(keep, 1.0) * (1.0 - abs(noise)) ** 2
        amplitude *= 0.5
        frequency *= 2.1
    return total


@njit(cache=True, nogil=True)
def fractal_at(points: Any, frequency: float, gain: float, footprint: float, seed: int) -> Any:
    """Fractal noise at (n, 3) points: (n,) float64."""
    out = np.empty(len(points))
    for i in range(len(points)):
        p = points[i]
        out[i] = fractal_noise(p[0], p[1], p[2], frequency, gain, footprint, seed)
    return out


@njit(cache=True, nogil=True)
def ridged_at(points: Any, frequency: float, octaves: int, seed: int) -> Any:
    """Ridged noise at (n, 3) points: (n,) float64."""
    out = np.empty(len(points))
    for i in range(len(points)):
        p = points[i]
        out[i] = ridged_noise(p[0], p[1], p[2], frequency, octaves, 0.0, seed)
    return out
