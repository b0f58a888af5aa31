"""Byte ranges of RFC 9110 section 14, without any input or output.

A set of several ranges is answered with the whole file, which the RFC allows; Werkzeug's own
reader answers it, unknown units and long suffixes with 416.
"""

import re
from dataclasses import dataclass

ONE_RANGE = re.compile(r"bytes\s*=[\s,]*([0-9]*)\s*-\s*([0-9]*)[\s,]*", re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    """Bytes ``start`` to before ``stop`` of a file."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start


class RangeError(ValueError):
    """No byte of the range exists: status 416."""


def range_from_header(header: str | None, size: int) -> ByteRange | None:
    """The one range of a Range header in a file of ``size`` bytes; None for the whole file.

    An end past the file is cut, a suffix longer than the file is the file. What is not
    understood (another unit, several ranges, nonsense) is ignored, as the RFC says.
    Raises RangeError when the range starts past the end, or is an empty suffix.
    """
    match = ONE_RANGE.fullmatch(header.strip()) if header else None
    if match is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if len(first) > 18 or len(last) > 18:
        raise RangeError(header)
    if not first:
        if int(last) == 0 or size == 0:
            raise RangeError(header)
        return ByteRange(max(0, size - int(last)), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeError(header)
    return ByteRange(start, min(size, int(last) + 1) if last else size)
