"""Speed of dense stereo: seconds for a megapixel of depth map, by depth map size.

    python -m benchmarks.speed.stereo WORK [--depth-px 640 --depth-px 1024] [--photos 2]

WORK is a work folder of ``vtour build`` with its sparse model and photos (``captures`` known by
``--captures``). Compiling is done before the clock starts. Wall seconds are of all cores, CPU
seconds of one; the second say more on a machine that does other work too.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import append_results
from vtour.progress import no_progress
from vtour.reconstruct.dense_workspace import DenseWorkspace
from vtour.reconstruct.depth import DepthOptions, prepare_workspace
from vtour.reconstruct.stereo import geometric_planes, photometric_planes
from vtour.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--captures", type=Path, required=True)
    parser.add_argument("--depth-px", type=int, action="append")
    parser.add_argument("--photos", type=int, default=2, help="photos to measure")
    arguments = parser.parse_args()
    rows = []
    for depth_px in arguments.depth_px or [640, 1024]:
        with tempfile.TemporaryDirectory() as folder:
            work = Workspace(arguments.work, captures=arguments.captures)
            options = DepthOptions(depth_px=depth_px)
            desk = prepare_workspace(work, Workspace(Path(folder)), options, no_progress)
            match(desk, desk.matched[0], options)  # compiles, or loads what was compiled
            for image_id in desk.matched[: arguments.photos]:
                rows.append({"capture": arguments.work.name, **measured(desk, image_id, options)})
    append_results("speed-stereo", rows)


def measured(desk: DenseWorkspace, image_id: int, options: DepthOptions) -> dict[str, object]:
    wall, cpu = time.perf_counter(), time.process_time()
    match(desk, image_id, options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    width, height = desk.size(image_id)
    megapixels = width * height / 1e6
    return {
        "size": f"{width}x{height}",
        "sources": len(desk.sources[image_id]),
        "wall_s_per_mpx": round(wall / megapixels, 1),
        "cpu_s_per_mpx": round(cpu / megapixels, 1),
    }


def match(desk: DenseWorkspace, image_id: int, options: DepthOptions) -> None:
    """Both passes of one photo; the sources' depths are taken to be its median."""
    view, sparse = desk.read_view(image_id), desk.sparse_of(image_id)
    sources = [desk.read_view(j) for j in desk.sources[image_id]]
    effort = options.effort()
    first = photometric_planes(view, sources, sparse, effort, seed=image_id)
    depths = [np.full(v.grey.shape, sparse.unit, dtype=np.float32) for v in sources]
    maps = (first.depth, first.normal)
    geometric_planes(view, sources, sparse, effort, seed=image_id, first=maps, depths=depths)


if __name__ == "__main__":
    main()
