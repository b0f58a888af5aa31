"""Which photos share a camera, and which lens model each camera gets."""

from collections import defaultdict
from enum import StrEnum
from typing import Any

from vtour.schema.inventory import CaptureFile

MIN_PHOTOS_FOR_OPENCV = 10
FALLBACK_FOCAL = 1.2  # of the longer side: COLMAP's guess, a normal lens


class LensModel(StrEnum):
    """COLMAP's names of lens models; ``auto`` chooses by what the photos can carry."""

    auto = "auto"
    simple_radial = "SIMPLE_RADIAL"
    radial = "RADIAL"
    opencv = "OPENCV"


def group_photos(photos: list[CaptureFile]) -> list[list[CaptureFile]]:
    """Photos that share one camera, groups ordered by their first photo.

    Photos of one group always have one size: a group that mixes sizes is split.
    """
    groups: dict[tuple[str, int | None, int | None], list[CaptureFile]] = defaultdict(list)
    for photo in sorted(photos, key=lambda photo: photo.path):
        groups[photo.camera_group or photo.path, photo.width_px, photo.height_px].append(photo)
    return list(groups.values())


def lens_model_for(group: list[CaptureFile], wanted: LensModel) -> LensModel:
    """The lens model of a group: more parameters only where enough photos can fix them."""
    if wanted is not LensModel.auto:
        return wanted
    known_focal = all(photo.focal_px for photo in group)
    if known_focal and len(group) >= MIN_PHOTOS_FOR_OPENCV:
        return LensModel.opencv
    return LensModel.simple_radial


def camera_from_group(
    group: list[CaptureFile], camera_id: int, size: tuple[int, int], wanted: LensModel
) -> Any:
    """A pycolmap camera with the focal length that EXIF tells, or a usual one.

    size : (width, height) of the upright photos in pixels; the principal point is its centre.
    """
    import pycolmap

    focals = sorted(photo.focal_px for photo in group if photo.focal_px)
    focal = focals[len(focals) // 2] if focals else FALLBACK_FOCAL * max(size)
    model = lens_model_for(group, wanted)
    camera = pycolmap.Camera.create_from_model_name(camera_id, model.value, focal, *size)
    camera.has_prior_focal_length = bool(focals)
    return camera


def sphere_camera(camera_id: int, size: tuple[int, int]) -> Any:
    """A pycolmap camera of a full sphere, (width, height) pixels, which has nothing to solve."""
    import pycolmap

    return pycolmap.Camera.create_from_model_name(camera_id, SPHERE, 1.0, *size)


SPHERE = "EQUIRECTANGULAR"
