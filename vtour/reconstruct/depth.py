"""Stage ``depth``: a depth and a normal map for every photo of the sparse model.

Three passes, each over all photos and each from files of the pass before, so that a run that
was killed goes on where it was and ends with the same bytes:

photometric  PatchMatch on the images alone, coarse to fine
refined      PatchMatch that also asks for agreement with the photometric maps of the sources
geometric    what is left of it after cleaning: agreement of at least two sources, no sky, no
             speckles, nothing that the photo's mask leaves out
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.colmap import write_model
from vtour.errors import CaptureError
from vtour.files import write_text
from vtour.masks import read_mask
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.reconstruct.dense_workspace import (
    GEOMETRIC,
    PHOTOMETRIC,
    REFINED,
    DenseWorkspace,
    Shelf,
)
from vtour.reconstruct.depthmaps import without_speckles
from vtour.reconstruct.flat import flat_pixels
from vtour.reconstruct.stereo import (
    Effort,
    consistent_views,
    geometric_planes,
    photometric_planes,
)
from vtour.reconstruct.undistort import (
    photo_pixels,
    undistorted_mask,
    undistorted_model,
    undistorted_photo,
    write_jpeg,
    write_mask,
)
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

Float32Array = NDArray[np.float32]

MIN_SPARSE_POINTS = 10


@dataclass(frozen=True, kw_only=True)
class DepthOptions(StageOptions):
    """Options of dense stereo."""

    depth_px: int = option(1024, "Long side of a depth map.", unit="px", minimum=64, maximum=8192)
    sources: int = option(5, "Photos that each photo is matched with.", minimum=1, maximum=16)
    max_cost: float = option(0.6, "Drop pixels matched worse, 1 - NCC.", minimum=0.05, maximum=2.0)
    min_texture: float = option(
        1.5, "Drop pixels with less contrast around them.", unit="grey levels", minimum=0
    )
    min_consistent: int = option(2, "Source photos that must agree on a depth.", minimum=0)
    max_error_px: float = option(
        1.5, "What counts as agreement, there and back.", unit="px", minimum=0
    )
    max_difference: float = option(
        0.01, "What counts as agreement, as a share of the depth.", minimum=0
    )
    drop_flat: bool = option(True, "Drop sky and other large areas without texture.")
    speckle_px: int = option(60, "Drop connected patches smaller than this.", unit="px", minimum=0)

    def effort(self) -> Effort:
        """What of it the search needs."""
        return Effort(min_texture=self.min_texture)


DEPTH_DEFAULTS = DepthOptions()


def compute_depth_maps(
    work: Workspace,
    out: Workspace,
    options: DepthOptions = DEPTH_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Compute depth and normal maps of all photos of ``work.sparse``.

    Writes ``out.depth`` as a dense workspace of COLMAP: undistorted ``images/``, named by their
    ids, ``sparse/`` with pinhole cameras in the world, ``stereo/depth_maps/<image>.geometric.bin``
    and ``stereo/normal_maps/<image>.geometric.bin``. Depths are along the optical axis at pixel
    centres (+0.5), world units, 0 where unknown; normals face the camera, in its frame.

    Where pycolmap was built with CUDA its ``patch_match_stereo`` does the matching instead of
    our kernels. No machine of the project has run that branch: it follows COLMAP's documents.

    Raises CaptureError when no photo shares enough sparse points with another one.
    """
    import pycolmap

    desk = prepare_workspace(work, out, options, part_of(progress, 0.0, 0.08))
    is_fresh = not any(
        desk.has_maps(image_id, kind)
        for image_id in desk.matched
        for kind in (PHOTOMETRIC, REFINED, GEOMETRIC)
    )
    started = time.monotonic()
    if pycolmap.has_cuda:
        match_with_cuda(desk, options)
    else:
        match_all(desk, options, part_of(progress, 0.08, 1.0))
    wall_time_s = time.monotonic() - started
    return depth_report(desk, wall_time_s if is_fresh else None)


