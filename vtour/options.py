"""Options of stages: default, help, unit and range are declared once, on the field.

The command line (`vtour.cli.options_of`) and the reference page derive from these.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from vtour.errors import OptionError

T = TypeVar("T")


def option(
    default: Any,
    help: str,
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """Declare a dataclass field with what the user should know of it."""
    metadata = {"help": help, "unit": unit, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """Base of every stage's options: frozen, checked when made."""

    def __post_init__(self) -> None:
        check_ranges(self)


def check_ranges(options: StageOptions) -> None:
    """Raise OptionError naming the first field that lies outside its declared range."""
    for spec in fields(options):
        value = getattr(options, spec.name)
        low, high = spec.metadata["minimum"], spec.metadata["maximum"]
        if isinstance(value, float) and not math.isfinite(value):
            raise OptionError(f"{spec.name}={value}: expected a finite number")
        if (low is not None and value < low) or (high is not None and value > high):
            expected = f"{'' if low is None else low} to {'' if high is None else high}"
            unit = spec.metadata["unit"]
            raise OptionError(f"{spec.name}={value}: expected {expected} {unit}".rstrip())


OptionsT = TypeVar("OptionsT", bound=StageOptions)


def with_text_values(options: OptionsT, values: Mapping[str, str]) -> OptionsT:
    """Replace fields by values written as text, converted to the type of the field's default.

    Raises OptionError for an unknown name or a text that does not convert.
    """
    known = {spec.name: spec for spec in fields(options)}
    changes: dict[str, Any] = {}
    for name, text in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise OptionError(f"option {name!r}: unknown, expected one of {', '.join(known)}{hint}")
        changes[name] = _value_from_text(name, text, type(known[name].default))
    return replace(options, **changes)


def _value_from_text(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise OptionError(f"{name}={text}: expected true or false")
        return text.lower() == "true"
    try:
        return kind(text)
    except ValueError:
        words = {int: "a whole number", float: "a number"}
        expected = ", ".join(kind) if issubclass(kind, StrEnum) else words.get(kind, kind.__name__)
        raise OptionError(f"{name}={text}: expected {expected}") from None
