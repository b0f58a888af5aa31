"""An official document of a Vietnamese agency as .docx: the layout of decree 30/2020/NĐ-CP.

A4, margins of 20, 20, 30 and 15 mm, Times New Roman 13, the page's number on top from the second
page on. Same content, same bytes.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from vtour.rollout.record.ooxml import (
    flag,
    number_pages,
    printed,
    rule,
    save_without_times,
    set_font,
    set_page,
    shade,
)

FONT, SIZE_PT, SMALL_PT = "Times New Roman", 13, 12
PAGE_MM = (210, 297)
MARGINS_MM = {"top": 20, "bottom": 20, "left": 30, "right": 15}
WIDTH_MM = PAGE_MM[0] - MARGINS_MM["left"] - MARGINS_MM["right"]
LEFT_MM = 66
"""The left half of the letterhead."""
INDENT_MM = 10.0
WHOLE_LINES = 10
"""Rows of so many paragraphs stay on one page."""
CENTER, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


@dataclass(frozen=True)
class Both:
    """A text in Vietnamese, and in English for a bilingual document."""

    vi: str
    en: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell of a table: lines of text, each in its languages."""

    lines: Sequence[Both]
    bold: bool = False
    centred: bool = False


class Sheet:
    """A document that is written from top to bottom.

    bilingual : English stands in italics below the Vietnamese.
    """

    def __init__(self, title: str, author: str, at: datetime, *, bilingual: bool) -> None:
        self.bilingual = bilingual
        self._document = Document()
        set_page(self._document.sections[0], PAGE_MM, MARGINS_MM)
        set_font(self._document.styles["Normal"], FONT, SIZE_PT)
        number_pages(self._document.sections[0])
        core = self._document.core_properties
        core.title, core.author, core.last_modified_by = title, author, author
        core.created = core.modified = at.astimezone(UTC).replace(tzinfo=None)
        core.comments, core.language, core.revision = "", "vi-VN", 1

    # text ---------------------------------------------------------------------

    def heading(self, text: Both) -> None:
        """The head of a section."""
        paragraph = self._paragraph(space_before_pt=8)
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run(printed(text.vi)).bold = True
        if self.bilingual and text.en:
            run = paragraph.add_run(printed(f" / {text.en}"))
            run.bold = run.italic = True
            run.font.size = Pt(SMALL_PT)

    def text(
        self, text: Both, *, italic: bool = False, bold: bool = False, with_next: bool = False
    ) -> None:
        """A paragraph; ``with_next`` keeps it on the page of what follows."""
        has_english = self.bilingual and bool(text.en)
        for words, is_english in ((text.vi, False), (text.en, True))[: 1 + has_english]:
            paragraph = self._paragraph(
                indent_mm=INDENT_MM, space_after_pt=0 if has_english and not is_english else 4
            )
            paragraph.paragraph_format.keep_with_next = with_next or is_english != has_english
            paragraph.alignment = JUSTIFY
            run = paragraph.add_run(printed(words))
            run.bold, run.italic = bold, italic or is_english
            run.font.size = Pt(SMALL_PT if is_english else SIZE_PT)

    def letterhead(self, left: Sequence[str], right: Sequence[tuple[str, bool]]) -> None:
        """Who writes, beside the nation's name and motto with a line below.

        left  : lines; the last one is not bold: the document's number.
        right : the name and the motto in bold, then the place and day in italics.
        """
        table = self._bare_table((LEFT_MM, WIDTH_MM - LEFT_MM))
        one, other = table.rows[0].cells
        for number, line in enumerate(left):
            is_last = number == len(left) - 1
            paragraph = one.paragraphs[0] if number == 0 else one.add_paragraph()
            if is_last:
                rule(one.paragraphs[-2], LEFT_MM, 24)
            self._centred(paragraph, line, bold=not is_last, size_pt=SMALL_PT)
        for number, (line, bold) in enumerate(right):
            paragraph = other.paragraphs[0] if number == 0 else other.add_paragraph()
            size = SMALL_PT if number == 0 else SIZE_PT
            self._centred(paragraph, line, bold=bold, italic=not bold, size_pt=size)
            if number == 1:
                rule(paragraph, WIDTH_MM - LEFT_MM, 56)
                paragraph.paragraph_format.space_after = Pt(6)

    def title(self, name: Both, about: Both) -> None:
        """What the document is, in capitals, and what it is about, with a line below."""
        paragraph = self._paragraph(space_before_pt=14, space_after_pt=0)
        self._centred(paragraph, name.vi, bold=True, size_pt=SIZE_PT + 1)
        if self.bilingual and name.en:
            self._centred(self._paragraph(space_after_pt=0), name.en, bold=True, italic=True)
        paragraph = self._paragraph(space_after_pt=0)
        self._centred(paragraph, about.vi, bold=True)
        if self.bilingual and about.en:
            paragraph = self._paragraph(space_after_pt=0)
            self._centred(paragraph, about.en, italic=True)
        rule(paragraph, WIDTH_MM, 55)
        self._paragraph(space_after_pt=0).paragraph_format.line_spacing = Pt(8)

    # tables -------------------------------------------------------------------

    def table(
        self, heads: Sequence[Both], rows: Iterable[Sequence[Cell]], widths_mm: Sequence[float]
    ) -> None:
        """A table with a head that is repeated on every page; no heads: none."""
        table = self._document.add_table(rows=0, cols=len(widths_mm))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        if heads:
            row = table.add_row()
            flag(row, "w:tblHeader")
            for cell, head in zip(row.cells, heads, strict=True):
                self._fill(cell, Cell([head], bold=True, centred=True))
                shade(cell, "E7E6E6")
        for cells in rows:
            row = table.add_row()
            for cell, content in zip(row.cells, cells, strict=True):
                self._fill(cell, content)
        for row in table.rows:
            if max(len(cell.paragraphs) for cell in row.cells) <= WHOLE_LINES:
                flag(row, "w:cantSplit")
            for cell, width in zip(row.cells, widths_mm, strict=True):
                cell.width = Mm(width)
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)
        self._paragraph(space_after_pt=0).paragraph_format.line_spacing = Pt(6)

    def signatures(self, parties: Sequence[tuple[Both, Both, str]]) -> None:
        """Where the parties sign, side by side: who, how, and the name below the room."""
        self._paragraph().paragraph_format.keep_with_next = True
        table = self._bare_table([WIDTH_MM / len(parties)] * len(parties))
        flag(table.rows[0], "w:cantSplit")
        for cell, (who, how, name) in zip(table.rows[0].cells, parties, strict=True):
            self._centred(cell.paragraphs[0], who.vi, bold=True)
            if self.bilingual:
                self._centred(cell.add_paragraph(), who.en, italic=True, size_pt=SMALL_PT)
            self._centred(cell.add_paragraph(), how.vi, italic=True, size_pt=SMALL_PT)
            if self.bilingual:
                self._centred(cell.add_paragraph(), how.en, italic=True, size_pt=SMALL_PT)
            for _ in range(4):
                cell.add_paragraph()
            self._centred(cell.add_paragraph(), name, bold=True)
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True

    def save(self, path: Path) -> None:
        """Write the file, all or nothing; its parts bear no time."""
        written = io.BytesIO()
        self._document.save(written)
        save_without_times(written, path)

    # inner --------------------------------------------------------------------

    def _paragraph(
        self,
        *,
        indent_mm: float = 0,
        space_before_pt: float = 0,
        space_after_pt: float = 4,
    ) -> Any:
        paragraph = self._document.add_paragraph()
        form = paragraph.paragraph_format
        form.space_before, form.space_after = Pt(space_before_pt), Pt(space_after_pt)
        form.first_line_indent = Mm(indent_mm) if indent_mm else None
        return paragraph

    def _centred(
        self,
        paragraph: Any,
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
        size_pt: float = SIZE_PT,
    ) -> None:
        paragraph.alignment = CENTER
        run = paragraph.add_run(printed(text))
        run.bold, run.italic = bold, italic
        run.font.size = Pt(size_pt)

    def _fill(self, cell: Any, content: Cell) -> None:
        paragraph = cell.paragraphs[0]
        for number, line in enumerate(content.lines):
            if number:
                paragraph = cell.add_paragraph()
            texts = [(line.vi, False)]
            if self.bilingual and line.en and line.en != line.vi:
                texts.append((line.en, True))
            for position, (text, italic) in enumerate(texts):
                if position:
                    paragraph = cell.add_paragraph()
                paragraph.alignment = CENTER if content.centred else None
                form = paragraph.paragraph_format
                form.space_before = form.space_after = Pt(1)
                run = paragraph.add_run(printed(text))
                run.bold, run.italic = content.bold, italic
                run.font.size = Pt(SMALL_PT - italic)

    def _bare_table(self, widths_mm: Sequence[float]) -> Any:
        table = self._document.add_table(rows=1, cols=len(widths_mm))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        for cell, width in zip(table.rows[0].cells, widths_mm, strict=True):
            cell.width = Mm(width)
        for column, width in zip(table.columns, widths_mm, strict=True):
            column.width = Mm(width)
        return table
