"""EXIF's focal length is kept where another one explains the photos hardly better, only there."""

from dataclasses import dataclass

import pycolmap
import pytest
from test_sparse import synthesised

from vtour.reconstruct.focal import costs_little, focal_changes, focal_warnings, is_doubtful
from vtour.reconstruct.sparse import SparseOptions, solve_cameras


def camera(focal_px, camera_id=1):
    return pycolmap.Camera.create_from_model_name(camera_id, "SIMPLE_RADIAL", focal_px, 320, 240)


@dataclass
class Solved:
    """What is asked of a reconstruction here."""

    photos: int
    error_px: float
    focal_px: float = 1000.0

    @property
    def cameras(self):
        return {1: camera(self.focal_px)}

    def num_reg_images(self):
        return self.photos

    def compute_mean_reprojection_error(self):
        return self.error_px


@pytest.mark.parametrize("solved_px", [1049.0, 951.0])
def test_a_small_change_is_left_alone(solved_px):
    assert not is_doubtful([camera(solved_px)], {1: 1000.0}, 0.05)


@pytest.mark.parametrize("solved_px", [1051.0, 949.0])
def test_a_large_change_is_doubted(solved_px):
    assert is_doubtful([camera(solved_px)], {1: 1000.0}, 0.05)


def test_one_camera_far_off_is_enough():
    assert is_doubtful([camera(1000.0), camera(2600.0, 2)], {1: 1000.0, 2: 2000.0}, 0.05)


def test_nothing_is_held_when_one_focal_length_is_unknown():
    assert not is_doubtful([camera(1300.0), camera(1000.0, 2)], {1: 1000.0}, 0.05)
    assert focal_changes([camera(1300.0), camera(1000.0, 2)], {1: 1000.0}) == {
        1: pytest.approx(0.3)
    }


@pytest.mark.parametrize(("error_px", "little"), [(0.549, True), (0.551, False)])
def test_ten_percent_more_error_is_little(error_px, little):
    assert costs_little(Solved(10, error_px), Solved(10, 0.5), 1.1) is little


def test_a_lost_photo_is_not_little():
    assert not costs_little(Solved(9, 0.5), Solved(10, 0.5), 1.1)


def test_the_warning_says_which_was_kept():
    free, held = Solved(10, 0.5, 1300.0), Solved(10, 0.5, 1000.0)
    (kept,) = focal_warnings(free, held, {1: 1000.0}, 0.05)
    assert kept.startswith("camera 1: focal length 1300 px solved, 1000 px in EXIF; EXIF's is kept")
    (solved,) = focal_warnings(free, free, {1: 1000.0}, 0.05)
    assert "the photos speak for the first" in solved
    assert focal_warnings(held, held, {1: 1000.0}, 0.05) == []


def with_wrong_exif(work, focal_px):
    with pycolmap.Database.open(work.database) as database:
        (known,) = database.read_all_cameras()
        known.params = [focal_px, *known.params[1:]]
        database.update_camera(known)


def solved_focal_px(work):
    (found,) = pycolmap.Reconstruction(work.sfm).cameras.values()
    return found.mean_focal_length()


def test_photos_that_determine_the_focal_length_overrule_exif(tmp_path):
    work, _ = synthesised(tmp_path)  # the truth is 400 px
    with_wrong_exif(work, 440.0)

    report = solve_cameras(work, work)

    assert solved_focal_px(work) == pytest.approx(400.0, rel=0.01)
    assert any("the photos speak for the first" in line for line in report.warnings)


def test_exif_is_kept_when_its_price_is_accepted(tmp_path):
    work, _ = synthesised(tmp_path)
    with_wrong_exif(work, 440.0)

    report = solve_cameras(work, work, SparseOptions(max_focal_cost=1e9))

    assert solved_focal_px(work) == 440.0
    assert any("EXIF's is kept" in line for line in report.warnings)
