"""Where the photographer walks: the path of the camera for each size of the sample site."""

import math
from dataclasses import dataclass

import numpy as np

from vtour.synthetic.cameras import Camera, FloatArray, Lens, looking_at
from vtour.synthetic.geometry import moved
from vtour.synthetic.layout import PAVILION, STATUE, STELE
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
        "hand": (0.7872, (0.0011, -0.0008), (-0.048, 0.011)),
        "mast": (0.7715, (-0.0007, 0.0009), (-0.021, 0.004)),
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
    """The whole courtyard: walks along its sides, orbits, the pavilion's inside, and a mast."""
    return [
        *ring_inwards(),
        *walk_along_rock(),
        *walk_along_walls(),
        *orbit(STATUE, 2.7, 12, 1.9, 1.75),
        *inside_pavilion(),
        *around_terrace(),
        *into_corners(),
        *mast_ring(),
    ]


def ring_inwards() -> list[Shot]:
    """Near the sides of the courtyard, looking across it."""
    shots = []
    for number, turn in enumerate(np.linspace(-180, 180, 21)[:-1]):
        x, z = 9.6 * math.sin(math.radians(turn)), 7.6 * math.cos(math.radians(turn))
        centre = np.array([x, 1.65 if number % 2 else 2.6, max(z, -6.6)])
        shots.append(Shot("hand", centre, np.array([0.25 * x, 1.3, 0.25 * z - 0.8])))
    return shots


def walk_along_rock() -> list[Shot]:
    """Face to face with the cliff, at two heights."""
    shots = []
    for number, x in enumerate(np.linspace(10.6, -3.4, 10)):
        centre = np.array([x, 1.7 if number % 2 else 2.4, -6.6])
        shots.append(Shot("hand", centre, np.array([x - 2.6, 2.3, -9.3])))
    for number, z in enumerate(np.linspace(-4.2, 3.6, 5)):
        centre = np.array([-7.6, 1.7 if number % 2 else 2.9, z])
        shots.append(Shot("hand", centre, np.array([-12.0, 2.2, z + 0.8])))
    return shots


def walk_along_walls() -> list[Shot]:
    """The low walls, the gate, the planter and the benches from four metres."""
    along = [((10.5, 5.2), (12.0, 7.6)), ((8.2, 5.4), (9.4, 9.4)), ((4.6, 5.6), (6.2, 9.0))]
    along += [((2.2, 5.4), (3.0, 9.4)), ((-0.2, 5.2), (0.2, 9.6)), ((-2.8, 5.4), (-2.6, 9.4))]
    along += [((-5.4, 5.0), (-5.4, 9.2)), ((-8.0, 5.4), (-8.8, 9.3)), ((-8.4, 6.6), (-12.0, 6.2))]
    along += [((8.4, 2.6), (12.0, 3.4)), ((8.6, -0.2), (12.0, -0.4)), ((8.4, -3.4), (12.0, -4.0))]
    along += [((4.6, 7.8), (7.4, 6.4)), ((8.2, 8.6), (8.0, 6.2)), ((10.6, 7.4), (8.2, 6.2))]
    return [
        Shot("hand", np.array([x, 1.6, z]), np.array([to_x, 0.6, to_z]))
        for (x, z), (to_x, to_z) in along
    ]


def inside_pavilion() -> list[Shot]:
    """From under the roof outwards over the railings, and up at the beams."""
    shots = []
    for turn in np.linspace(-180, 180, 9)[:-1]:
        centre = on_circle((PAVILION[0], PAVILION[2]), 1.3, turn, 2.0)
        across = on_circle((PAVILION[0], PAVILION[2]), -2.2, turn, 2.2)
        shots.append(Shot("hand", centre, across))
    return shots


def around_terrace() -> list[Shot]:
    """The stele, from the foot of its steps and from beside it."""
    aim = moved(STELE, 0.0, 1.2, 0.0)
    feet = [(-10.4, 1.9, -3.6), (-9.0, 1.7, -3.4), (-7.6, 1.7, -3.2), (-6.0, 1.7, -3.4)]
    above = [(-4.4, 1.8, -4.2), (-9.2, 2.4, -6.2), (-5.9, 2.4, -6.1), (-7.6, 2.3, -5.7)]
    return [Shot("hand", np.array(place), aim) for place in (*feet, *above)]


CORNERS = (
    # east, south (m), heading, pitch (degrees): chosen one by one where the walks leave most
    # surface seen by fewer than three photos
    (9.0, -7.5, 220, -12),
    (11.0, 8.5, 340, -12),
    (9.0, -2.5, 20, -12),
    (8.0, -7.5, 220, -12),
    (9.0, -7.5, 240, 14),
    (-11.0, 8.5, 0, 14),
    (3.0, -7.5, 160, 14),
    (7.0, -6.5, 100, -12),
    (11.0, 8.5, 320, -12),
    (-10.0, 7.5, 340, 14),
    (-10.0, -1.5, 20, -12),
    (1.0, -7.9, 160, 14),
    (3.0, 2.5, 0, 14),
    (10.0, -3.5, 0, -12),
    (11.0, 3.5, 200, -12),
    (9.0, -4.5, 260, 14),
    (-7.0, 8.5, 340, -12),
    (-2.0, -3.5, 80, 14),
    (11.0, -7.5, 260, 14),
    (-9.0, 8.5, 80, -12),
    (10.0, 2.5, 340, -12),
    (8.0, 0.5, 300, 14),
    (11.0, 7.5, 280, -12),
    (-8.4, 5.4, 250, -8),
)


def into_corners() -> list[Shot]:
    """What the walks miss: behind the pavilion, the planter and the ends of the walls."""
    shots = []
    for x, z, heading_deg, pitch_deg in CORNERS:
        heading, pitch = math.radians(heading_deg), math.radians(pitch_deg)
        level = math.cos(pitch)
        along = (level * math.sin(heading), math.sin(pitch), -level * math.cos(heading))
        centre = np.array([x, 1.65, z])
        shots.append(Shot("hand", centre, centre + 5.0 * np.array(along)))
    return shots


def mast_ring() -> list[Shot]:
    """From a pole, looking down inwards, and down at what is below."""
    shots = []
    for turn in np.linspace(-180, 180, 17)[:-1]:
        x, z = 9.4 * math.sin(math.radians(turn)), 7.4 * math.cos(math.radians(turn))
        target = np.array([0.3 * x, 1.2, 0.3 * z - 0.6])
        shots.append(Shot("mast", np.array([x, 5.8, max(z, -7.0)]), target))
    for turn in np.linspace(-180, 180, 9)[:-1]:
        over = on_circle((PAVILION[0], PAVILION[2]), 5.4, turn, 6.4)
        over[2] = max(over[2], -7.0)
        shots.append(Shot("mast", over, moved(PAVILION, 0.0, 3.2, 0.0)))
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
