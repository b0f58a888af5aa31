"""What a check of a scene package finds."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong (error) or looks wrong (warning)."""

    is_error: bool
    text: str


def error(text: str) -> Finding:
    """A finding that makes the package invalid."""
    return Finding(True, text)


def warning(text: str) -> Finding:
    """A finding that someone should look at."""
    return Finding(False, text)
