"""Ray-cast the courtyard on the CPU: colours along rays, in chunks, with shadows.

Open3D's RaycastingScene (Embree) finds the hits, the numba kernel of materials.py colours them.
Each ray is on its own, so the result does not depend on threads or on chunks.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.synthetic.courtyard import Site
from vtour.synthetic.geometry import IntArray
from vtour.synthetic.materials import SUN_IN_WORLD, shaded_colours, sky_colours

Float32Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]

CHUNK_RAYS = 50_000
OPENNESS_RAYS = 32
SURFACE_OFFSET_M = 2e-3
"""How far a shadow ray starts from the surface."""


@dataclass(frozen=True)
class Hits:
    """What rays met.

    colours   : (n, 3) float32, linear
    distances : (n,) float32 metres, inf for the sky
    normals   : (n, 3) float32 geometric, towards the viewer; 0 for the sky
    materials : (n,) int32, -1 for the sky
    lit       : (n,) bool, whether the sun reaches the place
    """

    colours: Float32Array
    distances: Float32Array
    normals: Float32Array
    materials: NDArray[np.int32]
    lit: NDArray[np.bool_]


class RayMesh:
    """Triangles that rays are cast at: (n, 3) vertices and (m, 3) faces."""

    def __init__(self, vertices: FloatArray, faces: IntArray) -> None:
        self.vertices = vertices.astype(np.float32)
        self.faces = faces.astype(np.int32)
        self._scene = _raycasting_scene(self.vertices, self.faces)

    def first_hits(self, origins: FloatArray, directions: FloatArray) -> dict[str, Any]:
        """Open3D's answer for (n, 3) origins and unit directions, as numpy arrays."""
        rays = np.concatenate([origins, directions], 1, dtype=np.float32)
        found = self._scene.cast_rays(_tensor(rays), nthreads=1)
        return {name: value.numpy() for name, value in found.items()}

    def hidden(self, origins: Any, directions: Any, reach_m: float) -> Any:
        """Whether something lies within ``reach_m`` along each ray: (n,) bool."""
        rays = np.concatenate([origins, directions], 1, dtype=np.float32)
        return self._scene.test_occlusions(_tensor(rays), 0.0, reach_m, nthreads=1).numpy()

    def distances(self, points: FloatArray) -> FloatArray:
        """Distance of (n, 3) points to the nearest surface: (n,) metres."""
        found = self._scene.compute_distance(_tensor(points.astype(np.float32)))
        result: FloatArray = found.numpy().astype(np.float64)
        return result


