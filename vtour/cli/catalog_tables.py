"""Tables for the terminal: columns by the width of their letters, numbers to the right."""

import unicodedata
from collections.abc import Sequence

from vtour.cli.text import say


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    marks = sum(unicodedata.combining(letter) != 0 for letter in text)
    return len(text) + wide - marks


def table_lines(
    rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = ""
) -> list[str]:
    """The rows as lines, the first one being the header; ``right``: columns of numbers."""
    widths = [max(width_of(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - width_of(cell))
            cells.append(space + cell if place in right else cell + space)
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def say_table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "") -> None:
    """Print a table."""
    for line in table_lines(rows, right, indent):
        say(line)
