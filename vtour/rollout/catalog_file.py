"""Read catalog.yaml: every problem with its line and column, in Vietnamese or English."""

import difflib
import hashlib
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from vtour.rollout.refusals import RefusedError, refused
from vtour.rollout.words.reading import SYNTAX
from vtour.rollout.words.say import WORDS, say
from vtour.schema.catalog import Catalog, CatalogSite, Deliverable, Phase, Profile, Programme
from vtour.schema.report import MEASURES
from vtour.yaml_marks import (
    Loc,
    Place,
    YamlError,
    YamlText,
    text_of_file,
    without_collection,
)

MAX_BYTES = 20_000_000
FIELDS = tuple(Catalog.model_fields)

FORMS = {
    r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$": "form_id",
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": "form_language",
    r"^[0-9a-f]{64}$": "form_digest",
    r"^\d{5}$": "form_commune",
    r"^\d{2}$": "form_province",
    r"^[0-9]{4}(-[0-9]{4})?$": "form_phase",
    r"^(https://[^\s]+|/[^\s]+)$": "form_url",
    r"^(special_national|national|provincial|none|unknown)$": "form_ranking",
}
KINDS = {
    "string_type": "wrong_text",
    "float_type": "wrong_number",
    "float_parsing": "wrong_number",
    "finite_number": "wrong_number",
    "int_type": "wrong_number",
    "int_parsing": "wrong_number",
    "int_from_float": "wrong_number",
    "date_type": "wrong_date",
    "date_parsing": "wrong_date",
    "date_from_datetime_parsing": "wrong_date",
    "date_from_datetime_inexact": "wrong_date",
    "datetime_type": "wrong_time",
    "datetime_parsing": "wrong_time",
    "datetime_from_date_parsing": "wrong_time",
    "enum": "wrong_choice",
    "bool_type": "wrong_truth",
    "bool_parsing": "wrong_truth",
    "list_type": "wrong_list",
    "dict_type": "wrong_mapping",
    "model_type": "wrong_mapping",
    "model_attributes_type": "wrong_mapping",
}
BOUNDS = {
    "greater_than_equal": (">=", "ge"),
    "greater_than": (">", "gt"),
    "less_than_equal": ("<=", "le"),
    "less_than": ("<", "lt"),
    "string_too_short": (">=", "min_length"),
    "string_too_long": ("<=", "max_length"),
    "too_short": (">=", "min_length"),
    "too_long": ("<=", "max_length"),
}


@dataclass(frozen=True)
class Problem:
    """Something wrong with a catalogue.

    key    : of ``words.say.WORDS``; ``{field}`` is where in the file.
    values : fill its words; one that differs by language is a function of it.
    site   : whose problem it is, where it is one site's.
    """

    key: str
    place: Place | None = None
    error: bool = True
    site: str | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """What is wrong, without the place."""
        said = {
            key: value(language) if callable(value) else value for key, value in self.values.items()
        }
        return say(self.key, language, **said).removeprefix(": ")

    def line(self, name: str, language: str = "en") -> str:
        """The same as one line: file, line, column, and what is wrong."""
        where = f":{self.place[0]}:{self.place[1]}" if self.place else ""
        whose = f"{self.site}: " if self.site else ""
        return f"{name}{where}: {whose}{self.words(language)}"


