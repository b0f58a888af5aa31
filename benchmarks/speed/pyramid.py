"""Tiles of panoramas against ``vips dzsave``: megapixels a second and peak memory, in one run.

    python -m benchmarks.speed.pyramid [--width 16384] [--largest] [--runs 2]

Both cut the same JPEG into 512 px WebP tiles of the same quality and levels; ours writes the base
image, thumb and preview too. Each runs in a process of its own, in turn, its start included; the
best run counts. "times" is the speed of ours as a multiple of the peer's by the wall clock,
"cpu_times" by CPU seconds, which say more on a machine that does other work too.
"vips" is the system's command (libvips-tools) where there is one, "pyvips" the library that vtour
uses, called for nothing but dzsave. ``--largest`` instead lists, levels and cuts one of 32768 x
16384 px, a process for each stage, for the memory.
"""

import argparse
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import append_results, real_captures

QUALITY = 80
SUFFIX = f".webp[Q={QUALITY}]"
OURS = """
import sys; from pathlib import Path
from vtour.panorama.pyramid import PyramidOptions, cut_panorama
source, folder, width = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
cut_panorama(source, folder, "a", width, PyramidOptions(webp_quality=80, max_width=32768))
"""
PYVIPS = """
import sys, pyvips
image = pyvips.Image.new_from_file(sys.argv[1], access="sequential")
image.dzsave(sys.argv[2] + "/a", suffix=sys.argv[4], tile_size=512, overlap=0, depth="onetile",
             keep="none")
"""
STAGE = """
import sys; from pathlib import Path
from vtour.capture.inventory import take_inventory
from vtour.panorama.master import level_panoramas
from vtour.panorama.pyramid import PyramidOptions, cut_panoramas
from vtour.workspace import Workspace
work = Workspace(Path(sys.argv[2]) / "work", captures=Path(sys.argv[1]).parents[1])
if sys.argv[4] == "inventory":
    take_inventory(work, work)
elif sys.argv[4] == "master":
    level_panoramas(work, work)
else:
    cut_panoramas(work, work, PyramidOptions(max_width=32768))
"""
TILT_DEG = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=16384)
    parser.add_argument("--largest", action="store_true", help="only 32768 x 16384 px")
    parser.add_argument("--runs", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        if arguments.largest:
            append_results("pyramid", largest(folder))
            return
        rows = compared(textured(folder / "texture.jpg", arguments.width), arguments.runs)
        ruin = real_captures("ruin-360")
        if ruin is not None:
            panoramas = sorted((ruin / "panoramas").glob("*.jpg"))
            source = scaled(panoramas[0], folder / "ruin-360.jpg", 8192)
            rows += compared(source, arguments.runs)
    append_results("pyramid", rows)


def textured(path: Path, width: int) -> Path:
    """A sphere of hills, stones and grain, 2:1: about as hard to encode as a photo of a ruin."""
    import pyvips

    height = width // 2
    layers = [
        pyvips.Image.perlin(width, height, cell_size=cell, seed=cell) * gain
        for cell, gain in ((width // 16, 60.0), (width // 128, 40.0), (24, 30.0), (6, 30.0))
    ]
    grain = pyvips.Image.gaussnoise(width, height, sigma=5, mean=0, seed=7)
    grey = sum(layers[1:], layers[0]) + grain + 120
    image = grey.bandjoin([grey * 0.9 + 5, grey * 0.7 + 15])
    image.cast("uchar").copy(interpretation="srgb").jpegsave(str(path), Q=95)
    return path


def scaled(source: Path, path: Path, width: int) -> Path:
    import pyvips

    image = pyvips.Image.new_from_file(str(source), access="sequential")
    image.resize(width / image.width).jpegsave(str(path), Q=95)
    return path


def repeated(part: Path, path: Path, times: int) -> Path:
    """A larger sphere of the same texture, many times over: quick to make."""
    import pyvips

    image = pyvips.Image.new_from_file(str(part)).replicate(times, times)
    image.jpegsave(str(path), Q=95)
    return path


def compared(source: Path, runs: int) -> list[dict[str, object]]:
    """A row for each way of cutting one picture, best of ``runs`` taken in turn."""
    width = size_of(source)
    ways = {
        "vtour": [sys.executable, "-c", OURS],
        "pyvips dzsave": [sys.executable, "-c", PYVIPS],
    }
    if shutil.which("vips"):
        ways["vips dzsave"] = ["vips"]
    best: dict[str, dict[str, float]] = {}
    for _ in range(runs):
        for name, command in ways.items():
            found = measured(command, source, width)
            if name not in best or found["wall_s"] < best[name]["wall_s"]:
                best[name] = found
    rows = []
    for name, found in best.items():
        told = row(source, width, name, found)
        for peer in ways if name == "vtour" else ():
            if peer != name:
                short = peer.split()[0]
                told[f"times_{short}"] = f"{best[peer]['wall_s'] / found['wall_s']:.2f}"
                told[f"cpu_times_{short}"] = f"{best[peer]['cpu_s'] / found['cpu_s']:.2f}"
        rows.append(told)
    return rows


def row(source: Path, width: int, name: str, found: dict[str, float]) -> dict[str, object]:
    return {
        "picture": f"{source.stem} {width}x{width // 2}",
        "what": name,
        "tiles": int(found["tiles"]),
        "mbytes": round(found["bytes"] / 1e6, 1),
        "wall_s": round(found["wall_s"], 2),
        "mpx_per_s": round(width * width / 2e6 / found["wall_s"], 1),
        "cpu_s": round(found["cpu_s"], 1),
        "peak_rss_mb": round(found["peak_mb"]),
        "times_vips": "",
        "times_pyvips": "",
        "cpu_times_vips": "",
        "cpu_times_pyvips": "",
    }


def size_of(source: Path) -> int:
    import pyvips

    return int(pyvips.Image.new_from_file(str(source)).width)


def measured(command: list[str], source: Path, width: int) -> dict[str, float]:
    """Wall and CPU seconds, peak memory and what was written, of one fresh process."""
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        out = Path(name)
        if command == ["vips"]:
            command = ["vips", "dzsave", f"{source}[access=sequential]", f"{out}/a"]
            command += ["--suffix", SUFFIX, "--tile-size", "512", "--overlap", "0"]
            command += ["--depth", "onetile", "--strip"]
        else:
            command = [*command, str(source), name, str(width), SUFFIX]
        figures = run(command)
        tiles = [path for path in out.rglob("*.webp") if path.stem != "base"]
        size = sum(path.stat().st_size for path in tiles)
        return figures | {"tiles": len(tiles), "bytes": size}


def run(command: list[str]) -> dict[str, float]:
    """Run a process to its end: wall and CPU seconds, peak resident megabytes."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    if status:
        raise SystemExit(f"{command[0]}: failed with {status}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": usage.ru_maxrss / 1024}


def largest(folder: Path, width: int = 32768) -> list[dict[str, object]]:
    """One tilted panorama of the largest size through inventory, master and pyramid."""
    captures = folder / "largest"
    (captures / "panoramas").mkdir(parents=True)
    (captures / "site.yaml").write_text("id: largest\nnadir: fill\n")
    source = repeated(
        textured(folder / "part.jpg", width // 8), captures / "panoramas" / "a.jpg", 8
    )
    place_tilted(folder / "work" / "standpoints.json")
    rows = []
    for stage in ("inventory", "master", "pyramid"):
        found = run([sys.executable, "-c", STAGE, str(source), str(folder), str(width), stage])
        tiles = list((folder / "work" / "tiles").rglob("[0-9]*_*.webp"))
        size = sum(path.stat().st_size for path in tiles)
        found |= {"tiles": len(tiles), "bytes": size}
        rows.append(row(source, width, stage, found))
    return rows


def place_tilted(path: Path) -> None:
    """A standpoint whose panorama is far enough from level to be resampled."""
    from scipy.spatial.transform import Rotation

    from vtour.files import write_json
    from vtour.schema.standpoints import Standpoint, Standpoints
    from vtour.sphere import rotation_from_angles

    turn = Rotation.from_matrix(rotation_from_angles(0.5, math.radians(TILT_DEG), 0.05))
    place = Standpoint(
        id="a",
        source="panoramas/a.jpg",
        position=[0, 0, 0],
        rotation=[float(value) for value in turn.as_quat()],
        placed_by="gps",
        levelled=True,
    )
    write_json(path, Standpoints(standpoints=[place]).to_json())


if __name__ == "__main__":
    main()
