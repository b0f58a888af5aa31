"""Which points of a station are worth keeping: by its own view, and by those of other stations."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns
from vtour.files import resource_errors
from vtour.scan.cells import cell_keys
from vtour.scan.cleaning.bodies import Bodies, grown_bodies
from vtour.scan.cleaning.people import ACROSS_M, THROUGH, Witness, looked_at, mark_cells, wide_parts
from vtour.scan.cleaning.sources import Source
from vtour.scan.range_image import blank, fill_ranges, look_around, look_image
from vtour.threads import in_order

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]
UInt8Array = NDArray[np.uint8]
IntArray = NDArray[np.int64]

LOOK_WIDTH = 4096  # columns of the views that others are judged by: 34 MB each
WITNESSES = 8  # nearest stations that look for what moved in one
WIDE_CELLS = 3
VOXEL_M = (0.04, 0.12)
SIGMAS = 3.0
FAR_COST = 1e6  # of points whose scanner's place is not known: any other is better
UNKNOWN_COSINE = 0.3
LEAST_COSINE = 0.1


class Reason(IntEnum):
    """Why a point is left out; ``kept`` when it is not."""

    kept = 0
    out_of_range = 1
    grazing = 2
    out_of_region = 3
    isolated = 4
    moving = 5


@dataclass(frozen=True)
class Limits:
    """What is asked of a point; lengths in metres.

    max_range_m, neighbours, moving_margin_m : 0 for no such limit.
    least_cosine : of incidence.
    low, high : corners of the box to keep, world.
    """

    min_range_m: float
    max_range_m: float
    least_cosine: float
    neighbours: int
    reach: float
    noise_m: float
    moving_margin_m: float
    low: FloatArray
    high: FloatArray


class Views:
    """The range images of all stations, on disk: whole, and as others look."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with resource_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, source: Source, limits: Limits) -> None:
        """Make and write the images of a station with a mirror."""
        image = blank(source.width)
        for columns in source.chunks():
            fill_ranges(image, columns["xyz"])
        fewest = max(1, limits.neighbours)
        look = look_image(image, fewest, limits.reach, limits.noise_m, LOOK_WIDTH)
        with resource_errors(self.folder):
            np.save(self.folder / f"{source.number}.npy", image)
            np.save(self.folder / f"{source.number}.look.npy", look)

    def whole(self, source: Source) -> Float32Array:
        """The image as fine as the scan."""
        image: Float32Array = np.load(self.folder / f"{source.number}.npy")
        return image

    def look(self, source: Source) -> Float32Array:
        """The image for others to be judged by."""
        image: Float32Array = np.load(self.folder / f"{source.number}.look.npy")
        return image

    def witnesses(
        self, source: Source, sources: Sequence[Source], margin_m: float
    ) -> list[Witness]:
        """The nearest other stations with a mirror, to judge this one's points."""
        others = [o for o in sources if o.width and o.number != source.number]
        others.sort(key=lambda o: (float(np.linalg.norm(o.centre - source.centre)), o.number))
        return [self.witness(source, other, margin_m) for other in others[:WITNESSES]]

    def witness(self, source: Source, other: Source, margin_m: float) -> Witness:
        """Another station, to judge the points of ``source``."""
        other_from_source = np.linalg.inv(other.world_from_station) @ source.world_from_station
        metres = np.hypot(source.placed.sigma_m or 0.0, other.placed.sigma_m or 0.0)
        degrees = np.hypot(source.placed.sigma_deg or 0.0, other.placed.sigma_deg or 0.0)
        return Witness(
            np.ascontiguousarray(other_from_source[:3]),
            self.look(other),
            margin_m + SIGMAS * float(metres),
            ACROSS_M + SIGMAS * float(metres),
            SIGMAS * float(np.radians(degrees)),
        )


