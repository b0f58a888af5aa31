"""Plain text clouds: XYZ, PTS, TXT, CSV, ASC. Delimiter, header and columns are found by looking.

Columns by a header line when there is one, else by their number: 3 are x y z; 4 x y z intensity;
6 x y z and colour, or normals when all lie within -1 and 1 and are no whole numbers; 7 x y z
intensity colour (PTS); 9 x y z, colour, normals. Of any other number the first three are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vtour.clouds.columns import Fields, chunks_of_fields
from vtour.clouds.headers import CloudHeaders, RawChunks, ScanHeader
from vtour.clouds.text import COMMENTS, Lines, count_rows, is_count
from vtour.errors import InputError
from vtour.frames import FloatArray

SNIFF_BYTES = 64 << 10
SNIFF_LINES = 200
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf)", re.IGNORECASE)
DECIMAL_COMMAS = "decimal commas"
DECIMAL_COMMA = re.compile(r"\d,\d+(\s|;|$)")
NAMES = {
    "x": "x", "easting": "x", "east": "x", "y": "y", "northing": "y", "north": "y",
    "z": "z", "height": "z", "elevation": "z", "h": "z", "r": "red", "red": "red", "g": "green",
    "green": "green", "b": "blue", "blue": "blue", "i": "intensity", "intensity": "intensity",
    "scalar_intensity": "intensity", "reflectance": "intensity", "nx": "nx", "ny": "ny", "nz": "nz",
    "normalx": "nx", "normaly": "ny", "normalz": "nz",
}  # fmt: skip
GEOGRAPHIC = {"lat", "lon", "latitude", "longitude", "lng", "long"}


@dataclass(frozen=True)
class TextLayout:
    """How lines are read: columns by name ('' is not read), delimiter, lines before the first."""

    columns: tuple[str, ...]
    delimiter: str | None
    lines_before: int
    told: int | None
    parts: tuple["_Part", ...] = ()


@dataclass(frozen=True)
class _Part:
    """Rows in a row: their first byte, the lines before it, how many; all that follow if None."""

    start: int
    lines_before: int
    count: int | None


def xyz_headers(path: Path) -> CloudHeaders:
    """What a text cloud holds: goes through the whole file to count its lines.

    Raises InputError, with the line, for a text that is no cloud.
    """
    with path.open("rb") as stream:
        head = stream.read(SNIFF_BYTES)
    if head.startswith(b"\xef\xbb\xbf"):
        head = head[3:]
    layout = _layout(path, head.decode("latin-1").replace("\r", "").split("\n")[:SNIFF_LINES])
    start = _byte_of_line(path, layout.lines_before)
    parts = _parts(path, layout, start)
    points = count_rows(path, start) if parts is None else sum(part.count or 0 for part in parts)
    warnings = []
    if layout.told is not None and parts is None:
        warnings.append(f"{points:,} points, its first line says {layout.told:,}")
    layout = replace(layout, parts=tuple(parts or [_Part(start, layout.lines_before, None)]))
    left = layout.columns.count("")
    if left:
        warnings.append(f"{left} of {len(layout.columns)} columns are not known and not read")
    names = tuple(name for name in layout.columns if name)
    delimiter = {None: "space", "\t": "tab"}.get(layout.delimiter, layout.delimiter)
    return CloudHeaders(
        kind="text point cloud",
        scans=(ScanHeader(points=points, fields=names),),
        warnings=tuple(warnings),
        facts={"delimiter": delimiter, "header_lines": layout.lines_before},
        layout=layout,
    )


def xyz_chunks(path: Path, headers: CloudHeaders) -> RawChunks:
    """All points. Raises InputError with the number of a line that is no point."""
    layout: TextLayout = headers.layout
    yield from chunks_of_fields(lambda: _fields(path, layout), headers.points)


def _fields(path: Path, layout: TextLayout) -> Iterator[Fields]:
    for part in layout.parts:
        for table in _tables(path, layout, part):
            fields: Fields = {name: table[:, i] for i, name in enumerate(layout.columns) if name}
            for name in ("red", "green", "blue"):
                if name in fields and np.isfinite(fields[name]).all() and _is_whole(fields[name]):
                    fields[name] = fields[name].astype(np.int64)
            yield fields


def _tables(path: Path, layout: TextLayout, part: _Part) -> Iterator[FloatArray]:
    with Lines(path, part.start, part.lines_before) as lines:
        yield from lines.rows(len(layout.columns), layout.delimiter, part.count)


def _parts(path: Path, layout: TextLayout, start: int) -> list[_Part] | None:
    """The parts of a PTS, each below a line with its count; None when its counts do not hold.

    Raises InputError when there are fewer points than its lines say.
    """
    if layout.told is None:
        return None
    parts: list[_Part] = []
    count = layout.told
    with Lines(path, start, layout.lines_before) as lines:
        while True:
            parts.append(_Part(lines.tell(), lines.number, count))
            there = lines.skip(count)
            if there < count:
                raise InputError(f"{path.name}: cut short, {there:,} points, expected {count:,}")
            line = lines.line()
            while line is not None and not line.strip():
                line = lines.line()
            if line is None:
                return parts
            if not is_count(line.strip()):
                return None
            count = int(line)


def looks_like_cloud(path: Path, least: int = 100) -> bool:
    """Whether a text file is rows of numbers, at least so many: a matrix or a table is not."""
    try:
        return xyz_headers(path).points >= least
    except (InputError, OSError):
        return False


def decimal_commas(path: Path) -> str:
    """What is said of a text with decimal commas; empty for any other."""
    try:
        xyz_headers(path)
    except (InputError, OSError) as error:
        return str(error).removeprefix(f"{path.name} ") if DECIMAL_COMMAS in str(error) else ""
    return ""


def _layout(path: Path, lines: list[str]) -> TextLayout:
    """Find out by the first lines. Raises InputError when they are no rows of numbers."""
    comments: list[str] = []
    told, before = None, 0
    header: list[str] | None = None
    for number, line in enumerate(lines):
        before = number
        text = line.strip()
        if not text or text.startswith(COMMENTS):
            comments.append(text.lstrip("#/ "))
            continue
        delimiter = _delimiter(path, number + 1, text)
        words = [word.strip() for word in text.split(delimiter)]
        if len(words) == 1 and is_count(words[0]) and told is None and header is None:
            told = int(words[0])
            continue
        if all(NUMBER.fullmatch(word) for word in words):
            return _named(path, lines, number, (delimiter, words, header, comments, told))
        if header is not None or told is not None:
            raise InputError(f"{path.name} line {number + 1}: {text[:40]!r}, expected numbers")
        header = words
    if told == 0:
        return TextLayout(("x", "y", "z"), None, before, 0)
    raise InputError(f"{path.name}: no rows of numbers, expected x y z")


def _named(
    path: Path,
    lines: list[str],
    first: int,
    found: tuple[str | None, list[str], list[str] | None, list[str], int | None],
) -> TextLayout:
    delimiter, words, header, comments, told = found
    if len(words) < 3:
        raise InputError(f"{path.name} line {first + 1}: {len(words)} values, expected x y z")
    names = header or _commented_names(comments, delimiter, len(words))
    if names is not None and {name.lower().strip('"') for name in names} & GEOGRAPHIC:
        raise InputError(f"{path.name}: latitude and longitude, expected metres: project it to UTM")
    columns = _by_header(names, len(words)) if names else None
    if columns is None:
        columns = _by_number(_sample(lines[first:], delimiter, len(words)))
    return TextLayout(columns, delimiter, first, told)


def _delimiter(path: Path, number: int, text: str) -> str | None:
    """What separates the values of a line; None is any white space."""
    if ";" in text:
        if DECIMAL_COMMA.search(text):
            raise InputError(f"{path.name} line {number}: {DECIMAL_COMMAS}, expected points")
        return ";"
    if "," in text:
        if len(text.split()) >= 3 and re.fullmatch(r"(-?\d+(,\d+)?\s+)+-?\d+(,\d+)?", text):
            raise InputError(f"{path.name} line {number}: {DECIMAL_COMMAS}, expected points")
        return ","
    return "\t" if "\t" in text and " " not in text else None


def _commented_names(comments: list[str], delimiter: str | None, count: int) -> list[str] | None:
    """Names in the last comment when it has as many words as a row has values."""
    for comment in reversed(comments):
        words = [word.strip() for word in re.split(r"[,;\s]+", comment) if word.strip()]
        if len(words) == count and words[0].lower() in NAMES:
            return words
    return None


def _by_header(names: list[str], count: int) -> tuple[str, ...] | None:
    known = [NAMES.get(name.lower().strip('"/# '), "") for name in names]
    if len(known) != count or not {"x", "y", "z"} <= set(known):
        return None
    return tuple(name if name and known.index(name) == i else "" for i, name in enumerate(known))


def _sample(lines: list[str], delimiter: str | None, count: int) -> FloatArray:
    rows = [line.split(delimiter) for line in lines[:-1] or lines]
    good = [
        row for row in rows if len(row) == count and all(NUMBER.fullmatch(w.strip()) for w in row)
    ]
    return np.array([[float(word) for word in row] for row in good])


def _by_number(sample: FloatArray) -> tuple[str, ...]:
    places, colour, normal = ("x", "y", "z"), ("red", "green", "blue"), ("nx", "ny", "nz")
    count = sample.shape[1]
    if count == 4:
        return (*places, "intensity")
    if count == 6:
        tail = sample[:, 3:]
        is_normal = bool((np.abs(tail) <= 1.0001).all()) and not _is_whole(tail)
        return (*places, *(normal if is_normal else colour))
    if count == 7:
        return (*places, "intensity", *colour)
    if count == 9:
        return (*places, *colour, *normal)
    return (*places, *("" for _ in range(count - 3)))


def _is_whole(values: FloatArray) -> bool:
    return bool((values == np.rint(values)).all())


def _byte_of_line(path: Path, lines: int) -> int:
    """Where a line near the start of the file begins."""
    with path.open("rb") as stream:
        for _ in range(lines):
            stream.readline(SNIFF_BYTES)
        return stream.tell()
