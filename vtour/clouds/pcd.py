"""PCD (pointclouds.org, versions 0.5 to 0.7): ascii, binary, binary_compressed, in chunks.

binary_compressed is one LZF block (M. Lehmann, liblzf) with the fields one after the other: it
is unpacked to a temporary file, so that it may be larger than memory.
"""

import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.clouds.columns import chunks_of_fields
from vtour.clouds.headers import CHUNK_POINTS, CloudHeaders, RawChunks, ScanHeader
from vtour.clouds.text import Lines, is_count
from vtour.errors import InputError
from vtour.files import check_free_disk, temporary_folder

MAX_HEADER_BYTES = 64 << 10
MAX_LZF_RATIO = 90
"""A reference of three bytes gives 264 at most."""
DATA_LINE = re.compile(rb"^DATA[ \t]+(\w+)[ \t]*\r?\n", re.MULTILINE)
NO_VIEW = r"(-?0(\.0*)?\s+){3}1(\.0*)?(\s+-?0(\.0*)?){3}"
KINDS = {"F": "f", "I": "i", "U": "u"}


@dataclass(frozen=True)
class PcdLayout:
    """Fields as (name, numpy type, values a point), the form of the data and its start."""

    fields: tuple[tuple[str, str, int], ...]
    form: str
    start: int
    lines_before: int
    points: int

    @property
    def row_bytes(self) -> int:
        """Bytes of a point."""
        return sum(np.dtype(kind).itemsize * count for _, kind, count in self.fields)


def pcd_headers(path: Path) -> CloudHeaders:
    """Header of a PCD. Raises InputError when broken, or when the file cannot hold it all."""
    layout, words = _layout(path)
    _check_size(path, layout)
    view = words.get("VIEWPOINT", "")
    width, height = words.get("WIDTH", "0"), words.get("HEIGHT", "1")
    facts = {"format": layout.form, "version": words.get("VERSION", ""), "size": [width, height]}
    warnings = []
    if view and not re.fullmatch(NO_VIEW, view):
        facts["viewpoint"] = view
        warnings.append("its VIEWPOINT is not used: programs differ on what it means")
    names = tuple(name for name, _, _ in layout.fields if name != "_")
    return CloudHeaders(
        kind="PCD point cloud",
        scans=(ScanHeader(points=layout.points, fields=names),),
        warnings=tuple(warnings),
        facts=facts,
        layout=layout,
    )


def pcd_chunks(path: Path, headers: CloudHeaders) -> RawChunks:
    """All points. Raises InputError when damaged or cut short."""
    layout: PcdLayout = headers.layout
    if not {"x", "y", "z"} <= {name for name, _, _ in layout.fields}:
        raise InputError(f"{path.name}: fields without x, y, z, expected a cloud")
    tables = {"ascii": _text, "binary": _binary}.get(layout.form, _compressed)
    yield from chunks_of_fields(lambda: map(_with_colours, tables(path, layout)), layout.points)


