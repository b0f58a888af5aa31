"""Rows of cells from CSV files and workbooks (xlsx, xls, ods), each cell with its place."""

import csv
import io
import json
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtour.clouds.sandbox import ChildError, frames_of
from vtour.rollout.annex.decoding import MAX_BYTES, text_of
from vtour.rollout.refusals import refused

DELIMITERS = (",", ";", "\t", "|")
BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
MAX_UNPACKED = 300_000_000
MAX_ROWS = 20_000
MAX_CELL = 4_000
CPU_S = 30.0
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error)
"""What zipfile raises for a damaged list of parts."""


@dataclass(frozen=True)
class Row:
    """One row: texts, and where they stand.

    number : line of the CSV file, or row of the sheet, from 1.
    merged : columns (from 0) whose cell is part of a merged one that begins further up.
    wide   : whether a merged cell goes over several columns here: a heading.
    """

    number: int
    cells: list[str]
    merged: frozenset[int] = frozenset()
    wide: bool = False

    def text(self, column: int) -> str:
        """The text of a cell; '' beyond the last one."""
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Grid:
    """All rows of a table.

    sheet     : its name in a workbook; '' of a CSV file.
    is_hidden : whether people who open the workbook do not see it.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    sheet: str = ""
    is_hidden: bool = False

    def place(self, row: Row, column: int | None = None) -> str:
        """'annex.csv:7:3' or "annex.xlsx:'Sheet1'!C7"."""
        if not self.sheet:
            return f"{self.name}:{row.number}" + (f":{column + 1}" if column is not None else "")
        letters = _letters(column) if column is not None else ""
        return f"{self.name}:'{self.sheet}'!{letters}{row.number}"


def read_grids(path: Path) -> Iterator[Grid]:
    """The tables of a file: one of a CSV file for each possible delimiter, one for each sheet.

    Raises InputError when the file cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise refused("file_unreadable", name=path.name, why=error.strerror) from None
    if path.suffix.lower() in BOOKS or raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        _check_size(raw, path.name)
        yield from _sheets(path)
        return
    text = text_of(raw, path.name)
    for delimiter in DELIMITERS:
        yield Grid(path.name, _csv_rows(text, delimiter, path.name))


def _csv_rows(text: str, delimiter: str, name: str) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            rows.append(Row(start, [cleaned(cell) for cell in cells]))
            start = reader.line_num + 1
            if len(rows) > MAX_ROWS:
                raise refused("annex_rows", name=name, most=MAX_ROWS)
    except csv.Error as error:
        raise refused("annex_no_csv", name=name, line=reader.line_num, why=error) from None
    return rows


def _sheets(path: Path) -> Iterator[Grid]:
    request = {"path": str(path.resolve()), "rows": MAX_ROWS + 1}
    try:
        with frames_of("vtour.rollout.annex.workbook", request, cpu_s=CPU_S) as frames:
            for frame in frames:
                sheet = json.loads(bytes(frame))
                rows = [_row(n, cells, sheet["merged"]) for n, cells in enumerate(sheet["rows"])]
                if len(rows) > MAX_ROWS:
                    raise refused("annex_rows", name=path.name, most=MAX_ROWS)
                title = cleaned(sheet["name"]) or "?"
                yield Grid(path.name, rows, title, sheet["hidden"])
    except ChildError as error:
        raise refused("annex_no_workbook", name=path.name, why=error) from None


def _check_size(raw: bytes, name: str) -> None:
    """Raise InputError for a workbook that is too large, packed or unpacked."""
    if len(raw) > MAX_BYTES:
        raise refused("file_large", name=name, found=len(raw), most=MAX_BYTES)
    if not raw.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except ZIP_ERRORS as error:
        raise refused("annex_damaged", name=name, why=error) from None
    if size > MAX_UNPACKED:
        raise refused("annex_unpacked", name=name, found=size, most=MAX_UNPACKED)


def _row(number: int, cells: list[str], ranges: list[Any]) -> Row:
    """A row of a sheet. In merged ranges only the first cell holds the text."""
    here = [(top, left, right) for (top, left), (end, right) in ranges if top <= number <= end]
    below = {
        column for top, left, right in here if top < number for column in range(left, right + 1)
    }
    wide = any(right > left for _, left, right in here)
    return Row(number + 1, [cleaned(cell) for cell in cells], frozenset(below), wide)


def cleaned(text: str) -> str:
    """Composed, on one line, without invisible letters and space around it."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.split())[:MAX_CELL]


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
