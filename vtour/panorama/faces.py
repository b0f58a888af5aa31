"""Places that look like faces: the LBP cascade of scikit-image over photos and spheres.

The cascade (3,000 frontal faces, windows of 24 px) comes in scikit-image's wheel, so nothing is
downloaded. Its own search is not used: it enlarges the features instead of shrinking the image, and
sums a whole image in float32, which cannot tell single grey levels in more than a few megapixels.
Here the image is shrunk step by step and cut into tiles whose sums are exact.

One window that the cascade accepts means little: in textured ground it accepts about one in forty
thousand, and an image has millions. A face is accepted many times: at neighbouring places and
sizes, in the mirror, and with its contrast evened. What is proposed is a group of windows, its
score how often it was accepted.

Frame of spheres: ``pano`` of vtour/sphere.py. Pixel centres lie at +0.5.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.files import UInt8Array
from vtour.sphere import sample_sphere, view_rays

FloatArray = NDArray[np.float64]

DETECTOR = "lbp-frontal-1"
"""Part of the key of what is kept of a search: raised when the same image gives another result."""

WINDOW_PX = 24
TILE_PX = 360  # 360 x 360 values of at most 127 sum up to less than 2**24: exact in float32
SHRINK = 1.15
VIEWS, VIEW_FOV_DEG, VIEW_PITCH_DEG, VIEW_HEIGHT_DEG = 8, 58.0, -5.0, 70.0
NEAR, RATIO = 0.35, 1.5  # windows of one face: centres this near, in sizes, and sizes this alike
HEAD = 1.4  # a head is this much larger than the window, which reaches from brows to chin


@dataclass(frozen=True, kw_only=True)
class Search:
    """How faces are looked for.

    step_px     : distance of windows in the shrunk image.
    least_score : groups of a lower score are not proposed.
    most        : at most this many are proposed in one image, the best first.
    """

    step_px: int = 2
    least_score: float = 32.0
    most: int = 12


@dataclass(frozen=True)
class Face:
    """A place that looks like a face.

    centre : pixels (2,) of the image, or a unit ray (3,) in pano.
    size   : edge of a square around the head, in pixels or radians.
    score  : how often the cascade accepted it.
    """

    centre: FloatArray
    size: float
    score: float


def faces_in_photo(image: UInt8Array, search: Search) -> list[Face]:
    """Faces in an upright photo (h, w, 3) uint8 sRGB, the best first; none below 24 px."""
    found = [
        np.column_stack([windows, np.full(len(windows), kind)])
        for kind, windows in enumerate(_all_windows(image, search.step_px))
    ]
    windows = np.concatenate(found)
    return grouped(windows[:, :2], windows[:, 2], windows[:, 3].astype(int), search)


def faces_in_sphere(sphere: UInt8Array, search: Search) -> list[Face]:
    """Faces in a full sphere (H, 2H, 3) uint8 sRGB, the best first.

    Looked for in perspective views around the horizon, from 40 degrees below to 30 above it, of
    the sphere's own resolution; none smaller than 24 px of the sphere at its equator.
    """
    rays, sizes, kinds = [], [], []
    for rotation in view_rotations():
        size_px = view_size(sphere.shape[1])
        view = sample_sphere(
            sphere, view_rays(rotation, size_px, math.radians(VIEW_FOV_DEG)), cubic=True
        )
        for kind, windows in enumerate(_all_windows(view, search.step_px)):
            directions, angles = directions_in_view(windows, size_px)
            rays.append(directions @ rotation.T)
            sizes.append(angles)
            kinds.append(np.full(len(windows), kind))
    return grouped(np.concatenate(rays), np.concatenate(sizes), np.concatenate(kinds), search)


def view_rotations() -> Iterator[FloatArray]:
    """pano_from_view (3, 3) of the views that are searched."""
    from scipy.spatial.transform import Rotation

    for number in range(VIEWS):
        yaw_deg = 360 * number / VIEWS
        yield Rotation.from_euler("YX", [-yaw_deg, VIEW_PITCH_DEG], degrees=True).as_matrix()


def view_size(sphere_width_px: int) -> tuple[int, int]:
    """Width and height of a view that has the sphere's resolution in its middle."""
    focal = sphere_width_px / math.tau
    half_width, half_height = math.radians(VIEW_FOV_DEG / 2), math.radians(VIEW_HEIGHT_DEG / 2)
    return round(2 * focal * math.tan(half_width)), round(2 * focal * math.tan(half_height))


