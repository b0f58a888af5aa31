"""Stage ``scans``: every scan of every file becomes a store of points, metres, one a station.

Measured on the synthetic site and the real scans, both processes counted, machine busy with others'
work (``python -m benchmarks.speed.scans``), million points a CPU second and peak memory:
    E57, three stations, 2.5 million points        2.4   192 MB
    LAS, projected, 1.9 million points             2.3   298 MB
    LAZ, the same                                  1.1   397 MB
    LAZ, 9.6 million points                        1.9   421 MB: the child's start counts less
    PLY, binary                                    9.6   198 MB
    text, six columns                              0.65  217 MB: np.loadtxt
"""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vtour.clouds.headers import CloudHeaders
from vtour.clouds.read import read_cloud_headers
from vtour.clouds.station import StationReader, cloud_warnings
from vtour.clouds.store import COLUMNS, Columns, PointStore, StoreWriter
from vtour.errors import CaptureError, InputError
from vtour.files import check_free_disk, remove, write_json
from vtour.frames import columns_from_matrix
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.scan.one_view import is_one_view
from vtour.schema.inventory import CaptureFile
from vtour.schema.report import StageReport
from vtour.schema.scans import Station, StationList
from vtour.schema.world import Anchor
from vtour.slugs import MAX_SLUG, slug_from_name
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

OPTIONAL = ("rgb", "intensity", "normal")


@dataclass(frozen=True, kw_only=True)
class ScansOptions(StageOptions):
    """How scans are read."""

    every: int = option(1, "Take only every n-th point of each scan.", minimum=1, maximum=1000)


SCANS_DEFAULTS = ScansOptions()


@dataclass(frozen=True)
class _Source:
    """One scan of one file."""

    file: CaptureFile
    path: Path
    headers: CloudHeaders
    scan: int


