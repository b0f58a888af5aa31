"""``vtour serve``: show tours in a browser."""

import contextlib
import webbrowser
from pathlib import Path

import click
from flask import Flask

import viewer
from viewer.server import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEFAULT_THREADS,
    MAX_PORT,
    MAX_THREADS,
    ServerOptions,
)
from viewer.server import serve as run_server
from vtour.cli.options import ANY_PATH
from vtour.cli.text import say

SOURCES = Path(viewer.__file__).parent / "web" / "src"
STALE = "the viewer is older than its sources, run scripts/setup to build it again"


@click.command()
@click.argument("paths", nargs=-1, type=ANY_PATH, metavar="PATH...")
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="0.0.0.0 for all networks.")
@click.option(
    "--port",
    type=click.IntRange(0, MAX_PORT),
    default=DEFAULT_PORT,
    show_default=True,
    help="0 takes any free one.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, MAX_THREADS),
    default=DEFAULT_THREADS,
    show_default=True,
    help="Requests answered at once by each of the two worker processes.",
)
@click.option(
    "--frame-ancestors",
    multiple=True,
    metavar="ORIGIN",
    help="Who may embed the pages: self, none, or an origin; may be repeated. [default: self]",
)
@click.option(
    "--catalog",
    type=ANY_PATH,
    metavar="FILE",
    help="A catalogue (catalog.yaml): shows how far its sites are at /rollout, to everybody who "
    "reaches the server.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def serve(
    paths: tuple[Path, ...],
    host: str,
    port: int,
    threads: int,
    frame_ancestors: tuple[str, ...],
    catalog: Path | None,
    open_page: bool,
) -> None:
    """Show the tours in each PATH: a scene package, a work folder, or a folder of either.

    \b
    Examples:
      vtour serve work/tam-thanh
      vtour serve packages --host 0.0.0.0 --frame-ancestors https://portal.example
      vtour serve packages --catalog catalog.yaml
    """  # noqa: D301
    if not paths and catalog is None:
        raise click.UsageError("Missing argument 'PATH...': expected one, or --catalog.")
    options = ServerOptions(
        host=host,
        port=port,
        threads=threads,
        frame_ancestors=frame_ancestors or ("self",),
        catalog=catalog,
    )

    def say_ready(address: str, app: Flask) -> None:
        library = app.extensions["library"]
        for broken in library.broken():
            say(f"warning: {broken.reason}", err=True)
        if app.extensions["frontend"].is_older_than(SOURCES):
            say(f"warning: {STALE}", err=True)
        if paths and not library.packages():
            say(
                "warning: no tour here yet, expected a scene package or a finished `vtour build`; "
                "the page shows it once it is there",
                err=True,
            )
        say(f"{len(library.packages())} tour(s) at {address} (Ctrl-C stops)")
        if catalog is not None:
            say(f"rollout of {catalog.name} at {address}rollout")
        if open_page:
            webbrowser.open(address)

    with contextlib.suppress(KeyboardInterrupt):
        run_server(paths, options, say_ready)
