"""LAS, LAZ and COPC through laspy, in chunks.

Sources: LAS 1.4 R15; LAZ: M. Isenburg, LASzip, PE&RS 2013; COPC 1.0 (a LAZ with an index).
"""

import datetime
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.clouds.crs import crs_from_geo_keys, crs_from_wkt
from vtour.clouds.headers import (
    CHUNK_POINTS,
    MAX_POINTS,
    CloudHeaders,
    CrsFacts,
    RawChunk,
    RawChunks,
    ScanHeader,
    eight_bit_colours,
    sane_bounds,
)
from vtour.clouds.las_points import COLUMNS, points_of
from vtour.clouds.sandbox import ChildError, frames_of
from vtour.errors import InputError

MAX_LAS_RECORDS = 10_000
LAS_HEADER_BYTES, LAS_1_4_HEADER_BYTES = 227, 375
VLR_BYTES, EVLR_BYTES = 54, 60
MAX_LAZ_CHUNK = 20_000_000
POINTS_PER_CPU_S = 50_000
LEAST_CPU_S = 60
VARIABLE_CHUNKS = 0xFFFFFFFF
GEO_DIRECTORY = 34735
DAMAGE = (ValueError, RuntimeError, AttributeError, IndexError, KeyError, TypeError, struct.error)
"""What laspy raises for records that hold something else than they should."""


def las_headers(path: Path) -> CloudHeaders:
    """Headers of a LAS, LAZ or COPC file. Raises InputError when damaged, or cut short."""
    import laspy

    _check_records(path)
    errors = (laspy.errors.LaspyException, OSError, *DAMAGE)
    try:
        with laspy.open(path) as reader:
            header = reader.header
    except errors as error:
        raise InputError(f"{path.name}: damaged LAS header ({_short(error)})") from None
    packed = bool(getattr(header, "are_points_compressed", False))
    _check_size(path, header, packed)
    warnings: list[str] = []
    crs = _crs_of(header, warnings)
    is_copc = any((v.user_id, v.record_id) == ("copc", 1) for v in header.vlrs)
    fields = tuple(str(name) for name in header.point_format.dimension_names)
    created = header.creation_date
    facts: dict[str, Any] = {
        "version": str(header.version),
        "point_format": int(header.point_format.id),
        "has_colour": "red" in fields,
        "resolution": [float(value) for value in header.scales],
        "software": str(header.generating_software).strip("\0 "),
    }
    if isinstance(created, datetime.date):
        facts["created"] = created.isoformat()
    scan = ScanHeader(
        points=int(header.point_count),
        fields=fields,
        bounds=sane_bounds(header.mins, header.maxs),
    )
    return CloudHeaders(
        kind="COPC point cloud" if is_copc else f"{'LAZ' if packed else 'LAS'} point cloud",
        scans=(scan,),
        crs=crs,
        warnings=tuple(warnings),
        facts=facts,
    )


def las_chunks(path: Path, headers: CloudHeaders) -> RawChunks:
    """All points, withheld ones left out. Raises InputError when the file ends too early."""
    found = 0
    most: float | None = None
    try:
        tables = _unpacked if headers.kind != "LAS point cloud" else _plain
        for columns in tables(path, headers):
            found += len(columns["xyz"])
            if most is None and "rgb" in columns:
                most = _colour_range(columns["rgb"], lambda: tables(path, headers))
            yield _chunk(columns, most)
    except (ChildError, OSError, *DAMAGE) as error:
        raise InputError(
            f"{path.name}: damaged or cut short after {found:,} of {headers.points:,} points "
            f"({_short(error)})"
        ) from None
    if found != headers.points:
        raise InputError(f"{path.name}: {found:,} points, expected {headers.points:,}")


def _colour_range(
    first: NDArray[Any], tables: Callable[[], Iterator[dict[str, NDArray[Any]]]]
) -> float:
    """65535 as LAS asks, 255 when no point of the file has more: some programs write bytes.

    The file is read twice when its first points do not tell: they may be black.
    """
    if first.max(initial=0) > 255:
        return 65535.0
    brighter = (columns["rgb"].max(initial=0) > 255 for columns in tables())
    return 65535.0 if any(brighter) else 255.0


def _plain(path: Path, headers: CloudHeaders) -> Iterator[dict[str, NDArray[Any]]]:
    yield from points_of(str(path), CHUNK_POINTS)


def _unpacked(path: Path, headers: CloudHeaders) -> Iterator[dict[str, NDArray[Any]]]:
    """The same from a child process."""
    has_rgb = "red" in headers.scans[0].fields
    wanted = [column for column in COLUMNS if column[0] != "rgb" or has_rgb]
    cpu_s = LEAST_CPU_S + headers.points / POINTS_PER_CPU_S
    request = {"path": str(path), "chunk": CHUNK_POINTS}
    with frames_of("vtour.clouds.las_points", request, cpu_s=cpu_s) as frames:
        while (head := next(frames, None)) is not None:
            count = int(np.frombuffer(head, np.uint64)[0])
            columns = {}
            for name, kind, width in wanted:
                values = np.frombuffer(next(frames), kind, count * width)
                columns[name] = values.reshape(count, width) if width > 1 else values
            yield columns


