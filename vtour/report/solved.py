"""The solved cameras and sparse points of a site, as the arrays that report.html is drawn from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.frames import FloatArray
from vtour.workspace import Workspace

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Camera:
    """A photo or a panorama that was solved.

    centre     : (3,), world.
    forward    : (3,) unit vector of its optical axis, world; of a panorama that of its middle.
    half_width : angle between the axis and the edge of the photo, radians.
    pixel_m    : size of a pixel on the surface, metres or the world's unit: the median over the
                 points it sees of depth / focal length; None for panoramas, or when it sees none.
    """

    name: str
    is_sphere: bool
    centre: FloatArray
    forward: FloatArray
    half_width: float
    pixel_m: float | None


@dataclass(frozen=True)
class Solved:
    """Cameras by name; m sparse points.

    points    : (m, 3), world.
    seen_by   : (m,), how many images see each.
    errors_px : (m,), mean reprojection error of each.
    """

    cameras: list[Camera]
    points: FloatArray
    seen_by: IntArray
    errors_px: FloatArray


def read_solved(work: Workspace) -> Solved | None:
    """The solved site, panoramas included; None when nothing was solved."""
    folder = work.spheres if work.spheres.is_dir() else work.sparse
    return solved_of(folder) if (folder / "images.bin").is_file() else None


def solved_of(folder: Path) -> Solved:
    """Read a COLMAP binary model whose coordinates are the world's."""
    import pycolmap

    model = pycolmap.Reconstruction(str(folder))
    ids = sorted(model.points3D)
    points = [model.points3D[point_id] for point_id in ids]
    xyz = np.array([point.xyz for point in points], np.float64).reshape(-1, 3)
    seen = _points_by_image(points)
    images = sorted((i for i in model.images.values() if i.has_pose), key=lambda i: i.name)
    return Solved(
        cameras=[_camera(image, xyz[seen.get(image.image_id, [])]) for image in images],
        points=xyz,
        seen_by=np.array([point.track.length() for point in points], np.int64),
        errors_px=np.array([point.error for point in points], np.float64),
    )


def _points_by_image(points: list[Any]) -> dict[int, list[int]]:
    """Rows of the points that each image sees."""
    found: dict[int, list[int]] = {}
    for row, point in enumerate(points):
        for element in point.track.elements:
            found.setdefault(element.image_id, []).append(row)
    return found


def _camera(image: Any, seen: FloatArray) -> Camera:
    """A camera's figures, from the points (k, 3) in the world that its image sees."""
    cam_from_world = np.asarray(image.cam_from_world().matrix())
    camera = image.camera
    is_sphere = bool(camera.is_spherical())
    pixel = None
    if len(seen) and not is_sphere:
        depths = seen @ cam_from_world[2, :3] + cam_from_world[2, 3]
        pixel = float(np.median(depths)) / float(camera.mean_focal_length())
    half = np.pi if is_sphere else np.arctan2(camera.width / 2, camera.mean_focal_length())
    return Camera(
        name=image.name,
        is_sphere=is_sphere,
        centre=np.asarray(image.projection_center()),
        forward=cam_from_world[2, :3],
        half_width=float(half),
        pixel_m=pixel,
    )
