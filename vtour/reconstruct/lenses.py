"""Lens models tried from simple to rich, chosen by observations that were held out.

A richer lens always explains the observations that it was fitted to better; whether it explains
others better, too, tells whether the lens is like that. One observation of every point that four
photos or more see is taken away, the cameras and points are adjusted with each lens, and the error
at what was taken away decides: a richer lens has to lower it by half a percent.

RMS of what was held out, in pixels, and in brackets AUC@1 degree against the reference or the truth
(benchmarks/accuracy/poses.py), each lens fitted to the same tracks (sift 2400 px):

                               lund-door        arch     brighton   small synthetic site
  SIMPLE_RADIAL                0.7814 (98.4) *  1.2473   1.7429     0.5367 (89.4)
  RADIAL                       0.7812 (98.2)    0.8375 * 1.5247 *   0.5340 (89.5)
  SIMPLE_RADIAL, middle too                     1.2439   1.7353     0.5328 (95.9)
  RADIAL, middle too                            0.8377   1.5189     0.5299 (96.2) *
  OPENCV                       0.7800 (95.8)    0.8361   1.5220     0.5293 (90.7)
  OPENCV, middle too           0.7793 (70.9)                        0.5297 (93.7)

The lenses marked are the ones that the rule takes. "Middle" is the principal point: the site's lens
has it 1 px off, and cameras turn by as much where it is held. On lund-door it wandered off by 40 px
for next to nothing, so that one that moves by more than a share of the photo's side is refused.
OPENCV for every set of ten photos or more, as it was before, cost lund-door 2.6 and the site 5.5.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vtour.progress import Progress
from vtour.reconstruct.mapper import Freedom, adjust, drop_outliers

MOST_ERROR_PX = 8.0  # of one observation: twice what the mapper allows
FEWEST_HELD = 200
LONG_TRACK = 4


@dataclass(frozen=True)
class Lens:
    """A lens model, whether its principal point is solved, and the photos that it takes."""

    model: str
    solves_middle: bool
    min_photos: int  # of one camera

    @property
    def name(self) -> str:
        """The model's name in reports."""
        return f"{self.model}, principal point too" if self.solves_middle else self.model


LADDER = (
    Lens("SIMPLE_RADIAL", False, 1),
    Lens("RADIAL", False, 2),
    Lens("RADIAL", True, 10),
    Lens("OPENCV", False, 10),
)

Observation = tuple[int, int, int]


@dataclass(frozen=True)
class Trial:
    """How well a lens explains what was held out: RMS in pixels."""

    lens: Lens
    error_px: float
    is_sound: bool
    """Whether its principal points stayed near the middles of the photos."""


def choose_lens(
    model: Any,
    *,
    solve_focal: bool,
    min_gain: float,
    max_shift: float,
    progress: Progress,
) -> tuple[Any, list[Trial], Lens | None]:
    """The model (pycolmap) with the lens that explains best what was held out, adjusted anew.

    solve_focal : whether focal lengths may change.
    min_gain    : share by which a richer lens has to lower the error.
    max_shift   : share of the long side that a principal point may be off the middle.

    The model itself, no trials and None when too few points are seen by enough photos.
    """
    import pycolmap

    held = held_out(model)
    if len(held) < FEWEST_HELD:
        return model, [], None
    most = max(photos_by_camera(model).values())
    lenses = [lens for lens in LADDER if lens.min_photos <= most]
    trials = []
    for number, lens in enumerate(lenses):
        progress(number / (len(lenses) + 1), f"lens {lens.name}")
        trials.append(try_lens(model, lens, held, solve_focal, max_shift))
    best = best_trial(trials, min_gain).lens
    progress(len(lenses) / (len(lenses) + 1), f"lens {best.name}")
    chosen = pycolmap.Reconstruction(model)
    fit_lens(chosen, best, solve_focal)
    drop_outliers(chosen)
    return chosen, trials, best


def best_trial(trials: Sequence[Trial], min_gain: float) -> Trial:
    """The simplest lens, or a richer one that is sound and clearly better than those before."""
    best = trials[0]
    for trial in trials[1:]:
        if trial.is_sound and trial.error_px < (1 - min_gain) * best.error_px:
            best = trial
    return best


