"""Read site.yaml, which people write by hand: every error names the file, line and column.

YAML's own guesses are left out: ``no``, ``1937`` and ``21:50`` stay the text that was written, and
the contract (schema/site.py) turns text into numbers where it wants numbers. Anchors, aliases and
tags are refused, sizes and depth are limited, and a key that is written twice is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vtour.errors import InputError
from vtour.schema.base import Model
from vtour.schema.site import Site

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
NULLS = ("", "~", "null", "Null", "NULL")
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # C where PyYAML was built with it

ModelT = TypeVar("ModelT", bound=Model)
Path_ = tuple[str | int, ...]
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


@dataclass
class _Document:
    """Values with the place where each was written; keys have places of their own."""

    name: str
    value_at: dict[Path_, Any] = field(default_factory=dict)
    key_at: dict[Path_, Any] = field(default_factory=dict)

    def error(self, mark: Any, message: str) -> InputError:
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        return InputError(f"{self.name}{where}: {message}")


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
    document = _Document(name)
    value = _value_from_text(text, document)
    if not isinstance(value, dict):
        raise InputError(f"{name}: found no mapping, expected {fields}")
    _refuse_unknown_keys_without_value(value, document, contract)
    try:
        return contract.model_validate(_without_nulls(value))
    except ValidationError as error:
        raise _first_error(error.errors(include_url=False), document) from None


def _refuse_unknown_keys_without_value(
    value: dict[str, Any], document: _Document, contract: type[Model]
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


def text_of_file(path: Path) -> str:
    """The text of a file that people write: UTF-8 of a sane size, else InputError."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path.name}: {size:,} bytes, expected at most {MAX_BYTES:,}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8, expected UTF-8") from None
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read ({error.strerror})") from None


def _value_from_text(text: str, document: _Document) -> Any:
    """Plain lists, dicts, texts and None of the only document in ``text``."""
    events = yaml.parse(text, Loader=LOADER)
    value: Any = None
    documents = 0
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise document.error(event.start_mark, "second document, expected only one")
                value = _value(next(events), events, (), document)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = "a tab, expected spaces" if _is_tab(text, mark) else error.problem
        raise document.error(mark, f"no valid YAML: {problem}") from None
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise InputError(f"{document.name}: no valid YAML: {detail}") from None
    return value


def _is_tab(text: str, mark: Any) -> bool:
    """Whether a tab stands where the parser stopped."""
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return False
    return bool(lines[mark.line].startswith("\t", mark.column))


def _value(event: Any, events: Iterator[Any], path: Path_, document: _Document) -> Any:
    document.value_at[path] = event.start_mark
    if isinstance(event, yaml.AliasEvent):
        raise document.error(event.start_mark, "alias (*), expected the value itself")
    if event.anchor is not None:
        raise document.error(event.start_mark, "anchor (&), expected a plain value")
    if event.tag not in (None, "!"):
        raise document.error(event.start_mark, f"tag {event.tag}, expected a plain value")
    if len(path) > MAX_DEPTH:
        raise document.error(event.start_mark, f"more than {MAX_DEPTH} levels deep")
    if isinstance(event, yaml.ScalarEvent):
        is_null = event.style in (None, "") and event.value in NULLS
        return None if is_null else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return _list(events, path, document)
    return _mapping(events, path, document)


def _list(events: Iterator[Any], path: Path_, document: _Document) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        items.append(_value(event, events, (*path, len(items)), document))
    return items


def _mapping(events: Iterator[Any], path: Path_, document: _Document) -> dict[str, Any]:
    """A mapping; None where a field has no value."""
    result: dict[str, Any] = {}
    seen: set[str] = set()
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None:
            raise document.error(event.start_mark, "found a key that is no plain text")
        key = event.value
        if key in seen:
            raise document.error(event.start_mark, f"key {key!r} is written twice, expected once")
        seen.add(key)
        document.key_at[*path, key] = event.start_mark
        result[key] = _value(next(events), events, (*path, key), document)
    return result


def _first_error(problems: list[ErrorDetails], document: _Document) -> InputError:
    """The first problem; an unknown field before what is missing, which it is often meant to be."""
    problem = min(problems, key=lambda each: each["type"] != "extra_forbidden")
    path = _path_in(document, problem["loc"])
    is_key = problem["type"] == "extra_forbidden" or "[key]" in problem["loc"]
    mark = document.key_at.get(path) if is_key else None
    mark = mark or document.value_at.get(path)
    missing = f".{problem['loc'][-1]}" if problem["type"] == "missing" else ""
    where = _written(path) + missing
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    told = f"{where.lstrip('.')}: " if where else ""
    return document.error(mark, f"{told}{_message(problem)}{_meant(problem, problems)}{more}")


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


def _path_in(document: _Document, loc: tuple[str | int, ...]) -> Path_:
    """The part of pydantic's location that is in the file: union tags and marks are not."""
    path: Path_ = ()
    for part in loc:
        if (*path, part) in document.value_at:
            path = (*path, part)
    return path


def _written(path: Path_) -> str:
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
