"""The sample site: a karst courtyard of about 25 x 20 m, modelled in code.

Frame: world (+X east, +Y up, -Z north), metres; the origin lies in the middle of the paving.
The seed does not change the shape: what stands where is written here, once.
"""

from dataclasses import dataclass

import numpy as np

from vtour.synthetic.geometry import (
    FloatArray,
    IntArray,
    Part,
    box,
    displaced,
    grid_part,
    hanging_box,
    lathe,
    moved,
    rectangle,
    tube,
    vertex_normals,
)
from vtour.synthetic.layout import BURNER, HALF_X_M, HALF_Z_M, PAVILION, STATUE, STELE, Material
from vtour.synthetic.noise import fractal_at, ridged_at
from vtour.synthetic.pavilion import pavilion


@dataclass(frozen=True)
class Target:
    """A painted survey mark: a black and white square whose centre is the point."""

    label: str
    role: str
    centre: FloatArray
    normal: FloatArray
    up: FloatArray
    size_m: float


@dataclass(frozen=True)
class Site:
    """All triangles of the site, in the world.

    vertices, faces : (n, 3) metres, (m, 3)
    normals         : (m, 3, 3) shading normal of each corner of each face
    uv              : (n, 2) metres along the surface
    materials       : (m,) Material
    inside          : (m,) faces of the courtyard itself, without its surroundings
    """

    vertices: FloatArray
    faces: IntArray
    normals: FloatArray
    uv: FloatArray
    materials: IntArray
    inside: IntArray
    targets: list[Target]


def build_site() -> Site:
    """Model the courtyard with its surroundings and targets."""
    ground = paving()
    targets = survey_targets(ground)
    parts = [
        ground,
        *pavilion(),
        *statue(),
        *terrace(),
        *enclosure(),
        *furniture(),
        rock_wall(),
        *[target_part(target) for target in targets],
    ]
    return merged(parts, surroundings(), targets)


def merged(parts: list[Part], around: list[Part], targets: list[Target]) -> Site:
    """Join all parts into one mesh; ``around`` is scenery that nobody surveys."""
    vertices, faces, normals, uv, materials, inside = [], [], [], [], [], []
    start = 0
    for number, part in enumerate([*parts, *around]):
        corners = part.vertices[part.faces]
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        whole = np.linalg.norm(flat, axis=1) > 1e-12
        kept, flat = part.faces[whole], flat[whole]
        if part.smooth:
            corner_normals = vertex_normals(part.vertices, kept)[kept]
        else:
            unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
            corner_normals = np.repeat(unit[:, None], 3, axis=1)
        vertices.append(part.vertices)
        faces.append(kept + start)
        normals.append(corner_normals)
        uv.append(part.uv)
        materials.append(np.full(len(kept), int(part.material)))
        inside.append(np.full(len(kept), int(number < len(parts))))
        start += len(part.vertices)
    return Site(
        np.concatenate(vertices),
        np.concatenate(faces),
        np.concatenate(normals),
        np.concatenate(uv),
        np.concatenate(materials),
        np.concatenate(inside),
        targets,
    )


def ground_height(x: FloatArray, z: FloatArray) -> FloatArray:
    """Height of the worn paving: level within two centimetres."""
    points = np.stack([x, np.zeros_like(x), z], -1).reshape(-1, 3)
    height: FloatArray = 0.015 * fractal_at(points, 0.35, 0.4, 0.4, 11).reshape(x.shape)
    return height


def paving() -> Part:
    """The courtyard's floor."""
    x, z = np.meshgrid(np.linspace(-HALF_X_M, HALF_X_M, 201), np.linspace(HALF_Z_M, -HALF_Z_M, 161))
    points = np.stack([x, ground_height(x, z), z], -1)
    return grid_part(points, np.stack([x, z], -1), Material.paving, smooth=True)


def statue() -> list[Part]:
    """A robed figure facing south on a moulded pedestal."""
    parts: list[Part] = []
    for half, low, high in ((0.85, -0.1, 0.2), (0.6, 0.2, 1.05), (0.72, 1.05, 1.2)):
        a, b = moved(STATUE, -half, low, -half), moved(STATUE, half, high, half)
        parts += box(a, b, 0.08, Material.stone)
    foot = moved(STATUE, 0, 1.2, 0)
    parts += [robe(foot), head(foot)]
    for side in (-1.0, 1.0):
        joints = np.array(
            [[0.25, 1.36, 0.0], [0.38, 1.05, 0.1], [0.22, 0.98, 0.3], [0.03, 1.05, 0.4]]
        )
        share = np.linspace(0, 3, 56)
        path = np.stack([np.interp(share, range(4), joints[:, axis]) for axis in range(3)], -1)
        for _ in range(24):
            path[1:-1] = 0.5 * path[1:-1] + 0.25 * (path[:-2] + path[2:])
        path[:, 0] *= side
        radii = np.interp(share, [0, 1, 2, 2.8, 3], [0.1, 0.1, 0.13, 0.12, 0.0])
        parts.append(tube(foot + path, radii, 40, Material.statue))
    scroll = np.stack([np.linspace(-0.22, 0.22, 12), np.full(12, 1.14), np.full(12, 0.4)], -1)
    ends = np.array([0.0, *([0.05] * 10), 0.0])
    parts.append(tube(foot + scroll, ends, 32, Material.statue))
    return parts


