"""How well two sets of camera poses agree, pair by pair: no common frame is needed.

The error of a pair of photos is the larger of two angles: that between its relative rotations, and
that between its relative directions of translation. AUC@t is the area under the curve of the share
of pairs below an error, up to t, divided by t, as ETH3D's and the Image Matching Challenge's tables
have it (Jin et al., Image Matching across Wide Baselines, IJCV 129, 2021, section 4.2). A pair that
lacks a photo counts as wrong by half a turn.
"""

from itertools import combinations
from pathlib import Path

import numpy as np

LOST_DEG = 180.0
SAME_PLACE = 1e-6  # of the cameras' spread: two photos there have no direction between them


def posed_images(folder):
    """Images of a COLMAP model whose pose is known, by the photo's bare name."""
    import pycolmap

    images = pycolmap.Reconstruction(folder).images.values()
    return {Path(image.name).name: image for image in images if image.has_pose}


def pose_errors_deg(ours, reference):
    """Errors in degrees, one a pair of the reference's photos, in the order of their names.

    ours, reference : images (pycolmap) by name.
    """
    poses = [{name: _pose(image) for name, image in side.items()} for side in (ours, reference)]
    return relative_errors_deg(*poses)


def _pose(image):
    return image.cam_from_world().rotation.matrix(), image.projection_center()


def relative_errors_deg(ours, reference):
    """The same of poses by name: (rotation (3, 3) cam_from_world, centre (3,))."""
    centres = np.array([centre for _, centre in reference.values()])
    least = SAME_PLACE * np.linalg.norm(centres - centres.mean(axis=0), axis=1).max()
    errors = []
    for pair in combinations(sorted(reference), 2):
        if not all(name in ours for name in pair):
            errors.append(LOST_DEG)
            continue
        found, expected = (_relative(*(side[name] for name in pair)) for side in (ours, reference))
        error = angle_of_rotation_deg(found[0] @ expected[0].T)
        if np.linalg.norm(expected[1]) > least:
            error = max(error, angle_between_deg(found[1], expected[1]))
        errors.append(error)
    return np.array(errors)


def _relative(first, second):
    """Rotation and translation of the second camera from the first."""
    (rotation_1, centre_1), (rotation_2, centre_2) = first, second
    return rotation_2 @ rotation_1.T, rotation_2 @ (centre_1 - centre_2)


def angle_of_rotation_deg(rotation):
    """Exact for small angles, where the cosine is not."""
    sine = np.linalg.norm(rotation - np.eye(3)) / np.sqrt(8)
    return float(np.degrees(2 * np.arcsin(min(sine, 1.0))))


def angle_between_deg(first, second):
    """Angle of two vectors, exact for small ones."""
    cross = np.linalg.norm(np.cross(first, second))
    return float(np.degrees(np.arctan2(cross, first @ second)))


def area_under_curve(errors_deg, threshold_deg):
    """AUC@threshold in percent: the mean of what each pair has left below the threshold."""
    left = np.clip(threshold_deg - np.asarray(errors_deg), 0, None)
    return 100 * float(left.mean()) / threshold_deg
