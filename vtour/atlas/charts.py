"""Charts: connected faces laid flat, each in coordinates of its own."""

from dataclasses import dataclass

import numpy as np

from vtour.atlas.topology import FloatArray, IntArray, adjacent_faces, groups


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


def charts_of_faces(faces: IntArray, kinds: IntArray) -> IntArray:
    """Chart (m,) of every face: connected over edges, of one kind."""
    pairs = adjacent_faces(faces)
    same = kinds[pairs[:, 0]] == kinds[pairs[:, 1]]
    return groups(len(faces), pairs[same, 0], pairs[same, 1])


def lowest_by_group(values: FloatArray, group: IntArray, count: int) -> FloatArray:
    """Smallest row (count, 2) of the values in each group."""
    low = np.full((count, values.shape[1]), np.inf)
    np.minimum.at(low, group, values)
    return low
