"""Find the rim of sky that stereo leaves around what stands against it.

Windows of stereo matching that hold the edge of a building match the sky beside it at the
building's depth, so a plain, sky-coloured fringe hangs on the free borders of the mesh.
"""

import numpy as np

from vtour.atlas.topology import BoolArray, FloatArray, IntArray, adjacent_faces
from vtour.reconstruct.visibility import FaceViews

RINGS = 25  # of faces that may be fringe, from the border inwards
EDGE_RINGS = 4  # beyond it, where the gradient's window holds the building's edge
PLAIN = 2.5  # grey levels a pixel; of a ruin's stone and earth, 97 % measured more
LIGHT = 110.0
BLUE = 18.0  # above red, grey levels: pale grey stone in the shade has up to 10
WHITE = 225.0  # overcast; greyer skies look like stone, and stay


def sky_fringe(table: FaceViews, faces: IntArray, border: BoolArray) -> BoolArray:
    """Sky-coloured plain faces (m,) connected to the faces that ``border`` marks."""
    colour = middle_colours(table)
    red, blue, bright = colour[:, 0], colour[:, 2], colour.mean(axis=1)
    blue_sky = (bright > LIGHT) & (blue > red + BLUE)
    white_sky = (bright > WHITE) & (blue >= red)
    plain = (table.plainness < PLAIN) & (blue_sky | white_sky)
    fringe = spread(plain & border, plain, faces, RINGS)
    return spread(fringe, fringe | blue_sky, faces, EDGE_RINGS)


def spread(start: BoolArray, within: BoolArray, faces: IntArray, rings: int) -> BoolArray:
    """Faces (m,) reached from ``start`` over at most ``rings`` edges, staying ``within``."""
    pairs = adjacent_faces(faces)
    pairs = pairs[within[pairs].all(axis=1)]
    reached = start.copy()
    for _ in range(rings):
        touched = pairs[reached[pairs].any(axis=1)]
        if reached[touched].all():
            break
        reached[touched] = True
    return reached


def middle_colours(table: FaceViews) -> FloatArray:
    """Median colour (m, 3) over the photos of each face; NaN where there is none."""
    there = table.view >= 0
    ordered = np.sort(np.where(there[..., None], table.colour, np.inf), axis=1)
    middle = np.maximum(there.sum(axis=1) - 1, 0) // 2
    median = np.take_along_axis(ordered, middle[:, None, None], axis=1)[:, 0]
    result: FloatArray = np.where(np.isfinite(median), median, np.nan).astype(np.float64)
    return result
