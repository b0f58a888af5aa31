"""Where the photographer walks: the path of the camera for each size of the sample site."""

import math
from dataclasses import dataclass

import numpy as np

from vtour.synthetic.cameras import Camera, FloatArray, Lens, looking_at
from vtour.synthetic.courtyard import PAVILION, STATUE
from vtour.synthetic.geometry import moved
from vtour.synthetic.options import Plan, Size, SyntheticOptions

EXIF_FOCAL_35MM = 28
"""What EXIF says; the true focal length differs by a percent, as it does in life."""


@dataclass(frozen=True)
class Shot:
    """One photo to take: camera group, standpoint and what it is aimed at, in the world."""

    group: str
    centre: FloatArray
    target: FloatArray


def survey_cameras(options: SyntheticOptions, plan: Plan) -> list[Camera]:
    """All cameras of the photo survey, in the order taken. The hand shakes by the seed."""
    shots = small_path() if options.size == Size.small else full_path()
    rng = np.random.default_rng([options.seed, 1])
    lenses = {name: survey_lens(name, plan.photo_px) for name in ("hand", "mast")}
    cameras = []
    for number, shot in enumerate(shots):
        centre = shot.centre + rng.uniform(-0.12, 0.12, 3)
        target = shot.target + rng.uniform(-0.25, 0.25, 3)
        rotation = looking_at(centre, target, float(rng.uniform(-2, 2)))
        file = f"photos/{shot.group}/IMG_{number + 1:04d}.jpg"
        cameras.append(Camera(file, lenses[shot.group], rotation, centre))
    return cameras[:: options.photo_step]


def survey_lens(name: str, long_side_px: int) -> Lens:
    """The lens of a camera group at a size: RADIAL, a little barrel, centre a little off."""
    focal, off, radial = {
        "hand": (0.7872, (0.0031, -0.0024), (-0.048, 0.011)),
        "mast": (0.7715, (-0.0022, 0.0017), (-0.021, 0.004)),
    }[name]
    width, height = long_side_px, round(long_side_px * 0.75)
    centre = (width / 2 + off[0] * width, height / 2 + off[1] * width)
    return Lens(name, width, height, focal * long_side_px, centre, radial)


def small_path() -> list[Shot]:
    """24 photos: an arc around statue and pavilion, and an orbit of the statue."""
    shots = []
    for number, turn in enumerate(np.linspace(-115, 105, 14)):
        height = 1.7 if number % 2 else 2.9
        centre = on_circle((-0.3, -0.8), 7.6, turn, height)
        shots.append(Shot("hand", centre, np.array([-0.2, 1.35, -1.6])))
    return shots + orbit(STATUE, 3.4, 10, 1.9, 1.75)


def full_path() -> list[Shot]:
    """The whole courtyard: rings inwards and outwards, orbits, and a mast above."""
    shots: list[Shot] = []
    for number, turn in enumerate(np.linspace(-180, 180, 25)[:-1]):
        x, z = 9.4 * math.sin(math.radians(turn)), 7.0 * math.cos(math.radians(turn))
        centre = np.array([x, 1.65 if number % 2 else 2.6, max(z, -6.9)])
        shots.append(Shot("hand", centre, np.array([0.25 * x, 1.2, 0.25 * z - 0.8])))
    return shots + orbit(STATUE, 2.6, 12, 1.9, 1.5) + mast_ring()


def mast_ring() -> list[Shot]:
    """From a pole, looking down inwards."""
    shots = []
    for turn in np.linspace(-180, 180, 17)[:-1]:
        x, z = 8.8 * math.sin(math.radians(turn)), 7.0 * math.cos(math.radians(turn))
        shots.append(Shot("mast", np.array([x, 5.6, z]), np.array([0.2 * x, 1.5, 0.2 * z - 0.6])))
    return shots


def orbit(
    centre: FloatArray, radius_m: float, count: int, height_m: float, aim_m: float
) -> list[Shot]:
    """Around one thing, looking at it."""
    shots = []
    for turn in np.linspace(-180, 180, count + 1)[:-1]:
        standpoint = on_circle((centre[0], centre[2]), radius_m, turn, height_m)
        shots.append(Shot("hand", standpoint, moved(centre, 0, aim_m, 0)))
    return shots


def on_circle(
    centre_xz: tuple[float, float], radius_m: float, turn_deg: float, height_m: float
) -> FloatArray:
    """A place on a level circle; 0 degrees lies south of its centre and east is 90."""
    turn = math.radians(turn_deg)
    return np.array(
        [
            centre_xz[0] + radius_m * math.sin(turn),
            height_m,
            centre_xz[1] + radius_m * math.cos(turn),
        ]
    )


__all__ = ["EXIF_FOCAL_35MM", "PAVILION", "Shot", "survey_cameras", "survey_lens"]
