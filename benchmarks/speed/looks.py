"""Time and memory of comparing a model with itself, and of one try of a texture.

    python -m benchmarks.speed.looks MASTER.glb [MASTER.glb ...] [--views 8] [--px 1024]

Each step twice, the second one counts (the first compiles). CPU seconds are of all cores; memory
is the peak of the process so far, engines included.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import append_results
from vtour.glb import read_glb
from vtour.glb.scene import Scene, scene_of_mesh
from vtour.memory import PeakMemory
from vtour.optimise.looks.compare import MasterViews, looks_of, texture_ssim
from vtour.optimise.looks.distances import distances_of
from vtour.optimise.looks.pictures import Sights
from vtour.optimise.looks.ring import views_of
from vtour.optimise.looks.shading import Light
from vtour.optimise.looks.surface import Surface


def steps_of(scene: Scene, count: int, px: int) -> list[tuple[str, Callable[[], Any]]]:
    """What is measured, in the order in which it is needed."""
    surface = Surface(scene)
    views = views_of(surface, count, px)
    master = MasterViews(surface, views)
    sights = Sights(surface, views)
    return [
        ("tree of faces", lambda: Surface(scene)),
        ("views_of", lambda: views_of(surface, count, px)),
        ("MasterViews, unlit", lambda: MasterViews(scene, views, (Light.unlit,))),
        ("MasterViews, unlit and lit", lambda: MasterViews(scene, views)),
        ("looks_of", lambda: looks_of(master, scene)),
        ("distances_of", lambda: distances_of(scene, scene)),
        ("Sights", lambda: Sights(surface, views)),
        ("texture_ssim", lambda: texture_ssim(master, sights, scene.materials)),
    ]


def measure(path: Path, count: int, px: int) -> list[dict[str, object]]:
    """One row a step."""
    scene = scene_of_mesh(read_glb(path))
    texture = scene.materials[0].base
    size = "x".join(map(str, texture.pixels.shape[1::-1])) if texture else "none"
    rows: list[dict[str, object]] = []
    with PeakMemory() as memory:
        for name, step in steps_of(scene, count, px):
            step()
            cpu = time.process_time()
            step()
            rows.append(
                {
                    "model": path.parent.parent.name,
                    "faces": scene.faces,
                    "texture": size,
                    "views": count,
                    "px": px,
                    "step": name,
                    "cpu_s": round(time.process_time() - cpu, 2),
                    "peak_MB": int(np.ceil(memory.peak_bytes / 1e6)),
                }
            )
    return rows


def main() -> None:
    """Measure every model in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--views", type=int, default=8)
    parser.add_argument("--px", type=int, default=1024)
    args = parser.parse_args()
    rows = [row for path in args.models for row in measure(path, args.views, args.px)]
    append_results("looks", rows)


if __name__ == "__main__":
    main()
