"""The stages of a build in order, and how they are run: cached by content, resumable.

Order, and why: the inventory decides what can be used before anything long starts; features and
sparse solve the cameras in an arbitrary gauge; world puts them into the site's frame once, so
that every later file is in the world; depth, fuse, mesh and texture make the master model;
derivatives are made from the master alone, so that any master can be optimised; the package
copies what tourists need and nothing else.

A stage's key is the digest of its inputs' contents, its options, its version and those of the
libraries. Its result is written to ``.vtour/new/<stage>-<key>``, hashed there, renamed into place,
and recorded last: whatever moment a run is killed in, the next one starts at the first stage
without a valid record, and a resumable stage goes on with what it had written.
"""

import functools
import importlib.metadata
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vtour import __version__
from vtour.errors import InputError, ResourceError
from vtour.files import (
    remove,
    replacing,
    resource_errors,
    sync_file,
    text_digest,
    tree_digest,
    write_json,
    write_text,
)
from vtour.memory import PeakMemory
from vtour.options import StageOptions
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import FileKind
from vtour.schema.report import StageReport
from vtour.siteyaml import read_site
from vtour.stages import STAGES, Stage
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MIN_FREE_BYTES = 300_000_000
TIMINGS = ("wall_time", "peak_memory", "depth_time_per_megapixel")
"""Measures that differ from run to run: kept in reports/run.json, never in a stage's report."""


@dataclass(frozen=True)
class StageOutcome:
    """What became of one stage: ``cached`` when a valid result was there already."""

    stage: Stage
    report: StageReport
    cached: bool
    wall_s: float


ENGINES = (
    *("numba", "numpy", "open3d", "open3d-cpu", "opencv-python-headless", "pillow"),
    *("pycolmap", "pycolmap-cuda", "scipy", "xatlas"),
)
"""Libraries whose version may change a result: part of every key."""

Listener = Callable[[Stage, float, str], None]


def run_stages(
    work: Workspace,
    stages: Sequence[Stage],
    options: Mapping[str, StageOptions],
    *,
    force: frozenset[str] = frozenset(),
    listener: Listener | None = None,
    profile: str | None = None,
) -> Iterator[StageOutcome]:
    """Run stages in order, each only when its inputs, options or version changed.

    options  : options by stage name; the stage's defaults where absent.
    force    : names of stages to run even when a valid result is there.
    listener : called with (stage, share, note) as stages go on.
    profile  : remembered for later commands on single stages.

    Yields an outcome per stage. Raises VtourError for bad input; what was finished is kept, and
    a work folder that holds nothing yet is taken away again.
    """
    with only_run(work):
        remember(work, profile)
        for stage in stages:
            yield run_stage(
                work,
                stage,
                options.get(stage.name, stage.defaults),
                force=stage.name in force,
                progress=_listen(listener, stage),
            )


def _listen(listener: Listener | None, stage: Stage) -> Progress:
    if listener is None:
        return no_progress

    def report(share: float, note: str = "") -> None:
        listener(stage, share, note)

    return report


def run_stage(
    work: Workspace,
    stage: Stage,
    options: StageOptions,
    *,
    force: bool = False,
    progress: Progress = no_progress,
) -> StageOutcome:
    """Run one stage, or return the report of the valid result that is there."""
    inputs = input_digests(work, stage)
    key = stage_key(stage, options, inputs)
    done = None if force else finished_report(work, stage, key)
    if done is not None:
        return StageOutcome(stage, done, cached=True, wall_s=0.0)

    out = Workspace(_fresh_output(work, stage, key, force), work.captures)
    started = time.perf_counter()
    with resource_errors(work.root), PeakMemory() as memory:
        check_free_disk(work.root)
        report = stage.run(work, out, options, progress)
        wall_s = time.perf_counter() - started
        report.measure("wall_time", wall_s)
        report.measure("peak_memory", memory.peak_bytes)
        report.version, report.inputs = stage.version, inputs
        commit(work, stage, key, out.root, report)
    progress(1.0)
    return StageOutcome(stage, report, cached=False, wall_s=wall_s)


# keys -------------------------------------------------------------------------


def stage_key(stage: Stage, options: StageOptions, inputs: Mapping[str, str]) -> str:
    """Digest of everything that a stage's result depends on."""
    depends = {
        "stage": stage.name,
        "version": stage.version,
        "vtour": __version__,
        "engines": engine_versions(),
        "options": {name: str(value) for name, value in asdict(options).items()},
        "inputs": dict(inputs),
    }
    return text_digest(json.dumps(depends, sort_keys=True))