def prepare_workspace(
    work: Workspace, out: Workspace, options: DepthOptions, progress: Progress
) -> DenseWorkspace:
    """Write the undistorted images that are missing, the model and COLMAP's lists."""
    import pycolmap

    full = pycolmap.Reconstruction(str(work.sparse))
    desk = DenseWorkspace(
        root=out.depth,
        model=undistorted_model(full, options.depth_px),
        photos={image_id: full.images[image_id].name for image_id in full.images},
    )
    desk.choose_sources(options.sources, MIN_SPARSE_POINTS)
    if not desk.matched:
        raise CaptureError(
            "depth: no photo shares enough sparse points with another, "
            f"expected at least {MIN_SPARSE_POINTS}"
        )
    write_lists(desk)
    files = {file.path: file for file in work.files.files}
    where: dict[int, Float32Array] = {}
    image_ids = sorted(desk.model.images)
    for done, image_id in enumerate(image_ids):
        progress(done / len(image_ids), f"undistort {desk.photos[image_id]}")
        if desk.image_path(image_id).is_file():
            continue
        camera_id = desk.model.images[image_id].camera_id
        camera, pinhole = full.cameras[camera_id], desk.model.cameras[camera_id]
        if camera_id not in where:
            where = {camera_id: photo_pixels(camera, pinhole)}
        photo = files[desk.photos[image_id]]
        mask = read_mask(work, photo)
        if mask is not None:
            write_mask(desk.mask_path(image_id), undistorted_mask(mask, where[camera_id]))
        path = work.capture_path(photo)
        write_jpeg(
            desk.image_path(image_id), undistorted_photo(path, camera, pinhole, where[camera_id])
        )
    progress(1.0)
    return desk


def write_lists(desk: DenseWorkspace) -> None:
    """Write ``sparse/``, and the lists of images that COLMAP reads in ``stereo/``."""
    write_model(desk.model, desk.root / "sparse")
    names = [desk.name(image_id) for image_id in desk.matched]
    write_text(desk.root / "stereo" / "fusion.cfg", "".join(f"{name}\n" for name in names))
    pairs = "".join(f"{name}\n__auto__, 20\n" for name in names)
    write_text(desk.root / "stereo" / "patch-match.cfg", pairs)


def match_with_cuda(desk: DenseWorkspace, options: DepthOptions) -> None:
    """Let COLMAP compute the geometric maps on a GPU; it skips those that are there."""
    import pycolmap

    settings = pycolmap.PatchMatchOptions()
    settings.geom_consistency = True
    settings.filter = True
    settings.filter_min_num_consistent = options.min_consistent
    pycolmap.patch_match_stereo(str(desk.root), options=settings)
    mask_maps(desk)


def mask_maps(desk: DenseWorkspace) -> None:
    """Take from finished maps what the photos' masks leave out."""
    for image_id in desk.matched:
        mask = desk.read_mask(image_id)
        if mask is not None:
            depth, normal = desk.read_maps(image_id, GEOMETRIC)
            desk.write_maps(image_id, GEOMETRIC, *masked(depth, normal, mask))


def match_all(desk: DenseWorkspace, options: DepthOptions, progress: Progress) -> None:
    """Run the three passes, skipping maps that are there and whole."""
    shelf = Shelf(desk)
    pending = [i for i in desk.matched if not desk.has_maps(i, GEOMETRIC)]
    if pending:
        passes: list[tuple[str, Callable[[int], tuple[Float32Array, Float32Array]], float, float]]
        passes = [
            (PHOTOMETRIC, lambda i: match_photometric(desk, shelf, i, options), 0.0, 0.58),
            (REFINED, lambda i: match_geometric(desk, shelf, i, options), 0.58, 0.95),
            (GEOMETRIC, lambda i: clean_maps(desk, shelf, i, options), 0.95, 1.0),
        ]
        for stage, compute, start, end in passes:
            report = part_of(progress, start, end)
            for done, image_id in enumerate(desk.matched):
                report(done / len(desk.matched), f"{stage} {desk.photos[image_id]}")
                if not desk.has_maps(image_id, stage):
                    desk.write_maps(image_id, stage, *compute(image_id))
    for image_id in desk.matched:
        desk.remove_maps(image_id, PHOTOMETRIC)
        desk.remove_maps(image_id, REFINED)
    progress(1.0)


