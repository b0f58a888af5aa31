"""A still picture of a model, from the side on which its photos were taken."""

import io
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
from vtour.optimise.render import render_scene

SKY = np.array([236.0, 238.0, 240.0])
GROUND = np.array([198.0, 202.0, 206.0])
QUALITY = 82


def choose_view(scene: Scene, cameras: FloatArray | None, width: int, height: int) -> View:
    """A camera that sees nearly all of the scene's surface.

    cameras : (n, 3) centres of the photos' cameras, world; the most typical one gives the side.
    """
    points, areas = points_of(scene)
    centre = centre_of(points, areas)
    azimuth, elevation = side_of_cameras(centre, cameras)
    backward = backward_of(azimuth, elevation)
    towards = View(triple(centre + backward), triple(centre), FOV_DEG, width, height)
    distance, shift = fitting(points - centre, areas, towards)
    target = centre + shift
    return View(triple(target + distance * backward), triple(target), FOV_DEG, width, height)


def backdrop(width: int, height: int) -> UInt8Array:
    """A soft grey gradient, (height, width, 3)."""
    share = ((np.arange(height) + 0.5) / height)[:, None, None]
    column = SKY * (1 - share) + GROUND * share
    return np.rint(np.repeat(column, width, axis=1)).astype(np.uint8)


def write_poster(path: Path, scene: Scene, cameras: FloatArray | None, width: int) -> None:
    """Render the scene 4:3 from the side of the photos, as WebP."""
    height = width * 3 // 4
    view = choose_view(scene, cameras, width, height)
    image = render_scene(scene, view, backdrop(width, height))
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "WEBP", quality=QUALITY, method=6)
    with replacing(path) as temporary:
        temporary.write_bytes(stream.getvalue())


def camera_centres(sparse: Path) -> FloatArray | None:
    """Centres of the registered photos, (n, 3), world, by name; None without a sparse model."""
    if not (sparse / "images.bin").is_file():
        return None
    import pycolmap

    images = pycolmap.Reconstruction(str(sparse)).images.values()
    ordered = sorted((image for image in images if image.has_pose), key=lambda image: image.name)
    if not ordered:
        return None
    return np.array([image.projection_center() for image in ordered], np.float64)
