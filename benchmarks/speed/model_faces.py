"""Time and memory of `vtour optimise` by faces: a carved vase of so many, made here.

python -m benchmarks.speed.model_faces [--faces 1e4 1e5 1e6 1e7] [--texture-px 4096]
    [--limit-s 3600] [--limit-gb GB] [--keep FOLDER] [--options="--no-ar"]

Each size in a fresh process, cut at ``--limit-s`` or at ``--limit-gb`` (default: nine tenths of the
memory that is free at the start): ``fate`` says so, and the other figures are then those until the
cut. ``process_mb`` is the resident memory of the largest process, as the kernel counts it,
``tree_mb`` of all together, seen ten times a second. CPU seconds say more than the clock on a
machine that does other work.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.children import run_child
from benchmarks.machine import ROOT, append_results
from benchmarks.speed.mesh_tiles import grid_faces, painted
from vtour.glb.scene import Material, Part, Scene, Texture

SIZES = (1e4, 1e5, 1e6, 1e7)
VERSIONS = ("thumb", "medium", "high", "highest")
HEIGHT_M, RADIUS_M = 2.0, 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=float, nargs="*", default=SIZES)
    parser.add_argument("--texture-px", type=int, default=4096)
    parser.add_argument("--limit-s", type=float, default=3600)
    parser.add_argument("--limit-gb", type=float)
    parser.add_argument("--keep", type=Path, help="leave models and versions here")
    parser.add_argument("--options", default="", help="more options of vtour optimise")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        for faces in arguments.faces:
            folder = (arguments.keep or Path(scratch)) / f"{faces:.0e}"
            append_results("model-faces", [row(round(faces), folder, arguments)])


def row(faces: int, folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """Makes a model and its versions."""
    folder.mkdir(parents=True, exist_ok=True)
    source, out = folder / "vase.glb", folder / "out"
    made = write_vase(source, faces, arguments.texture_px)
    limit_bytes = (arguments.limit_gb or 0.9 * psutil.virtual_memory().available / 1e9) * 1e9
    command = [sys.executable, "-m", "vtour", "optimise", str(source), "--out", str(out)]
    child = run_child(
        command + arguments.options.split(),
        folder / "optimise.log",
        limit_s=arguments.limit_s,
        limit_bytes=limit_bytes,
        folder=ROOT,
    )
    files = json.loads((out / "optimise.json").read_bytes())["files"] if child.is_done else {}
    return {
        "faces": made,
        "texture_px": arguments.texture_px,
        "master_mb": round(source.stat().st_size / 1e6, 1),
        "options": arguments.options,
        "fate": child.fate,
        "wall_s": round(child.wall_s, 1),
        "cpu_s": round(child.cpu_s, 1),
        "process_mb": round(child.process_mb),
        "tree_mb": round(child.tree_mb),
        **{f"{name}_kb": said(files, name, "bytes") for name in VERSIONS},
        **{f"{name}_ssim": said(files, name, "ssim") for name in VERSIONS},
        "load": round(os.getloadavg()[0], 1),
    }


def said(files: dict[str, Any], version: str, key: str) -> object:
    """Of a version; "" where it was not made."""
    for name, facts in files.items():
        if name.endswith(f".{version}.glb"):
            return round(facts[key] / 1e3, 1) if key == "bytes" else round(facts[key], 4)
    return ""


def write_vase(path: Path, faces: int, texture_px: int) -> int:
    """Write the model; returns how many faces it has."""
    from vtour.glb.write import write_scene

    scene = vase(faces, texture_px)
    write_scene(path, scene)
    return scene.faces


def vase(faces: int, texture_px: int) -> Scene:
    """A turned body, carved in relief, open above and below, one chart over the whole texture."""
    rows = max(4, round((faces / 2 / 1.5) ** 0.5))
    columns = max(4, round(faces / 2 / rows))
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    turn = 2 * np.pi * u
    body = 0.75 + 0.25 * np.sin(2.6 * np.pi * v + 0.4)
    relief = 0.03 * np.sin(12 * turn) * np.sin(40 * v) + 0.01 * np.sin(60 * turn + 90 * v)
    radius = RADIUS_M * (body + relief)
    places = [radius * np.sin(turn), HEIGHT_M * (1 - v), radius * np.cos(turn)]
    positions = np.stack(places, -1).reshape(-1, 3).astype(np.float32)
    uvs = np.stack([u, v], -1).reshape(-1, 2).astype(np.float32)
    pixels = painted(np.random.default_rng(3), texture_px, (150, 120, 90))
    material = Material("vase", base=Texture(pixels), double_sided=True)
    return Scene([Part(positions, grid_faces(rows, columns), uvs=uvs, name="vase")], [material])


if __name__ == "__main__":
    main()
