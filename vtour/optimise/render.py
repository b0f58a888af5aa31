"""Render a scene on the CPU: posters and turntables."""

import numpy as np

from vtour.glb.mesh import UInt8Array
from vtour.glb.scene import Scene
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.pictures import painted, quantised
from vtour.optimise.looks.shading import Light, Look
from vtour.optimise.looks.surface import Surface, patches_of


def render_scene(scene: Scene | Surface, view: View, background: UInt8Array) -> UInt8Array:
    """The scene over ``background``, (height, width, 3) uint8 sRGB.

    As a viewer shows it; what is unlit and without any colour is grey, brighter where it faces
    the camera.

    scene : or a surface of it, when it is rendered more than once.
    """
    surface = scene if isinstance(scene, Surface) else Surface(scene)
    light = Light.lit if _shows_something(surface.scene) else Light.headlight
    behind = background.astype(np.float32)
    return quantised(painted(surface, view, patches_of(surface, view), Look(light), behind))


def _shows_something(scene: Scene) -> bool:
    """Whether light, a texture or colours at vertices tell one place from another."""
    used = [scene.materials[part.material] for part in scene.parts]
    return any(not each.unlit or each.base is not None for each in used) or any(
        part.colours is not None for part in scene.parts
    )
