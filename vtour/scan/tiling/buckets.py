"""Sort a cloud larger than memory by its place: parts of it that fit, in the order of keys.

The octree's nodes with at most so many points are its *parts*: what happens in one depends on
no other. Parts that follow each other make a *bucket*, which is read and worked on at once.
Two passes count the points and one copies them, so each goes straight to its place in a file.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, PointStore
from vtour.files import resource_errors
from vtour.memory import forget_pages
from vtour.scan.tiling.octree import count_cells, keys_from_points, order_by_bin
from vtour.threads import in_order

CHUNK_POINTS = 500_000
FIRST_LEVELS = 7
"""Levels that the first count looks at: 2 million cells."""
MORE_LEVELS = 4
"""Levels that each further count looks at, in the cells that are too full."""

Int64Array = NDArray[np.int64]
UInt64Array = NDArray[np.uint64]


@dataclass(frozen=True)
class Grid:
    """The octree's cube, world: least corner, edge in metres, and its finest level."""

    low: tuple[float, float, float]
    edge: float
    depth: int

    @property
    def step(self) -> float:
        """Edge of a cell of the finest level, metres."""
        return float(self.edge / 2**self.depth)

    def keys(self, xyz: NDArray[np.float32]) -> UInt64Array:
        """Morton keys (n,) of points (n, 3)."""
        keys: UInt64Array = keys_from_points(xyz, np.array(self.low), self.edge, self.depth)
        return keys


@dataclass(frozen=True)
class Part:
    """A node of the octree whose points fit in memory: its level and its own key there."""

    level: int
    prefix: int
    count: int


@dataclass(frozen=True)
class Bucket:
    """Parts in the order of keys, with the number of points before them."""

    parts: tuple[Part, ...]
    start: int

    @property
    def count(self) -> int:
        """Points of all parts."""
        return sum(part.count for part in self.parts)


def rows_of(store: PointStore, names: Sequence[str]) -> Callable[[int], Columns]:
    """A reader of a chunk's columns by its first row, that keeps none of the file in memory."""
    mapped = {name: store.column(name) for name in names}

    def read(start: int) -> Columns:
        rows = {name: np.array(c[start : start + CHUNK_POINTS]) for name, c in mapped.items()}
        for column in mapped.values():
            forget_pages(column)
        return rows

    return read


def chunk_starts(store: PointStore) -> range:
    """The first row of every chunk."""
    return range(0, store.count, CHUNK_POINTS)


def count_points(
    store: PointStore, grid: Grid, parents: UInt64Array, level: int, levels: int
) -> Int64Array:
    """Points in each cell ``levels`` below the given nodes: (nodes, 8**levels).

    parents : sorted keys of nodes of one level.
    """
    read = rows_of(store, ["xyz"])
    keys_of = Grid(grid.low, grid.edge, level + levels).keys
    counts: Int64Array = np.zeros((len(parents), 8**levels), np.int64)
    for _, keys in in_order(lambda start: keys_of(read(start)["xyz"]), chunk_starts(store)):
        count_cells(keys, parents, 3 * levels, 0, counts)
    return counts


def first_counts(store: PointStore, grid: Grid) -> Int64Array:
    """Points in each cell of level FIRST_LEVELS, in the order of keys."""
    counts: Int64Array = count_points(store, grid, np.zeros(1, np.uint64), 0, FIRST_LEVELS)[0]
    return counts


def split_into_parts(store: PointStore, grid: Grid, counts: Int64Array, most: int) -> list[Part]:
    """Nodes of at most ``most`` points, in the order of keys; counts as of first_counts.

    A cell too full is looked into further, down to the finest level.
    """
    parts, full = _parts_below(0, 0, FIRST_LEVELS, counts, most)
    while full and full[0].level < grid.depth:
        level = full[0].level
        levels = min(MORE_LEVELS, grid.depth - level)
        parents = np.array([part.prefix for part in full], np.uint64)
        counted = count_points(store, grid, parents, level, levels)
        nodes, full = full, []
        for node, below in zip(nodes, counted, strict=True):
            more, fuller = _parts_below(level, node.prefix, levels, below, most)
            parts += more
            full += fuller
    return sorted(parts + full, key=lambda part: part.prefix << 3 * (grid.depth - part.level))


