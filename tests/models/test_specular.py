"""Specular and glossiness as metal and roughness: what is known by hand."""

import numpy as np
import pytest
from model_files import UVS, Gltf, picture

from vtour.models import read_scene
from vtour.models.specular import metal_of


def test_plastic_gold_and_black():
    diffuse = np.array([[0.5, 0.2, 0.1], [0, 0, 0], [0, 0, 0]])
    specular = np.array([[0.04, 0.04, 0.04], [1.0, 0.77, 0.34], [0, 0, 0]])
    base, metal = metal_of(diffuse, specular)

    # a dielectric of 4 % is one already; what only mirrors, in its own colour, is that metal
    np.testing.assert_allclose(base[0], diffuse[0], atol=1e-6)
    np.testing.assert_allclose(base[1], specular[1], atol=1e-3)
    np.testing.assert_allclose(metal, [0, 1, 0], atol=1e-6)
    assert (base[2] == 0).all()


def test_half_a_metal_in_between():
    # b = 0.1842 x 0.8 / 0.96 + 0.2 - 0.08, c = 0.04 - 0.2: the metal is 0.5420, its square 0.2938;
    # red from diffuse 0.5459, from specular 0.3352
    base, metal = metal_of(np.array([[0.3, 0.1, 0.1]]), np.array([[0.2, 0.2, 0.2]]))

    assert metal[0] == pytest.approx(0.5420, abs=2e-4)
    np.testing.assert_allclose(base[0], [0.4840, 0.2270, 0.2270], atol=5e-4)


def material_of(folder, **shiny):
    gltf = Gltf()
    for key, value in shiny.items():
        if isinstance(value, bytes):
            shiny[key] = gltf.texture(value)
    gltf.material(extensions={"KHR_materials_pbrSpecularGlossiness": shiny})
    gltf.document["extensionsRequired"] = ["KHR_materials_pbrSpecularGlossiness"]
    gltf.primitive({"TEXCOORD_0": UVS}, material=0)
    scene = read_scene(gltf.glb(folder / "a.glb"))
    assert "converted to metal and roughness" in scene.notes[0]
    return scene.materials[0]


def test_numbers_alone(tmp_path):
    gold = material_of(
        tmp_path, diffuseFactor=[0, 0, 0, 0.5], specularFactor=[1, 0.77, 0.34],
        glossinessFactor=0.75,
    )  # fmt: skip
    assert gold.base_colour == pytest.approx((1, 0.77, 0.34, 0.5), abs=1e-3)
    assert (gold.metallic, gold.roughness) == (pytest.approx(1), 0.25)


def test_a_picture_that_does_not_mirror_is_kept(tmp_path):
    pixels = np.full((4, 4, 3), (10, 120, 240))
    paint = material_of(
        tmp_path, diffuseTexture=picture(pixels), specularFactor=[0, 0, 0], glossinessFactor=0
    )
    np.testing.assert_array_equal(paint.base.pixels, pixels)
    assert (paint.metallic, paint.roughness, paint.metallic_roughness) == (0, 1, None)


def test_maps_of_two_sizes(tmp_path):
    diffuse = np.full((4, 4, 3), (200, 100, 50))
    diffuse[:, 2:] = 0
    shine = np.zeros((2, 2, 4))
    shine[:, 0], shine[:, 1] = (0, 0, 0, 51), (255, 255, 255, 204)  # paint left, a mirror right
    both = material_of(
        tmp_path, diffuseTexture=picture(diffuse), specularGlossinessTexture=picture(shine)
    )
    np.testing.assert_allclose(both.base.pixels[:, 0], [[204, 102, 51]] * 4, atol=1)  # / 0.96
    np.testing.assert_array_equal(both.base.pixels[:, 3], [[255] * 3] * 4)
    np.testing.assert_allclose(both.metallic_roughness.pixels[:, 0, 1:], [[204, 0]] * 4, atol=1)
    np.testing.assert_allclose(both.metallic_roughness.pixels[:, 3, 1:], [[51, 255]] * 4, atol=1)
    assert (both.metallic, both.roughness) == (1, 1)
