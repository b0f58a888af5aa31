"""Rays of photo pixels in the world, from the solved cameras."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray

if TYPE_CHECKING:
    import pycolmap


@dataclass(frozen=True)
class PhotoCamera:
    """One solved photo.

    camera     : pycolmap camera; undistorts pixels.
    world_from_cam : (3, 3) rotation, COLMAP camera axes to the world.
    centre     : (3,) world.
    """

    name: str
    camera: "pycolmap.Camera"
    world_from_cam: FloatArray
    centre: FloatArray

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels at which the camera was solved."""
        return self.camera.width, self.camera.height

    @property
    def forward(self) -> FloatArray:
        """Unit vector of the optical axis, world."""
        axis: FloatArray = self.world_from_cam[:, 2]
        return axis

    def ray_in_world(self, x_px: float, y_px: float, upright_width: int | None) -> FloatArray:
        """Unit direction (3,) of a pixel, world. Pixel centres lie at +0.5.

        upright_width : width in pixels of the photo that the pixel was read in, when it may
                        differ from the size the camera was solved at.
        Raises InputError when the lens model has no ray for this pixel.
        """
        scale = self.camera.width / upright_width if upright_width else 1.0
        in_cam = self.camera.cam_from_img(np.array([[x_px * scale, y_px * scale]]))
        ray = np.append(np.asarray(in_cam, dtype=np.float64).reshape(-1)[:2], 1.0)
        if not np.isfinite(ray).all():
            raise InputError(f"{self.name}: pixel {x_px}, {y_px} has no ray in its lens model")
        in_world: FloatArray = self.world_from_cam @ ray
        return in_world / float(np.linalg.norm(in_world))


def photo_cameras(sparse: Path) -> dict[str, PhotoCamera]:
    """All solved photos of a COLMAP model in the world, by name; empty when there is none."""
    if not (sparse / "images.bin").is_file():
        return {}
    import pycolmap

    model = pycolmap.Reconstruction(str(sparse))
    cameras = (_photo_camera(model, image_id) for image_id in model.reg_image_ids())
    return {camera.name: camera for camera in sorted(cameras, key=lambda c: c.name)}


def _photo_camera(model: Any, image_id: int) -> PhotoCamera:
    image = model.images[image_id]
    cam_from_world = np.asarray(image.cam_from_world().rotation.matrix(), dtype=np.float64)
    return PhotoCamera(
        name=image.name,
        camera=model.cameras[image.camera_id],
        world_from_cam=cam_from_world.T,
        centre=np.asarray(image.projection_center(), dtype=np.float64).reshape(3),
    )
