"""Charts of a surface that no photo sees: connected faces that look the same way, laid flat.

Each face is laid flat along the world's axis that it faces most, so texels are about as wide as
they say. Faces that would lie on top of another of their chart go to charts of their own.
"""

import numpy as np

from vtour.atlas.charts import Charts, charts_of_faces, lowest_by_group
from vtour.atlas.texels import owners
from vtour.atlas.topology import (
    BoolArray,
    FloatArray,
    IntArray,
    adjacent_faces,
    face_vectors,
)

SMOOTHING = 6  # rounds in which faces take the mean normal of their neighbours
LEAST_FACING = 0.35  # cosine: a face this far from its neighbours' axis keeps to its own
LAYERS = 4  # times that hidden faces are looked for
CHECK_PX = 4096  # largest grid on which a chart is looked at for faces on top of each other
CELLS_A_FACE = 24  # of that grid, in the middle of all faces
LEAST_CELLS = 6  # a face of fewer is not judged: its border is most of it
HIDDEN = 0.5  # share of a face's cells that another face has

# Right and down of each axis' charts, seen from outside: +x, -x, +y, -y, +z, -z.
RIGHT = np.array([[0, 0, -1], [0, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0], [-1, 0, 0]], float)
DOWN = np.array([[0, -1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1], [0, -1, 0], [0, -1, 0]], float)


def charts_of_surface(positions: FloatArray, faces: IntArray, density: float) -> Charts:
    """Charts with ``density`` texels along one unit of the surface."""
    kinds = facing_axes(positions, faces)
    layer = np.zeros(len(faces), np.int64)
    for _ in range(LAYERS):
        charts = flat_charts(positions, faces, kinds, layer, density)
        hidden = hidden_faces(charts)
        if not hidden.any():
            break
        layer[hidden] += 1
    return flat_charts(positions, faces, kinds, layer, density)


def facing_axes(positions: FloatArray, faces: IntArray) -> IntArray:
    """Number of the axis (m,) that each face looks along, smooth over the surface."""
    vectors = face_vectors(positions, faces)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-300)[:, None]
    pairs = adjacent_faces(faces)
    smooth = unit
    for _ in range(SMOOTHING):
        total = smooth.copy()
        for axis in range(3):
            total[:, axis] += np.bincount(
                pairs[:, 0], smooth[pairs[:, 1], axis], minlength=len(faces)
            )
            total[:, axis] += np.bincount(
                pairs[:, 1], smooth[pairs[:, 0], axis], minlength=len(faces)
            )
        smooth = total / np.maximum(np.linalg.norm(total, axis=1), 1e-300)[:, None]
    kinds = _axis_of(smooth)
    cosine = np.where(kinds % 2 == 0, 1, -1) * unit[np.arange(len(faces)), kinds // 2]
    result: IntArray = np.where(cosine < LEAST_FACING, _axis_of(unit), kinds)
    return result


def _axis_of(directions: FloatArray) -> IntArray:
    """0 to 5 for the axis that each direction (m, 3) is nearest to: +x, -x, +y..."""
    axis = np.abs(directions).argmax(axis=1)
    sign = directions[np.arange(len(directions)), axis] < 0
    result: IntArray = 2 * axis + sign
    return result


def flat_charts(
    positions: FloatArray, faces: IntArray, kinds: IntArray, layer: IntArray, density: float
) -> Charts:
    """Connected faces of one kind and layer, laid flat; see Charts for the coordinates."""
    chart = charts_of_faces(faces, kinds + 6 * layer)
    count = int(chart.max()) + 1
    keys = faces + chart[:, None] * len(positions)
    corners, new_faces = np.unique(keys, return_inverse=True)
    source, chart_of_corner = corners % len(positions), corners // len(positions)
    kind_of_chart = np.zeros(count, np.int64)
    kind_of_chart[chart] = kinds
    kind = kind_of_chart[chart_of_corner]
    points = positions[source] * density
    flat = np.stack([(points * RIGHT[kind]).sum(axis=1), (points * DOWN[kind]).sum(axis=1)], 1)
    flat -= np.floor(lowest_by_group(flat, chart_of_corner, count))[chart_of_corner]
    return Charts(
        chart=chart,
        faces=new_faces.reshape(-1, 3),
        source=source,
        chart_of_corner=chart_of_corner,
        flat=flat,
        size=-lowest_by_group(-flat, chart_of_corner, count),
    )


def hidden_faces(charts: Charts) -> BoolArray:
    """Faces (m,) most of whose cells another face of their chart covers."""
    hidden = np.zeros(len(charts.faces), bool)
    order = np.argsort(charts.chart, kind="stable")
    bounds = np.searchsorted(charts.chart[order], np.arange(charts.count + 1))
    for number in range(charts.count):
        these = order[bounds[number] : bounds[number + 1]]
        if len(these) > 2:
            hidden[these] = _hidden_in_chart(charts, these, charts.size[number])
    return hidden


def _hidden_in_chart(charts: Charts, these: IntArray, size: FloatArray) -> BoolArray:
    faces = charts.faces[these]
    vertices, local = np.unique(faces, return_inverse=True)
    local = local.reshape(-1, 3)
    flat = charts.flat[vertices]
    longest = max(float(size.max()), 1e-9)
    fine = np.sqrt(CELLS_A_FACE / max(float(np.median(flat_areas(flat, local))), 1e-9))
    side = int(np.clip(longest * fine, 16, CHECK_PX)) + 1
    flat = flat * ((side - 1) / longest)
    owner = owners(flat, local, side)
    owned = np.bincount(owner.reshape(-1) + 1, minlength=len(local) + 1)[1:]
    area = flat_areas(flat, local)
    result: BoolArray = (area > LEAST_CELLS) & (owned < (1 - HIDDEN) * area)
    return result


def flat_areas(flat: FloatArray, faces: IntArray) -> FloatArray:
    """Areas (m,) of faces in the plane of their chart."""
    a, b, c = (flat[faces[:, k]] for k in range(3))
    result: FloatArray = 0.5 * np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    return result
