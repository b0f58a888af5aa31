"""Places of panoramas: against the truth of the sample site, and against pycolmap.panorama.

    python -m benchmarks.accuracy.panoramas site WORK CAPTURES
    python -m benchmarks.accuracy.panoramas peer

``site``: WORK is a finished build of CAPTURES, made by ``vtour synthetic``. Errors after the one
similarity fitted on the photo cameras, and as the world has them.

``peer``: registered panoramas, points and reprojection error of ruin-360, ours and
``pycolmap.panorama`` with its defaults (12 views a panorama, sequential matching) and its spherical
mode, in one run. Reprojection errors are in pixels of different sizes (its views; a sphere of
4096 px, or of half of that as we solve them), so they are given in milliradians.
The peer needs the package tqdm.
"""

import json
import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.machine import append_results, real_captures
from vtour.capture.inventory import InventoryOptions, take_inventory
from vtour.frames import matrix_from_columns
from vtour.reconstruct.features import STITCHED, match_images
from vtour.reconstruct.sparse import solve_cameras
from vtour.synthetic.compare import camera_errors
from vtour.synthetic.truth import load_truth
from vtour.workspace import Workspace


def site_errors(work, captures):
    """A row for each panorama with a true place."""
    truth = json.loads((captures / "truth" / "panoramas.json").read_text())["panoramas"]
    true = {one["file"]: matrix_from_columns(one["world_from_pano"]) for one in truth}
    fitted = camera_errors(work / "sparse", load_truth(captures / "truth"))
    scale = np.cbrt(np.linalg.det(fitted.truth_from_model[:3, :3]))
    turn = fitted.truth_from_model[:3, :3] / scale
    world = json.loads((work / "world.json").read_text())
    rows = []
    for one in json.loads((work / "standpoints.json").read_text())["standpoints"]:
        if one["source"] not in true:
            continue
        pose, place = true[one["source"]], np.array(one["position"])
        rotation = Rotation.from_quat(one["rotation"])
        moved = fitted.truth_from_model[:3, :3] @ place + fitted.truth_from_model[:3, 3]
        expected = Rotation.from_matrix(pose[:3, :3])
        rows.append(
            {
                "panorama": one["id"],
                "placed_by": one["placed_by"],
                "scale_source": world["scale_source"],
                "centre_mm": round(1000 * float(np.linalg.norm(moved - pose[:3, 3])), 2),
                "rotation_deg": _off(Rotation.from_matrix(turn) * rotation, expected),
                "centre_in_world_mm": round(1000 * float(np.linalg.norm(place - pose[:3, 3])), 2),
                "rotation_in_world_deg": _off(rotation, expected),
                "sigma_mm": round(1000 * one["sigma_m"], 2) if "sigma_m" in one else None,
            }
        )
    return rows


def _off(found, expected):
    return round(math.degrees((found.inv() * expected).magnitude()), 4)


def ours(captures):
    folder = Path(tempfile.mkdtemp())
    work = Workspace(folder, captures)
    take_inventory(work, work, InventoryOptions(check_overlap=False))
    started = time.perf_counter()
    match_images(work, work)
    report = solve_cameras(work, work)
    wall_s = time.perf_counter() - started
    found = {name: measure.value for name, measure in report.measures.items()}
    px_per_rad = 4096 / STITCHED / math.tau
    return {
        "solver": "vtour",
        "registered": int(found["panoramas_registered"]),
        "of": int(found["panoramas_in"]),
        "components": int(found["components"]),
        "points": int(found["sparse_points"]),
        "reprojection_mrad": round(1000 * found["reprojection_error"] / px_per_rad, 3),
        "wall_s": round(wall_s, 1),
    }


def peer(captures, render):
    from pycolmap import panorama

    folder = Path(tempfile.mkdtemp())
    options = panorama.PanoramaReconstructionOptions(
        render_type=render, use_gpu=False, show_progress=False
    )
    started = time.perf_counter()
    models = panorama.reconstruct(captures / "panoramas", folder, options)
    wall_s = time.perf_counter() - started
    best = max(models.values(), key=lambda model: model.num_reg_frames())
    spherical = render is panorama.PanoRenderType.SPHERICAL
    px_per_rad = 4096 / math.tau if spherical else best.cameras[1].mean_focal_length()
    return {
        "solver": f"pycolmap.panorama {render}",
        "registered": best.num_reg_frames(),
        "of": len(list((captures / "panoramas").glob("*.jpg"))),
        "components": len(models),
        "points": best.num_points3D(),
        "reprojection_mrad": round(1000 * best.compute_mean_reprojection_error() / px_per_rad, 3),
        "wall_s": round(wall_s, 1),
    }


def compare_with_peer():
    captures = real_captures("ruin-360")
    if captures is None:
        return
    try:
        from pycolmap.panorama import PanoRenderType
    except ImportError as error:
        sys.exit(f"pycolmap.panorama: {error}; pip install tqdm")
    rows = [ours(captures)]
    rows += [
        peer(captures, render)
        for render in (PanoRenderType.PERSPECTIVE_OVERLAPPING, PanoRenderType.SPHERICAL)
    ]
    append_results("panorama-peers", [{"captures": "ruin-360", **row} for row in rows])


def main():
    match sys.argv[1:]:
        case ["site", work, captures]:
            append_results("panorama-poses", site_errors(Path(work), Path(captures)))
        case ["peer"]:
            compare_with_peer()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
