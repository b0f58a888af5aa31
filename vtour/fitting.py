"""Options lowered to the memory that is there: to the largest that fits, and never silently.

What was lowered is kept in ``.vtour/lowered.json``, so that a run that goes on uses the same
options, and so the same keys, although the memory that is free differs from minute to minute.
It is forgotten when other options are asked for, or when the stage is forced.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from vtour.files import write_json
from vtour.memory import SWITCH, check_memory, memory_there
from vtour.options import StageOptions
from vtour.stages import Lowering, Stage
from vtour.workspace import Workspace

OptionsT = TypeVar("OptionsT", bound=StageOptions)


@dataclass(frozen=True)
class Lowered:
    """An option that was lowered, and why: with ``asked``, its stages would need more memory."""

    stage: str
    option: str
    asked: int
    used: int
    needed_bytes: int
    there_bytes: int

    def __str__(self) -> str:
        return (
            f"{self.stage}.{self.option} lowered from {self.asked} to {self.used}: "
            f"{self.asked} needs about {self.needed_bytes / 1e9:.1f} GB of memory, "
            f"{self.there_bytes / 1e9:.1f} GB available; --force {self.stage} tries again"
        )


def is_checked() -> bool:
    """Whether memory is looked at: VTOUR_MEMORY_CHECK=off lets a stage try what is asked."""
    return os.environ.get(SWITCH) != "off"


def read_lowered(work: Workspace) -> dict[str, Lowered]:
    """What was lowered, by stage; nothing when that is not known."""
    try:
        found = json.loads((work.state / "lowered.json").read_text("utf-8"))
        return {stage: Lowered(**entry) for stage, entry in found.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def keep_lowered(work: Workspace, lowered: Lowered) -> None:
    """Remember what was lowered."""
    _write(work, {**read_lowered(work), lowered.stage: lowered})


def forget_lowered(work: Workspace, stage: str) -> None:
    """Try what is asked again."""
    kept = read_lowered(work)
    if kept.pop(stage, None):
        _write(work, kept)


def _write(work: Workspace, lowered: dict[str, Lowered]) -> None:
    write_json(
        work.state / "lowered.json", {stage: asdict(entry) for stage, entry in lowered.items()}
    )


def lowered_for(work: Workspace, stage: Stage, options: StageOptions) -> Lowered | None:
    """What was lowered of just these options; None when they are used as they are."""
    kept = read_lowered(work).get(stage.name)
    if kept is None or stage.lowering is None or not is_checked():
        return None
    same = kept.option == stage.lowering.option and kept.asked == getattr(options, kept.option)
    return kept if same else None


def with_lowered(options: OptionsT, lowered: Lowered | None) -> OptionsT:
    """The options that are used."""
    if lowered is None:
        return options
    changed: dict[str, Any] = {lowered.option: lowered.used}
    return replace(options, **changed)


def fit_memory(work: Workspace, stage: Stage, asked: StageOptions) -> Lowered | None:
    """Lower a stage's options, just before it starts, until its need fits; None when it does.

    Raises ResourceError, one line, when nothing makes it fit.
    """
    kept = lowered_for(work, stage, asked)
    if stage.memory is None:
        return kept
    need, used = stage.memory, with_lowered(asked, kept)
    if stage.lowering is not None and is_checked():
        name = stage.lowering.option

        def needed_bytes(value: int) -> int:
            changed: dict[str, Any] = {name: value}
            return need(work, replace(asked, **changed)).peak_bytes

        lowered = lower(stage, getattr(asked, name), getattr(used, name), needed_bytes)
        if lowered is not None:
            keep_lowered(work, lowered)
            return lowered
    check_memory(stage.name, need(work, used))
    return kept


def lower(
    stage: Stage, asked: int, used: int, needed_bytes: Callable[[int], int]
) -> Lowered | None:
    """The largest value of a stage's option that fits; None when ``used`` fits, or nothing does.

    needed_bytes : the peak memory with a value.
    """
    there, lowering = memory_there(), stage.lowering
    if lowering is None or needed_bytes(used) <= there:
        return None
    value = largest_fitting(lowering, used, lambda value: needed_bytes(value) <= there)
    if value is None:
        return None
    return Lowered(stage.name, lowering.option, asked, value, needed_bytes(asked), there)


def largest_fitting(lowering: Lowering, below: int, fits: Callable[[int], bool]) -> int | None:
    """The largest whole step below ``below`` that fits; None when the least does not."""
    highest = (below - 1) // lowering.step * lowering.step
    values = range(highest, lowering.least - 1, -lowering.step)
    return next((value for value in values if fits(value)), None)
