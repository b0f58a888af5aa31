"""Stage ``fuse``: one point cloud from all depth maps.

What was tried, on the full synthetic site (126 photos, maps of 1024 px), after a similarity on the
camera centres; accuracy and completeness within 2 cm, and their harmonic mean:

    pycolmap.stereo_fusion, 3 views        2.3 M points   0.992   0.614   0.759
    ours, 3 views, before thinning        13.4 M points   0.994   0.690   0.815
    cheaper maps (see stereo.py), 3 views, thinned to the means of cells
                                           2.7 M points   0.973   0.671   0.795
    the same, to a point of each cell      4.6 M points   0.981   0.674   0.799
    the same, 2 views                      4.6 M points   0.971   0.746   0.844   (kept)

Two views are enough, since a depth is in a cleaned map only when two sources agreed on it. Thinning
takes most from what is seen from near, which is the most accurate: hence the lower accuracy.

COLMAP's fusion lets a pixel of a far photo use up the pixels of near ones that it falls on; their
neighbours then find no unused support, and the cloud is as thin as the far photo.
"""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.errors import CaptureError
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.dense_workspace import GEOMETRIC, DenseWorkspace
from vtour.reconstruct.fusion import compare_views
from vtour.reconstruct.points import OrientedPoints, isolated, joined, thinned, write_points
from vtour.reconstruct.views import source_views
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

MIN_POINTS = 100
SEEN_THROUGH = 0.02  # of the depth: a photo that sees that much farther looks through a point
CACHE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class FuseOptions(StageOptions):
    """Options of fusion."""

    min_views: int = option(2, "Depth maps that must agree on a point.", minimum=1)
    neighbours: int = option(20, "Depth maps that each one is compared with.", minimum=1)
    max_error_px: float = option(
        2.0, "Largest distance of a point in its photos.", unit="px", minimum=0
    )
    max_difference: float = option(0.01, "Largest difference, as a share of the depth.", minimum=0)
    max_normal_deg: float = option(20.0, "Largest angle between normals.", unit="deg", maximum=90)
    max_points: int = option(
        5_000_000, "A denser cloud is thinned evenly to about so many points.", minimum=1000
    )
    outlier_factor: float = option(
        3.0, "Drop points this many times farther from others than those are; 0 keeps all."
    )


FUSE_DEFAULTS = FuseOptions()


