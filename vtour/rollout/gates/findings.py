"""Findings of gates."""

from typing import Any

from vtour.schema.gates import Finding

MOST_NAMED = 12
"""Of one kind; how many more there are is said."""


def good(key: str, **values: Any) -> Finding:
    """Something that is as it should be."""
    return Finding(key=key, values=values, passed=True)


def bad(key: str, **values: Any) -> Finding:
    """Something that is not."""
    return Finding(key=key, values=values, passed=False)


def at_most(findings: list[Finding], most: int = MOST_NAMED) -> list[Finding]:
    """The first of many that failed, and how many more there are."""
    if len(findings) <= most:
        return findings
    more = len(findings) - most
    rest = Finding(key="gate_more", values={"more": more}, passed=False, found=more, max=0)
    return [*findings[:most], rest]
