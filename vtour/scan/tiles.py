"""Stage ``points``: the merged scan as 3D Tiles, an octree of point tiles to stream.

Every point is in one tile. Coarse tiles hold a sample that is even in space (octree.py), and finer
ones add to it. The cloud may be larger than memory: it is sorted into buckets on disk (buckets.py),
which are worked on by all cores and give the same bytes at any number of threads.

Sizes that were tried on the synthetic site, 1.9 million points (cells along an edge, points of a
leaf, points not worth a file: tiles, mean points of a tile, points of the root):
    128, 50 000, 3 000    128    15 thousand     6 thousand: many small files, a bare first view
    128, 60 000, 8 000     93    21 thousand     6 thousand
    256, 60 000, 5 000     74    26 thousand    17 thousand
    256, 60 000, 8 000     60    32 thousand    17 thousand (kept)
    256, 65 000, 12 000    51    38 thousand    17 thousand: single tiles of 88 thousand
"""

import math
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, PointStore
from vtour.errors import CaptureError
from vtour.files import check_free_disk, remove, resource_errors
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress, part_of
from vtour.scan.tiling.buckets import (
    FIRST_LEVELS,
    Bucket,
    BucketFiles,
    Grid,
    Part,
    buckets_of,
    chunk_starts,
    first_counts,
    rows_of,
    split_into_parts,
)
from vtour.scan.tiling.octree import (
    MAX_DEPTH,
    bounds_of,
    levels_of,
    order_by_level,
    places_from_keys,
    sorted_order,
)
from vtour.scan.tiling.point_glb import point_glb
from vtour.scan.tiling.tileset import Key, Tile, tree_of, write_tileset
from vtour.schema.report import StageReport
from vtour.threads import in_order
from vtour.tileset import root_transform
from vtour.workspace import Workspace

GRID_BITS = 8
"""A tile is sampled on a grid of 256 cells along an edge."""
LEAF_POINTS = 60_000
"""A node with no more points than that is a leaf."""
FEW_POINTS = 8_000
"""A node with no more points than that is not worth a file: the tile above takes them."""
PART_POINTS = 2_000_000
"""Points of a node that are worked on at once, about 60 bytes each."""
STEP_M = 0.001
"""Step of the grid that points are rounded to, metres, unless that is..."""
COARSEST, FINEST = 1 / 16, 1 / 64
"""... more than one share of the spacing of the points where dense, or less than the other.
A sixteenth is not seen; and a step of half the width takes 0.4 bytes a point more.
"""
DENSE_SHARE = 0.75
"""Points in cells emptier than those that count as dense."""
DISK_BYTES = 24
"""Upper bound for a point's place in the buckets and in the tiles, to see whether there is room."""
GREY_SHARES = (0.005, 0.995)
"""Shares of the points whose intensity is drawn black, and not yet white."""


@dataclass(frozen=True, kw_only=True)
class TilesOptions(StageOptions):
    """How the scan is cut into tiles."""

    precision_m: float = option(
        0.0, "Coarsest grid that points may be rounded to; 0: by their spacing, about 1 mm.",
        unit="m", minimum=0, maximum=1,
    )  # fmt: skip
    normals: bool = option(False, "Keep the points' normals: about 2 bytes more each.")


TILES_DEFAULTS = TilesOptions()


