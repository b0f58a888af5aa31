"""How far two surfaces lie apart: from points spread evenly over one to the closest of the other.

Points are even in area: every so many square metres of the faces in their order, within a face
by the R2 sequence (Roberts 2018, The unreasonable effectiveness of quasirandom sequences). So
scraps and dense corners weigh what their area does. The greatest distance also looks at
vertices, where corners stick out.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.scene import Scene, joined_parts
from vtour.glb.vertices import used_vertices
from vtour.optimise.shaping.bake import points_on_faces, scene_of

SAMPLES = 200_000
R2 = np.array([0.7548776662466927, 0.5698402909980532])
PERCENTILE = 99  # a loose scrap that was pruned is not the error of the surface
DIGITS = 4


@dataclass(frozen=True)
class OneWay:
    """Distances from one surface to the other, in units of the scene."""

    greatest: float
    mean: float
    percentile_99: float


@dataclass(frozen=True)
class Distances:
    """Both ways: of the derivative from the master's surface, and the other way round."""

    from_master: OneWay
    from_derivative: OneWay

    @property
    def hausdorff(self) -> float:
        """The greatest distance, both ways."""
        return max(self.from_master.greatest, self.from_derivative.greatest)

    @property
    def mean(self) -> float:
        """The greater one of both ways."""
        return max(self.from_master.mean, self.from_derivative.mean)

    @property
    def percentile_99(self) -> float:
        """The greater one of both ways."""
        return max(self.from_master.percentile_99, self.from_derivative.percentile_99)

    def to_json(self) -> dict[str, Any]:
        """For the details of a report."""
        return {"hausdorff": self.hausdorff, **asdict(self)}


def distances_of(master: Scene, derivative: Scene, samples: int = SAMPLES) -> Distances:
    """How far the surfaces of two scenes lie apart. Deterministic."""
    return Distances(one_way(master, derivative, samples), one_way(derivative, master, samples))


def one_way(source: Scene, target: Scene, samples: int = SAMPLES) -> OneWay:
    """How far points of ``source`` lie from the closest of ``target``."""
    rays = scene_of(*joined_parts(target)[:2])
    positions, faces, _ = joined_parts(source)
    spread = distances_to(rays, even_points(positions, faces, samples))
    used = used_vertices(faces)
    corners = positions[used[:: -(-len(used) // samples)]]
    return OneWay(
        greatest=_short(max(spread.max(), distances_to(rays, corners).max())),
        mean=_short(spread.mean(dtype=np.float64)),
        percentile_99=_short(np.percentile(spread, PERCENTILE)),
    )


def distances_to(rays: Any, points: Float32Array) -> Float32Array:
    """Of points (n, 3) from the surface of a ray-casting scene, (n,)."""
    found: Float32Array = rays.compute_distance(np.ascontiguousarray(points)).numpy()
    return found


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{value:.{DIGITS}g}")


def even_points(positions: Float32Array, faces: UInt32Array, count: int) -> Float32Array:
    """Points spread evenly over the area of a mesh, (count, 3)."""
    corners = positions[faces].astype(np.float64)
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.cumsum(np.linalg.norm(crossed, axis=1))
    if not area[-1] > 0:
        area = np.arange(1.0, len(faces) + 1)
    numbers = np.arange(count)
    face: NDArray[np.int64] = np.searchsorted(area, (numbers + 0.5) / count * area[-1])
    where = (0.5 + numbers[:, None] * R2) % 1
    outside = where.sum(axis=1) > 1
    where[outside] = 1 - where[outside]
    chosen = np.minimum(face, len(faces) - 1).astype(np.uint32)
    return points_on_faces(positions, faces, chosen, where.astype(np.float32)).astype(np.float32)
