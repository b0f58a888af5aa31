"""The texture size that a model deserves: as many texels on its surface as it really has."""

import math

import numpy as np

from vtour.atlas.surface_charts import flat_areas
from vtour.atlas.topology import face_areas
from vtour.glb.scene import Part, Scene
from vtour.glb.vertices import used_vertices
from vtour.optimise.shaping.unwrap import uv_area

FILLED = 0.7  # of an atlas that charts cover, about what xatlas reaches
TEXELS_A_VERTEX = 4.0  # two along each edge hold what vertices say (colours, shape)
STEP_PX = 64
LEAST_PX, MOST_PX = 64, 8192


def texture_px_for(scene: Scene) -> int:
    """Edge of a square atlas with the model's own density.

    The atlas holds as many texels as all textures have on the surface, gutters not counted and
    repeats counted each time; where vertices say more than textures (vertex colours, and the
    shape that a normal map must hold), a few for each vertex.

    Returns a multiple of 64 px between 64 and 8192.
    """
    texels = sum(_texels_of(part, scene) for part in scene.parts)
    edge = math.sqrt(texels / FILLED)
    return int(min(max(math.ceil(edge / STEP_PX - 0.02) * STEP_PX, LEAST_PX), MOST_PX))


def texel_edge(scene: Scene) -> float | None:
    """Edge of a texel on the surface, units of the positions: the median over the textured area.

    None where nothing has a texture that is laid out on an area.
    """
    edges, areas = [], []
    for part in scene.parts:
        material = scene.materials[part.material]
        if part.uvs is None or not material.textures:
            continue
        texels = max(t.pixels.shape[0] * t.pixels.shape[1] for t in material.textures)
        positions, uvs = part.positions.astype(np.float64), part.uvs.astype(np.float64)
        faces = part.faces.astype(np.int64)
        area, flat = face_areas(positions, faces), flat_areas(uvs, faces)
        shown = (area > 0) & (flat > 0)
        edges.append(np.sqrt(area[shown] / (flat[shown] * texels)))
        areas.append(area[shown])
    if not sum(map(len, edges)):
        return None
    edge, area = np.concatenate(edges), np.concatenate(areas)
    order = np.argsort(edge, kind="stable")
    reached = np.cumsum(area[order])
    return float(edge[order[int(np.searchsorted(reached, reached[-1] / 2))]])


def texture_edges(scene: Scene) -> list[int]:
    """Longest edge of every texture of a scene, px."""
    textures = {id(t.pixels): t for material in scene.materials for t in material.textures}
    return [max(texture.pixels.shape[:2]) for texture in textures.values()]


def repeats_of(scene: Scene) -> float:
    """How many times textures are laid over the surface, at most: 1 or less for an atlas."""
    return max(
        (
            uv_area(part.uvs, part.faces)
            for part in scene.parts
            if part.uvs is not None and scene.materials[part.material].textures
        ),
        default=0.0,
    )


def _texels_of(part: Part, scene: Scene) -> float:
    material = scene.materials[part.material]
    texels = 0.0
    if part.uvs is not None and material.textures:
        largest = max(t.pixels.shape[0] * t.pixels.shape[1] for t in material.textures)
        texels = uv_area(part.uvs, part.faces) * largest
    if part.colours is not None or not material.unlit:
        texels = max(texels, TEXELS_A_VERTEX * len(used_vertices(part.faces)))
    return texels