def tile_points(
    work: Workspace,
    out: Workspace,
    options: TilesOptions = TILES_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Cut the merged scan into 3D Tiles 1.1: an octree that refines by adding.

    Reads ``work.scan_cloud`` and ``work.world``. Writes ``out.point_tiles``: ``tileset.json``
    (tileset.py says how it lies in the world) and ``{level}/{x}_{y}_{z}.glb``; colours are those
    of the scan, or else its intensity in grey. The tileset's extras tell the number of points,
    the spacing where they are dense, and the step they are rounded to; a tile's its own points.

    Raises CaptureError when the cloud has no points.
    """
    store = PointStore.open(work.scan_cloud)
    world = work.read_world()
    cloud = Cloud.look_at(store)
    folder = out.point_tiles
    remove(folder)
    with resource_errors(folder):
        folder.mkdir(parents=True)
        check_free_disk(folder, DISK_BYTES * store.count)
    counts = first_counts(store, Grid(cloud.low, cloud.edge, FIRST_LEVELS))
    progress(0.1, "counted")
    spacing = dense_spacing(counts, cloud.edge)
    grid = Grid(cloud.low, cloud.edge, depth_for(spacing, cloud.edge, options.precision_m))
    parts = split_into_parts(store, grid, counts, PART_POINTS)
    cutter = _Cutter(cloud, grid, folder, options)
    try:
        tiles = cutter.cut(parts, part_of(progress, 0.1, 1.0))
    finally:
        shutil.rmtree(cutter.scratch, ignore_errors=True)
    root = tree_of(tiles, grid.depth)
    extras = {"points": store.count, "spacing": spacing, "precision": grid.step}
    write_tileset(folder, root, grid, GRID_BITS, root_transform(world), extras)
    report = _report(folder, store.count, root)
    if options.normals and "normal" not in store.columns:
        report.warnings.append("normals were asked for, but the merged scan has none")
    return report


@dataclass(frozen=True)
class Cloud:
    """A store and what was measured of it: its cube in the world, and the range of intensity."""

    store: PointStore
    low: tuple[float, float, float]
    edge: float
    grey: tuple[int, int]

    @classmethod
    def look_at(cls, store: PointStore) -> "Cloud":
        """Raises CaptureError when there is no point, or one that is not finite."""
        has_grey = "rgb" not in store.columns and "intensity" in store.columns
        low, high = np.full(3, np.inf, np.float32), np.full(3, -np.inf, np.float32)
        finite, histogram = 0, np.zeros(65536, np.int64)
        read = rows_of(store, ["xyz", "intensity"] if has_grey else ["xyz"])
        for start in chunk_starts(store):
            rows = read(start)
            finite += bounds_of(rows["xyz"], low, high)
            if has_grey:
                histogram += np.bincount(rows["intensity"], minlength=65536)
        if not store.count:
            raise CaptureError("scans: 0 points left after cleaning, expected some to show")
        if finite < store.count:
            raise CaptureError(
                f"scans: {store.count - finite:,} of {store.count:,} points are not finite, "
                "expected none after cleaning"
            )
        edge = float((high - low).max()) * (1 + 1e-6)
        corner = (float(low[0]), float(low[1]), float(low[2]))
        return cls(store, corner, edge or 1.0, grey_range(histogram))

    def colours(self, rows: Columns) -> NDArray[np.uint8] | None:
        """(n, 3) sRGB of rows, intensity as grey where there is no colour; None without both."""
        if "rgb" in rows:
            return rows["rgb"]
        if "intensity" not in rows:
            return None
        black, white = self.grey
        share = (rows["intensity"].astype(np.float32) - black) / max(white - black, 1)
        grey = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
        return np.repeat(grey[:, None], 3, axis=1)


def grey_range(histogram: NDArray[np.int64]) -> tuple[int, int]:
    """Intensities to draw black and white, of how many points have each: (65536,)."""
    below = np.cumsum(histogram)
    black, white = np.searchsorted(below, np.array(GREY_SHARES) * below[-1])
    return int(black), int(white)


def dense_spacing(counts: NDArray[np.int64], edge: float) -> float:
    """Metres between neighbouring points where the cloud is dense.

    counts : points in each cell of level FIRST_LEVELS of a cube of that edge. A surface leaves
             ``cell / sqrt(count)`` between the points of a cell.
    """
    full = np.sort(counts[counts > 0])
    dense = full[np.searchsorted(np.cumsum(full), DENSE_SHARE * full.sum())]
    return float(edge / 2**FIRST_LEVELS / np.sqrt(dense))


def depth_for(spacing: float, edge: float, coarsest_m: float) -> int:
    """Levels of an octree whose finest cells are about as wide as is right for such points.

    coarsest_m : width that the finest cells must not exceed; 0: there is none.
    """
    step = min(max(STEP_M, FINEST * spacing), COARSEST * spacing)
    depth = round(math.log2(edge / step))  # within a factor of 1.4
    if coarsest_m:
        depth = math.ceil(math.log2(edge / coarsest_m))
    return min(max(depth, FIRST_LEVELS), MAX_DEPTH)


class _Cutter:
    """Cuts the parts of a cloud into tiles; tiles above the parts are gathered from several."""

    def __init__(self, cloud: Cloud, grid: Grid, folder: Path, options: TilesOptions) -> None:
        self.cloud, self.grid, self.folder = cloud, grid, folder
        self.scratch = folder / ".buckets"
        there = cloud.store.columns
        self.sources = ["xyz", *(n for n in ("rgb", "intensity") if n in there)]
        if "rgb" in there and "intensity" in there:
            self.sources.remove("intensity")
        self.columns: dict[str, tuple[type, int]] = {"key": (np.uint64, 1)}
        if len(self.sources) > 1:
            self.columns["rgb"] = (np.uint8, 3)
        if options.normals and "normal" in there:
            self.sources.append("normal")
            self.columns["normal"] = (np.int8, 3)

    def cut(self, parts: list[Part], progress: Progress) -> list[Tile]:
        """Write all content; the tiles, each with the box of its own points."""
        buckets = buckets_of(parts, PART_POINTS)
        files = BucketFiles(self.scratch, self.columns)
        count = self.cloud.store.count
        for done in files.fill(self.grid, buckets, self._chunks(), chunk_starts(self.cloud.store)):
            progress(0.3 * done / count, "sorting")
        tiles: list[Tile] = []
        gathered: dict[Key, list[Columns]] = {}
        for bucket, (own, shared) in in_order(lambda b: self._cut_bucket(files, b), buckets):
            tiles += own
            for part, level, rows in shared:
                for ended in [key for key in gathered if not _is_above(key, part)]:
                    tiles.append(self._tile(*ended, _joined(gathered.pop(ended))))
                gathered.setdefault(_node_above(part, level), []).append(rows)
            progress(0.3 + 0.7 * (bucket.start + bucket.count) / count, "cutting")
        return tiles + [self._tile(*key, _joined(rows)) for key, rows in gathered.items()]

    def _chunks(self) -> Any:
        read = rows_of(self.cloud.store, self.sources)

        def chunk(start: int) -> Columns:
            rows = read(start)
            colours = self.cloud.colours(rows)
            found = {"xyz": rows["xyz"]}
            if colours is not None:
                found["rgb"] = colours
            if "normal" in self.columns:
                found["normal"] = rows["normal"]
            return found

        return chunk

    def _cut_bucket(
        self, files: BucketFiles, bucket: Bucket
    ) -> tuple[list[Tile], list[tuple[Part, int, Columns]]]:
        """Tiles of a bucket's parts, written; and what each part gives to levels above."""
        rows = files.read(bucket)
        order = sorted_order(rows["key"])
        rows = {name: values[order] for name, values in rows.items()}
        tiles, shared, start = [], [], 0
        for part in bucket.parts:
            end = start + part.count
            own = {name: values[start:end] for name, values in rows.items()}
            for level, prefix, points in self._nodes(own, part):
                if level < part.level:
                    shared.append((part, level, points))
                else:
                    tiles.append(self._tile(level, prefix, points))
            start = end
        return tiles, shared

    def _nodes(self, rows: Columns, part: Part) -> Iterator[tuple[int, int, Columns]]:
        """Level, prefix and points of every node that has some of a part's sorted points."""
        depth = self.grid.depth
        levels = levels_of(rows["key"], part.level, depth, GRID_BITS, LEAF_POINTS, FEW_POINTS)
        order, sizes = order_by_level(levels)
        begin = 0
        for level in np.flatnonzero(sizes).tolist():
            chosen = order[begin : begin + sizes[level]]
            begin += int(sizes[level])
            prefixes = rows["key"][chosen] >> np.uint64(3 * (depth - level))
            starts = np.flatnonzero(np.diff(prefixes)) + 1
            for run in np.split(chosen, starts):
                prefix = int(rows["key"][run[0]]) >> 3 * (depth - level)
                yield level, prefix, {name: values[run] for name, values in rows.items()}

    def _tile(self, level: int, prefix: int, rows: Columns) -> Tile:
        """Write one tile's content."""
        places = places_from_keys(rows["key"])
        low, high = places.min(axis=0).astype(np.int64), places.max(axis=0).astype(np.int64)
        tile = Tile(level, prefix, len(places), low, high)
        data = point_glb(places, rows.get("rgb"), rows.get("normal"), self.grid.low, self.grid.step)
        path = self.folder / f"{tile.name()}.glb"
        with resource_errors(path):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        return tile


def _is_above(node: Key, part: Part) -> bool:
    """Whether a node (level, prefix) is one above a part."""
    return node[0] < part.level and _node_above(part, node[0]) == node


def _node_above(part: Part, level: int) -> Key:
    return level, part.prefix >> 3 * (part.level - level)


def _joined(pieces: Iterable[Columns]) -> Columns:
    pieces = list(pieces)
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _report(folder: Path, points: int, root: Tile) -> StageReport:
    report = StageReport(stage="points")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    report.measure("point_tiles", root.size)
    report.measure("point_tiles_bytes", size)
    report.measure("bytes_per_point", size / points, n=points)
    return report
