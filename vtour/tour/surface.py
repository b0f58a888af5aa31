"""The master mesh as a surface that rays can hit."""

from pathlib import Path
from typing import Any

import numpy as np

from vtour.frames import FloatArray


class Surface:
    """A triangle mesh in the world: its vertices, and the first hit of a ray.

    vertices : (n, 3) float64, world.
    faces    : (m, 3) integers.
    """

    def __init__(self, vertices: FloatArray, faces: FloatArray) -> None:
        import open3d as o3d

        self.vertices = np.asarray(vertices, dtype=np.float64)
        self.faces = np.asarray(faces)
        self._core: Any = o3d.core
        self._scene = o3d.t.geometry.RaycastingScene(nthreads=1)
        self._origin = self.vertices.mean(axis=0)  # float32 rays keep their digits near it
        self._scene.add_triangles(
            self._core.Tensor((self.vertices - self._origin).astype(np.float32)),
            self._core.Tensor(np.asarray(faces, dtype=np.uint32)),
        )

    def centres_and_areas(self) -> tuple[FloatArray, FloatArray]:
        """The middle of every face (m, 3), world, and its area (m,)."""
        corners = self.vertices[self.faces]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        return corners.mean(axis=1), np.linalg.norm(across, axis=1) / 2

    def hit_distance(self, origin: FloatArray, direction: FloatArray) -> float | None:
        """Distance along a unit ray (world) to the first surface; None when it meets none."""
        ray = np.concatenate([np.asarray(origin) - self._origin, direction]).astype(np.float32)
        answer = self._scene.cast_rays(self._core.Tensor(ray[None, :]), nthreads=1)
        distance = float(answer["t_hit"].numpy()[0])
        return distance if np.isfinite(distance) else None

    def hit_distances(self, origins: FloatArray, directions: FloatArray) -> FloatArray:
        """The same for (n, 3) rays: (n,), in lengths of each direction; inf where none is met."""
        rays = np.hstack([np.asarray(origins) - self._origin, directions]).astype(np.float32)
        answer = self._scene.cast_rays(self._core.Tensor(rays), nthreads=1)
        return np.asarray(answer["t_hit"].numpy(), dtype=np.float64)


def read_surface(mesh: Path) -> Surface | None:
    """The surface in a PLY file; None when there is no file or no triangle in it."""
    if not mesh.is_file():
        return None
    import open3d as o3d

    triangles = o3d.io.read_triangle_mesh(mesh)
    if not len(triangles.triangles):
        return None
    return Surface(np.asarray(triangles.vertices), np.asarray(triangles.triangles))
