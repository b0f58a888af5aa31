"""A turntable: the model from all around, the views side by side in one small picture."""

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.files import replacing
from vtour.glb.mesh import UInt8Array
from vtour.glb.scene import Scene
from vtour.optimise.framing import (
    FOV_DEG,
    FloatArray,
    backward_of,
    centre_of,
    fitting,
    points_of,
    side_of_cameras,
    triple,
)
from vtour.optimise.looks.camera import View
from vtour.optimise.looks.surface import Surface
from vtour.optimise.poster import backdrop
from vtour.optimise.render import render_scene

VIEWS = 8
WIDTH, HEIGHT = 320, 240  # of a view
ELEVATION = math.radians(25.0)  # walls and roofs alike
MOST_BYTES = 150_000
QUALITIES = (80, 70, 60, 45, 30)


def turntable_views(scene: Scene, cameras: FloatArray | None, views: int = VIEWS) -> list[View]:
    """Views from all around at one distance, each with the model in its middle.

    The first is from the side of the photos; each next one from further right.
    """
    points, areas = points_of(scene)
    centre = centre_of(points, areas)
    first, _ = side_of_cameras(centre, cameras)
    backwards = [backward_of(first + math.tau * k / views, ELEVATION) for k in range(views)]
    fits = [
        fitting(points - centre, areas, _view(centre + backward, centre)) for backward in backwards
    ]
    distance = max(distance for distance, _ in fits)
    return [
        _view(centre + shift + distance * backward, centre + shift)
        for backward, (_, shift) in zip(backwards, fits, strict=True)
    ]


def _view(position: FloatArray, target: FloatArray) -> View:
    return View(triple(position), triple(target), FOV_DEG, WIDTH, HEIGHT)


def turntable(scene: Scene, cameras: FloatArray | None) -> UInt8Array:
    """The views side by side: (HEIGHT, VIEWS * WIDTH, 3) uint8 sRGB."""
    surface = Surface(scene)
    background = backdrop(WIDTH, HEIGHT)
    views = turntable_views(scene, cameras)
    return np.hstack([render_scene(surface, view, background) for view in views])


def write_turntable(path: Path, scene: Scene, cameras: FloatArray | None) -> None:
    """Render the turntable as WebP, within MOST_BYTES as far as quality reaches."""
    strip = Image.fromarray(turntable(scene, cameras))
    for quality in QUALITIES:
        stream = io.BytesIO()
        strip.save(stream, "WEBP", quality=quality, method=6)
        if len(stream.getvalue()) <= MOST_BYTES:
            break
    with replacing(path) as temporary:
        temporary.write_bytes(stream.getvalue())
