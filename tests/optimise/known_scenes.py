"""Scenes whose looks are known everywhere, by formula."""

import numpy as np

from vtour.glb.scene import Material, Part, Scene, Texture

GREY = Material(base_colour=(0.5, 0.5, 0.5, 1.0))


def grid(cells, side=2.0):
    """A square in the plane y = 0 around the origin, seen from above: positions and faces."""
    line = np.linspace(-side / 2, side / 2, cells + 1)
    z, x = np.meshgrid(line, line, indexing="ij")
    positions = np.stack([x, np.zeros_like(x), z], axis=-1).reshape(-1, 3).astype(np.float32)
    corner = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (
        part.reshape(-1)
        for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:])
    )
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.uint32)
    return positions, faces


BUMP, WAVES = 0.04, 8.0


def bump_height(x, z):
    return BUMP * np.sin(WAVES * x) * np.sin(WAVES * z)


def bump_normals(points):
    """Unit normals (n, 3) of the bumpy plane above places of the plane, by derivation."""
    x, z = points[:, 0].astype(np.float64), points[:, 2].astype(np.float64)
    slope_x = BUMP * WAVES * np.cos(WAVES * x) * np.sin(WAVES * z)
    slope_z = BUMP * WAVES * np.sin(WAVES * x) * np.cos(WAVES * z)
    normals = np.stack([-slope_x, np.ones_like(x), -slope_z], axis=1)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def bumpy_plane(cells=100):
    """A grey square of 2 m with bumps of 4 cm, two faces a cell, normals by formula."""
    positions, faces = grid(cells)
    positions[:, 1] = bump_height(positions[:, 0], positions[:, 2])
    normals = bump_normals(positions).astype(np.float32)
    return Scene([Part(positions, faces, normals=normals)], [GREY])


def flat_square(uvs=None, side=2.0):
    """Two faces below the bumps; texture (0, 0) lies at -x, -z unless told otherwise."""
    positions, faces = grid(1, side)
    if uvs is None:
        uvs = (positions[:, [0, 2]] / side + 0.5).astype(np.float32)
    normals = np.tile(np.array([[0, 1, 0]], np.float32), (4, 1))
    return Part(positions, faces, normals=normals, uvs=np.asarray(uvs, np.float32))


def box(low=(0.0, 0.0, 0.0), high=(1.0, 1.0, 1.0)):
    """The six sides of a box, two faces each, four vertices each: +x, -x, +y, -y, +z, -z."""
    low, high = np.array(low, float), np.array(high, float)
    positions, faces = [], []
    for axis in range(3):
        for sign in (1, -1):
            u, v = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
            if sign < 0:
                u, v = v, u
            start = np.where(np.eye(3)[axis] > 0, 1.0 if sign > 0 else 0.0, 0.0)
            first = len(positions)
            positions += [start, start + u, start + u + v, start + v]
            faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    points = low + np.array(positions) * (high - low)
    return points.astype(np.float32), np.array(faces, np.uint32)


def corner_room(side=4.0, cells=8):
    """A floor (y = 0, x from 0) and a wall (x = 0) at a right angle, both ``side`` wide."""
    floor, faces = grid(cells, side)
    floor[:, 0] += side / 2
    wall = floor[:, [1, 0, 2]].copy()  # x and y swapped: mirrored, so faces turn round
    positions = np.concatenate([floor, wall])
    both = np.concatenate([faces, faces[:, ::-1] + np.uint32(len(floor))]).astype(np.uint32)
    return Scene([Part(positions, both)], [Material()])


def checks(wrap, colours=((255, 0, 0), (0, 255, 0))):
    """A texture of two halves, left and right, repeated or not."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4], pixels[:, 4:] = colours
    return Texture(pixels, (wrap, wrap))