def directions_in_view(
    windows: FloatArray, size_px: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Unit rays (n, 3) in the view's axes, and angles (n,), of windows (n, 3) x, y, size."""
    width, height = size_px
    focal = width / 2 / math.tan(math.radians(VIEW_FOV_DEG / 2))
    x, y = (windows[:, 0] - width / 2) / focal, (height / 2 - windows[:, 1]) / focal
    rays = np.stack([x, y, -np.ones_like(x)], axis=-1)
    length = np.linalg.norm(rays, axis=-1)
    return rays / length[:, None], windows[:, 2] / focal / length


def grouped(centres: FloatArray, sizes: FloatArray, kinds: Any, search: Search) -> list[Face]:
    """Groups of windows that agree, the best first, none overlapping a better one.

    centres (n, d); sizes (n,) in the same unit; kinds (n,) int: 0 as it is, 1 mirrored, 2 evened.

    The score is the number of windows of a group, doubled for each further kind among them.
    """
    from scipy.spatial import cKDTree

    faces: list[Face] = []
    if not len(centres):
        return faces
    near = cKDTree(centres).query_ball_point(centres, NEAR * sizes)
    members = [
        np.array([j for j in sorted(group) if 1 / RATIO < sizes[j] / sizes[i] < RATIO])
        for i, group in enumerate(near)
    ]
    scores = np.array([len(group) * 2.0 ** (len(np.unique(kinds[group])) - 1) for group in members])
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < search.least_score or len(faces) >= search.most:
            break
        group = members[index]
        centre, size = centres[group].mean(axis=0), HEAD * float(sizes[group].mean())
        if centres.shape[1] == 3:
            centre /= np.linalg.norm(centre)
        if all(_apart(centre, size, face) for face in faces):
            faces.append(Face(centre, size, float(scores[index])))
    return faces


def _apart(centre: FloatArray, size: float, other: Face) -> bool:
    return float(np.linalg.norm(centre - other.centre)) > 0.5 * max(size, other.size)


def _all_windows(image: UInt8Array, step_px: int) -> Iterator[FloatArray]:
    """Accepted windows (n, 3) centre x, y, size of an image as it is, mirrored, and evened."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    yield accepted_windows(grey, step_px)
    mirrored = accepted_windows(np.ascontiguousarray(grey[:, ::-1]), step_px)
    mirrored[:, 0] = grey.shape[1] - mirrored[:, 0]
    yield mirrored
    yield accepted_windows(cv2.createCLAHE(3.0, (8, 8)).apply(grey), step_px)


def accepted_windows(grey: UInt8Array, step_px: int) -> FloatArray:
    """Windows (n, 3) centre x, y, size in pixels that the cascade accepts; (h, w) uint8."""
    import cv2

    height, width = grey.shape
    found: list[tuple[float, float, float]] = []
    scale = 1.0
    while min(height, width) / scale >= WINDOW_PX + 2:
        size = (round(width / scale), round(height / scale))
        small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        across, down = width / size[0], height / size[1]
        for x, y in _accepted_in(small, step_px if scale < 2 else 1):
            half = WINDOW_PX / 2
            found.append(((x + half) * across, (y + half) * down, WINDOW_PX * scale))
        scale *= SHRINK
    return np.array(found, dtype=np.float64).reshape(-1, 3)


def _accepted_in(small: UInt8Array, step_px: int) -> Iterator[tuple[int, int]]:
    """Left and top of windows of 24 px, searched tile by tile."""
    advance = TILE_PX - WINDOW_PX - 2
    advance -= advance % step_px
    for top in range(0, small.shape[0] - WINDOW_PX, advance):
        for left in range(0, small.shape[1] - WINDOW_PX, advance):
            tile = small[top : top + TILE_PX, left : left + TILE_PX].astype(np.float64)
            tile -= np.rint(tile.mean())  # so that sums stay small; the cascade only compares
            for hit in cascade().detect_multi_scale(
                tile,
                scale_factor=1.2,
                step_ratio=step_px,
                min_size=(WINDOW_PX, WINDOW_PX),
                max_size=(WINDOW_PX + 1, WINDOW_PX + 1),  # one size: the image is what shrinks
                min_neighbor_number=1,
                intersection_score_threshold=2.0,  # never reached: every window by itself
            ):
                if hit["r"] < advance and hit["c"] < advance:
                    yield left + int(hit["c"]), top + int(hit["r"])


@functools.cache
def cascade() -> Any:
    """The cascade that scikit-image ships."""
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())
