"""Matches that contradict the solved cameras, planted in a database of exact ones."""

import numpy as np
import pycolmap
import pytest

from vtour.reconstruct.repeats import contradictions, repeat_warnings, sampson_errors


@pytest.fixture
def made(tmp_path):
    """A database of exact matches between 6 photos, and the model they were made of."""
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig = 1, 1
    options.num_frames_per_rig, options.num_points3D = 6, 150
    pycolmap.set_random_seed(1)
    with pycolmap.Database.open(tmp_path / "database.db") as database:
        model = pycolmap.synthesize_dataset(options, database)
    return tmp_path / "database.db", model


def plant(database, pairs, count=60):
    """Verified matches between keypoints that have nothing to do with each other."""
    rng = np.random.default_rng(0)
    with pycolmap.Database.open(database) as opened:
        for first, second in pairs:
            geometry = opened.read_two_view_geometry(first, second)
            chosen = [rng.permutation(150)[:count] for _ in range(2)]
            geometry.inlier_matches = np.stack(chosen, axis=1).astype(np.uint32)
            opened.delete_two_view_geometry(first, second)
            opened.write_two_view_geometry(first, second, geometry)


def test_true_matches_contradict_nothing(made):
    database, model = made
    assert contradictions(model, database) == []


def test_false_matches_are_told(made):
    database, model = made
    plant(database, [(1, 4), (2, 5)])
    found = contradictions(model, database)
    names = {one: model.images[one].name for one in range(1, 7)}
    assert found == [(names[1], names[4], 60), (names[2], names[5], 60)]
    (told,) = repeat_warnings(found)
    assert told.startswith("repeated structure: 2 pairs of photos match although")
    assert f"{names[1]} and {names[4]}, {names[2]} and {names[5]})" in told


def test_one_pair_alone_is_not_told(made):
    database, model = made
    plant(database, [(1, 4)])
    found = contradictions(model, database)
    assert len(found) == 1
    assert repeat_warnings(found) == []


def test_photos_that_were_not_solved_do_not_count(made):
    database, model = made
    plant(database, [(1, 4), (2, 5)])
    for one in (4, 5):
        model.deregister_frame(model.images[one].frame_id)
    assert contradictions(model, database) == []


def test_sampson_error_of_a_step_aside():
    # Moved along x, epipolar lines are rows: 0.02 across is shared by both photos, 0.02 / sqrt 2
    moved = pycolmap.Rigid3d(pycolmap.Rotation3d(), np.array([-1.0, 0, 0]))
    here = np.array([[0.1, 0.2, 1], [0.1, 0.2, 1]])
    there = np.array([[-0.3, 0.2, 1], [-0.3, 0.22, 1]])
    assert sampson_errors(moved, here, there) == pytest.approx([0, 0.02 / np.sqrt(2)], abs=1e-9)
