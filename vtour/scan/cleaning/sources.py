"""The stations that go into the merged cloud: their points on disk, their poses, their views."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.store import Columns, PointStore
from vtour.errors import CaptureError, InputError
from vtour.frames import matrix_from_columns
from vtour.memory import forget_pages
from vtour.scan.range_image import FINER, width_of
from vtour.schema.scans import PlacedStation, Station
from vtour.station_files import read_placed_stations, read_station_list
from vtour.workspace import Workspace

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]

CHUNK = 500_000
SAMPLE = 1 << 18
SEED = 5


@dataclass(frozen=True)
class Source:
    """One placed station.

    number : its place in stations.json: the column ``station`` of the cloud.
    width  : columns of its range image (range_image.py), 0 when it has no mirror.
    spacing_m : usual distance of its points, at the middle of their ranges.
    extent_m : longest side of the box around most of its points.
    grey   : intensities that become black and white where colours are missing.
    """

    number: int
    station: Station
    placed: PlacedStation
    store: PointStore
    world_from_station: FloatArray
    width: int
    spacing_m: float
    low: FloatArray
    high: FloatArray
    grey: tuple[float, float]

    @property
    def step(self) -> float:
        """Angle between rays, radians; 0 when not known."""
        return FINER * 2 * np.pi / self.width if self.width else 0.0

    @property
    def centre(self) -> FloatArray:
        """Where it stands (3,), world."""
        return self.world_from_station[:3, 3]

    def in_world(self, points: Float32Array) -> Float32Array:
        """World coordinates (n, 3) of its points."""
        matrix = self.world_from_station
        world = points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        result: Float32Array = world.astype(np.float32)
        return result

    def chunks(self) -> Iterator[Columns]:
        """Its points in slices; pages that were read are given back."""
        mapped = {name: self.store.column(name) for name in self.store.columns}
        for start in range(0, self.store.count, CHUNK):
            yield {name: np.array(rows[start : start + CHUNK]) for name, rows in mapped.items()}
            for rows in mapped.values():
                forget_pages(rows)


def read_sources(work: Workspace) -> tuple[list[Source], list[str]]:
    """The placed stations that have points, and the ids of the stations that are not placed.

    Raises InputError when scan/raw.json or scan/stations.json is missing or damaged, CaptureError
    when no station is placed.
    """
    for path in (work.scan_list, work.stations):
        if not path.is_file():
            raise InputError(f"{path}: not found, expected the stages of scans to have run")
    stations = {s.id: s for s in read_station_list(work.scan_list)}
    placed = read_placed_stations(work.stations)
    unknown = [p.id for p in placed if p.id not in stations]
    if unknown:
        raise InputError(f"{work.stations}: station {unknown[0]!r}, expected one of scan/raw.json")
    sources = [
        source_of(number, stations[p.id], p, PointStore.open(work.raw_scan(p.id)))
        for number, p in enumerate(placed)
        if stations[p.id].points
    ]
    if not sources:
        raise CaptureError(
            f"cloud: found {len(placed)} placed stations with points, expected at least one"
        )
    there = {p.id for p in placed}
    return sources, [name for name in stations if name not in there]


def source_of(number: int, station: Station, placed: PlacedStation, store: PointStore) -> Source:
    """A source, its density measured on a sample of its points."""
    matrix = matrix_from_columns(placed.world_from_station)
    rng = np.random.default_rng(SEED)
    rows = np.unique(rng.integers(0, store.count, min(SAMPLE, store.count)))
    points = np.array(store.column("xyz")[rows])
    forget_pages(store.column("xyz"))
    in_world = points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    low, high = np.quantile(in_world, [0.01, 0.99], axis=0)
    width = width_of(points, store.count) if station.has_mirror else 0
    if width:
        ranges = np.linalg.norm(points.astype(np.float64), axis=1)
        spacing = float(np.median(ranges)) * FINER * 2 * np.pi / width
    else:
        spacing = _sample_spacing(in_world, len(rows) / store.count)
    grey = (0.0, 65535.0)
    if "intensity" in store.columns:
        dark, bright = np.quantile(store.column("intensity")[rows], [0.01, 0.99])
        grey = (float(dark), float(max(bright, dark + 1)))
    return Source(number, station, placed, store, matrix, width, spacing, low, high, grey)


def _sample_spacing(points: FloatArray, share: float) -> float:
    """Usual distance of neighbours on a surface, from a share of its points."""
    from scipy.spatial import cKDTree

    if len(points) < 2:
        return 0.01
    distance, _ = cKDTree(points).query(points, k=2, workers=-1)
    return float(np.median(distance[:, 1])) * 2 * float(np.sqrt(share))
