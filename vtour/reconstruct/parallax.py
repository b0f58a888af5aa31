"""Whether photos were taken from places far enough apart to tell depth."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.reconstruct.registration import MatchGraph

FloatArray = NDArray[np.float64]

FEWEST_POINTS = 50
MIN_FLAT_ANGLE = np.radians(6.0)  # a set turned on the spot came to 3.8, a step aside makes 10
LITTLE_ANGLE = np.radians(4.0)
FOCALS = np.geomspace(0.4, 4.0, 24)  # of the long side
LIKE_A_ROTATION = 0.06
THIN_LINE = 0.01  # extent across a line, as a share of that along it
FEWEST_ON_A_LINE = 4
TURNED = (
    "they look turned on the spot, or show one flat wall: step sideways between photos "
    "(photos from one standpoint go to panoramas/<name>/)"
)


def registered_names(model: Any) -> set[str]:
    """Names of the photos whose camera a reconstruction solved."""
    return {image.name for image in model.images.values() if image.has_pose}


def has_depth(model: Any, graph: MatchGraph) -> bool:
    """False for a model of photos turned on the spot: noise passes for a small parallax there.

    A flat wall photographed from several places has flat pairs, too, yet wide angles.
    """
    if len(model.points3D) < FEWEST_POINTS:
        return False
    names = registered_names(model)
    if not graph.is_flat(names):
        return True
    if parallax(model) < MIN_FLAT_ANGLE:
        return False
    # A focal length solved wrong passes for parallax, too: of 12 views of one panorama 9.6 degrees.
    sizes = {
        image.name: (image.camera.width, image.camera.height) for image in model.images.values()
    }
    pairs = [pair for pair in graph.planes if names.issuperset(pair)]
    alike = [pair for pair in pairs if sizes[pair[0]] == sizes[pair[1]]]
    return not is_turned([graph.planes[pair] for pair in alike], [sizes[pair[0]] for pair in alike])


def is_turned(homographies: Sequence[FloatArray], sizes: Sequence[tuple[int, int]]) -> bool:
    """Whether homographies (3, 3) between photos of sizes (w, h) are of a camera turned on a spot.

    Those are K R K^-1 (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 8.4): with one focal
    length, in parts of the long side, K^-1 H K is a rotation in the median. Of a wall seen from
    several places none makes it so: 12 views of one panorama leave 0.02, brighton's meadow 0.34.
    """
    if not homographies:
        return False
    left = [
        [_off_rotation(homography, size, focal * max(size)) for focal in FOCALS]
        for homography, size in zip(homographies, sizes, strict=True)
    ]
    return bool(np.median(left, axis=0).min() < LIKE_A_ROTATION)


def _off_rotation(homography: FloatArray, size: tuple[int, int], focal: float) -> float:
    """How much K^-1 H K stretches, over how far it is from doing nothing."""
    calibration = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1.0]])
    turned = np.linalg.inv(calibration) @ homography @ calibration
    determinant = float(np.linalg.det(turned))
    if not np.isfinite(turned).all() or abs(determinant) < 1e-12:
        return np.inf
    turned = turned / np.cbrt(determinant)
    stretched = np.abs(np.log(np.linalg.svd(turned, compute_uv=False))).max()
    return float(stretched / max(float(np.linalg.norm(turned - np.eye(3))), 1e-9))


def parallax(model: Any) -> float:
    """Median over the points of the angle between the outermost rays that see one, radians."""
    centres = {i: image.projection_center() for i, image in model.images.items() if image.has_pose}
    return float(np.median([_widest_angle(centres, one) for one in model.points3D.values()]))


def _widest_angle(centres: dict[int, Any], point: Any) -> float:
    """Radians between the outermost of the rays that see a point."""
    rays = np.array([centres[element.image_id] for element in point.track.elements]) - point.xyz
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    return float(np.arccos(np.clip((rays @ rays.T).min(), -1, 1)))


def stand_on_one_line(model: Any) -> bool:
    """Whether all cameras stand on one straight line; panoramas look to all sides of theirs."""
    solved = [image for image in model.images.values() if image.has_pose]
    centres = [image.projection_center() for image in solved]
    if len(centres) < FEWEST_ON_A_LINE or any(image.camera.is_spherical() for image in solved):
        return False
    extents = np.linalg.svd(np.array(centres) - np.mean(centres, axis=0), compute_uv=False)
    return bool(extents[1] < THIN_LINE * extents[0])


def parallax_warnings(model: Any) -> list[str]:
    """What to say of cameras that stand too close together, or all on one line."""
    told = []
    angle = parallax(model)
    if angle < LITTLE_ANGLE:
        told.append(
            f"little parallax: points are seen under {np.degrees(angle):.1f} degrees in the "
            "median, expected 4 or more, so depths are rough; step sideways between photos"
        )
    if stand_on_one_line(model):
        told.append(
            "all cameras stand on one line: positions of GPS do not tell how the site leans to "
            "its sides, and what faces away stays unseen; take photos from a second line, too"
        )
    return told
