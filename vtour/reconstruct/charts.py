"""Charts: connected faces with the same photo, laid flat as that photo sees them.

Faces that no photo sees are laid flat along the axis that their normal is closest to.
A chart's coordinates are pixels of its photo, x right and y down, from the chart's own corner.
Whole-pixel offsets keep texels on the photo's pixels, so that an atlas at full scale holds the
photo's own pixels, not interpolated ones.
"""

from dataclasses import dataclass

import numpy as np

from vtour.reconstruct.photo_views import View
from vtour.reconstruct.topology import FloatArray, IntArray, adjacent_faces, face_vectors, groups
from vtour.reconstruct.visibility import Int32Array

UNSEEN_DENSITY = 0.35  # of the median pixel density: colours there are smooth


@dataclass(frozen=True, kw_only=True)
class Charts:
    """c charts over m faces, with n corners that are vertices of the textured mesh."""

    chart: IntArray
    """(m,) chart of each face."""
    faces: IntArray
    """(m, 3) corners."""
    source: IntArray
    """(n,) vertex of the mesh that each corner lies at."""
    chart_of_corner: IntArray
    """(n,)"""
    flat: FloatArray
    """(n, 2) pixels from the chart's own corner, at least 0."""
    size: FloatArray
    """(c, 2) width and height in pixels."""

    @property
    def count(self) -> int:
        """How many charts there are."""
        return len(self.size)


def charts_from_labels(
    positions: FloatArray, faces: IntArray, labels: Int32Array, views: list[View]
) -> Charts:
    """Cut the mesh where the photo changes and lay the pieces flat. labels: -1 for no photo."""
    kinds = labels.astype(np.int64)
    normals = face_vectors(positions, faces)
    axis = np.abs(normals).argmax(axis=1)
    positive = np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] > 0
    kinds = np.where(kinds < 0, -1 - axis * 2 - positive, kinds)
    chart = charts_of_faces(faces, kinds)
    keys = faces + chart[:, None] * len(positions)
    corners, new_faces = np.unique(keys, return_inverse=True)
    source, chart_of_corner = corners % len(positions), corners // len(positions)
    kind_of_corner = np.zeros(chart.max() + 1, np.int64)
    kind_of_corner[chart] = kinds
    flat = flat_positions(positions[source], kind_of_corner[chart_of_corner], views)
    flat = rescale_unseen(flat, positions[source], new_faces.reshape(-1, 3), kinds)
    low = lowest_by_group(flat, chart_of_corner, chart.max() + 1)
    flat = flat - np.floor(low)[chart_of_corner]
    size = -lowest_by_group(-flat, chart_of_corner, chart.max() + 1)
    return Charts(
        chart=chart,
        faces=new_faces.reshape(-1, 3),
        source=source,
        chart_of_corner=chart_of_corner,
        flat=flat,
        size=size,
    )


def charts_of_faces(faces: IntArray, kinds: IntArray) -> IntArray:
    """Chart (m,) of every face: connected over edges, of one kind."""
    pairs = adjacent_faces(faces)
    same = kinds[pairs[:, 0]] == kinds[pairs[:, 1]]
    return groups(len(faces), pairs[same, 0], pairs[same, 1])


def flat_positions(points: FloatArray, kinds: IntArray, views: list[View]) -> FloatArray:
    """Pixels (n, 2) of corners in their photo; world units along two axes where kind < 0."""
    flat = np.zeros((len(points), 2))
    for kind in np.unique(kinds):
        these = kinds == kind
        if kind >= 0:
            flat[these], _ = views[kind].project(points[these])
        else:
            axis, positive = divmod(int(-1 - kind), 2)
            across, down = {0: (2, 1), 1: (0, 2), 2: (0, 1)}[axis]
            # Seen from outside, right-handed, with y down: no face comes out mirrored.
            mirror = 1.0 if (axis == 0) != bool(positive) else -1.0
            mirror = mirror if axis != 1 else (1.0 if positive else -1.0)
            sign = 1.0 if axis == 1 else -1.0
            flat[these] = points[these][:, [across, down]] * (mirror, sign)
    return flat


def rescale_unseen(
    flat: FloatArray, points: FloatArray, faces: IntArray, kinds: IntArray
) -> FloatArray:
    """Bring charts laid out in world units to pixels, coarser than those with a photo."""
    unseen = kinds < 0
    if not unseen.any():
        return flat
    if unseen.all():
        density = 1000 / max(float(np.ptp(points, axis=0).max()), 1e-12)
    else:
        density = UNSEEN_DENSITY * median_density(flat, points, faces[~unseen])
    corners = np.unique(faces[unseen])
    scaled = flat.copy()
    scaled[corners] *= density
    return scaled


def median_density(flat: FloatArray, points: FloatArray, faces: IntArray) -> float:
    """Median over the faces of pixels along one unit of surface."""
    a, b, c = (flat[faces[:, k]] for k in range(3))
    pixels = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    areas = 0.5 * np.linalg.norm(face_vectors(points, faces), axis=1)
    return float(np.median(np.sqrt(pixels / np.maximum(areas, 1e-300))))


def lowest_by_group(values: FloatArray, group: IntArray, count: int) -> FloatArray:
    """Smallest row (count, 2) of the values in each group."""
    low = np.full((count, values.shape[1]), np.inf)
    np.minimum.at(low, group, values)
    return low