def match_photometric(
    desk: DenseWorkspace, shelf: Shelf, image_id: int, options: DepthOptions
) -> tuple[Float32Array, Float32Array]:
    """First pass of one image: depth and normal of every pixel."""
    sources = [shelf.view(j) for j in desk.sources[image_id]]
    sparse = desk.sparse_of(image_id)
    found = photometric_planes(
        shelf.view(image_id), sources, sparse, options.effort(), seed=image_id
    )
    return found.depth, found.normal


def match_geometric(
    desk: DenseWorkspace, shelf: Shelf, image_id: int, options: DepthOptions
) -> tuple[Float32Array, Float32Array]:
    """Second pass of one image; pixels that match badly are dropped."""
    others = [j for j in desk.sources[image_id] if j in desk.matched]
    if not others:
        return desk.read_maps(image_id, PHOTOMETRIC)
    found = geometric_planes(
        shelf.view(image_id),
        [shelf.view(j) for j in others],
        desk.sparse_of(image_id),
        options.effort(),
        seed=image_id,
        first=desk.read_maps(image_id, PHOTOMETRIC),
        depths=[shelf.depth(j, PHOTOMETRIC) for j in others],
    )
    return masked(found.depth, found.normal, found.cost <= options.max_cost)


def clean_maps(
    desk: DenseWorkspace, shelf: Shelf, image_id: int, options: DepthOptions
) -> tuple[Float32Array, Float32Array]:
    """Third pass of one image: keep what enough sources agree on, without sky and speckles."""
    depth, normal = desk.read_maps(image_id, REFINED)
    others = [j for j in desk.sources[image_id] if j in desk.matched]
    agreeing = consistent_views(
        shelf.view(image_id),
        [shelf.view(j) for j in others],
        depth,
        [shelf.depth(j, REFINED) for j in others],
        max_error_px=options.max_error_px,
        max_difference=options.max_difference,
    )
    keep = agreeing >= min(options.min_consistent, len(others))
    mask = desk.read_mask(image_id)
    if mask is not None:
        keep &= mask
    if options.drop_flat:
        keep &= ~flat_pixels(desk.read_image(image_id))
    depth, normal = masked(depth, normal, keep)
    kept = without_speckles(
        depth, min_pixels=options.speckle_px, max_difference=options.max_difference
    )
    return masked(depth, normal, kept > 0)


def masked(
    depth: Float32Array, normal: Float32Array, keep: NDArray[np.bool_]
) -> tuple[Float32Array, Float32Array]:
    """Both maps with 0 where ``keep`` is false."""
    return np.where(keep, depth, np.float32(0)), np.where(keep[..., None], normal, np.float32(0))


def depth_report(desk: DenseWorkspace, wall_time_s: float | None) -> StageReport:
    """What was found; wall time is that of matching all maps, None when some were there."""
    report = StageReport(stage="depth")
    shares = {}
    pixels = 0
    for image_id in desk.matched:
        depth, _ = desk.read_maps(image_id, GEOMETRIC)
        shares[desk.photos[image_id]] = round(float(np.count_nonzero(depth)) / depth.size, 4)
        pixels += depth.size
    report.measure("depth_maps", len(shares))
    report.measure("depth_completeness", float(np.mean(list(shares.values()))), n=len(shares))
    if wall_time_s is not None:
        report.measure("depth_time_per_megapixel", wall_time_s / pixels * 1e6)
    report.details["completeness"] = shares
    report.details["images"] = {desk.name(i): desk.photos[i] for i in sorted(desk.model.images)}
    for image_id in sorted(desk.photos):
        if image_id not in desk.matched:
            report.warnings.append(
                f"{desk.photos[image_id]}: no depth map, too few sparse points in common"
            )
    return report
