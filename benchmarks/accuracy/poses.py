"""Camera poses of lund-door against its reference, after one similarity.

    python -m benchmarks.accuracy.poses WORK

WORK is a finished work folder of ``lund-door``; the reference is a COLMAP model that others
computed, so it is no ground truth: the figure is how far two solutions are apart. Lengths are
shares of the mean distance between the reference's camera centres and their middle.

At sift 1600 px, by lens model: SIMPLE_RADIAL (which the reference has, too) centres 0.034 % and
rotations 0.059 degrees in the median, RADIAL 0.033 % and 0.068, OPENCV (what vtour takes here)
0.042 % and 0.017, SIMPLE_PINHOLE 0.115 % and 0.134. The comparison with the truth of the
synthetic site, by which the model was chosen, is in vtour/reconstruct/sparse.py.
"""

import sys
from pathlib import Path

import numpy as np
import pycolmap

from benchmarks.machine import append_results, real_captures
from vtour.synthetic.compare import fit_similarity


def posed_images(folder):
    """By the photo's bare name."""
    images = pycolmap.Reconstruction(folder).images.values()
    return {Path(image.name).name: image for image in images if image.has_pose}


def angles_deg(rotations):
    """Angle (n,) of each rotation matrix (n, 3, 3), exact for small ones."""
    sine = np.linalg.norm(rotations - np.eye(3), axis=(1, 2)) / np.sqrt(8)
    return np.degrees(2 * np.arcsin(np.minimum(sine, 1)))


def pose_errors(model, reference):
    """Errors of a COLMAP model (folder) against another one, over the photos of both."""
    ours, theirs = posed_images(model), posed_images(reference)
    names = sorted(ours.keys() & theirs.keys())
    centres = np.array([ours[name].projection_center() for name in names])
    expected = np.array([theirs[name].projection_center() for name in names])
    scale, rotation, translation = fit_similarity(expected, centres)
    size = np.linalg.norm(expected - expected.mean(axis=0), axis=1).mean()
    off = np.linalg.norm(scale * centres @ rotation.T + translation - expected, axis=1) / size
    turned = angles_deg(
        np.array(
            [
                theirs[name].cam_from_world().rotation.matrix()
                @ rotation
                @ ours[name].cam_from_world().rotation.matrix().T
                for name in names
            ]
        )
    )
    return {
        "photos": len(names),
        "of": len(theirs),
        "centre_median_percent": round(100 * float(np.median(off)), 3),
        "centre_max_percent": round(100 * float(off.max()), 3),
        "rotation_median_deg": round(float(np.median(turned)), 4),
        "rotation_max_deg": round(float(turned.max()), 4),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python -m benchmarks.accuracy.poses WORK")
    captures = real_captures("lund-door")
    if captures is None:
        return
    errors = pose_errors(Path(sys.argv[1]) / "sparse", captures / "reference")
    append_results("poses", [{"captures": "lund-door", **errors}])


if __name__ == "__main__":
    main()
