"""How a build shows its progress: a bar on a terminal, JSON lines for programs, plain lines."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from enum import StrEnum
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vtour.cli.text import printable, say, say_json
from vtour.pipeline import StageOutcome
from vtour.plan import Plan
from vtour.stages import STAGES, Stage


class ProgressKind(StrEnum):
    """How to show progress; auto is a bar on a terminal, else plain lines."""

    auto = "auto"
    bar = "bar"
    plain = "plain"
    json = "json"
    none = "none"


class Display(Protocol):
    """What a build tells: the plan, stages going on, and stages that ended."""

    def planned(self, plan: Plan) -> None:
        """What the run is expected to take is known."""

    def listen(self, stage: Stage, share: float, note: str) -> None:
        """A stage has done ``share`` of its work."""

    def ended(self, outcome: StageOutcome) -> None:
        """A stage has ended."""


def make_display(kind: ProgressKind) -> tuple[AbstractContextManager[object], Display]:
    """The display for a kind, and the context it must be used in."""
    if kind is ProgressKind.auto:
        kind = ProgressKind.bar if sys.stderr.isatty() else ProgressKind.plain
    if kind is ProgressKind.bar:
        bar = BarDisplay()
        return bar.progress, bar
    displays: dict[ProgressKind, type[Display]] = {
        ProgressKind.json: JsonDisplay,
        ProgressKind.plain: PlainDisplay,
    }
    return nullcontext(), displays.get(kind, NoDisplay)()


class NoDisplay:
    """Shows nothing."""

    def planned(self, plan: Plan) -> None:
        """Ignore."""

    def listen(self, stage: Stage, share: float, note: str) -> None:
        """Ignore."""

    def ended(self, outcome: StageOutcome) -> None:
        """Ignore."""


class PlainDisplay(NoDisplay):
    """The plan, and one line for each stage that ended, for logs."""

    def planned(self, plan: Plan) -> None:
        """Say what the run is expected to take."""
        for line in plan.lines():
            say(line, err=True)

    def ended(self, outcome: StageOutcome) -> None:
        """Say what it took, or that it was there."""
        took = "unchanged" if outcome.cached else f"{outcome.wall_s:.1f} s"
        say(f"{outcome.stage.name:12} {took}", err=True)


class JsonDisplay:
    """JSON lines on standard output, at most five a second for each stage."""

    INTERVAL_S = 0.2

    def __init__(self) -> None:
        self._last = 0.0

    def planned(self, plan: Plan) -> None:
        """Print a plan event: what each stage is expected to take, what was lowered."""
        self._print(**plan_event(plan))

    def listen(self, stage: Stage, share: float, note: str) -> None:
        """Print a progress event."""
        now = time.monotonic()
        if now - self._last >= self.INTERVAL_S or share >= 1:
            self._last = now
            self._print(event="progress", stage=stage.name, share=round(share, 4), note=note)

    def ended(self, outcome: StageOutcome) -> None:
        """Print an end event with the stage's measures and warnings."""
        self._print(
            event="stage",
            stage=outcome.stage.name,
            cached=outcome.cached,
            wall_s=round(outcome.wall_s, 3),
            measures={name: m.value for name, m in outcome.report.measures.items()},
            warnings=outcome.report.warnings,
            lowered=asdict(outcome.lowered) if outcome.lowered else None,
        )

    def _print(self, **event: object) -> None:
        say_json(event, indent=None)


def plan_event(plan: Plan) -> dict[str, object]:
    """A plan for programs; a time that nobody knows is null."""
    return {
        "event": "plan",
        "wall_s": round(plan.wall_s, 1),
        "peak_bytes": plan.peak_bytes,
        "stages": [asdict(stage) for stage in plan.stages],
        "brief": list(plan.brief),
        "lowered": [asdict(lowered) for lowered in plan.lowered],
    }


class BarDisplay:
    """A bar for each stage, with the time left of the one that goes on."""

    def __init__(self) -> None:
        self.progress = Progress(
            TextColumn("{task.fields[number]:>5} {task.description:12}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
        )
        self._tasks: dict[str, TaskID] = {}

    def _task(self, stage: Stage) -> TaskID:
        if stage.name not in self._tasks:
            number = f"{STAGES.index(stage) + 1}/{len(STAGES)}"
            self._tasks[stage.name] = self.progress.add_task(
                stage.name, total=1.0, note="", number=number
            )
        return self._tasks[stage.name]

    def planned(self, plan: Plan) -> None:
        """Say above the bars what the run is expected to take."""
        for line in plan.lines():
            self.progress.console.print(
                printable(line), markup=False, highlight=False, soft_wrap=True
            )

    def listen(self, stage: Stage, share: float, note: str) -> None:
        """Move the stage's bar."""
        self.progress.update(self._task(stage), completed=share, note=printable(note)[-40:])

    def ended(self, outcome: StageOutcome) -> None:
        """Fill the stage's bar and say what it took."""
        note = "unchanged" if outcome.cached else f"{outcome.wall_s:.1f} s"
        self.progress.update(self._task(outcome.stage), completed=1.0, note=note)
