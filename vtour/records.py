"""Records of finished stages: what a result was made under, and whether it still lies untouched.

A result is written to ``.vtour/new/<stage>-<key>``, hashed there, renamed into place, and
recorded last in ``.vtour/stages/<stage>.json``: whatever moment a run is killed in, the next one
starts at the first stage without a valid record.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from vtour.files import (
    remove,
    resource_errors,
    sync_file,
    text_digest,
    tree_digest,
    unfinished_files,
    write_json,
)
from vtour.schema.report import StageReport
from vtour.stages import Stage
from vtour.workspace import Workspace

TIMINGS = ("wall_time", "peak_memory", "depth_time_per_megapixel")
"""Measures that differ from run to run: kept in reports/run.json, never in a stage's report."""

IDLE = "idle"
"""The detail of a report whose stage had nothing to do: why."""

ABSENT = "absent"
"""Stands for the digest of an output that its stage had no reason to write."""

REPLACED = "old-"
"""What a result that a new one replaces is called, beside the new one, until all are in place."""


def record_path(work: Workspace, stage: Stage) -> Path:
    """Where a stage's record lies, {"key", "tools", "outputs", "absent"}.

    tools   : digest of all that its key holds besides the inputs.
    outputs : {name: {"digest", "stamp"}}.
    """
    return work.state / "stages" / f"{stage.name}.json"


def read_record(work: Workspace, stage: Stage) -> dict[str, Any] | None:
    """A stage's record; None when there is none, or it is damaged."""
    try:
        record = json.loads(record_path(work, stage).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if _is_record(record) else None


def _is_record(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("key"), str):
        return False
    outputs, absent = record.get("outputs"), record.get("absent")
    if not isinstance(absent, list):
        return False
    return isinstance(outputs, dict) and all(
        isinstance(output, dict)
        and isinstance(output.get("digest"), str)
        and isinstance(output.get("stamp"), str)
        for output in outputs.values()
    )


def finished_report(work: Workspace, stage: Stage, key: str | None = None) -> StageReport | None:
    """The report of a result that lies in place, untouched, made under ``key`` if one is given."""
    record = read_record(work, stage)
    if record is None or (key is not None and record["key"] != key):
        return None
    outputs = record["outputs"].items()
    if any(stamp(work.root / name) != output["stamp"] for name, output in outputs):
        return None
    if any((work.root / name).exists() for name in record["absent"]):
        return None
    try:
        return StageReport.model_validate_json(work.report(stage.name).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def recorded_digest(work: Workspace, stage: Stage, name: str) -> str | None:
    """Digest of an output as recorded when it was made, if nobody touched it since."""
    output = ((read_record(work, stage) or {}).get("outputs") or {}).get(name)
    if not output or output["stamp"] != stamp(work.root / name):
        return None
    digest: str = output["digest"]
    return digest


def stamp(path: Path) -> str:
    """Names, sizes and times of a file or of all files of a folder, as one digest."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    lines = []
    for file in files:
        stat = file.stat()
        lines.append(f"{file.relative_to(path)}\0{stat.st_size}\0{stat.st_mtime_ns}")
    return text_digest("\n".join(lines))


def commit(
    work: Workspace, stage: Stage, key: str, tools: str, new: Path, report: StageReport
) -> None:
    """Rename a stage's outputs into place, then write its report, then its record.

    All that takes time, hashing, is done before: between the first rename and the record a kill
    would cost the whole stage.
    """
    absent = [name for name in stage.writes if not (new / name).exists()]
    missing = [] if IDLE in report.details else sorted(set(absent) - set(stage.may_lack))
    if missing:
        raise RuntimeError(f"stage {stage.name} did not write {', '.join(missing)}")
    outputs = {
        name: {"digest": tree_digest(new / name), "stamp": stamp(new / name)}
        for name in stage.writes
        if name not in absent
    }
    record_path(work, stage).unlink(missing_ok=True)
    for number, name in enumerate(stage.writes):
        target = work.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.rename(new / f"{REPLACED}{number}")
        if name not in absent:
            (new / name).rename(target)
        sync_file(target.parent)
    work.__dict__.pop("files", None)  # cached; the inventory may be a new one
    write_run_times(work, stage, report)
    write_json(work.report(stage.name), _without_timings(report).to_json())
    record = {"key": key, "tools": tools, "outputs": outputs, "absent": absent}
    write_json(record_path(work, stage), record)
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


def fresh_output(work: Workspace, stage: Stage, key: str, tools: str, force: bool) -> Path:
    """The folder a stage writes to: what a killed run left under the same key is kept.

    Not kept: results that its commit had put aside, and files that it had begun to write.
    A stage that reuses finds its last result there, when that was made by the same tools.
    """
    new = work.state / "new"
    keep = new / f"{stage.name}-{key[:16]}"
    with resource_errors(work.root):
        new.mkdir(parents=True, exist_ok=True)
        for other in new.iterdir():
            if other != keep or force or not stage.resumable:
                remove(other)
        is_new = not keep.exists()
        keep.mkdir(exist_ok=True)
        for left in (*keep.glob(f"{REPLACED}*"), *unfinished_files(keep)):
            remove(left)
        if is_new and stage.reuses and not force:
            _lay_out_again(work, stage, tools, keep)
    return keep


def _lay_out_again(work: Workspace, stage: Stage, tools: str, new: Path) -> None:
    """Put the folders of a stage's last result into a new one, as links: files are replaced, never
    written over. Where that cannot be done, all is made anew.
    """
    record = read_record(work, stage)
    if record is None or record.get("tools") != tools:
        return
    for name in stage.writes:
        if (work.root / name).is_dir():
            try:
                shutil.copytree(work.root / name, new / name, copy_function=_link_or_copy)
            except OSError:
                remove(new / name)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
