"""Control points that bend a model, and ones that must not."""

import dataclasses

import numpy as np
import pytest

from tests.world.flight import FOCAL, check_error, fly, solve_with_focal
from vtour.files import tree_digest
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.report import StageReport
from vtour.workspace import Workspace
from vtour.world import bend as bend_module
from vtour.world.bend import bent_to_control
from vtour.world.gravity import up_from_cameras
from vtour.world.model import SparseModel
from vtour.world.solve import solve_world
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


def test_a_model_that_fits_is_left_alone():
    flight = fly(2, **SMALL)
    model, bent, *_, report = bend(flight)
    assert bent is model
    assert "bent_to_control" not in report.details


def badly_surveyed(seed):
    """A flight whose control points are off by 5 cm and said to be good to 1 cm."""
    flight = fly(seed, **SMALL)
    rng = np.random.default_rng(3)
    points = [
        dataclasses.replace(point, xyz=tuple(np.add(point.xyz, rng.normal(0, 0.05, 3))))
        for point in flight.control.points
    ]
    return dataclasses.replace(flight, control=dataclasses.replace(flight.control, points=points))


def test_what_brings_held_out_points_no_nearer_is_not_kept(monkeypatch):
    monkeypatch.setattr(bend_module, "_error_px", lambda model: 1.0)  # the photos say nothing
    model, bent, *_, report = bend(badly_surveyed(4))
    assert bent is model
    told = report.details["bent_to_control"]
    assert told["used"] is False
    assert told["held_out_bent_m"] > told["held_out_m"] > 0.1


def test_what_the_photos_contradict_is_not_kept():
    """Here the errors look like a bowl by chance: what is held out comes nearer."""
    model, bent, *_, report = bend(badly_surveyed(3))
    assert bent is model
    told = report.details["bent_to_control"]
    assert told["used"] is False
    assert told["held_out_bent_m"] < 0.8 * told["held_out_m"]


def test_five_points_are_too_few_to_tell():
    flight = fly(1, **SMALL)
    solve_with_focal(flight, 2350.0, free=False)
    points = [p for p in flight.control.points if p.label not in ("C1", "C3", "C5", "C7")]
    flight = dataclasses.replace(flight, control=dataclasses.replace(flight.control, points=points))
    model, bent, *_ = bend(flight)
    assert bent is model


def test_the_world_is_written_bent(tmp_path):
    flight = fly(1, **SMALL)
    solve_with_focal(flight, 2350.0, free=False)
    work, out = write_flight(tmp_path, flight), Workspace(tmp_path / "out", tmp_path / "captures")
    report = solve_world(work, out)
    (camera,) = SparseModel.read(out.sparse).reconstruction.cameras.values()
    assert report.details["bent_to_control"]["used"]
    assert camera.mean_focal_length() == pytest.approx(FOCAL, rel=0.002)
    assert report.measures["check_residual"].value < 0.05
    again = solve_world(work, Workspace(tmp_path / "again", tmp_path / "captures"))
    assert again.to_json() == report.to_json()
    assert tree_digest(out.root) == tree_digest(tmp_path / "again")


def write_flight(tmp_path, flight):
    """A workspace of a flight: its model, inventory, control.csv and marks.csv."""
    captures = tmp_path / "captures"
    captures.mkdir()
    points = [
        f"{p.label},{p.xyz[0]},{p.xyz[1]},{p.xyz[2]},{p.role},{p.sigma_m}"
        for p in flight.control.points
    ]
    marks = [f"{m.label},{m.photo},{m.x_px},{m.y_px}" for m in flight.marks]
    control = ["# crs: enu", "label,x,y,z,role,sigma_m", *points]
    (captures / "control.csv").write_text("\n".join(control))
    (captures / "marks.csv").write_text("\n".join(["label,file,x_px,y_px", *marks]))
    kinds = {"control.csv": FileKind.control, "marks.csv": FileKind.marks}
    kinds |= {image.name: FileKind.photo for image in flight.model.images.values()}
    files = [
        CaptureFile(path=path, kind=kind, status=FileStatus.used, bytes=1, sha256="")
        for path, kind in sorted(kinds.items())
    ]
    work = Workspace(tmp_path / "work", captures)
    work.sfm.mkdir(parents=True)
    flight.model.write_binary(work.sfm)
    inventory = Inventory(site_id="flight", layout="standard", files=files)
    work.inventory.write_text(inventory.model_dump_json())
    return work
