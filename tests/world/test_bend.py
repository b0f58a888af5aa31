"""Control points that bend a model, and ones that must not."""

import dataclasses

import numpy as np
import pytest

from tests.world.flight import FOCAL, check_error, fly, solve_with_focal
from vtour.schema.report import StageReport
from vtour.world.bend import bent_to_control
from vtour.world.gravity import up_from_cameras
from vtour.world.model import SparseModel
from vtour.world.survey_files import Survey
from vtour.world.ties import marked_points

SMALL = {"rows": 4, "columns": 6, "points": 400}


def bend(flight):
    """The model before and after, their check errors, and the report."""
    model, report = SparseModel.of(flight.model), StageReport(stage="world")
    gravity = up_from_cameras(model.cam_from_sfm)
    marked = marked_points(Survey(flight.control, [], flight.marks), model, report)
    bent = bent_to_control(model, flight.control, marked, gravity, report)
    errors = [check_error(flight, one, gravity) for one in (model, bent)]
    return model, bent, *errors, report


def test_a_focal_length_that_was_held_wrong_is_mended():
    flight = fly(1, **SMALL)
    solve_with_focal(flight, 2350.0, free=False)
    model, bent, before, after, report = bend(flight)
    assert report.details["bent_to_control"]["used"]
    assert before[2] > 0.05
    assert after[2] < 0.4 * before[2]
    (camera,) = bent.reconstruction.cameras.values()
    assert camera.mean_focal_length() == pytest.approx(FOCAL, rel=0.002)
    assert bent.names == model.names
    assert len(bent.reconstruction.points3D) == len(model.reconstruction.points3D)


def test_the_same_to_the_byte(tmp_path):
    flight = fly(1, **SMALL)
    solve_with_focal(flight, 2350.0, free=False)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        bend(flight)[1].reconstruction.write_binary(tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_model_that_fits_is_left_alone():
    flight = fly(2, **SMALL)
    model, bent, *_, report = bend(flight)
    assert bent is model
    assert "bent_to_control" not in report.details


def test_points_that_are_wrong_themselves_do_not_bend_it():
    """Survey errors of 5 cm that are said to be of 1 cm: what is held out comes no nearer."""
    flight = fly(3, **SMALL)
    rng = np.random.default_rng(3)
    points = [
        dataclasses.replace(point, xyz=tuple(np.add(point.xyz, rng.normal(0, 0.05, 3))))
        for point in flight.control.points
    ]
    flight = dataclasses.replace(flight, control=dataclasses.replace(flight.control, points=points))
    model, bent, *_, report = bend(flight)
    assert bent is model
    assert report.details["bent_to_control"]["used"] is False


def test_five_points_are_too_few_to_tell():
    flight = fly(1, **SMALL)
    solve_with_focal(flight, 2350.0, free=False)
    points = [p for p in flight.control.points if p.label not in ("C1", "C3", "C5", "C7")]
    flight = dataclasses.replace(flight, control=dataclasses.replace(flight.control, points=points))
    model, bent, *_ = bend(flight)
    assert bent is model