@dataclass(frozen=True)
class Words:
    """A part of a problem's line that differs by language."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def __call__(self, language: str) -> str:
        """The part in a language."""
        return say(self.key, language, **self.values)


class Reading:
    """A catalogue as far as it can be read, and everything that keeps it from its contract.

    document : values and places; None when the text is no YAML of ours.
    sites    : those that keep to the contract, by their place in the file.
    """

    def __init__(self, text: str | YamlText, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.document: YamlText | None = None
        self.programme: Programme | None = None
        self.phases: dict[int, Phase] = {}
        self.profiles: dict[str, Profile] = {}
        self.sites: dict[int, CatalogSite] = {}
        self._version = 0
        try:
            self.document = YamlText(text, name) if isinstance(text, str) else text
        except YamlError as error:
            self.problems.append(problem_of_yaml(error))
            return
        with without_collection():
            self._read(self.document.value)

    @property
    def catalog(self) -> Catalog | None:
        """The whole catalogue, when nothing is wrong with it."""
        if self.programme is None or any(problem.error for problem in self.problems):
            return None
        return Catalog.model_construct(
            version=self._version,
            programme=self.programme,
            phases=list(self.phases.values()),
            profiles=self.profiles,
            sites=list(self.sites.values()),
        )

    def place(self, *loc: str | int) -> Place | None:
        """Where a value is written; where what it belongs to is, when it is not written itself."""
        if self.document is None:
            return None
        for end in range(len(loc), -1, -1):
            if self.document.has(loc[:end]):
                return self.document.place(loc[:end])
        return None

    def _read(self, value: Any) -> None:
        if not isinstance(value, dict):
            self.problems.append(Problem("no_mapping"))
            return
        for name, item in value.items():
            if item is None and name not in FIELDS:
                self._unknown(name, [])
        value = {name: item for name, item in value.items() if item is not None}
        parts = {key: value[key] for key in FIELDS if key in value}
        shell = {**value}
        for key in ("phases", "profiles", "sites", "programme"):
            shell.pop(key, None)
        for name in shell:
            if name not in FIELDS:
                self._unknown(name, [key for key in FIELDS if key not in value])
        self._version = self._field("version", parts, int) or 0
        if "version" in parts and self._version != 1:
            bound = {"field": "version", "found": parts["version"], "expected": "1"}
            self.problems.append(Problem("wrong_bound", self.place("version"), values=bound))
        for name in ("programme", "phases"):
            if name not in parts:
                self.problems.append(Problem("missing", self.place(), values={"field": name}))
        self.programme = self._model(Programme, parts.get("programme"), ("programme",))
        for index, item in enumerate(self._list("phases", parts)):
            phase = self._model(Phase, item, ("phases", index))
            if phase is not None:
                self.phases[index] = phase
        profiles = parts.get("profiles", {})
        if not isinstance(profiles, dict):
            self._wrong("wrong_mapping", ("profiles",), profiles)
            profiles = {}
        for name, item in profiles.items():
            profile = self._model(Profile, item, ("profiles", name))
            if profile is not None:
                self.profiles[name] = profile
        for index, item in enumerate(self._list("sites", parts)):
            site = self._model(CatalogSite, item, ("sites", index))
            if site is not None:
                self.sites[index] = site

    def _unknown(self, name: str, missing: list[str]) -> None:
        assert self.document is not None
        close = difflib.get_close_matches(name, missing, 1, 0.6)
        hint: Any = Words("meant", {"fields": close[0]}) if close else ""
        values = {"field": name, "hint": hint}
        self.problems.append(
            Problem("unknown_field", self.document.key_place((name,)), values=values)
        )

    def _field(self, name: str, parts: dict[str, Any], kind: type[int]) -> int | None:
        if name not in parts:
            self.problems.append(Problem("missing", self.place(), values={"field": name}))
            return None
        try:
            return kind(parts[name])
        except (TypeError, ValueError):
            return None

    def _list(self, name: str, parts: dict[str, Any]) -> list[Any]:
        value = parts.get(name, [])
        if isinstance(value, list):
            return value
        self._wrong("wrong_list", (name,), value)
        return []

    def _wrong(self, key: str, loc: Loc, found: Any) -> None:
        values = {"field": _written(loc), "found": shortened(found), "comma": ""}
        self.problems.append(Problem(key, self.place(*loc), values=values))

    def _model(self, contract: Any, value: Any, loc: Loc) -> Any:
        if value is None:
            return None
        assert self.document is not None
        found: list[ErrorDetails] = []
        model = None
        if self.document.has_nulls:
            found = _unknown_without_value(contract, value)
            value = without_nulls(value)
        try:
            model = contract.model_validate(value)
        except ValidationError as error:
            found += error.errors(include_url=False)
        if not found:
            return model
        whose = value.get("id") if isinstance(value, dict) and loc[0] == "sites" else None
        site = whose if isinstance(whose, str) else None
        self.problems += [self._problem(each, found, loc, site, contract) for each in found]
        return None

    def _problem(
        self,
        problem: ErrorDetails,
        others: list[ErrorDetails],
        base: Loc,
        site: str | None,
        contract: Any,
    ) -> Problem:
        """What pydantic found, in our words, where it is written."""
        assert self.document is not None
        loc = (*base, *(part for part in problem["loc"] if part != "[key]"))
        written: Loc = ()
        for part in loc:
            if self.document.has((*written, part)):
                written = (*written, part)
        kind, context = problem["type"], problem.get("ctx", {})
        in_site = written[len(base) :]
        values: dict[str, Any] = {
            **{key: str(value) for key, value in context.items()},
            "field": _written(in_site or written[-1:]),
            "found": shortened(problem["input"]),
        }
        is_key = kind == "extra_forbidden" or "[key]" in problem["loc"]
        place = self.document.key_place(written) if is_key else self.document.place(written)
        if kind == "missing":
            values["field"] = _written((*in_site, problem["loc"][-1]))
            return Problem("missing", place, site=site, values=values)
        if kind == "extra_forbidden":
            values["hint"] = _hint(problem, others, contract)
            return Problem("unknown_field", place, site=site, values=values)
        if kind == "unknown_measure":
            close = difflib.get_close_matches(str(values["measure"]), MEASURES, 3, 0.6)
            values["hint"] = Words("meant", {"fields": ", ".join(close)}) if close else ""
            named = (*written, "thresholds", str(values["measure"]))
            place = self.document.key_place(named) or place
        if kind in WORDS:
            return Problem(kind, place, site=site, values=values)
        if kind in KINDS:
            values["expected"] = str(values.get("expected")).replace(" or ", ", ")
            comma = KINDS[kind] == "wrong_number" and "," in str(values["found"])
            values["comma"] = Words("decimal_comma") if comma else ""
            return Problem(KINDS[kind], place, site=site, values=values)
        if kind in BOUNDS:
            sign, name = BOUNDS[kind]
            values["expected"] = f"{sign} {context.get(name)}"
            if kind in ("too_short", "too_long"):
                values["found"] = context.get("actual_length")
            return Problem("wrong_bound", place, site=site, values=values)
        if kind == "string_pattern_mismatch":
            pattern = str(context.get("pattern"))
            values["expected"] = Words(FORMS[pattern]) if pattern in FORMS else pattern
            return Problem("wrong_form", place, site=site, values=values)
        values["message"] = problem["msg"]
        return Problem("other_value", place, site=site, values=values)


def read_catalog(path: Path) -> Catalog:
    """Read a catalogue that keeps to its contract.

    Raises InputError with the first problem ('catalog.yaml:12:5: ...') and how many more there are.
    """
    return catalog_from_text(yaml_of(path), path.name)


def yaml_of(path: Path) -> YamlText:
    """The file as YAML. Raises RefusedError for one that is none of ours."""
    try:
        return YamlText(text_of_file(path, MAX_BYTES), path.name)
    except YamlError as error:
        raise RefusedError(partial(problem_of_yaml(error).line, path.name)) from None


def catalog_from_text(text: str | YamlText, name: str = "catalog.yaml") -> Catalog:
    """The same for a text; ``name`` is the file's name in errors."""
    return catalog_of(Reading(text, name))


