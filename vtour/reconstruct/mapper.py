"""pycolmap's mappers and bundle adjustment, with one thread and fixed seeds.

Their bundle adjustment sums in thread order once a problem is large, and the same inputs have to
give the same bytes.

The global mapper held that in two runs of the small synthetic site (24 photos), with 3.9 CPU-s
where the incremental one took 3.0, and AUC@1 degree of 90.9 against 90.7: no gain where both place
all photos. Of seven photos of a street that overlap too little, and of which the incremental one
makes nothing, it made a model with a focal length of 669 px where EXIF says 1035. So it runs only
where the incremental one leaves photos out, and has to fit the photos about as well as that one.

All cameras are adjusted anew each time that the model has grown by 40 %, where COLMAP does it at
10 %: on lund-door 17.2 CPU-s instead of 20.2, at the same AUC@1 degree (98.4). lenses.py adjusts
all of them to the end anyway. So an adjustment stops where the error sinks by less than a share of
1e-5, where COLMAP's go on to their last iteration, and what is around a new photo is adjusted once,
not twice (CPU-s of the mapper on a busy machine, AUC@1 degree in brackets):

                            lund-door     brighton   small site
    as COLMAP does           15.6 (98.40)    9.0      1.8 (96.21)
    1e-6                     13.5 (98.40)    6.5      1.7 (96.21)
    1e-5, once (kept)         9.9 (98.42)    4.8      1.4 (96.23)
    1e-4                      9.9 (98.36)    4.8      1.5 (96.25)
    the same as kept, few
      redundant points        9.0 (98.42)    3.4      1.4 (95.55)
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

SEED = 0
MOST_ERROR_GROWTH = 1.1
GROWTH = 1.4  # of the model, between adjustments of all its cameras
COARSE, FINE = 1e-5, 1e-8  # share by which the error of an adjustment has to sink
MAX_REPROJECTION_PX, MIN_ANGLE_DEG = 4.0, 1.5  # the mapper's own for points


@dataclass(frozen=True)
class Start:
    """How demanding the mapper is: of its first pair, and of each photo that it adds."""

    init_inliers: int
    init_angle_deg: float
    pose_inliers: int


STARTS = (Start(100, 16.0, 30), Start(50, 8.0, 20), Start(25, 4.0, 15))


@dataclass(frozen=True)
class Freedom:
    """What may be solved besides poses and points, and how small a model may be."""

    min_photos: int = 3
    focal_length: bool = True
    principal_point: bool = False


def rank(models: list[Any]) -> tuple[int, int]:
    """What makes models (pycolmap, the largest first) better than others: photos, then points."""
    return (models[0].num_reg_images(), models[0].num_points3D()) if models else (0, 0)


def better(found: list[Any], than: list[Any], max_error_growth: float = MOST_ERROR_GROWTH) -> bool:
    """Whether models (pycolmap, the largest first) place more, at about the same error at most."""
    if not than or not found:
        return False
    limit = max_error_growth * than[0].compute_mean_reprojection_error()
    return rank(found) > rank(than) and found[0].compute_mean_reprojection_error() <= limit


def sorted_models(models: dict[int, Any]) -> list[Any]:
    """Models as a mapper gives them, the largest first."""
    return sorted(models.values(), key=lambda model: rank([model]), reverse=True)


def run_mapper(
    database: Path, start: Start, freedom: Freedom, count: Callable[[], None]
) -> list[Any]:
    """Run pycolmap's incremental mapper once; reconstructions, the largest first.

    ``count`` is called for every photo that is added; what it raises stops the mapper.
    """
    import pycolmap

    with tempfile.TemporaryDirectory(prefix="vtour-sfm-") as folder, quiet_mapper():
        models = pycolmap.incremental_mapping(
            database_path=database,
            image_path=folder,
            output_path=folder,
            options=_incremental_options(start, freedom),
            initial_image_pair_callback=count,
            next_image_callback=count,
        )
    return sorted_models(models)


@contextmanager
def quiet_mapper() -> Iterator[None]:
    """Keep COLMAP's own log off the terminal: what went wrong is said by us."""
    import pycolmap

    before = pycolmap.logging.minloglevel
    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    try:
        yield
    finally:
        pycolmap.logging.minloglevel = before