def _chunk(columns: dict[str, NDArray[Any]], most: float | None) -> RawChunk:
    withheld = columns["withheld"] != 0
    if withheld.any():
        columns = {name: values[~withheld] for name, values in columns.items()}
    rgb = None if most is None else eight_bit_colours(columns["rgb"], most)
    return RawChunk(columns["xyz"], rgb, columns["intensity"], invalid=int(withheld.sum()))


def _crs_of(header: Any, warnings: list[str]) -> CrsFacts | None:
    """The CRS by WKT, else by GeoTIFF keys; one that cannot be read is a warning."""
    records = [*header.vlrs, *(header.evlrs or [])]
    texts = [v for v in records if (v.user_id, v.record_id) == ("LASF_Projection", 2112)]
    try:
        for record in texts:
            text = str(getattr(record, "string", "")).strip("\0 \n")
            if text:
                return crs_from_wkt(text)
        for record in records:
            if (record.user_id, record.record_id) == ("LASF_Projection", GEO_DIRECTORY):
                keys = getattr(record, "geo_keys", ())  # a damaged record has none
                return crs_from_geo_keys({int(k.id): int(k.value_offset) for k in keys})
    except InputError as error:
        warnings.append(f"{error}: taken as metres without a place")
    return None


def _check_size(path: Path, header: Any, packed: bool) -> None:
    """Raise InputError when the points cannot all be there."""
    size, start, count = path.stat().st_size, header.offset_to_point_data, header.point_count
    if count > MAX_POINTS * 16:
        raise InputError(f"{path.name}: {count:,} points in its header, expected fewer")
    least = start + (0 if packed else count * header.point_format.size)
    if size < least:
        raise InputError(f"{path.name}: truncated, {size:,} bytes, expected {least:,}")
    if packed and count:
        _check_chunk_table(path, header, size)


def _check_chunk_table(path: Path, header: Any, size: int) -> None:
    """A LAZ ends in the table of its chunks: without it the end of the file is missing."""
    record = next((v for v in header.vlrs if v.record_id == 22204), None)
    raw = bytes(getattr(record, "record_data", b"") or b"") if record is not None else b""
    chunk = struct.unpack_from("<I", raw, 12)[0] if len(raw) >= 16 else VARIABLE_CHUNKS
    if chunk != VARIABLE_CHUNKS and not 0 < chunk <= MAX_LAZ_CHUNK:
        raise InputError(f"{path.name}: LAZ chunks of {chunk:,} points, expected fewer")
    start = header.offset_to_point_data
    with path.open("rb") as stream:
        stream.seek(start)
        table = struct.unpack("<q", stream.read(8).ljust(8, b"\0"))[0]
        if table == -1:  # written to a pipe: the place stands at the end
            stream.seek(size - 8)
            table = struct.unpack("<q", stream.read(8))[0]
        if not start + 8 <= table <= size - 8:
            raise InputError(f"{path.name}: truncated, {size:,} bytes: its last part is missing")
        stream.seek(table)
        _, chunks = struct.unpack("<II", stream.read(8))
    if chunks > min(size, header.point_count):
        raise InputError(f"{path.name}: {chunks:,} LAZ chunks, expected at most one a point")


def _check_records(path: Path) -> None:
    """Raise InputError when a LAS header promises more records than the file can hold.

    laspy believes the counts, and reads as many records (LAS 1.4 R15, sections 2.4 and 2.5).
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(LAS_1_4_HEADER_BYTES)
        if len(head) < LAS_HEADER_BYTES:
            raise InputError(f"{path.name}: {size:,} bytes, expected a LAS header")
        header_size, points_start, records = struct.unpack_from("<HII", head, 94)
        if points_start > size:
            raise InputError(f"{path.name}: truncated, {size:,} bytes, expected {points_start:,}")
        _check_count(path, "records", records, VLR_BYTES, points_start - header_size)
        if head[25] < 4 or len(head) < LAS_1_4_HEADER_BYTES:  # the minor version
            return
        start, records = struct.unpack_from("<QI", head, 235)
        if not records:
            return
        if start > size:
            raise InputError(f"{path.name}: truncated, {size:,} bytes, expected {start:,} and more")
        _check_count(path, "extended records", records, EVLR_BYTES, size - start)
        for _ in range(records):
            stream.seek(start)
            record = stream.read(EVLR_BYTES)
            length = struct.unpack_from("<Q", record, 20)[0] if len(record) == EVLR_BYTES else size
            start += EVLR_BYTES + length
            if start > size:
                raise InputError(f"{path.name}: an extended record runs over the end of the file")


def _check_count(path: Path, what: str, count: int, least_bytes: int, room: int) -> None:
    if count > MAX_LAS_RECORDS or count * least_bytes > max(0, room):
        most = min(MAX_LAS_RECORDS, max(0, room) // least_bytes)
        raise InputError(f"{path.name}: {count:,} {what} in its header, expected at most {most:,}")


def _short(error: BaseException) -> str:
    """The first line of what a library says, without its own call stack."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]