def _parts_below(
    level: int, prefix: int, levels: int, counts: Int64Array, most: int
) -> tuple[list[Part], list[Part]]:
    """Parts of one node, and its lowest cells with more points than a part may have."""
    total = int(counts.sum())
    if total == 0:
        return [], []
    if total <= most:
        return [Part(level, prefix, total)], []
    if levels == 0:
        return [], [Part(level, prefix, total)]
    parts, full = [], []
    for child, below in enumerate(counts.reshape(8, -1)):
        found = _parts_below(level + 1, prefix * 8 + child, levels - 1, below, most)
        parts += found[0]
        full += found[1]
    return parts, full


def buckets_of(parts: Sequence[Part], most: int) -> list[Bucket]:
    """Put neighbouring parts together, up to ``most`` points a bucket."""
    buckets: list[Bucket] = []
    held: list[Part] = []
    start = 0
    for part in parts:
        if held and sum(p.count for p in held) + part.count > most:
            buckets.append(Bucket(tuple(held), start))
            start += buckets[-1].count
            held = []
        held.append(part)
    buckets.append(Bucket(tuple(held), start))
    return buckets


class BucketFiles:
    """Columns of a cloud on disk, grouped by bucket: files ``<name>.bin`` in a folder."""

    def __init__(self, folder: Path, columns: dict[str, tuple[type, int]]) -> None:
        """``columns`` has the type and the width of each."""
        self.folder = folder
        self.columns = columns

    def read(self, bucket: Bucket) -> Columns:
        """The columns of one bucket, in the order in which the cloud has its points."""
        return {
            name: np.fromfile(
                self.folder / f"{name}.bin",
                kind,
                bucket.count * width,
                offset=bucket.start * width * np.dtype(kind).itemsize,
            ).reshape((bucket.count, width) if width > 1 else bucket.count)
            for name, (kind, width) in self.columns.items()
        }

    def fill(
        self,
        grid: Grid,
        buckets: Sequence[Bucket],
        chunks: Callable[[int], Columns],
        starts: range,
    ) -> Iterator[int]:
        """Write every chunk's points to their buckets; yields how many are written so far.

        chunks : columns of a chunk by its first row: ``xyz`` and those of this object but ``key``.
        """
        first = [_first_key(bucket.parts[0], grid.depth) for bucket in buckets]
        edges = np.array([0, *first[1:]], np.uint64)
        cursors = [bucket.start for bucket in buckets]

        def grouped(start: int) -> tuple[Columns, Int64Array]:
            rows = chunks(start)
            keys = grid.keys(rows.pop("xyz"))
            order, sizes = order_by_bin(keys, edges)
            return {name: rows_[order] for name, rows_ in {"key": keys, **rows}.items()}, sizes

        done = 0
        with resource_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            streams: dict[str, BinaryIO] = {
                name: (self.folder / f"{name}.bin").open("wb") for name in self.columns
            }
            try:
                for _, (rows, sizes) in in_order(grouped, starts):
                    self._write(streams, rows, sizes, cursors)
                    done += int(sizes.sum())
                    yield done
            finally:
                for stream in streams.values():
                    stream.close()

    def _write(
        self, streams: dict[str, BinaryIO], rows: Columns, sizes: Int64Array, cursors: list[int]
    ) -> None:
        begin = 0
        for bucket, size in enumerate(sizes.tolist()):
            if not size:
                continue
            for name, stream in streams.items():
                values = np.ascontiguousarray(rows[name][begin : begin + size])
                stream.seek(cursors[bucket] * (values.nbytes // size))
                stream.write(values.data)
            cursors[bucket] += size
            begin += size


def _first_key(part: Part, depth: int) -> int:
    return part.prefix << 3 * (depth - part.level)
