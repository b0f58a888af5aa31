"""A large mesh as 3D Tiles: faces a second, peak memory, bytes, and what the first view costs.

    python -m benchmarks.speed.mesh_tiles [--faces 2500000] [--texture-px 4096] [--glb master.glb]
        [--tile-faces 40000] [--tile-texture-px 1024] [--validator main.js] [--keep FOLDER]

Input: a terrain of hills with a building on it, made here, ``--faces`` triangles in five parts with
a texture of ``--texture-px`` each; or any GLB (``--glb``, read by ``vtour.glb.read_glb``), cut with
smaller tiles. Cut in a fresh process, so that peak memory is that of the cutting and the model;
"model_mb" is what the process holds before. ``--validator`` is build/main.js of
CesiumGS/3d-tiles-validator (see ``benchmarks.speed.points``). CPU seconds, of the process and of
those it starts, say more than the clock on a machine that does other work.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import append_results
from benchmarks.speed.points import measured, validation_errors

OURS = "import sys; from benchmarks.speed.mesh_tiles import convert; convert(*sys.argv[1:])"
TERRAIN_M, BUILDING_M = 300.0, (40.0, 25.0, 30.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=int, nargs="*", default=[2_500_000])
    parser.add_argument("--texture-px", type=int, default=4096)
    parser.add_argument("--glb", type=Path)
    parser.add_argument("--tile-faces", type=int, default=40_000)
    parser.add_argument("--tile-texture-px", type=int, default=1024)
    parser.add_argument("--validator", type=Path)
    parser.add_argument("--keep", type=Path, help="leave the tileset here")
    arguments = parser.parse_args()
    inputs = [str(arguments.glb)] if arguments.glb else [str(count) for count in arguments.faces]
    for source in inputs:
        append_results("mesh-tiles", [row(source, arguments)])


def row(source: str, arguments: argparse.Namespace) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        numbers = (arguments.texture_px, arguments.tile_faces, arguments.tile_texture_px)
        command = [sys.executable, "-c", OURS, source, *map(str, numbers), str(folder)]
        found = measured(command, Path(__file__).parents[2])
        report = json.loads((folder / "report.json").read_text())
        errors: object = ""
        if arguments.validator:
            errors = validation_errors(arguments.validator, folder / "tiles" / "tileset.json")
        if arguments.keep:
            shutil.rmtree(arguments.keep, ignore_errors=True)
            shutil.move(folder / "tiles", arguments.keep)
    faces = report["model_faces"]
    return {
        "input": Path(source).name if arguments.glb else "terrain and building",
        "faces": faces,
        "texture_mpx": round(report["texture_mpx"], 1),
        "cut_s": round(report["cut_s"], 1),
        "cut_cpu_s": round(report["cut_cpu_s"], 1),
        "faces_per_s": round(faces / report["cut_s"]),
        "faces_per_cpu_s": round(faces / report["cut_cpu_s"]),
        "model_mb": round(report["model_mb"]),
        "peak_mb": round(found["peak_mb"]),
        "tiles": report["tiles"],
        "levels": report["levels"],
        "most_faces": report["most_faces"],
        "rebaked": report["rebaked"],
        "bytes": report["bytes"],
        "bytes_per_face": round(report["bytes"] / faces, 2),
        "first_bytes": report["first_bytes"],
        "error": round(report["error"], 4),
        "load": round(os.getloadavg()[0], 1),
        "errors": errors,
    }


def convert(
    source: str, texture_px: str, tile_faces: str, tile_texture_px: str, folder: str
) -> None:
    """The process of ours: a model to tiles, and what it took."""
    import dataclasses

    import psutil

    from vtour.optimise.mesh_tiles.cut import MeshTilesOptions, tile_mesh

    scene = scene_from(source, int(texture_px))
    options = MeshTilesOptions(tile_faces=int(tile_faces), tile_texture_px=int(tile_texture_px))
    before, wall, cpu = psutil.Process().memory_info().rss, time.perf_counter(), cpu_seconds()
    report = tile_mesh(scene, Path(folder, "tiles"), options)
    value = dataclasses.asdict(report) | {
        "model_mb": before / 1e6,
        "cut_s": time.perf_counter() - wall,
        "cut_cpu_s": cpu_seconds() - cpu,
        "model_faces": scene.faces,
        "texture_mpx": sum(
            texture.pixels.shape[0] * texture.pixels.shape[1] / 1e6
            for material in scene.materials
            for texture in material.textures
        ),
    }
    for line in report.warnings:
        print(line, file=sys.stderr)
    Path(folder, "report.json").write_text(json.dumps(value))


def cpu_seconds() -> float:
    """Of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def scene_from(source: str, texture_px: int) -> "object":
    """A GLB, or the terrain of so many faces."""
    from vtour.glb import read_glb
    from vtour.glb.scene import scene_of_mesh

    if source.isdigit():
        return terrain_and_building(int(source), texture_px)
    return scene_of_mesh(read_glb(Path(source)))


