"""A point cloud on disk as plain columns, larger than memory: written in chunks, read in slices.

A folder with one ``.npy`` a column, all with as many rows:

xyz        (n, 3) float32, metres
rgb        (n, 3) uint8, sRGB
intensity  (n,)   uint16, 0 to 65535 over the range that the scanner told
normal     (n, 3) int8, unit vector times 127
station    (n,)   uint16, number of the station it was seen from

``xyz`` is always there. float32 holds a tenth of a millimetre up to 1 km from the origin, so the
frame's origin lies near the points.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.files import resource_errors, sync_file

COLUMNS: dict[str, tuple[type, tuple[int, ...]]] = {
    "xyz": (np.float32, (3,)),
    "rgb": (np.uint8, (3,)),
    "intensity": (np.uint16, ()),
    "normal": (np.int8, (3,)),
    "station": (np.uint16, ()),
}
CHUNK_POINTS = 1_000_000
HEADER_BYTES = 128  # numpy pads a header to 64; 20 digits of rows still fit

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class PointStore:
    """The columns of a folder that was written by StoreWriter."""

    folder: Path
    columns: tuple[str, ...]
    count: int

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Raises InputError when it is no such folder, or its columns differ in length."""
        lengths = {name: _rows(folder / f"{name}.npy") for name in COLUMNS}
        there = {name: rows for name, rows in lengths.items() if rows is not None}
        if "xyz" not in there or len(set(there.values())) > 1:
            raise InputError(f"{folder}: found columns {there}, expected xyz.npy and its like")
        return cls(folder, tuple(there), there["xyz"])

    def column(self, name: str) -> NDArray[Any]:
        """One column, mapped from disk and read-only. Raises KeyError when it is not there."""
        if name not in self.columns:
            raise KeyError(name)
        if not self.count:  # an empty file cannot be mapped
            kind, shape = COLUMNS[name]
            return np.zeros((0, *shape), kind)
        mapped: NDArray[Any] = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        return mapped

    def chunks(self, points: int = CHUNK_POINTS) -> Iterator[Columns]:
        """All columns in slices of so many points, as arrays in memory, in order."""
        mapped = {name: self.column(name) for name in self.columns}
        for start in range(0, self.count, points):
            yield {name: np.array(rows[start : start + points]) for name, rows in mapped.items()}


class StoreWriter:
    """Appends points to a new store; to be used in a ``with``.

    The folder is made; its columns are those of the first chunk. A store that was left by an
    exception cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._streams: dict[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        with resource_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows. Raises ValueError when columns, shapes or lengths do not fit: a bug."""
        rows = len(columns["xyz"])
        with resource_errors(self.folder):
            if not self._streams:
                for name in columns:
                    stream = (self.folder / f"{name}.npy").open("wb")
                    stream.write(bytes(HEADER_BYTES))
                    self._streams[name] = stream
            if set(columns) != set(self._streams):
                raise ValueError(f"columns {sorted(columns)}, expected {sorted(self._streams)}")
            for name, values in columns.items():
                kind, shape = COLUMNS[name]
                if values.dtype != kind or values.shape != (rows, *shape):
                    raise ValueError(f"{name}: {values.dtype} {values.shape}, expected {kind}")
                self._streams[name].write(np.ascontiguousarray(values).data)
        self.count += rows

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and not self._streams:
            self.append({"xyz": np.zeros((0, 3), np.float32)})
        for name, stream in self._streams.items():
            with stream, resource_errors(self.folder):
                if kind is None:
                    stream.seek(0)
                    stream.write(_header(name, self.count))
        if kind is None:
            for name in self._streams:
                sync_file(self.folder / f"{name}.npy")


def write_store(folder: Path, columns: Mapping[str, NDArray[Any]]) -> PointStore:
    """Write arrays that fit in memory as a store."""
    with StoreWriter(folder) as writer:
        writer.append(columns)
    return PointStore.open(folder)


def _header(name: str, rows: int) -> bytes:
    """The .npy header (format 1.0) of a column, padded to HEADER_BYTES."""
    kind, shape = COLUMNS[name]
    stream = BytesIO()
    value = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": (rows, *shape)}
    np.lib.format.write_array_header_1_0(stream, value)
    raw = stream.getvalue()
    body = raw[10:].rstrip(b" \n").ljust(HEADER_BYTES - 11) + b"\n"
    return raw[:8] + len(body).to_bytes(2, "little") + body


def _rows(path: Path) -> int | None:
    """Rows of a column by its header and its size, None when there is no whole column."""
    try:
        with path.open("rb") as stream:
            if np.lib.format.read_magic(stream) != (1, 0):
                return None
            shape, _, kind = np.lib.format.read_array_header_1_0(stream)
            start = stream.tell()
    except (OSError, ValueError):
        return None
    expected, width = COLUMNS[path.stem]
    is_whole = path.stat().st_size == start + int(np.prod(shape)) * kind.itemsize
    return shape[0] if is_whole and kind == expected and shape[1:] == width else None
