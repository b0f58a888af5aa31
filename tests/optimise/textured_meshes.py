"""Meshes with textures whose colours are known everywhere."""

import numpy as np

from vtour.glb import TexturedMesh


def wavy_square(cells=40, texture_px=256, height=0.3):
    """A wavy 4 x 4 m cloth, seen from above (+Y), under a texture that tells the place.

    Red grows with x from west to east, green with z from north to south, blue is 60. The
    texture's top left corner lies at the north-west corner (-2, ., -2).
    """
    line = np.linspace(-2, 2, cells + 1)
    z, x = np.meshgrid(line, line, indexing="ij")
    y = height * np.sin(2 * x) * np.cos(1.5 * z)
    positions = np.stack([x, y, z], axis=-1).reshape(-1, 3).astype(np.float32)
    uvs = (positions[:, [0, 2]] + 2) / 4
    corner = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (
        part.reshape(-1)
        for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:])
    )
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.uint32)
    ramp = (np.arange(texture_px) + 0.5) / texture_px * 200 + 25
    texture = np.full((texture_px, texture_px, 3), 60, np.uint8)
    texture[..., 0] = np.rint(ramp)[None, :]
    texture[..., 1] = np.rint(ramp)[:, None]
    return TexturedMesh(positions, None, uvs.astype(np.float32), faces, texture)


def colours_at(positions):
    """What ``wavy_square``'s texture says at places in the world, (n, 3)."""
    expected = np.full((len(positions), 3), 60.0)
    expected[:, 0] = (positions[:, 0] + 2) / 4 * 200 + 25
    expected[:, 1] = (positions[:, 2] + 2) / 4 * 200 + 25
    return expected


def torn_apart(mesh):
    """The same surface with three vertices of its own for every face: an atlas of shreds."""
    corners = mesh.faces.reshape(-1)
    faces = np.arange(len(corners), dtype=np.uint32).reshape(-1, 3)
    return TexturedMesh(mesh.positions[corners], None, mesh.uvs[corners], faces, mesh.texture)
