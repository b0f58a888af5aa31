from pathlib import Path

import numpy as np
import pycolmap
import pytest

from vtour.errors import InputError
from vtour.frames import transform_points
from vtour.synthetic.cameras import Camera, Lens
from vtour.synthetic.compare import camera_errors, cloud_errors, fit_similarity
from vtour.synthetic.geometry import moved
from vtour.synthetic.truth import Truth, load_truth, write_cameras


def test_similarity_by_hand() -> None:
    # Twice as large, a quarter turn about z, one to the right.
    source = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    to = np.array([[1.0, 0, 0], [1, 2, 0], [-1, 0, 0], [1, 0, 2]])
    scale, rotation, translation = fit_similarity(to, source)
    assert scale == pytest.approx(2)
    assert rotation == pytest.approx(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), abs=1e-12)
    assert translation == pytest.approx([1, 0, 0], abs=1e-12)


def test_two_cameras_are_too_few() -> None:
    with pytest.raises(InputError, match="2 cameras"):
        fit_similarity(np.eye(3)[:2], np.eye(3)[:2])


def moved_model(truth: Truth, folder: Path) -> Path:
    model = pycolmap.Reconstruction()
    model.read_text(str(truth.folder / "colmap"))
    turn = pycolmap.Rotation3d(np.array([0.0, 0.0, np.sin(0.2), np.cos(0.2)]))
    model.transform(pycolmap.Sim3d(0.25, turn, np.array([1.0, 2.0, 3.0])))
    folder.mkdir()
    model.write(str(folder))
    return folder


def test_true_cameras_in_another_gauge_have_no_error(truth: Truth, tmp_path: Path) -> None:
    errors = camera_errors(moved_model(truth, tmp_path / "model"), truth)
    assert (errors.registered, errors.photos) == (len(truth.cameras), len(truth.cameras))
    assert errors.scale == pytest.approx(4)
    assert errors.centre_max_m < 1e-9
    assert errors.rotation_max_deg < 1e-6
    assert errors.world_centre_rms_m > 1
    assert errors.world_rotation_median_deg == pytest.approx(np.degrees(0.4), abs=1e-6)
    # the origin was moved to (1, 2, 3)
    origin = transform_points(errors.truth_from_model, [[1.0, 2.0, 3.0]])
    assert origin == pytest.approx(np.zeros((1, 3)), abs=1e-9)


def test_a_camera_that_is_off_is_seen(truth: Truth, tmp_path: Path) -> None:
    first, *others = truth.cameras
    shifted = Camera(first.file, first.lens, first.world_from_cam, moved(first.centre, 0, 0.3, 0))
    write_cameras(tmp_path, [shifted, *others])
    errors = camera_errors(tmp_path / "colmap", truth)
    assert errors.world_centre_rms_m == pytest.approx(0.3 / np.sqrt(len(truth.cameras)))
    assert 0.05 < errors.centre_max_m < 0.3
    assert errors.centre_median_m < 0.1


def test_a_folder_without_a_model_is_refused(truth: Truth, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a COLMAP model"):
        camera_errors(tmp_path, truth)
    with pytest.raises(InputError, match="expected the truth"):
        load_truth(tmp_path)


@pytest.fixture()
def plate(tmp_path: Path) -> Truth:
    """A level square of 2 m, seen from 3 m above by three photos, all but a fourth by none."""
    (tmp_path / "mesh.ply").write_text(
        "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\n"
        "property float z\nelement face 2\nproperty list uchar int vertex_indices\nend_header\n"
        "-1 0 -1\n-1 0 1\n1 0 1\n1 0 -1\n3 0 1 2\n3 0 2 3\n"
    )
    lens = Lens("test", 100, 100, 100.0, (50.0, 50.0), (0.0, 0.0))
    down = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    # 3 m above, half of 3 m is seen to each side: x from -1 to 0.5 is in all three.
    cameras = [
        Camera(f"{x}.jpg", lens, down, np.array([x, 3.0, 0.0])) for x in (-1.0, -1.0, -1.0, 9.0)
    ]
    write_cameras(tmp_path, cameras)
    return load_truth(tmp_path)


def test_cloud_errors_by_hand(plate: Truth) -> None:
    x, z = np.meshgrid(np.arange(-1, 1.001, 0.01), np.arange(-1, 1.001, 0.01))
    west = x.ravel() < -0.25
    points = np.stack([x.ravel(), np.where(west, 0.03, 0.0), z.ravel()], -1)
    errors = cloud_errors(points, plate, sample_step_m=0.02)
    # Points: 75 of 201 columns are 3 cm too high. Surface that counts: x up to 0.5, half of it.
    assert errors.accuracy[0.02] == pytest.approx(1 - 75 / 201, abs=0.01)
    assert errors.accuracy[0.05] == 1.0
    assert errors.samples == pytest.approx(0.75 * 4 / 0.02**2, rel=0.02)
    assert errors.completeness[0.02] == pytest.approx(0.5, abs=0.03)
    assert errors.completeness[0.05] == 1.0


def test_a_cloud_elsewhere_is_refused(plate: Truth) -> None:
    with pytest.raises(InputError, match="none lies in the courtyard"):
        cloud_errors(np.array([[100.0, 0, 0]]), plate)
