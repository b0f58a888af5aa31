"""Tries of one geometry."""

import numpy as np
import pytest
from optimise.scenes import square

from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Material, Part, Scene, Texture
from vtour.models import read_scene
from vtour.optimise.choosing.subject import Sizes, Subject, side_textures, with_texture_px
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.compare import LIGHTS, MasterViews, looks_of
from vtour.optimise.looks.watch import WATCHED, Watched
from vtour.optimise.writing.write_web import WebOptions

VIEWS = [View((x, 0.4, 3.0), (0.5, 0.5, 0.0), 40.0, 128, 96) for x in (-1.0, 0.5, 2.0)]


def waves(px=128, shift=0.0):
    y, x = np.mgrid[0:px, 0:px] / px
    stacked = np.stack([0.5 + 0.4 * np.sin(k * x + (9 - k) * y + shift) for k in (9, 14, 23)], -1)
    return Texture(np.rint(255 * stacked).astype(np.uint8))


def lit_scene():
    """A bumpy square of two materials; one of them comes second in the list and first in use."""
    positions, uvs, faces = square(cells=12)
    positions[:, 2] += 0.05 * np.sin(6 * positions[:, 0])
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(positions), 1))
    half = len(faces) // 2
    parts = [
        Part(positions, faces[:half], 1, normals=normals, uvs=uvs),
        Part(positions, faces[half:], 0, normals=normals, uvs=uvs),
    ]
    one = Material(name="one", base=waves(), occlusion=waves(64), double_sided=True)
    return Scene(parts, [one, Material(name="two", base=waves(shift=1.0), double_sided=True)])


def subject_of(scene, **web):
    return Subject("kept", scene, Watched(MasterViews(scene, VIEWS), LIGHTS), WebOptions(**web))


@pytest.mark.parametrize("pictures", [PictureFormat.webp, PictureFormat.avif])
def test_a_try_tells_what_the_file_is_like(tmp_path, pictures):
    scene = lit_scene()
    subject = subject_of(scene, pictures=pictures)
    sizes = Sizes(96, 32)
    tried = subject.tried(sizes, 60)
    subject.write(tmp_path / "a.glb", sizes, 60)

    shown = read_scene(tmp_path / "a.glb")
    assert tried.bytes == (tmp_path / "a.glb").stat().st_size
    assert tried.ssim == pytest.approx(looks_of(scene, shown, VIEWS).ssim, abs=1e-5)
    assert (tried.texture_px, tried.side_px, tried.faces) == (96, 32, shown.faces)
    assert sorted(t.pixels.shape[0] for m in shown.materials for t in m.textures) == [32, 96, 96]


def test_only_the_worst_pictures_are_drawn_again():
    subject = subject_of(lit_scene())
    subject.tried(Sizes(96, 32), 60)
    assert len(subject.watched.pairs) == WATCHED

    worst = subject.tried(Sizes(96, 32), 30).ssim
    scene = lit_scene()
    whole = subject_of(scene).tried(Sizes(96, 32), 30).ssim
    assert worst == pytest.approx(whole, abs=2e-3)


def test_the_same_is_not_tried_twice():
    subject = subject_of(lit_scene())
    assert subject.tried(Sizes(96, 32), 60) is subject.tried(Sizes(96, 32), 60)
    assert len(subject.log) == 1


def test_maps_beside_colour_and_shape():
    shared, alone = waves(), waves(64)
    scene = Scene([], [Material(base=shared, occlusion=shared), Material(occlusion=alone)])
    assert side_textures(scene) == {id(alone)}
    small = with_texture_px(scene, 100, 16)
    assert [m.occlusion.pixels.shape[0] for m in small.materials] == [100, 16]
    assert small.materials[0].base is small.materials[0].occlusion
