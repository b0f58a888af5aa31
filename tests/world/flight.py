"""A flight over ground of little relief, solved with a lens that is not quite right."""

from dataclasses import dataclass

import numpy as np
import pycolmap
from scipy.spatial.transform import Rotation

from vtour.control_files import Control, ControlPoint, Height, Mark, Role
from vtour.schema.report import StageReport
from vtour.world.control import fit_control
from vtour.world.survey_files import Survey
from vtour.world.ties import marked_points, ties_of

WIDTH, HEIGHT, FOCAL = 4000, 2250, 2400.0
DISTORTION = (-0.03, 0.008, 0.0, 0.0)
DOWN = np.diag([1.0, -1.0, -1.0])  # cam_from_enu of a camera that looks down, its top to the north
ABOVE_M = 60.0


def _grid(xs, ys):
    return [(float(x), float(y)) for x in xs for y in ys]


SURVEYED_PLACES = {
    **{f"C{n}": xy for n, xy in enumerate(_grid((-50, 0, 50), (-40, 0, 40)))},
    **{f"K{n}": xy for n, xy in enumerate(_grid((-60, -30, 30, 60), (-25, 25)))},
}


@dataclass(frozen=True)
class Flight:
    """A solved model in true ENU metres, and the survey of its ground."""

    model: pycolmap.Reconstruction
    control: Control
    marks: list[Mark]
    truth: dict[str, np.ndarray]


def fly(seed, *, relief_m=4.0, rows=5, columns=7, points=2500, noise_px=0.5, sigma_m=0.01):
    """Photos to and fro, 9 control points and 8 check points; the model is the truth yet."""
    rng = np.random.default_rng(seed)
    ground = rng.uniform((-100, -75, 0), (100, 75, 0), (points, 3))
    ground[:, 2] = rng.normal(0, relief_m, points)
    truth = {
        label: np.array([*xy, rng.normal(0, relief_m)]) for label, xy in SURVEYED_PLACES.items()
    }
    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera(
        camera_id=1, model="OPENCV", width=WIDTH, height=HEIGHT,
        params=[FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, *DISTORTION],
    )  # fmt: skip
    model.add_camera_with_trivial_rig(camera)
    tracks = [pycolmap.Track() for _ in ground]
    marks = []
    everything = np.concatenate([ground, list(truth.values())])
    for number in range(rows * columns):
        pose = _pose(number, rows, columns, rng)
        seen = camera.img_from_cam(everything @ pose.rotation.matrix().T + pose.translation)
        inside = ((seen > 0) & (seen < (WIDTH, HEIGHT))).all(axis=1)
        seen = seen + rng.normal(0, noise_px, seen.shape)
        name, own = f"photos/{number:02d}.jpg", np.flatnonzero(inside[:points])
        for index, point in enumerate(own):
            tracks[point].add_element(number + 1, index)
        for label, pixel, good in zip(truth, seen[points:], inside[points:], strict=True):
            marks += [Mark(label, name, *pixel.tolist())] if good else []
        image = pycolmap.Image(name=name, camera_id=1, image_id=number + 1)
        image.points2D = pycolmap.Point2DList([pycolmap.Point2D(seen[point]) for point in own])
        model.add_image_with_trivial_frame(image, pose)
    for place, track in zip(ground, tracks, strict=True):
        if track.length() >= 3:
            model.add_point3D(place, track, np.zeros(3, np.uint8))
    return Flight(model, _control(truth, sigma_m, rng), marks, truth)


def _pose(number, rows, columns, rng):
    """cam_from_enu: looking down, turned round on every other line, a little off all over."""
    row, column = divmod(number, columns)
    east, north = 18.0 * (column - (columns - 1) / 2), 22.0 * (row - (rows - 1) / 2)
    centre = np.array([east, north, ABOVE_M + rng.normal(0, 0.5)])
    tilt = Rotation.from_euler("xyz", rng.normal(0, 0.03, 3)).as_matrix()
    yaw = Rotation.from_euler("z", np.pi * (row % 2) + rng.normal(0, 0.05)).as_matrix()
    rotation = tilt @ DOWN @ yaw
    return pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), -rotation @ centre)


def _control(truth, sigma_m, rng):
    """The survey: control points with noise, check points without."""
    points = []
    for label, place in truth.items():
        is_control = label.startswith("C")
        xyz = place + rng.normal(0, sigma_m, 3) * is_control
        role = Role.control if is_control else Role.check
        points.append(ControlPoint(label, tuple(xyz), role, sigma_m))
    return Control("enu", Height.local, points)


def solve_with_focal(flight, focal, *, free):
    """Bundle adjustment without control, from a focal length that is held or free."""
    model = flight.model
    config = pycolmap.BundleAdjustmentConfig()
    for image_id in sorted(model.reg_image_ids()):
        config.add_image(image_id)
    config.fix_gauge(pycolmap.BundleAdjustmentGauge.TWO_CAMS_FROM_WORLD)
    options = pycolmap.BundleAdjustmentOptions(print_summary=False, refine_focal_length=free)
    options.ceres.solver_options.num_threads = 1
    (camera,) = model.cameras.values()
    camera.params = [focal, focal, WIDTH / 2, HEIGHT / 2, 0, 0, 0, 0]
    pycolmap.create_default_bundle_adjuster(options, config, model).solve()
    model.update_point_3d_errors()


def check_error(flight, model, gravity):
    """RMS error (3,) east, north, up of the check points after the fit."""
    survey = Survey(flight.control, [], flight.marks)
    marked = marked_points(survey, model, StageReport(stage="world"))
    places = np.array([flight.truth[point.label] for point in flight.control.points])
    ties = ties_of(flight.control, places, marked)
    fit, _ = fit_control([tie for tie in ties if tie.point.role is Role.control], gravity)
    checks = [tie for tie in ties if tie.point.role is Role.check]
    off = [fit.enu_from_sfm.apply(tie.marked.in_sfm) - tie.enu_m for tie in checks]
    return np.sqrt(np.mean(np.square(off), axis=0))
