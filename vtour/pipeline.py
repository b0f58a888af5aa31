"""The stages of a build in order, and how they are run: cached by content, resumable.

Order, and why: the inventory decides what can be used before anything long starts; features and
sparse solve the cameras in an arbitrary gauge; world puts them into the site's frame once, so
that every later file is in the world; depth, fuse, mesh and texture make the master model;
derivatives are made from the master alone, so that any master can be optimised; the package
copies what tourists need and nothing else.

A stage's key is the digest of its inputs' contents, its options and its version. Its result is
written to ``.vtour/new/<stage>-<key>``, renamed into place, and recorded last: whatever moment a
run is killed in, the next one starts at the first stage without a valid record.
"""

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
from vtour.files import remove, resource_errors, text_digest, tree_digest, write_json
from vtour.memory import PeakMemory
from vtour.options import StageOptions
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import FileKind
from vtour.schema.report import StageReport
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


Listener = Callable[[Stage, float, str], None]


def run_stages(
    work: Workspace,
    stages: Sequence[Stage],
    options: Mapping[str, StageOptions],
    *,
    force: frozenset[str] = frozenset(),
    listener: Listener | None = None,
) -> Iterator[StageOutcome]:
    """Run stages in order, each only when its inputs, options or version changed.

    options  : options by stage name; the stage's defaults where absent.
    force    : names of stages to run even when a valid result is there.
    listener : called with (stage, share, note) as stages go on.

    Yields an outcome per stage. Raises VtourError for bad input; what was finished is kept.
    """
    with only_run(work):
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
    if not force and is_done(work, stage, key):
        report = StageReport.model_validate_json(work.report(stage.name).read_text("utf-8"))
        return StageOutcome(stage, report, cached=True, wall_s=0.0)

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
        "options": {name: str(value) for name, value in asdict(options).items()},
        "inputs": dict(inputs),
    }
    return text_digest(json.dumps(depends, sort_keys=True))


def input_digests(work: Workspace, stage: Stage) -> dict[str, str]:
    """Digest by name of what a stage reads: files of the workspace, and captures by kind.

    Captures enter through the inventory's lines of their kind, which hold their SHA-256, so a new
    text in site.yaml does not run structure from motion again.
    Raises InputError when an earlier stage has not been run.
    """
    digests = {}
    for name in stage.reads:
        path = work.root / name
        if not path.exists():
            raise InputError(f"{work.root}: no {name}, expected stage '{maker_of(name)}' before")
        digests[name] = _recorded_digest(work, name) or tree_digest(path)
    for kind in stage.captures:
        digests[f"captures:{kind}"] = captures_digest(work, kind)
    if stage.name == "inventory":
        if work.captures is None:
            raise InputError(f"{work.root}: its captures folder is not known, name it")
        digests["captures"] = _listing_digest(work.captures)
    return digests


def maker_of(name: str) -> str:
    """The stage that writes a file of the workspace."""
    makers = [s.name for s in STAGES if name in s.writes or name == f"reports/{s.name}.json"]
    return makers[0]


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
    try:
        record: dict[str, Any] = json.loads(_record_path(work, stage).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record


def is_done(work: Workspace, stage: Stage, key: str) -> bool:
    """Whether a result made under this key lies in place, untouched."""
    record = _read_record(work, stage)
    if record is None or record["key"] != key or not work.report(stage.name).is_file():
        return False
    return all(
        _stamp(work.root / name) == output["stamp"] for name, output in record["outputs"].items()
    )


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
    """Rename a stage's outputs into place, then write its report, then its record."""
    missing = [name for name in stage.writes if not (new / name).exists()]
    if missing:
        raise RuntimeError(f"stage {stage.name} did not write {', '.join(missing)}")
    _record_path(work, stage).unlink(missing_ok=True)
    for name in stage.writes:
        target = work.root / name
        remove(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        (new / name).rename(target)
    work.__dict__.pop("files", None)  # cached; the inventory may be a new one
    write_run_times(work, stage, report)
    write_json(work.report(stage.name), _without_timings(report).to_json())
    outputs = {
        name: {"digest": tree_digest(work.root / name), "stamp": _stamp(work.root / name)}
        for name in stage.writes
    }
    write_json(_record_path(work, stage), {"key": key, "outputs": outputs})
    remove(new)


def _without_timings(report: StageReport) -> StageReport:
    kept = {name: value for name, value in report.measures.items() if name not in TIMINGS}
    return report.model_copy(update={"measures": kept})


def write_run_times(work: Workspace, stage: Stage, report: StageReport) -> None:
    """Keep a stage's time and memory in reports/run.json, the one report that is not stable."""
    path = work.report("run")
    times = json.loads(path.read_text("utf-8")) if path.is_file() else {}
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
    with resource_errors(work.root):
        work.state.mkdir(parents=True, exist_ok=True)
        lock = FileLock(work.state / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(f"{work.root}: in use by another run, wait for it to end") from None
    try:
        yield
    finally:
        lock.release()


# the work folder --------------------------------------------------------------


def open_work(root: Path, captures: Path | None = None) -> Workspace:
    """Open or start a work folder, and remember which captures it is made from.

    Raises InputError when the folder holds other things, or lies inside the captures.
    """
    remembered = root / ".vtour" / "captures"
    if captures is None:
        if not remembered.is_file():
            raise InputError(f"{root}: not a work folder of vtour, expected the --out of a build")
        return Workspace(root, Path(remembered.read_text("utf-8")))
    captures = captures.resolve()
    if root.resolve().is_relative_to(captures):
        raise InputError(f"{root}: lies inside the captures, expected a folder outside {captures}")
    if root.exists() and not root.is_dir():
        raise InputError(f"{root}: is a file, expected a folder")
    with resource_errors(root):
        if root.is_dir() and any(root.iterdir()) and not (root / ".vtour").is_dir():
            raise InputError(f"{root}: holds other files, expected an empty or a work folder")
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.write_text(str(captures), encoding="utf-8")
    return Workspace(root, captures)


def write_profile(work: Workspace, profile: str) -> None:
    """Remember the profile of a build for later commands on its stages."""
    with resource_errors(work.root):
        (work.state / "profile").write_text(profile, encoding="utf-8")


def read_profile(work: Workspace) -> str | None:
    """The profile of the last build, if there was one."""
    path = work.state / "profile"
    return path.read_text("utf-8") if path.is_file() else None
