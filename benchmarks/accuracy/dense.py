"""Dense clouds of the synthetic site against its truth, and what each part is worth.

    python -m benchmarks.accuracy.dense [--size small] [--captures FOLDER --work FOLDER]
        [--depth-px 640 --depth-px 1024] [--variant NAME]

Without --work the site is made, and built as far as ``world``. Each variant runs ``depth`` and
``fuse`` anew on those cameras; the variants but "as it is" at the first size only. Points and
truth are compared after one similarity on the camera centres. Accuracy is the share of points
within 1, 2, 5 cm of the surface, completeness the share of the surface that at least 3 photos see
within 75 degrees which has a point that near, F their harmonic mean. The surface is sampled at
random, once for each square of 2 cm, which makes about two million samples.

Seconds for a megapixel are of stereo, cleaning and their files; CPU seconds are of all cores.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.accuracy.site import f_score, run
from benchmarks.machine import append_results
from vtour.colmap import write_model
from vtour.frames import transform_points
from vtour.reconstruct.depth import DepthOptions, compute_depth_maps
from vtour.reconstruct.fuse import FuseOptions, fused_points
from vtour.reconstruct.points import isolated, read_points
from vtour.reconstruct.stereo import Effort
from vtour.synthetic.compare import camera_errors, cloud_errors
from vtour.synthetic.truth import load_truth
from vtour.workspace import Workspace

THRESHOLDS_M = (0.01, 0.02, 0.05)


def points_of_ours(depth: Path, options: FuseOptions) -> np.ndarray:
    found = fused_points(depth, options)[0].positions
    return found[~isolated(found, options.outlier_factor)]


def points_of_colmap(depth: Path, options: FuseOptions) -> np.ndarray:
    """COLMAP's fusion, which takes pixel centres to be at 0: the cameras are moved by 0.5."""
    import pycolmap

    settings = pycolmap.StereoFusionOptions()
    settings.min_num_pixels = options.min_views
    settings.max_reproj_error = options.max_error_px
    settings.max_depth_error = options.max_difference
    settings.max_normal_error = options.max_normal_deg
    settings.use_cache = True
    settings.cache_size = 2.0
    with tempfile.TemporaryDirectory() as folder:
        twin = Path(folder) / "workspace"
        model = pycolmap.Reconstruction(str(depth / "sparse"))
        for camera in model.cameras.values():
            fx, fy, cx, cy = camera.params
            camera.params = [fx, fy, cx - 0.5, cy - 0.5]
        write_model(model, twin / "sparse")
        for name in ("images", "stereo"):
            (twin / name).symlink_to((depth / name).resolve(), target_is_directory=True)
        settings.mask_path = str(twin / "masks")
        cloud = Path(folder) / "fused.ply"
        pycolmap.stereo_fusion(str(cloud), str(twin), options=settings, output_type="PLY")
        return read_points(cloud).positions


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to make the cloud."""

    depth: dict[str, object] = field(default_factory=dict)
    effort: Effort | None = None
    fuse: dict[str, object] = field(default_factory=dict)
    points: Callable[[Path, FuseOptions], np.ndarray] = points_of_ours


AS_IT_IS = "as it is"
VARIANTS = {
    AS_IT_IS: Variant(),
    "9 hypotheses, iterations 4 3 2": Variant(effort=Effort(iterations=(4, 3, 2), hypotheses=9)),
    "4 hypotheses": Variant(effort=Effort(hypotheses=4)),
    "2 geometric iterations": Variant(effort=Effort(geometric_iterations=2)),
    "no geometric pass": Variant(effort=Effort(geometric_iterations=0)),
    "one source agrees": Variant(depth={"min_consistent": 1}),
    "no source agrees": Variant(depth={"min_consistent": 0}),
    "sky kept": Variant(depth={"drop_flat": False}),
    "speckles kept": Variant(depth={"speckle_px": 0}),
    "fusion of 3 views": Variant(fuse={"min_views": 3}),
    "fusion of 5 views": Variant(fuse={"min_views": 5}),
    "COLMAP's fusion": Variant(points=points_of_colmap),
}


def options_of(variant: Variant, depth_px: int) -> DepthOptions:
    """Options of stereo, with the variant's effort in place of their own."""

    class Tried(DepthOptions):
        def effort(self) -> Effort:
            return variant.effort or super().effort()

    return Tried(depth_px=depth_px, **variant.depth)


def solved_site(folder: Path, size: str) -> tuple[Path, Path]:
    """Captures and work folder of a site, built as far as its cameras in the world."""
    captures, work = folder / "captures", folder / "work"
    run("synthetic", captures, "--size", size)
    run("inventory", work, "--captures", captures, "--progress", "plain")
    for stage in ("stitch", "blur", "features", "sparse", "world"):
        run(stage, work, "--progress", "plain")
    return captures, work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="small")
    parser.add_argument("--captures", type=Path)
    parser.add_argument("--work", type=Path, help="built before, at least as far as world")
    parser.add_argument("--depth-px", type=int, action="append")
    parser.add_argument("--variant", action="append", choices=list(VARIANTS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        captures, work = arguments.captures, arguments.work
        if not (captures and work):
            captures, work = solved_site(Path(folder), arguments.size)
        sizes = arguments.depth_px or [1024, 640, 400]
        for name in arguments.variant or VARIANTS:
            for depth_px in sizes if name == AS_IT_IS else sizes[:1]:
                row = measured(Workspace(work, captures=captures), name, depth_px)
                append_results("dense", [{"size": arguments.size, **row}])


def measured(work: Workspace, name: str, depth_px: int) -> dict[str, object]:
    """One row: a variant at a size of the depth maps."""
    variant = VARIANTS[name]
    truth = load_truth(work.captures / "truth")
    cameras = camera_errors(work.sparse, truth)
    with tempfile.TemporaryDirectory() as folder:
        out = Workspace(Path(folder))
        wall, cpu = time.perf_counter(), time.process_time()
        report = compute_depth_maps(work, out, options_of(variant, depth_px))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        started = time.perf_counter()
        points = variant.points(out.depth, FuseOptions(**variant.fuse))
        fusion_s = time.perf_counter() - started
        megapixels = map_pixels(out.depth) / 1e6
    cloud = cloud_errors(
        transform_points(cameras.truth_from_model, points.astype(np.float64)),
        truth,
        thresholds_m=THRESHOLDS_M,
    )
    row: dict[str, object] = {
        "depth_px": depth_px,
        "variant": name,
        "megapixels": round(megapixels, 2),
        "wall_s_per_mpx": round(wall / megapixels, 1),
        "cpu_s_per_mpx": round(cpu / megapixels, 1),
        "fusion_s": round(fusion_s, 1),
        "depth_completeness": round(report.measures["depth_completeness"].value, 3),
        "points": len(points),
        "median_mm": round(1000 * cloud.median_m, 2),
    }
    for limit in THRESHOLDS_M:
        centimetres = f"{round(100 * limit)}cm"
        row[f"accuracy_{centimetres}"] = round(cloud.accuracy[limit], 3)
        row[f"completeness_{centimetres}"] = round(cloud.completeness[limit], 3)
        row[f"f_{centimetres}"] = round(f_score(cloud, limit), 3)
    return row


def map_pixels(depth: Path) -> int:
    maps = (depth / "stereo" / "depth_maps").rglob("*.geometric.bin")
    return sum(path.stat().st_size for path in maps) // 4


if __name__ == "__main__":
    main()
