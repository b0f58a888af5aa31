"""The stages of a build in order, and how they are run: cached by content, resumable.

Order, and why: the inventory decides what can be used before anything long starts; features and
sparse solve the cameras in an arbitrary gauge; world puts them into the site's frame once, so
that every later file is in the world; depth, fuse, mesh and texture make the master model;
derivatives are made from the master alone, so that any master can be optimised; the package
copies what tourists need and nothing else.

A stage's key is the digest of its inputs' contents, its options, its version and those of the
libraries. ``records`` says how results are kept; a resumable stage goes on with what a killed run
had written.
"""

import functools
import importlib.metadata
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vtour import __version__
from vtour.errors import InputError
from vtour.files import (
    check_free_disk,
    file_digest,
    resource_errors,
    temporary_folder,
    text_digest,
    tree_digest,
)
from vtour.fitting import Lowered, fit_memory, forget_lowered, lowered_for, with_lowered
from vtour.memory import PeakMemory
from vtour.model_files import models_of_site
from vtour.node import SCRIPTS
from vtour.options import StageOptions
from vtour.progress import Progress, no_progress
from vtour.records import (
    ABSENT,
    IDLE,
    commit,
    finished_report,
    fresh_output,
    read_record,
    recorded_digest,
)
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.report import StageReport
from vtour.siteyaml import read_site
from vtour.stages import STAGES, Stage
from vtour.workfolder import only_run, remember
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MIN_FREE_BYTES = 300_000_000
"""Room to have when a stage starts: where results go, and where engines keep temporary files."""


@dataclass(frozen=True)
class StageOutcome:
    """What became of one stage: ``cached`` when a valid result was there already.

    lowered : the option that was lowered for the memory that was there.
    """

    stage: Stage
    report: StageReport
    cached: bool
    wall_s: float
    lowered: Lowered | None = None


ENGINES = (
    *("dracopy", "laspy", "lazrs", "numba", "numpy", "open3d", "open3d-cpu"),
    *("opencv-python-headless", "pillow", "pycolmap", "pycolmap-cuda", "pye57", "pyproj"),
    *("pyvips", "pyvips-binary", "scikit-image", "scipy", "small-gicp", "usd-core", "xatlas"),
)
"""Libraries whose version may change a result: part of every key."""

NODE_PACKAGES = SCRIPTS / "package-lock.json"
"""The versions of what runs in Node: part of the keys of stages that use it."""

FOR_PEOPLE = {"notes", "sharpness", "clipped_dark", "clipped_light"}
"""Fields of the inventory that no stage computes with: some repeat them to people."""

OF_MODELS = (FileKind.model, FileKind.model_part)

Listener = Callable[[Stage, float, str], None]

Planner = Callable[[Sequence[Stage]], None]
"""Called with the stages that are left, once what was captured is known."""


def run_stages(
    work: Workspace,
    stages: Sequence[Stage],
    options: Mapping[str, StageOptions],
    *,
    force: frozenset[str] = frozenset(),
    listener: Listener | None = None,
    planner: Planner | None = None,
    profile: str | None = None,
    settings: Sequence[str] = (),
) -> Iterator[StageOutcome]:
    """Run stages in order, each only when its inputs, options or version changed.

    options  : options by stage name; the stage's defaults where absent.
    force    : names of stages to run even when a valid result is there.
    listener : called with (stage, share, note) as stages go on.
    planner  : called once, after the inventory and before all other stages.
    profile  : remembered, with ``settings``, for later commands on single stages.

    Yields an outcome per stage. Raises VtourError for bad input; what was finished is kept, and
    a work folder that holds nothing yet is taken away again.
    """
    with only_run(work):
        remember(work, profile, settings)
        for name in force:
            forget_lowered(work, name)
        for number, stage in enumerate(stages):
            if planner is not None and stage.name != "inventory":
                planner(stages[number:])
                planner = None
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
    """Run one stage, or return the report of the valid result that is there.

    Its options may be lowered to the memory that is there: the key holds those that are used.
    """
    inputs = input_digests(work, stage)
    lowered = lowered_for(work, stage, options)
    if lowered is None:
        forget_lowered(work, stage.name)  # of other options than these
    elif not force:
        whole = finished_report(work, stage, stage_key(stage, options, inputs))
        if whole is not None:  # made when there was more memory
            forget_lowered(work, stage.name)
            return StageOutcome(stage, whole, cached=True, wall_s=0.0, lowered=None)
    key = stage_key(stage, with_lowered(options, lowered), inputs)
    done = None if force else finished_report(work, stage, key)
    if done is not None:
        return StageOutcome(stage, done, cached=True, wall_s=0.0, lowered=lowered)

    idle = stage.idle(work) if stage.idle else ""
    lowered = lowered if idle else fit_memory(work, stage, options)
    options = with_lowered(options, lowered)
    key = stage_key(stage, options, inputs)
    tools = tools_digest(stage, options)
    out = Workspace(fresh_output(work, stage, key, tools, force), work.captures)
    started = time.perf_counter()
    with resource_errors(work.root), PeakMemory() as memory:
        for folder in (work.root, temporary_folder()):
            check_free_disk(folder, MIN_FREE_BYTES)
        report = _idle_report(stage, idle) if idle else stage.run(work, out, options, progress)
        wall_s = time.perf_counter() - started
        report.measure("wall_time", wall_s)
        report.measure("peak_memory", memory.peak_bytes)
        report.version, report.inputs = stage.version, inputs
        commit(work, stage, key, tools, out.root, report)
    progress(1.0)
    return StageOutcome(stage, report, cached=False, wall_s=wall_s, lowered=lowered)


