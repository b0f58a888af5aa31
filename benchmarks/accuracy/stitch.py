"""Stitching against truth, and against Hugin in the same run: rotations, horizon, time.

    python -m benchmarks.accuracy.stitch [--seeds 0,1] [--photo-px 1600] [--skip-hugin]

The set of the sample site: 20 photos in three rows around one standpoint, the lens moved by 2 mm
between them, held level to 0.7 degrees. Errors of rotations are those left after the best common
rotation; the horizon's is the angle between the true up and the one found. Hugin runs as its
manual's: pto_gen, cpfind --multirow, cpclean, linefind, autooptimiser -a -m -l -s; and once more
without linefind, whose lines of the clouds and rocks turn its horizon. Times are until directions
and lens are solved, without drawing; both programs may use all cores.
"""

import argparse
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.machine import append_results
from vtour.capture.photos import examine_photo
from vtour.panorama.setphotos import photo_from_file
from vtour.panorama.stitch import solve_set
from vtour.progress import no_progress
from vtour.sphere import PANO_FROM_CAM, rotation_from_angles
from vtour.synthetic.courtyard import build_site
from vtour.synthetic.options import Size, SyntheticOptions, plan_of
from vtour.synthetic.panoramas import set_cameras, write_set
from vtour.synthetic.render import Scene

HUGIN = ("pto_gen", "cpfind", "cpclean", "linefind", "autooptimiser")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--photo-px", type=int, default=1600)
    parser.add_argument("--skip-hugin", action="store_true")
    arguments = parser.parse_args()
    has_hugin = all(shutil.which(tool) for tool in HUGIN)
    if not has_hugin:
        print("skipped: Hugin (apt install hugin-tools)")
    scene = Scene(build_site())
    rows = []
    for seed in (int(text) for text in arguments.seeds.split(",")):
        options = SyntheticOptions(size=Size.full, photo_px=2 * arguments.photo_px, seed=seed)
        cameras = set_cameras(plan_of(options), seed)
        with tempfile.TemporaryDirectory() as folder:
            write_set(Path(folder), scene, cameras, seed, no_progress)
            photos = sorted((Path(folder) / cameras[0].file).parent.iterdir())
            true = [camera.world_from_cam for camera in cameras]
            case = {"seed": seed, "photos": len(photos), "photo_px": arguments.photo_px}
            rows.append(case | {"program": "vtour"} | ours(photos, true))
            if has_hugin and not arguments.skip_hugin:
                for name, figures in hugin(photos, true, Path(folder) / "hugin").items():
                    rows.append(case | {"program": name} | figures)
    append_results("stitch", rows)


def ours(photos: list[Path], true: list[np.ndarray]) -> dict[str, object]:
    start = time.perf_counter()
    taken = [
        photo_from_file(path, focal_px=examine_photo(path, decode=False).exif.focal_px)
        for path in photos
    ]
    solved = solve_set(taken)
    seconds = time.perf_counter() - start
    places = solved.sphere.photos
    turns = {place: view.cam_from_pano.T for place, view in zip(places, solved.views, strict=True)}
    return figures(turns, true, seconds)


def hugin(photos: list[Path], true: list[np.ndarray], folder: Path) -> dict[str, dict[str, object]]:
    folder.mkdir()
    steps = (
        ("pto_gen", "-o", "a.pto", *map(str, photos)),
        ("cpfind", "--multirow", "-o", "b.pto", "a.pto"),
        ("cpclean", "-o", "c.pto", "b.pto"),
    )
    points_s = sum(timed(step, folder) for step in steps)
    lines_s = timed(("linefind", "-o", "d.pto", "c.pto"), folder)
    found = {}
    for name, source, more_s in (("hugin", "d", lines_s), ("hugin, no linefind", "c", 0.0)):
        step = ("autooptimiser", "-a", "-m", "-l", "-s", "-o", f"{source}2.pto", f"{source}.pto")
        seconds = points_s + more_s + timed(step, folder)
        found[name] = figures(turns_from_pto(folder / f"{source}2.pto"), true, seconds)
    return found


def timed(command: tuple[str, ...], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def turns_from_pto(path: Path) -> dict[int, np.ndarray]:
    """pano_from_cam of every image that has control points.

    Hugin's yaw grows to the right, pitch upwards, and a positive roll turns the camera clockwise.
    """
    text = path.read_text()
    linked = {int(n) for line in re.findall(r"^c .*", text, re.M)
              for n in re.findall(r" [nN](\d+)", line)}  # fmt: skip
    turns = {}
    for number, line in enumerate(re.findall(r"^i .*", text, re.M)):
        roll, pitch, yaw = (
            np.radians(float(re.search(rf" {key}([-+.\de]+)", line)[1])) for key in "rpy"
        )
        if number in linked:
            turns[number] = rotation_from_angles(yaw, pitch, roll) @ PANO_FROM_CAM
    return turns


def figures(
    turns: dict[int, np.ndarray], true: list[np.ndarray], seconds: float
) -> dict[str, object]:
    """RMS and largest error of rotations, error of up, in degrees."""
    places = sorted(turns)
    between = np.array([true[place] @ turns[place].T for place in places])
    common = Rotation.from_matrix(between).mean()
    errors = np.degrees((common.inv() * Rotation.from_matrix(between)).magnitude())
    up = common.apply([0.0, 1.0, 0.0])
    return {
        "unregistered": len(true) - len(places),
        "rms_deg": round(float(np.sqrt(np.mean(errors**2))), 4),
        "max_deg": round(float(errors.max()), 4),
        "horizon_deg": round(float(np.degrees(np.arccos(np.clip(up[1], -1, 1)))), 4),
        "time_s": round(seconds, 1),
    }


if __name__ == "__main__":
    main()
