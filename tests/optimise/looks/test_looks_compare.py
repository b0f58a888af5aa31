"""Scenes against scenes: alike, half missing, blurred, shown in light."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.looks.looks_scenes import (
    board,
    box_part,
    checker,
    noise,
    quad,
    two_material_box,
    with_normals_bent,
)
from PIL import Image, ImageFilter

from vtour.glb.scene import Material, Scene, Texture
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.compare import MasterViews, looks_and_frames, looks_of, texture_ssim
from vtour.optimise.looks.likeness import NO_DIFFERENCE_DB
from vtour.optimise.looks.pictures import Sights
from vtour.optimise.looks.ring import views_of
from vtour.optimise.looks.shading import Light
from vtour.optimise.looks.surface import Surface

AHEAD = View((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), 2 * np.degrees(np.arctan(0.5)), 160, 160)


def blurred(pixels, radius):
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


@pytest.mark.parametrize("scene", [two_material_box(), with_normals_bent(two_material_box())])
def test_a_scene_looks_like_itself(scene):
    looks = looks_of(scene, scene, views_of(scene, count=3, px=128))

    assert looks.ssim == looks.mean_ssim == 1
    assert looks.psnr_db == NO_DIFFERENCE_DB
    assert looks.silhouette_share == looks.silhouette_px == 0


def test_half_of_it_is_missing():
    scene = Scene([quad(uvs=None)], [Material(base_colour=(1, 0.2, 0.2, 1), unlit=True)])
    half = replace(scene, parts=[quad((-1, -1), (0, 1), uvs=None)])
    looks = looks_of(scene, half, [AHEAD])

    # 40 px a metre: 80 x 80 px, and 40 x 80
    assert looks.silhouette_share == 0.5
    assert looks.silhouette_px == 40
    assert 0.3 < looks.ssim < 0.95


def test_the_more_a_texture_is_blurred_the_less_it_looks_alike():
    pixels = noise(256, grain=2)
    master = MasterViews(board(pixels), [AHEAD])
    found = [looks_of(master, board(blurred(pixels, radius))).ssim for radius in (0, 0.7, 1.5, 4)]

    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[3] < 0.5


def test_only_textures_tried_is_the_same_as_all_anew():
    scene = two_material_box()
    views = views_of(scene, count=4, px=160)
    master = MasterViews(scene, views, (Light.unlit,))
    walls = scene.materials[0]
    worse = replace(walls, base=Texture(blurred(walls.base.pixels, 3), walls.base.wrap))
    materials = [worse, scene.materials[1]]
    sights = Sights(Surface(scene), views)

    found = texture_ssim(master, sights, materials)
    expected = looks_of(master, replace(scene, materials=materials))
    np.testing.assert_allclose(found, [each.ssim for each in expected.views], atol=1e-9)
    assert texture_ssim(master, sights, scene.materials) == [1.0] * 4
    assert looks_of(master, sights).ssim == 1


def test_bumps_are_seen_in_light_alone():
    scene = with_normals_bent(two_material_box())
    flat = replace(scene.materials[0], normal=None)
    views = views_of(scene, count=2, px=160)
    looks = looks_of(scene, replace(scene, materials=[flat, scene.materials[1]]), views)

    unlit = [each.ssim for each in looks.views if each.light is Light.unlit]
    lit = [each.ssim for each in looks.views if each.light is Light.lit]
    assert unlit == [1, 1]
    assert max(lit) < 0.995
    assert looks.worst.light is Light.lit
    assert looks.ssim == min(lit)


def test_light_is_left_out_where_it_changes_nothing():
    scene = board(checker())
    assert len(looks_of(scene, scene, [AHEAD]).views) == 1
    lit = replace(scene, materials=[replace(scene.materials[0], unlit=False)])
    looks = looks_of(scene, lit, [AHEAD])
    assert [each.light for each in looks.views] == [Light.unlit, Light.lit]
    assert looks.views[0].ssim == 1 > looks.views[1].ssim


def test_pictures_of_the_worst_view():
    scene = Scene([box_part("south north east west high low")], board(checker()).materials)
    views = views_of(scene, count=4, px=96)
    less = replace(scene, parts=[box_part("south east west high low")])
    looks, one, other = looks_and_frames(scene, less, views)

    assert one.pixels.shape == other.pixels.shape
    assert (one.pixels != other.pixels).any()
    assert looks.to_json()["worst_view"] == looks.worst.view
    assert looks.to_json()["ssim"] == round(looks.ssim, 5)


def test_same_scenes_same_figures():
    scene = with_normals_bent(two_material_box())
    other = replace(scene, parts=[scene.parts[0]])
    views = views_of(scene, count=3, px=96)
    assert looks_of(scene, other, views) == looks_of(scene, other, views)
