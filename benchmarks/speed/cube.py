"""Cube export against Pannellum's published recipe, on one generated picture, in one run.

    python -m benchmarks.speed.cube [--recipe .../utils/multires/generate.py] [--width 8192]

The recipe is ``generate.py`` of mpetroff/pannellum: Hugin's nona makes six faces, Pillow cuts and
shrinks them (Debian: hugin-tools). Without --recipe, or without nona, only our rows are written.
Both read the same JPEG and write the same levels of 512 px JPEG tiles in the same quality; each
runs in a process of its own, in turns. Megapixels are those of the picture. Wall seconds are of all
cores, CPU seconds of one; the second say more on a machine that does other work too.

The picture is a formula of the direction, so every pixel of a face has a true colour: ``edge`` is
the mean difference from it in the outermost two pixels of all faces, ``inside`` the mean of the
rest (of 255). A seam would show as an edge that is worse than the inside.
"""

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import ROOT, append_results
from vtour.sphere import rays_from_pixels
from vtour.tour.cube import FACES, face_levels, rays_of_face
from vtour.tour.exporters.cube_tiles import write_cube_tiles
from vtour.tour.package_sphere import let_go

QUALITY, TILE_PX, EDGE_PX, BAND_PX = 75, 512, 2, 256
WAVES = np.array([[5, 2, 1], [-90, 40, 13], [211, 130, 305]])  # radians of phase a unit of ray
MEASURE = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""
OURS = "vtour"
RECIPE = "generate.py (nona, Pillow)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--width", type=int, action="append")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--ours", type=Path, nargs=2, help="(internal) picture and folder")
    arguments = parser.parse_args()
    if arguments.ours:
        export_picture(*arguments.ours)
        return
    rows = []
    for width in arguments.width or [8192]:
        with tempfile.TemporaryDirectory() as folder:
            rows += measured(Path(folder), width, arguments.recipe, arguments.repeats)
    append_results("cube", rows)


def measured(
    folder: Path, width: int, recipe: Path | None, repeats: int
) -> list[dict[str, object]]:
    picture = folder / "picture.jpg"
    Image.fromarray(generated_picture(width)).save(picture, quality=95)
    commands = {OURS: [sys.executable, "-m", "benchmarks.speed.cube", "--ours", picture]}
    if recipe is None or shutil.which("nona") is None:
        print("skipped: Pannellum's recipe (give --recipe generate.py, install hugin-tools)")
    else:
        more = ["-q", str(QUALITY), "-s", str(TILE_PX), "-f", "0", "-o"]
        commands[RECIPE] = [sys.executable, recipe, picture, *more]
    rows = []
    for repeat in range(repeats):
        for tool, command in commands.items():
            out = folder / f"{repeat}-{len(rows)}"
            wall, cpu, peak = run([*map(str, command), str(out)])
            edge, inside, size, tiles = errors_of(out)
            rows.append(
                {
                    "tool": tool,
                    "picture": f"{width}x{width // 2}",
                    "face_px": size,
                    "tiles": tiles,
                    "wall_s": round(wall, 2),
                    "cpu_s": round(cpu, 2),
                    "mpx_per_s": round(width * width / 2e6 / wall, 2),
                    "mpx_per_cpu_s": round(width * width / 2e6 / cpu, 2),
                    "peak_rss_mb": round(peak / 1e6),
                    "edge": round(edge, 2),
                    "inside": round(inside, 2),
                }
            )
            shutil.rmtree(out)
    return rows


def run(command: list[str]) -> tuple[float, float, int]:
    """Wall and CPU seconds and the peak of memory in bytes of a process and its children.

    A small process starts and measures it: Linux counts the memory of who forks a process to it.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{command[1]}: {done.stderr.strip().splitlines()[-1:]}")
    wall, cpu, peak = done.stdout.splitlines()[-1].split()
    return float(wall), float(cpu), int(peak)


def export_picture(picture: Path, out: Path) -> None:
    """What our Pannellum export does with a sphere: on a memory map, read row by row."""
    import pyvips

    source = pyvips.Image.new_from_file(str(picture), access="sequential")
    with tempfile.TemporaryFile() as file:
        shape = (source.height, source.width, 3)
        sphere = np.memmap(file, np.uint8, "w+", shape=shape)
        for top in range(0, source.height, BAND_PX):
            rows = min(BAND_PX, source.height - top)
            sphere[top : top + rows] = source.crop(0, top, source.width, rows).numpy()
        let_go(sphere)
        write_cube_tiles(
            sphere,
            out,
            face_levels(source.width, TILE_PX),
            TILE_PX,
            lambda level, face, row, column: f"{level + 1}/{face}{row}_{column}.jpg",
            quality=QUALITY,
            whole_level=0,
        )


def true_colours(rays: np.ndarray) -> np.ndarray:
    """Colours (..., 3) in 0 to 255 of unit rays: coarse waves, and fine ones of some 12 pixels
    at a width of 8192.
    """
    waves = np.sin(rays @ WAVES.T)
    mixed = waves @ np.array([[0.5, 0.3, 0.2], [0.3, 0.2, 0.5], [0.2, 0.5, 0.3]])
    return 127.5 + 100 * mixed


def generated_picture(width: int) -> np.ndarray:
    picture = np.empty((width // 2, width, 3), np.uint8)
    for top in range(0, width // 2, 64):
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(top, min(top + 64, width // 2)) + 0.5)
        rays = rays_from_pixels(np.stack([x, y], axis=-1), width)
        picture[top : top + 64] = np.rint(true_colours(rays))
    return picture


def errors_of(out: Path) -> tuple[float, float, int, int]:
    """Mean difference from the truth at the edges and inside, edge of a face, number of tiles."""
    level = max(int(path.name) for path in out.iterdir() if path.name.isdigit())
    sums, counts = np.zeros(2), np.zeros(2)
    for face in FACES:
        image = stitched(out / str(level), face)
        rays = rays_of_face(face, len(image))
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        away = np.abs(image - true_colours(rays)).mean(axis=-1)
        inner = away[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
        sums += away.sum() - inner.sum(), inner.sum()
        counts += away.size - inner.size, inner.size
    edge, inside = sums / counts
    return edge, inside, len(image), sum(1 for _ in out.rglob("*.jpg"))


def stitched(folder: Path, face: str) -> np.ndarray:
    count = math.isqrt(sum(1 for _ in folder.glob(f"{face}*.jpg")))
    rows = []
    for row in range(count):
        tiles = []
        for column in range(count):
            with Image.open(folder / f"{face}{row}_{column}.jpg") as tile:
                tiles.append(np.asarray(tile))
        rows.append(np.concatenate(tiles, axis=1))
    return np.concatenate(rows)


if __name__ == "__main__":
    main()