def _idle_report(stage: Stage, reason: str) -> StageReport:
    return StageReport(stage=stage.name, details={IDLE: reason})


# keys -------------------------------------------------------------------------


def stage_key(stage: Stage, options: StageOptions, inputs: Mapping[str, str]) -> str:
    """Digest of everything that a stage's result depends on."""
    return _digest_of_all(stage, options, {"inputs": dict(inputs)})


def tools_digest(stage: Stage, options: StageOptions) -> str:
    """The same without its inputs: who made it, and how."""
    return _digest_of_all(stage, options, {})


def _digest_of_all(stage: Stage, options: StageOptions, more: Mapping[str, Any]) -> str:
    depends = {
        "stage": stage.name,
        "version": stage.version,
        "vtour": __version__,
        "engines": engine_versions(),
        "node": file_digest(NODE_PACKAGES) if stage.uses_node else "",
        "options": {name: str(value) for name, value in asdict(options).items()},
        **more,
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
        digests[name] = _digest_of(work, maker_of(name), name)
    for kind in stage.captures:
        digests[f"captures:{kind}"] = captures_digest(work, kind)
    for kind in stage.asks_for:
        digests[f"any:{kind}"] = text_digest(str(bool(work.files.usable(kind))))
    if stage.site_fields:
        digests["site"] = site_digest(work, stage.site_fields)
    if FileKind.site in stage.captures:
        digests["site_id"] = work.files.site_id
        digests["folder"] = text_digest(work.files.folder or "")
    if stage.name == "inventory":
        if work.captures is None:
            raise InputError(f"{work.root}: its captures folder is not known, name it")
        digests["captures"] = _listing_digest(work.captures)
    return digests


def _digest_of(work: Workspace, maker: Stage, name: str) -> str:
    """Digest of an earlier stage's output, which may have had nothing to write."""
    path, record = work.root / name, read_record(work, maker)
    if record is not None and name in record["absent"]:
        return ABSENT
    if record is None or not path.exists():
        raise InputError(f"{work.root}: no {name}, expected stage '{maker.name}' before")
    return recorded_digest(work, maker, name) or tree_digest(path)


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
    """Digest of the inventory's lines of one kind, without what is for people alone.

    Of models and their parts only those that are used count, of models.yaml what it says.
    """
    if kind is FileKind.models:
        told = [model.entry.model_dump_json() for model in models_of_site(work)]
        return text_digest("\n".join(told))
    lines = [
        file.model_dump_json(exclude=FOR_PEOPLE)
        for file in work.files.files
        if file.kind == kind and (kind not in OF_MODELS or file.status is FileStatus.used)
    ]
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


def current_reports(work: Workspace) -> dict[str, StageReport]:
    """Reports of the stages whose results belong to what they read today, in order."""
    reports = {}
    for stage in STAGES:
        report = finished_report(work, stage)
        if report is not None and (stage.name == "inventory" or _fits(work, stage, report)):
            reports[stage.name] = report
    return reports


def check_up_to_date(work: Workspace, stage: Stage, *, itself: bool = False) -> None:
    """Raise InputError when what a stage reads was made of something that has changed since.

    itself : look at the stage's own result, too.

    A tour whose blurred places changed after its tiles were cut must not be packed as it is.
    """
    for earlier in [*_makers_before(stage), *([stage] if itself else [])]:
        report = finished_report(work, earlier)
        if earlier.name != "inventory" and (report is None or not _fits(work, earlier, report)):
            raise InputError(
                f"{work.root}: the result of stage '{earlier.name}' is out of date or missing, "
                "expected a build after the last change: run vtour build"
            )


def _makers_before(stage: Stage) -> list[Stage]:
    """The stages that a stage depends on, directly or over others, in order."""
    wanted = {stage.name}
    for other in reversed(STAGES[: STAGES.index(stage) + 1]):
        if other.name in wanted:
            wanted |= {maker_of(name).name for name in other.reads}
    return [other for other in STAGES if other.name in wanted - {stage.name}]


def _fits(work: Workspace, stage: Stage, report: StageReport) -> bool:
    """Whether a result belongs to what its stage reads today."""
    try:
        return report.inputs == input_digests(work, stage)
    except InputError:
        return False
