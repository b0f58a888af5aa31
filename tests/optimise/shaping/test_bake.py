"""Baking: colours land where they were in the world."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.textured_meshes import colours_at, torn_apart, wavy_square

from vtour.glb import TexturedMesh
from vtour.glb.scene import Part, scene_of_mesh
from vtour.optimise.shaping.bake import Wanted, bake_maps, points_on_faces, sample_texture
from vtour.optimise.shaping.master_surface import MasterSurface
from vtour.optimise.shaping.shading_normals import smooth_normals
from vtour.optimise.shaping.unwrap import UnwrapError, unwrap_mesh, uv_area


def bake_texture(source, target, size_px):
    """The base colour of ``target``, (size_px, size_px, 3), seen on ``source``."""
    normals = smooth_normals(target.positions, target.faces)
    part = Part(target.positions, target.faces, normals=normals, uvs=target.uvs)
    return bake_maps(MasterSurface(scene_of_mesh(source)), part, size_px, Wanted()).base


def test_sampling_by_hand():
    texture = np.zeros((2, 4, 3), np.uint8)
    texture[0, 1] = 100
    texture[1, 2] = 200
    uvs = np.array([[0.375, 0.25], [0.5, 0.25], [0.5, 0.5], [0, 0], [1, 1], [-3, 9]], np.float32)
    # centre of texel (0, 1); between it and its right neighbour; between all four; corners

    np.testing.assert_allclose(sample_texture(texture, uvs)[:, 0], [100, 50, 75, 0, 0, 0])


def test_corner_weights_are_those_of_the_second_and_third():
    values = np.array([[0.0], [10.0], [100.0]], np.float32)
    faces = np.array([[0, 1, 2]], np.uint32)
    weights = np.array([[0.25, 0.5]], np.float32)

    assert points_on_faces(values, faces, np.array([0], np.uint32), weights)[0, 0] == 52.5


@pytest.mark.parametrize("size_px", [64, 128])
def test_baked_colours_tell_the_place(size_px):
    source = wavy_square()
    atlas = unwrap_mesh(source.positions, source.faces, size_px)
    bare = TexturedMesh(source.positions[atlas.vertices], None, atlas.uvs, atlas.faces, None)
    baked = bake_texture(torn_apart(source), bare, size_px)

    assert baked.shape == (size_px, size_px, 3)
    middles = bare.positions[bare.faces].mean(axis=1)
    seen = sample_texture(baked, bare.uvs[bare.faces].mean(axis=1))
    np.testing.assert_allclose(seen, colours_at(middles), atol=256 / size_px)


def test_fine_detail_is_averaged_not_picked():
    checks = np.indices((256, 256)).sum(axis=0) % 2 * 200
    source = replace(wavy_square(), texture=np.repeat(checks[..., None], 3, 2).astype(np.uint8))
    baked = bake_texture(source, replace(source, texture=None), 32)

    # Half of the light of level 200, (0.784 + 0.055) / 1.055 to the 2.4 = 0.578, is level 146.
    assert abs(float(baked.mean()) - 146) < 2
    assert float(baked.std()) < 25


def test_bake_is_the_same_on_one_thread(monkeypatch):
    """Bands and threads are only a way of working: any split gives the same texels."""
    source = wavy_square()
    target = replace(source, texture=None)
    whole = bake_texture(source, target, 64)
    monkeypatch.setattr("vtour.optimise.shaping.bake.BAND_TEXELS", 64 * 5)

    np.testing.assert_array_equal(bake_texture(source, target, 64), whole)


def test_charts_do_not_overlap():
    mesh = wavy_square(height=1.0)
    atlas = unwrap_mesh(mesh.positions, mesh.faces, 256)

    np.testing.assert_array_equal(atlas.vertices[atlas.faces], mesh.faces)
    assert atlas.uvs.min() >= 0
    assert atlas.uvs.max() <= 1
    assert 0.3 < uv_area(atlas.uvs, atlas.faces) <= 1


def test_unwrapping_ends_in_time():
    mesh = wavy_square(cells=200)

    with pytest.raises(UnwrapError, match=r"after 0\.1 s"):
        unwrap_mesh(mesh.positions, mesh.faces, 256, limit_s=0.1)
