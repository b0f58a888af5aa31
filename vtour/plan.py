"""The plan before a run: expected time and peak memory of the stages that will run.

Made once the inventory is there and before anything long starts. Where the memory is not there,
``depth_px`` is lowered to the largest that depth maps, fusion and mesh fit with, and
``texture_px`` to the largest atlas. What was planned is kept in reports/plan.json, beside what
was measured in run.json, so that report.html can tell how wrong it was.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vtour.errors import InputError
from vtour.files import write_json
from vtour.fitting import (
    Lowered,
    is_checked,
    keep_lowered,
    lower,
    lowered_for,
    with_lowered,
)
from vtour.machine_speed import Speed, measure_speed
from vtour.options import StageOptions
from vtour.pipeline import input_digests, maker_of, stage_key
from vtour.records import finished_report
from vtour.schema.inventory import CaptureFile, FileKind
from vtour.stages import BY_NAME, Stage
from vtour.workload import Captured, Load, Size, loads
from vtour.workspace import Workspace

LONG_S = 10.0
"""Stages shorter than this get no line of their own."""

MEMORY_OF = {"depth": ("depth", "fuse", "mesh"), "texture": ("texture", "derivatives")}
"""Whose memory an option of a stage decides about: the points come from the depth maps."""


@dataclass(frozen=True)
class StagePlan:
    """What one stage is expected to take.

    wall_s  : None where nobody knows: stereo on a graphics card was never timed.
    resumes : a killed run has left a part of its result, so it takes less.
    """

    stage: str
    wall_s: float | None
    peak_bytes: int
    resumes: bool = False


@dataclass(frozen=True)
class Plan:
    """What a run is expected to take, and what was lowered so that it fits.

    brief : stages that will run and have next to nothing to do.
    """

    stages: tuple[StagePlan, ...]
    lowered: tuple[Lowered, ...] = ()
    brief: tuple[str, ...] = ()

    @property
    def wall_s(self) -> float:
        """Of all stages whose time is known."""
        return sum(stage.wall_s or 0.0 for stage in self.stages)

    @property
    def peak_bytes(self) -> int:
        """Of the stage that needs most."""
        return max((stage.peak_bytes for stage in self.stages), default=0)

    def lines(self) -> list[str]:
        """A total line, one for each long stage, one for each option that was lowered."""
        if not self.stages and self.brief:
            return [f"plan: a moment, for {', '.join(self.brief)}"]
        if not self.stages:
            return ["plan: nothing to do, all results are there"]
        unknown = [stage.stage for stage in self.stages if stage.wall_s is None]
        more = f", and what {unknown[0]} takes on the graphics card" if unknown else ""
        total = f"about {duration(self.wall_s)}{more}, up to {_gigabytes(self.peak_bytes)}"
        lines = [f"plan: {total} of memory"]
        for stage in self.stages:
            if stage.wall_s is None or stage.wall_s >= LONG_S:
                took = "time not known" if stage.wall_s is None else duration(stage.wall_s)
                rest = ", less: goes on where it was" if stage.resumes else ""
                lines.append(f"  {stage.stage:12} {took:>14}  {_gigabytes(stage.peak_bytes)}{rest}")
        return lines + [f"  {lowered}" for lowered in self.lowered]


def duration(seconds: float) -> str:
    """Time as people say it: 80 s, 5 min, 1 h 20 min."""
    if round(seconds) < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    minutes = 5 * round(minutes / 5)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


def make_plan(
    work: Workspace,
    stages: Sequence[Stage],
    options: Mapping[str, StageOptions],
    speed: Speed | None = None,
    *,
    force: frozenset[str] = frozenset(),
) -> Plan:
    """The plan of a run over some stages. Reads the inventory; writes nothing.

    speed : of this machine, against that of the rates; measured when it is not given.
    """
    every = {name: options.get(name, stage.defaults) for name, stage in BY_NAME.items()}
    due = stages_due(work, stages, every, force)
    if not due:
        return Plan(())
    speed = speed or measure_speed()
    captured = captured_sizes(work)
    used, lowered = fitted(work, captured, every, due, force)
    found = loads(captured, used)
    gpu = "depth" in due and has_gpu()
    planned = [
        StagePlan(
            name,
            None if gpu and name == "depth" else found[name].wall_s(speed),
            found[name].peak_bytes,
            resumes,
        )
        for name, resumes in due.items()
        if name in found
    ]
    brief = tuple(name for name in due if name not in found)
    return Plan(tuple(planned), tuple(lowered), brief)


def has_gpu() -> bool:
    """Whether stereo runs on a graphics card."""
    import pycolmap

    return bool(pycolmap.has_cuda)


def captured_sizes(work: Workspace) -> Captured:
    """What the inventory found to work on."""

    def sizes(files: Sequence[CaptureFile]) -> tuple[Size, ...]:
        return tuple((f.width_px, f.height_px) for f in files if f.width_px and f.height_px)

    parts: dict[str, list[CaptureFile]] = defaultdict(list)
    for part in work.files.usable(FileKind.model_part):
        parts[part.model or ""].append(part)
    return Captured(
        photos=sizes(work.files.usable_photos()),
        panoramas=sizes(work.files.usable_panoramas()),
        sets=tuple(sizes(files) for files in work.files.panorama_sets().values()),
        stations=tuple(
            (file.points or 0) // (file.stations or 1)
            for file in work.files.usable_scans()
            for _ in range(file.stations or 1)
        ),
        models=tuple(file.faces or 0 for file in work.files.usable_models()),
        textures=tuple(
            sum(width * height for width, height in sizes(parts[file.model or ""]))
            for file in work.files.usable_models()
        ),
    )


def stages_due(
    work: Workspace,
    stages: Sequence[Stage],
    options: Mapping[str, StageOptions],
    force: frozenset[str],
) -> dict[str, bool]:
    """The stages that will run, each with whether it goes on with what a killed run left.

    A stage after one that runs is taken to run, too, although it may find its input unchanged.
    """
    due: dict[str, bool] = {}
    for stage in stages:
        if stage.name in force or any(maker_of(name).name in due for name in stage.reads):
            due[stage.name] = False
            continue
        try:
            used = options.get(stage.name, stage.defaults)
            used = with_lowered(used, lowered_for(work, stage, used))
            key = stage_key(stage, used, input_digests(work, stage))
        except InputError:
            due[stage.name] = False
            continue
        if finished_report(work, stage, key) is None:
            left = work.state / "new" / f"{stage.name}-{key[:16]}"
            due[stage.name] = stage.resumable and left.is_dir() and any(left.iterdir())
    return due


def fitted(
    work: Workspace,
    captured: Captured,
    options: Mapping[str, StageOptions],
    due: Mapping[str, bool],
    force: frozenset[str] = frozenset(),
) -> tuple[dict[str, StageOptions], list[Lowered]]:
    """The options that will be used, and what of them had to be lowered for the memory there.

    A stage that is forced forgets what was lowered before.
    """
    used, lowered = dict(options), []
    for name, users in MEMORY_OF.items():
        stage = BY_NAME[name]
        kept = None if name in force else lowered_for(work, stage, options[name])
        used[name] = with_lowered(options[name], kept)
        if name in due and stage.lowering is not None and is_checked():
            needed = _needed_by(captured, options, stage, users)
            option = stage.lowering.option
            found = lower(
                stage, getattr(options[name], option), getattr(used[name], option), needed
            )
            kept = found or kept
            used[name] = with_lowered(options[name], kept)
        if kept is not None and name in due:
            lowered.append(kept)
    return used, lowered


def _needed_by(
    captured: Captured,
    options: Mapping[str, StageOptions],
    stage: Stage,
    users: tuple[str, ...],
) -> Callable[[int], int]:
    """Peak memory of some stages as a function of the option that a stage may lower."""

    def needed_bytes(value: int) -> int:
        changed: dict[str, Any] = {stage.lowering.option: value} if stage.lowering else {}
        tried = {**options, stage.name: replace(options[stage.name], **changed)}
        found: dict[str, Load] = loads(captured, tried)
        return max((found[user].peak_bytes for user in users if user in found), default=0)

    return needed_bytes


# files ------------------------------------------------------------------------
def keep_plan(work: Workspace, plan: Plan) -> None:
    """Keep what was planned beside what earlier runs were, and remember what was lowered."""
    planned = {name: _entry(stage) for name, stage in read_plan(work).items()}
    planned |= {stage.stage: _entry(stage) for stage in plan.stages}
    write_json(work.report("plan"), planned)
    for lowered in plan.lowered:
        keep_lowered(work, lowered)


def _entry(stage: StagePlan) -> dict[str, Any]:
    return {
        "wall_s": None if stage.wall_s is None else round(stage.wall_s, 1),
        "peak_bytes": stage.peak_bytes,
        "resumes": stage.resumes,
    }


def read_plan(work: Workspace) -> dict[str, StagePlan]:
    """What the stages were last planned to take, by name; nothing when that is not known."""
    try:
        found = json.loads(work.report("plan").read_text("utf-8"))
        return {name: StagePlan(stage=name, **entry) for name, entry in found.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}