def fuse_depth_maps(
    work: Workspace,
    out: Workspace,
    options: FuseOptions = FUSE_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Fuse the depth maps of ``work.depth`` into ``out.fused``: world, normals, colours.

    Raises CaptureError when the depth maps agree on hardly any point.
    """
    fused, given = fused_points(work.depth, options, part_of(progress, 0.0, 0.7))
    progress(0.7, "drop isolated points")
    lonely = 0
    if options.outlier_factor > 0 and len(fused):
        drop = isolated(fused.positions, options.outlier_factor)
        lonely = int(drop.sum())
        fused = fused.kept(~drop)
    if len(fused) < MIN_POINTS:
        raise CaptureError(
            f"fuse: the depth maps agree on {len(fused)} points, expected at least {MIN_POINTS}; "
            "photos with more overlap or more texture are needed"
        )
    write_points(out.fused, fused)
    progress(1.0)
    report = StageReport(stage="fuse")
    report.measure("dense_points", len(fused))
    report.details["points_before_thinning"] = given
    report.details["isolated_points_dropped"] = lonely
    return report


def fused_points(
    depth: Path, options: FuseOptions, progress: Progress = no_progress
) -> tuple[OrientedPoints, int]:
    """Points of all geometric maps of a dense workspace, thinned; and how many there were before.

    They come in the order of the images and their pixels, and are thinned whenever twice as many
    as asked have come together, so that memory does not grow with the number of photos.
    """
    import pycolmap

    model = pycolmap.Reconstruction(str(depth / "sparse"))
    names = {image_id: str(image.name) for image_id, image in model.images.items()}
    desk = DenseWorkspace(root=depth, model=model, photos=names)
    listed = set((depth / "stereo" / "fusion.cfg").read_text(encoding="utf-8").splitlines())
    ids = [image_id for image_id in sorted(names) if names[image_id] in listed]
    others = source_views(desk.observations, desk.centres(), options.neighbours)
    around = {i: [j for j in others[i] if names[j] in listed] for i in ids}
    read = map_reader(desk, max((len(those) for those in around.values()), default=0))
    parts: list[OrientedPoints] = []
    given = 0
    for done, image_id in enumerate(ids):
        progress(done / len(ids), f"fuse {done + 1} of {len(ids)}")
        fewest = min(options.min_views - 1, len(ids) - 1)
        parts.append(points_of_view(desk, image_id, around[image_id], read, fewest, options))
        given += len(parts[-1])
        if sum(map(len, parts)) > 2 * options.max_points:
            parts = [thinned(joined(parts), options.max_points)]
    return thinned(joined(parts), options.max_points), given


MapReader = Callable[[int], tuple[Float32Array, Float32Array]]


def map_reader(desk: DenseWorkspace, most_neighbours: int) -> MapReader:
    """Reads the maps of an image, and remembers those that were read lately."""
    largest = max((w * h for w, h in map(desk.size, desk.model.images)), default=1)
    kept = max(most_neighbours + 2, CACHE_BYTES // (16 * largest))
    return functools.lru_cache(kept)(lambda image_id: desk.read_maps(image_id, GEOMETRIC))


def points_of_view(
    desk: DenseWorkspace,
    image_id: int,
    others: list[int],
    read: MapReader,
    fewest: int,
    options: FuseOptions,
) -> OrientedPoints:
    """The points that one view gives: where ``fewest`` others agree and none shows it finer."""
    depth, normal = read(image_id)
    shape = depth.shape
    agreeing, conflicting = np.zeros(shape, np.int16), np.zeros(shape, np.int16)
    outranked = np.zeros(shape, np.bool_)
    weight, mean_depth, mean_normal = np.ones(shape, np.float32), depth.copy(), normal.copy()
    cosine = np.cos(np.radians(options.max_normal_deg))
    limits = np.array([options.max_error_px, options.max_difference, cosine, SEEN_THROUGH])
    for other in others:
        compare_views(
            depth, normal, intrinsics_of(desk, image_id),
            *read(other), intrinsics_of(desk, other),
            pose_between(desk, image_id, other), np.array([image_id, other]), limits,
            agreeing, conflicting, outranked, weight, mean_depth, mean_normal,
        )  # fmt: skip
    keep = (depth > 0) & (agreeing >= fewest) & (conflicting <= agreeing) & ~outranked
    rows, columns = np.nonzero(keep)
    depths = (mean_depth[keep] / weight[keep]).astype(np.float64)
    normals = mean_normal[keep] / np.linalg.norm(mean_normal[keep], axis=1, keepdims=True)
    fx, fy, cx, cy = intrinsics_of(desk, image_id)
    rays = np.stack([(columns + 0.5 - cx) / fx, (rows + 0.5 - cy) / fy, np.ones(len(rows))], axis=1)
    pose = desk.model.images[image_id].cam_from_world().matrix()
    return OrientedPoints(
        ((rays * depths[:, None] - pose[:, 3]) @ pose[:, :3]).astype(np.float32),
        (normals @ pose[:, :3]).astype(np.float32),
        desk.read_image(image_id)[keep],
    )


def intrinsics_of(desk: DenseWorkspace, image_id: int) -> FloatArray:
    """(fx, fy, cx, cy) of an image's camera, pixel centres at +0.5."""
    k = desk.model.cameras[desk.model.images[image_id].camera_id].calibration_matrix()
    return np.array([k[0, 0], k[1, 1], k[0, 2], k[1, 2]])


def pose_between(desk: DenseWorkspace, here: int, there: int) -> FloatArray:
    """there_from_here (3, 4) of two images' camera frames."""
    a, b = (desk.model.images[i].cam_from_world().matrix() for i in (here, there))
    rotation = b[:, :3] @ a[:, :3].T
    return np.column_stack([rotation, b[:, 3] - rotation @ a[:, 3]])