class Scene(RayMesh):
    """The site with its colours and light, ready to be seen."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.vertices, site.faces)
        self.corner_normals = site.normals.astype(np.float32)
        self.uv = site.uv.astype(np.float32)
        self.materials = site.materials.astype(np.int32)
        self._openness = self._vertex_openness()

    def look(self, origins: FloatArray, directions: FloatArray, pixel_rad: FloatArray) -> Hits:
        """Colours and distances along (n, 3) rays; ``pixel_rad`` (n,) is the width of a pixel."""
        count = len(directions)
        colours = np.empty((count, 3), np.float32)
        distances = np.empty(count, np.float32)
        normals = np.empty((count, 3), np.float32)
        materials = np.empty(count, np.int32)
        lit = np.empty(count, np.bool_)

        def look_at_chunk(start: int) -> None:
            part = slice(start, min(start + CHUNK_RAYS, count))
            hits = self._look_chunk(origins[part], directions[part], pixel_rad[part])
            colours[part], distances[part] = hits.colours, hits.distances
            normals[part], materials[part], lit[part] = hits.normals, hits.materials, hits.lit

        # Threads over chunks, not numba's: its TBB layer quarrels with the one of Open3D.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(look_at_chunk, range(0, count, CHUNK_RAYS)))
        return Hits(colours, distances, normals, materials, lit)

    def _look_chunk(
        self, origins: FloatArray, directions: FloatArray, pixel_rad: FloatArray
    ) -> Hits:
        found = self.first_hits(origins, directions)
        distances = found["t_hit"]
        seen = np.isfinite(distances)
        colours = np.empty((len(distances), 3), np.float32)
        colours[~seen] = sky_colours(np.ascontiguousarray(directions[~seen], np.float32))
        normals = np.zeros((len(distances), 3), np.float32)
        materials = np.full(len(distances), -1, np.int32)
        lit = np.zeros(len(distances), np.bool_)
        if seen.any():
            shaded = self._shade(found, seen, origins[seen], directions[seen], pixel_rad[seen])
            colours[seen], normals[seen], lit[seen] = shaded
            materials[seen] = self.materials[found["primitive_ids"][seen]]
        return Hits(colours, distances, normals, materials, lit)

    def _shade(
        self, found: dict[str, Any], seen: Any, origins: Any, directions: Any, pixel_rad: Any
    ) -> tuple[Any, Any, Any]:
        """Colours, geometric normals towards the viewer, and sunlight of the seen points."""
        along = directions.astype(np.float32)
        distance = found["t_hit"][seen]
        points = origins.astype(np.float32) + distance[:, None] * along
        geometric = found["primitive_normals"][seen]
        facing = -np.einsum("ij,ij->i", geometric, along)
        geometric = geometric * np.where(facing < 0, np.float32(-1), np.float32(1))[:, None]
        lit = self.sunlit(points, geometric)
        surface = (self.faces, self.corner_normals, self.materials, self.uv, self._openness)
        hits = (
            found["primitive_ids"][seen].astype(np.int64),
            found["primitive_uvs"][seen],
            distance,
        )
        colours = shaded_colours(surface, points, along, hits, facing, lit, pixel_rad)
        return colours, geometric, lit

    def sunlit(self, points: Any, normals: Any) -> Any:
        """Whether the sun reaches (n, 3) points on surfaces with (n, 3) geometric normals."""
        towards = np.broadcast_to(SUN_IN_WORLD.astype(np.float32), points.shape)
        faces_sun = normals @ SUN_IN_WORLD.astype(np.float32) > 0
        start = points + SURFACE_OFFSET_M * normals
        return faces_sun & ~self.hidden(start, towards, np.inf)

    def _vertex_openness(self) -> Float32Array:
        """Share of the sky above each vertex that is open within 6 m: (n,) float32."""
        normals = np.zeros((len(self.vertices), 3), np.float32)
        for corner in range(3):
            for axis in range(3):
                normals[:, axis] += np.bincount(
                    self.faces[:, corner],
                    weights=self.corner_normals[:, corner, axis],
                    minlength=len(self.vertices),
                ).astype(np.float32)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
        start = self.vertices + 0.02 * normals

        def open_along(direction: Float32Array) -> Any:
            # Cosine-weighted about the normal: a point on the unit sphere plus the normal.
            along = normals + np.float32(0.999) * direction
            along /= np.linalg.norm(along, axis=1, keepdims=True)
            return ~self.hidden(start, along, 6.0)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            seen = list(pool.map(open_along, _sphere_directions(OPENNESS_RAYS)))
        total: Float32Array = np.sum(seen, axis=0).astype(np.float32)
        share: Float32Array = np.float32(0.15) + np.float32(0.85 / OPENNESS_RAYS) * total
        return share


def _sphere_directions(count: int) -> Float32Array:
    """Directions (count, 3) spread evenly over the sphere, on a Fibonacci spiral."""
    number = np.arange(count) + 0.5
    y = 1 - 2 * number / count
    turn = np.pi * (1 + 5**0.5) * number
    ring = np.sqrt(1 - y**2)
    return np.stack([ring * np.cos(turn), y, ring * np.sin(turn)], -1).astype(np.float32)


def _tensor(rays: Float32Array) -> Any:
    import open3d as o3d

    return o3d.core.Tensor.from_numpy(np.ascontiguousarray(rays))


def _raycasting_scene(vertices: Float32Array, faces: NDArray[np.int32]) -> Any:
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(vertices),
        o3d.core.Tensor.from_numpy(np.ascontiguousarray(faces.astype(np.uint32))),
    )
    return scene


EDGE_DEPTH_RATIO = 0.02
EDGE_NORMAL_COSINE = 0.85


def edges_of(hits: Hits, shape: tuple[int, int], *, wraps: bool = False) -> NDArray[np.bool_]:
    """Pixels (n,) beside a step in depth, material, slope or light: those that would alias."""
    depth = np.minimum(hits.distances, 1e4).reshape(shape)
    material, lit = hits.materials.reshape(shape), hits.lit.reshape(shape)
    normal = hits.normals.reshape(*shape, 3)
    edge = np.zeros(shape, np.bool_)
    for axis in (0, 1):
        first = [slice(None), slice(None)]
        second = [slice(None), slice(None)]
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(first), tuple(second)
        step = np.abs(depth[a] - depth[b]) > EDGE_DEPTH_RATIO * np.minimum(depth[a], depth[b])
        step |= (material[a] != material[b]) | (lit[a] != lit[b])
        step |= np.einsum("ijk,ijk->ij", normal[a], normal[b]) < EDGE_NORMAL_COSINE
        step &= (material[a] >= 0) | (material[b] >= 0)
        edge[a] |= step
        edge[b] |= step
    if wraps:
        edge[:, 0] = edge[:, -1] = True
    result: NDArray[np.bool_] = edge.reshape(-1)
    return result
