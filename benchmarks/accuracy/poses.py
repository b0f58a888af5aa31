"""Cameras: ours against COLMAP with its own default options, on the same photos, in one run.

    python -m benchmarks.accuracy.poses [--sets lund-door arch ...] [--rounds 1] [--keep FOLDER]

Sets: ``lund-door`` against the reference that comes with it, a COLMAP model of others and so no
ground truth; ``arch`` and ``brighton``, which have no reference: registered photos alone; and the
small synthetic site against its truth, as it is rendered (sensor noise of a good camera), with the
noise of a dark day and with that of a bad phone (noise-6, noise-15: Gaussian, sigma in grey
levels, the photos saved as JPEG of quality 92 again).

Ours is ``features`` and ``sparse`` under the profile web; theirs is pycolmap's
``extract_features``, ``match_exhaustive`` and ``incremental_mapping`` as they come. Each is a
process of its own, so that CPU time and memory are those of one solver, start-up included; both run
on all cores, one after the other. The inventory that goes before ours (sharpness, duplicates,
forecast of the overlap, which COLMAP has not) has columns of its own. On a machine that does other
work wall times mean something only as ratios within one run, CPU times more.

On 25 November 2026 the machine was busy and sets ran one at a time: only those CPU times count. On
26 November it was idle. Wall time of ours over COLMAP's: lund-door 0.62, arch 0.46, brighton 0.38,
0.45 over the three (their last rows); the small site 1.4, where SIFT of doubled photos of 800 px
and exact matching of 276 pairs is nearly all that either does (COLMAP's matcher is approximate);
0.62 over all. Registered 110 against 106, mean AUC@1 88.4 against 78.9.

auc_1, auc_5: see relative.py. centre: distance of the camera centres after one similarity, in
percent of their mean distance from their middle; rotation: after the same similarity.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.accuracy.relative import (
    angle_of_rotation_deg,
    area_under_curve,
    pose_errors_deg,
    posed_images,
)
from benchmarks.machine import append_results, real_captures
from vtour.synthetic.compare import fit_similarity

REAL = ("lund-door", "arch", "brighton")
NOISE = {"synthetic": 0.0, "synthetic-noise-6": 6.0, "synthetic-noise-15": 15.0}
SOLVERS = ("vtour", "colmap")
SUFFIXES = (".jpg", ".jpeg", ".png")


# children: one solver each ------------------------------------------------------------------------


def run_our_stages(captures, out, *names):
    from vtour.pipeline import run_stages
    from vtour.profiles import Profile, profile_options
    from vtour.stages import BY_NAME
    from vtour.workspace import Workspace

    work = Workspace(out / "work", captures)
    wanted = [BY_NAME[name] for name in names]
    for _ in run_stages(work, wanted, profile_options(Profile.web)):
        pass
    return work


def take_inventory(captures, out):
    run_our_stages(captures, out, "inventory", "stitch")


def solve_with_vtour(captures, out):
    work = run_our_stages(captures, out, "features", "sparse")
    shutil.copytree(work.sfm, out / "model")


def solve_with_colmap(captures, out):
    import pycolmap

    photos, database, models = captures / "photos", out / "database.db", out / "models"
    models.mkdir()
    pycolmap.extract_features(database, photos)
    pycolmap.match_exhaustive(database)
    found = pycolmap.incremental_mapping(database, photos, models)
    best = max(found.values(), key=lambda model: model.num_reg_images())
    (out / "model").mkdir()
    best.write(out / "model")


CHILDREN = {"inventory": take_inventory, "vtour": solve_with_vtour, "colmap": solve_with_colmap}


def run_child(solver, captures, out):
    """Wall and CPU seconds and peak memory of a solver in its own process."""
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.accuracy.poses"]
    started = time.perf_counter()
    with (out / "log.txt").open("a") as log:
        child = subprocess.Popen(
            [*command, "--solve", solver, captures, out], stdout=log, stderr=log
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - started
    if child.returncode:
        print(f"{solver} on {captures.name}: ended with {child.returncode}, see {out / 'log.txt'}")
    return {
        "wall_s": round(wall_s, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_GB": round(usage.ru_maxrss * 1024 / 1e9, 2),
    }


def compile_kernels():
    """Let numba compile and keep what ours uses, once an installation, before anything is timed."""
    from vtour.reconstruct.sift import match_descriptors

    match_descriptors(np.eye(2, 128, dtype=np.uint8), np.eye(2, 128, dtype=np.uint8))


# sets ---------------------------------------------------------------------------------------------


def real_set(name, folder):
    """Captures with photos/ alone, copied, and the reference, if there is one; None when absent."""
    given = real_captures(name)
    if given is None:
        return None
    source = given / "photos" if (given / "photos").is_dir() else given
    photos = folder / name / "photos"
    photos.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            shutil.copy(path, photos)
    reference = given / "reference" / "images.txt"
    return folder / name, reference.parent if reference.is_file() else None


def synthetic_set(name, folder):
    """The small site's photos with noise, and its truth."""
    site = folder / "site"
    if not site.exists():
        command = [sys.executable, "-m", "vtour", "synthetic", site, "--size", "small"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(site / "photos", folder / name / "photos")
    for number, path in enumerate(sorted((folder / name / "photos").rglob("*.jpg"))):
        if NOISE[name]:
            add_noise(path, NOISE[name], seed=number)
    return folder / name, site / "truth" / "colmap"


def add_noise(path, sigma, seed):
    """Gaussian noise of a standard deviation in grey levels on a JPEG; its EXIF is kept."""
    with Image.open(path) as image:
        exif = image.getexif()
        pixels = np.asarray(image.convert("RGB"), float)
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape)
    noisy = np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(path, quality=92, exif=exif)


