"""Photos without lens distortion, and the sparse model that goes with them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vtour.files import read_image, replacing

FloatArray = NDArray[np.float64]
UInt8Array = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]

JPEG_QUALITY = 97  # artefacts of 8 x 8 blocks would match themselves


def undistorted_name(image_id: int) -> str:
    """Name below ``images/``, by the image's id.

    Not the photo's own: COLMAP's lists of names end at a line's end and lose spaces, and a name
    may be too long for what is added to it, or no name on another system.
    """
    return f"{image_id:06d}.jpg"


def undistorted_camera(camera: Any, max_side_px: int) -> Any:
    """Pinhole camera (pycolmap) that sees only what ``camera`` saw, no larger than asked."""
    import pycolmap

    options = pycolmap.UndistortCameraOptions()
    options.max_image_size = max_side_px
    return pycolmap.undistort_camera(options, camera)


def undistorted_model(model: Any, max_side_px: int) -> Any:
    """The model with pinhole cameras: same ids, poses and points, observations moved along.

    Only 2D points that belong to a 3D point are kept. Spherical cameras are left out. Images are
    named by their ids.
    """
    import pycolmap

    result = pycolmap.Reconstruction()
    used = {image.camera_id for image in model.images.values() if image.has_pose}
    cameras = {}
    for camera_id in sorted(used):
        if not model.cameras[camera_id].is_spherical():
            cameras[camera_id] = undistorted_camera(model.cameras[camera_id], max_side_px)
            cameras[camera_id].camera_id = camera_id
            result.add_camera_with_trivial_rig(cameras[camera_id])
    elements: dict[int, list[tuple[int, int]]] = {}
    for image_id in sorted(model.images):
        image = model.images[image_id]
        if not image.has_pose or image.camera_id not in cameras:
            continue
        points = [p for p in image.points2D if p.has_point3D()]
        xy = moved_pixels(
            np.array([p.xy for p in points]).reshape(-1, 2),
            model.cameras[image.camera_id],
            cameras[image.camera_id],
        )
        for index, point in enumerate(points):
            elements.setdefault(point.point3D_id, []).append((image_id, index))
        twin = pycolmap.Image(
            name=undistorted_name(image_id),
            camera_id=image.camera_id,
            image_id=image_id,
            points2D=pycolmap.Point2DList([pycolmap.Point2D(p) for p in xy]),
        )
        result.add_image_with_trivial_frame(twin, image.cam_from_world())
    for point_id in sorted(elements):
        track = pycolmap.Track()
        for image_id, index in elements[point_id]:
            track.add_element(image_id, index)
        point = model.points3D[point_id]
        result.add_point3D(point.xyz, track, point.color)
    return result


def moved_pixels(xy: FloatArray, camera: Any, pinhole: Any) -> FloatArray:
    """Pixels (n, 2) of a distorted photo in its undistorted twin."""
    rays = np.atleast_2d(camera.cam_from_img(xy)) if len(xy) else np.zeros((0, 2))
    focal = np.array([pinhole.focal_length_x, pinhole.focal_length_y])
    centre = np.array([pinhole.principal_point_x, pinhole.principal_point_y])
    moved: FloatArray = rays * focal + centre
    return moved


def photo_pixels(camera: Any, pinhole: Any) -> NDArray[np.float32]:
    """Where (h, w, 2) each pixel of the pinhole image lies in the full-size photo.

    Pixel centres at +0.5 on both sides.
    """
    v, u = np.mgrid[0 : pinhole.height, 0 : pinhole.width] + 0.5
    rays = np.stack(
        [
            (u.ravel() - pinhole.principal_point_x) / pinhole.focal_length_x,
            (v.ravel() - pinhole.principal_point_y) / pinhole.focal_length_y,
            np.ones(u.size),
        ],
        axis=1,
    )
    where: NDArray[np.float32] = camera.img_from_cam(rays).reshape(*u.shape, 2).astype(np.float32)
    return where


def undistorted_photo(
    path: Path, camera: Any, pinhole: Any, pixels: NDArray[np.float32]
) -> UInt8Array:
    """Resample an upright photo to the pinhole camera: (h, w, 3) uint8 sRGB.

    pixels : what photo_pixels gave for these two cameras.

    The photo is shrunk first, to the scale of the result, so that nothing aliases.
    """
    import cv2

    shrink = min(1.0, pinhole.mean_focal_length() / camera.mean_focal_length())
    side = max(1, round(max(camera.width, camera.height) * shrink))
    photo = read_image(path, max_side_px=side)
    scale = np.array([photo.shape[1] / camera.width, photo.shape[0] / camera.height], np.float32)
    where = pixels * scale - np.float32(0.5)  # OpenCV's pixel centres lie at 0
    result: UInt8Array = cv2.remap(
        photo, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return result


def undistorted_mask(mask: BoolArray, pixels: NDArray[np.float32]) -> BoolArray:
    """A mask (h, w) of the full-size upright photo at the pixels that photo_pixels gave.

    The nearest pixel decides, and False beyond the photo.
    """
    column, row = (np.floor(pixels[..., k]).astype(np.int64) for k in (0, 1))
    inside = (column >= 0) & (row >= 0) & (column < mask.shape[1]) & (row < mask.shape[0])
    result: BoolArray = inside & mask[np.where(inside, row, 0), np.where(inside, column, 0)]
    return result


def write_mask(path: Path, mask: BoolArray) -> None:
    """Write a mask as PNG, white where it is True, all or nothing."""
    with replacing(path) as temporary:
        Image.fromarray(mask).convert("L").save(temporary, format="PNG")


def write_jpeg(path: Path, image: UInt8Array) -> None:
    """Write an image as JPEG, all or nothing."""
    with replacing(path) as temporary:
        Image.fromarray(image).save(
            temporary, format="JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=False
        )
