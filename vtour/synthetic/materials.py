"""What surfaces look like: procedural albedo, and light from a sun and a sky. One numba kernel.

All patterns are evaluated at the place that a ray hits, from world coordinates (grain, stains)
and from metres along the surface (bricks, slabs, tiles): there is no atlas and no seam. Colours
are linear. Every pattern fades to its mean where it becomes finer than a pixel.
"""

# mypy: disable-error-code="untyped-decorator,no-any-return"

import math
from typing import Any

import numpy as np
from numba import njit

from vtour.synthetic.layout import Material
from vtour.synthetic.noise import fractal_noise, hash01, ridged_noise, value_noise

SUN_AZIMUTH_DEG, SUN_ELEVATION_DEG = 148.0, 46.0
"""Where the sun stands: azimuth from north through east."""

_AZIMUTH, _ELEVATION = math.radians(SUN_AZIMUTH_DEG), math.radians(SUN_ELEVATION_DEG)
SUN_IN_WORLD = np.array(
    [
        math.sin(_AZIMUTH) * math.cos(_ELEVATION),
        math.sin(_ELEVATION),
        -math.cos(_AZIMUTH) * math.cos(_ELEVATION),
    ]
)
TARGET = int(Material.target)
SUN = (float(SUN_IN_WORLD[0]), float(SUN_IN_WORLD[1]), float(SUN_IN_WORLD[2]))


