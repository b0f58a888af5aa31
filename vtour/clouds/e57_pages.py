"""The outer layer of an E57 file: its header, and the checksums of its pages of 1024 bytes.

ASTM E2807-11, sections 5 and 7: the last four bytes of a page are the CRC-32C of the others.
Physical offsets count these bytes, logical lengths do not.
"""

import struct
from pathlib import Path

import numpy as np

from vtour.clouds.headers import UInt8Array
from vtour.errors import InputError

PAGE, DATA = 1024, 1020
SIGNATURE = b"ASTM-E57"
HEADER = "<8sIIQQQQ"
MAX_XML_BYTES = 64 << 20
POLYNOMIAL = 0x82F63B78  # of Castagnoli, its bits turned over


def read_xml(path: Path) -> bytes:
    """The XML section of an E57 file.

    Raises InputError when header, size or checksums are wrong, or the section is larger than
    MAX_XML_BYTES.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(struct.calcsize(HEADER))
    if len(head) < struct.calcsize(HEADER) or not head.startswith(SIGNATURE):
        raise InputError(f"{path.name}: damaged E57 file, expected a header of 48 bytes")
    _, major, minor, length, xml_start, xml_bytes, page = struct.unpack(HEADER, head)
    if page != PAGE:
        raise InputError(f"{path.name}: damaged E57 file, pages of {page:,} bytes, expected {PAGE}")
    if major != 1:
        raise InputError(f"{path.name}: E57 version {major}.{minor}, expected 1.0")
    if length != size:
        what = "truncated" if size < length else "damaged"
        raise InputError(f"{path.name}: {what}, {size:,} bytes, expected {length:,}")
    if xml_bytes > MAX_XML_BYTES:
        raise InputError(
            f"{path.name}: an XML section of {xml_bytes:,} bytes, expected at most "
            f"{MAX_XML_BYTES:,}"
        )
    read_logical(path, 0, struct.calcsize(HEADER))  # for its checksum
    return read_logical(path, xml_start, xml_bytes)


def read_logical(path: Path, start: int, count: int) -> bytes:
    """``count`` bytes without checksums from a physical offset, the checksums verified.

    Raises InputError when they lie outside of the file, or a checksum is wrong.
    """
    size = path.stat().st_size
    first, within = divmod(start, PAGE)
    pages = -(-(within + count) // DATA)
    if within >= DATA or (first + pages) * PAGE > size or count <= 0:
        raise InputError(
            f"{path.name}: damaged E57 file, {count:,} bytes at {start:,}, "
            f"expected them inside of {size:,}"
        )
    with path.open("rb") as stream:
        stream.seek(first * PAGE)
        table = np.frombuffer(stream.read(pages * PAGE), np.uint8).reshape(pages, PAGE)
    told = np.ascontiguousarray(table[:, DATA:]).view(">u4")[:, 0]
    wrong = np.flatnonzero(crc32c(table[:, :DATA]) != told)
    if wrong.size:
        place = (first + int(wrong[0])) * PAGE
        raise InputError(f"{path.name}: damaged E57 file, the checksum at byte {place:,} is wrong")
    return table[:, :DATA].tobytes()[within : within + count]


def _table() -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, (values >> 1) ^ np.uint32(POLYNOMIAL), values >> 1)
    return values.astype(np.uint32)


TABLE = _table()


def crc32c(rows: UInt8Array) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    """CRC-32C of each row (n, m) uint8, all rows at a time (RFC 3720, appendix B.4)."""
    state = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in np.ascontiguousarray(rows.T):
        state = TABLE[(state ^ column) & 0xFF] ^ (state >> 8)
    return state ^ np.uint32(0xFFFFFFFF)
