"""A texture atlas for an untextured mesh, by xatlas in a child process with a time limit.

xatlas has been seen to hang on meshes that are not manifold, and a native crash must not end
the run. The limit is of CPU time where the system has one: a busy machine must not change the
result.

``max_cost`` 4 instead of 2 joins more charts: on a wall and terrain of 20 k faces 264 charts in
2.8 s instead of 318 in 8 s, of 60 k faces 804 in 10 s (2 cores, both as well filled: 76 % and
71 %).
"""

import math
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vtour.atlas.packing import pack
from vtour.atlas.surface_charts import charts_of_surface
from vtour.atlas.topology import face_areas
from vtour.errors import ResourceError
from vtour.glb.mesh import Float32Array, UInt32Array

try:
    import resource
except ImportError:  # Windows
    HAS_CPU_LIMIT = False
else:
    HAS_CPU_LIMIT = True

PADDING_PX = 3
MAX_CHART_COST = 4.0
WALL_FACTOR = 20  # of the limit on CPU time: for a child that waits for ever


class UnwrapError(Exception):
    """No atlas in time; the caller has another way."""


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """A mesh cut along the borders of its charts.

    vertices : (n,) uint32, the vertex of the input that each vertex comes from.
    uvs      : (n, 2) float32, 0 to 1.
    faces    : (m, 3) uint32, in the order of the input's faces.
    charts   : how many charts there are.
    """

    vertices: UInt32Array
    uvs: Float32Array
    faces: UInt32Array
    charts: int


def unwrap_mesh(
    positions: Float32Array, faces: UInt32Array, size_px: int, *, limit_s: float = 240.0
) -> Unwrapped:
    """Charts for a texture of ``size_px`` edge, none of them over another.

    Raises UnwrapError when it takes longer than ``limit_s``, crashes, or leaves faces out.
    """
    return _unwrapped({"positions": positions, "faces": faces}, size_px, limit_s)


def repack_charts(
    positions: Float32Array,
    faces: UInt32Array,
    uvs: Float32Array,
    size_px: int,
    *,
    limit_s: float = 240.0,
) -> Unwrapped:
    """The charts that a mesh has, packed for another texture; as ``unwrap_mesh``."""
    return _unwrapped({"positions": positions, "faces": faces, "uvs": uvs}, size_px, limit_s)


def _unwrapped(mesh: dict[str, NDArray[Any]], size_px: int, limit_s: float) -> Unwrapped:
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        source, target = Path(folder, "in.npz"), Path(folder, "out.npz")
        np.savez(source, size_px=np.array(size_px), **cast(dict[str, Any], mesh))
        command = [
            sys.executable,
            "-m",
            "vtour.optimise.shaping.unwrap",
            *map(str, (source, target)),
        ]
        command.append(f"{limit_s:g}")
        too_late = UnwrapError(f"no texture atlas after {limit_s:g} s")
        wall_s = limit_s * WALL_FACTOR if HAS_CPU_LIMIT else limit_s
        try:
            done = subprocess.run(command, capture_output=True, timeout=wall_s, check=False)
        except subprocess.TimeoutExpired:
            raise too_late from None
        if HAS_CPU_LIMIT and done.returncode == -signal.SIGXCPU:
            raise too_late
        if done.returncode or not target.is_file():
            reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            if reason and "No module named" in reason[0]:
                raise ResourceError(f"charts: {reason[0]}, expected vtour's packages")
            raise UnwrapError(f"xatlas ended with {done.returncode}: {' '.join(reason)}")
        with np.load(target) as arrays:
            result = Unwrapped(
                arrays["vertices"], arrays["uvs"], arrays["faces"], int(arrays["charts"])
            )
    if len(result.faces) != len(mesh["faces"]):
        raise UnwrapError(f"xatlas kept {len(result.faces)} of {len(mesh['faces'])} faces")
    return result


def unwrap_along_axes(positions: Float32Array, faces: UInt32Array, size_px: int) -> Unwrapped:
    """Charts that always come: connected faces laid flat along the axis that they face most.

    More charts than xatlas and slanted texels, but no mesh that it fails on.
    """
    points, triangles = positions.astype(np.float64), faces.astype(np.int64)
    area = float(face_areas(points, triangles).sum())
    density = 2 * size_px / math.sqrt(area) if area > 0 else 1.0  # more than fits: packing shrinks
    charts = charts_of_surface(points, triangles, density)
    packing = pack(charts, most_px=size_px, gutter_px=PADDING_PX)
    places = packing.texels(charts) / packing.size_px
    return Unwrapped(
        charts.source.astype(np.uint32),
        places.astype(np.float32),
        charts.faces.astype(np.uint32),
        charts.count,
    )


def _unwrap_in_child(source: Path, target: Path, limit_s: float) -> None:
    import xatlas

    if HAS_CPU_LIMIT:
        seconds = max(1, round(limit_s))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with np.load(source) as arrays:
        positions, faces = arrays["positions"], arrays["faces"]
        uvs = arrays.get("uvs", None)
        size_px = int(arrays["size_px"])
    atlas = xatlas.Atlas()
    atlas.add_mesh(positions, faces, None, uvs)
    chart_options, pack_options = xatlas.ChartOptions(), xatlas.PackOptions()
    chart_options.max_cost = MAX_CHART_COST
    chart_options.use_input_mesh_uvs = uvs is not None
    pack_options.resolution = size_px
    pack_options.padding = PADDING_PX
    atlas.generate(chart_options, pack_options)
    vertices, indices, uvs = atlas[0]
    if atlas.atlas_count != 1:
        raise RuntimeError(f"{atlas.atlas_count} texture pages, expected 1")
    np.savez(
        target,
        vertices=np.asarray(vertices, np.uint32),
        uvs=np.asarray(uvs, np.float32),
        faces=np.asarray(indices, np.uint32).reshape(-1, 3),
        charts=np.array(atlas.chart_count),
    )


def uv_area(uvs: NDArray[np.float32], faces: UInt32Array) -> float:
    """Share of the unit square that the triangles cover, when none covers another."""
    a, b, c = (uvs[faces[:, corner]].astype(np.float64) for corner in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    return float(np.abs(ux * vy - uy * vx).sum() / 2)


if __name__ == "__main__":
    _unwrap_in_child(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
