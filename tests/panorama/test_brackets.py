"""Brackets of exposures, found and fused."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.panorama.rooms import LENS, pano_from_cam, photo_of, texture_sphere, write_photo
from vtour.panorama.brackets import aligned, find_brackets, merge_brackets


@pytest.fixture(scope="module")
def sphere():
    return texture_sphere(768)


def bracketed(folder, sphere, yaws, gains=(0.5, 1.0, 1.8), told=True):
    photos = []
    for yaw in yaws:
        for step, gain in enumerate(gains):
            pixels = photo_of(sphere, LENS, pano_from_cam(yaw, 0), gain)
            photo = write_photo(folder / f"{yaw:03d}-{step}.jpg", pixels)
            photos.append(replace(photo, exposure_ev=float(np.log2(gain)) if told else None))
    return photos


@pytest.mark.parametrize("told", [True, False])
def test_three_exposures_of_each_direction_are_one_group_each(tmp_path, sphere, told):
    groups = find_brackets(bracketed(tmp_path, sphere, [0, 40], told=told))
    assert [[photo.name for photo in group] for group in groups] == [
        ["000-0.jpg", "000-1.jpg", "000-2.jpg"],
        ["040-0.jpg", "040-1.jpg", "040-2.jpg"],
    ]


def test_photos_of_different_directions_are_no_bracket(tmp_path, sphere):
    photos = bracketed(tmp_path, sphere, [0, 20, 40, 60], gains=(1.0,))
    photos = [replace(photo, exposure_ev=float(n % 2)) for n, photo in enumerate(photos)]
    assert [len(group) for group in find_brackets(photos)] == [1, 1, 1, 1]


def test_one_exposure_is_no_bracket(tmp_path, sphere):
    photos = bracketed(tmp_path, sphere, [0], gains=(1.0, 1.0))
    assert len(find_brackets(photos)) == 2


def test_a_fused_photo_takes_the_place_of_its_bracket(tmp_path, sphere):
    photos = bracketed(tmp_path, sphere, [0])
    (fused,) = merge_brackets(photos, tmp_path)
    assert fused.name == "000-0.jpg"
    assert fused.merged_from == ("000-0.jpg", "000-1.jpg", "000-2.jpg")
    with Image.open(fused.path) as image:
        made = np.asarray(image.convert("RGB")).astype(float)
    middle = photo_of(sphere, LENS, pano_from_cam(0, 0)).astype(float)
    assert np.corrcoef(made.ravel(), middle.ravel())[0, 1] > 0.95


def test_a_shaken_exposure_is_moved_back(sphere):
    still = photo_of(sphere, LENS, pano_from_cam(0, 0))
    shaken = photo_of(sphere, LENS, pano_from_cam(1.0, 0.5))
    back = aligned(shaken, still)
    inner = np.s_[20:-20, 20:-20]
    before = np.abs(shaken[inner].astype(float) - still[inner]).mean()
    after = np.abs(back[inner].astype(float) - still[inner]).mean()
    assert after < before / 4