def catalog_of(reading: Reading) -> Catalog:
    """The whole catalogue. Raises InputError with the first problem."""
    catalog, name = reading.catalog, reading.name
    if catalog is None:
        errors = [problem for problem in reading.problems if problem.error]
        first, more = partial(errors[0].line, name), len(errors) - 1
        raise refused("and_more", line=first, count=more) if more else RefusedError(first)
    twice = first_twice([site.id for site in catalog.sites])
    if twice is not None:
        raise refused("unique_ids", name=name, site=twice)
    return catalog


def problem_of_yaml(error: YamlError) -> Problem:
    """What makes a text no YAML of ours."""
    values = {"found": error.found, "expected": error.expected}
    key = error.problem
    if key in ("syntax", "unreadable"):
        key = SYNTAX.get(str(error.found), key)
    return Problem(key, error.place, values=values)


def first_twice(names: list[str]) -> str | None:
    """The first name that is there a second time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def due(catalog: Catalog, site: CatalogSite) -> list[Deliverable]:
    """What is due for a site: its profile's deliverables with what the site says of them."""
    profile = catalog.profiles.get(site.profile or catalog.programme.profile)
    own = {each.id: each for each in site.deliverables}
    merged = [
        _with(each, own.pop(each.id)) if each.id in own else each
        for each in (profile.deliverables if profile else [])
    ]
    return [each for each in [*merged, *own.values()] if each.left_out is None]


