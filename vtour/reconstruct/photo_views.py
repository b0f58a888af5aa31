"""Photos with solved cameras, as texturing sees them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vtour.atlas.topology import FloatArray
from vtour.errors import InputError
from vtour.files import UInt8Array, read_image
from vtour.schema.inventory import CaptureFile
from vtour.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class View:
    """A registered photo.

    Pixels are those of the upright photo at the camera's size, pixel centres at +0.5.
    """

    file: CaptureFile
    camera: Any
    """pycolmap.Camera"""
    rotation: FloatArray
    """(3, 3) of cam_from_world."""
    translation: FloatArray
    """(3,) of cam_from_world."""

    @property
    def width(self) -> int:
        """Width of the camera's image in pixels."""
        return int(self.camera.width)

    @property
    def height(self) -> int:
        """Height of the camera's image in pixels."""
        return int(self.camera.height)

    @property
    def centre(self) -> FloatArray:
        """The projection centre in the world (3,)."""
        result: FloatArray = -self.rotation.T @ self.translation
        return result

    @cached_property
    def widest_tangent(self) -> float:
        """Tangent of the largest angle between the optical axis and a border pixel's ray."""
        steps = np.linspace(0, 1, 9)
        border = [(s, e) for s in steps for e in (0, 1)] + [(e, s) for s in steps for e in (0, 1)]
        pixels = np.array(border) * (self.width, self.height)
        return float(np.hypot(*np.asarray(self.camera.cam_from_img(pixels)).T).max())

    def project(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Pixels (n, 2) and depths (n,) of points (n, 3) in the world, with lens distortion.

        Pixels are NaN behind the camera, and far outside the field of view, where distortion
        polynomials turn back into the image.
        """
        in_cam = points @ self.rotation.T + self.translation
        depth: FloatArray = in_cam[:, 2]
        off_axis = np.hypot(in_cam[:, 0], in_cam[:, 1])
        ahead = (depth > 1e-9) & (off_axis <= 1.1 * self.widest_tangent * depth)
        pixels = np.full((len(points), 2), np.nan)
        if ahead.any():
            pixels[ahead] = self.camera.img_from_cam(np.ascontiguousarray(in_cam[ahead]))
        return pixels, depth

    def rays(self, pixels: FloatArray) -> FloatArray:
        """Directions (n, 3) in the world through pixels, of depth 1."""
        flat = np.asarray(self.camera.cam_from_img(pixels))
        in_cam = np.column_stack([flat, np.ones(len(flat))])
        result: FloatArray = in_cam @ self.rotation
        return result

    def read(self, work: Workspace, *, scale: float = 1.0) -> UInt8Array:
        """The upright photo (h, w, 3), shrunk by ``scale`` of the camera's size.

        Its blurred copy, when it has one: what texturing reads is published.
        """
        side = max(1, round(max(self.width, self.height) * scale))
        path = work.publishable(self.file.path, work.capture_path(self.file))
        image = read_image(path, max_side_px=side)
        height, width = image.shape[:2]
        if abs(width * self.height - height * self.width) > 0.02 * width * self.height:
            raise InputError(
                f"{self.file.path}: {width} x {height} px, expected the shape of its camera, "
                f"{self.width} x {self.height} px"
            )
        return image


def read_views(work: Workspace) -> list[View]:
    """The registered photos of the sparse model in the world, sorted by name."""
    import pycolmap

    if not (work.sparse / "cameras.bin").is_file():
        raise InputError(f"{work.sparse.name}: no cameras.bin, expected the sparse model")
    model = pycolmap.Reconstruction(str(work.sparse))
    files = {file.path: file for file in work.files.usable_photos()}
    views = []
    for image in sorted(model.images.values(), key=lambda image: str(image.name)):
        if not image.has_pose or image.name not in files:
            continue
        pose = image.cam_from_world()
        view = View(
            file=files[image.name],
            camera=model.cameras[image.camera_id],
            rotation=np.array(pose.rotation.matrix()),
            translation=np.array(pose.translation),
        )
        views.append(view)
    if not views:
        raise InputError(
            f"{work.sparse.name}: none of its {len(model.images)} photos is usable by the "
            "inventory, expected some"
        )
    return views
