"""Small scenes whose pictures and distances are known."""

from dataclasses import replace

import numpy as np

from vtour.glb.scene import Material, Part, Scene, Texture, Wrap

SQUARE_UVS = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
SQUARE_FACES = np.array([[0, 1, 2], [0, 2, 3]], np.uint32)


def quad(low=(-1.0, -1.0), high=(1.0, 1.0), z=0.0, **more):
    """A board that faces +Z, its texture upright."""
    (x0, y0), (x1, y1) = low, high
    positions = np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]], np.float32)
    return Part(positions, SQUARE_FACES, **{"uvs": SQUARE_UVS, **more})


def board(pixels, **more):
    """An unlit quad of 2 x 2 m under a texture."""
    return Scene([quad()], [Material(base=Texture(pixels), unlit=True, **more)])


def checker(px=256, squares=8):
    """Orange and blue squares with a soft slope over them."""
    cells = np.arange(px) * squares // px
    odd = (cells[:, None] + cells[None, :]) % 2 == 1
    pixels = np.where(odd[..., None], (230, 140, 40), (40, 90, 200)).astype(np.float64)
    pixels *= np.linspace(0.6, 1.0, px)[None, :, None]
    return np.rint(pixels).astype(np.uint8)


def noise(px=256, seed=1, grain=1):
    """Coloured grain."""
    rng = np.random.default_rng(seed)
    small = rng.integers(20, 236, (px // grain, px // grain, 3), np.uint8)
    return small.repeat(grain, axis=0).repeat(grain, axis=1)


def box_part(sides, low=(-1, -1, -1), high=(1, 1, 1), repeat=1.0, **more):
    """Some sides of a box: "west east low high north south", each under the whole texture."""
    low, high = np.array(low, float), np.array(high, float)
    picks = {
        "south": [(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
        "north": [(1, 0, 0), (0, 0, 0), (0, 1, 0), (1, 1, 0)],
        "east": [(1, 0, 1), (1, 0, 0), (1, 1, 0), (1, 1, 1)],
        "west": [(0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0)],
        "high": [(0, 1, 1), (1, 1, 1), (1, 1, 0), (0, 1, 0)],
        "low": [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)],
    }
    positions, normals, uvs, faces = [], [], [], []
    for side in sides.split():
        corners = np.where(np.array(picks[side]) == 1, high, low)
        across = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        faces.append(SQUARE_FACES + 4 * len(faces))
        positions.append(corners)
        normals.append(np.tile(across / np.linalg.norm(across), (4, 1)))
        uvs.append(SQUARE_UVS * repeat)
    return Part(
        np.concatenate(positions).astype(np.float32),
        np.concatenate(faces).astype(np.uint32),
        normals=np.concatenate(normals).astype(np.float32),
        uvs=np.concatenate(uvs).astype(np.float32),
        **more,
    )


def two_material_box(**more):
    """A box whose walls wear a checker, repeated, and whose top and bottom a noise, mirrored."""
    walls = box_part("south north east west", repeat=2.0, material=0)
    ends = box_part("high low", repeat=1.5, material=1)
    repeated, mirrored = (Wrap.repeat,) * 2, (Wrap.mirror,) * 2
    return Scene(
        [walls, ends],
        [
            Material("walls", base=Texture(checker(), repeated), unlit=True, **more),
            Material(
                "ends",
                base=Texture(noise(128, grain=8), mirrored),
                base_colour=(0.9, 0.6, 0.5, 1.0),
                unlit=True,
                **more,
            ),
        ],
    )


def with_normals_bent(scene):
    """The scene lit, its first material with bumps, occlusion and emission."""
    px = 64
    y, x = np.meshgrid(np.arange(px), np.arange(px), indexing="ij")
    slope = np.stack([np.sin(x / 5), np.cos(y / 7), np.full((px, px), 2.0)], axis=-1)
    slope /= np.linalg.norm(slope, axis=-1, keepdims=True)
    bumps = np.rint((slope + 1) * 127.5).astype(np.uint8)
    dark = np.rint(np.stack([x / px * 200 + 55] * 3, axis=-1)).astype(np.uint8)
    wrap = (Wrap.repeat, Wrap.repeat)
    first = replace(
        scene.materials[0],
        unlit=False,
        normal=Texture(bumps, wrap),
        occlusion=Texture(dark, wrap),
        metallic_roughness=Texture(np.full((4, 4, 3), (255, 150, 40), np.uint8), wrap),
        metallic=0.5,
        roughness=0.8,
        emissive=(0.05, 0.0, 0.02),
    )
    others = [replace(material, unlit=False) for material in scene.materials[1:]]
    return replace(scene, materials=[first, *others])


def moved(scene, offset):
    """All of a scene elsewhere."""
    offset = np.array(offset, np.float32)
    parts = [replace(part, positions=part.positions + offset) for part in scene.parts]
    return replace(scene, parts=parts)