def _with_colours(fields: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The fields, packed colours as three."""
    for name in ("rgb", "rgba"):
        if name in fields:  # four bytes, the bits of a float32 or an integer: 0xAARRGGBB
            values = fields.pop(name)
            bits = values.view(np.uint32) if values.dtype.itemsize == 4 else values.astype("u4")
            for shift, colour in ((16, "r"), (8, "g"), (0, "b")):
                fields[colour] = ((bits >> shift) & 255).astype(np.uint8)
    return fields


def _layout(path: Path) -> tuple[PcdLayout, dict[str, str]]:
    with path.open("rb") as stream:
        head = stream.read(MAX_HEADER_BYTES)
    data = DATA_LINE.search(head)
    if data is None:
        raise InputError(f"{path.name}: no DATA line, expected a PCD file")
    text = head[: data.start()].decode("latin-1")
    lines = [line.split(None, 1) for line in text.splitlines() if not line.startswith("#")]
    words = {line[0].upper(): line[1].strip() for line in lines if len(line) == 2}
    names = (words.get("FIELDS") or words.get("COLUMNS") or "").split()
    sizes, types = words.get("SIZE", "").split(), words.get("TYPE", "").upper().split()
    counts = words.get("COUNT", " ".join("1" for _ in names)).split()
    form = data[1].decode("latin-1").lower()
    if form not in ("ascii", "binary", "binary_compressed"):
        raise InputError(f"{path.name}: DATA {form}, expected ascii, binary or binary_compressed")
    if not names or not len(names) == len(sizes) == len(types) == len(counts):
        raise InputError(f"{path.name}: FIELDS, SIZE, TYPE and COUNT differ, expected a PCD header")
    fields = []
    for name, size, kind, count in zip(names, sizes, types, counts, strict=True):
        fits = kind in KINDS and size in (("4", "8") if kind == "F" else ("1", "2", "4", "8"))
        if not fits or not is_count(count) or not 0 < int(count) < 10_000:
            raise InputError(
                f"{path.name}: field {name} of {kind}{size} x {count}, expected F4, U1 ..."
            )
        fields.append((name, f"<{KINDS[kind]}{size}", int(count)))
    points = _points(path, words)
    before = head[: data.end()].count(b"\n")
    return PcdLayout(tuple(fields), form, data.end(), before, points), words


def _points(path: Path, words: dict[str, str]) -> int:
    numbers = [words.get(name, default) for name, default in (("WIDTH", ""), ("HEIGHT", "1"))]
    told = words.get("POINTS", "")
    if all(is_count(number) for number in numbers):
        product = int(numbers[0]) * int(numbers[1])
        if told and told != str(product):
            raise InputError(f"{path.name}: POINTS {told[:30]}, expected {product:,}")
        return product
    if not is_count(told):
        raise InputError(f"{path.name}: no number of points, expected WIDTH, HEIGHT or POINTS")
    return int(told)


def _check_size(path: Path, layout: PcdLayout) -> None:
    there = path.stat().st_size - layout.start
    numbers = sum(count for _, _, count in layout.fields)
    if layout.form == "ascii":
        least = max(0, layout.points * numbers * 2 - 1)
    elif layout.form == "binary":
        least = layout.points * layout.row_bytes
    else:
        least = layout.points * layout.row_bytes // MAX_LZF_RATIO
    if there < least:
        raise InputError(f"{path.name}: truncated, {there:,} bytes of data, expected {least:,}")


def _binary(path: Path, layout: PcdLayout) -> Iterator[dict[str, NDArray[Any]]]:
    row = np.dtype([(f"{i}", kind, (count,)) for i, (_, kind, count) in enumerate(layout.fields)])
    left = layout.points
    with path.open("rb") as stream:
        stream.seek(layout.start)
        while left:
            table = np.fromfile(stream, row, min(left, CHUNK_POINTS))
            if not len(table):
                raise InputError(f"{path.name}: truncated, {left:,} points are missing")
            left -= len(table)
            named = enumerate(layout.fields)
            yield {name: np.ascontiguousarray(table[f"{i}"][:, 0]) for i, (name, _, _) in named}


def _text(path: Path, layout: PcdLayout) -> Iterator[dict[str, NDArray[Any]]]:
    columns = sum(count for _, _, count in layout.fields)
    found = 0
    with Lines(path, layout.start, layout.lines_before) as lines:
        for table in lines.rows(columns, None, layout.points):
            found += len(table)
            fields, place = {}, 0
            for name, kind, count in layout.fields:
                fields[name] = _typed(table[:, place], kind, is_colour=name in ("rgb", "rgba"))
                place += count
            yield fields
    if found != layout.points:
        raise InputError(f"{path.name}: {found:,} points, expected {layout.points:,}: cut short")


def _typed(values: NDArray[Any], kind: str, *, is_colour: bool) -> NDArray[Any]:
    """Numbers of text in the type of their field; of a float only a colour's bits matter."""
    if kind[1] == "f":
        return values.astype(kind) if is_colour else values
    limits = np.iinfo(kind)
    low, high = max(limits.min, -(2**53)), min(limits.max, 2**53)
    whole: NDArray[Any] = np.clip(np.nan_to_num(values), low, high).astype(kind)
    return whole


def _compressed(path: Path, layout: PcdLayout) -> Iterator[dict[str, NDArray[Any]]]:
    size = layout.points * layout.row_bytes
    if not size:
        return
    with path.open("rb") as stream:
        stream.seek(layout.start)
        head = stream.read(8)
    packed, unpacked = struct.unpack("<II", head) if len(head) == 8 else (0, 0)
    there = path.stat().st_size - layout.start - 8
    if unpacked != size or packed > there:
        raise InputError(
            f"{path.name}: {packed:,} bytes that become {unpacked:,}, "
            f"expected {there:,} and {size:,}"
        )
    check_free_disk(temporary_folder(), size)
    with tempfile.TemporaryFile() as scratch:
        scratch.truncate(size)
        source = np.memmap(path, np.uint8, "r", layout.start + 8, (packed,))
        target: NDArray[np.uint8] = np.memmap(scratch, np.uint8, "r+", 0, (size,))
        if unpack_lzf(source, target) != size:
            raise InputError(f"{path.name}: damaged, its LZF data does not unpack")
        yield from _planes(layout, target)


def _planes(layout: PcdLayout, data: NDArray[np.uint8]) -> Iterator[dict[str, NDArray[Any]]]:
    """Chunks of data whose fields lie one after the other."""
    starts, place = [], 0
    for _, kind, count in layout.fields:
        starts.append(place)
        place += layout.points * np.dtype(kind).itemsize * count
    for first in range(0, layout.points, CHUNK_POINTS):
        last = min(layout.points, first + CHUNK_POINTS)
        fields = {}
        for (name, kind, count), start in zip(layout.fields, starts, strict=True):
            step = np.dtype(kind).itemsize * count
            rows = np.array(data[start + first * step : start + last * step]).view(kind)
            fields[name] = np.ascontiguousarray(rows[::count])
        yield fields


@njit(cache=True)
def unpack_lzf(source, target):  # type: ignore[no-untyped-def]
    """Unpack LZF bytes into ``target``; returns how many, or -1 when they are damaged.

    A byte below 32 says how many literal bytes follow, less one. Else its upper three bits are
    a length (7: another byte is added) less two, its lower five and the next byte a distance.
    """
    place = 0
    at = 0
    while at < len(source):
        control = int(source[at])
        at += 1
        if control < 32:
            count = control + 1
            if at + count > len(source) or place + count > len(target):
                return -1
            for k in range(count):
                target[place + k] = source[at + k]
            at += count
            place += count
            continue
        count = control >> 5
        if count == 7:
            if at >= len(source):
                return -1
            count += int(source[at])
            at += 1
        if at >= len(source):
            return -1
        start = place - ((control & 31) << 8) - int(source[at]) - 1
        at += 1
        count += 2
        if start < 0 or place + count > len(target):
            return -1
        for k in range(count):
            target[place + k] = target[start + k]
        place += count
    return place