def read_scans(
    work: Workspace,
    out: Workspace,
    options: ScansOptions = SCANS_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Read all scans among the captures.

    Reads the scan files that the inventory calls used. Writes ``scan/raw.json`` and for each
    scan with points a store ``scan/raw/<id>/`` in its station's frame.

    A scan that turns out to be damaged is left out with a warning, as long as another is there.
    Raises InputError when none is, CaptureError when no scan has a point that can be used.
    """
    sources = _sources(work)
    names = station_ids([(s.file.path, s.headers.scans[s.scan].name, s.scan) for s in sources])
    report = StageReport(stage="scans")
    for path, headers in {s.path: s.headers for s in sources}.items():
        report.warnings += [f"{path.name}: {text}" for text in cloud_warnings(path, headers)]
    total = max(1, sum(_points(source) for source in sources))
    done = invalid = 0
    stations: list[Station] = []
    damaged: list[InputError] = []
    anchor: Anchor | None = None
    for source, name in zip(sources, names, strict=True):
        share = (done / total, _points(source) / total)
        done += _points(source)
        try:
            station = _read_station(source, name, out, options, anchor, progress, share)
        except InputError as error:
            remove(out.raw_scan(name))
            damaged.append(error)
            continue
        invalid += station.points_invalid
        if station.points:
            stations.append(station)
            anchor = anchor or station.enu_anchor
        else:
            report.warnings.append(f"{source.file.path}: scan {source.scan}: no points to use")
        report.warnings += [f"{source.file.path}: {text}" for text in station.warnings]
    if not stations and damaged:
        raise damaged[0]
    report.warnings += [f"{error}: left out, the build goes on without it" for error in damaged]
    if not stations:
        files = ", ".join(dict.fromkeys(source.file.path for source in sources)) or "no scans"
        raise CaptureError(f"{files[:200]}: 0 points that can be used, expected a scan with points")
    write_json(out.scan_list, StationList(stations=stations).to_json())
    report.measure("stations_read", len(stations))
    report.measure("scan_points", sum(station.points for station in stations))
    report.measure("scan_points_invalid", invalid)
    return report


def _points(source: _Source) -> int:
    return source.headers.scans[source.scan].points


def _sources(work: Workspace) -> list[_Source]:
    """Every scan of every usable file, in the order of file names and scans."""
    sources = []
    for file in work.files.usable_scans():
        path = work.capture_path(file)
        headers = read_cloud_headers(path)
        sources += [_Source(file, path, headers, scan) for scan in range(len(headers.scans))]
    return sources


def station_ids(scans: list[tuple[str, str | None, int]]) -> list[str]:
    """An id for each (file, name of the scan in it, its number).

    The slug of the scan's name when no other scan has it, else that of the file's stem, with
    the scan's number from 1 when the file has several.
    """
    own = [slug_from_name(name, empty="") if name else "" for _, name, _ in scans]
    count = Counter(own)
    many = Counter(file for file, _, _ in scans)
    ids: list[str] = []
    for (file, _, number), slug in zip(scans, own, strict=True):
        wanted = slug if slug and count[slug] == 1 else _file_id(file, number, many[file])
        ids.append(_free(wanted, ids))
    return ids


def _file_id(file: str, number: int, of: int) -> str:
    stem = slug_from_name(PurePosixPath(file).name.split(".")[0], empty="scan")
    if of == 1:
        return stem
    tail = f"-{number + 1}"
    return stem[: MAX_SLUG - len(tail)].rstrip("-") + tail


def _free(wanted: str, taken: list[str]) -> str:
    """The id itself, or with a number when it is taken."""
    name, number = wanted, 2
    while name in taken:
        tail = f"-{number}"
        name = wanted[: MAX_SLUG - len(tail)].rstrip("-") + tail
        number += 1
    return name


def _read_station(
    source: _Source,
    name: str,
    out: Workspace,
    options: ScansOptions,
    anchor: Anchor | None,
    progress: Progress,
    share: tuple[float, float],
) -> Station:
    """Write the store of one scan and say what it is."""
    reader = StationReader(source.path, source.headers, source.scan, anchor)
    folder = out.raw_scan(name)
    points = _points(source)
    if points:
        folder.mkdir(parents=True, exist_ok=True)
        width = sum(np.dtype(k).itemsize * int(np.prod(s)) for k, s in COLUMNS.values())
        check_free_disk(folder, points // options.every * width)
    used, seen, done = _UsedColumns(), 0, 0
    with StoreWriter(folder) as writer:
        for chunk in reader.chunks():
            count = len(chunk["xyz"])
            if options.every > 1:
                first = -seen % options.every
                chunk = {key: values[first :: options.every] for key, values in chunk.items()}
            seen += count
            used.add(chunk)
            writer.append(chunk)
            done = seen + reader.invalid
            progress(share[0] + share[1] * min(1.0, done / max(1, points)), name)
        count = writer.count
    if not count:
        remove(folder)
    for column in used.empty():
        (folder / f"{column}.npy").unlink(missing_ok=True)
    station = _station(source, name, reader, count, used.warnings())
    if station.has_mirror and not is_one_view(PointStore.open(folder)):
        station.has_mirror = False
        station.warnings.append(
            "many directions hold a near surface and a far one: taken as merged from several "
            "scans, seen from none"
        )
    return station


class _UsedColumns:
    """Whether columns that may be there hold anything but zeros."""

    def __init__(self) -> None:
        self.seen: dict[str, bool] = {}

    def add(self, chunk: Columns) -> None:
        for name in OPTIONAL:
            if name in chunk:
                self.seen[name] = self.seen.get(name, False) or bool(chunk[name].any())

    def empty(self) -> list[str]:
        """Columns that are all zeros."""
        return [name for name, has_any in self.seen.items() if not has_any]

    def warnings(self) -> list[str]:
        return ["all its colours are black: left out"] if "rgb" in self.empty() else []


def _station(
    source: _Source, name: str, reader: StationReader, count: int, warnings: list[str]
) -> Station:
    placing, crs = reader.placing, source.headers.crs
    told: dict[str, Any] = {}
    if placing is not None and placing.file_from_station is not None:
        told["file_from_station"] = columns_from_matrix(placing.file_from_station)
    low, high = (reader.low, reader.high) if count else (np.zeros(3), np.zeros(3))
    return Station(
        id=name,
        file=source.file.path,
        scan=source.scan,
        name=source.headers.scans[source.scan].name,
        points=count,
        points_invalid=reader.invalid,
        has_mirror=placing.has_mirror if placing else False,
        enu_anchor=placing.enu_anchor if placing else None,
        crs=crs.text if crs else None,
        metres_per_unit=crs.metres if crs else 1.0,
        bounds_min=[float(np.float32(value)) for value in low],
        bounds_max=[float(np.float32(value)) for value in high],
        warnings=[*(placing.warnings if placing else ()), *reader.loss_warnings(), *warnings],
        **told,
    )
