"""A model of parts and materials: what mesh files are read into and web versions are made of.

Frame ``model``: glTF's axes, right-handed, +Y up; metres when the file says so or its owner does.
Nodes are flattened: every part lies where the file shows it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array, TexturedMesh, UInt8Array, UInt32Array


class AlphaMode(StrEnum):
    """How a material treats the fourth channel of its base colour (glTF 2.0, section 3.9.4)."""

    opaque = "OPAQUE"
    mask = "MASK"
    blend = "BLEND"


class Wrap(StrEnum):
    """What lies beyond the edges of a texture."""

    clamp = "clamp"
    repeat = "repeat"
    mirror = "mirror"


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture on a surface: (h, w, 3 or 4) uint8, row 0 on top."""

    pixels: UInt8Array
    wrap: tuple[Wrap, Wrap] = (Wrap.clamp, Wrap.clamp)
    """Along u and v."""


@dataclass(frozen=True, eq=False)
class Material:
    """A metallic-roughness material (glTF 2.0, section 3.9); all its textures share one set of uvs.

    base_colour        : linear red, green, blue, and alpha.
    base               : sRGB, alpha as stored.
    metallic_roughness : linear; green is roughness, blue is metallic.
    normal             : tangent space, linear; x right along u, y up against v, as in glTF.
    occlusion          : linear; red.
    emission           : sRGB.
    """

    name: str = ""
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base: Texture | None = None
    metallic: float = 0.0
    roughness: float = 1.0
    metallic_roughness: Texture | None = None
    normal: Texture | None = None
    normal_scale: float = 1.0
    occlusion: Texture | None = None
    occlusion_strength: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emission: Texture | None = None
    alpha_mode: AlphaMode = AlphaMode.opaque
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    unlit: bool = False

    @property
    def textures(self) -> list[Texture]:
        """Those it has."""
        found = (self.base, self.metallic_roughness, self.normal, self.occlusion, self.emission)
        return [texture for texture in found if texture is not None]


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles of one material.

    positions : (n, 3) float32, model.
    faces     : (m, 3) uint32, counter-clockwise seen from outside.
    material  : index into the scene's materials.
    normals   : (n, 3) float32 unit vectors.
    tangents  : (n, 4) float32, as in glTF; only together with normals and uvs.
    uvs       : (n, 2) float32, (0, 0) is the top left of the texture; beyond 0 to 1 it wraps.
    colours   : (n, 4) float32, linear; multiplied with the base colour.
    """

    positions: Float32Array
    faces: UInt32Array
    material: int = 0
    normals: Float32Array | None = None
    tangents: Float32Array | None = None
    uvs: Float32Array | None = None
    colours: Float32Array | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class Scene:
    """Parts, their materials, and what the file says of itself.

    copyright : of ``asset``; None when it says nothing.
    notes     : what was left out in reading, one line each, for the report.
    origin    : float64, where (0, 0, 0) of the parts lies in the file: coordinates of a map grid
                are too long for float32 and are moved by whole units.
    """

    parts: list[Part]
    materials: list[Material]
    copyright: str | None = None
    notes: list[str] = field(default_factory=list)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def faces(self) -> int:
        """How many there are in all."""
        return sum(len(part.faces) for part in self.parts)

    @property
    def bounds(self) -> tuple[Float32Array, Float32Array]:
        """The least and the greatest corner (3,), model."""
        lows = [part.positions.min(axis=0) for part in self.parts]
        highs = [part.positions.max(axis=0) for part in self.parts]
        return np.min(lows, axis=0), np.max(highs, axis=0)


def joined_parts(scene: Scene) -> tuple[Float32Array, UInt32Array, NDArray[np.int64]]:
    """All positions (n, 3), all faces (m, 3) over them, and the first vertex of each part."""
    counts = [len(part.positions) for part in scene.parts]
    starts = np.cumsum([0, *counts])[:-1]
    pairs = zip(scene.parts, starts, strict=True)
    faces = np.concatenate([part.faces + np.uint32(start) for part, start in pairs])
    positions = np.concatenate([part.positions for part in scene.parts])
    return positions.astype(np.float32, copy=False), faces.astype(np.uint32, copy=False), starts


def scene_of_mesh(mesh: TexturedMesh) -> Scene:
    """A textured mesh as a scene: unlit and double-sided, as photogrammetry is."""
    base = None if mesh.texture is None else Texture(mesh.texture)
    colour = (1.0, 1.0, 1.0, 1.0) if base else (0.7, 0.7, 0.7, 1.0)
    material = Material(name="site", base=base, base_colour=colour, double_sided=True, unlit=True)
    uvs = mesh.uvs if base else None
    part = Part(mesh.positions, mesh.faces, normals=mesh.normals, uvs=uvs, name="site")
    return Scene([part], [material])
