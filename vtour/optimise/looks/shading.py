"""Colours of what a view sees: as it is (unlit), or in a fixed light (lit), as three.js has them.

The light is the viewer's own: a white sun from the upper right front, and a sky, white above and
grey below. Materials are metallic-roughness (glTF 2.0, appendix B): Lambert and GGX for the sun,
Lambert for the sky, darkened by occlusion; no reflections of surroundings, so that metals are
dark, as they are in the viewer.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vtour.glb.mesh import Float32Array
from vtour.glb.scene import Material, Part, Texture
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.surface import Paints, Patch, Surface
from vtour.optimise.looks.textures import look_up
from vtour.optimise.shaping.bake import points_on_faces
from vtour.srgb import linear_from_srgb

SUN = np.array([0.6, 1.0, 0.8]) / math.sqrt(2.0)
SUN_LIGHT = 1.8
SKY_LIGHT = 1.9
GROUND = linear_from_srgb(np.array([0x8C, 0x88, 0x80]) / 255)
LEAST_ROUGHNESS = 0.045
PLAIN_GREY = 0.7  # sRGB
REFLECTED = 0.04
"""Of what is no metal, seen straight on."""


class Light(StrEnum):
    """In what light a scene is rendered."""

    unlit = "unlit"
    lit = "lit"
    headlight = "headlight"
    """Grey shapes without texture: brighter where they face the camera."""


@dataclass(frozen=True, eq=False)
class Look:
    """How a scene is shown: in what light, with which materials.

    materials : shown in place of the scene's own; None for these.
    paints    : of the materials; the surface's own when None.
    """

    light: Light
    materials: list[Material] | None = None
    paints: Paints | None = None


def colours_of(surface: Surface, patch: Patch, view: View, look: Look) -> Float32Array:
    """Linear colours (k, 3) float32 of what a patch shows."""
    part = surface.scene.parts[patch.part]
    if look.light is Light.headlight:
        return _facing(part, patch, view)
    material = surface.material_of(part)
    if look.materials is not None and part.material < len(look.materials):
        material = look.materials[part.material]
    paints = look.paints or surface.paints
    base = base_colours(material, part, patch, paints)
    if look.light is Light.unlit or material.unlit:
        return base
    return _lit(material, base, part, patch, view, paints)


def base_colours(material: Material, part: Part, patch: Patch, paints: Paints) -> Float32Array:
    """Base colour times texture times vertex colours, (k, 3) float32 linear."""
    factor = np.array(material.base_colour[:3], np.float32)
    texels = _texels(material.base, patch, paints, srgb=True)
    colours = np.tile(factor, (len(patch.pixel), 1)) if texels is None else texels[:, :3] * factor
    if part.colours is not None:
        colours = (
            colours * points_on_faces(part.colours, part.faces, patch.face, patch.where)[:, :3]
        )
    return colours.astype(np.float32, copy=False)


def _texels(
    texture: Texture | None, patch: Patch, paints: Paints, *, srgb: bool = False
) -> Float32Array | None:
    if texture is None or patch.uvs is None or patch.across is None or patch.down is None:
        return None
    return look_up(paints.mips(texture, srgb=srgb), patch.uvs, patch.across, patch.down)


def _facing(part: Part, patch: Patch, view: View) -> Float32Array:
    """Grey that is brightest where the surface faces the camera."""
    ahead = _unit(_places(part, patch) - np.array(view.position, np.float32))
    facing = np.abs((_flat_normals(part, patch) * ahead).sum(axis=1, keepdims=True))
    grey: Float32Array = linear_from_srgb(PLAIN_GREY * (0.35 + 0.65 * facing))
    return np.tile(grey.astype(np.float32), (1, 3))


def _lit(
    material: Material, base: Float32Array, part: Part, patch: Patch, view: View, paints: Paints
) -> Float32Array:
    to_eye = _unit(np.array(view.position, np.float32) - _places(part, patch))
    normals = normals_of(material, part, patch, paints)
    metallic, roughness = np.float32(material.metallic), np.float32(material.roughness)
    mixed = _texels(material.metallic_roughness, patch, paints)
    metal = metallic if mixed is None else metallic * mixed[:, 2:3]
    rough = roughness if mixed is None else roughness * mixed[:, 1:2]
    diffuse = base * (1 - metal)
    reflected = REFLECTED * (1 - metal) + base * metal
    open_share = _openness(material, patch, paints)

    sky = 0.5 + 0.5 * normals[:, 1:2]
    ambient = SKY_LIGHT * (GROUND.astype(np.float32) * (1 - sky) + sky) * open_share
    sun = SUN.astype(np.float32)
    falls = np.clip((normals * sun).sum(axis=1, keepdims=True), 0, 1)
    half = _unit(sun + to_eye)
    sideways = np.clip((half * to_eye).sum(axis=1, keepdims=True), 0, 1)
    fresnel = reflected + (1 - reflected) * (1 - sideways) ** 5
    shine = fresnel * _shine(normals, half, to_eye, falls, rough)
    plain = diffuse / np.float32(math.pi)
    colours = plain * (1 - REFLECTED) * ambient
    colours = colours + SUN_LIGHT * falls * (plain * (1 - _mean_fresnel(sideways)) + shine)
    total: Float32Array = (colours + _emitted(material, patch, paints)).astype(np.float32)
    return total


def _mean_fresnel(sideways: Float32Array) -> Float32Array:
    """What a surface that is no metal reflects, and so does not scatter."""
    share: Float32Array = REFLECTED + (1 - REFLECTED) * (1 - sideways) ** 5
    return share


def _shine(
    normals: Float32Array,
    half: Float32Array,
    to_eye: Float32Array,
    falls: Float32Array,
    rough: Float32Array | np.float32,
) -> Float32Array:
    """GGX distribution times visibility (glTF 2.0, appendix B.3.2 and B.3.3)."""
    alpha = np.maximum(rough, LEAST_ROUGHNESS) ** 2
    square = alpha * alpha
    along = np.clip((normals * half).sum(axis=1, keepdims=True), 0, 1)
    seen = np.clip((normals * to_eye).sum(axis=1, keepdims=True), 0, 1)
    spread = square / (np.pi * (along * along * (square - 1) + 1) ** 2)
    shadowed = seen * np.sqrt(square + (1 - square) * falls * falls)
    masked = falls * np.sqrt(square + (1 - square) * seen * seen)
    shine: Float32Array = spread * 0.5 / np.maximum(shadowed + masked, 1e-6)
    return shine


def _openness(material: Material, patch: Patch, paints: Paints) -> Float32Array | float:
    texels = _texels(material.occlusion, patch, paints)
    if texels is None:
        return 1.0
    share: Float32Array = 1 + np.float32(material.occlusion_strength) * (texels[:, :1] - 1)
    return share


def _emitted(material: Material, patch: Patch, paints: Paints) -> Float32Array:
    factor = np.array(material.emissive, np.float32)
    texels = _texels(material.emission, patch, paints, srgb=True) if factor.any() else None
    return factor if texels is None else texels[:, :3] * factor


# geometry ----------------------------------------------------------------------
def normals_of(material: Material, part: Part, patch: Patch, paints: Paints) -> Float32Array:
    """Unit normals (k, 3) towards the side that is seen, bent by the normal map."""
    side = np.where(patch.front, np.float32(1), np.float32(-1))[:, None]
    if part.normals is None:
        normals = _flat_normals(part, patch)
    else:
        normals = _unit(points_on_faces(part.normals, part.faces, patch.face, patch.where))
    normals = normals * side
    texels = _texels(material.normal, patch, paints)
    if texels is None:
        return normals
    bent = texels[:, :3] * 2 - 1
    bent[:, :2] *= np.float32(material.normal_scale)
    right, up = _tangents(part, patch, normals, side)
    return _unit(bent[:, :1] * right + bent[:, 1:2] * up + bent[:, 2:] * normals)


def _tangents(
    part: Part, patch: Patch, normals: Float32Array, side: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """Directions (k, 3) of growing u, and of shrinking v, on the surface.

    From the part's tangents; without these from the uvs of each face (Schueler 2006, Normal
    mapping without precomputed tangents), as three.js does it.
    """
    if part.tangents is not None:
        found = points_on_faces(part.tangents, part.faces, patch.face, patch.where)
        right = _unit(found[:, :3])
        hand = np.where(found[:, 3:] < 0, np.float32(-1), np.float32(1))
        up = np.cross(normals * side, right) * hand
        return right * side, up * side
    assert part.uvs is not None
    corners = part.faces[patch.face]
    a, b, c = (part.positions[corners[:, k]] for k in range(3))
    uv_a, uv_b, uv_c = (part.uvs[corners[:, k]] for k in range(3))
    edge_b, edge_c = np.cross(c - a, normals), np.cross(normals, b - a)
    du, dv = uv_b - uv_a, uv_c - uv_a
    right = edge_b * du[:, :1] + edge_c * dv[:, :1]
    up = -(edge_b * du[:, 1:] + edge_c * dv[:, 1:])
    hand = np.where((np.cross(b - a, c - a) * normals).sum(axis=1) < 0, -1, 1)[:, None]
    longest = np.maximum((right * right).sum(axis=1), (up * up).sum(axis=1))[:, None]
    scale = (hand / np.sqrt(np.where(longest > 0, longest, 1))).astype(np.float32)
    return right * scale, up * scale


def _flat_normals(part: Part, patch: Patch) -> Float32Array:
    a, b, c = (part.positions[part.faces[patch.face, k]] for k in range(3))
    return _unit(np.cross(b - a, c - a))


def _places(part: Part, patch: Patch) -> Float32Array:
    return points_on_faces(part.positions, part.faces, patch.face, patch.where)


def _unit(vectors: Float32Array) -> Float32Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float32Array = (vectors / np.where(length > 0, length, 1)).astype(np.float32)
    return unit
