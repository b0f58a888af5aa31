"""In the child process: sheets of a workbook by calamine, which panics at damaged files."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from vtour.clouds.sandbox import allow_one_file


def answer(request: dict[str, Any]) -> Iterator[bytes]:
    """For each sheet: its name, rows of texts, merged ranges [[top, left], [end, right]], and
    whether it is hidden.

    request : path; rows: the most that are read of a sheet.
    """
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    allow_one_file()
    book = CalamineWorkbook.from_path(request["path"])
    visible = {
        each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible
    }
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False, nrows=int(request["rows"]))
        value = {
            "name": name,
            "rows": [[text_in(cell) for cell in row] for row in rows],
            "merged": sheet.merged_cell_ranges or [],
            "hidden": name not in visible,
        }
        yield json.dumps(value).encode()


def text_in(cell: Any) -> str:
    """A cell as people see it: 2021, not 2021.0."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
