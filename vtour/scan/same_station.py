"""The same scan handed in twice: with the same bytes, told before anything is computed."""

from vtour.files import file_digest
from vtour.schema.scans import Station
from vtour.workspace import Workspace


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
