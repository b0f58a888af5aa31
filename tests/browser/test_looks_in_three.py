"""Our renderer against three.js in a browser: what is compared is what a visitor sees."""

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

from tests.browser.three_pictures import three_page, three_picture
from vtour.glb.scene import AlphaMode, Material, Scene, Texture, Wrap
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.likeness import frame_of, ssim
from vtour.optimise.looks.pictures import Picture, picture_of
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Surface, patches_of

CORNER = View((2.6, 2.2, 3.4), (0.0, 0.0, 0.0), 40.0, 480, 400)
FAR = View((18.0, 9.0, 22.0), (0.0, 0.0, 0.0), 6.0, 320, 320)
SLANTED = View((0.3, -1.6, 0.5), (0.0, 0.1, 0.0), 60.0, 480, 320)


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    yield three_page(context)
    context.close()


def both(page, scene, view, light=Light.unlit):
    """SSIM of our picture and three's, and their mean difference where the scene is."""
    surface = Surface(scene)
    ours = picture_of(surface, view, patches_of(surface, view), Look(light))
    theirs = three_picture(page, scene, view).astype(np.float32)
    one, other = frame_of(ours), frame_of(Picture(theirs, ours.cover))
    assert 0.05 < one.inside.mean() < 0.95
    difference = np.abs(one.luma - other.luma)[one.inside].mean()
    return ssim(one, other), difference


def masked():
    pixels = np.dstack([checker(), np.full((256, 256), 255, np.uint8)])
    pixels[64:128, 32:160, 3] = 0
    behind = Material("behind", base_colour=(0.1, 0.5, 0.1, 1.0), unlit=True, double_sided=True)
    front = Material(base=Texture(pixels), alpha_mode=AlphaMode.mask, unlit=True)
    return Scene([quad(), quad(z=-0.5, material=1, uvs=None)], [front, behind])


def coloured():
    part = box_part("south east high")
    colours = np.random.default_rng(3).random((len(part.positions), 4)).astype(np.float32)
    colours[:, 3] = 1
    return Scene([replace(part, colours=colours, uvs=None)], [Material(unlit=True)])


def inside_out():
    """The far sides of a box alone: their backs are not shown."""
    return Scene([box_part("north south west")], [Material(base=Texture(noise()), unlit=True)])


UNLIT = {
    "box of two materials": (two_material_box(), CORNER),
    "the same, far off": (two_material_box(), FAR),
    "textured quad": (board(noise(256, grain=2)), CORNER),
    "the same, at a slant": (board(checker(512, 64)), SLANTED),
    "odd size": (board(noise(300, grain=3)[:251, :173]), FAR),
    "cut out": (masked(), CORNER),
    "vertex colours": (coloured(), CORNER),
    "backs": (inside_out(), CORNER),
}


@pytest.mark.parametrize("name", UNLIT)
def test_unlit_pictures_are_those_of_three(page, name):
    alike, difference = both(page, *UNLIT[name])

    assert alike >= 0.99
    assert difference < 1.5


@pytest.mark.parametrize("view", [CORNER, FAR], ids=["near", "far"])
def test_lit_pictures_are_those_of_three(page, view):
    alike, difference = both(page, with_normals_bent(two_material_box()), view, Light.lit)

    assert alike >= 0.99
    assert difference < 1.5


def test_another_texture_is_seen(page):
    """The comparison can fail: a wrap mode that three has and we have not."""
    scene = two_material_box()
    clamped = replace(scene.materials[0].base, wrap=(Wrap.clamp, Wrap.clamp))
    wrong = replace(
        scene, materials=[replace(scene.materials[0], base=clamped), scene.materials[1]]
    )
    surface = Surface(wrong)
    ours = picture_of(surface, CORNER, patches_of(surface, CORNER), Look(Light.unlit))
    theirs = three_picture(page, scene, CORNER).astype(np.float32)

    assert ssim(frame_of(ours), frame_of(Picture(theirs, ours.cover))) < 0.9
