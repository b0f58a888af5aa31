"""What a view sees: which faces, through what, and how much of each pixel."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.looks.looks_scenes import board, box_part, checker, quad, two_material_box

from vtour.glb.scene import AlphaMode, Material, Scene, Texture
from vtour.optimise.looks import surface as surface_module
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.pictures import cover_of, picture_of
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Surface, patches_of

AHEAD = View((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), 2 * np.degrees(np.arctan(0.5)), 80, 80)
"""4 x 4 m at z = 0, 20 px a metre."""
BEHIND = replace(AHEAD, position=(0.0, 0.0, -4.0))


def plain(colour, **more):
    return Material(base_colour=(*colour, 1.0), unlit=True, **more)


def seen(scene, view=AHEAD):
    surface = Surface(scene)
    return picture_of(surface, view, patches_of(surface, view), Look(Light.unlit))


def test_cover_is_the_area_also_between_pixels():
    picture = seen(Scene([quad((-1, -1), (0.525, 1))], [plain((1, 1, 1))]))

    # 20.5 + 10 columns of 40 rows
    assert picture.cover.sum() == pytest.approx(40 * 30.5, abs=0.5)
    assert picture.cover[40, 50] == pytest.approx(0.5)
    assert picture.pixels[40, 50, 0] == pytest.approx((255 + 128) / 2)
    assert picture.pixels[0, 0, 0] == 128


def test_backs_are_seen_of_double_sided_materials_alone():
    for double in (False, True):
        scene = Scene([quad()], [plain((1, 0, 0), double_sided=double)])
        assert seen(scene).cover[40, 40] == 1
        assert seen(scene, BEHIND).cover[40, 40] == double


def test_through_what_is_cut_out_something_else_is_seen():
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[:, :2, 3] = 100  # the west half; the cutoff is 0.5 = 127.5
    front = Material(base=Texture(pixels), alpha_mode=AlphaMode.mask, unlit=True)
    picture = seen(Scene([quad(), quad(z=-1, material=1)], [front, plain((0, 0, 1))]))

    np.testing.assert_allclose(picture.pixels[40, 24], [0, 0, 255], atol=0.1)
    np.testing.assert_allclose(picture.pixels[40, 56], 255, atol=0.1)
    lower = replace(front, alpha_cutoff=0.3)
    picture = seen(Scene([quad(), quad(z=-1, material=1)], [lower, plain((0, 0, 1))]))
    np.testing.assert_allclose(picture.pixels[40, 24], 255, atol=0.1)


def test_a_veil_lets_its_share_through():
    veil = Material(base_colour=(1, 0, 0, 0.25), alpha_mode=AlphaMode.blend, unlit=True)
    picture = seen(Scene([quad(), quad(z=-1, material=1)], [veil, plain((0, 0, 1))]))

    np.testing.assert_allclose(picture.pixels[40, 40], [64, 0, 191], atol=0.5)
    assert seen(Scene([quad()], [veil])).cover[40, 40] == pytest.approx(0.25)


def test_alpha_of_opaque_materials_means_nothing():
    scene = Scene([quad()], [Material(base_colour=(1, 1, 1, 0.1), unlit=True)])
    assert seen(scene).cover[40, 40] == 1


def test_nearer_parts_hide_others_and_keep_their_own_materials():
    scene = Scene(
        [quad(material=1), quad((-1, -1), (0, 1), z=0.5)], [plain((1, 0, 0)), plain((0, 1, 0))]
    )
    picture = seen(scene)

    np.testing.assert_allclose(picture.pixels[40, 30], [255, 0, 0], atol=0.1)
    np.testing.assert_allclose(picture.pixels[40, 50], [0, 255, 0], atol=0.1)


def test_vertex_colours_are_linear_and_multiply():
    part = quad()
    colours = np.tile(np.array([0.5, 0.5, 1, 1], np.float32), (4, 1))
    picture = seen(Scene([replace(part, colours=colours)], [plain((1, 0.5, 1))]))

    # half of the light is 187.5, a quarter 137
    np.testing.assert_allclose(picture.pixels[40, 40], [187.5, 136.96, 255], atol=0.3)


def test_bands_of_rows_join_without_a_trace(monkeypatch):
    view = View((2.6, 2.2, 3.4), (0.0, 0.0, 0.0), 45.0, 120, 100)
    whole = seen(two_material_box(), view)
    monkeypatch.setattr(surface_module, "BAND_RAYS", 120 * 7)
    bands = seen(two_material_box(), view)

    np.testing.assert_array_equal(whole.pixels, bands.pixels)
    np.testing.assert_array_equal(whole.cover, bands.cover)


def test_only_outlines_take_more_than_one_ray():
    view = View((2.6, 2.2, 3.4), (0.0, 0.0, 0.0), 45.0, 120, 100)
    patches = patches_of(Surface(two_material_box()), view)
    middles = sum(int((patch.weight == 1).sum()) for patch in patches)
    corners = sum(int((patch.weight < 1).sum()) for patch in patches)

    assert cover_of(view, patches).max() == 1
    assert 0 < corners / 4 < 0.12 * middles


def test_a_part_without_uvs_or_material_is_drawn():
    bare = replace(box_part("south"), uvs=None, normals=None, material=7)
    picture = seen(Scene([bare], board(checker()).materials))

    np.testing.assert_allclose(picture.pixels[40, 40], 255)
