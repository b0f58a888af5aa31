"""How far two surfaces lie apart, measured both ways over their vertices and areas."""

from dataclasses import dataclass

import numpy as np

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.vertices import used_vertices
from vtour.optimise.shaping.sampling import points_on_faces, scene_of

SAMPLES = 200_000  # by area, on each surface
MOST_VERTICES = 500_000
# Roberts 2018, The unreasonable effectiveness of quasirandom sequences: R2.
R2_STEPS = np.array([0.7548776662466927, 0.5698402909980532])


@dataclass(frozen=True)
class Deviation:
    """Distances in units of the positions: largest, mean, and of 99 % of the samples.

    The largest is the Hausdorff distance as far as samples tell; the mean is that of the worse
    direction, as in Metro (Cignoni, Rocchini and Scopigno 1998).
    """

    largest: float
    mean: float
    percentile_99: float


def measure_deviation(
    positions: Float32Array,
    faces: UInt32Array,
    other_positions: Float32Array,
    other_faces: UInt32Array,
    samples: int = SAMPLES,
) -> Deviation:
    """Distances from each surface to the other: at vertices, and at points spread by area."""
    one, two = (positions, faces), (other_positions, other_faces)
    forth = _distances(one, two, samples)
    back = _distances(two, one, samples)
    return Deviation(
        largest=float(max(forth[0], back[0])),
        mean=float(max(forth[1], back[1])),
        percentile_99=float(max(forth[2], back[2])),
    )


def _distances(
    source: tuple[Float32Array, UInt32Array], target: tuple[Float32Array, UInt32Array], samples: int
) -> tuple[float, float, float]:
    """Largest, mean and 99th percentile of the distances from ``source`` to ``target``."""
    scene = scene_of(*target)
    used = used_vertices(source[1])
    vertices = source[0][used[:: -(-len(used) // MOST_VERTICES)]]
    at_vertices = scene.compute_distance(np.ascontiguousarray(vertices)).numpy()
    spread = spread_over(*source, samples)
    by_area = scene.compute_distance(spread).numpy()
    largest = max(at_vertices.max(), by_area.max())
    return largest, by_area.mean(), np.percentile(by_area, 99)


def spread_over(positions: Float32Array, faces: UInt32Array, samples: int) -> Float32Array:
    """Points (samples, 3) spread evenly over a surface, the same every time."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    ends = np.cumsum(areas)
    if not len(ends) or ends[-1] <= 0:
        return np.ascontiguousarray(positions[faces[:, 0]], np.float32)
    place = (np.arange(samples) + 0.5) / samples * ends[-1]
    face = np.minimum(np.searchsorted(ends, place), len(faces) - 1).astype(np.uint32)
    s, t = np.modf(np.arange(1, samples + 1)[:, None] * R2_STEPS)[0].T
    folded = s + t > 1
    s, t = np.where(folded, 1 - s, s), np.where(folded, 1 - t, t)
    weights = np.stack([s, t], axis=1).astype(np.float32)
    return np.ascontiguousarray(points_on_faces(positions, faces, face, weights), np.float32)