@njit(cache=True, inline="always")
def _step(low: float, high: float, x: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@njit(cache=True, inline="always")
def _mix(a: Any, b: Any, t: float) -> Any:
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


@njit(cache=True, inline="always")
def _scaled(a: Any, s: float) -> Any:
    return (a[0] * s, a[1] * s, a[2] * s)


@njit(cache=True)
def _bond(u: float, v: float, width: float, height: float, joint: float, fp: float) -> Any:
    """Running bond: (0 in the joint .. 1 on the brick, a number of the brick, edge distance)."""
    row = math.floor(v / height)
    u_shifted = u + 0.5 * width * (int(row) & 1)
    col = math.floor(u_shifted / width)
    du = abs(u_shifted / width - col - 0.5) * width
    dv = abs(v / height - row - 0.5) * height
    edge = min(0.5 * width - du, 0.5 * height - dv)
    soft = max(0.15 * joint, 0.7 * fp)
    face = _step(0.5 * joint - soft, 0.5 * joint + soft, edge)
    if fp > 0.5 * joint:
        face = face + (1.0 - face) * min((fp - 0.5 * joint) / joint, 0.6)
    return face, hash01(int(row), int(col), 7, 3), edge


@njit(cache=True)
def _paving(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    face, tone, _ = _bond(u, v, 0.62, 0.42, 0.016, fp)
    grain = fractal_noise(x, y, z, 3.0, 0.72, fp, 101)
    stain = fractal_noise(x, y, z, 0.45, 0.6, fp, 131)
    crack = _step(0.80, 0.95, ridged_noise(x, y, z, 1.7, 5, fp, 151))
    slab = _mix((0.36, 0.335, 0.295), (0.24, 0.245, 0.25), tone)
    slab = _scaled(slab, (1.0 + 0.20 * grain) * (1.0 - 0.35 * crack))
    slab = _mix(slab, (0.13, 0.14, 0.08), 0.55 * _step(0.15, 0.9, stain + 0.3 * grain))
    moss = (0.075 + 0.03 * grain, 0.085 + 0.03 * grain, 0.045)
    return _mix(moss, slab, face)


@njit(cache=True)
def _rock(x: float, y: float, z: float, fp: float) -> Any:
    grain = fractal_noise(x, y, z, 2.2, 0.72, fp, 201)
    streak = fractal_noise(x * 3.0, y * 0.35, z * 3.0, 1.0, 0.6, fp * 3.0, 231)
    crack = ridged_noise(x, 0.6 * y, z, 1.3, 6, fp, 251)
    tone = _mix((0.42, 0.415, 0.39), (0.20, 0.21, 0.215), _step(-0.8, 0.9, streak))
    tone = _mix(
        tone, (0.40, 0.29, 0.17), 0.5 * _step(0.35, 1.0, value_noise(x, y, z, 271) + 0.3 * grain)
    )
    tone = _scaled(tone, (1.0 + 0.26 * grain) * (1.0 - 0.6 * _step(0.62, 0.95, crack)))
    green = _step(0.2, 1.1, fractal_noise(x, y, z, 0.7, 0.6, fp, 281) + 0.35 * grain)
    return _mix(tone, (0.09, 0.13, 0.05), 0.7 * green)


@njit(cache=True)
def _brick(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    face, tone, _ = _bond(u, v, 0.24, 0.075, 0.012, fp)
    grain = fractal_noise(x, y, z, 5.0, 0.7, fp, 301)
    clay = _mix((0.34, 0.14, 0.09), (0.22, 0.10, 0.075), tone)
    clay = _mix(clay, (0.40, 0.22, 0.13), _step(0.75, 1.0, hash01(int(tone * 1e6), 1, 2, 5)))
    clay = _scaled(clay, 1.0 + 0.25 * grain)
    wall = _mix((0.36 + 0.06 * grain, 0.34 + 0.06 * grain, 0.30), clay, face)
    worn = _step(0.25, 0.9, fractal_noise(x, y, z, 0.8, 0.6, fp, 331) + 0.25 * grain)
    return _mix(wall, (0.13, 0.13, 0.10), 0.7 * worn)


@njit(cache=True)
def _stone(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    face, tone, _ = _bond(u, v, 0.9, 0.45, 0.008, fp)
    grain = fractal_noise(x, y, z, 6.0, 0.76, fp, 401)
    vein = ridged_noise(x, y, z, 0.9, 5, fp, 421)
    block = _mix((0.40, 0.375, 0.33), (0.27, 0.265, 0.255), tone)
    block = _scaled(block, (1.0 + 0.27 * grain) * (1.0 - 0.45 * _step(0.70, 0.93, vein)))
    dirt = fractal_noise(x, y, z, 1.4, 0.7, fp, 431)
    block = _mix(block, (0.10, 0.095, 0.075), 0.75 * _step(0.05, 0.9, dirt + 0.25 * grain))
    return _mix((0.10, 0.10, 0.085), block, face)


@njit(cache=True)
def _wood(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    grain = fractal_noise(x * 2.5, y * 0.5 + u, z * 2.5, 4.0, 0.72, fp * 2.5, 501)
    peel = fractal_noise(x, y, z, 2.3, 0.68, fp, 521)
    paint = _scaled((0.30, 0.055, 0.035), 1.0 + 0.25 * grain)
    bare = _scaled((0.23, 0.16, 0.10), 1.0 + 0.35 * grain)
    return _mix(paint, bare, _step(0.12, 0.42, peel))


@njit(cache=True)
def _tiles(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    col, row = math.floor(u / 0.2), math.floor(v / 0.26)
    tone = hash01(int(col), int(row), 3, 9)
    grain = fractal_noise(x, y, z, 4.0, 0.72, fp, 601)
    lap = v / 0.26 - row
    shade = 1.0 - 0.55 * _step(0.80, 0.97, lap) * min(1.0, 0.1 / (fp + 1e-6))
    clay = _mix((0.27, 0.15, 0.105), (0.17, 0.145, 0.13), tone)
    clay = _scaled(clay, (1.0 + 0.25 * grain) * shade)
    moss = fractal_noise(x, y, z, 0.8, 0.62, fp, 631) + 0.3 * grain
    return _mix(clay, (0.10, 0.12, 0.06), 0.7 * _step(0.3, 0.9, moss))


@njit(cache=True)
def _statue(x: float, y: float, z: float, fp: float) -> Any:
    grain = fractal_noise(x, y, z, 5.0, 0.78, fp, 701)
    lichen = fractal_noise(x, y, z, 3.2, 0.74, fp, 731)
    run = fractal_noise(x * 4.0, y * 0.5, z * 4.0, 1.6, 0.6, fp * 4.0, 751)
    tone = _scaled((0.46, 0.425, 0.36), 1.0 + 0.30 * grain)
    tone = _mix(tone, (0.15, 0.145, 0.13), 0.8 * _step(-0.1, 0.8, run + 0.25 * grain))
    return _mix(tone, (0.36, 0.31, 0.10), 0.75 * _step(0.4, 0.7, lichen))


@njit(cache=True)
def _inscription(x: float, y: float, z: float, u: float, v: float, fp: float) -> Any:
    """Columns of made-up characters on dark stone: strokes by a hash, not writing."""
    grain = fractal_noise(x, y, z, 8.0, 0.74, fp, 801)
    stone = _scaled((0.17, 0.17, 0.175), 1.0 + 0.3 * grain)
    cell_u, cell_v = math.floor((u - 0.05) / 0.125), math.floor((v - 0.1) / 0.125)
    a = (u - 0.05) / 0.125 - cell_u
    b = (v - 0.1) / 0.125 - cell_v
    inside = 0.12 < a < 0.88 and 0.12 < b < 0.88 and 0 <= cell_u < 8 and 0 <= cell_v < 13
    if not inside or fp > 0.03:
        return stone
    ink = 0.0
    soft = 0.03 + 6.0 * fp
    for stroke in range(4):
        place = 0.2 + 0.6 * hash01(int(cell_u), int(cell_v), stroke, 17)
        start = 0.12 + 0.3 * hash01(int(cell_u), int(cell_v), stroke, 18)
        end = 0.6 + 0.28 * hash01(int(cell_u), int(cell_v), stroke, 19)
        p, q = (a, b) if stroke < 2 else (b, a)
        if start < p < end:
            ink = max(ink, 1.0 - _step(0.03, 0.03 + soft, abs(q - place)))
    return _mix(stone, (0.55, 0.50, 0.36), ink)


@njit(cache=True)
def _target(u: float, v: float, fp: float) -> Any:
    """Black and white quadrants within a disc, on a white square: its centre is the point."""
    soft = max(fp / 0.12, 0.004)
    side_u, side_v = _step(-soft, soft, u), _step(-soft, soft, v)
    white = side_u * side_v + (1.0 - side_u) * (1.0 - side_v)
    disc = 1.0 - _step(0.78 - soft, 0.78 + soft, math.sqrt(u * u + v * v))
    tone = 0.70 * (1.0 - disc) + disc * (0.03 + 0.70 * white)
    frame = _step(0.94 - soft, 0.94 + soft, max(abs(u), abs(v)))
    tone = tone * (1.0 - 0.8 * frame)
    return (tone, tone, tone)


@njit(cache=True)
def _albedo(m: int, x: float, y: float, z: float, u: float, v: float, ny: float, fp: float) -> Any:
    if m == 0:
        return _paving(x, y, z, u, v, fp)
    if m == 1:
        return _rock(x, y, z, fp)
    if m == 2:
        return _brick(x, y, z, u, v, fp)
    if m == 3:
        return _stone(x, y, z, u, v, fp)
    if m == 4:
        return _wood(x, y, z, u, v, fp)
    if m == 5:
        return _tiles(x, y, z, u, v, fp)
    if m == 6:
        return _statue(x, y, z, fp)
    if m == 7:
        return _target(u, v, fp)
    if m == 9:
        return _inscription(x, y, z, u, v, fp)
    grain = fractal_noise(x, y, z, 4.0, 0.72, fp, 901)
    if m == 10:
        stain = fractal_noise(x, y, z, 1.1, 0.65, fp, 921) + 0.3 * grain
        return _mix(
            _scaled((0.46, 0.44, 0.40), 1 + 0.15 * grain), (0.14, 0.14, 0.12), _step(0, 1, stain)
        )
    if m == 12:
        patina = fractal_noise(x, y, z, 3.0, 0.7, fp, 941)
        return _mix(
            _scaled((0.16, 0.11, 0.06), 1 + 0.35 * grain),
            (0.13, 0.22, 0.17),
            _step(-0.1, 0.6, patina),
        )
    if m == 11:
        cliff = fractal_noise(x, y * 0.5, z, 0.06, 0.6, fp, 961)
        return _mix(
            (0.07, 0.11, 0.045), (0.36, 0.35, 0.32), _step(0.1, 0.7, cliff + 0.5 - 0.7 * ny)
        )
    earth = fractal_noise(x, y, z, 0.5, 0.65, fp, 981)
    return _mix((0.16, 0.17, 0.06), (0.27, 0.20, 0.12), _step(-0.4, 0.8, earth + 0.2 * grain))


@njit(cache=True)
def _sky(dx: float, dy: float, dz: float) -> Any:
    """Haze at the horizon, blue above, soft clouds, and a glow around the sun."""
    up = max(dy, 0.0)
    colour = _mix((0.62, 0.70, 0.78), (0.16, 0.33, 0.66), 1.0 - math.exp(-3.2 * up))
    flat = 1.0 / (up + 0.12)
    cloud = fractal_noise(dx * flat, 2.0, dz * flat, 0.9, 0.55, 0.05, 1001)
    colour = _mix(colour, (0.86, 0.87, 0.88), 0.75 * _step(0.05, 0.9, cloud) * min(1.0, 4 * up))
    glow = max(dx * SUN[0] + dy * SUN[1] + dz * SUN[2], 0.0)
    return _mix(colour, (1.6, 1.5, 1.3), 0.6 * glow**60 + 0.12 * glow**6)


@njit(cache=True, nogil=True)
def sky_colours(directions: Any) -> Any:
    """Linear colours (n, 3) float32 of the sky along (n, 3) unit directions."""
    out = np.empty((len(directions), 3), np.float32)
    for i in range(len(directions)):
        c = _sky(directions[i, 0], directions[i, 1], directions[i, 2])
        out[i, 0], out[i, 1], out[i, 2] = c[0], c[1], c[2]
    return out


@njit(cache=True, nogil=True)
def shaded_colours(
    surface: Any, points: Any, directions: Any, hits: Any, facing: Any, lit: Any, pixel_rad: Any
) -> Any:
    """Linear colours (n, 3) float32 of surface points in sun and sky light.

    surface    : faces (m, 3), their corner normals (m, 3, 3) and materials (m,), then of the
                 vertices uv (v, 2) metres along the surface and openness (v,), the share of
                 the sky that a place sees
    points     : (n, 3) world
    directions : (n, 3) unit, from the viewer
    hits       : face numbers (n,), barycentric coordinates (n, 2), distances (n,) metres
    facing     : (n,) cosine between the geometric normal and the way to the viewer, signed
    lit        : (n,) whether the sun reaches the place
    pixel_rad  : (n,) angle that a pixel covers
    """
    faces, corner_normals, materials, uv, openness = surface
    numbers, second, distances = hits
    out = np.empty((len(points), 3), np.float32)
    for i in range(len(points)):
        face = numbers[i]
        second_u, third_u = np.float64(second[i, 0]), np.float64(second[i, 1])
        weights = (1.0 - second_u - third_u, second_u, third_u)
        nx = ny = nz = u = v = sky_share = 0.0
        for k in range(3):
            corner, weight = faces[face, k], weights[k]
            nx += weight * corner_normals[face, k, 0]
            ny += weight * corner_normals[face, k, 1]
            nz += weight * corner_normals[face, k, 2]
            u += weight * uv[corner, 0]
            v += weight * uv[corner, 1]
            sky_share += weight * openness[corner]
        length = max(math.sqrt(nx * nx + ny * ny + nz * nz), 1e-6)
        if facing[i] < 0.0:
            length = -length
        nx, ny, nz = nx / length, ny / length, nz / length
        distance = float(distances[i])
        # A pixel covers more along a slanted surface than across: the mean of both.
        fp = distance * pixel_rad[i] / math.sqrt(max(abs(facing[i]), 0.05))
        x, y, z = float(points[i, 0]), float(points[i, 1]), float(points[i, 2])
        c = _albedo(materials[face], x, y, z, u, v, ny, fp)
        if materials[face] != TARGET:
            # Grain of millimetres, for photos taken close by; from afar it has faded out.
            c = _scaled(c, 1.0 + 0.12 * fractal_noise(x, y, z, 55.0, 0.85, fp, 1101))
        sun = 2.3 * max(nx * SUN[0] + ny * SUN[1] + nz * SUN[2], 0.0) if lit[i] else 0.0
        sky = (0.62 + 0.28 * ny) * sky_share
        bounce = 0.20 * (1.0 - 0.6 * ny) * sky_share + 0.05
        r = max(c[0], 0.004) * (1.00 * sun + 0.78 * sky + 1.05 * bounce)
        g = max(c[1], 0.004) * (0.95 * sun + 0.90 * sky + 1.00 * bounce)
        b = max(c[2], 0.004) * (0.84 * sun + 1.12 * sky + 0.88 * bounce)
        haze = 1.0 - math.exp(-max(distance - 25.0, 0.0) / 260.0)
        out[i, 0] = r + (0.56 - r) * haze
        out[i, 1] = g + (0.64 - g) * haze
        out[i, 2] = b + (0.74 - b) * haze
    return out
