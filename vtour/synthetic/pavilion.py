"""The pavilion: a platform with steps, columns, a railing, and a tiled roof with swept corners."""

import numpy as np

from vtour.synthetic.geometry import (
    FloatArray,
    Part,
    box,
    grid_part,
    hanging_box,
    lathe,
    moved,
    tube,
)
from vtour.synthetic.layout import PAVILION, Material


def pavilion() -> list[Part]:
    """Platform, steps, four columns, beams, a railing and a tiled roof with raised corners."""
    parts = box(
        moved(PAVILION, -2.7, -0.1, -2.7), moved(PAVILION, 2.7, 0.45, 2.7), 0.15, Material.stone
    )
    for step in range(3):
        depth = 0.34 * (3 - step)
        low = moved(PAVILION, -1.2, -0.1, 2.7)
        high = moved(PAVILION, 1.2, 0.1125 * (step + 1), 2.7 + depth)
        parts += box(low, high, 0.12, Material.stone)
    for x in (-2.0, 2.0):
        for z in (-2.0, 2.0):
            parts += column(moved(PAVILION, x, 0.45, z))
    for side in (-2.0, 2.0):
        beams = (
            ([-2.5, 2.85, side - 0.09], [2.5, 3.15, side + 0.09]),
            ([side - 0.09, 2.80, -2.5], [side + 0.09, 3.10, 2.5]),
        )
        for a, b in beams:
            parts += hanging_box(moved(PAVILION, *a), moved(PAVILION, *b), 0.2, Material.wood)
    return parts + railing() + roof()


def column(foot: FloatArray) -> list[Part]:
    """A red column on a turned stone base."""
    base_y = np.array([0.0, 0.06, 0.10, 0.16, 0.22, 0.26, 0.26])
    base_r = np.array([0.30, 0.31, 0.27, 0.30, 0.27, 0.22, 0.0])
    shaft_y = np.linspace(0.24, 2.75, 20)
    shaft_r = 0.17 - 0.02 * np.linspace(0, 1, 20) ** 2
    return [
        lathe(foot, base_y, base_r, 32, Material.stone),
        lathe(foot, shaft_y, shaft_r, 32, Material.wood),
    ]


def railing() -> list[Part]:
    """A wooden balustrade on the three sides without steps."""
    parts: list[Part] = []
    for low, high in (((-2, -2), (2, -2)), ((-2, -2), (-2, 2)), ((2, -2), (2, 2))):
        start, end = np.array([low[0], 0, low[1]]), np.array([high[0], 0, high[1]])
        pad = np.where(end - start > 0, 0.0, 0.05)
        for y in (0.62, 1.02):
            a, b = start - pad + [0, 0.45 + y - 0.62, 0], end + pad + [0, 0.53 + y - 0.62, 0]
            parts += hanging_box(PAVILION + a, PAVILION + b, 0.2, Material.wood)
        for share in np.linspace(0, 1, 13)[1:-1]:
            foot = PAVILION + start + share * (end - start)
            low_post, high_post = moved(foot, -0.03, 0.45, -0.03), moved(foot, 0.03, 0.86, 0.03)
            parts += box(low_post, high_post, 0.2, Material.wood)
    return parts


def roof_height(x: FloatArray, z: FloatArray, half_m: float = 3.5) -> FloatArray:
    """Height of the roof above the ground: concave, its corners swept up."""
    large = np.maximum(np.abs(x), np.abs(z)) / half_m
    small = np.minimum(np.abs(x), np.abs(z)) / half_m
    slope = 3.15 + 2.0 * np.maximum(1 - large, 0) ** 1.5
    height: FloatArray = slope + 0.6 * (small * large) ** 3
    return height


def roof() -> list[Part]:
    """Four tiled slopes with ridges between them, an underside of boards and a finial."""
    parts: list[Part] = []
    half = 3.5
    for turn in range(4):
        share, across = np.meshgrid(np.linspace(0, 1, 91), np.linspace(-1, 1, 169))
        out = half * (1 - share.T)  # from the eaves (row 0) up to the top
        along = across.T * out
        y = roof_height(along, out)
        y = y + 0.025 * np.abs(np.sin(np.pi * along / 0.2)) * np.minimum(1, out)
        local = np.stack([along, y, out], -1)
        uv = np.stack([along, half - out], -1)
        parts.append(grid_part(turned(local, turn), uv, Material.tiles, smooth=True))
        under = np.stack([along[::6, ::6], y[::6, ::6] - 0.14, out[::6, ::6]], -1)[:, ::-1]
        uv_under = np.stack([along[::6, ::6], out[::6, ::6]], -1)
        parts.append(grid_part(turned(under, turn), uv_under, Material.wood, smooth=True))
        edge = np.stack([local[0] - [0, 0.14, 0], local[0]])
        uv_edge = np.stack([uv[0], uv[0] + [0, 0.14]])
        parts.append(grid_part(turned(edge, turn), uv_edge, Material.plaster, smooth=False))
        reach = np.linspace(half * 1.01, 0.05, 40)
        hip = np.stack([reach, roof_height(reach, reach) + 0.06, reach], -1)
        radii = np.full(40, 0.09)
        parts.append(tube(turned(hip, turn), radii, 14, Material.plaster))
    finial_y = np.array([0.0, 0.1, 0.2, 0.35, 0.45, 0.55, 0.75])
    finial_r = np.array([0.22, 0.24, 0.12, 0.2, 0.16, 0.07, 0.0])
    parts.append(lathe(moved(PAVILION, 0, 5.05, 0), finial_y, finial_r, 24, Material.plaster))
    return parts


def turned(local: FloatArray, quarter_turns: int) -> FloatArray:
    """Turn points about the pavilion's axis by quarters and put them in the world."""
    x, y, z = local[..., 0], local[..., 1], local[..., 2]
    for _ in range(quarter_turns):
        x, z = z, -x
    points: FloatArray = np.stack([x, y, z], -1) + PAVILION
    return points
