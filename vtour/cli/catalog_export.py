"""``vtour catalog export``: reports as files."""

from datetime import datetime
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.catalog_reading import day_option, situation_of
from vtour.cli.options import ANY_PATH, Words
from vtour.cli.text import say
from vtour.rollout.reports.write import ReportFormat, write_reports


@click.command()
@catalog_argument
@click.option("--to", "out", type=ANY_PATH, required=True, help="A file, or a folder for several.")
@click.option(
    "--format",
    "formats",
    type=Words(ReportFormat),
    multiple=True,
    help="Format; may be given again. [default: the file's suffix; all of them in a folder]",
)
@lang_option
@day_option
def export(
    catalog: Path,
    out: Path,
    formats: tuple[ReportFormat, ...],
    language: str,
    today: datetime | None,
) -> None:
    """Write reports: XLSX, CSV, GeoJSON, ICS (calendar), HTML.

    The same catalogue and day give the same bytes. A file of the same name is replaced.

    \b
    Examples:
      vtour catalog export --to report.xlsx --lang vi
      vtour catalog export --to reports --on 2026-06-30
      vtour catalog export --to reports --format html --format ics
    """  # noqa: D301
    situation = situation_of(catalog, today, language)
    for path in write_reports(situation, out, formats, language):
        say(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