@functools.cache
def engine_versions() -> dict[str, str]:
    """Versions of the installed libraries that results depend on."""
    found = {}
    for name in ENGINES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def input_digests(work: Workspace, stage: Stage) -> dict[str, str]:
    """Digest by name of what a stage reads: files of the workspace, captures by kind, the site.

    Captures enter through the inventory's lines of their kind, which hold their SHA-256, and
    site.yaml by the fields that the stage declares, so a new text of a hotspot does not run
    structure from motion again.
    Raises InputError when an earlier stage has not been run, or was killed as it ended.
    """
    digests = {}
    for name in stage.reads:
        path, maker = work.root / name, maker_of(name)
        if not path.exists() or _read_record(work, maker) is None:
            raise InputError(f"{work.root}: no {name}, expected stage '{maker.name}' before")
        digests[name] = _recorded_digest(work, name) or tree_digest(path)
    for kind in stage.captures:
        digests[f"captures:{kind}"] = captures_digest(work, kind)
    if stage.site_fields:
        digests["site"] = site_digest(work, stage.site_fields)
    if FileKind.site in stage.captures:
        digests["site_id"] = work.files.site_id
    if stage.name == "inventory":
        if work.captures is None:
            raise InputError(f"{work.root}: its captures folder is not known, name it")
        digests["captures"] = _listing_digest(work.captures)
    return digests


def site_digest(work: Workspace, fields: tuple[str, ...]) -> str:
    """Digest of some fields of site.yaml; of nothing when there is none."""
    path = work.site_path()
    if path is None:
        return text_digest("")
    site = read_site(path).to_json()
    return text_digest(json.dumps([site.get(name) for name in fields], sort_keys=True))


def maker_of(name: str) -> Stage:
    """The stage that writes a file of the workspace."""
    return next(s for s in STAGES if name in s.writes or name == f"reports/{s.name}.json")


def captures_digest(work: Workspace, kind: FileKind) -> str:
    """Digest of the inventory's lines of one kind."""
    lines = [file.model_dump_json() for file in work.files.files if file.kind == kind]
    return text_digest("\n".join(lines))


def _listing_digest(captures: Path) -> str:
    """Digest of names, sizes and times below a folder: the inventory stage reads the contents."""
    lines = []
    for folder, folders, names in os.walk(captures):
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            stat = path.lstat()
            lines.append(f"{path.relative_to(captures)}\0{stat.st_size}\0{stat.st_mtime_ns}")
    return text_digest(f"{captures.name}\n" + "\n".join(lines))


# records ----------------------------------------------------------------------


def _record_path(work: Workspace, stage: Stage) -> Path:
    return work.state / "stages" / f"{stage.name}.json"