def run_global_mapper(database: Path, freedom: Freedom) -> list[Any]:
    """Run pycolmap's global mapper (GLOMAP) once; reconstructions, the largest first.

    All cameras are placed at once: rotations are averaged, then positions (Pan et al., Global
    Structure-from-Motion Revisited, ECCV 2024). Empty when it finds none, or cannot begin.
    """
    import pycolmap

    with tempfile.TemporaryDirectory(prefix="vtour-sfm-") as folder, quiet_mapper():
        try:
            models = pycolmap.global_mapping(
                database_path=database,
                image_path=folder,
                output_path=folder,
                options=_global_options(freedom),
            )
        except (RuntimeError, ValueError, IndexError) as error:
            log.info("global mapper: %s", error)
            return []
    return sorted_models(models)


def _global_options(freedom: Freedom) -> Any:
    import pycolmap

    wanted = pycolmap.GlobalPipelineOptions()
    mapper = wanted.mapper
    wanted.random_seed = mapper.random_seed = mapper.rotation_averaging.random_seed = SEED
    mapper.global_positioning.random_seed = mapper.retriangulation.random_seed = SEED
    wanted.num_threads = mapper.num_threads = 1
    mapper.bundle_adjustment.ceres.solver_options.num_threads = 1
    mapper.bundle_adjustment.refine_focal_length = freedom.focal_length
    mapper.bundle_adjustment.refine_principal_point = freedom.principal_point
    wanted.min_model_size = freedom.min_photos
    return wanted


def triangulation_options(freedom: Freedom) -> Any:
    """COLMAP's options for what is solved from images whose poses are known or wanted."""
    import pycolmap

    wanted = pycolmap.IncrementalPipelineOptions()
    wanted.random_seed = wanted.mapper.random_seed = wanted.triangulation.random_seed = SEED
    wanted.num_threads = wanted.mapper.num_threads = 1
    wanted.extract_colors = False  # pycolmap ignores EXIF orientation: see colour_points
    wanted.min_model_size = freedom.min_photos
    return wanted


def _incremental_options(start: Start, freedom: Freedom) -> Any:
    wanted = triangulation_options(freedom)
    wanted.ba_refine_focal_length = freedom.focal_length
    wanted.mapper.abs_pose_refine_focal_length = freedom.focal_length
    wanted.ba_refine_principal_point = freedom.principal_point
    wanted.ba_global_function_tolerance = wanted.ba_local_function_tolerance = COARSE
    wanted.ba_local_max_refinements = 1
    wanted.ba_global_frames_ratio = wanted.ba_global_points_ratio = GROWTH
    wanted.mapper.init_min_num_inliers = start.init_inliers
    wanted.mapper.init_min_tri_angle = start.init_angle_deg
    wanted.mapper.abs_pose_min_num_inliers = start.pose_inliers
    return wanted


def adjust(model: Any, freedom: Freedom, held_cameras: Sequence[int] = ()) -> None:
    """Adjust all cameras and points of a model together.

    held_cameras : ids of those whose intrinsics stay as they are.

    Not pycolmap.bundle_adjustment: what that one logs cannot be kept off the terminal.
    """
    import pycolmap

    options = pycolmap.BundleAdjustmentOptions()
    options.print_summary = False
    options.refine_focal_length = freedom.focal_length
    options.refine_principal_point = freedom.principal_point
    options.ceres.solver_options.num_threads = 1
    options.ceres.solver_options.function_tolerance = FINE
    config = pycolmap.BundleAdjustmentConfig()
    for image_id in sorted(model.reg_image_ids()):
        config.add_image(image_id)
    for camera_id in held_cameras:
        config.set_constant_cam_intrinsics(camera_id)
    config.fix_gauge(pycolmap.BundleAdjustmentGauge.TWO_CAMS_FROM_WORLD)
    pycolmap.create_default_bundle_adjuster(options, config, model).solve()


def drop_outliers(model: Any) -> None:
    """Take away observations and points as the mapper does after it adjusted a model."""
    import pycolmap

    manager = pycolmap.ObservationManager(model)
    manager.filter_all_points3D(MAX_REPROJECTION_PX, MIN_ANGLE_DEG)
    model.update_point_3d_errors()


def drop_weak_photos(model: Any, min_photos: int) -> None:
    """Take away photos that see fewer points than the least demanding start asks for.

    Filtering can leave a photo with two or three points, and so anywhere: with noise of sigma 15 on
    the synthetic site two were left so, one of them turned by 27 degrees; photos that stood right
    saw 27 points or more. Nothing is done when too few photos would be left.
    """
    fewest = min(start.pose_inliers for start in STARTS)
    weak = [i for i in sorted(model.reg_image_ids()) if model.images[i].num_points3D < fewest]
    if model.num_reg_images() - len(weak) >= min_photos:
        for image_id in weak:
            model.deregister_frame(model.images[image_id].frame_id)
