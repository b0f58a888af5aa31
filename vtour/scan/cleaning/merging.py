"""Thin and finish the blocks of a merged cloud, one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, StoreWriter
from vtour.progress import Progress
from vtour.scan.cleaning.blocks import Blocks
from vtour.scan.cleaning.neighbours import (
    Neighbours,
    facing,
    lone_points,
    neighbours_of,
    outranked,
    plane_normals,
    up_and_outward,
)
from vtour.scan.cleaning.options import CleanOptions, Thinning
from vtour.scan.cleaning.records import RecordFiles, Records, records_of
from vtour.scan.cleaning.sources import Source
from vtour.scan.cleaning.thin import apart, best_of_voxels
from vtour.scan.cleaning.views import Reason
from vtour.threads import in_order

Float32Array = NDArray[np.float32]

HALO = 6  # spacings
BESIDE = 1.5  # spacings: where a better scan covers a place
SOME = 10  # the distance of every tenth point goes into the median


@dataclass
class Tally:
    """What became of the points."""

    given: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    lone: int = 0
    outranked: int = 0
    thinned: int = 0


def thin_blocks(
    blocks: Blocks,
    parts: RecordFiles,
    spacing: float,
    options: CleanOptions,
    tally: Tally,
    progress: Progress,
) -> float:
    """Thin every block in place; wider again while there are too many points. The spacing used."""
    if options.thinning is Thinning.none:
        return spacing
    across = round(blocks.cell_m / spacing)
    before = tally.reasons[Reason.kept]
    while True:
        spacing = blocks.cell_m / across
        total = thin_once(blocks, parts, spacing, options.thinning, progress)
        enough = options.spacing_m > 0 or total <= options.max_points or across == 1
        if enough:
            tally.thinned = before - total
            return spacing
        across = max(1, min(across - 1, int(across * np.sqrt(options.max_points / total))))


def thin_once(
    blocks: Blocks, parts: RecordFiles, spacing: float, thinning: Thinning, progress: Progress
) -> int:
    """Thin every block to a spacing; the points left."""
    total = 0
    if thinning is Thinning.voxel:

        def thinned(block: int) -> Records:
            records = parts.read(block)
            return records[best_of_voxels(records["xyz"], records["cost"], spacing)]

        for block, records in in_order(thinned, range(len(blocks))):
            progress(block / len(blocks), "thin")
            parts.write(block, records)
            total += len(records)
        return total
    for block in range(len(blocks)):
        progress(block / len(blocks), "thin")
        earlier = [other for other in blocks.beside(block, spacing) if other < block]
        beside = around(blocks, parts, block, earlier, spacing)["xyz"]
        records = parts.read(block)
        records = records[apart(records["xyz"], records["cost"], beside, spacing)]
        parts.write(block, records)
        total += len(records)
    return total


def around(
    blocks: Blocks, parts: RecordFiles, block: int, others: list[int], distance: float
) -> Records:
    """The records of other blocks that lie within a distance of a block's box."""
    low, high = blocks.low[block] - distance, blocks.high[block] + distance
    found = [records_of(0)]
    for other in others:
        records = parts.read(other)
        inside = ((records["xyz"] >= low) & (records["xyz"] <= high)).all(axis=1)
        found.append(records[inside])
    return np.concatenate(found)


def finish_blocks(
    blocks: Blocks,
    parts: RecordFiles,
    sources: Sequence[Source],
    spacing: float,
    options: CleanOptions,
    tally: Tally,
    folder: Path,
    progress: Progress,
) -> Float32Array:
    """Last outliers and normals of every block, into the store; some distances of neighbours."""
    finish = Finish(blocks, parts, sources, spacing, options)
    distances = [np.zeros(0, np.float32)]
    with StoreWriter(folder) as writer:
        for block, done in in_order(finish.block, range(len(blocks))):
            progress(block / len(blocks), "normals")
            tally.lone += done.lone
            tally.outranked += done.outranked
            if len(done.columns["xyz"]):
                writer.append(done.columns)
                distances.append(done.nearest[::SOME])
    return np.concatenate(distances)


@dataclass(frozen=True)
class Finished:
    """The last state of a block. nearest (n,): metres to the next point."""

    columns: Columns
    nearest: Float32Array
    lone: int
    outranked: int


@dataclass(frozen=True)
class Finish:
    """Finishes blocks: what it needs to know of all."""

    blocks: Blocks
    parts: RecordFiles
    sources: Sequence[Source]
    spacing: float
    options: CleanOptions

    def block(self, block: int) -> Finished:
        """One block, looking at the points around it."""
        own = self.parts.read(block)
        reach = HALO * self.spacing
        beside = self.blocks.beside(block, reach)
        records = np.concatenate([own, around(self.blocks, self.parts, block, beside, reach)])
        points = np.ascontiguousarray(records["xyz"])
        neighbours = neighbours_of(points, max(8, self.options.normal_neighbours))
        lone, behind = self.drops(records, neighbours)
        neighbours = neighbours.without(lone | behind)
        is_own = np.arange(len(records)) < len(own)
        kept = is_own & ~(lone | behind)
        normals = plane_normals(points, np.flatnonzero(kept), neighbours.index)
        records = records[kept]
        return Finished(
            self.columns(records, self.oriented(normals, records)),
            neighbours.nearest(kept),
            int((lone & is_own).sum()),
            int((behind & ~lone & is_own).sum()),
        )

    def drops(
        self, records: Records, neighbours: Neighbours
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which records are lone, and which lie beside those of a much better station."""
        lone = np.zeros(len(records), bool)
        if self.options.outlier_factor > 0:
            lone = lone_points(neighbours, self.options.outlier_factor, self.spacing)
        behind = np.zeros(len(records), bool)
        if self.options.thinning is not Thinning.none:
            behind = outranked(
                neighbours, records["cost"], records["station"], BESIDE * self.spacing
            )
        return lone, behind

    def oriented(self, normals: Float32Array, records: Records) -> Float32Array:
        """Normals turned to the mirrors; up and outward where there is none."""
        points = records["xyz"]
        middle = np.mean([(s.low + s.high) / 2 for s in self.sources], axis=0)
        towards = up_and_outward(normals, points, middle)
        for source in self.sources:
            if source.width:
                seen = records["station"] == source.number
                towards[seen] = source.centre.astype(np.float32) - points[seen]
        return facing(normals, towards)

    def columns(self, records: Records, normals: Float32Array) -> Columns:
        """The store's columns."""
        columns: Columns = {
            "xyz": np.ascontiguousarray(records["xyz"]),
            "normal": np.rint(normals * 127).astype(np.int8),
            "station": np.ascontiguousarray(records["station"]),
        }
        for name in ("rgb", "intensity"):
            if any(name in source.store.columns for source in self.sources):
                columns[name] = np.ascontiguousarray(records[name])
        return columns
