"""What python-docx has no words for, and a .docx whose bytes depend on its content alone."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from vtour.files import replacing

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
KEPT = "\n\N{NO-BREAK SPACE}"
AFTER_BORDERS = ("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr")
"""What follows the borders among a paragraph's properties."""


def set_page(section: Any, page_mm: tuple[int, int], margins_mm: Mapping[str, int]) -> None:
    """Size and margins; the first page has its own head, which is empty."""
    section.page_width, section.page_height = (Mm(size) for size in page_mm)
    for side, size in margins_mm.items():
        setattr(section, f"{side}_margin", Mm(size))
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True


def set_font(style: Any, name: str, size_pt: float) -> None:
    """One font for all scripts, Vietnamese as the language."""
    style.font.name, style.font.size = name, Pt(size_pt)
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(kind), name)
    language = OxmlElement("w:lang")
    for kind in ("w:val", "w:eastAsia"):
        language.set(qn(kind), "vi-VN")
    properties.append(language)
    style.paragraph_format.space_after = Pt(0)


def number_pages(section: Any) -> None:
    """The page's number on top, in the middle."""
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("begin", None), ("", "PAGE"), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        part.text = text
        paragraph.add_run()._r.append(part)


def rule(above: Any, room_mm: float, width_mm: float) -> None:
    """A line below a centred paragraph, in the middle of the room that there is."""
    element = OxmlElement("w:p")
    above._p.addnext(element)
    form = Paragraph(element, above._parent).paragraph_format
    form.left_indent = form.right_indent = Mm((room_mm - width_mm) / 2)
    form.line_spacing, form.space_after = Pt(6), Pt(0)
    borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "2"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    element.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)


def flag(row: Any, name: str) -> None:
    """Switch a property of a table's row on."""
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def shade(cell: Any, colour: str) -> None:
    """Colour the ground of a cell: six hex digits."""
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shading)


def printed(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(each for each in text if each.isprintable() or each in KEPT)


def save_without_times(document: io.BytesIO, path: Path) -> None:
    """Write a saved document to its place, all or nothing, with a fixed time on all parts."""
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(document) as parts,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for part in parts.infolist():
            entry = zipfile.ZipInfo(part.filename, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, parts.read(part))