def robe(foot: FloatArray) -> Part:
    """The body: a lathe with folds, wider than deep."""
    y = np.linspace(0, 1.56, 90)
    angle = np.linspace(0, -2 * np.pi, 129)
    outline = np.interp(
        y,
        [0, 0.05, 0.5, 0.95, 1.25, 1.4, 1.47, 1.56],
        [0.40, 0.42, 0.34, 0.27, 0.29, 0.26, 0.12, 0.08],
    )
    flare = np.clip(1.1 - y, 0, 1)[:, None]
    folds = 0.035 * flare * np.sin(11 * angle + 3 * np.sin(2 * angle) + 1.3 * y[:, None])
    belt = 0.02 * np.exp(-(((y - 0.93) / 0.035) ** 2))
    radius = outline[:, None] + folds + belt[:, None]
    part = lathe(np.zeros(3), y, radius, 128, Material.statue)
    squeezed = part.vertices * [1.08, 1.0, 0.8] + foot
    return Part(squeezed, part.faces, part.uv, part.material, part.smooth)


def head(foot: FloatArray) -> Part:
    """The head with a tall hat; the face is a bulge of the lathe to the south."""
    y = np.array([1.5, 1.55, 1.58, 1.62, 1.68, 1.74, 1.79, 1.80, 1.84, 1.95, 2.02, 2.06, 2.07])
    r = np.array([0.075, 0.07, 0.09, 0.115, 0.128, 0.125, 0.12, 0.15, 0.15, 0.12, 0.13, 0.09, 0.0])
    fine = np.linspace(1.5, 2.07, 60)
    angle = np.linspace(0, -2 * np.pi, 65)
    south = np.exp(-((np.angle(np.exp(1j * (angle - np.pi / 2))) / 0.28) ** 2))
    nose = 0.03 * np.exp(-(((fine - 1.68) / 0.03) ** 2))
    beard = 0.05 * np.exp(-(((fine - 1.57) / 0.05) ** 2))
    radius = np.interp(fine, y, r)[:, None] + (nose + beard)[:, None] * south[None]
    return lathe(foot, fine, radius, 64, Material.statue)


def terrace() -> list[Part]:
    """A raised terrace before the rock with five steps up to an inscribed stele."""
    parts = box([-10.2, -0.1, -9.6], [-5.0, 0.75, -5.4], 0.15, Material.stone)
    for step in range(4):
        depth = 0.34 * (4 - step)
        high = [-6.3, 0.15 * (step + 1), -5.4 + depth]
        parts += box([-8.9, -0.1, -5.4], high, 0.12, Material.stone)
    parts += box(moved(STELE, -0.8, 0, -0.35), moved(STELE, 0.8, 0.3, 0.35), 0.08, Material.stone)
    a, b = moved(STELE, -0.55, 0.3, -0.13), moved(STELE, 0.55, 2.2, 0.13)
    south, *others = box(a, b, 0.08, Material.stone)
    front = Part(south.vertices, south.faces, south.uv, Material.inscription, False)
    local_uv = front.vertices[:, :2] - a[:2]
    parts += [Part(front.vertices, front.faces, local_uv, Material.inscription, False), *others]
    parts += hanging_box(
        moved(STELE, -0.68, 2.2, -0.22), moved(STELE, 0.68, 2.36, 0.22), 0.08, Material.plaster
    )
    return parts


def enclosure() -> list[Part]:
    """Low brick walls with plastered caps and a gate in the south."""
    parts: list[Part] = []
    runs = (
        ([-12.1, 9.35], [-1.75, 9.7]),
        ([1.75, 9.35], [12.1, 9.7]),
        ([11.75, -6.6], [12.1, 9.35]),
        ([-12.1, 3.0], [-11.75, 9.35]),
    )
    for low, high in runs:
        a, b = np.array([low[0], -0.1, low[1]]), np.array([high[0], 0.85, high[1]])
        parts += box(a, b, 0.15, Material.brick)
        cap_low, cap_high = [a[0] - 0.06, 0.85, a[2] - 0.06], [b[0] + 0.06, 0.95, b[2] + 0.06]
        parts += hanging_box(cap_low, cap_high, 0.15, Material.plaster)
    for x in (-1.5, 1.5):
        parts += box([x - 0.27, -0.1, 9.25], [x + 0.27, 2.3, 9.8], 0.12, Material.brick)
        parts += hanging_box([x - 0.36, 2.3, 9.16], [x + 0.36, 2.45, 9.89], 0.12, Material.plaster)
    return parts


