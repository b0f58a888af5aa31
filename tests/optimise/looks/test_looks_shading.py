"""Light on surfaces, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from optimise.looks.looks_scenes import quad

from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.pictures import picture_of
from vtour.optimise.looks.shading import GROUND, Light, Look, normals_of
from vtour.optimise.looks.surface import Paints, Surface, patches_of

AHEAD = View((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), 40.0, 40, 40)
WHITE = Material()
MIDDLE = (20, 20)


def linear(byte):
    level = byte / 255
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def lit(material, part=None, view=AHEAD):
    surface = Surface(Scene([part or quad()], [material]))
    picture = picture_of(surface, view, patches_of(surface, view), Look(Light.lit))
    return np.array([linear(value) for value in picture.pixels[MIDDLE]])


def expected_wall(albedo, open_share=1.0):
    """A wall that faces +Z, seen straight on, as rough as can be.

    Sky: half white, half ground. Sun: (0.6, 1, 0.8) / 1.414, so its cosine is 0.566. Half way
    between eye and sun the cosine with both is sqrt((1 + 0.566) / 2). GGX with roughness 1:
    D = 1 / pi, V = 0.5 / (0.566 + 1).
    """
    cosine = 0.8 / np.sqrt(2)
    sky = 1.9 * (0.5 + 0.5 * GROUND) * open_share
    seen = 0.5 / (1 + cosine)
    fresnel = 0.04 + 0.96 * (1 - np.sqrt((1 + cosine) / 2)) ** 5
    diffuse = albedo / np.pi
    return diffuse * 0.96 * sky + 1.8 * cosine * (diffuse * (1 - fresnel) + fresnel / np.pi * seen)


def test_a_white_wall():
    np.testing.assert_allclose(lit(WHITE), expected_wall(1.0), rtol=0.01)


def test_occlusion_darkens_the_sky_and_not_the_sun():
    half = Texture(np.full((2, 2, 3), (0, 255, 255), np.uint8))
    material = replace(WHITE, occlusion=half, occlusion_strength=0.5)

    np.testing.assert_allclose(lit(material), expected_wall(1.0, 0.5), rtol=0.01)


def test_emission_is_added_and_unlit_is_not_lit():
    glowing = replace(WHITE, base_colour=(0, 0, 0, 1), emissive=(0.0, 0.0, 0.5))

    np.testing.assert_allclose(
        lit(glowing) - lit(replace(glowing, emissive=(0, 0, 0))), [0, 0, 0.5], atol=0.005
    )
    np.testing.assert_allclose(
        lit(Material(base_colour=(0.2, 0.4, 0.6, 1), unlit=True)), [0.2, 0.4, 0.6], atol=0.003
    )


def test_metals_have_no_colour_but_their_shine():
    metal = replace(WHITE, metallic=1.0, roughness=1.0, base_colour=(1.0, 0.5, 0.0, 1.0))
    found = lit(metal)

    assert found[2] < 0.02
    assert found[0] / found[1] == pytest.approx(2, rel=0.05)


def bent(towards):
    """A normal map that says the same everywhere."""
    vector = np.array(towards) / np.linalg.norm(towards)
    return Texture(np.full((2, 2, 3), np.rint((vector + 1) * 127.5), np.uint8))


def normal(part, material, view=AHEAD):
    surface = Surface(Scene([part], [material]))
    patches = patches_of(surface, view)
    return normals_of(material, part, patches[0], Paints()).mean(axis=0)


TILTED_RIGHT, TILTED_UP = (1, 0, 1), (0, 1, 1)


@pytest.mark.parametrize("with_tangents", [False, True])
@pytest.mark.parametrize(
    ("towards", "expected"),
    [(TILTED_RIGHT, (0.707, 0, 0.707)), (TILTED_UP, (0, 0.707, 0.707))],
)
def test_normal_maps_bend_along_u_and_against_v(with_tangents, towards, expected):
    """The quad's u grows to the right, its v downwards: glTF's green is up."""
    part = quad()
    if with_tangents:
        normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
        tangents = np.tile(np.array([1, 0, 0, 1], np.float32), (4, 1))
        part = replace(part, normals=normals, tangents=tangents)
    found = normal(part, replace(WHITE, normal=bent(towards)))

    np.testing.assert_allclose(found, expected, atol=0.01)


def test_mirrored_uvs_bend_the_other_way():
    part = quad()
    part = replace(part, uvs=part.uvs * np.array([-1, 1], np.float32))
    found = normal(part, replace(WHITE, normal=bent(TILTED_RIGHT)))

    np.testing.assert_allclose(found, (-0.707, 0, 0.707), atol=0.01)


def test_scale_makes_bumps_flatter():
    found = normal(quad(), replace(WHITE, normal=bent(TILTED_RIGHT), normal_scale=0.5))
    np.testing.assert_allclose(found, np.array([0.5, 0, 1]) / np.sqrt(1.25), atol=0.01)


def test_backs_are_lit_from_their_own_side():
    view = replace(AHEAD, position=(0.0, 0.0, -4.0))
    found = normal(quad(), replace(WHITE, double_sided=True), view)
    np.testing.assert_allclose(found, (0, 0, -1), atol=1e-6)


def test_normals_are_interpolated():
    slanted = np.array([[-1, 0, 1], [1, 0, 1], [1, 0, 1], [-1, 0, 1]], np.float32)
    slanted /= np.sqrt(2)
    part = replace(quad(), normals=slanted)
    surface = Surface(Scene([part], [WHITE]))
    found = normals_of(WHITE, part, patches_of(surface, AHEAD)[0], Paints())

    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found[:, 0].min() < -0.6 and found[:, 0].max() > 0.6


def test_a_triangle_without_area_in_its_texture_has_a_normal():
    part = quad()
    part = Part(part.positions, part.faces, uvs=np.zeros((4, 2), np.float32))
    found = normal(part, replace(WHITE, normal=bent(TILTED_RIGHT)))
    np.testing.assert_allclose(found, (0, 0, 1), atol=1e-5)
