"""Render a textured mesh on the CPU: posters and turntables."""

import numpy as np

from vtour.glb.mesh import TexturedMesh, UInt8Array
from vtour.glb.scene import scene_of_mesh
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.pictures import painted, quantised
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Surface, patches_of


def render_mesh(mesh: TexturedMesh | Surface, view: View, background: UInt8Array) -> UInt8Array:
    """The mesh over ``background``, (height, width, 3) uint8 sRGB.

    Unlit with a texture; without one, grey and brighter where it faces the camera.

    mesh : or what ``surface_of_mesh`` made of it, when it is rendered more than once.
    """
    surface = mesh if isinstance(mesh, Surface) else surface_of_mesh(mesh)
    has_texture = any(material.base is not None for material in surface.scene.materials)
    light = Light.unlit if has_texture else Light.headlight
    behind = background.astype(np.float32)
    return quantised(painted(surface, view, patches_of(surface, view), Look(light), behind))


def surface_of_mesh(mesh: TexturedMesh) -> Surface:
    """A textured mesh that can be rendered many times."""
    return Surface(scene_of_mesh(mesh))
