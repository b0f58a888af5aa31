"""How a stage tells how far it is: one callable, and nothing printed."""

from typing import Protocol


class Progress(Protocol):
    """Called by a stage with the share done (0 to 1) and a short note."""

    def __call__(self, share: float, note: str = "") -> None:
        """Report that ``share`` of the stage is done."""


def no_progress(share: float, note: str = "") -> None:
    """Ignore all progress: the default of every stage."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Map a sub-task's own 0..1 to ``start``..``end`` of its parent."""

    def report(share: float, note: str = "") -> None:
        progress(start + (end - start) * share, note)

    return report
