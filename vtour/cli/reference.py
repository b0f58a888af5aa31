"""Write docs/cli.md from the commands themselves: ``python -m vtour.cli.reference``."""

from pathlib import Path

import click

from vtour.cli.main import cli
from vtour.files import write_text

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
WIDTH = 96


def reference_page() -> str:
    """The whole page: the help of every command, as a terminal of 96 columns shows it."""
    root = click.Context(
        cli,
        info_name="vtour",
        max_content_width=WIDTH,
        terminal_width=WIDTH,
        **cli.context_settings,
    )
    parts = [
        "# Commands\n",
        "Made by `python -m vtour.cli.reference` from the commands themselves.\n",
        "Exit status: 0 done; 1 checked and found errors; 2 bad input or usage, in one line; "
        "70 a bug, with its traceback; 130 interrupted, to be "
        "resumed; 141 nobody reads what it prints.\n",
        _block(cli.get_help(root)),
    ]
    parts += _commands_of(cli, root)
    return "\n".join(parts)


def _commands_of(group: click.Group, parent: click.Context) -> list[str]:
    """A section for each command of a group, and for those of the groups in it."""
    parts = []
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None:
            raise LookupError(f"command {name}: listed, yet not there")
        context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
        parts += [f"## {context.command_path}\n", _block(command.get_help(context))]
        if isinstance(command, click.Group):
            parts += _commands_of(command, context)
    return parts


def _block(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"```text\n{lines}\n```\n"


if __name__ == "__main__":
    write_text(PAGE, reference_page())
