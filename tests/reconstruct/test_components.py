"""Parts that were solved apart: joined where they share photos, else named."""

import numpy as np
import pycolmap
import pytest

from vtour.reconstruct.components import component_names, component_warnings, join_models
from vtour.reconstruct.mapper import Freedom

FREEDOM = Freedom(3)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A database of exact matches between 12 photos, and the model they were made of."""
    path = tmp_path_factory.mktemp("made") / "database.db"
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig = 1, 1
    options.num_frames_per_rig, options.num_points3D = 12, 300
    options.camera_width, options.camera_height = 320, 240
    options.camera_params = [400.0, 160.0, 120.0, 0.0]
    pycolmap.set_random_seed(1)
    with pycolmap.Database.open(path) as database:
        model = pycolmap.synthesize_dataset(options, database)
    return path, model


def part(model, numbers, moved_by=None):
    """The model with just some of its photos posed, in another frame."""
    copy = pycolmap.Reconstruction(model)
    names = names_of(model)
    for image in list(copy.images.values()):
        if names.index(image.name) not in numbers:
            copy.deregister_frame(image.frame_id)
    if moved_by is not None:
        copy.transform(moved_by)
    return copy


def as_the_mapper_leaves(model):
    """The same photos and points in a model that has never heard of the other photos."""
    left = pycolmap.Reconstruction()
    for camera in model.cameras.values():
        left.add_camera_with_trivial_rig(camera)
    for image_id in sorted(model.reg_image_ids()):
        image = model.images[image_id]
        points = pycolmap.Point2DList([pycolmap.Point2D(point.xy) for point in image.points2D])
        twin = pycolmap.Image(
            name=image.name, camera_id=image.camera_id, image_id=image_id, points2D=points
        )
        left.add_image_with_trivial_frame(twin, image.cam_from_world())
    for point_id in sorted(model.points3D):
        track = pycolmap.Track()
        for seen in model.points3D[point_id].track.elements:
            if seen.image_id in left.images:
                track.add_element(seen.image_id, seen.point2D_idx)
        if track.length() >= 2:
            left.add_point3D(model.points3D[point_id].xyz, track)
    return left


def names_of(model):
    return sorted(image.name for image in model.images.values())


ELSEWHERE = pycolmap.Sim3d(
    2.5, pycolmap.Rotation3d(np.array([0.0, np.sin(0.4), 0.0, np.cos(0.4)])), np.array([3, -1, 7.0])
)


def centres(model):
    return {i.name: i.projection_center() for i in model.images.values() if i.has_pose}


@pytest.mark.parametrize("leave", [as_the_mapper_leaves, lambda model: model])
def test_parts_that_share_photos_are_joined(made, leave):
    database, truth = made
    parts = [leave(part(truth, range(8))), leave(part(truth, range(5, 12), ELSEWHERE))]
    models, told = join_models(database, parts, FREEDOM)
    assert len(models) == 1
    found, expected = centres(models[0]), centres(truth)
    assert found.keys() == expected.keys()
    # bundle adjustment may move the frame: compare distances
    for a, b in (("8", "0"), ("11", "3"), ("9", "10")):
        a, b = (names_of(truth)[int(one)] for one in (a, b))
        apart = np.linalg.norm(found[a] - found[b]), np.linalg.norm(expected[a] - expected[b])
        base = [names_of(truth)[n] for n in (0, 7)]
        scale = np.linalg.norm(found[base[0]] - found[base[1]]) / np.linalg.norm(
            expected[base[0]] - expected[base[1]]
        )
        assert apart[0] == pytest.approx(scale * apart[1], rel=1e-3)
    assert told == [f"4 photos solved apart were joined: {', '.join(names_of(truth)[8:])}"]


def test_parts_that_share_nothing_stay_apart(made):
    database, truth = made
    parts = [part(truth, range(7)), part(truth, range(7, 12))]
    models, told = join_models(database, parts, FREEDOM)
    assert [model.num_reg_images() for model in models] == [7, 5]
    assert told == []


def test_parts_that_do_not_fit_stay_apart(made):
    """The shared photos of the second part are posed where others stand."""
    database, truth = made
    other = part(truth, range(5, 12))
    names = names_of(truth)
    poses = {image.name: image.frame.rig_from_world for image in other.images.values()}
    for mine, theirs in ((5, 9), (6, 10), (7, 11)):
        image = other.find_image_with_name(names[mine])
        image.frame.rig_from_world = poses[names[theirs]]
    models, told = join_models(database, [part(truth, range(8)), other], FREEDOM)
    assert (len(models), told) == (2, [])


def test_each_part_is_named_once(made):
    _, truth = made
    names = names_of(truth)
    parts = component_names([part(truth, range(8)), part(truth, range(6, 12))])
    assert parts == [names[:8], names[8:]]
    small, large = part(truth, range(3)), part(truth, range(3, 12))
    assert component_names([small, large]) == [names[:3], names[3:]]  # what is kept comes first
    (told,) = component_warnings(parts)
    assert told.startswith("4 photos hang together apart from the rest and are left out (")
    assert component_warnings(parts[:1]) == []
