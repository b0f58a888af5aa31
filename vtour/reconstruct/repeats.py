"""Pairs of photos that match, although the solved cameras say that they see different things.

Two wings that look the same match each other as if they were one. A solver that was not fooled puts
them apart, and one that was cannot place the photos between them; either way matches that hold
together on their own contradict the cameras. That is seen by the epipolar error of a pair's matches
with the solved cameras, and it is told, not mended: which of the two is right only a person knows.
Telling twins apart from the pictures alone takes trained networks (Cai et al., Doppelgangers, ICCV
2023), which have no place here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FEWEST_MATCHES = 30
FITS_PX = 8.0  # twice what the mapper allows
SHARE_THAT_FITS = 0.3
FEWEST_PAIRS = 2
PAIRS_NAMED = 3


def contradictions(model: Any, database: Path) -> list[tuple[str, str, int]]:
    """Pairs of solved photos whose matches hardly fit the cameras: two names and the matches."""
    found = []
    for first, second, here, there in matched_photos(model, database):
        if share_that_fits(first, second, here, there) < SHARE_THAT_FITS:
            found.append((*sorted((first.name, second.name)), len(here)))
    return sorted(found, key=lambda one: (-one[2], one))


def matched_photos(model: Any, database: Path) -> Iterator[tuple[Any, Any, FloatArray, FloatArray]]:
    """Solved photos (pycolmap) with enough verified matches: pixels (n, 2) in either."""
    import pycolmap

    with pycolmap.Database.open(database) as opened:
        points: dict[int, FloatArray] = {}
        for pair_id, geometry in zip(*opened.read_two_view_geometries(), strict=True):
            ids = pycolmap.pair_id_to_image_pair(pair_id)
            images = [model.images[one] for one in ids if one in model.images]
            solved = [one for one in images if one.has_pose and not one.camera.is_spherical()]
            matches = geometry.inlier_matches
            if len(solved) < 2 or len(matches) < FEWEST_MATCHES:
                continue
            for one in ids:
                if one not in points:
                    points[one] = opened.read_keypoints(one)[:, :2].astype(np.float64)
            here, there = (points[one][matches[:, side]] for side, one in enumerate(ids))
            yield solved[0], solved[1], here, there


def share_that_fits(first: Any, second: Any, here: FloatArray, there: FloatArray) -> float:
    """Share of matches, pixels (n, 2) in two solved photos, that obey their epipolar geometry."""
    second_from_first = second.cam_from_world() * first.cam_from_world().inverse()
    limit = FITS_PX / min(one.camera.mean_focal_length() for one in (first, second))
    rays = [_normalised(one.camera, pixels) for one, pixels in ((first, here), (second, there))]
    return float(np.mean(sampson_errors(second_from_first, *rays) < limit))


def _normalised(camera: Any, pixels: FloatArray) -> FloatArray:
    """Undistorted image coordinates at distance 1, (n, 3) with z 1; NaN where there are none."""
    xy = np.asarray(camera.cam_from_img(pixels), np.float64)
    if xy.shape[1] == 3:  # rays of any length
        return xy / xy[:, 2:]
    return np.column_stack([xy, np.ones(len(xy))])


def sampson_errors(second_from_first: Any, here: FloatArray, there: FloatArray) -> FloatArray:
    """Distance of matches from the epipolar geometry, to first order; in units of the focal length.

    Sampson's approximation (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 11.4.3).
    """
    x, y, z = second_from_first.translation
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    essential = cross @ second_from_first.rotation.matrix()
    lines_there, lines_here = here @ essential.T, there @ essential
    residual = np.sum(there * lines_there, axis=1)
    slope = np.linalg.norm(np.hstack([lines_there[:, :2], lines_here[:, :2]]), axis=1)
    errors: FloatArray = np.abs(residual) / np.maximum(slope, 1e-12)
    return np.nan_to_num(errors, nan=np.inf)


def repeat_warnings(pairs: list[tuple[str, str, int]]) -> list[str]:
    """One line when several pairs contradict the cameras."""
    if len(pairs) < FEWEST_PAIRS:
        return []
    named = ", ".join(f"{a} and {b}" for a, b, _ in pairs[:PAIRS_NAMED])
    more = f" and {len(pairs) - PAIRS_NAMED} more" if len(pairs) > PAIRS_NAMED else ""
    return [
        f"repeated structure: {len(pairs)} pairs of photos match although the solved cameras see "
        f"different places ({named}{more}): check that twin walls or wings stand apart in the "
        "model; photos that show what lies between them help"
    ]
