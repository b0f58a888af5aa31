"""Which face lies under each texel of some rows of an atlas, and where in the face."""

import numpy as np
from numba import njit

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.optimise.shaping.sampling import NOTHING_HIT


class TexelGrid:
    """The faces of an atlas, ready to be asked row by row.

    uvs : (n, 2) from 0 to 1; faces : (m, 3). The grid has ``size`` by ``size`` cells; a cell
    belongs to the first face that holds its centre.
    """

    def __init__(self, uvs: Float32Array, faces: UInt32Array, size: int) -> None:
        self.places = uvs.astype(np.float64) * size
        self.faces, self.size = faces, size
        rows = self.places[:, 1][faces]
        self.top = np.floor(rows.min(axis=1) - 0.5).astype(np.int64)
        self.bottom = np.ceil(rows.max(axis=1) + 0.5).astype(np.int64)

    def rows(self, start: int, stop: int) -> tuple[UInt32Array, Float32Array]:
        """Face (k,) of each cell of the rows ``start:stop``, NOTHING_HIT for none.

        And the weights (k, 2) of its second and third corner at the cell's centre.
        """
        these = np.flatnonzero((self.top < stop) & (self.bottom > start))
        face = np.full((stop - start, self.size), NOTHING_HIT, np.uint32)
        weights = np.zeros((stop - start, self.size, 2), np.float32)
        _fill(self.places, self.faces, these, start, face, weights)
        return face.reshape(-1), weights.reshape(-1, 2)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill(
    places: np.ndarray,
    faces: UInt32Array,
    these: np.ndarray,
    start: int,
    owner: UInt32Array,
    weights: Float32Array,
) -> None:
    height, width = owner.shape
    for face in these:
        ax, ay = places[faces[face, 0]]
        bx, by = places[faces[face, 1]]
        cx, cy = places[faces[face, 2]]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        left = max(0, int(np.floor(min(ax, bx, cx) - 0.5)))
        right = min(width, int(np.ceil(max(ax, bx, cx) + 0.5)))
        upper = max(0, int(np.floor(min(ay, by, cy) - 0.5)) - start)
        lower = min(height, int(np.ceil(max(ay, by, cy) + 0.5)) - start)
        for row in range(upper, lower):
            y = row + start + 0.5
            for column in range(left, right):
                if owner[row, column] != NOTHING_HIT:
                    continue
                x = column + 0.5
                second = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
                third = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
                if second >= -1e-9 and third >= -1e-9 and second + third <= 1 + 1e-9:
                    owner[row, column] = face
                    weights[row, column, 0] = second
                    weights[row, column, 1] = third
