"""Heights of brighton against the cloud that others computed from the same 18 photos.

    python -m benchmarks.accuracy.terrain WORK [--layer sparse|dense]

WORK is a work folder of ``brighton``, placed by GPS. The reference is photogrammetric too, so it is
no ground truth. GPS leaves the whole a metre or two aside: a level shift is fitted first, by the
heights themselves. Then, over cells of half a metre that both clouds fill:

focal_px        : of EXIF (2311) where it was kept, else as solved
vertical_scale  : slope of our heights over theirs; 1 when a bump is as high in both
height_offset_m : median difference of height
height_spread_m : median absolute difference from that median
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from benchmarks.machine import append_results, real_captures
from vtour.frames import enu_from_world

CELL_M = 0.5
REACH_M = 10.0  # largest level shift tried
LEAST_CELLS = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--layer", choices=("sparse", "dense"), default="dense")
    arguments = parser.parse_args()
    captures = real_captures("brighton")
    if captures is None:
        return
    anchor = read_anchor(arguments.work)
    theirs = reference_enu(captures / "reference.laz", anchor)
    ours = enu_from_world(read_points(arguments.work, arguments.layer))
    row = {"captures": "brighton", "focal_px": focal_px(arguments.work), "layer": arguments.layer}
    row |= compare(ours, theirs)
    append_results("terrain", [row])


def focal_px(work: Path) -> int:
    import pycolmap

    (camera,) = pycolmap.Reconstruction(work / "sparse").cameras.values()
    return round(camera.mean_focal_length())


def read_anchor(work: Path) -> tuple[float, float, float]:
    import json

    anchor = json.loads((work / "world.json").read_text())["anchor"]
    return anchor["lat"], anchor["lon"], anchor["height_m"]


def reference_enu(path: Path, anchor: tuple[float, float, float]) -> np.ndarray:
    """Points (n, 3) east, north, up of the anchor, from projected coordinates.

    Both heights are those that the camera wrote, so no geoid comes in.
    """
    import laspy
    from pyproj import Transformer

    cloud = laspy.read(path)
    ecef = Transformer.from_crs(cloud.header.parse_crs().to_3d(), "EPSG:4978", always_xy=True)
    lat, lon, height = anchor
    topocentric = Transformer.from_pipeline(
        f"+proj=topocentric +ellps=WGS84 +lat_0={lat} +lon_0={lon} +h_0={height}"
    )
    points = ecef.transform(cloud.x, cloud.y, cloud.z)
    return np.stack(topocentric.transform(*points), axis=1)


def read_points(work: Path, layer: str) -> np.ndarray:
    if layer == "sparse":
        import pycolmap

        model = pycolmap.Reconstruction(work / "sparse")
        return np.array([point.xyz for point in model.points3D.values()])
    import open3d as o3d

    return np.asarray(o3d.io.read_point_cloud(str(work / "dense" / "fused.ply")).points)


def compare(ours: np.ndarray, theirs: np.ndarray) -> dict[str, object]:
    """The figures; (n, 3) east, north, up in metres, both."""
    heights = height_map(theirs)
    starts = np.arange(-REACH_M, REACH_M + 0.1, 1.0)
    first = min(((e, n) for e in starts for n in starts), key=lambda s: spread(ours, heights, s))
    simplex = np.array(first) + np.array([[0.0, 0.0], [0.7, 0.0], [0.0, 0.7]])
    best = minimize(
        lambda s: spread(ours, heights, s),
        first,
        method="Nelder-Mead",
        options={"initial_simplex": simplex},
    ).x
    mine, other = common_heights(ours, heights, best)
    off = mine - other
    kept = np.abs(off - np.median(off)) < 5 * 1.4826 * np.median(np.abs(off - np.median(off)))
    slope = np.polyfit(other[kept], mine[kept], 1)[0]
    return {
        "cells": len(off),
        "shift_east_m": round(float(best[0]), 2),
        "shift_north_m": round(float(best[1]), 2),
        "vertical_scale": round(float(slope), 3),
        "height_offset_m": round(float(np.median(off)), 2),
        "height_spread_m": round(float(np.median(np.abs(off - np.median(off)))), 3),
    }


def cells_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cell numbers (n, 2) that are filled, and the median height in each."""
    index = np.floor(points[:, :2] / CELL_M).astype(np.int64)
    order = np.lexsort((points[:, 2], index[:, 1], index[:, 0]))
    index, heights = index[order], points[order, 2]
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(index, axis=0), axis=1)])
    middle = (starts + np.r_[starts[1:], len(index)]) // 2
    return index[starts], heights[middle]


def height_map(points: np.ndarray) -> dict[tuple[int, int], float]:
    index, heights = cells_of(points)
    return dict(zip(map(tuple, index.tolist()), heights.tolist(), strict=True))


def common_heights(
    ours: np.ndarray, heights: dict[tuple[int, int], float], shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Heights (n,) of ours, moved by ``shift``, and of theirs, in the cells that both fill."""
    index, mine = cells_of(ours + np.r_[shift, 0.0])
    other = np.array([heights.get(cell, np.nan) for cell in map(tuple, index.tolist())])
    both = np.isfinite(other)
    return mine[both], other[both]


def spread(ours: np.ndarray, heights: dict[tuple[int, int], float], shift: np.ndarray) -> float:
    """Median absolute deviation of the differences of height; large where little is common."""
    mine, other = common_heights(ours, heights, np.asarray(shift))
    if len(mine) < LEAST_CELLS:
        return 1e3
    off = mine - other
    return float(np.median(np.abs(off - np.median(off))))


if __name__ == "__main__":
    main()
