"""``vtour panorama``: a group of commands, each in a module of its own."""

import click

from vtour.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "stitch": ("vtour.cli.panorama_stitch", "stitch", "Stitch photos of one standpoint."),
    "blur": ("vtour.cli.panorama_blur", "blur", "Find faces, blur them, review and sign."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def panorama() -> None:
    """Work on panoramas."""
