"""The files beside a catalogue that the dashboard shows: when they change, and what they hold."""

import functools
import os
from collections.abc import Callable, Collection
from pathlib import Path

from vtour.errors import InputError
from vtour.files import path_inside
from vtour.rollout.audit import log_path
from vtour.rollout.gates.files import gates_folder, read_gates
from vtour.rollout.refusals import Line, line_of_error
from vtour.schema.gates import GateReport

Stamp = tuple[str, int, int, int]
"""Name, time of change in ns, bytes and inode of a file."""
Ring = tuple[tuple[float, float], ...]
Outlines = dict[str, tuple[Ring, ...]]
"""By commune code: outer rings and holes, each a line of (longitude, latitude)."""


def stamps_of(catalog: Path, boundaries: str | None) -> frozenset[Stamp]:
    """What tells that a catalogue, its log, a gate report or the outlines changed."""
    files = [catalog, log_path(catalog)]
    if boundaries is not None:
        files.append(catalog.parent / boundaries)
    found = [_stamp(path.name, path.stat) for path in files]
    try:
        with os.scandir(gates_folder(catalog)) as entries:
            found += [_stamp(each.name, each.stat) for each in entries]
    except OSError:
        pass
    return frozenset(stamp for stamp in found if stamp is not None)


def _stamp(name: str, stat: Callable[[], os.stat_result]) -> Stamp | None:
    try:
        found = stat()
    except (OSError, ValueError):
        return None
    return name, found.st_mtime_ns, found.st_size, found.st_ino


def read_reports(catalog: Path, sites: Collection[str]) -> tuple[dict[str, GateReport], list[str]]:
    """The gate reports of the sites, and a line for each that cannot be used."""
    reports: dict[str, GateReport] = {}
    bad: list[str] = []
    try:
        with os.scandir(gates_folder(catalog)) as entries:
            there = {each.name.removesuffix(".json") for each in entries}
    except OSError:
        return {}, []
    for site in sites:
        try:
            report = read_gates(catalog, site) if site in there else None
        except InputError as error:
            bad.append(str(error))
            continue
        if report is not None:
            reports[site] = report
    return reports, bad


def outlines_of(catalog: Path, name: str | None) -> tuple[Outlines, Line | None]:
    """The outlines of communes, and a line when they cannot be used."""
    if name is None:
        return {}, None
    try:
        path = path_inside(catalog.parent, name)
        stamp = _stamp(path.name, path.stat)
        return _outlines(path, stamp), None
    except InputError as error:
        return {}, line_of_error(error)


@functools.lru_cache(maxsize=1)
def _outlines(path: Path, stamp: Stamp | None) -> Outlines:
    """The outlines as the file has them; ``stamp`` tells one content from another."""
    from vtour.rollout.outlines import read_outlines

    return {
        code: tuple(tuple((float(x), float(y)) for x, y in ring) for ring in outline.rings)
        for code, outline in read_outlines(path).items()
    }
