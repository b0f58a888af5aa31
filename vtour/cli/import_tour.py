"""``vtour import``: a tour of Pannellum or Marzipano becomes a folder of captures."""

from collections.abc import Callable
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH, options_of
from vtour.cli.text import say
from vtour.files import check_free
from vtour.tour.import_tour import IMPORT_DEFAULTS, ImportOptions
from vtour.tour.import_tour import import_tour as run_import


@click.command("import")
@click.argument("source", type=ANY_PATH)
@click.option("--out", type=ANY_PATH, required=True, help="The new folder of captures to write.")
@options_of(ImportOptions)
def import_tour(
    source: Path, out: Path, change_options: Callable[[ImportOptions], ImportOptions]
) -> None:
    """Turn the tour in SOURCE, made for Pannellum or by the Marzipano Tool, into captures.

    SOURCE is a folder with tour.json, data.js, or a page that opens Pannellum, or one of these
    files. Names, order, links and hotspots go to site.yaml; tiles are put together to one panorama
    for each scene. Nothing is fetched from the net, and no script is run.

    \b
    Example:
      vtour import old-tour --out captures
      vtour build captures --out work
    """  # noqa: D301
    options = change_options(IMPORT_DEFAULTS)
    check_free(out)
    with click.progressbar(length=1000, label="Importing", show_pos=False) as bar:
        done = 0

        def show(share: float, note: str = "") -> None:
            nonlocal done
            bar.update(round(1000 * share) - done)
            done = round(1000 * share)

        report = run_import(source, out, options, show)
    for text in report.warnings:
        say(f"warning: {text}")
    say(
        f"{report.kind}: {len(report.widths)} panoramas of {min(report.widths.values())} to "
        f"{max(report.widths.values())} px, {report.links} links, {report.hotspots} hotspots "
        f"-> {out}"
    )