def photos_by_camera(model: Any) -> dict[int, int]:
    """How many solved photos each camera took; spheres, which have no lens to solve, left out."""
    return Counter(
        image.camera_id
        for image in model.images.values()
        if image.has_pose and not image.camera.is_spherical()
    )


def held_out(model: Any) -> list[Observation]:
    """One observation, of a photo, of each point that enough images see: point, image, index."""
    spheres = {i for i, image in model.images.items() if image.camera.is_spherical()}
    held = []
    for point_id in sorted(model.points3D):
        elements = model.points3D[point_id].track.elements
        seen = sorted((one.image_id, one.point2D_idx) for one in elements)
        image_id, index = seen[point_id % len(seen)]
        if len(seen) >= LONG_TRACK and image_id not in spheres:
            held.append((point_id, image_id, index))
    return held


def try_lens(
    model: Any, lens: Lens, held: list[Observation], solve_focal: bool, max_shift: float
) -> Trial:
    """Fit a lens to a copy of the model that lacks some observations, and look at those."""
    import pycolmap

    copy = pycolmap.Reconstruction(model)
    for _, image_id, index in held:
        copy.delete_observation(image_id, index)
    fit_lens(copy, lens, solve_focal)
    return Trial(lens, held_out_error(copy, held), stays_in_the_middle(copy, max_shift))


def fit_lens(model: Any, lens: Lens, solve_focal: bool) -> None:
    """Give the cameras a lens, or the richest one that they can carry; adjust all to it.

    Cameras with too few photos for a principal point of their own keep what they have meanwhile.
    """
    held_cameras = []
    for camera_id, photos in sorted(photos_by_camera(model).items()):
        fitting = richest(lens, photos)
        if lens.solves_middle and not fitting.solves_middle:
            held_cameras.append(camera_id)
        else:
            set_lens(model.cameras[camera_id], fitting.model)
    freedom = Freedom(focal_length=solve_focal, principal_point=lens.solves_middle)
    adjust(model, freedom, held_cameras)


def richest(lens: Lens, photos: int) -> Lens:
    """The richest lens up to one that a camera of so many photos can carry."""
    steps = LADDER[: LADDER.index(lens) + 1] if lens in LADDER else (lens,)
    carried = [step for step in steps if step.min_photos <= photos]
    return carried[-1] if carried else steps[0]


def set_lens(camera: Any, model: str) -> None:
    """Change a camera's lens model; what both models know is kept, the rest starts at zero."""
    import pycolmap

    known = dict(zip(_names_of(camera), camera.params, strict=True))
    known["f"] = known["fx"] = known["fy"] = camera.mean_focal_length()
    first = known.get("k1", known.get("k", 0.0))
    known["k"] = known["k1"] = first
    other = pycolmap.Camera.create_from_model_name(
        camera.camera_id, model, camera.mean_focal_length(), camera.width, camera.height
    )
    params = [float(known.get(name, 0.0)) for name in _names_of(other)]
    camera.model = other.model
    camera.params = params


def _names_of(camera: Any) -> list[str]:
    return [name.strip() for name in camera.params_info.split(",")]


def held_out_error(model: Any, held: list[Observation]) -> float:
    """RMS in pixels at observations that the model lacks; each counts up to MOST_ERROR_PX."""
    errors = []
    for point_id, image_id, index in held:
        image = model.images[image_id]
        seen = image.project_point(model.points3D[point_id].xyz)
        if seen is None:
            errors.append(MOST_ERROR_PX)
            continue
        off = float(np.linalg.norm(np.asarray(seen) - image.points2D[index].xy))
        errors.append(min(off, MOST_ERROR_PX))
    return float(np.sqrt(np.mean(np.square(errors))))


def stays_in_the_middle(model: Any, max_shift: float) -> bool:
    """Whether all principal points lie near the middles of their photos."""
    for camera in model.cameras.values():
        if camera.is_spherical():
            continue
        off = np.hypot(
            camera.principal_point_x - camera.width / 2,
            camera.principal_point_y - camera.height / 2,
        )
        if off > max_shift * max(camera.width, camera.height):
            return False
    return True
