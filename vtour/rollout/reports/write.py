"""Write reports to files: by the name of a file, or all of them into a folder."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from vtour.files import replacing
from vtour.rollout.refusals import refused
from vtour.rollout.reports.calendar import ics_of
from vtour.rollout.reports.csv_files import csv_of
from vtour.rollout.reports.geojson import geojson_of
from vtour.rollout.reports.page import page_of
from vtour.rollout.reports.tables import all_sheets, dictionary, sites
from vtour.rollout.reports.xlsx import xlsx_of
from vtour.rollout.situation import Situation


class ReportFormat(StrEnum):
    """As what a report is written."""

    xlsx = "xlsx"
    csv = "csv"
    geojson = "geojson"
    ics = "ics"
    html = "html"


NAMES = {
    ReportFormat.xlsx: "rollout.xlsx",
    ReportFormat.geojson: "sites.geojson",
    ReportFormat.ics: "milestones.ics",
    ReportFormat.html: "report.html",
}


def write_reports(
    situation: Situation, out: Path, formats: Iterable[ReportFormat], language: str
) -> list[Path]:
    """Write reports. Same situation, same bytes; files of the same name are replaced.

    out     : a file, whose suffix says its format; or a folder (one that is there, or a name
              without a suffix), which gets all formats, or those that are named.
    formats : none: as ``out`` says.

    Raises InputError for a suffix that is no format, and for several formats in one file.
    """
    wanted = list(dict.fromkeys(formats))
    if out.is_dir() or not out.suffix:
        made = contents(situation, wanted or list(ReportFormat), language)
        return [_write(out / name, data) for name, data in made.items()]
    if len(wanted) > 1:
        raise refused("out_formats", name=out.name, count=len(wanted))
    found = wanted[0] if wanted else _format_of(out)
    if found is ReportFormat.csv:
        return [_write(out, csv_of(sites(situation, language), language))]
    return [_write(out, content(situation, found, language))]


def contents(
    situation: Situation, formats: Iterable[ReportFormat], language: str
) -> dict[str, bytes]:
    """The files of a folder by their names; CSV has one for each table."""
    files: dict[str, bytes] = {}
    for each in formats:
        if each is ReportFormat.csv:
            tables = all_sheets(situation, language)
            for table in (*tables, dictionary(tables, language)):
                files[f"{table.name}.csv"] = csv_of(table, language)
        else:
            files[NAMES[each]] = content(situation, each, language)
    return files


def content(situation: Situation, wanted: ReportFormat, language: str) -> bytes:
    """The bytes of one file."""
    if wanted is ReportFormat.xlsx:
        return xlsx_of(situation, language)
    if wanted is ReportFormat.geojson:
        return geojson_of(situation)
    if wanted is ReportFormat.ics:
        return ics_of(situation, language)
    return page_of(situation, language)


def _format_of(out: Path) -> ReportFormat:
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in set(ReportFormat):
        choice = ", ".join(ReportFormat)
        raise refused("out_format", name=out.name, found=suffix, choice=choice)
    return ReportFormat(suffix)


def _write(target: Path, data: bytes) -> Path:
    if target.is_dir():
        raise refused("out_folder", name=target)
    with replacing(target) as temporary:
        temporary.write_bytes(data)
    return target
