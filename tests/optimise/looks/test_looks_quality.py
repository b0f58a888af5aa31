"""The search for the lowest quality."""

import io

import numpy as np
import pytest
from optimise.looks.looks_scenes import board, noise
from PIL import Image

from vtour.glb.scene import Material, Texture, Wrap
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.compare import MasterViews, texture_ssim
from vtour.optimise.looks.pictures import Sights
from vtour.optimise.looks.quality import decoded, quality_for, wearing
from vtour.optimise.looks.surface import Surface


def search(target, ssim_by_quality, **more):
    """With pictures whose bytes tell their quality."""
    return quality_for(
        target, lambda quality: bytes(quality), lambda data: ssim_by_quality(len(data)), **more
    )


@pytest.mark.parametrize("wanted", [20, 21, 57, 58, 94, 95])
def test_the_lowest_that_reaches_the_target(wanted):
    choice = search(wanted / 100, lambda quality: quality / 100)

    assert choice.reached
    assert choice.chosen.quality == wanted
    assert choice.data == bytes(wanted)
    assert choice.chosen.bytes == wanted
    assert len(choice.tries) <= 7
    assert choice.chosen in choice.tries


def test_out_of_reach():
    choice = search(0.98, lambda quality: 0.5 + quality / 1000)

    assert not choice.reached
    assert choice.chosen.quality == 95
    assert choice.data == bytes(95)


def test_bounds():
    assert search(0.5, lambda _: 0.9, lowest=40, highest=60).chosen.quality == 40
    assert search(0.5, lambda _: 0.1, lowest=60, highest=60).chosen.quality == 60


def test_what_is_chosen_was_measured_though_quality_has_dents():
    """57 fails though 50 passes: nothing is concluded about what was not tried."""
    dented = {57: 0.5}
    choice = search(0.9, lambda quality: dented.get(quality, 0.95 if quality >= 50 else 0.8))

    assert choice.reached
    assert choice.chosen.ssim >= 0.9
    passed = [each.quality for each in choice.tries if each.ssim >= 0.9]
    assert choice.chosen.quality == min(passed)


def test_a_search_on_pictures():
    texture = Texture(noise(128, grain=4), (Wrap.repeat, Wrap.repeat))
    scene = board(texture.pixels)
    texture = scene.materials[0].base
    view = View((0.5, 0.3, 4.0), (0.0, 0.0, 0.0), 40.0, 160, 160)
    master, sights = MasterViews(scene, [view]), Sights(Surface(scene), [view])

    def encode(quality):
        stream = io.BytesIO()
        Image.fromarray(texture.pixels).save(stream, "JPEG", quality=quality)
        return stream.getvalue()

    def ssim_of(data):
        new = decoded(data, texture)
        return min(texture_ssim(master, sights, wearing(scene.materials, texture, new)))

    choice = quality_for(0.97, encode, ssim_of)
    assert choice.reached
    assert 20 < choice.chosen.quality < 95
    assert ssim_of(encode(choice.chosen.quality - 1)) < 0.97 <= choice.chosen.ssim


def test_a_picture_file_keeps_wrap_and_alpha():
    pixels = np.dstack([noise(16), np.full((16, 16), 77, np.uint8)])
    like = Texture(pixels, (Wrap.mirror, Wrap.clamp))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    found = decoded(stream.getvalue(), like)

    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.wrap == like.wrap


def test_a_texture_is_replaced_wherever_it_is():
    old, new, other = (Texture(noise(4, seed=seed)) for seed in range(3))
    materials = [Material(base=old, normal=other), Material(metallic_roughness=old, occlusion=old)]
    first, second = wearing(materials, old, new)

    assert (first.base, first.normal) == (new, other)
    assert (second.metallic_roughness, second.occlusion, second.base) == (new, new, None)
