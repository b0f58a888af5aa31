"""control.csv and marks.csv: surveyed targets, and where photos show them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray, enu_from_world
from vtour.synthetic.cameras import Camera
from vtour.synthetic.courtyard import Target
from vtour.synthetic.render import RayMesh

BoolArray = NDArray[np.bool_]

CONTROL_SIGMA_M = 0.003
MARK_SIGMA_PX = 0.3
LEAST_MARKS = 3
LEAST_SIDE_PX = 9.0
"""A target smaller than this, seen as foreshortened, cannot be marked well."""
MARGIN_SHARE = 0.01


@dataclass(frozen=True)
class Mark:
    """A target's centre in a photo, in pixels of the upright image, centres at +0.5."""

    label: str
    file: str
    x_px: float
    y_px: float


def marks_of(scene: RayMesh, targets: list[Target], cameras: list[Camera], seed: int) -> list[Mark]:
    """Marks of all targets that at least LEAST_MARKS photos truly show, with noise."""
    rng = np.random.default_rng([seed, 6])
    marks: list[Mark] = []
    for target in targets:
        found = []
        for camera in cameras:
            x, y = camera.pixels_from_world(target.centre)[0] + rng.normal(0, MARK_SIGMA_PX, 2)
            if is_marked(scene, target, camera):
                found.append(Mark(target.label, camera.file, float(x), float(y)))
        if len(found) >= LEAST_MARKS:
            marks += found
    return marks


def is_marked(scene: RayMesh, target: Target, camera: Camera) -> bool:
    """Whether a photo shows a target whole, large enough, and from its front."""
    right = np.cross(target.up, target.normal)
    corners = np.array(
        [
            target.centre + 0.5 * target.size_m * (u * right + v * target.up)
            for u, v in ((0, 0), (-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
    )
    if np.dot(camera.centre - target.centre, target.normal) <= 0:
        return False
    pixels = camera.pixels_from_world(corners)
    size = np.array([camera.lens.width, camera.lens.height])
    margin = MARGIN_SHARE * size
    # A point far outside the image may be bent back into it by the radial polynomial.
    local = (corners - camera.centre) @ camera.world_from_cam
    before = np.abs(local[:, :2]).max(1) < 1.2 * local[:, 2]
    if not (before.all() and (pixels > margin).all() and (pixels < size - margin).all()):
        return False
    x, y = (pixels[1:] - np.roll(pixels[1:], 1, axis=0)).T
    short_side = float(np.hypot(x, y).min())
    return short_side >= LEAST_SIDE_PX and bool(is_seen(scene, corners, camera.centre).all())


def is_seen(scene: RayMesh, points: FloatArray, viewpoint: FloatArray) -> BoolArray:
    """Whether nothing stands between (n, 3) points and a viewpoint: (n,) bool."""
    way = viewpoint - points
    distance = np.linalg.norm(way, axis=1, keepdims=True)
    along = way / distance
    # The ray goes from the viewpoint, so that it need not leave the surface it ends on.
    origins = np.broadcast_to(viewpoint, points.shape)
    reach = scene.first_hits(origins, -along)["t_hit"]
    seen: BoolArray = reach > distance[:, 0] - 0.01
    return seen


def control_csv(targets: list[Target], marks: list[Mark], seed: int) -> str:
    """Text of control.csv: ENU metres about the anchor, as surveyed with CONTROL_SIGMA_M."""
    rng = np.random.default_rng([seed, 7])
    marked = {mark.label for mark in marks}
    lines = ["# crs: enu", "label,x,y,z,role,sigma_m"]
    for target in targets:
        enu = enu_from_world(target.centre) + rng.normal(0, CONTROL_SIGMA_M, 3)
        place = ",".join(f"{value:.4f}" for value in enu)
        if target.label in marked:
            lines.append(f"{target.label},{place},{target.role},{CONTROL_SIGMA_M}")
    return "\n".join(lines) + "\n"


def marks_csv(marks: list[Mark]) -> str:
    """Text of marks.csv; files are relative to the captures."""
    lines = ["label,file,x_px,y_px"]
    lines += [f"{mark.label},{mark.file},{mark.x_px:.2f},{mark.y_px:.2f}" for mark in marks]
    return "\n".join(lines) + "\n"
