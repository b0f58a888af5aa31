"""Charts: connected faces with the same photo, laid flat as that photo sees them.

Faces that no photo sees are laid flat along their mean normal; where they fold over each
other, they share texels, which does not show in their smooth colours.
A chart's coordinates are pixels of its photo, x right and y down, from the chart's own corner.
Whole-pixel offsets keep texels on the photo's pixels, so that an atlas at full scale holds the
photo's own pixels, not interpolated ones.
"""

import numpy as np

from vtour.atlas.charts import Charts, charts_of_faces, lowest_by_group
from vtour.atlas.topology import FloatArray, IntArray, face_vectors
from vtour.reconstruct.photo_views import View
from vtour.reconstruct.visibility import Int32Array

UNSEEN_DENSITY = 0.35  # of the median pixel density: colours there are smooth


def charts_from_labels(
    positions: FloatArray, faces: IntArray, labels: Int32Array, views: list[View]
) -> Charts:
    """Cut the mesh where the photo changes and lay the pieces flat. labels: -1 for no photo."""
    kinds = labels.astype(np.int64)
    chart = charts_of_faces(faces, kinds)
    count = int(chart.max()) + 1
    keys = faces + chart[:, None] * len(positions)
    corners, new_faces = np.unique(keys, return_inverse=True)
    new_faces = new_faces.reshape(-1, 3)
    source, chart_of_corner = corners % len(positions), corners // len(positions)
    kind_of_chart = np.zeros(count, np.int64)
    kind_of_chart[chart] = kinds
    kind_of_corner = kind_of_chart[chart_of_corner]
    flat = projected(positions[source], kind_of_corner, views)
    unseen = kind_of_corner < 0
    if unseen.any():
        sideways, down = axes_of_charts(face_vectors(positions, faces), chart, count)
        points, at = positions[source[unseen]], chart_of_corner[unseen]
        flat[unseen, 0] = (points * sideways[at]).sum(axis=1)
        flat[unseen, 1] = (points * down[at]).sum(axis=1)
        flat[unseen] *= density_of_unseen(flat, positions[source], new_faces[kinds >= 0])
    low = lowest_by_group(flat, chart_of_corner, count)
    flat = flat - np.floor(low)[chart_of_corner]
    size = -lowest_by_group(-flat, chart_of_corner, count)
    return Charts(
        chart=chart,
        faces=new_faces,
        source=source,
        chart_of_corner=chart_of_corner,
        flat=flat,
        size=size,
    )


def projected(points: FloatArray, kinds: IntArray, views: list[View]) -> FloatArray:
    """Pixels (n, 2) of corners in the photo that ``kinds`` (n,) names; 0 where that is below 0."""
    flat = np.zeros((len(points), 2))
    for kind in np.unique(kinds[kinds >= 0]):
        these = kinds == kind
        flat[these], _ = views[kind].project(points[these])
    return flat


def axes_of_charts(
    vectors: FloatArray, chart: IntArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """Unit vectors (c, 3) to the right and downwards in each chart, seen from outside.

    vectors (m, 3) are the faces' normals, weighted by area.
    """
    normal: FloatArray = np.stack(
        [np.bincount(chart, v, minlength=count) for v in vectors.T], axis=1
    )
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
    level = np.abs(normal[:, 1]) > 0.9
    upwards = np.where(level[:, None], (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
    sideways = np.cross(upwards, normal)
    sideways /= np.maximum(np.linalg.norm(sideways, axis=1), 1e-300)[:, None]
    return sideways, np.cross(sideways, normal)


def density_of_unseen(flat: FloatArray, points: FloatArray, seen: IntArray) -> float:
    """Pixels for one unit of surface of unseen charts: coarser than those with a photo."""
    if not len(seen):
        return 1000 / max(float(np.ptp(points, axis=0).max()), 1e-12)
    return UNSEEN_DENSITY * median_density(flat, points, seen)


def median_density(flat: FloatArray, points: FloatArray, faces: IntArray) -> float:
    """Median over the faces of pixels along one unit of surface."""
    a, b, c = (flat[faces[:, k]] for k in range(3))
    pixels = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    areas = 0.5 * np.linalg.norm(face_vectors(points, faces), axis=1)
    return float(np.median(np.sqrt(pixels / np.maximum(areas, 1e-300))))