def furniture() -> list[Part]:
    """A bronze burner, a planter with boulders, and two benches."""
    y = np.array([0.0, 0.05, 0.12, 0.3, 0.42, 0.5, 0.62, 0.8, 0.92, 0.98, 1.0, 0.9])
    r = np.array([0.42, 0.44, 0.36, 0.16, 0.14, 0.3, 0.46, 0.52, 0.44, 0.5, 0.48, 0.0])
    parts = [lathe(BURNER, np.r_[y[:-1], 0.93], r, 48, Material.bronze)]
    for low, high in (([6.0, 4.6], [10.2, 4.9]), ([6.0, 4.9], [6.3, 7.6])):
        parts += box([low[0], -0.1, low[1]], [high[0], 0.5, high[1]], 0.12, Material.brick)
    for number, (x, z, size) in enumerate(((7.6, 6.0, 0.75), (8.8, 6.5, 0.5), (7.3, 7.3, 0.42))):
        parts.append(boulder(np.array([x, 0.35 * size, z]), size, number))
    for x, z in ((-8.5, 3.6), (-5.6, 6.6)):
        parts += hanging_box([x, 0.38, z], [x + 1.6, 0.48, z + 0.45], 0.1, Material.stone)
        for foot in (0.15, 1.2):
            low, high = [x + foot, -0.1, z + 0.05], [x + foot + 0.25, 0.38, z + 0.4]
            parts += box(low, high, 0.1, Material.stone)
    return parts


def boulder(centre: FloatArray, size_m: float, seed: int) -> Part:
    """A weathered karst boulder."""
    polar = np.linspace(-np.pi / 2 + 1e-3, np.pi / 2 - 1e-3, 48)
    ball = lathe(centre, size_m * np.sin(polar), size_m * np.cos(polar), 72, Material.rock)
    shift = 0.30 * size_m * fractal_at(ball.vertices, 1.1 / size_m, 0.5, 0.02, 70 + seed)
    shift += 0.22 * size_m * (ridged_at(ball.vertices, 1.6 / size_m, 4, 80 + seed) - 0.5)
    return displaced(ball, shift)


def rock_wall() -> Part:
    """The karst cliff along the north and the north-west: a profile swept along a bent path."""
    corners = np.array([[12.9, -8.7], [4.0, -9.0], [-9.5, -9.2], [-11.6, -7.6], [-11.9, 3.6]])
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    s = np.linspace(0, steps[-1], 470)
    path = np.stack([np.interp(s, steps, corners[:, axis]) for axis in range(2)], -1)
    for _ in range(120):
        path[1:-1] = 0.5 * path[1:-1] + 0.25 * (path[:-2] + path[2:])
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    inward = np.stack([tangent[:, 1], -tangent[:, 0]], -1)
    t = np.linspace(0, 1, 110)
    lift = np.interp(t, [0, 0.75, 0.9, 1.0], [-0.05, 0.86, 1.0, 0.9])
    back = np.interp(t, [0, 0.1, 0.75, 0.9, 1.0], [0.35, 0.1, -0.15, -0.75, -2.0])
    taper = np.minimum(1, np.minimum(s, s[-1] - s) / 2.5) ** 0.6
    crest = np.stack([s * 0, s * 0, s], -1)
    height = (5.2 + 1.3 * fractal_at(crest, 0.22, 0.5, 0.1, 21)) * taper
    x = path[None, :, 0] + inward[None, :, 0] * back[:, None]
    z = path[None, :, 1] + inward[None, :, 1] * back[:, None]
    points = np.stack([x, lift[:, None] * height[None], z], -1)
    uv = np.stack(np.broadcast_arrays(s[None], points[..., 1]), -1)
    sheet = grid_part(points[:, ::-1], uv[:, ::-1], Material.rock, smooth=True)
    at = sheet.vertices
    shift = 0.55 * fractal_at(at * [1, 0.6, 1], 0.5, 0.5, 0.1, 31)
    shift += 0.5 * (ridged_at(at * [1, 0.45, 1], 0.8, 5, 41) - 0.55)
    return displaced(sheet, shift)


