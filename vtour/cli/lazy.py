"""Groups of commands that import a command's module only when it is used: ``--help`` stays fast."""

import importlib
from typing import Any

import click

from vtour.cli.options import VtourGroup

Table = dict[str, tuple[str, str, str]]
"""Module, name of the command in it, and one line about it, by the word that is typed."""


class LazyGroup(VtourGroup):
    """A group over a table of commands."""

    def __init__(self, *args: Any, table: Table, **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in self.table:
            return None
        module, name, _ = self.table[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in self.table.items()])
