"""The mappers on exact matches, and which result is kept."""

import pycolmap
import pytest

from vtour.files import tree_digest
from vtour.progress import no_progress
from vtour.reconstruct import sparse
from vtour.reconstruct.mapper import Freedom, better, drop_weak_photos, run_global_mapper
from vtour.reconstruct.sparse import SparseOptions, solve_models


@pytest.fixture
def made(tmp_path):
    """A database of exact matches between 8 photos, and the model they were made of."""
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig = 1, 1
    options.num_frames_per_rig, options.num_points3D = 8, 200
    options.camera_has_prior_focal_length = True
    pycolmap.set_random_seed(1)
    with pycolmap.Database.open(tmp_path / "database.db") as database:
        model = pycolmap.synthesize_dataset(options, database)
    return tmp_path / "database.db", model


def test_the_global_mapper_places_all_with_the_same_bytes(made, tmp_path):
    for name in ("one", "two"):
        (found,) = run_global_mapper(made[0], Freedom())
        assert found.num_reg_images() == 8
        (tmp_path / name).mkdir()
        found.write(tmp_path / name)
    assert tree_digest(tmp_path / "one") == tree_digest(tmp_path / "two")


def test_the_global_mapper_finds_nothing_without_matches(made):
    with pycolmap.Database.open(made[0]) as database:
        database.clear_two_view_geometries()
    assert run_global_mapper(made[0], Freedom()) == []


def thin_out(model, image_id, left):
    """Take all but some of a photo's points away from it."""
    seen = [i for i, p in enumerate(model.images[image_id].points2D) if p.has_point3D()]
    for index in seen[left:]:
        model.delete_observation(image_id, index)


def test_photos_that_see_hardly_any_points_are_dropped(made):
    _, model = made
    thin_out(model, 3, 14)
    thin_out(model, 5, 15)
    drop_weak_photos(model, 3)
    assert sorted(model.reg_image_ids()) == [1, 2, 4, 5, 6, 7, 8]
    assert model.num_points3D() == 200


def test_weak_photos_stay_when_too_few_would_be_left(made):
    _, model = made
    thin_out(model, 3, 14)
    drop_weak_photos(model, 8)
    assert model.num_reg_images() == 8


class Model:
    """As much of a reconstruction as decides."""

    def __init__(self, photos, points=100, error_px=0.5):
        self.num_reg_images = lambda: photos
        self.num_points3D = lambda: points
        self.compute_mean_reprojection_error = lambda: error_px


def test_more_photos_are_better_and_then_more_points():
    few, many, dense = Model(5), Model(6), Model(5, points=200)
    assert better([many], [few])
    assert better([dense], [few])
    assert not better([few], [many])
    assert not better([few], [few])


def test_more_photos_at_a_larger_error_are_not_better():
    assert not better([Model(6, error_px=0.8)], [Model(5)])


def test_a_global_model_alone_proves_nothing():
    assert not better([Model(6)], [])
    assert not better([], [Model(5)])


@pytest.mark.parametrize(
    ("incremental", "whole", "kept"), [([6], [8], 8), ([7], [6], 7), ([], [8], 0), ([8], None, 8)]
)
def test_the_global_mapper_has_its_turn_where_photos_are_left_out(
    monkeypatch, incremental, whole, kept
):
    def place_all(*_):
        assert whole is not None, "nothing was left out"
        return [Model(one) for one in whole]

    monkeypatch.setattr(sparse, "run_mapper", lambda *_: [Model(one) for one in incremental])
    monkeypatch.setattr(sparse, "run_global_mapper", place_all)
    found = solve_models(None, 8, SparseOptions(), no_progress)
    assert (found[0].num_reg_images() if found else 0) == kept
