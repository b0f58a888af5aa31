"""The same scan handed in twice: with the same bytes, or found out when it is laid on the first.

A copy in another format, thinned or in another frame has other bytes. Once it is registered, each
of its points lies on one of the other, which independent scans of one surface do not: there the
nearest point is about half as far as the one after it.
"""

import numpy as np

from vtour.clouds.store import PointStore
from vtour.files import file_digest
from vtour.frames import FloatArray, transform_points
from vtour.schema.scans import Station
from vtour.workspace import Workspace

SAMPLE = 2_000  # points of the smaller station that are asked
SAME = 0.2  # of the distance to the second nearest point that the nearest is at, the median
SAME_PLACE_M = 0.01


def same_stations(work: Workspace, stations: list[Station]) -> dict[str, str]:
    """Why a station is left out, by id: it repeats the points of one before it."""
    first: dict[tuple[int, str], Station] = {}
    left_out = {}
    for station in stations:
        digest = file_digest(work.raw_scan(station.id) / "xyz.npy")
        twin = first.setdefault((station.points, digest), station)
        if twin is station:
            continue
        alike = twin.file_from_station == station.file_from_station
        poses = "and pose" if alike else "with another pose"
        left_out[station.id] = f"the same points as {twin.id} ({where(twin)}) {poses}"
    return left_out


def where(station: Station) -> str:
    """File and number of a scan, as people find it."""
    return f"{station.file}, scan {station.scan}"


def holds_points(work: Workspace, a: Station, b: Station, a_from_b: FloatArray) -> bool:
    """Whether a holds the points of b, or some of them thinned out."""
    from scipy.spatial import cKDTree

    store = PointStore.open(work.raw_scan(b.id))
    rows = np.linspace(0, store.count - 1, min(SAMPLE, store.count)).astype(np.int64)
    asked = transform_points(a_from_b, np.asarray(store.column("xyz")[rows], np.float64))
    nearest = np.full((len(asked), 2), np.inf)
    for chunk in PointStore.open(work.raw_scan(a.id)).chunks():
        found = cKDTree(chunk["xyz"]).query(asked, 2, workers=-1)[0]
        nearest = np.sort(np.hstack([nearest, found]), axis=1)[:, :2]
    return bool(np.median(nearest[:, 0]) < SAME * np.median(nearest[:, 1]))


def is_same_place(a: Station, b: Station, a_from_b: FloatArray) -> bool:
    """Whether both mirrors are known, and stand at one place."""
    is_near = bool(np.linalg.norm(a_from_b[:3, 3]) < SAME_PLACE_M)
    return a.has_mirror and b.has_mirror and is_near
