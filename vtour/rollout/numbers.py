"""Figures with their units, and what fills the words of findings, as a language writes them."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from vtour.rollout.wording import day
from vtour.rollout.words.say import say
from vtour.schema.gates import Finding

PLAIN_UNITS = {"1": "", "m2": "m²", "deg": "°"}
FIGURES = frozenset(("found", "required", "most", "least"))
"""Values of findings that hold figures as texts, as English writes them: '≤ 0.02 m'."""
COORDINATES = frozenset(("lat", "lon"))
"""Written with a point everywhere, as maps take them."""
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MARKS = re.compile(r"(?<=\d)[.,](?=\d)")
LANGUAGE_NAMES = {
    "vi": {"vi": "tiếng Việt", "en": "tiếng Anh", "zh-Hans": "tiếng Trung giản thể"},
    "en": {"vi": "Vietnamese", "en": "English", "zh-Hans": "simplified Chinese"},
}
OTHER = {".": ",", ",": "."}


def figure(value: float, unit: str = "1", language: str = "en") -> str:
    """A figure with its unit; six digits count: 0.0123457 m, or 0,0123457 m in Vietnamese."""
    if float(value).is_integer():
        text = f"{value:,.0f}"
    elif abs(value) >= 1e5:
        text = f"{value:,.1f}"
    else:
        text = f"{Decimal(f'{value:.6g}'):,f}"  # never 5e-05
    word = PLAIN_UNITS.get(unit, unit)
    return with_marks(f"{text} {word}" if word else text, language)


def bounds(least: float | None, most: float | None, unit: str = "1", language: str = "en") -> str:
    """A threshold: '≥ 0.98', '≤ 0.02 m', '2 – 4'; empty without a bound."""
    if least is not None and most is not None:
        return f"{figure(least, '1', language)} – {figure(most, unit, language)}"
    if least is not None:
        return f"≥ {figure(least, unit, language)}"
    return "" if most is None else f"≤ {figure(most, unit, language)}"


def finding_line(finding: Finding, language: str) -> str:
    """A finding in words."""
    return say(finding.key, language, **in_language(finding.values, language))


def in_language(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What fills the words of a finding, as it is written in a language."""
    return {key: _in_language(key, value, language) for key, value in values.items()}


def _in_language(key: str, value: Any, language: str) -> Any:
    if isinstance(value, float):
        text = f"{value:.10g}"
        return text if key in COORDINATES else with_marks(text, language)
    if not isinstance(value, str):
        return value
    if key == "languages":
        names = LANGUAGE_NAMES.get(language, {})
        return ", ".join(names.get(tag, tag) for tag in value.split(", "))
    if ISO_DAY.fullmatch(value):
        return day(date.fromisoformat(value), language)
    return with_marks(value, language) if key in FIGURES else value


def with_marks(text: str, language: str) -> str:
    """An English figure with the marks of a language: 1,234.5 is 1.234,5 in Vietnamese."""
    return MARKS.sub(lambda mark: OTHER[mark[0]], text) if language == "vi" else text
