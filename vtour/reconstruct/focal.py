"""Focal lengths that the photos hardly determine: EXIF's is kept there.

Photos straight down at flat ground look the same from twice as high with a lens twice as long, so
a solver that is free to choose ends anywhere, with a residual that shows nothing. On brighton (18
photos of a drone) it chose 2,924 px where EXIF says 2,311: heights came out 1.15 times those of
reference.laz and the ground lay 9.6 m off, at 0.768 px and a GPS residual of 0.67 m. With EXIF's
focal length it is 1.03 times and 0.8 m, at 0.785 px and 0.73 m (benchmarks/accuracy/terrain.py).

The price tells the two cases apart: where photos do determine the focal length, another one costs
far more. arch, lund-door and the sample site stay below the first threshold and are left alone.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any


def read_known_focals(database: Path) -> dict[int, float]:
    """Focal length in pixels by camera id, of the cameras for which EXIF tells one."""
    import pycolmap

    with pycolmap.Database.open(database) as opened:
        cameras = opened.read_all_cameras()
    return {c.camera_id: float(c.mean_focal_length()) for c in cameras if c.has_prior_focal_length}


def focal_changes(cameras: Collection[Any], known_px: Mapping[int, float]) -> dict[int, float]:
    """How far the solved focal length is from the known one, as a share of it, by camera id."""
    return {
        camera.camera_id: abs(camera.mean_focal_length() / known_px[camera.camera_id] - 1)
        for camera in cameras
        if camera.camera_id in known_px
    }


def is_doubtful(cameras: Collection[Any], known_px: Mapping[int, float], max_change: float) -> bool:
    """Whether the known focal lengths should be tried: one moved far, and all are known."""
    changes = focal_changes(cameras, known_px)
    return len(changes) == len(cameras) and any(one > max_change for one in changes.values())


def costs_little(held: Any, free: Any, max_cost: float) -> bool:
    """Whether the model with known focal lengths explains the photos about as well.

    held, free : reconstructions (pycolmap). max_cost : most error of the first, in those of the
    second. The mean reprojection errors are compared, and no photo may be lost.
    """
    if held.num_reg_images() < free.num_reg_images():
        return False
    return bool(
        held.compute_mean_reprojection_error() <= max_cost * free.compute_mean_reprojection_error()
    )


def focal_warnings(
    free: Any, chosen: Any, known_px: Mapping[int, float], max_change: float
) -> list[str]:
    """One line for each camera whose solved focal length is far from EXIF's, or was set aside.

    free, chosen : reconstructions (pycolmap): with focal lengths solved, and the one kept.
    """
    lines = []
    for camera_id, change in sorted(focal_changes(free.cameras.values(), known_px).items()):
        if change <= max_change:
            continue
        solved_px = free.cameras[camera_id].mean_focal_length()
        figures = f"focal length {solved_px:.0f} px solved, {known_px[camera_id]:.0f} px in EXIF"
        if chosen is free:
            why = "the photos speak for the first: check the heights if they all look straight down"
        else:
            why = "EXIF's is kept, the photos hardly tell them apart: add photos from other heights"
        lines.append(f"camera {camera_id}: {figures}; {why}")
    return lines
