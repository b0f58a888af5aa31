"""Materials of glTF: metallic-roughness, unlit, and what extensions say where it can be kept.

A ``Material`` of ours has one set of texture coordinates. Where the maps of a file differ in
theirs, those of the base colour are taken, and the maps that lie otherwise are left out.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vtour.frames import FloatArray
from vtour.glb.accessors import GltfData, whole
from vtour.glb.mesh import Float32Array
from vtour.glb.scene import AlphaMode, Material, Texture
from vtour.models.parts import Notes
from vtour.models.specular import Specular, metallic_from_specular
from vtour.models.textures import Textures

UNSAID = Material(name="default", metallic=1.0)
"""What the format gives to parts without a material (glTF 2.0, section 3.7.2.1)."""


@dataclass(frozen=True)
class Placement:
    """Which texture coordinates a map uses, and how they are moved (KHR_texture_transform)."""

    channel: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)

    @property
    def is_turned(self) -> bool:
        """Whether tangents of the file do not hold any more."""
        return self.rotation != 0.0 or min(self.scale) < 0

    def placed(self, uvs: Float32Array) -> Float32Array:
        """Texture coordinates, moved: translation x rotation x scale, as in the extension."""
        sine, cosine = math.sin(self.rotation), math.cos(self.rotation)
        turn: FloatArray = np.array([[cosine, sine], [-sine, cosine]])
        with np.errstate(all="ignore"):
            moved = uvs * np.array(self.scale) @ turn.T + np.array(self.offset)
            placed: Float32Array = moved.astype(np.float32)
        return placed


@dataclass(frozen=True)
class PlacedMaterial:
    """A material, and the texture coordinates that its maps share."""

    material: Material
    placement: Placement = field(default_factory=Placement)


def gltf_material(
    data: GltfData, material: dict[str, Any], textures: Textures, notes: Notes
) -> PlacedMaterial:
    """One material of a document. Raises InputError for broken pictures."""
    reader = _MaterialReader(data, material, textures, notes)
    return PlacedMaterial(reader.material(), reader.placement or Placement())


class _MaterialReader:
    def __init__(
        self, data: GltfData, material: dict[str, Any], textures: Textures, notes: Notes
    ) -> None:
        self.data, self.source, self.textures, self.notes = data, material, textures, notes
        self.extensions = material.get("extensions", {})
        self.placement: Placement | None = None

    def material(self) -> Material:
        source, surface = self.source, self.source.get("pbrMetallicRoughness", {})
        specular = self.extensions.get("KHR_materials_pbrSpecularGlossiness")
        if specular is not None:
            plain = self.specular(specular)
        else:
            plain = Material(
                base_colour=_four(surface.get("baseColorFactor", [1, 1, 1, 1])),
                base=self.map(surface, "baseColorTexture", "base colour", with_alpha=True),
                metallic=_unit(surface.get("metallicFactor", 1)),
                roughness=_unit(surface.get("roughnessFactor", 1)),
                metallic_roughness=self.map(surface, "metallicRoughnessTexture", "roughness"),
            )
        normal, occlusion = source.get("normalTexture", {}), source.get("occlusionTexture", {})
        if "KHR_materials_emissive_strength" in self.extensions:
            self.notes.add("emissive strength of {} materials, taken as 1")
        return replace(
            plain,
            name=str(source.get("name", ""))[:200],
            normal=self.map(source, "normalTexture", "normals"),
            normal_scale=_number(normal.get("scale", 1)),
            occlusion=self.map(source, "occlusionTexture", "occlusion"),
            occlusion_strength=_unit(occlusion.get("strength", 1)),
            emissive=_three(source.get("emissiveFactor", [0, 0, 0])),
            emission=self.map(source, "emissiveTexture", "emission"),
            alpha_mode=AlphaMode(source.get("alphaMode", "OPAQUE")),
            alpha_cutoff=_unit(source.get("alphaCutoff", 0.5)),
            double_sided=bool(source.get("doubleSided", False)),
            unlit="KHR_materials_unlit" in self.extensions,
        )

    def map(
        self, owner: dict[str, Any], key: str, what: str, *, with_alpha: bool = False
    ) -> Texture | None:
        """The texture of a map; None when there is none, or it lies on other coordinates."""
        info = owner.get(key)
        if info is None:
            return None
        placement = _placement(info)
        if self.placement is not None and placement != self.placement:
            self.notes.add(f"{what} of {{}} materials on other texture coordinates, left out")
            return None
        texture = self.textures.texture(info, with_alpha=with_alpha)
        if texture is not None:
            self.placement = placement
        return texture

    def specular(self, source: dict[str, Any]) -> Material:
        self.notes.add("{} materials of specular and glossiness, converted to metal and roughness")
        return metallic_from_specular(
            Specular(
                diffuse=_four(source.get("diffuseFactor", [1, 1, 1, 1])),
                specular=_three(source.get("specularFactor", [1, 1, 1])),
                glossiness=_unit(source.get("glossinessFactor", 1)),
                diffuse_map=self.map(source, "diffuseTexture", "base colour", with_alpha=True),
                specular_map=self.map(
                    source, "specularGlossinessTexture", "specular colour", with_alpha=True
                ),
            )
        )


def _placement(info: dict[str, Any]) -> Placement:
    transform = info.get("extensions", {}).get("KHR_texture_transform", {})
    channel = whole(transform.get("texCoord", info.get("texCoord", 0)))
    u, v = (_number(value) for value in transform.get("offset", [0, 0]))
    x, y = (_number(value) for value in transform.get("scale", [1, 1]))
    return Placement(channel, (u, v), _number(transform.get("rotation", 0)), (x, y))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or isinstance(value, str):
        raise ValueError(f"{str(value)[:20]} is no finite number")
    return number


def _unit(value: Any) -> float:
    return min(1.0, max(0.0, _number(value)))


def _three(values: list[Any]) -> tuple[float, float, float]:
    red, green, blue = (_unit(value) for value in values)
    return red, green, blue


def _four(values: list[Any]) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (_unit(value) for value in values)
    return red, green, blue, alpha
