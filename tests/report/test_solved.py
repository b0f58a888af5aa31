"""What the report reads of a solved model, against a model built by hand."""

import numpy as np
import pytest

from tests.tour.work_folders import FOCAL, LOOKS_NORTH, WIDTH
from vtour.report.sections import pixel_sizes
from vtour.report.solved import read_solved, solved_of
from vtour.workspace import Workspace


def write_two_photos(folder):
    """Two cameras 8 m and 4 m south of two points on a wall at z = 0, looking north."""
    import pycolmap

    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera(
        model="SIMPLE_PINHOLE", width=WIDTH, height=300, params=[FOCAL, 200, 150], camera_id=1
    )
    model.add_camera_with_trivial_rig(camera)
    points = np.array([[0.0, 1, 0], [1, 1, 0]])
    for number, z in ((1, 8.0), (2, 4.0)):
        centre = np.array([0.0, 1.0, z])
        rotation = np.array(LOOKS_NORTH, float)
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), -rotation @ centre)
        seen = points if number == 1 else points[:1]
        places = [pycolmap.Point2D(np.array([200.0, 150])) for _ in seen]
        image = pycolmap.Image(
            name=f"{number}.jpg",
            camera_id=1,
            image_id=number,
            points2D=pycolmap.Point2DList(places),
        )
        model.add_image_with_trivial_frame(image, pose)
    for row, images in enumerate(((1, 2), (1,))):
        track = pycolmap.Track()
        for image_id in images:
            track.add_element(image_id, row)
        model.add_point3D(points[row], track, np.array([9, 9, 9], np.uint8))
    folder.mkdir(parents=True)
    model.write_binary(str(folder))


def test_cameras_points_and_pixel_sizes(tmp_path):
    write_two_photos(tmp_path / "sparse")
    solved = solved_of(tmp_path / "sparse")

    assert [camera.name for camera in solved.cameras] == ["1.jpg", "2.jpg"]
    np.testing.assert_allclose(solved.cameras[0].centre, [0, 1, 8])
    np.testing.assert_allclose(solved.cameras[0].forward, [0, 0, -1])
    assert solved.cameras[0].half_width == pytest.approx(np.pi / 4)  # 200 px beside a focal of 200
    assert [camera.pixel_m for camera in solved.cameras] == pytest.approx([8 / 200, 4 / 200])
    assert list(solved.seen_by) == [2, 1]

    sizes = pixel_sizes(solved)
    assert sizes.median == pytest.approx(0.03)
    assert sizes.finest == ("2.jpg", pytest.approx(0.02))
    assert sizes.coarsest == ("1.jpg", pytest.approx(0.04))


def test_a_site_with_panoramas_is_read_from_their_model(tmp_path):
    work = Workspace(tmp_path)
    assert read_solved(work) is None
    write_two_photos(work.sparse)
    assert len(read_solved(work).points) == 2
    work.spheres.mkdir()
    assert read_solved(work) is None  # begun, not written
