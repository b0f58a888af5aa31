"""Plain values from what EXIF holds: any tag may be missing, of the wrong type, or nonsense."""

import math
from typing import Any

from vtour.files import EXIF_ERRORS

MAX_TEXT = 100


def number(value: Any) -> float | None:
    """A finite float, else None."""
    try:
        result = float(value)
    except EXIF_ERRORS:
        return None
    return result if math.isfinite(result) else None


def positive(value: Any) -> float | None:
    """A finite float above zero, else None: zero means 'unknown' in many EXIF tags."""
    result = number(value)
    return result if result is not None and result > 0 else None


def text(value: Any) -> str:
    """Printable text: padding, what follows a NUL, and control characters removed."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    value = value.split("\0")[0]
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:MAX_TEXT]