def shared_evidence(sites: Sequence[CatalogSite]) -> dict[str, tuple[str, str]]:
    """By the site: the field of its evidence that an earlier site has, too, and that site.

    No two sites have the same captures, work folder or tour: what one measured is no evidence of
    another.
    """
    owners: dict[tuple[str, str], str] = {("tour", site.id): site.id for site in sites}
    shared: dict[str, tuple[str, str]] = {}
    for site in sites:
        for name in ("captures", "work", "tour"):
            value = getattr(site.evidence, name)
            if value is None:
                continue
            key = (name, value if name == "tour" else posixpath.normpath(value))
            if owners.setdefault(key, site.id) != site.id:
                shared.setdefault(site.id, (name, owners[key]))
    return shared


COMMANDED = {"history", "waivers"}
"""What the gates of a site do not look at."""


def digest_for_gates(catalog: Catalog, site: CatalogSite) -> str:
    """SHA-256 of all in a catalogue that the gates of a site look at, but for files beside it."""
    profile = catalog.profiles.get(site.profile or catalog.programme.profile)
    said = [
        site.model_dump_json(exclude=COMMANDED),
        profile.model_dump_json() if profile else "",
        str(catalog.programme.boundaries),
        catalog.programme.province_code,
    ]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _with(general: Deliverable, own: Deliverable) -> Deliverable:
    said = {name: getattr(own, name) for name in own.model_fields_set}
    said["thresholds"] = {**general.thresholds, **own.thresholds}
    return general.model_copy(update=said)


def without_nulls(value: Any) -> Any:
    """The value without the fields that have none."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def shortened(found: Any) -> Any:
    """What was found, short enough for a line."""
    if isinstance(found, str):
        return found if len(found) <= 60 else found[:57] + "..."
    return found if found is None or isinstance(found, (int, float)) else type(found).__name__


def _unknown_without_value(contract: Any, value: Any) -> list[ErrorDetails]:
    """Unknown fields without a value: ``{lat: 21,85}`` reads as lat 21 beside a field 85."""
    try:
        contract.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return [
            each for each in found if each["type"] == "extra_forbidden" and each["input"] is None
        ]
    return []


def _hint(problem: ErrorDetails, others: list[ErrorDetails], contract: Any) -> Any:
    """What an unknown field may be meant to be: what is missing beside it, or is called so."""
    *place, name = problem["loc"]
    if str(name).isdecimal():
        return Words("comma_in_braces")
    missing = [
        str(each["loc"][-1])
        for each in others
        if each["type"] == "missing" and list(each["loc"][:-1]) == place
    ]
    meant = missing or difflib.get_close_matches(str(name), _fields_at(contract, place), 1, 0.7)
    return Words("meant", {"fields": ", ".join(meant)}) if meant else ""


def _fields_at(contract: Any, loc: Sequence[str | int]) -> list[str]:
    """The fields of the model that stands at a place of a contract; none where no model does."""
    for part in loc:
        fields = getattr(contract, "model_fields", {})
        if isinstance(part, str) and part in fields:
            contract = fields[part].annotation
        for inner in get_args(contract):  # of lists, mappings, and what may be left out
            if inner not in (str, int, type(None)):
                contract = inner
    return list(getattr(contract, "model_fields", {}))


def _written(loc: Loc) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.lstrip(".")
