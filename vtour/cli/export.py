"""``vtour export``: a tour for Pannellum, Marzipano or Photo Sphere Viewer."""

from collections.abc import Callable
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH, Words, options_of
from vtour.cli.text import say
from vtour.files import check_free
from vtour.tour.export import (
    EXPORT_DEFAULTS,
    ExportOptions,
    Target,
    export_tour,
    read_manifest,
)
from vtour.tour.manifest_checks import review_lacking
from vtour.tour.validate import package_root


@click.command()
@click.argument("package", type=ANY_PATH)
@click.option(
    "--to",
    "target",
    type=Words(Target),
    required=True,
    help="The viewer to write the tour for.",
)
@click.option("--out", type=ANY_PATH, required=True, help="The new folder to write.")
@click.option(
    "--unreviewed",
    is_flag=True,
    help="Export without a signed blur review: for a look of your own, not for publishing.",
)
@options_of(ExportOptions)
def export(
    package: Path,
    target: Target,
    out: Path,
    unreviewed: bool,
    change_options: Callable[[ExportOptions], ExportOptions],
) -> None:
    """Write the panoramas of PACKAGE as a tour of another viewer, ready for any web server.

    The folder holds tiles, links, hotspots, a page that opens them, and the viewer itself with
    its licence. Models stay behind: these viewers have none. A tour whose blur review is not
    signed is refused.

    \b
    Examples:
      vtour export work --to pannellum --out tour-pannellum
      vtour export work --to marzipano --out tour-marzipano --lang en
    """  # noqa: D301
    options = change_options(EXPORT_DEFAULTS)
    check_free(out)
    lacking = review_lacking(read_manifest(package_root(package))) if unreviewed else None
    if lacking:
        say(f"Warning: {lacking}: do not publish this export", err=True)
    with click.progressbar(length=1000, label="Exporting", show_pos=False) as bar:
        done = 0

        def show(share: float, note: str = "") -> None:
            nonlocal done
            bar.update(round(1000 * share) - done)
            done = round(1000 * share)

        report = export_tour(package, out, target, options, show, unreviewed=unreviewed)
    for text in report.warnings:
        say(f"warning: {text}")
    say(
        f"{report.scenes} scenes, {report.links} links, {report.hotspots} hotspots, "
        f"{report.files} files: {report.bytes_written / 1e6:.1f} MB -> {out}"
    )
