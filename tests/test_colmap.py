"""COLMAP models are whole, or an error says that they are not."""

import shutil

import numpy as np
import pycolmap
import pytest

from vtour.colmap import model_sizes, write_model
from vtour.errors import ResourceError


class HalfWritten:
    """A model whose points do not reach the disk, as when it is full."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

    def write_binary(self, folder):
        self._model.write_binary(folder)
        with open(f"{folder}/points3D.bin", "r+b") as stream:  # noqa: PTH123
            stream.truncate(100)


@pytest.fixture
def model():
    """Three photos with Vietnamese names, one of them without a pose; four points."""
    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera.create_from_model_name(1, "OPENCV", 900.0, 1000, 800)
    model.add_camera_with_trivial_rig(camera)
    for number, name in enumerate(("photos/Động.jpg", "photos/b.jpg", "photos/c.jpg"), start=1):
        image = pycolmap.Image(name=name, camera_id=1, image_id=number)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(np.zeros(2)) for _ in range(4)])
        model.add_image_with_trivial_frame(image, pycolmap.Rigid3d())
    for row in range(4):
        track = pycolmap.Track()
        for image_id in (1, 2):
            track.add_element(image_id, row)
        model.add_point3D(np.ones(3), track, np.zeros(3, np.uint8))
    model.deregister_frame(3)
    return model


def test_a_model_is_written_as_large_as_it_must_be(tmp_path, model):
    write_model(model, tmp_path / "sfm")
    found = {path.name: path.stat().st_size for path in (tmp_path / "sfm").iterdir()}
    assert found == model_sizes(model)
    assert pycolmap.Reconstruction(tmp_path / "sfm").num_points3D() == 4


def test_a_truncated_model_is_an_error(tmp_path, model):
    with pytest.raises(ResourceError, match=r"points3D.bin: 100 bytes written, expected 276: disk"):
        write_model(HalfWritten(model), tmp_path)


def test_a_disk_without_room_is_told_before(tmp_path, model, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=500))
    with pytest.raises(ResourceError, match="disk full"):
        write_model(model, tmp_path)
    assert list(tmp_path.iterdir()) == []