def terrain_and_building(faces: int, texture_px: int) -> "object":
    """Four quarters of a terrain and a building of five sides, each with its own texture."""
    from vtour.glb.scene import Material, Part, Scene, Texture

    rng = np.random.default_rng(3)
    side = round((faces * 0.16 / 2) ** 0.5)
    parts, materials = [], []
    for index in range(4):
        x0, z0 = (index % 2 - 1) * TERRAIN_M / 2, (index // 2 - 1) * TERRAIN_M / 2
        line = np.linspace(0, TERRAIN_M / 2, side + 1)
        z, x = np.meshgrid(line + z0, line + x0, indexing="ij")
        positions = np.stack([x, height_at(x, z), z], -1).reshape(-1, 3)
        uvs = np.stack([(x - x0), (z - z0)], -1).reshape(-1, 2) / (TERRAIN_M / 2)
        parts.append(Part(positions.astype(np.float32), grid_faces(side, side), index,
                          uvs=uvs.astype(np.float32)))  # fmt: skip
        materials.append(Material(f"terrain {index}", base=Texture(
            painted(rng, texture_px, (90, 110, 60))), unlit=True, double_sided=True))  # fmt: skip
    parts.append(building(round((faces * 0.36 / 5 / 2) ** 0.5), 4))
    materials.append(Material("building", base=Texture(
        painted(rng, texture_px, (170, 150, 120))), unlit=True, double_sided=True))  # fmt: skip
    return Scene(parts, materials)


def height_at(x: "object", z: "object") -> "object":
    hills = 6 * np.sin(x / 37) * np.cos(z / 29) + 1.5 * np.sin(x / 7 + 1) * np.sin(z / 9)
    return hills + 0.15 * np.sin(x * 2.1) * np.sin(z * 1.7)


def grid_faces(rows: int, columns: int) -> "object":
    number = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    both = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)])
    return both.reshape(-1, 3).astype(np.uint32)


def building(side: int, material: int) -> "object":
    """Four carved walls and a roof; their charts lie in a grid of 3 x 2 in one texture."""
    from vtour.glb.scene import Part

    wide, deep, high = BUILDING_M
    u, v = np.meshgrid(np.linspace(0, 1, side + 1), np.linspace(0, 1, side + 1))
    relief = 0.15 * (np.sin(u * 60) * np.sin(v * 40)) ** 2 * (u * (1 - u) * v * (1 - v) * 16)
    walls = [
        ((-wide / 2, -deep / 2), (0, -1), (1, 0), wide),
        ((wide / 2, -deep / 2), (1, 0), (0, 1), deep),
        ((wide / 2, deep / 2), (0, 1), (-1, 0), wide),
        ((-wide / 2, deep / 2), (-1, 0), (0, -1), deep),
    ]
    positions, faces, uvs = [], [], []
    for index, (corner, outward, along, length) in enumerate(walls):
        x = corner[0] + along[0] * u * length + outward[0] * relief
        z = corner[1] + along[1] * u * length + outward[1] * relief
        positions.append(np.stack([x, high * v + 2, z], -1).reshape(-1, 3))
        uvs.append(np.stack([(u + index % 3) / 3, (v + index // 3) / 2], -1).reshape(-1, 2))
    roof = np.stack([(0.5 - u) * wide, high + 2 + 4 * np.sin(v * np.pi) * np.sin(u * np.pi) ** 0.5,
                     (v - 0.5) * deep], -1)  # fmt: skip
    positions.append(roof.reshape(-1, 3))
    uvs.append(np.stack([(u + 1) / 3, (v + 1) / 2], -1).reshape(-1, 2))
    count = (side + 1) ** 2
    for index in range(5):
        faces.append(grid_faces(side, side)[:, ::-1] + np.uint32(index * count))
    flat = (np.concatenate(uvs) * 0.98 + 0.01).astype(np.float32)
    return Part(np.concatenate(positions).astype(np.float32), np.concatenate(faces), material,
                uvs=flat)  # fmt: skip


def painted(rng: "object", size: int, colour: tuple[int, int, int]) -> "object":
    """Spots of all sizes over a grid of lines that shows where texels are."""
    pixels = np.zeros((size, size), np.float32)
    for cells in (8, 64, 512, size // 2):
        noise = rng.normal(size=(cells, cells)).astype(np.float32)
        pixels += noise.repeat(size // cells, 0).repeat(size // cells, 1)[:size, :size]
    rgb = np.array(colour) + 9 * pixels[..., None]
    rgb[:: size // 16], rgb[:, :: size // 16] = (230, 60, 40), (40, 60, 230)
    return np.clip(rgb, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
