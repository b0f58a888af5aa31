"""A report as an XLSX workbook: real days and numbers, filters, frozen headers, ready to print.

Same situation, same bytes. Texts are written as texts, whatever they begin with: no cell is ever a
formula. The workbook has no macros, links or pictures.
"""

import io
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from vtour.rollout.lines import (
    deliverables_line,
    forecast_basis,
    holdings_line,
    share_line,
    upkeep_line,
)
from vtour.rollout.reports.sheets import Cell, Column, Kind, Sheet, is_formula
from vtour.rollout.reports.tables import all_sheets, dictionary
from vtour.rollout.situation import Situation
from vtour.rollout.wording import day, text_in
from vtour.rollout.words.say import say

LONGEST = 32_767
"""What a cell holds at most."""
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
WIDTHS = {
    Kind.text: (8, 34),
    Kind.long_text: (24, 60),
    Kind.whole: (7, 16),
    Kind.real: (9, 14),
    Kind.degrees: (10, 12),
    Kind.day: (11, 12),
    Kind.time: (16, 17),
}
"""Least and most width of a column, in letters."""
LINE_PT = 13.5
PAGE_LETTERS = 175
"""How many letters of all columns go on a page beside each other."""
NOTE_WIDTHS = (30, 100)
DAY_FORMATS = {"vi": "dd/mm/yyyy", "en": "yyyy-mm-dd"}


