"""Read site.yaml, which people write by hand: every error names the file, line and column."""

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vtour.errors import InputError
from vtour.schema.base import Model
from vtour.schema.site import Site
from vtour.yaml_marks import Loc, Place, YamlText, text_of_file

ModelT = TypeVar("ModelT", bound=Model)
MESSAGES = {
    "missing": "missing, expected a value",
    "extra_forbidden": "unknown field",
    "string_type": "expected a text",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping such as {vi: ..., en: ...}",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
}
PATTERNS = {
    r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$": "lower-case ASCII letters, digits and inner hyphens",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "a language tag such as vi, en or zh-Hans",
    "^(info|link|media|warning)$": "info, link, media or warning",
    r"^[ap][0-9a-f]{10}$": "the id of a proposal, such as p0123456789",
    r"^[0-9a-f]{64}$": "a digest of 64 hex digits",
    r"^EPSG:\d{4,6}(\+\d{4,6})?$": "EPSG:32648 or the like, with heights EPSG:9215+5773",
    r"^\d{4}-\d{2}-\d{2}$": "a date such as 2026-11-30",
}


def read_site(path: Path) -> Site:
    """Read and check a site.yaml.

    Raises InputError ('site.yaml:12:5: ...') for a file that cannot be read, is no YAML, or does
    not keep to the contract.
    """
    return site_from_text(text_of_file(path), path.name)


def site_from_text(text: str, name: str = "site.yaml") -> Site:
    """The same for a text; ``name`` is the file's name in errors."""
    return contract_from_text(text, name, Site, "'id: ...' and other fields")


def contract_from_text(text: str, name: str, contract: type[ModelT], fields: str) -> ModelT:
    """Any file that people write, checked as site.yaml is.

    fields : what it is expected to hold, in words, when it is no mapping.
    """
    document = YamlText(text, name)
    value = document.value
    if not isinstance(value, dict):
        raise InputError(f"{name}: found no mapping, expected {fields}")
    _refuse_unknown_keys_without_value(value, document, contract)
    try:
        return contract.model_validate(_without_nulls(value))
    except ValidationError as error:
        raise _first_error(error.errors(include_url=False), document) from None


def _refuse_unknown_keys_without_value(
    value: dict[str, Any], document: YamlText, contract: type[Model]
) -> None:
    """A field without a value counts as not written, but only one that there is.

    ``{lat: 21,85, lon: 106,74}`` reads as lat 21 and lon 106 beside two keys without a value.
    """
    try:
        contract.model_validate(value)
    except ValidationError as error:
        unknown = [
            problem
            for problem in error.errors(include_url=False)
            if problem["type"] == "extra_forbidden" and problem["input"] is None
        ]
        if unknown:
            raise _first_error(unknown, document) from None


def _without_nulls(value: Any) -> Any:
    """The value without the fields that have none."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _first_error(problems: list[ErrorDetails], document: YamlText) -> InputError:
    """The first problem; an unknown field before what is missing, which it is often meant to be."""
    problem = min(problems, key=lambda each: each["type"] != "extra_forbidden")
    path = _path_in(document, problem["loc"])
    is_key = problem["type"] == "extra_forbidden" or "[key]" in problem["loc"]
    place = document.key_place(path) if is_key else document.place(path)
    missing = f".{problem['loc'][-1]}" if problem["type"] == "missing" else ""
    where = _written(path) + missing
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    told = f"{where.lstrip('.')}: " if where else ""
    return _error(document, place, f"{told}{_message(problem)}{_meant(problem, problems)}{more}")


def _error(document: YamlText, place: Place | None, message: str) -> InputError:
    where = f":{place[0]}:{place[1]}" if place else ""
    return InputError(f"{document.name}{where}: {message}")


def _meant(problem: ErrorDetails, problems: list[ErrorDetails]) -> str:
    """What an unknown field may be meant to be: decimals after a comma, or what is missing."""
    if problem["type"] != "extra_forbidden":
        return ""
    *place, name = problem["loc"]
    if str(name).isdigit() and problem["input"] is None:
        return ", expected decimals with a point, such as 21.85"
    missing = [
        str(each["loc"][-1])
        for each in problems
        if each["type"] == "missing" and list(each["loc"][:-1]) == place
    ]
    return f", expected {' or '.join(missing)}" if missing else ""


def _path_in(document: YamlText, loc: tuple[str | int, ...]) -> Loc:
    """The part of pydantic's location that is in the file: union tags and marks are not."""
    path: Loc = ()
    for part in loc:
        if document.has((*path, part)):
            path = (*path, part)
    return path


def _written(path: Loc) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _message(problem: ErrorDetails) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    found = problem["input"]
    shown = f"found {found!r:.60}, " if isinstance(found, str) and kind != "extra_forbidden" else ""
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return f"{shown}expected {PATTERNS.get(pattern, pattern)}"
    if kind in MESSAGES:
        comma = " with a decimal point" if kind == "float_parsing" and "," in str(found) else ""
        return f"{shown if kind != 'missing' else ''}{MESSAGES[kind]}{comma}"
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length") or context.get("max_length")
        return f"found {context.get('actual_length')} items, expected {bound}"
    text = re.sub(r"^(Value error, |Input should be |String should have )", "", problem["msg"])
    return f"{shown}{text if kind in ('value_error', 'place') else f'expected {text}'}"
