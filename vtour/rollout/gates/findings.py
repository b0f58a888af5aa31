"""Findings of gates, and how figures are written in them: the same in every language."""

from typing import Any

from vtour.schema.gates import Finding

MOST_NAMED = 12
"""Of one kind; how many more there are is said."""
PLAIN_UNITS = {"1": "", "m2": "m²", "deg": "°"}


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
    return [*findings[:most], bad("gate_more", more=len(findings) - most)]


def figure(value: float, unit: str = "1") -> str:
    """A figure with its unit: six digits count, thousands are set apart by spaces."""
    whole = float(value).is_integer() and abs(value) < 1e15
    text = f"{value:,.0f}" if whole else f"{value:.6g}"
    word = PLAIN_UNITS.get(unit, unit)
    text = text.replace(",", " ")
    return f"{text} {word}" if word else text
