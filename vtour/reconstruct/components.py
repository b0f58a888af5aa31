"""Parts of a capture that were solved apart: joined where they share photos, else reported.

COLMAP starts another model with photos that the first could not take, and lets it reach into the
first by up to twenty photos that both have. These tell how the two frames lie to each other: the
smaller one is moved over by them, all points are triangulated anew, and cameras and points are
adjusted together. The result counts when it keeps the added photos without a larger error.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vtour.reconstruct.mapper import (
    Freedom,
    adjust,
    drop_outliers,
    quiet_mapper,
    triangulation_options,
)
from vtour.reconstruct.parallax import registered_names
from vtour.reconstruct.registration import short_list

FEWEST_SHARED = 3  # photos: with two, COLMAP's alignment found nothing even on exact matches
SHARE_THAT_FITS = 0.3  # of the shared photos' observations, seen with the other's points
FIT_PX = 8.0
MOST_ERROR_GROWTH = 1.1
SMALL_ERROR_PX = 0.5
FEWEST_OBSERVATIONS = 30  # of a photo that was added


def join_models(
    database: Path, models: Sequence[Any], freedom: Freedom
) -> tuple[list[Any], list[str]]:
    """Models (pycolmap, the largest first) with those joined that fit; one line for each joined."""
    kept, told = list(models[:1]), []
    for other in models[1:]:
        added = registered_names(other) - registered_names(kept[0])
        joined = join(database, kept[0], other, freedom) if added else None
        if joined is None:
            kept.append(other)
            continue
        kept[0] = joined
        told.append(f"{len(added)} photos solved apart were joined: {short_list(added)}")
    return kept, told


def join(database: Path, main: Any, other: Any, freedom: Freedom) -> Any | None:
    """Both models in the frame of the first, adjusted together; None when they do not fit."""
    import pycolmap

    if len(main.find_common_reg_image_ids(other)) < FEWEST_SHARED:
        return None
    with quiet_mapper():
        main_from_other = pycolmap.align_reconstructions_via_reprojections(
            other, main, SHARE_THAT_FITS, FIT_PX
        )
    if main_from_other is None:
        return None
    both = pycolmap.Reconstruction(main)
    added = add_photos(both, other, main_from_other)
    with tempfile.TemporaryDirectory(prefix="vtour-join-") as folder, quiet_mapper():
        both = pycolmap.triangulate_points(
            both, database, folder, folder, options=triangulation_options(freedom)
        )
        adjust(both, freedom)
        drop_outliers(both)
    return both if holds_together(both, main, other, added) else None


def add_photos(model: Any, other: Any, model_from_other: Any) -> list[int]:
    """Give a model the photos that only the other one has; their image ids.

    The mapper's models hold only the frames that they solved.
    """
    moved = type(other)(other)
    moved.transform(model_from_other)
    added = []
    for image_id in sorted(moved.reg_image_ids()):
        if not (image_id in model.images and model.images[image_id].has_pose):
            _add_photo(model, moved, image_id)
            added.append(image_id)
    return added


def _add_photo(model: Any, moved: Any, image_id: int) -> None:
    import pycolmap

    image = moved.images[image_id]
    if image_id in model.images:
        frame = model.frames[model.images[image_id].frame_id]
        frame.rig_from_world = moved.frames[image.frame_id].rig_from_world
        model.register_frame(frame.frame_id)
        return
    if image.camera_id not in model.cameras:
        model.add_camera_with_trivial_rig(moved.cameras[image.camera_id])
    unseen = pycolmap.Point2DList([pycolmap.Point2D(point.xy) for point in image.points2D])
    twin = pycolmap.Image(
        name=image.name, camera_id=image.camera_id, image_id=image_id, points2D=unseen
    )
    model.add_image_with_trivial_frame(twin, image.cam_from_world())


def holds_together(both: Any, main: Any, other: Any, added: Sequence[int]) -> bool:
    """Whether each added photo sees enough points of the joined model, at no larger error."""
    if any(both.images[one].num_points3D < FEWEST_OBSERVATIONS for one in added):
        return False
    before = max(one.compute_mean_reprojection_error() for one in (main, other))
    return bool(
        both.compute_mean_reprojection_error() <= MOST_ERROR_GROWTH * max(before, SMALL_ERROR_PX)
    )


def component_names(models: Sequence[Any]) -> list[list[str]]:
    """The photos of each part, the one that is kept first, then the largest.

    models : the one that is kept first. A photo of several parts counts in the first of them.
    """
    seen: set[str] = set()
    parts = []
    for model in models:
        names = registered_names(model) - seen
        seen |= names
        if names:
            parts.append(sorted(names))
    return parts[:1] + sorted(parts[1:], key=lambda part: (-len(part), part))


def component_warnings(parts: Sequence[Sequence[str]]) -> list[str]:
    """One line for each part that is left out."""
    return [
        f"{len(part)} photos hang together apart from the rest and are left out "
        f"({short_list(part)}): take photos that lead from one part to the other"
        for part in parts[1:]
    ]
