"""What the world stage needs of a sparse model, as arrays."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.colmap import write_model
from vtour.frames import FloatArray
from vtour.world.similarity import Similarity
from vtour.world.sphere_poses import observed_rays

MIN_TRACK = 3
MAX_ERROR_PX = 2.0
FEW_POINTS = 50


@dataclass(frozen=True)
class SparseModel:
    """A solved model: n cameras of photos and panoramas sorted by name, and its points.

    names          : of the images, as in the inventory.
    is_sphere      : (n,) bool, which of them are panoramas.
    cam_from_sfm   : (n, 3, 3) rotations.
    centres_in_sfm : (n, 3).
    points_in_sfm  : (m, 3), the reliable ones: seen by enough photos, with a small error.
    reconstruction : the pycolmap object.
    """

    names: list[str]
    is_sphere: NDArray[np.bool_]
    cam_from_sfm: FloatArray
    centres_in_sfm: FloatArray
    points_in_sfm: FloatArray
    reconstruction: Any

    @staticmethod
    def read(folder: Path) -> "SparseModel":
        """Read a COLMAP binary model."""
        import pycolmap

        return SparseModel.of(pycolmap.Reconstruction(folder))

    @staticmethod
    def of(model: Any) -> "SparseModel":
        """The arrays of a pycolmap reconstruction."""
        images = sorted(
            (image for image in model.images.values() if image.has_pose),
            key=lambda image: image.name,
        )
        return SparseModel(
            names=[image.name for image in images],
            is_sphere=np.array([image.camera.is_spherical() for image in images], bool),
            cam_from_sfm=np.array([i.cam_from_world().rotation.matrix() for i in images]),
            centres_in_sfm=np.array([i.projection_center() for i in images]),
            points_in_sfm=reliable_points(model),
            reconstruction=model,
        )

    def depths_and_pixel_sizes(self) -> tuple[FloatArray, FloatArray]:
        """Of each photo: median depth of the points it sees, and of depth / focal length.

        Of the panoramas, by distance, in a model without photos.
        """
        if self.is_sphere.all():
            return self._distances_and_pixel_sizes()
        depths, sizes = [], []
        points = self.reconstruction.points3D
        for name, is_sphere in zip(self.names, self.is_sphere, strict=True):
            if is_sphere:
                continue
            image = self.reconstruction.find_image_with_name(name)
            seen = np.array([points[p.point3D_id].xyz for p in image.get_observation_points2D()])
            if not len(seen):
                continue
            pose = image.cam_from_world().matrix()
            depth = float(np.median(seen @ pose[2, :3] + pose[2, 3]))
            depths.append(depth)
            sizes.append(depth / image.camera.mean_focal_length())
        return np.array(depths), np.array(sizes)

    def _distances_and_pixel_sizes(self) -> tuple[FloatArray, FloatArray]:
        medians, sizes = [], []
        for name in self.names:
            _, distances, _ = observed_rays(self.reconstruction, name)
            if len(distances):
                width = self.reconstruction.find_image_with_name(name).camera.width
                medians.append(float(np.median(distances)))
                sizes.append(medians[-1] * math.tau / width)
        return np.array(medians), np.array(sizes)

    def write_in_world(self, world_from_sfm: Similarity, folder: Path) -> None:
        """Write a COLMAP binary model moved into the world; changes ``reconstruction``."""
        import pycolmap

        rotation = pycolmap.Rotation3d(world_from_sfm.rotation)
        moved = pycolmap.Sim3d(world_from_sfm.scale, rotation, world_from_sfm.translation)
        self.reconstruction.transform(moved)
        write_model(self.reconstruction, folder)

    def write_photos(self, folder: Path) -> int:
        """Write the photos alone, without the panoramas, and return how many they are."""
        import pycolmap

        photos = pycolmap.Reconstruction(self.reconstruction)
        for frame_id in sorted(photos.reg_frame_ids()):
            ids = [data.id for data in photos.frames[frame_id].image_ids]
            if any(photos.images[one].camera.is_spherical() for one in ids):
                photos.deregister_frame(frame_id)
        if photos.num_reg_images():
            write_model(photos, folder)
        return int(photos.num_reg_images())


def reliable_points(model: Any) -> FloatArray:
    """Points (m, 3) of three photos or more and small error; all points when these are few."""
    points = [model.points3D[key] for key in sorted(model.points3D)]
    good = [p.xyz for p in points if p.track.length() >= MIN_TRACK and p.error <= MAX_ERROR_PX]
    chosen = good if len(good) >= FEW_POINTS else [point.xyz for point in points]
    return np.array(chosen, dtype=np.float64).reshape(-1, 3)
