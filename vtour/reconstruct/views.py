"""What a sparse model tells about its images: which see the same, from how far, and where."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BEST_ANGLE_DEG = 12.0  # wide enough for depth, narrow enough for the same look
NARROW_SIGMA_DEG = 5.0
WIDE_SIGMA_DEG = 14.0
MIN_SHARED_POINTS = 8


@dataclass(frozen=True, kw_only=True)
class Observations:
    """All observations of sparse points, one row each.

    image    : (n,) image ids.
    point    : (n,) rows of ``position``.
    pixel    : (n, 2) in the image, pixel centres at +0.5.
    position : (m, 3) world.
    """

    image: NDArray[np.int64]
    point: NDArray[np.int64]
    pixel: FloatArray
    position: FloatArray


def observations_of(model: Any) -> Observations:
    """All observations of a pycolmap.Reconstruction, in the order of the point ids."""
    image_ids: list[int] = []
    rows: list[int] = []
    pixels: list[FloatArray] = []
    positions: list[FloatArray] = []
    xy = {
        image_id: np.array([p.xy for p in model.images[image_id].points2D]).reshape(-1, 2)
        for image_id in model.images
    }
    for row, point_id in enumerate(sorted(model.points3D)):
        point = model.points3D[point_id]
        positions.append(point.xyz)
        elements = sorted((e.image_id, e.point2D_idx) for e in point.track.elements)
        for image_id, index in elements:
            image_ids.append(image_id)
            rows.append(row)
            pixels.append(xy[image_id][index])
    return Observations(
        image=np.array(image_ids, dtype=np.int64),
        point=np.array(rows, dtype=np.int64),
        pixel=np.array(pixels, dtype=np.float64).reshape(-1, 2),
        position=np.array(positions, dtype=np.float64).reshape(-1, 3),
    )


def source_views(
    seen: Observations, centres: dict[int, FloatArray], count: int
) -> dict[int, list[int]]:
    """For every image the ``count`` others to match it with, the best first.

    centres : camera centre in the world of each image id.

    A pair's score is the number of shared points, each weighed by its triangulation angle
    (as in MVSNet's view selection: a Gaussian around the best angle, steeper below it).
    """
    points = {i: np.unique(seen.point[seen.image == i]) for i in centres}
    overlapping = images_that_share(points, MIN_SHARED_POINTS)
    chosen: dict[int, list[int]] = {}
    for i in sorted(centres):
        scores = []
        for j in overlapping[i]:
            shared = np.intersect1d(points[i], points[j], assume_unique=True)
            angle = triangulation_angles_deg(seen.position[shared], centres[i], centres[j])
            scores.append((float(angle_weights(angle).sum()), j))
        scores.sort(key=lambda pair: (-pair[0], pair[1]))
        chosen[i] = [j for score, j in scores[:count] if score > 0]
    return chosen


def images_that_share(points: dict[int, NDArray[np.int64]], fewest: int) -> dict[int, list[int]]:
    """For every image the others that see at least ``fewest`` of its points, in order.

    points : rows of the points that each image sees, none twice.
    """
    from scipy.sparse import csr_matrix

    ids = sorted(points)
    starts = np.cumsum([0, *(len(points[i]) for i in ids)])
    columns = np.concatenate([points[i] for i in ids]) if ids else np.zeros(0, np.int64)
    width = int(columns.max(initial=-1)) + 1
    sees = csr_matrix((np.ones(len(columns), np.int32), columns, starts), (len(ids), width))
    shared = (sees @ sees.T).tolil()
    return {
        i: [ids[k] for k, count in zip(row, counts, strict=True) if count >= fewest and ids[k] != i]
        for i, row, counts in zip(ids, shared.rows, shared.data, strict=True)
    }


def triangulation_angles_deg(points: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Angle (n,) at each of the (n, 3) points between the two centres."""
    to_a, to_b = a - points, b - points
    cosine = np.sum(to_a * to_b, axis=1) / (
        np.linalg.norm(to_a, axis=1) * np.linalg.norm(to_b, axis=1)
    )
    angles: FloatArray = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return angles


def angle_weights(angle_deg: FloatArray) -> FloatArray:
    """1 at the best angle, falling to both sides; see source_views."""
    sigma = np.where(angle_deg < BEST_ANGLE_DEG, NARROW_SIGMA_DEG, WIDE_SIGMA_DEG)
    weights: FloatArray = np.exp(-(((angle_deg - BEST_ANGLE_DEG) / sigma) ** 2) / 2)
    return weights