# figures ------------------------------------------------------------------------------------------


def accuracy(ours, theirs):
    """Figures of solved images (pycolmap, by name) against a reference's."""
    errors = pose_errors_deg(ours, theirs)
    names = sorted(ours.keys() & theirs.keys())
    row = {f"auc_{limit}": round(area_under_curve(errors, limit), 2) for limit in (1, 5)}
    if len(names) >= 3:
        row |= after_similarity(
            [(ours[name], theirs[name]) for name in names],
        )
    return row


def after_similarity(pairs):
    """Errors of (solved, reference) images after one similarity fitted on their centres."""
    centres, expected = (
        np.array([images[side].projection_center() for images in pairs]) for side in (0, 1)
    )
    scale, rotation, translation = fit_similarity(expected, centres)
    size = np.linalg.norm(expected - expected.mean(axis=0), axis=1).mean()
    off = np.linalg.norm(scale * centres @ rotation.T + translation - expected, axis=1) / size
    turned = [
        angle_of_rotation_deg(
            reference.cam_from_world().rotation.matrix()
            @ rotation
            @ solved.cam_from_world().rotation.matrix().T
        )
        for solved, reference in pairs
    ]
    return {
        "centre_median_percent": round(100 * float(np.median(off)), 3),
        "centre_max_percent": round(100 * float(off.max()), 3),
        "rotation_median_deg": round(float(np.median(turned)), 4),
        "rotation_max_deg": round(float(max(turned)), 4),
    }


COLUMNS = (
    *("set", "solver", "round", "photos", "registered", "points", "reprojection_px"),
    *("auc_1", "auc_5", "centre_median_percent", "centre_max_percent"),
    *("rotation_median_deg", "rotation_max_deg", "wall_s", "cpu_s", "peak_GB"),
    *("inventory_wall_s", "inventory_cpu_s"),
)


def row_of(solver, captures, reference, out):
    """One line of the table."""
    photos = [p for p in (captures / "photos").rglob("*") if p.suffix.lower() in SUFFIXES]
    row = dict.fromkeys(COLUMNS, "")
    row |= {"set": captures.name, "solver": solver, "photos": len(photos), "registered": 0}
    if solver == "vtour":
        before = run_child("inventory", captures, out)
        row |= {"inventory_wall_s": before["wall_s"], "inventory_cpu_s": before["cpu_s"]}
    row |= run_child(solver, captures, out)
    if (out / "model").is_dir():
        import pycolmap

        model = pycolmap.Reconstruction(out / "model")
        images = posed_images(out / "model")
        row |= {
            "registered": len(images),
            "points": model.num_points3D(),
            "reprojection_px": round(model.compute_mean_reprojection_error(), 3),
        }
        row |= accuracy(images, posed_images(reference)) if reference else {}
    return row


def summary(rows):
    """What the rows say together, ours against COLMAP's: two lines."""
    mean = {}
    for solver in SOLVERS:
        mine = [row for row in rows if row["solver"] == solver]
        areas = [row["auc_1"] for row in mine if row["auc_1"] != ""]
        mean[solver] = (
            sum(row["registered"] for row in mine),
            float(np.mean(areas)) if areas else float("nan"),
            sum(row["wall_s"] for row in mine),
            sum(row["cpu_s"] for row in mine),
        )
    (n, area, wall, cpu), (n_2, area_2, wall_2, cpu_2) = (mean[solver] for solver in SOLVERS)
    print(f"registered {n} and {n_2}; mean AUC@1 {area:.2f} and {area_2:.2f}")
    print(f"wall time {wall / wall_2:.2f} of COLMAP's, CPU time {cpu / cpu_2:.2f}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", default=[*REAL, *NOISE], choices=[*REAL, *NOISE])
    parser.add_argument("--rounds", type=int, default=1, help="runs of each, COLMAP's differ")
    parser.add_argument("--keep", type=Path, help="new folder to leave models and logs in")
    parser.add_argument("--solve", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.solve:
        solver, captures, out = arguments.solve
        CHILDREN[solver](Path(captures), Path(out))
        return
    compile_kernels()
    folder = arguments.keep or Path(tempfile.mkdtemp())
    rows = []
    for name in arguments.sets:
        made = (real_set if name in REAL else synthetic_set)(name, folder)
        if made is None:
            continue
        for number in range(arguments.rounds):
            for solver in SOLVERS:
                out = folder / f"{name}-{solver}-{number}"
                row = row_of(solver, *made, out) | {"round": number}
                print({key: value for key, value in row.items() if value != ""}, flush=True)
                rows.append(row)
    if rows:
        append_results("sfm", rows)
        summary(rows)
    if not arguments.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
