"""Bend the photos to control points where a similarity does not fit them: bundle adjustment.

A similarity moves and scales what structure from motion solved. It cannot undo a wrong focal
length or a bowl, the usual faults of flights over flat ground. Control points can, as points of a
bundle adjustment that do not move. As these may also be what is wrong, it is tried only when they
fit worse than their sigmas say, and kept only when it brings points that were held out of it
nearer: a third of the control points in turn. Check points take no part.

Measured (benchmarks/accuracy/control.py; check points, RMS in height, 35 photos from 60 m over
ground of 4 m relief, 9 control points of 1 cm): 106 mm by the similarity and 10 mm bent where the
focal length was held 2 % off, 2.9 s of CPU; where it was solved right, 11 mm fit and nothing is
done. Bending all the same brings nothing: synthetic site, 10 control points of 3 mm, 5.5 mm at
check points and 5.7 mm bent (four times 15 s of CPU for 126 photos); small size 7.1 and 7.2 mm.

Not done, because it brought nothing: bundle adjustment with GPS positions as priors (pycolmap's,
Cauchy loss, sigmas as stated). Fixes are metres off where photos are millimetres, so the result
differs from a plain bundle adjustment by a similarity alone, to 0.01 mm on brighton (5 m assumed)
and 0.2 mm with sigmas of 0.7 m. Synthetic site: scale 3.1 % off before and 2.8 % after, place
0.43 m and 0.62 m; small size 1.8 and 1.9 %, fixes held out 2.63 and 2.68 m. With a free lens the
focal length of brighton leaves EXIF's 2311 px for 2925 px and its heights grow by 12 %. Cameras
with RTK (2 cm) could gain; no such captures were at hand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.control_files import Control, Role
from vtour.frames import FloatArray
from vtour.schema.report import StageReport
from vtour.world.control import ControlFit, enu_from_control, expected_variances, fit_control
from vtour.world.gravity import Gravity
from vtour.world.model import SparseModel
from vtour.world.similarity import Similarity
from vtour.world.ties import Tie
from vtour.world.triangulate import MarkedPoint, triangulate, view_of

MIN_POINTS = 6
FOLDS = 3
MISFIT = 1.5  # times the residual that sigmas explain
LEAST_GAIN = 0.9  # held-out points must come at least this much nearer
MORE_ERROR = 1.05  # most that reprojection errors may grow
MAX_ITERATIONS = 60


@dataclass(frozen=True)
class _Job:
    model: SparseModel
    ties: list[Tie]
    gravity: Gravity


def bent_to_control(
    model: SparseModel,
    control: Control,
    marked: dict[str, MarkedPoint],
    gravity: Gravity,
    report: StageReport,
) -> SparseModel:
    """The model, bent where that brings held-out control points nearer; else as it is.

    marked : where points lie in the model, by label. The frame of the model stays what it is.
    """
    enu, _ = enu_from_control(control, None)
    ties = [
        Tie(point, np.asarray(place), marked[point.label])
        for point, place in zip(control.points, enu, strict=True)
        if point.label in marked and point.role is Role.control
    ]
    fit, _ = fit_control(ties, gravity)
    if fit is None:
        return model
    agreeing = [tie for tie, inside in zip(ties, fit.inside, strict=True) if inside]
    if len(agreeing) < MIN_POINTS or misfit(ties, fit) < MISFIT:
        return model
    job = _Job(model, agreeing, gravity)
    before, after = held_out_errors(job)
    details = {"held_out_m": round(before, 5), "held_out_bent_m": round(after, 5), "used": False}
    report.details["bent_to_control"] = details
    if not after <= LEAST_GAIN * before:  # also NaN: a point that the bent model lost
        return model
    bent = adjusted(model, agreeing, fit.enu_from_sfm)
    if _error_px(bent) > MORE_ERROR * _error_px(model):
        return model
    details["used"] = True
    return bent


def misfit(ties: list[Tie], fit: ControlFit) -> float:
    """RMS residual of the points that agree over what their sigmas explain: about 1, or more."""
    count = int(fit.inside.sum())
    expected = float(expected_variances(ties, fit.enu_from_sfm.scale)[fit.inside].sum())
    squares = float((fit.residuals_m[fit.inside] ** 2).sum())
    return float(np.sqrt(squares / (expected * (3 * count - 7) / (3 * count))))


def held_out_errors(job: _Job) -> tuple[float, float]:
    """RMS distance in metres of points that were held out: by the similarity, and bent.

    Infinite for the second when a third of the points cannot be missed.
    """
    before, after = [], []
    for fold in range(FOLDS):
        out = job.ties[fold::FOLDS]
        kept = [tie for tie in job.ties if tie not in out]
        fit, _ = fit_control(kept, job.gravity)
        if fit is None:
            return 0.0, np.inf
        bent = adjusted(job.model, kept, fit.enu_from_sfm)
        for tie in out:
            again = _triangulated(tie, bent)
            before.append(fit.enu_from_sfm.apply(tie.marked.in_sfm) - tie.enu_m)
            after.append(fit.enu_from_sfm.apply(again) - tie.enu_m)
    return _rms(before), _rms(after)


def adjusted(model: SparseModel, ties: list[Tie], enu_from_sfm: Similarity) -> SparseModel:
    """The model after a bundle adjustment in which the ties stay where the survey has them.

    One thread, so that the result is the same to the byte. Focal lengths and distortion are
    free, the principal points are not.
    """
    import pycolmap

    moved = pycolmap.Reconstruction(model.reconstruction)
    moved.transform(_sim3d(enu_from_sfm))
    problem, numbers, of_ties = _with_marks(moved, ties)
    config = pycolmap.BundleAdjustmentConfig()
    for image_id in sorted(problem.reg_image_ids()):
        config.add_image(image_id)
    for number in of_ties:
        config.add_constant_point(number)
    options = pycolmap.BundleAdjustmentOptions(print_summary=False)
    options.ceres.loss_function_type = pycolmap.LossFunctionType.SOFT_L1
    options.ceres.solver_options.num_threads = 1
    options.ceres.solver_options.max_num_iterations = MAX_ITERATIONS
    pycolmap.create_default_bundle_adjuster(options, config, problem).solve()
    _take_over(moved, problem, numbers)
    moved.transform(_sim3d(enu_from_sfm).inverse())
    moved.update_point_3d_errors()
    return SparseModel.of(moved)


def _with_marks(model: Any, ties: list[Tie]) -> tuple[Any, dict[int, int], list[int]]:
    """A copy with the marks as observations of surveyed points.

    Returns the numbers of the points in the copy by those in the model, and those of the ties.
    """
    import pycolmap

    marks: dict[str, list[tuple[int, FloatArray]]] = {}
    for row, tie in enumerate(ties):
        for mark in tie.marked.used:
            place = np.array([mark.x_px, mark.y_px])
            marks.setdefault(mark.photo, []).append((row, place))
    copy = pycolmap.Reconstruction()
    for key in sorted(model.cameras):
        copy.add_camera_with_trivial_rig(model.cameras[key])
    tracks = [pycolmap.Track() for _ in ties]
    for key in sorted(model.reg_image_ids()):
        image = model.images[key]
        seen = [pycolmap.Point2D(point.xy) for point in image.points2D]
        for row, place in marks.get(image.name, []):
            tracks[row].add_element(key, len(seen))
            seen.append(pycolmap.Point2D(place))
        twin = pycolmap.Image(name=image.name, camera_id=image.camera_id, image_id=key)
        twin.points2D = pycolmap.Point2DList(seen)
        copy.add_image_with_trivial_frame(twin, image.cam_from_world())
    numbers = {
        key: copy.add_point3D(model.points3D[key].xyz, model.points3D[key].track, BLACK)
        for key in sorted(model.points3D)
    }
    own = [copy.add_point3D(t.enu_m, track, BLACK) for t, track in zip(ties, tracks, strict=True)]
    return copy, numbers, own


BLACK = np.zeros(3, np.uint8)


def _take_over(model: Any, solved: Any, numbers: dict[int, int]) -> None:
    """Cameras, poses and points of the copy into the model."""
    for key, camera in solved.cameras.items():
        model.cameras[key].params = camera.params
    for key in solved.reg_image_ids():
        frame = model.frames[model.images[key].frame_id]
        frame.rig_from_world = solved.images[key].cam_from_world()
    for key, number in numbers.items():
        model.points3D[key].xyz = solved.points3D[number].xyz


def _sim3d(a_from_b: Similarity) -> Any:
    import pycolmap

    rotation = pycolmap.Rotation3d(a_from_b.rotation)
    return pycolmap.Sim3d(a_from_b.scale, rotation, a_from_b.translation)


def _triangulated(tie: Tie, model: SparseModel) -> FloatArray:
    """A tie's place in a bent model, by the marks that were used before."""
    found = [
        view_of(mark, model.reconstruction.find_image_with_name(mark.photo))
        for mark in tie.marked.used
    ]
    point = triangulate([view for view in found if view is not None])
    return np.full(3, np.inf) if point is None else point.in_sfm


def _rms(offsets: list[FloatArray]) -> float:
    return float(np.sqrt(np.mean(np.sum(np.square(offsets), axis=1))))


def _error_px(model: SparseModel) -> float:
    return float(model.reconstruction.compute_mean_reprojection_error())
