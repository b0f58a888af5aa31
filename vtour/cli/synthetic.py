"""``vtour synthetic``: write the sample site with its ground truth."""

from collections.abc import Callable
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH, options_of
from vtour.cli.text import say
from vtour.files import check_free
from vtour.synthetic.options import SYNTHETIC_DEFAULTS, SyntheticOptions


@click.command()
@click.argument("out", type=ANY_PATH)
@options_of(SyntheticOptions)
def synthetic(out: Path, change_options: Callable[[SyntheticOptions], SyntheticOptions]) -> None:
    """Write a sample site into the new folder OUT: captures, and the truth beside them.

    OUT then holds what a contractor hands in (photos, panoramas, scans, control points and
    site.yaml) and OUT/truth what nobody else knows: the exact cameras and the exact surface.

    \b
    Example:
      vtour synthetic sample --size small
      vtour build sample --out sample-work
    """  # noqa: D301  (click wants the character itself, not its escape)
    from vtour.synthetic.synthesise import synthesise_site

    options = change_options(SYNTHETIC_DEFAULTS)
    check_free(out)
    with click.progressbar(length=1000, label="Making the site", show_pos=False) as bar:
        done = 0

        def show(share: float, note: str = "") -> None:
            nonlocal done
            bar.update(round(1000 * share) - done)
            done = round(1000 * share)

        report = synthesise_site(out, options, show)
    say(
        f"{report.photos} photos, {report.panoramas} panoramas, {report.set_photos} photos to "
        f"stitch, {report.scan_points:,} scan points, {report.marks} marks of "
        f"{report.control_points} control points: {report.bytes_written / 1e6:.1f} MB -> {out}"
    )
