"""Whether photos were taken from places far enough apart to tell depth."""

from typing import Any

import numpy as np

from vtour.reconstruct.registration import MatchGraph

FEWEST_POINTS = 50
MIN_FLAT_ANGLE = np.radians(6.0)  # a set turned on the spot came to 3.8, a step aside makes 10
LITTLE_ANGLE = np.radians(4.0)
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
    if not graph.is_flat(registered_names(model)):
        return True
    return bool(parallax(model) >= MIN_FLAT_ANGLE)


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
