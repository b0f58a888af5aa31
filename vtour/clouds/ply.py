"""PLY (Greg Turk, 1994): ascii and binary of both endians, in chunks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.columns import chunks_of_fields
from vtour.clouds.headers import CHUNK_POINTS, CloudHeaders, RawChunks, ScanHeader
from vtour.clouds.text import Lines, is_count
from vtour.errors import InputError

MAX_HEADER_BYTES = 64 << 10
MOST = 2.0**53
TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
    **dict.fromkeys(("int64",), "i8"),
    **dict.fromkeys(("uint64",), "u8"),
}


@dataclass
class PlyElement:
    """One element: fixed properties as (name, numpy type without its endian), or a list.

    items : of each list, by its name, the type of what is in it; that of its length is above.
    """

    name: str
    count: int
    properties: list[tuple[str, str]]
    has_list: bool = False
    items: dict[str, str] = field(default_factory=dict)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row; the least when there are lists."""
        return sum(int(kind[1]) for _, kind in self.properties)


@dataclass(frozen=True)
class PlyLayout:
    """Where the vertices lie."""

    form: str
    start: int
    lines_before: int
    elements: tuple[PlyElement, ...]

    def element(self, name: str) -> PlyElement | None:
        """The element of a name."""
        return next((one for one in self.elements if one.name == name), None)


def ply_headers(path: Path) -> CloudHeaders:
    """Header of a PLY. Raises InputError when broken, or when the file cannot hold it all."""
    header, start = _header(path)
    form = re.search(r"^format (\w+) 1\.0\s*$", header, re.MULTILINE)
    forms = ("ascii", "binary_little_endian", "binary_big_endian")
    if form is None or form[1] not in forms:
        raise InputError(f"{path.name}: no PLY format line, expected 'format ... 1.0'")
    elements = _elements(path, header)
    layout = PlyLayout(form[1], start, len(header.splitlines()) + 1, tuple(elements))
    vertices = layout.element("vertex")
    if vertices is None:
        raise InputError(f"{path.name}: no vertices, expected a cloud or a mesh")
    _check_size(path, layout)
    faces = layout.element("face")
    comments = re.findall(r"^comment (.{1,200})$", header, re.MULTILINE)
    names = [name for name, _ in vertices.properties]
    facts: dict[str, Any] = {
        "format": form[1],
        "properties": names,
        "comments": [comment.strip() for comment in comments],
        "faces": faces.count if faces else 0,
    }
    return CloudHeaders(
        kind="PLY mesh" if faces and faces.count else "PLY point cloud",
        scans=(ScanHeader(points=vertices.count, fields=tuple(names)),),
        warnings=("a mesh: its vertices are taken as points",) if faces and faces.count else (),
        facts=facts,
        layout=layout,
    )


def ply_chunks(path: Path, headers: CloudHeaders) -> RawChunks:
    """All vertices. Raises InputError for properties that are no cloud, or damaged text."""
    layout: PlyLayout = headers.layout
    vertices = layout.element("vertex")
    if vertices is None or not {"x", "y", "z"} <= {name for name, _ in vertices.properties}:
        raise InputError(f"{path.name}: vertices without x, y, z, expected a cloud")
    before = layout.elements[: layout.elements.index(vertices)]
    if vertices.has_list or any(one.has_list for one in before):
        raise InputError(f"{path.name}: lists before or in its vertices, expected vertices first")
    tables = _text if layout.form == "ascii" else _binary
    yield from chunks_of_fields(lambda: tables(path, layout, vertices, before), vertices.count)


def _binary(
    path: Path, layout: PlyLayout, vertices: PlyElement, before: tuple[PlyElement, ...]
) -> Iterator[dict[str, NDArray[Any]]]:
    end = "<" if layout.form == "binary_little_endian" else ">"
    row = np.dtype([(f"{i}", end + kind) for i, (_, kind) in enumerate(vertices.properties)])
    left = vertices.count
    with path.open("rb") as stream:
        stream.seek(layout.start + sum(one.count * one.row_bytes for one in before))
        while left:
            table = np.fromfile(stream, row, min(left, CHUNK_POINTS))
            if not len(table):
                raise InputError(f"{path.name}: truncated, {left:,} points are missing")
            left -= len(table)
            yield {name: table[f"{i}"] for i, (name, _) in enumerate(vertices.properties)}


def _text(
    path: Path, layout: PlyLayout, vertices: PlyElement, before: tuple[PlyElement, ...]
) -> Iterator[dict[str, NDArray[Any]]]:
    found = 0
    with Lines(path, layout.start, layout.lines_before) as lines:
        lines.skip(sum(one.count for one in before))
        for table in lines.rows(len(vertices.properties), None, vertices.count):
            found += len(table)
            kinds = enumerate(vertices.properties)
            yield {name: _typed(table[:, i], kind) for i, (name, kind) in kinds}
    if found != vertices.count:
        raise InputError(f"{path.name}: {found:,} points, expected {vertices.count:,}: cut short")


def _typed(values: NDArray[Any], kind: str) -> NDArray[Any]:
    """Numbers of text in the property's own type, so that colours are told from shares of 1."""
    return (
        values if kind[0] == "f" else np.clip(np.nan_to_num(values), -MOST, MOST).astype(np.int64)
    )


def _header(path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        head = stream.read(MAX_HEADER_BYTES)
    end = re.search(rb"\bend_header\r?\n", head)
    if end is None:
        raise InputError(f"{path.name}: no end_header, expected a PLY file")
    return head[: end.start()].decode("latin-1"), end.end()


def _elements(path: Path, header: str) -> list[PlyElement]:
    elements: list[PlyElement] = []
    for line in header.splitlines():
        words = line.split()
        if words[:1] == ["element"] and len(words) == 3:
            if not is_count(words[2]):
                raise InputError(f"{path.name}: {line.strip()[:60]!r}, expected a count")
            elements.append(PlyElement(words[1], int(words[2]), []))
        elif words[:1] == ["property"] and len(words) >= 3:
            if not elements or not {words[1], *words[2:-1]} <= {"list", *TYPES}:
                raise InputError(f"{path.name}: {line.strip()!r}, expected a PLY property")
            if words[1] == "list":
                elements[-1].has_list = True
                elements[-1].properties.append((words[-1], TYPES.get(words[2], "u1")))
                elements[-1].items[words[-1]] = TYPES.get(words[-2], "u1")
            else:
                elements[-1].properties.append((words[-1], TYPES[words[1]]))
    return elements


def _check_size(path: Path, layout: PlyLayout) -> None:
    """Raise InputError when the header promises more than there is, before anything is read."""
    there = path.stat().st_size - layout.start
    if layout.form == "ascii":  # a digit and a space or a line end for each number
        least = sum(one.count * 2 * max(1, len(one.properties)) - 1 for one in layout.elements)
        least = max(0, least - 1)
    else:
        least = sum(one.count * max(1, one.row_bytes) for one in layout.elements)
    if there < least:
        raise InputError(f"{path.name}: truncated, {there:,} bytes of data, expected {least:,}")
