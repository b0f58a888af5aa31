"""Which lens is chosen, on cameras and points that are made with a known one."""

import numpy as np
import pycolmap
import pytest

from vtour.files import tree_digest
from vtour.progress import no_progress
from vtour.reconstruct.lenses import (
    LADDER,
    Lens,
    Trial,
    best_trial,
    choose_lens,
    held_out,
    richest,
    set_lens,
    stays_in_the_middle,
)


def made(lens, params, frames=12, noise_px=0.3, of_another=0):
    """A model of wide photos on a ring, looking in, with noisy observations of random points.

    The first photos may be those of another camera of the same kind. The middles that the cameras
    say they have are those of the photos.
    """
    rng = np.random.default_rng(1)
    model = pycolmap.Reconstruction()
    for number in (1, 2) if of_another else (1,):
        camera = pycolmap.Camera.create_from_model_name(number, lens, 500, 800, 600)
        camera.params = params
        model.add_camera_with_trivial_rig(camera)
    points = rng.uniform(-3, 3, (500, 3))
    tracks = [pycolmap.Track() for _ in points]
    for number, turn in enumerate(np.linspace(0, 4, frames), start=1):
        cam_from_world = looking_in(turn, rng.uniform(-0.5, 0.5, 3))
        seen = model.cameras[1].img_from_cam(cam_from_world * points)
        inside = ((seen > 0) & (seen < [800, 600])).all(axis=1)
        seen = seen[inside] + rng.normal(0, noise_px, (inside.sum(), 2))
        for index, point in enumerate(np.flatnonzero(inside)):
            tracks[point].add_element(number, index)
        camera_id = 2 if number <= of_another else 1
        image = pycolmap.Image(name=f"{number}.jpg", camera_id=camera_id, image_id=number)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(xy) for xy in seen])
        model.add_image_with_trivial_frame(image, cam_from_world)
    for xyz, track in zip(points, tracks, strict=True):
        if track.length() > 1:
            model.add_point3D(xyz, track, np.zeros(3, np.uint8))
    for camera in model.cameras.values():
        camera.principal_point_x, camera.principal_point_y = 400, 300
    return model


def looking_in(turn, jitter):
    """Pose (pycolmap) of a camera 6 units from the middle, looking about there."""
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), np.array([0, 0, 6]) + jitter)


def chosen(model, min_gain=0.005):
    found = choose_lens(
        model, solve_focal=True, min_gain=min_gain, max_shift=0.01, progress=no_progress
    )
    return found[0], found[1], found[2].name


def test_a_simple_lens_stays_simple():
    model, trials, name = chosen(made("SIMPLE_RADIAL", [500, 400, 300, -0.05]))
    assert name == "SIMPLE_RADIAL"
    assert model.cameras[1].params == pytest.approx([500, 400, 300, -0.05], rel=0.01, abs=0.005)
    assert [trial.lens for trial in trials] == list(LADDER)


def test_a_second_term_is_found():
    model, _, name = chosen(made("RADIAL", [500, 400, 300, -0.15, 0.12]))
    assert name == "RADIAL"
    assert model.cameras[1].params == pytest.approx(
        [500, 400, 300, -0.15, 0.12], rel=0.02, abs=0.01
    )


def test_a_middle_that_is_off_is_found():
    model, _, name = chosen(made("RADIAL", [500, 404, 297, -0.15, 0.12]))
    assert name == "RADIAL, principal point too"
    assert model.cameras[1].params[1:3] == pytest.approx([404, 297], abs=0.5)


def test_few_photos_do_not_carry_a_rich_lens():
    _, trials, _ = chosen(made("RADIAL", [500, 404, 297, -0.15, 0.12], frames=6))
    assert [trial.lens.name for trial in trials] == ["SIMPLE_RADIAL", "RADIAL"]


def test_a_camera_of_few_photos_takes_what_it_can_carry():
    model = made("RADIAL", [500, 404, 297, -0.15, 0.12], frames=14, of_another=2)
    before = model.cameras[2].params.tolist()
    other, trials, name = chosen(model)
    assert len(trials) == len(LADDER)
    assert name == "RADIAL, principal point too"
    assert other.cameras[1].params[1] == pytest.approx(404, abs=1)
    assert other.cameras[2].params.tolist() == before
    assert richest(LADDER[3], 1) is LADDER[0]
    assert richest(LADDER[3], 2) is LADDER[1]
    assert richest(LADDER[0], 50) is LADDER[0]


def test_the_model_that_was_given_is_left_alone():
    model = made("OPENCV", [700, 702, 400, 300, -0.05, 0, 0, 0])
    before = model.cameras[1].params.tolist()
    other, _, name = chosen(model)
    assert (model.cameras[1].model.name, model.cameras[1].params.tolist()) == ("OPENCV", before)
    assert other.cameras[1].model.name == name.split(",")[0]


def test_the_same_bytes_again(tmp_path):
    for name in ("one", "two"):
        model, _, _ = chosen(made("RADIAL", [500, 400, 300, -0.15, 0.12]))
        (tmp_path / name).mkdir()
        model.write(tmp_path / name)
    assert tree_digest(tmp_path / "one") == tree_digest(tmp_path / "two")


def test_too_few_points_choose_nothing():
    model = made("RADIAL", [500, 400, 300, -0.15, 0.12], frames=3)
    assert choose_lens(model, solve_focal=True, min_gain=0, max_shift=1, progress=no_progress) == (
        model,
        [],
        None,
    )


def test_one_observation_of_a_long_track_is_held_out():
    model = made("SIMPLE_RADIAL", [700, 400, 300, 0], frames=5)
    held = held_out(model)
    assert len({point for point, _, _ in held}) == len(held)
    for point, image, index in held:
        elements = model.points3D[point].track.elements
        assert len(elements) >= 4
        assert (image, index) in {(one.image_id, one.point2D_idx) for one in elements}


def trial(error_px, is_sound=True):
    return Trial(Lens("RADIAL", False, 1), error_px, is_sound)


def test_a_richer_lens_has_to_earn_its_place():
    simple, barely, clearly = trial(1.0), trial(0.996), trial(0.99)
    unsound = trial(0.5, is_sound=False)
    assert best_trial([simple, barely], 0.005) is simple
    assert best_trial([simple, barely, clearly], 0.005) is clearly
    assert best_trial([simple, clearly, unsound], 0.005) is clearly
    assert best_trial([simple, clearly, trial(0.986)], 0.005) is clearly  # beats the first alone


def test_what_two_models_know_is_kept():
    camera = pycolmap.Camera.create_from_model_name(3, "OPENCV", 700, 800, 600)
    camera.params = [690, 710, 401, 299, -0.1, 0.2, 0.003, 0.004]
    set_lens(camera, "SIMPLE_RADIAL")
    assert camera.params.tolist() == pytest.approx([700, 401, 299, -0.1])
    set_lens(camera, "RADIAL")
    assert camera.params.tolist() == pytest.approx([700, 401, 299, -0.1, 0])
    set_lens(camera, "OPENCV")
    assert camera.params.tolist() == pytest.approx([700, 700, 401, 299, -0.1, 0, 0, 0])


def test_a_principal_point_far_off_is_not_sound():
    model = made("SIMPLE_RADIAL", [700, 400, 300, 0], frames=4)
    assert stays_in_the_middle(model, 0.01)
    model.cameras[1].params = np.array([700, 400, 309, 0])  # 9 px of 800
    assert not stays_in_the_middle(model, 0.01)
