"""``vtour catalog import``: sites of a spreadsheet, such as the annex of a plan."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.options import ANY_PATH
from vtour.cli.text import say
from vtour.errors import InputError
from vtour.rollout.annex.sites import Annex, Reading, by_phase, read_annex
from vtour.rollout.catalog_file import catalog_from_text, read_catalog, yaml_of
from vtour.rollout.edit import site_lines, with_sites
from vtour.rollout.ledger import Book, add_sites
from vtour.rollout.refusals import refused
from vtour.rollout.words.say import say as words


@click.command("import")
@click.argument("annex", type=ANY_PATH)
@catalog_argument
@click.option(
    "--write/--dry-run",
    default=False,
    help="Add the sites, or only print what would be added. [default: --dry-run]",
)
@click.option(
    "--fill-down",
    is_flag=True,
    help="Blank cells of merged columns take what stands above; headings may name phases.",
)
@click.option("--source", help="Where the coordinates come from: else they are unverified.")
@lang_option
def import_annex(
    annex: Path, catalog: Path, write: bool, fill_down: bool, source: str | None, language: str
) -> None:
    """Add the sites of ANNEX, a CSV file or workbook (xlsx, xls, ods), to a catalogue.

    Columns are known by their headers in Vietnamese or English (TT, Tên điểm, Giai đoạn, Huyện, Xã,
    Mã xã, Vĩ độ, Kinh độ, Đơn vị thi công...). CSV may be UTF-8, UTF-16 or Windows-1258, with
    commas, semicolons or tabs. Sites that are there already stay as they are; everything else in
    the catalogue stays byte for byte.

    \b
    Examples:
      vtour catalog import phu-luc.xlsx --fill-down
      vtour catalog import phu-luc.csv --source 'Phụ lục KH 90/KH-UBND' --write
    """  # noqa: D301
    options = Reading(fill_down=fill_down, source=source)
    found = read_annex(annex, read_catalog(catalog), options)
    for note in found.notes:
        say(note.line(language), err=True)
    _stop_at_faults(found, language)
    if not found.sites:
        say(words("annex_nothing", language))
        return
    if write:
        add_sites(catalog, lambda book: _sites_for(book, annex, options, found))
    else:
        document = yaml_of(catalog)
        catalog_from_text(with_sites(document, found.sites))  # what --write would raise
        for line in "".join(site_lines(site, 2) for site in found.sites).splitlines():
            say(line)
    phases = ", ".join(f"{phase}: {count}" for phase, count in by_phase(found.sites))
    values = {"count": len(found.sites), "catalog": catalog.name, "phases": phases}
    say(words("annex_written" if write else "annex_would", language, **values))


def _sites_for(book: Book, annex: Path, options: Reading, seen: Annex) -> Sequence[dict[str, Any]]:
    """The same sites again; somebody may have changed the catalogue since they were read."""
    now = read_annex(annex, book.catalog, options)
    if now.faults or now.sites != seen.sites:
        raise refused("file_changed_meanwhile", name=book.path.name)
    return now.sites


def _stop_at_faults(found: Annex, language: str) -> None:
    for fault in found.faults:
        say(fault.line(language), err=True)
    if found.faults:
        raise InputError(words("annex_faults", language, count=len(found.faults)))
