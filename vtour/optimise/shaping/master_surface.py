"""A scene as a surface to ask: where a ray meets it, and what its materials say there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vtour.glb.mesh import Float32Array, UInt32Array
from vtour.glb.scene import AlphaMode, Material, Part, Scene, joined_parts
from vtour.optimise.shaping.sampling import (
    NOTHING_HIT,
    points_on_faces,
    sample_light,
    sample_values,
    scene_of,
)
from vtour.optimise.shaping.shading_normals import (
    face_normals,
    frame_at,
    smooth_normals,
    unit,
    uv_frames,
)


@dataclass(frozen=True, eq=False)
class Found:
    """k places on a surface: the face of each (of all parts' faces in turn), and where in it.

    weights : (k, 2) of the second and third corner, as Open3D's.
    """

    face: UInt32Array
    weights: Float32Array


@dataclass(frozen=True, eq=False)
class Looks:
    """What materials say at k places; colours are linear, 0 to 1.

    base : (k, 4); normal : (k, 3) unit, model; metallic_roughness : (k, 2), roughness first;
    occlusion : (k,), nan where the material says nothing; emission : (k, 3).
    """

    base: Float32Array
    normal: Float32Array
    metallic_roughness: Float32Array
    occlusion: Float32Array
    emission: Float32Array


class MasterSurface:
    """All parts of a scene as one surface for ray casting and look-ups."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.positions, self.faces, _ = joined_parts(scene)
        counts = [len(part.faces) for part in scene.parts]
        self.first_faces = np.cumsum([0, *counts])
        self.rays = scene_of(self.positions, self.faces)
        low, high = self.positions.min(axis=0), self.positions.max(axis=0)
        self.diagonal = float(np.linalg.norm((high - low).astype(np.float64)))

    @cached_property
    def face_normals(self) -> Float32Array:
        """(m, 3) unit, of all faces."""
        return face_normals(self.positions, self.faces)

    @cached_property
    def normals(self) -> list[Float32Array]:
        """(n, 3) of each part; computed where it has none."""
        return [
            smooth_normals(part.positions, part.faces) if part.normals is None else part.normals
            for part in self.scene.parts
        ]

    def opposite(self, points: Float32Array, normals: Float32Array, reach: float) -> Found:
        """The places that points of a surface nearby stand for.

        Along the normal, forth or back, the nearest that faces the same way within ``reach``;
        where there is none, the closest of all.
        """
        face = np.full(len(points), NOTHING_HIT, np.uint32)
        weights = np.zeros((len(points), 2), np.float32)
        best = np.full(len(points), np.float32(reach), np.float32)
        for sign in (1, -1):
            hits = self.rays.cast_rays(np.concatenate([points, sign * normals], axis=1))
            distance, number = hits["t_hit"].numpy(), hits["primitive_ids"].numpy()
            facing = (hits["primitive_normals"].numpy() * normals).sum(axis=1) > 0
            better = facing & (distance <= best) & (number != NOTHING_HIT)
            face[better], best[better] = number[better], distance[better]
            weights[better] = hits["primitive_uvs"].numpy()[better]
        lost = face == NOTHING_HIT
        if lost.any():
            closest = self.rays.compute_closest_points(np.ascontiguousarray(points[lost]))
            face[lost] = closest["primitive_ids"].numpy()
            weights[lost] = closest["primitive_uvs"].numpy()
        return Found(face, weights)

    def points(self, found: Found) -> Float32Array:
        """(k, 3) of places."""
        return points_on_faces(self.positions, self.faces, found.face, found.weights)

    def looks(self, found: Found, *, shape: bool) -> Looks:
        """What materials say at places; ``shape``: normals and numbers too, not only colours."""
        count = len(found.face)
        looks = Looks(
            base=np.zeros((count, 4), np.float32),
            normal=np.zeros((count, 3), np.float32),
            metallic_roughness=np.zeros((count, 2), np.float32),
            occlusion=np.full(count, np.nan, np.float32),
            emission=np.zeros((count, 3), np.float32),
        )
        part_of_face = np.searchsorted(self.first_faces, found.face, side="right") - 1
        for number, part in enumerate(self.scene.parts):
            these = np.flatnonzero(part_of_face == number)
            if len(these):
                face = (found.face[these] - self.first_faces[number]).astype(np.uint32)
                here = Found(face, found.weights[these])
                self._add(looks, these, number, part, here, shape)
        return looks

    def _add(
        self, looks: Looks, these: Any, number: int, part: Part, here: Found, shape: bool
    ) -> None:
        """Fill in ``these`` rows from one part."""
        material = self.scene.materials[part.material]

        def at(values: Float32Array) -> Float32Array:
            return points_on_faces(values, part.faces, here.face, here.weights)

        uvs = None if part.uvs is None else at(part.uvs)
        looks.base[these] = _base(material, uvs, None if part.colours is None else at(part.colours))
        looks.emission[these] = _emission(material, uvs)
        if not shape:
            return
        looks.metallic_roughness[these] = _metallic_roughness(material, uvs)
        if material.occlusion is not None and uvs is not None:
            seen = sample_values(material.occlusion, uvs)[:, 0]
            looks.occlusion[these] = 1 + material.occlusion_strength * (seen - 1)
        normals = unit(at(self.normals[number]))
        if material.normal is not None and uvs is not None and part.uvs is not None:
            mapped = sample_values(material.normal, uvs)[:, :3] * 2 - 1
            mapped[:, :2] *= material.normal_scale
            if part.tangents is not None:
                tangent = unit(at(part.tangents[:, :3]))
                sides = np.sign(part.tangents[part.faces[here.face, 0], 3])[:, None]
                bitangent = unit(np.cross(normals, tangent)) * sides
            else:
                along_u, along_v = self._frames[number]
                tangent, down = frame_at(along_u[here.face], along_v[here.face], normals)
                bitangent = -down  # y of a normal map points against v
            normals = unit(
                tangent * mapped[:, :1] + bitangent * mapped[:, 1:2] + normals * mapped[:, 2:3]
            )
        looks.normal[these] = normals

    @cached_property
    def _frames(self) -> list[tuple[Float32Array, Float32Array]]:
        empty = (np.zeros((0, 3), np.float32),) * 2
        return [
            empty if part.uvs is None else uv_frames(part.positions, part.uvs, part.faces)
            for part in self.scene.parts
        ]


def _base(
    material: Material, uvs: Float32Array | None, colours: Float32Array | None
) -> Float32Array | np.ndarray:
    """Base colour (k or 1, 4): texture times factor times vertex colour; alpha as it shows."""
    factor = np.array(material.base_colour, np.float32)
    base = factor[None, :]
    if material.base is not None and uvs is not None:
        seen = sample_light(material.base, uvs)
        base = np.tile(factor, (len(uvs), 1))
        base[:, : seen.shape[1]] *= seen
    if colours is not None:
        base = base * colours
    base = np.array(base)
    if material.alpha_mode is AlphaMode.opaque:
        base[:, 3] = 1
    elif material.alpha_mode is AlphaMode.mask:
        base[:, 3] = base[:, 3] >= material.alpha_cutoff
    return base


def _emission(material: Material, uvs: Float32Array | None) -> Float32Array:
    light = np.array(material.emissive, np.float32)[None, :]
    if material.emission is not None and uvs is not None and light.any():
        light = light * sample_light(material.emission, uvs)[:, :3]
    return light


def _metallic_roughness(material: Material, uvs: Float32Array | None) -> Float32Array:
    """Roughness and metallic (k or 1, 2)."""
    numbers = np.array([[material.roughness, material.metallic]], np.float32)
    if material.metallic_roughness is not None and uvs is not None:
        numbers = numbers * sample_values(material.metallic_roughness, uvs)[:, 1:3]
    return numbers
