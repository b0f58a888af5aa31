"""One bar on the terminal, for commands that take a while."""

from contextlib import AbstractContextManager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from vtour.progress import Progress


def one_bar() -> tuple[AbstractContextManager[object], Progress]:
    """A bar on the terminal's error stream, gone when done; silent elsewhere."""
    columns = (BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"))
    console = Console(stderr=True)
    bar = Bar(
        *columns,
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task("", total=1.0)

    def report(share: float, note: str = "") -> None:
        bar.update(task, completed=share)

    return bar, report
