"""A scene of several parts and materials, whose every number is known."""

import numpy as np

from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture, Wrap

REPEAT = (Wrap.repeat, Wrap.repeat)
RED, GREEN, BLUE, SAND = (230, 30, 30), (30, 200, 30), (30, 30, 230), (220, 200, 90)


def four_fields(edge_px=32):
    """Red and green over blue and sand, (2 * edge, 2 * edge, 3)."""
    rows = np.array([[RED, GREEN], [BLUE, SAND]], np.uint8)
    return rows.repeat(edge_px, axis=0).repeat(edge_px, axis=1)


def square(z=0.0, cells=8, edge=2.0, x=0.0):
    """Positions, uvs and faces of a square that faces +Z, its lower left corner at (x, 0, z)."""
    line = np.linspace(0, 1, cells + 1)
    v, u = np.meshgrid(line, line, indexing="ij")
    places = np.stack([x + u * edge, v * edge, np.full_like(u, z)], -1)
    uvs = np.stack([u, 1 - v], -1).reshape(-1, 2)
    corner = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (
        part.reshape(-1)
        for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:])
    )
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)]).astype(np.uint32)
    return places.reshape(-1, 3).astype(np.float32), uvs.astype(np.float32), faces


def rich_scene(edge_px=32):
    """Four squares: unlit; lit with all maps; coloured at its vertices; tiled and half see-through.

    They stand beside each other along +X, 2 m wide each, all facing +Z.
    """
    fields = four_fields(edge_px)
    grain = np.random.default_rng(1).integers(90, 160, (2 * edge_px, 2 * edge_px, 3), np.uint8)
    normal = np.full_like(fields, 128)
    normal[..., 2] = 255
    leaf = np.dstack([fields, np.full(fields.shape[:2], 255, np.uint8)])
    leaf[: edge_px // 2, :, 3] = 0
    materials = [
        Material("wall", base=Texture(fields), unlit=True, double_sided=True),
        Material(
            "stone",
            base=Texture(fields),
            metallic=0.25,
            roughness=0.75,
            metallic_roughness=Texture(grain),
            normal=Texture(normal),
            normal_scale=0.5,
            occlusion=Texture(grain),
            occlusion_strength=0.5,
            emissive=(0.1, 0.2, 0.3),
            emission=Texture(np.full_like(fields, 40)),
        ),
        Material("paint", base_colour=(0.5, 1.0, 1.0, 1.0)),
        Material("leaf", base=Texture(leaf, REPEAT), alpha_mode=AlphaMode.mask, alpha_cutoff=0.3),
    ]
    parts = []
    for index, name in enumerate(("wall", "stone", "paint", "leaf")):
        positions, uvs, faces = square(x=2.0 * index)
        count = len(positions)
        normals = np.tile(np.float32([0, 0, 1]), (count, 1))
        tangents = np.tile(np.float32([1, 0, 0, 1]), (count, 1))
        colours = None
        if name == "paint":
            colours = np.ones((count, 4), np.float32)
            colours[:, 0] = np.linspace(0, 1, count)
        if name == "leaf":
            uvs = uvs * 3 - 1
        parts.append(Part(positions, faces, index, normals, tangents, uvs, colours, name))
    return Scene(parts, materials, copyright="Province of Lạng Sơn, CC-BY-4.0")
