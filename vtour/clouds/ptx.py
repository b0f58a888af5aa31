"""PTX (Leica): several scans a file, each a grid of directions with its matrix, in chunks.

A scan: columns, rows, the scanner's place, its three axes, a 4x4 matrix for row vectors (its last
row is the translation), then columns x rows lines of x y z intensity and maybe r g b. A line
with 0 0 0 saw nothing. Metres.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtour.clouds.headers import (
    CloudHeaders,
    RawChunk,
    RawChunks,
    ScanHeader,
    UInt8Array,
    scaled_intensity,
)
from vtour.clouds.text import Lines
from vtour.errors import InputError
from vtour.frames import FloatArray

LEAST_LINE_BYTES = 8
COLUMNS = {4: ("x", "y", "z", "intensity"), 7: ("x", "y", "z", "intensity", "red", "green", "blue")}


@dataclass(frozen=True)
class PtxScan:
    """Where its points begin, as byte and lines before it, and columns a line."""

    start: int
    lines_before: int
    columns: int


def ptx_headers(path: Path) -> CloudHeaders:
    """Headers of all scans: goes through the whole file for them.

    Raises InputError, with the line, when a header is broken or points are missing.
    """
    scans: list[ScanHeader] = []
    layout: list[PtxScan] = []
    with Lines(path) as lines:
        while True:
            header = _next_header(lines)
            if header is None:
                break
            columns, rows, pose = header
            count = columns * rows
            if count * LEAST_LINE_BYTES > path.stat().st_size + LEAST_LINE_BYTES:
                raise InputError(
                    f"{path.name} line {lines.number - 9}: {columns:,} x {rows:,} points, "
                    f"expected fewer in {path.stat().st_size:,} bytes"
                )
            start, before = lines.tell(), lines.number
            width, there = _width(lines, count)
            if count and width not in COLUMNS:
                raise InputError(
                    f"{path.name} line {lines.number}: {width} values, expected 4 or 7"
                )
            there += lines.skip(count - there)
            if there < count:
                raise InputError(
                    f"{path.name}: cut short, scan {len(scans)} has {there:,} of {count:,} lines"
                )
            layout.append(PtxScan(start, before, width))
            scans.append(
                ScanHeader(
                    points=count,
                    fields=COLUMNS.get(width, ()),
                    file_from_scan=pose,
                    is_structured=columns > 1 and rows > 1,
                )
            )
    if not scans:
        raise InputError(f"{path.name}: no scan, expected a PTX file")
    return CloudHeaders(
        kind="PTX scans", scans=tuple(scans), is_metric_format=True, layout=tuple(layout)
    )


def ptx_chunks(path: Path, headers: CloudHeaders, scan: int) -> RawChunks:
    """Points of one scan; directions that saw nothing are left out and counted."""
    place: PtxScan = headers.layout[scan]
    with Lines(path, place.start, place.lines_before) as lines:
        short = 4 if place.columns == 7 else 0
        for table in lines.rows(place.columns, None, headers.scans[scan].points, short):
            seen = (table[:, :3] != 0).any(1)
            table = table[seen]
            yield RawChunk(
                table[:, :3],
                _bytes(table[:, 4:7]) if place.columns == 7 else None,
                scaled_intensity(table[:, 3], (0.0, 65535.0)),
                invalid=int((~seen).sum()),
            )


def _width(lines: Lines, count: int) -> tuple[int, int]:
    """Values a line, and how many lines were read to see it.

    Some programs write no colour where there was no return: the first return tells.
    """
    width = there = 0
    while there < count and (line := lines.line()) is not None:
        words = line.split()
        width, there = max(width, len(words)), there + 1
        if any(word.strip("+-0.") for word in words[:3]) or len(words) not in COLUMNS:
            break
    return width, there


def _bytes(colours: FloatArray) -> UInt8Array:
    return np.clip(np.nan_to_num(colours), 0, 255).astype(np.uint8)


def _next_header(lines: Lines) -> tuple[int, int, FloatArray] | None:
    """Columns, rows and pose of the next scan, None at the end of the file."""
    first = lines.line()
    while first is not None and not first.strip():
        first = lines.line()
    if first is None:
        return None
    start = lines.number
    columns, rows = (_whole(lines, text) for text in (first, lines.line()))
    numbers = [_numbers(lines, lines.line(), 3) for _ in range(4)]
    matrix = np.array([_numbers(lines, lines.line(), 4) for _ in range(4)]).T
    rotation = matrix[:3, :3]
    good = np.isfinite(matrix).all() and np.isfinite(numbers).all()
    if not good or np.linalg.det(rotation) < 1e-6 or not _is_rotation(rotation):
        raise InputError(
            f"{lines.path.name} line {start + 6}: expected a rotation and a translation, metres"
        )
    left, _, right = np.linalg.svd(rotation)
    matrix[:3, :3] = left @ right  # the nearest that turns exactly: its inverse is its transpose
    matrix[3] = [0, 0, 0, 1]
    return columns, rows, matrix


def _is_rotation(rotation: FloatArray) -> bool:
    """Whether it turns only; written with few digits, so within a thousandth."""
    return bool(np.abs(rotation @ rotation.T - np.eye(3)).max() < 2e-3)


def _whole(lines: Lines, text: str | None) -> int:
    words = (text or "").split()
    if len(words) != 1 or not words[0].isdecimal() or len(words[0]) > 12:
        raise InputError(
            f"{lines.path.name} line {lines.number}: {(text or 'nothing')[:40]!r}, expected the "
            "number of columns or rows of a PTX scan"
        )
    return int(words[0])


def _numbers(lines: Lines, text: str | None, count: int) -> list[float]:
    words = (text or "").split()
    try:
        if len(words) == count:
            return [float(word) for word in words]
    except ValueError:
        pass
    raise InputError(
        f"{lines.path.name} line {lines.number}: {(text or 'nothing')[:40]!r}, "
        f"expected {count} numbers"
    )