@dataclass(frozen=True)
class Judge:
    """Decides about the points of one station, chunk by chunk.

    image : its whole range image, None without a mirror.
    masks : of each witness, the wide parts of its view that it looked through.
    bodies : the voxels of what moved.
    """

    source: Source
    limits: Limits
    image: Float32Array | None
    witnesses: list[Witness]
    masks: list[BoolArray]
    bodies: Bodies

    @classmethod
    def of(cls, source: Source, sources: Sequence[Source], views: Views, limits: Limits) -> "Judge":
        """Reads the station's points once or twice to see where others looked through them."""
        margin = limits.moving_margin_m
        witnesses = views.witnesses(source, sources, margin) if margin > 0 else []
        masks = looked_through(source, witnesses)
        bodies = bodies_of(source, witnesses, masks)
        image = views.whole(source) if source.width else None
        return cls(source, limits, image, witnesses, masks, bodies)

    def judge(self, columns: Columns) -> tuple[UInt8Array, Float32Array]:
        """Reason (n,) and cost (n,) of the points of a chunk: metres of range over the cosine."""
        points, limits = columns["xyz"], self.limits
        reason = np.zeros(len(points), np.uint8)
        world = self.source.in_world(points)
        through, there = looked_at(points, self.witnesses, self.masks)
        reason[(through | self.bodies.holds(world)) & ~there] = Reason.moving
        cost = np.full(len(points), FAR_COST, np.float32)
        if self.image is not None:
            near, cosine = look_around(self.image, points, limits.reach, limits.noise_m)
            ranges = np.linalg.norm(points.astype(np.float64), axis=1)
            cost = ranges / np.clip(np.nan_to_num(cosine, nan=UNKNOWN_COSINE), LEAST_COSINE, 1)
            reason[near < limits.neighbours] = Reason.isolated
            reason[cosine < limits.least_cosine] = Reason.grazing
            too_far = ranges > (limits.max_range_m or np.inf)
            reason[too_far | (ranges < limits.min_range_m)] = Reason.out_of_range
        inside = ((world >= limits.low) & (world <= limits.high)).all(axis=1)
        reason[~inside] = Reason.out_of_region
        return reason, cost.astype(np.float32)


def looked_through(source: Source, witnesses: list[Witness]) -> list[BoolArray]:
    """The wide parts of each witness's view where it looked through the station's points."""
    masks = [np.zeros(witness.image.shape, bool) for witness in witnesses]
    sums = np.zeros((len(witnesses), 2))

    def verdicts(columns: Columns) -> list[UInt8Array]:
        return [witness.verdicts(columns["xyz"]) for witness in witnesses]

    for columns, found in in_order(verdicts, source.chunks() if witnesses else ()):
        for number, (witness, verdict) in enumerate(zip(witnesses, found, strict=True)):
            if (verdict == THROUGH).any():
                pose = witness.station_from_points
                sums[number] += mark_cells(
                    masks[number], columns["xyz"], verdict, pose, source.step
                )
    return [
        wide_parts(mask, total / count, WIDE_CELLS) if count else mask
        for mask, (count, total) in zip(masks, sums, strict=True)
    ]


def bodies_of(source: Source, witnesses: list[Witness], masks: list[BoolArray]) -> Bodies:
    """The voxels of what moved in the station's scan."""
    voxel_m = float(np.clip(4 * source.spacing_m, *VOXEL_M))
    none = np.zeros(0, np.int64)
    if not any(mask.any() for mask in masks):
        return Bodies(voxel_m, none)

    def voxels(columns: Columns) -> tuple[IntArray, IntArray]:
        through, there = looked_at(columns["xyz"], witnesses, masks)
        keys = cell_keys(source.in_world(columns["xyz"]), voxel_m)
        return np.unique(keys[through & ~there]), np.unique(keys[~through & ~there])

    seeds, candidates = none, none
    for _, (some, others) in in_order(voxels, source.chunks()):
        seeds, candidates = np.union1d(seeds, some), np.union1d(candidates, others)
    return grown_bodies(seeds, candidates, voxel_m)
