"""Compare results with the ground truth: cameras after a similarity, clouds in the world."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.frames import FloatArray, similarity_matrix
from vtour.synthetic.coverage import LEAST_PHOTOS, photos_per_sample, sample_surface
from vtour.synthetic.render import RayMesh
from vtour.synthetic.truth import Truth, load_mesh

THRESHOLDS_M = (0.02, 0.05)
SITE_LOW_M, SITE_HIGH_M = np.array([-13.0, -0.5, -11.5]), np.array([13.5, 9.0, 10.5])
"""Box around the courtyard: what a cloud holds outside of it is scenery."""


@dataclass(frozen=True)
class CameraErrors:
    """How far solved cameras are from the true ones.

    The first figures are after one similarity fitted on the camera centres; ``world`` ones are
    as solved, without any fit, and mean something only for a model in the world.
    """

    registered: int
    photos: int
    scale: float
    """Factor from the model's units to metres; 1 for a model in the world."""
    centre_rms_m: float
    centre_median_m: float
    centre_max_m: float
    rotation_rms_deg: float
    rotation_median_deg: float
    rotation_max_deg: float
    world_centre_rms_m: float
    world_rotation_median_deg: float
    truth_from_model: FloatArray
    """(4, 4), the similarity that was fitted."""


@dataclass(frozen=True)
class CloudErrors:
    """How a cloud in the world fits the true surface.

    accuracy     : share of points within each threshold of the surface
    completeness : share of the surface that LEAST_PHOTOS photos see which has a point within
                   each threshold
    """

    points: int
    samples: int
    accuracy: dict[float, float]
    completeness: dict[float, float]
    median_m: float
    rms_m: float


def fit_similarity(to: FloatArray, source: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Scale, rotation and translation that best take (n, 3) source points to others.

    Least squares, closed form (Umeyama, Least-squares estimation of transformation parameters
    between two point patterns, 1991). Raises InputError for fewer than three points.
    """
    if len(to) < 3:
        raise InputError(f"{len(to)} cameras in common: expected at least 3 to fit a similarity")
    mean_to, mean_source = to.mean(0), source.mean(0)
    a, b = to - mean_to, source - mean_source
    u, singular, vt = np.linalg.svd(a.T @ b / len(to))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = float((singular * sign).sum() / (b**2).sum(1).mean())
    return scale, rotation, mean_to - scale * rotation @ mean_source


def camera_errors(model: Path, truth: Truth) -> CameraErrors:
    """Compare a COLMAP model (folder) with the truth, photo by photo.

    Names may be relative to the captures or to their folder photos/. Raises InputError when
    the model cannot be read or shares fewer than three photos with the truth.
    """
    import pycolmap

    try:
        reconstruction = pycolmap.Reconstruction(str(model))
    except (ValueError, OSError, RuntimeError) as error:
        raise InputError(f"{model}: {error}, expected a COLMAP model") from None
    images = {image.name.removeprefix("photos/"): image for image in reconstruction.images.values()}
    pairs = [
        (camera, images[camera.file.removeprefix("photos/")])
        for camera in truth.cameras
        if camera.file.removeprefix("photos/") in images
    ]
    true_centres = np.array([camera.centre for camera, _ in pairs]).reshape(-1, 3)
    centres = np.array([image.projection_center() for _, image in pairs]).reshape(-1, 3)
    scale, rotation, translation = fit_similarity(true_centres, centres)
    off = np.linalg.norm(scale * centres @ rotation.T + translation - true_centres, axis=1)
    turned = np.array([_rotation_error_deg(rotation, image, camera) for camera, image in pairs])
    plain = np.array([_rotation_error_deg(np.eye(3), image, camera) for camera, image in pairs])
    world_off = np.linalg.norm(centres - true_centres, axis=1)
    return CameraErrors(
        registered=len(pairs),
        photos=len(truth.cameras),
        scale=scale,
        centre_rms_m=_rms(off),
        centre_median_m=float(np.median(off)),
        centre_max_m=float(off.max()),
        rotation_rms_deg=_rms(turned),
        rotation_median_deg=float(np.median(turned)),
        rotation_max_deg=float(turned.max()),
        world_centre_rms_m=_rms(world_off),
        world_rotation_median_deg=float(np.median(plain)),
        truth_from_model=similarity_matrix(scale, rotation, translation),
    )


def _rms(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def _rotation_error_deg(world_from_model: FloatArray, image: Any, camera: Any) -> float:
    """Angle between the solved and the true attitude of a photo."""
    model_from_cam = image.cam_from_world().rotation.matrix().T
    delta = camera.world_from_cam.T @ world_from_model @ model_from_cam
    # The half angle's sine stays exact for small angles, where the cosine does not.
    sine = np.linalg.norm(delta - np.eye(3)) / np.sqrt(8)
    return float(np.degrees(2 * np.arcsin(min(sine, 1.0))))


def cloud_errors(
    points_in_world: FloatArray,
    truth: Truth,
    *,
    sample_step_m: float = 0.02,
    thresholds_m: tuple[float, ...] = THRESHOLDS_M,
) -> CloudErrors:
    """Compare (n, 3) points in the world with the true surface.

    sample_step_m : spacing of the samples of the true surface; 0.005 for the full site.
    Raises InputError when no point lies within the courtyard.
    """
    from scipy.spatial import cKDTree

    inside = ((points_in_world > SITE_LOW_M) & (points_in_world < SITE_HIGH_M)).all(1)
    points = np.asarray(points_in_world[inside], float)
    if not len(points):
        raise InputError(f"cloud of {len(points_in_world)} points: none lies in the courtyard")
    vertices, faces = load_mesh(truth.mesh_path)
    scene = RayMesh(vertices, faces)
    distance = scene.distances(points)
    samples = sample_surface(vertices, faces, sample_step_m)
    counted = photos_per_sample(scene, samples, truth.cameras) >= LEAST_PHOTOS
    wanted = samples.points[counted]
    gap, _ = cKDTree(points).query(wanted, distance_upper_bound=max(thresholds_m) * 1.01)
    return CloudErrors(
        points=len(points),
        samples=len(wanted),
        accuracy={limit: float((distance <= limit).mean()) for limit in thresholds_m},
        completeness={limit: float((gap <= limit).mean()) for limit in thresholds_m},
        median_m=float(np.median(distance)),
        rms_m=_rms(distance),
    )
