"""Tables as CSV: RFC 4180, UTF-8 with a mark so that spreadsheets read Vietnamese.

Days are 2026-11-30, numbers have a decimal point: the files are for programs. A text that a
spreadsheet could take for a formula gets an apostrophe before it (OWASP, CSV Injection).
"""

import csv
import io
from datetime import date, datetime

from vtour.rollout.reports.sheets import Cell, Sheet, is_formula

MARK = "\ufeff"


def csv_of(table: Sheet, language: str) -> bytes:
    """A table as the bytes of a CSV file."""
    stream = io.StringIO()
    stream.write(MARK)
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([column.title(language) for column in table.columns])
    writer.writerows([written(cell) for cell in row] for row in table.rows)
    return stream.getvalue().encode()


def written(cell: Cell) -> str:
    """A cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str):
        text = cell.replace("\r\n", "\n").replace("\0", "")
        return f"'{text}" if is_formula(text) else text
    return repr(cell)
