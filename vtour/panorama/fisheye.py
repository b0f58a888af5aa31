"""Dual fisheyes: two lenses back to back, each seeing somewhat more than half of the sphere.

The lens file has the form of fusion2sphere's (paulbourke.net/dome/dualfish2sphere): for either
lens RADIUS of the circle in pixels, CENTER x y, FOV in degrees across the circle, and optional
ROTATEX, ROTATEY, ROTATEZ in degrees about the lens's right, forward and up. The angle from the
axis grows evenly with the radius. How the two lenses really stand to each other is refined by
matches in the ring that both see.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.panorama.lens import PhotoLens
from vtour.panorama.matching import Features, find_features, match_features
from vtour.panorama.projecting import View, inside_photo, photo_pixels
from vtour.panorama.rotations import angle_of, find_rotation
from vtour.sphere import PANO_FROM_CAM, rays_from_pixels, turn_about_up

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]

LINE = re.compile(r"\s*([A-Z]+)\s*:\s*([^#]*)")
FIELDS = {"RADIUS": 1, "CENTER": 2, "FOV": 1, "ROTATEX": 1, "ROTATEY": 1, "ROTATEZ": 1}
IGNORED = {"IMAGE", "HFOV", "FNAME"}
MOST_BYTES = 100_000
MATCH_PX = 3072
"""Widest sphere that the ring is matched on."""
FARTHEST = math.radians(5)
AGREE = math.radians(0.35)
LEAST = 20
SHARE = 0.25


@dataclass(frozen=True)
class FisheyeLens:
    """One lens of the file: radius and centre in pixels, angles in radians."""

    radius_px: float
    centre_px: tuple[float, float]
    fov: float
    rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def photo_lens(self, size_px: tuple[int, int]) -> PhotoLens:
        """As a lens of a photo of that size."""
        half = self.fov / 2
        return PhotoLens(
            size_px, self.radius_px / half, self.centre_px, is_fisheye=True, max_angle=half
        )


def read_lens_file(path: Path) -> tuple[FisheyeLens, FisheyeLens]:
    """Front and back of a lens file. Raises InputError in one line when it is not one."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name}: {path.stat().st_size} bytes, expected a short lens file")
    blocks: list[dict[str, list[float]]] = []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
        match = LINE.match(line)
        if line.lstrip().startswith("#") or not match:
            continue
        name, values = match[1], match[2].split()
        if name == "IMAGE" or not blocks:
            blocks.append({})
        if name in IGNORED:
            continue
        blocks[-1][name] = _numbers(path, number, name, values)
    lenses = [_lens(path, block) for block in blocks if block]
    if len(lenses) != 2:
        raise InputError(f"{path.name}: {len(lenses)} lenses, expected 2, each begun by IMAGE:")
    return lenses[0], lenses[1]


def _numbers(path: Path, number: int, name: str, values: list[str]) -> list[float]:
    where = f"{path.name}, line {number}"
    if name not in FIELDS:
        raise InputError(f"{where}: {name} is unknown, expected one of {', '.join(FIELDS)}")
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        numbers = []
    if len(numbers) != FIELDS[name] or not all(math.isfinite(value) for value in numbers):
        raise InputError(
            f"{where}: {name} {' '.join(values)[:40]!r}, expected {FIELDS[name]} number(s)"
        )
    return numbers


def _lens(path: Path, block: dict[str, list[float]]) -> FisheyeLens:
    missing = [name for name in ("RADIUS", "CENTER", "FOV") if name not in block]
    if missing:
        raise InputError(f"{path.name}: no {' and no '.join(missing)}, expected for both lenses")
    radius, (fov_deg,) = block["RADIUS"][0], block["FOV"]
    if not (radius > 10 and 120 < fov_deg < 300):
        raise InputError(
            f"{path.name}: RADIUS {radius:g} and FOV {fov_deg:g}, expected more than 10 px "
            "and 120 to 300 degrees"
        )
    turns = [math.radians(block.get(f"ROTATE{axis}", [0.0])[0]) for axis in "XYZ"]
    return FisheyeLens(
        radius, (block["CENTER"][0], block["CENTER"][1]), math.radians(fov_deg),
        (turns[0], turns[1], turns[2]),
    )  # fmt: skip


def fisheye_views(
    lenses: tuple[FisheyeLens, FisheyeLens], sizes: list[tuple[int, int]]
) -> list[View]:
    """Front looking to the middle of the sphere, back to its edge, both upright."""
    from scipy.spatial.transform import Rotation

    views = []
    for lens, size, heading in zip(lenses, sizes, (0.0, math.pi), strict=True):
        x, y, z = lens.rotation  # about right, forward (-Z of pano), up (+Y)
        own = Rotation.from_euler("YXZ", [z, x, -y]).as_matrix()
        pano_from_cam = turn_about_up(heading) @ own @ PANO_FROM_CAM
        views.append(View(pano_from_cam.T, lens.photo_lens(size)))
    return views


@dataclass(frozen=True, eq=False)
class Refined:
    """Views after matching the ring; the residual is None when too few matches agreed."""

    views: list[View]
    matches: int
    residual_rad: float | None
    turned: float


def refine_views(views: list[View], pictures: list[UInt8Array]) -> Refined:
    """Turn the back lens so that what both lenses see in the ring agrees best."""
    width = match_width(views)
    sides = [_ring_features(views, pictures, number, width) for number in (0, 1)]
    rows = match_features(sides[0], sides[1])
    front = rays_from_pixels(sides[0].pixels[rows[:, 0]], width)
    back = rays_from_pixels(sides[1].pixels[rows[:, 1]], width)
    near = np.einsum("ij,ij->i", front, back) > math.cos(FARTHEST)
    front, back = front[near], back[near]
    turn, agrees = find_rotation(back, front, AGREE)
    if agrees.sum() < max(LEAST, SHARE * len(front)) or angle_of(turn) > FARTHEST:
        return Refined(views, int(agrees.sum()), None, 0.0)
    turned = View(views[1].cam_from_pano @ turn.T, views[1].lens)
    off = np.linalg.norm(back[agrees] @ turn.T - front[agrees], axis=1)
    residual = float(np.sqrt(np.mean(off**2)))
    return Refined([views[0], turned], int(agrees.sum()), residual, angle_of(turn))


def match_width(views: list[View]) -> int:
    """Width of the sphere that the ring is matched on: as fine as the lenses, within bounds."""
    return min(MATCH_PX, round(math.tau * views[0].lens.focal_px / 2) * 2)


def _ring_features(
    views: list[View], pictures: list[UInt8Array], number: int, width: int
) -> Features:
    """Features of one lens's sphere inside the ring that both lenses see."""
    import cv2

    window = (0, width // 2), (0, width)
    both = np.ones((width // 2, width), bool)
    for view in views:
        x, y = photo_pixels(view, width, *window)
        both &= inside_photo(x, y, view.lens)
    x, y = photo_pixels(views[number], width, *window)
    grey = cv2.cvtColor(pictures[number], cv2.COLOR_RGB2GRAY)
    sphere = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    found = find_features(sphere, 20000)
    at = found.pixels.astype(int)
    inside = both[np.clip(at[:, 1], 0, width // 2 - 1), np.clip(at[:, 0], 0, width - 1)]
    return Features(found.pixels[inside], found.words[inside])