def surroundings() -> list[Part]:
    """Earth around the courtyard and the karst towers of the plain, as scenery."""
    ring = np.array([0.97, 1.0, 1.06, 1.25, 1.7, 3.0, 6.0, 12.0, 30.0])
    angle = np.linspace(0, -2 * np.pi, 97)
    square = 1 / np.maximum(np.abs(np.cos(angle)), np.abs(np.sin(angle)))
    x = HALF_X_M * ring[::-1, None] * square * np.cos(angle)
    z = HALF_Z_M * ring[::-1, None] * square * np.sin(angle)
    y = np.broadcast_to(np.where(ring[::-1, None] < 1, -0.4, -0.04), x.shape)
    points = np.stack([x, y, z], -1)
    parts = [grid_part(points, np.stack([x, z], -1), Material.earth, smooth=False)]
    towers: tuple[tuple[int, int, int, int], ...]
    towers = ((75, -110, 34, 62), (-40, -140, 42, 85), (-120, -60, 38, 70), (-150, 70, 45, 80))
    towers += ((30, 170, 40, 60), (140, 60, 36, 72), (150, -40, 30, 50), (-60, 150, 44, 66))
    for number, (tower_x, tower_z, radius, top) in enumerate(towers):
        share = np.linspace(0, 1, 40)
        outline = radius * np.sqrt(np.maximum(1 - share**2.6, 0)) * (1.15 - 0.35 * share)
        foot = np.array([tower_x, -2.0, tower_z])
        hill = lathe(foot, share * top, outline, 64, Material.hill)
        shift = 0.25 * radius * fractal_at(hill.vertices, 1.4 / radius, 0.55, 1.0, 90 + number)
        parts.append(displaced(hill, shift))
    return parts


TARGETS = (
    # label, role, x, y, z, facing: 'up' lies on the ground, else on a wall facing that way
    ("G1", "control", -1.2, None, 2.2, "up"),
    ("G2", "control", -6.6, None, 1.4, "up"),
    ("G3", "check", 5.6, None, 1.9, "up"),
    ("G4", "check", -1.6, None, -4.6, "up"),
    ("G5", "control", 9.3, None, 1.2, "up"),
    ("G6", "check", -3.6, None, 5.4, "up"),
    ("G7", "check", 1.9, None, 1.5, "up"),
    ("G8", "control", -0.4, None, -1.6, "up"),
    ("P1", "control", STATUE[0], 0.62, STATUE[2] + 0.6, "south"),
    ("P2", "check", STATUE[0] + 0.6, 0.62, STATUE[2], "east"),
    ("P3", "control", PAVILION[0] - 2.0, 0.225, PAVILION[2] + 2.7, "south"),
    ("P4", "check", PAVILION[0] + 2.0, 0.225, PAVILION[2] + 2.7, "south"),
    ("P5", "control", PAVILION[0] + 1.0, 3.0, PAVILION[2] + 2.09, "south"),
    ("W1", "control", 8.2, 0.55, 9.35, "north"),
    ("W2", "check", -8.6, 0.55, 9.35, "north"),
    ("W3", "control", 11.75, 0.55, -2.4, "west"),
    ("T1", "control", -5.8, 0.4, -5.4, "south"),
)
FACING = {
    "up": ([0.0, 1.0, 0.0], [0.0, 0.0, -1.0]),
    "south": ([0.0, 0.0, 1.0], [0.0, 1.0, 0.0]),
    "north": ([0.0, 0.0, -1.0], [0.0, 1.0, 0.0]),
    "east": ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
    "west": ([-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
}
TARGET_SIZE_M = 0.24
TARGET_LIFT_M = 0.002


def survey_targets(ground: Part) -> list[Target]:
    """Where the painted targets are; those on the ground lie just above the paving."""
    targets = []
    for label, role, x, y, z, facing in TARGETS:
        normal, up = (np.array(axis) for axis in FACING[facing])
        if y is None:
            near = np.abs(ground.vertices[:, [0, 2]] - [x, z]).max(1) < TARGET_SIZE_M / 2 + 0.13
            y = float(ground.vertices[near, 1].max())
        centre = np.array([x, y, z]) + TARGET_LIFT_M * normal
        targets.append(Target(label, role, centre, normal, up, TARGET_SIZE_M))
    return targets


def target_part(target: Target) -> Part:
    """The square of one target; uv runs from -1 to 1 over it, (0, 0) being the point."""
    right = np.cross(target.up, target.normal)
    edge_u, edge_v = right * target.size_m, target.up * target.size_m
    flat = rectangle(target.centre - edge_u / 2 - edge_v / 2, edge_u, edge_v, 1.0, Material.target)
    uv = np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])
    return Part(flat.vertices, flat.faces, uv, flat.material, False)
