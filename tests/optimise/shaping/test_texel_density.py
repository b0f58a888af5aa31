"""How many texels a model really has."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.known_scenes import bumpy_plane, checks, grid

from vtour.glb.scene import Material, Part, Scene, Wrap
from vtour.optimise.shaping.texel_density import (
    repeats_of,
    texel_edge,
    texture_edges,
    texture_px_for,
)


def test_texture_size_from_what_is_there():
    """A square of 2 m under half of a texture of 8 px, twice: 4 x 4 texels, and 16 more."""
    positions, faces = grid(1)
    uvs = (positions[:, [0, 2]] / 4 + 0.5).astype(np.float32)  # half of u, half of v
    part = Part(positions, faces, uvs=uvs)
    scene = Scene(
        [part, replace(part, positions=positions + 9)],
        [Material(unlit=True, base=checks(Wrap.clamp))],
    )

    assert texel_edge(scene) == pytest.approx(0.5)  # 4 texels along 2 m
    assert repeats_of(scene) == pytest.approx(0.25)
    assert texture_edges(scene) == [8]
    assert texture_px_for(scene) == 64  # never less
    big = Scene(
        [replace(part, uvs=uvs * 512)], [Material(unlit=True, base=checks(Wrap.repeat))]
    )  # 2,048 texels along 2 m
    assert texture_px_for(big) == 2496  # 2048 where 0.7 of the atlas is filled, in steps of 64
    assert repeats_of(big) == pytest.approx(0.25 * 512**2)


def test_shape_and_vertex_colours_deserve_texels_too():
    plane = bumpy_plane(200)  # 40,401 vertices, four texels each
    assert texture_px_for(plane) == 512
    assert texture_px_for(Scene(plane.parts, [Material(unlit=True)])) == 64