def _read_record(work: Workspace, stage: Stage) -> dict[str, Any] | None:
    """A stage's record; None when there is none, or it is damaged."""
    try:
        record = json.loads(_record_path(work, stage).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(record, dict) or not {"key", "outputs"} <= set(record):
        return None
    return record


def finished_report(work: Workspace, stage: Stage, key: str | None = None) -> StageReport | None:
    """The report of a result that lies in place, untouched, made under ``key`` if one is given."""
    record = _read_record(work, stage)
    if record is None or (key is not None and record["key"] != key):
        return None
    outputs = record["outputs"].items()
    if any(_stamp(work.root / name) != output["stamp"] for name, output in outputs):
        return None
    try:
        return StageReport.model_validate_json(work.report(stage.name).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def current_reports(work: Workspace) -> dict[str, StageReport]:
    """Reports of the stages whose results belong to what they read today, in order."""
    reports = {}
    for stage in STAGES:
        report = finished_report(work, stage)
        if report is not None and (stage.name == "inventory" or _fits(work, stage, report)):
            reports[stage.name] = report
    return reports


def _fits(work: Workspace, stage: Stage, report: StageReport) -> bool:
    """Whether a result belongs to what its stage reads today."""
    try:
        return report.inputs == input_digests(work, stage)
    except InputError:
        return False


def _recorded_digest(work: Workspace, name: str) -> str | None:
    """Digest of an output as recorded when it was made, if nobody touched it since."""
    for stage in STAGES:
        output = ((_read_record(work, stage) or {}).get("outputs") or {}).get(name)
        if output and output["stamp"] == _stamp(work.root / name):
            digest: str = output["digest"]
            return digest
    return None


def _stamp(path: Path) -> str:
    """Names, sizes and times of a file or of all files of a folder, as one digest."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    lines = []
    for file in files:
        stat = file.stat()
        lines.append(f"{file.relative_to(path)}\0{stat.st_size}\0{stat.st_mtime_ns}")
    return text_digest("\n".join(lines))


def commit(work: Workspace, stage: Stage, key: str, new: Path, report: StageReport) -> None:
    """Rename a stage's outputs into place, then write its report, then its record.

    All that takes time, hashing, is done before: between the first rename and the record a kill
    would cost the whole stage.
    """
    missing = [name for name in stage.writes if not (new / name).exists()]
    if missing:
        raise RuntimeError(f"stage {stage.name} did not write {', '.join(missing)}")
    outputs = {
        name: {"digest": tree_digest(new / name), "stamp": _stamp(new / name)}
        for name in stage.writes
    }
    _record_path(work, stage).unlink(missing_ok=True)
    for number, name in enumerate(stage.writes):
        target = work.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.rename(new / f"old-{number}")
        (new / name).rename(target)
        sync_file(target.parent)
    work.__dict__.pop("files", None)  # cached; the inventory may be a new one
    write_run_times(work, stage, report)
    write_json(work.report(stage.name), _without_timings(report).to_json())
    write_json(_record_path(work, stage), {"key": key, "outputs": outputs})
    remove(new)


def _without_timings(report: StageReport) -> StageReport:
    kept = {name: value for name, value in report.measures.items() if name not in TIMINGS}
    return report.model_copy(update={"measures": kept})


def write_run_times(work: Workspace, stage: Stage, report: StageReport) -> None:
    """Keep a stage's time and memory in reports/run.json, the one report that is not stable."""
    path = work.report("run")
    try:
        times = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        times = {}
    times[stage.name] = {
        name: report.measures[name].to_json() for name in TIMINGS if name in report.measures
    }
    write_json(path, times)


def _fresh_output(work: Workspace, stage: Stage, key: str, force: bool) -> Path:
    """The folder a stage writes to: what a killed run left under the same key is kept."""
    new = work.state / "new"
    keep = new / f"{stage.name}-{key[:16]}"
    with resource_errors(work.root):
        new.mkdir(parents=True, exist_ok=True)
        for other in new.iterdir():
            if other != keep or force or not stage.resumable:
                remove(other)
        keep.mkdir(exist_ok=True)
    return keep


# the machine ------------------------------------------------------------------


def check_free_disk(root: Path) -> None:
    """Raise ResourceError when there is hardly any room where the results go."""
    free = shutil.disk_usage(root).free
    if free < MIN_FREE_BYTES:
        raise ResourceError(
            f"{root}: disk full, {free / 1e6:.0f} MB free, "
            f"expected at least {MIN_FREE_BYTES / 1e6:.0f} MB"
        )


@contextmanager
def only_run(work: Workspace) -> Iterator[None]:
    """Hold the work folder's lock, so that two runs do not mix their results."""
    try:
        work.state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(work.state / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise InputError(f"{work.root}: in use by another run, wait for it to end") from None
    except OSError as error:
        reason = error.strerror or "no such place"
        raise ResourceError(f"{work.root}: cannot be a work folder ({reason})") from None
    try:
        yield
    finally:
        if not (work.state / "stages").is_dir():
            _take_away_if_empty(work)
        lock.release()


def _take_away_if_empty(work: Workspace) -> None:
    """Remove a work folder in which no stage has ended and nothing else lies."""
    unfinished = list((work.state / "new").glob("*/*"))
    if not unfinished and [path.name for path in work.root.iterdir()] == [work.state.name]:
        remove(work.state)
        work.root.rmdir()


# the work folder --------------------------------------------------------------


def open_work(root: Path, captures: Path | None = None) -> Workspace:
    """The work folder at ``root``, made from ``captures``, or from those remembered in it.

    Nothing is written before a run holds the folder's lock. Raises InputError when the captures
    are not a folder, when the work folder holds other things or the work on other captures, or
    when one lies inside the other.
    """
    remembered = _remembered_captures(root)
    if captures is None:
        if remembered is None:
            raise InputError(f"{root}: not a work folder of vtour, expected the --out of a build")
        return Workspace(root, remembered)
    if not captures.is_dir():
        found = "a file" if captures.exists() else "not found"
        raise InputError(f"{captures}: {found}, expected a folder of captures")
    captures = captures.resolve()
    if root.resolve().is_relative_to(captures):
        raise InputError(f"{root}: lies inside the captures, expected a folder outside {captures}")
    try:
        found_names = {path.name for path in root.iterdir()}
    except FileNotFoundError:
        found_names = set()
    except OSError as error:
        raise InputError(f"{root}: {error.strerror}, expected a folder to work in") from None
    if remembered is None:
        if found_names and ".vtour" not in found_names:
            raise InputError(f"{root}: holds other files, expected an empty or a work folder")
    elif remembered != captures and remembered.is_dir():
        raise InputError(
            f"{root}: holds the work on {remembered}, expected another folder for {captures}"
        )
    return Workspace(root, captures)


def _remembered_captures(root: Path) -> Path | None:
    try:
        text = (root / ".vtour" / "captures").read_bytes()
    except OSError:
        return None
    return Path(os.fsdecode(text)) if text else None


def remember(work: Workspace, profile: str | None) -> None:
    """Keep what later commands need: where the captures are, the profile of the build."""
    if work.captures is not None:
        with replacing(work.state / "captures") as temporary:
            temporary.write_bytes(os.fsencode(work.captures))
    if profile is not None:
        write_text(work.state / "profile", profile)


def read_profile(work: Workspace) -> str | None:
    """The profile of the last build, if there was one."""
    path = work.state / "profile"
    return path.read_text("utf-8", errors="replace") if path.is_file() else None
