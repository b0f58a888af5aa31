"""Findings of gates."""

import hashlib
from collections.abc import Iterable
from typing import Any

from vtour.schema.gates import Finding

MOST_NAMED = 12
"""Of one kind; how many more there are is said."""


def good(key: str, **values: Any) -> Finding:
    """Something that is as it should be."""
    return Finding(key=key, values=_writable(values), passed=True)


def bad(key: str, *, of: str | None = None, **values: Any) -> Finding:
    """Something that is not; ``of`` is what a waiver goes by, where that is not all values."""
    return Finding(key=key, values=_writable(values), passed=False, of=of)


def digest_of(parts: Iterable[str]) -> str:
    """Short name of many things, in any order."""
    text = "\0".join(sorted(parts)).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()[:16]


def _writable(values: dict[str, Any]) -> dict[str, Any]:
    """Names of files that are no UTF-8 as texts that can be written."""
    return {
        key: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for key, value in values.items()
    }


def at_most(findings: list[Finding], most: int = MOST_NAMED) -> list[Finding]:
    """The first of many that failed, and how many more there are."""
    if len(findings) <= most:
        return findings
    rest = findings[most:]
    of = digest_of(each.model_dump_json() for each in rest)
    return [*findings[:most], bad("gate_more", more=len(rest), of=of)]
