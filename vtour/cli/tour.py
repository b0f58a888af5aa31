"""``vtour tour``: a group of commands, each in a module of its own."""

import click

from vtour.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "graph": ("vtour.cli.tour_graph", "graph", "Print and draw nodes and links."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def tour() -> None:
    """Look at a tour."""
