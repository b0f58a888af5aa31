"""Stage ``fuse``: one point cloud from all depth maps."""

import logging
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vtour.colmap import write_model
from vtour.errors import CaptureError
from vtour.files import resource_errors
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.reconstruct.points import OrientedPoints, isolated, read_points, write_points
from vtour.schema.report import StageReport
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MIN_POINTS = 100
CACHE_GB = 2.0


@dataclass(frozen=True, kw_only=True)
class FuseOptions(StageOptions):
    """Options of fusion."""

    min_views: int = option(3, "Depth maps that must agree on a point.", minimum=1)
    max_error_px: float = option(
        2.0, "Largest distance of a point in its photos.", unit="px", minimum=0
    )
    max_difference: float = option(0.01, "Largest difference, as a share of the depth.", minimum=0)
    max_normal_deg: float = option(20.0, "Largest angle between normals.", unit="deg", maximum=90)
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
    progress(0.0, "fuse depth maps")
    fused = fused_points(work.depth, options)
    progress(0.8, "drop isolated points")
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
    report.details["isolated_points_dropped"] = lonely
    return report


def fused_points(depth: Path, options: FuseOptions) -> OrientedPoints:
    """Run ``pycolmap.stereo_fusion`` on a dense workspace.

    With one thread: with more, the points come in another order and a few are others.
    """
    import pycolmap

    maps = len((depth / "stereo" / "fusion.cfg").read_text(encoding="utf-8").splitlines())
    settings = pycolmap.StereoFusionOptions()
    settings.min_num_pixels = min(options.min_views, maps)
    settings.max_reproj_error = options.max_error_px
    settings.max_depth_error = options.max_difference
    settings.max_normal_error = options.max_normal_deg
    settings.num_threads = 1
    settings.use_cache = True
    settings.cache_size = CACHE_GB
    with tempfile.TemporaryDirectory(prefix="vtour-fuse-") as folder:
        twin = Path(folder) / "workspace"
        with resource_errors(twin):
            write_index_workspace(depth, twin)
            settings.mask_path = str(twin / "masks")  # else "<image>.png" of the current folder
            cloud = Path(folder) / "fused.ply"
            pycolmap.stereo_fusion(str(cloud), str(twin), options=settings, output_type="PLY")
            return read_points(cloud)


def write_index_workspace(depth: Path, twin: Path) -> None:
    """A twin of a dense workspace whose cameras expect pixel centres at 0 instead of 0.5.

    Fusion back-projects the pixel (column, row) as it is (COLMAP, src/colmap/mvs/fusion.cc),
    half a pixel off what the cameras say: on an exact sphere 3.2 m away at 160 px focal length
    its centre moved by 10 mm to the left and up; with this twin by 0.2 mm.
    """
    import pycolmap

    model = pycolmap.Reconstruction(str(depth / "sparse"))
    for camera in model.cameras.values():
        fx, fy, cx, cy = camera.params
        camera.params = [fx, fy, cx - 0.5, cy - 0.5]
    write_model(model, twin / "sparse")
    for name in ("images", "stereo"):
        try:
            (twin / name).symlink_to((depth / name).resolve(), target_is_directory=True)
        except OSError:  # Windows without the right to make links
            shutil.copytree(depth / name, twin / name)
