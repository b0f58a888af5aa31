"""The tables of a report: columns of known kinds and their rows, for XLSX, CSV and HTML alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from vtour.rollout.words.say import say

Cell = str | int | float | date | datetime | None


class Kind(StrEnum):
    """What a column holds; it decides how a cell is written and how wide it is."""

    text = "text"
    long_text = "long_text"
    whole = "whole"
    real = "real"
    degrees = "degrees"
    day = "day"
    time = "time"


@dataclass(frozen=True)
class Column:
    """One column.

    key    : of words/: the title is ``col_<key>``, the meaning ``mean_<key>``.
    values : fill both.
    """

    key: str
    kind: Kind = Kind.text
    values: tuple[tuple[str, str], ...] = ()

    def title(self, language: str) -> str:
        """The header."""
        return say(f"col_{self.key}", language, **dict(self.values))

    def meaning(self, language: str) -> str:
        """What the column holds, for the data dictionary."""
        return say(f"mean_{self.key}", language, **dict(self.values))


@dataclass(frozen=True)
class Sheet:
    """A table.

    name : of its CSV file; its title is ``sheet_<name>`` in words/.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    def title(self, language: str) -> str:
        """What it is called."""
        return say(f"sheet_{self.name}", language)


def columns_of(spec: Iterable[str | tuple[str, Kind]]) -> list[Column]:
    """Columns by their keys; text where no kind is said."""
    return [Column(each) if isinstance(each, str) else Column(*each) for each in spec]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could take a text for a formula."""
    return text[:1] in "=+-@\t\r" and text[:1] != ""