def xlsx_of(situation: Situation, language: str) -> bytes:
    """The workbook."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        made = datetime.combine(situation.today, time())
        title = text_in(situation.catalog.programme.name, language)
        workbook.set_properties({"title": title, "created": made, "author": "", "company": ""})
        formats = _formats(workbook, language)
        tables = all_sheets(situation, language)
        for table in (*tables, dictionary(tables, language)):
            _write(workbook, table, formats, situation, language)
        _write_notes(workbook, formats, situation, language)
    return stream.getvalue()


def _formats(workbook: Any, language: str) -> dict[str, Any]:
    days = DAY_FORMATS.get(language, DAY_FORMATS["en"])
    looks: dict[str, dict[str, Any]] = {
        Kind.text: {"text_wrap": True},
        Kind.long_text: {"text_wrap": True},
        Kind.whole: {"num_format": "#,##0", "align": "right", "indent": 1},
        Kind.real: {"num_format": "General", "align": "right", "indent": 1},
        Kind.degrees: {"num_format": "0.00000", "align": "right", "indent": 1},
        Kind.day: {"num_format": days, "align": "left", "indent": 1},
        Kind.time: {"num_format": f"{days} hh:mm", "align": "left", "indent": 1},
        "quoted": {"text_wrap": True, "quote_prefix": True},
        "header": {
            "bold": True,
            "text_wrap": True,
            "bg_color": "#DCE6F1",
            "border": 1,
            "border_color": "#A9B4C2",
        },
        "title": {"bold": True, "font_size": 14},
        "label": {"bold": True},
    }
    return {str(name): workbook.add_format({**FONT, **look}) for name, look in looks.items()}


def _write(
    workbook: Any, table: Sheet, formats: dict[str, Any], situation: Situation, language: str
) -> None:
    title = table.title(language)
    page = workbook.add_worksheet(title)
    widths = [_width(table, place, language) for place in range(len(table.columns))]
    titles = [column.title(language) for column in table.columns]
    page.set_row(0, _height(titles, widths, bold=True), formats["header"])
    for place, column in enumerate(table.columns):
        page.write_string(0, place, titles[place], formats["header"])
        page.set_column(place, place, widths[place], formats[column.kind])
    for number, row in enumerate(table.rows, start=1):
        page.set_row(number, _height(row, widths))
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write_cell(page, (number, place), column, cell, formats)
    page.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    page.freeze_panes(1, 1)
    page.repeat_rows(0)
    page.repeat_columns(0)
    _set_up_page(page, situation, language, pages=math.ceil(sum(widths) / PAGE_LETTERS))


def _height(cells: Sequence[Cell], widths: Sequence[float], *, bold: bool = False) -> float:
    """Points that a row takes when its texts are broken into lines."""
    room = 0.95 if bold else 1.1  # letters are narrower than the digits that widths count
    lines = [
        sum(math.ceil(max(len(part), 1) / (width * room)) for part in cell.split("\n"))
        for cell, width in zip(cells, widths, strict=True)
        if isinstance(cell, str)
    ]
    return min(max([*lines, 1]), 30) * LINE_PT + 1.5


def _write_cell(
    page: Any, place: tuple[int, int], column: Column, cell: Cell, formats: dict[str, Any]
) -> None:
    look = formats[column.kind]
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        text = cell[:LONGEST]
        page.write_string(*place, text, formats["quoted"] if is_formula(text) else look)
    elif isinstance(cell, date):
        page.write_datetime(*place, cell, look)
    else:
        page.write_number(*place, cell, look)


def _width(table: Sheet, place: int, language: str) -> float:
    """Wide enough for what is there, within the bounds of its kind."""
    column = table.columns[place]
    least, most = WIDTHS[column.kind]
    texts = [row[place] for row in table.rows if isinstance(row[place], str)]
    words = column.title(language).split()
    longest = max([*(len(str(text)) for text in texts), *(len(word) + 2 for word in words)])
    return min(max(longest + 1, least), most)


def _set_up_page(page: Any, situation: Situation, language: str, pages: int = 1) -> None:
    """Ready to print: A4 across, so many pages beside each other, header and first column again."""
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(pages, 0)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    name = text_in(situation.catalog.programme.name, language).replace("&", "&&")[:80]
    as_of = say("as_of", language, day=day(situation.today, language))
    page.set_footer(f"&L{name}, {as_of}&R&A, " + say("page_of", language, page="&P", pages="&N"))


def _write_notes(
    workbook: Any, formats: dict[str, Any], situation: Situation, language: str
) -> None:
    page = workbook.add_worksheet(say("sheet_notes", language))
    page.set_column(0, 0, NOTE_WIDTHS[0], formats[Kind.text])
    page.set_column(1, 1, NOTE_WIDTHS[1], formats[Kind.long_text])
    page.write_string(0, 0, say("note_title", language), formats["title"])
    for number, (label, text) in enumerate(notes(situation, language), start=2):
        page.set_row(number, _height([label, text], NOTE_WIDTHS))
        page.write_string(number, 0, label, formats["label"])
        look = formats["quoted"] if is_formula(text) else formats[Kind.long_text]
        page.write_string(number, 1, text, look)
    _set_up_page(page, situation, language)


def notes(situation: Situation, language: str) -> Sequence[tuple[str, str]]:
    """What is said of a report as a whole: label and text, without what is not known."""
    programme = situation.catalog.programme
    figures, forecast = situation.figures(), situation.forecast()
    head = situation.head
    audit = say("note_audit_line", language, entries=head.entries, head=head.head or "–")
    lines = [
        ("programme", text_in(programme.name, language)),
        ("note_notice", text_in(programme.notice, language)),
        ("note_owner", text_in(programme.owner, language)),
        ("note_plan", programme.plan or ""),
        ("note_as_of", day(situation.today, language)),
        ("note_catalog", situation.name),
        ("note_audit", f"{audit}. {say('note_actors', language)}"),
        ("note_deliverables", deliverables_line(figures, language)),
        ("note_on_time", share_line(figures.on_time.all, language)),
        ("note_first_pass", share_line(figures.first_pass, language)),
        ("note_upkeep", upkeep_line(figures, language)),
        ("note_holdings", holdings_line(figures.holdings, language)),
        ("note_forecast", forecast_basis(forecast, language)),
    ]
    return [(say(key, language), text) for key, text in lines if text]
