"""The XML section of an E57 file as a plain tree, read without libE57.

libE57 leaves the XML to Xerces, which follows external entities in versions before the autumn of
2026, and the places that attributes name for schemas: a file could have other files read, or
connections opened (the libE57 of pye57 0.4.19 did so for a DOCTYPE and for xsi:schemaLocation,
measured). So the section is looked at before libE57 sees it: UTF-8 only, no DOCTYPE, no entities,
no schemas, and no deeper than the format's own tree. Then no parser has a reason to open anything;
and were there one, the child that libE57 runs in could not open a second file (see sandbox).
"""

import re
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from vtour.errors import InputError

MAX_DEPTH = 64
MAX_ELEMENTS = 2_000_000
ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
FORBIDDEN = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|schemaLocation", re.IGNORECASE)


@dataclass
class Element:
    """One node: its name with its prefix, its attributes, its text, its children in order."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def find(self, *names: str) -> "Element | None":
        """The first child of a child ... with these names."""
        here: Element | None = self
        for name in names:
            here = next((c for c in here.children if c.name == name), None) if here else None
        return here

    def string(self, *names: str) -> str:
        """The text below these names, empty when it is not there."""
        found = self.find(*names)
        return found.text.strip() if found else ""

    def number(self, *names: str) -> float | None:
        """The number below these names: an empty node is 0, one that is not there None.

        A ScaledInteger is scaled. Raises InputError for what is no number.
        """
        found = self.find(*names)
        if found is None:
            return None
        value = float_of(found.text, found.name)
        if found.attributes.get("type") == "ScaledInteger":
            scale = float_of(found.attributes.get("scale", "1"), found.name)
            return value * scale + float_of(found.attributes.get("offset", "0"), found.name)
        return value


def float_of(text: str, name: str) -> float:
    """A number as XML has it, '' being 0. Raises InputError for anything else."""
    try:
        return float(text.strip() or 0)
    except ValueError:
        raise InputError(f"{name} {text.strip()[:40]!r}, expected a number") from None


def parse_xml(data: bytes) -> Element:
    """The root of an E57's XML section. Raises InputError, without a file name, when unfit."""
    _check_safe(data)
    data = data.rstrip(b"\0 \r\n\t")
    root: list[Element] = []
    open_elements: list[Element] = []
    texts: list[list[str]] = []  # of the open elements; joined once, not grown word by word
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_elements) >= MAX_DEPTH or count > MAX_ELEMENTS:
            raise InputError("XML nested too deeply, expected the tree of an E57 file")
        element = Element(name, attributes)
        (open_elements[-1].children if open_elements else root).append(element)
        open_elements.append(element)
        texts.append([])

    def text(words: str) -> None:
        texts[-1].append(words)

    def end(name: str) -> None:
        open_elements.pop().text = "".join(texts.pop())

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    parser.ExternalEntityRefHandler = _refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"damaged XML ({error})") from None
    if not root or root[0].name != "e57Root":
        raise InputError(f"XML of {root[0].name if root else 'nothing'!r}, expected e57Root")
    return root[0]


def _refuse_doctype(*_: object) -> NoReturn:
    raise InputError(
        "its XML has a DOCTYPE, an entity or a schema's place, which no E57 file needs: not opened"
    )


def _check_safe(data: bytes) -> None:
    """Raise InputError for an encoding other than UTF-8, a DOCTYPE or an entity."""
    declared = data[: data.find(b"?>") + 2]
    for told in ENCODING.findall(declared):
        if told.decode("latin-1").strip().lower() not in UTF_8:
            raise InputError(f"XML encoded as {told.decode('latin-1')[:40]!r}, expected UTF-8")
    if not data.lstrip(b"\xef\xbb\xbf").startswith((b"<?xml", b"<e57Root")):
        raise InputError("damaged XML section, expected it to start with <?xml")
    if b"\0" in data.rstrip(b"\0"):
        raise InputError("XML with NUL bytes, expected UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"XML that is not UTF-8 at byte {error.start}") from None
    if FORBIDDEN.search(data):
        _refuse_doctype()
