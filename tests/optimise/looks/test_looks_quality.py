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
from vtour.optimise.looks.quality import (
    CLOSE,
    FINE,
    Goal,
    Try,
    decoded,
    try_qualities,
    wearing,
)
from vtour.optimise.looks.surface import Surface

PLENTY = 10**9


def search(ssim_by_quality, ssim=0.98, most=PLENTY, **more):
    """Of pictures of as many bytes as their quality."""
    asked = []

    def tried(quality):
        asked.append(quality)
        return Try(quality, ssim_by_quality(quality), quality)

    goal = Goal(ssim, most)
    tries = try_qualities(goal, tried, **more)
    assert [each.quality for each in tries] == asked and len(set(asked)) == len(asked)
    return goal.best(tries), tries


@pytest.mark.parametrize("wanted", [20, 21, 57, 58, 94, 95])
@pytest.mark.parametrize("start", [20, 60, 80, 95])
@pytest.mark.parametrize("step", [0.0004, 0.001, 0.004])
def test_about_the_lowest_that_reaches_the_target(wanted, start, step):
    best, tries = search(lambda quality: 0.98 + (quality - wanted) * step, start=start)

    assert best.ssim >= 0.98
    assert best.quality - wanted <= FINE or best.ssim < 0.98 + CLOSE
    assert len(tries) <= 7


def test_few_tries_where_ssim_is_curved():
    """As measured of a normal map: 0.957, 0.969, 0.9774, 0.9813 at 57, 76, 86, 91."""
    points = ([20, 57, 76, 86, 91, 95], [0.92, 0.9565, 0.9690, 0.9774, 0.9813, 0.983])
    best, tries = search(lambda quality: float(np.interp(quality, *points)))

    assert best.quality in (90, 91)
    assert len(tries) <= 4


def test_out_of_reach_is_the_highest_quality():
    best, tries = search(lambda quality: 0.9 + quality / 2000)

    assert best.quality == 95
    assert len(tries) <= 3


def test_as_good_as_fits():
    best, _ = search(lambda quality: 0.5 + quality / 1000, most=60)

    assert 60 * 0.97 <= best.bytes <= 60


def test_nothing_fits_is_the_smallest():
    best, _ = search(lambda quality: 0.5 + quality / 1000, most=10)

    assert best.quality == 20


def test_it_ends_when_it_cannot_win():
    """70 bytes reach the target; this way, 80 bytes do not."""
    better = Try(70, 0.985, 70)
    _, tries = search(lambda quality: 0.9 + quality / 2000, start=80, beaten=better)
    assert len(tries) == 1


def test_it_goes_on_while_it_may_win():
    better = Try(70, 0.985, 70)
    best, _ = search(lambda quality: 0.98 + (quality - 50) / 1000, start=70, beaten=better)
    assert best.ssim >= 0.98 and best.bytes <= 52


def test_bounds():
    assert search(lambda _: 0.9, ssim=0.5, lowest=40, highest=60)[0].quality == 40
    assert search(lambda _: 0.1, ssim=0.5, lowest=60, highest=60)[0].quality == 60


def test_what_is_chosen_was_measured_though_quality_has_dents():
    """57 fails though 50 passes: nothing is concluded about what was not tried."""
    best, tries = search(
        lambda quality: 0.5 if quality == 57 else 0.95 if quality >= 50 else 0.8,
        ssim=0.9,
        start=57,
    )

    assert best.ssim >= 0.9
    assert best.quality == min(each.quality for each in tries if each.ssim >= 0.9)


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

    def tried(quality):
        data = encode(quality)
        return Try(quality, ssim_of(data), len(data))

    goal = Goal(0.97, PLENTY)
    best = goal.best(try_qualities(goal, tried))
    assert 20 < best.quality < 95
    assert best.ssim >= 0.97
    assert best.ssim < 0.97 + CLOSE or ssim_of(encode(best.quality - FINE)) < 0.97


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
